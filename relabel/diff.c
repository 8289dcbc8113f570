/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff: `relabel diff`, which files would get another label by other rules.
 */
#include "command.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "colour.h"
#include "json.h"
#include "lbl-rules.h"
#include "policy.h"
#include "safe.h"

struct diff {
	const char *name; /* the command's, for messages */
	const char *root; /* --root */
	bool exit_code, json;
	struct lbl_rules *rules[2];
	struct lbl_diff *diff;
};

static const char help[] =
	"Usage: relabel diff [OPTION...] OLD NEW\n"
	"       relabel diff [OPTION...] --root DIR [OLD]\n"
	"Which files get another label by the rules in NEW, a file_contexts with its companions,\n"
	"than by those in OLD?  Exactly, whatever the specs look like, with a path to show it.\n\n"
	"      --root DIR         NEW is the policy of the system whose top is DIR; OLD is this\n"
	"                         system's unless it is named\n"
	"      --exit-code        exit 1 if there is any\n"
	"  -j, --json             one object\n"
	"      --color WHEN       show in colour: auto (on a terminal), always, never\n"
	"  -h, --help             this text\n";

/* ---- the command line ----------------------------------------------------------------------- */

static bool parse(struct diff *d, int argc, char **argv, bool *ret_help)
{
	enum { EXIT_CODE = 0x100, ROOT };
	static const struct option longs[] = {
		{"exit-code", no_argument, NULL, EXIT_CODE},
		{"root", required_argument, NULL, ROOT},
		{"json", no_argument, NULL, 'j'},
		COMMAND_COLOUR_OPTION,
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = command_option(argc, argv, ":jh", longs)) != -1) {
		switch (c) {
		case EXIT_CODE: d->exit_code = true; break;
		case ROOT: d->root = optarg; break;
		case 'j': d->json = true; break;
		case 'h': *ret_help = true; return true;
		default: return false;
		}
	}
	if (d->root ? argc - optind <= 1 : argc - optind == 2)
		return true;
	command_error(d->name, d->root ? "with --root, OLD is all that can be named"
				       : "two rule sets are compared: OLD and NEW");
	return false;
}

/* The rules that are named, or those of the policy @from says. */
static int open_rules(struct diff *d, const struct policy_from *from, struct lbl_rules **ret_rules)
{
	struct lbl_rules_options ro = {
		.size = sizeof(ro),
		.diag = command_diag,
		.user = (void *)d->name,
	};
	struct lbl_policy *policy = NULL;
	char *error = NULL;
	int r = from->spec ? 0 : policy_find(from, &policy, &error);

	if (r < 0) {
		command_error(d->name, "%s", error ? error : strerror(-r));
	} else {
		policy_rules(from, policy, &ro);
		r = lbl_rules_open(ret_rules, &ro);
		if (r < 0)
			command_error(d->name, "%s: %s", ro.path, strerror(-r));
	}
	lbl_policy_free(policy);
	free(error);
	return r;
}

static int open_both(struct diff *d, char **paths)
{
	struct policy_from old = {.spec = paths[0]};
	struct policy_from new = {.root = d->root ? policy_root_taken(d->root) : NULL};
	int r;

	if (!old.spec)
		old.policy_root = policy_root_wanted(NULL);
	if (!d->root)
		new.spec = paths[1];
	r = open_rules(d, &old, &d->rules[0]);
	return r < 0 ? r : open_rules(d, &new, &d->rules[1]);
}

/* ---- in words ------------------------------------------------------------------------------- */

static const char *kind_word(enum lbl_kind kind)
{
	return kind == LBL_ANY ? "any kind" : lbl_kind_name(kind);
}

static const char *context_of(bool is, const struct lbl_match *m)
{
	return !is ? "no spec" : m->context ? m->context : "<<none>>";
}

/** Where a context comes from; the expression as well unless it is @shown. */
static void put_origin(bool is, const struct lbl_match *m, const char *shown)
{
	if (is)
		safe_printf(stdout, "  (%s:%u", m->file, m->line);
	if (is && strcmp(m->regex, shown) != 0)
		safe_printf(stdout, ", %s", m->regex);
	puts(is ? ")" : "");
}

static void put_winners(const struct lbl_diff_item *item, const char *shown)
{
	const char *old = context_of(item->had, &item->old_match);
	const char *new = context_of(item->has, &item->new_match);
	bool on = colour_on(stdout);

	fputs("    ", stdout);
	colour_put_context(stdout, on, COLOUR_OLD, old, new);
	put_origin(item->had, &item->old_match, shown);
	fputs(" -> ", stdout);
	colour_put_context(stdout, on, COLOUR_NEW, new, old);
	put_origin(item->has, &item->new_match, shown);
}

