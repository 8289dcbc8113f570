/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain: `relabel explain`, why does this file get this label?
 */
#include "explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "colour.h"
#include "command.h"
#include "json.h"
#include "policy.h"

#define LOSERS 3 /* shown unless --candidates says otherwise */

struct explain {
	struct explain_setup setup;
	struct policy_from from;
	const char *spec, *policy_root;
	bool json;
	char **paths;
	size_t n_paths;
};

static const char help[] =
	"Usage: relabel explain [OPTION...] PATH...\n"
	"Why does PATH get its label?  Which spec decides, which ones lose and why, and what\n"
	"restorecon would do.\n\n"
	"  -f, --file FILE        rules to ask; the default is the active policy's\n"
	"      --policy-root DIR  ask the policy in DIR (as /etc/selinux/targeted)\n"
	"      --root DIR         PATH is in the system whose top is DIR: ask that one's policy\n"
	"  -t, --type KIND        of which kind PATH is: f d l c b s p, or a kind's name; the\n"
	"                         default is what is there\n"
	"  -n, --candidates N     show N specs that lost; the default is 3, 'all' shows all\n"
	"  -j, --json             an array with one object for each PATH\n"
	"      --color WHEN       show in colour: auto (on a terminal), always, never\n"
	"  -h, --help             this text\n";

/* ---- the command line ----------------------------------------------------------------------- */

/* "f", "-f" as find has it, "--" and "-d" as spec files have it, "directory" as messages do. */
static bool take_kind(struct explain *e, const char *word)
{
	static const char letters[] = "\0dcbspl-";

	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++) {
		bool dash = word[0] == '-' && word[1] == letters[k] && !word[2];
		bool alone = word[0] == letters[k] && !word[1];

		if (dash || alone || strcmp(word, lbl_kind_name(k)) == 0) {
			e->setup.kind = k;
			return true;
		}
	}
	if (strcmp(word, "f") == 0 || strcmp(word, "-f") == 0) {
		e->setup.kind = LBL_REG;
		return true;
	}
	command_error(e->setup.command, "there is no kind '%s'", word);
	return false;
}

static bool take_losers(struct explain *e, const char *word)
{
	char *end;

	if (strcmp(word, "all") == 0) {
		e->setup.losers = SIZE_MAX;
		return true;
	}
	errno = 0;
	e->setup.losers = strtoul(word, &end, 10);
	if (word[0] >= '0' && word[0] <= '9' && !*end && !errno)
		return true;
	command_error(e->setup.command, "--candidates takes a number or 'all', not '%s'", word);
	return false;
}

static bool take_options(struct explain *e, int argc, char **argv, bool *ret_help)
{
	enum { POLICY_ROOT = 0x100, ROOT };
	static const struct option longs[] = {
		{"file", required_argument, NULL, 'f'},
		{"policy-root", required_argument, NULL, POLICY_ROOT},
		{"root", required_argument, NULL, ROOT},
		{"type", required_argument, NULL, 't'},
		{"candidates", required_argument, NULL, 'n'},
		{"json", no_argument, NULL, 'j'},
		COMMAND_COLOUR_OPTION,
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = command_option(argc, argv, ":f:t:n:jh", longs)) != -1) {
		switch (c) {
		case 'f': e->spec = optarg; break;
		case POLICY_ROOT: e->policy_root = optarg; break;
		case ROOT: e->setup.root = policy_root_taken(optarg); break;
		case 't':
			if (!take_kind(e, optarg))
				return false;
			break;
		case 'n':
			if (!take_losers(e, optarg))
				return false;
			break;
		case 'j': e->json = true; break;
		case 'h': *ret_help = true; return true;
		default: return false;
		}
	}
	return true;
}

static bool parse(struct explain *e, int argc, char **argv, bool *ret_help)
{
	if (!take_options(e, argc, argv, ret_help))
		return false;
	if (*ret_help)
		return true;
	e->paths = argv + optind;
	e->n_paths = (size_t)(argc - optind);
	if (e->n_paths == 0)
		command_error(e->setup.command, "no path given");
	else if (e->spec && e->policy_root)
		command_error(e->setup.command, "--file and --policy-root: one of them");
	else
		return true;
	return false;
}