static void put_item(const struct lbl_diff_item *item)
{
	const char *shown;

	if (!item->has && !item->had) {
		safe_printf(stdout, "more may differ%s%s: to decide that would take too long\n\n",
			    *item->below ? " at and below " : "", item->below);
		return;
	}
	shown = item->has ? item->new_match.regex : item->old_match.regex;
	colour_put(stdout, colour_on(stdout), COLOUR_PATH, shown);
	safe_printf(stdout, "  %s", kind_word(item->kind));
	if (*item->below)
		safe_printf(stdout, ", at and below %s", item->below);
	puts(item->undecided ? "; whether there is such a path is not decided" : "");
	put_winners(item, shown);
	if (item->witness)
		safe_printf(stdout, "    e.g. %s\n", item->witness);
	putchar('\n');
}

static size_t put_text(const struct diff *d)
{
	struct lbl_diff_item item;
	size_t pos = 0, n = 0, undecided = 0;

	for (; lbl_diff_next(d->diff, &pos, &item) > 0; n++) {
		put_item(&item);
		undecided += item.undecided;
	}
	printf("%zu difference%s", n, n == 1 ? "" : "s");
	if (undecided)
		printf(", %zu of them undecided", undecided);
	putchar('\n');
	return n;
}

/* ---- as JSON -------------------------------------------------------------------------------- */

static bool add_winner(cJSON *obj, const char *key, bool is, const struct lbl_match *m)
{
	cJSON *winner;

	if (!is)
		return cJSON_AddNullToObject(obj, key);
	winner = cJSON_AddObjectToObject(obj, key);
	return winner && json_add_bytes(winner, "context", m->context) &&
	       json_add_bytes(winner, "regex", m->regex) &&
	       cJSON_AddStringToObject(winner, "kind", lbl_kind_name(m->kind)) &&
	       json_add_bytes(winner, "file", m->file) &&
	       cJSON_AddNumberToObject(winner, "line", m->line);
}

static bool add_item(cJSON *array, const struct lbl_diff_item *item)
{
	cJSON *obj = cJSON_CreateObject();

	if (!obj || !cJSON_AddItemToArray(array, obj)) {
		cJSON_Delete(obj);
		return false;
	}
	return cJSON_AddStringToObject(obj, "kind", lbl_kind_name(item->kind)) &&
	       json_add_bytes(obj, "below", item->below) &&
	       json_add_bytes(obj, "witness", item->witness) &&
	       cJSON_AddBoolToObject(obj, "undecided", item->undecided) &&
	       add_winner(obj, "old", item->had, &item->old_match) &&
	       add_winner(obj, "new", item->has, &item->new_match);
}

/** Return whether there was memory for it. */
static bool put_json(const struct diff *d, size_t *ret_n)
{
	cJSON *obj = cJSON_CreateObject();
	cJSON *array = obj ? cJSON_AddArrayToObject(obj, "differences") : NULL;
	struct lbl_diff_item item;
	size_t pos = 0, n = 0;
	bool ok = array;

	for (; ok && lbl_diff_next(d->diff, &pos, &item) > 0; n++)
		ok = add_item(array, &item);
	ok = ok && json_print(stdout, obj) >= 0;
	cJSON_Delete(obj);
	*ret_n = n;
	return ok;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int compare(struct diff *d)
{
	size_t n = 0;
	int r = lbl_diff_new(&d->diff, d->rules[0], d->rules[1]);

	if (r == -E2BIG)
		command_error(d->name, "there are too many substitutions");
	else if (r < 0)
		command_error(d->name, "%s", strerror(-r));
	if (r < 0)
		return COMMAND_ERROR;
	if (!d->json)
		n = put_text(d);
	else if (!put_json(d, &n))
		return command_no_memory(d->name);
	return d->exit_code && n ? COMMAND_NOT_WELL : COMMAND_OK;
}

int command_diff(int argc, char **argv)
{
	struct diff d = {.name = argv[0]};
	bool help_wanted = false;
	int status = COMMAND_ERROR;

	if (!parse(&d, argc, argv, &help_wanted))
		return COMMAND_ERROR;
	if (help_wanted) {
		colour_help(stdout, help);
		return COMMAND_OK;
	}
	if (open_both(&d, argv + optind) >= 0)
		status = compare(&d);
	lbl_diff_free(d.diff);
	lbl_rules_free(d.rules[0]);
	lbl_rules_free(d.rules[1]);
	return status;
}