/* ---- the rules ------------------------------------------------------------------------------ */

static int open_policy(struct explain *e)
{
	struct policy_from *from = &e->from;
	char *error = NULL;
	int r;

	from->root = e->setup.root;
	from->spec = e->spec;
	if (!from->root && !from->spec) /* which is this system's */
		from->policy_root = policy_root_wanted(e->policy_root);
	else
		from->policy_root = e->policy_root;
	r = policy_find(from, &e->setup.policy, &error);
	if (r < 0)
		command_error(e->setup.command, "%s", error ? error : strerror(-r));
	else
		e->setup.idle = !from->root && !from->spec && !from->policy_root &&
				!lbl_policy_enabled(e->setup.policy);
	free(error);
	return r;
}

static int open_rules(struct explain *e)
{
	struct lbl_rules_options ro = {
		.size = sizeof(ro),
		.diag = command_diag,
		.user = (void *)e->setup.command,
		.compiled_dir = LBL_COMPILED_DIR,
	};
	int r;

	policy_rules(&e->from, e->setup.policy, &ro);
	r = lbl_rules_open(&e->setup.rules, &ro);
	if (r < 0)
		command_error(e->setup.command, "%s: %s", ro.path, strerror(-r));
	return r;
}

/* ---- the answers ---------------------------------------------------------------------------- */

/* @array NULL: in words */
static int put(const struct explain *e, const struct facts *f, cJSON *array)
{
	cJSON *obj;

	if (!array) {
		explain_text(stdout, f, &e->setup);
		fputc('\n', stdout);
		return 0;
	}
	obj = explain_json(f, &e->setup);
	if (obj && cJSON_AddItemToArray(array, obj))
		return 0;
	cJSON_Delete(obj);
	return -ENOMEM;
}

static int explain_path(const struct explain *e, const char *path, cJSON *array)
{
	int status = COMMAND_ERROR, r;
	struct facts f;

	r = facts_gather(&f, &e->setup, path);
	if (r == -EXDEV) {
		char *text = policy_outside(e->setup.root, path);

		command_error(e->setup.command, "%s", text ? text : path);
		free(text);
		facts_done(&f);
		return status;
	}
	if (r == 0)
		r = put(e, &f, array);
	if (r == 0)
		status = facts_answered(&f) ? COMMAND_OK : COMMAND_NOT_WELL;
	else
		command_error(e->setup.command, "%s: %s", path,
			      r == -EOVERFLOW ? "an expression takes too long on it"
					      : strerror(-r));
	facts_done(&f);
	return status;
}

static int explain_all(const struct explain *e)
{
	cJSON *array = e->json ? cJSON_CreateArray() : NULL;
	int status = COMMAND_OK;

	if (e->json && !array)
		return command_no_memory(e->setup.command);
	for (size_t i = 0; i < e->n_paths; i++) {
		int one = explain_path(e, e->paths[i], array);

		status = one > status ? one : status;
	}
	if (!e->json)
		explain_files(stdout, &e->setup);
	else if (json_print(stdout, array) < 0)
		status = command_no_memory(e->setup.command);
	cJSON_Delete(array);
	return status;
}

static int go(struct explain *e)
{
	if (open_policy(e) < 0 || open_rules(e) < 0)
		return COMMAND_ERROR;
	return explain_all(e);
}

int command_explain(int argc, char **argv)
{
	struct explain e = {.setup = {.command = argv[0], .losers = LOSERS}};
	bool help_wanted = false;
	int status = COMMAND_OK;

	if (!parse(&e, argc, argv, &help_wanted))
		return COMMAND_ERROR;
	if (help_wanted)
		colour_help(stdout, help);
	else
		status = go(&e);
	lbl_rules_free(e.setup.rules);
	lbl_policy_free(e.setup.policy);
	return status;
}
