/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "records.h"

#include <stdlib.h>
#include <string.h>

#include "base/common.h"
#include "macadmin.h"
#include "relabel/json.h"
#include "screen.h"

static const char *const class_names[LBL_CLASSES] = {
	[LBL_CLASS_OPERAND] = "operand",
	[LBL_CLASS_VANISHED] = "vanished",
	[LBL_CLASS_READ_ONLY] = "read-only",
	[LBL_CLASS_UNSUPPORTED] = "unsupported",
	[LBL_CLASS_DENIED] = "denied",
	[LBL_CLASS_NO_SPACE] = "no-space",
	[LBL_CLASS_INVALID] = "invalid-context",
	[LBL_CLASS_CONFLICT] = "conflict",
	[LBL_CLASS_OTHER] = "other",
};

/* What was left as it is, and the word for it. */
static const char *const skip_reasons[] = {
	[LBL_EV_CUSTOMIZED] = "customizable-type",
	[LBL_EV_NO_SPEC] = "no-rule",
	[LBL_EV_READ_ONLY] = "read-only",
	[LBL_EV_MULTILINK] = "hard-link",
	[LBL_EV_LINK_REFUSED] = "untrusted-hard-link",
	[LBL_EV_CYCLE] = "cycle",
	[LBL_EV_EXCLUDED] = "excluded",
	[LBL_EV_FULL] = "no-space",
	[LBL_EV_LEFT_OUT] = "left-out",
	[LBL_EV_UNCHANGED] = "unchanged",
};

static cJSON *record(const char *event)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "event", event);
	return o;
}

/* No memory for a record.  File-level, for no run goes on without its output. */
static _Atomic bool lost;

static void put(cJSON *o)
{
	char *line;
	size_t len;

	if (json_line(o, &line, &len) == 0) {
		screen_write(stdout, line, len);
		free(line);
	} else {
		lost = true;
	}
	cJSON_Delete(o);
}

bool records_lost(void)
{
	return lost;
}

static void add_number(cJSON *o, const char *key, uint64_t n)
{
	cJSON_AddNumberToObject(o, key, (double)n);
}

static void add_text(cJSON *o, const char *key, const char *text)
{
	if (text)
		json_add_bytes(o, key, text);
}

static void add_rule(cJSON *o, const struct lbl_event *ev)
{
	cJSON *rule;

	if (!ev->regex)
		return;
	rule = cJSON_AddObjectToObject(o, "rule");
	json_add_bytes(rule, "regex", ev->regex);
	json_add_bytes(rule, "file", ev->spec_file ? ev->spec_file : "");
	add_number(rule, "line", ev->spec_line);
}

void records_begin(const struct args *a)
{
	cJSON *o = record("begin");

	add_number(o, "version", RECORDS_VERSION);
	cJSON_AddStringToObject(o, "program", a->program ? a->program : args_name(a->who));
	cJSON_AddBoolToObject(o, "dry_run", (a->flags & LBL_DRY_RUN) != 0);
	put(o);
}

static void changed(const struct args *a, const struct lbl_event *ev)
{
	cJSON *o = record("change");

	json_add_bytes(o, "path", ev->path);
	json_add_bytes(o, "from", ev->have);
	json_add_bytes(o, "to", ev->want);
	cJSON_AddBoolToObject(o, "applied", !(a->flags & LBL_DRY_RUN));
	add_rule(o, ev);
	put(o);
}

static void skipped(const struct lbl_event *ev)
{
	cJSON *o = record("skip");

	cJSON_AddStringToObject(o, "reason", skip_reasons[ev->type]);
	json_add_bytes(o, "path", ev->path);
	add_text(o, "context", ev->type == LBL_EV_CUSTOMIZED ? ev->have : NULL);
	add_text(o, "detail", ev->detail);
	add_rule(o, ev);
	put(o);
}

static void failed(const struct lbl_event *ev, const char *operation)
{
	cJSON *o = record("error");
	const char *name = strerrorname_np(-ev->error);

	cJSON_AddStringToObject(o, "class", class_names[ev->klass]);
	json_add_bytes(o, "path", ev->path);
	cJSON_AddStringToObject(o, "operation", operation);
	cJSON_AddStringToObject(o, "errno", name ? name : "unknown");
	cJSON_AddStringToObject(o, "message", strerror(-ev->error));
	add_text(o, "at", ev->other);
	add_text(o, "to", ev->want);
	add_rule(o, ev);
	put(o);
}

static void conflict(const struct lbl_event *ev)
{
	cJSON *o = record("conflict");

	json_add_bytes(o, "path", ev->path);
	json_add_bytes(o, "other", ev->other);
	json_add_bytes(o, "to", ev->want);
	add_rule(o, ev);
	put(o);
}

static void matched(const struct lbl_event *ev)
{
	cJSON *o = record("match");

	json_add_bytes(o, "path", ev->path);
	json_add_bytes(o, "to", ev->want);
	add_rule(o, ev);
	put(o);
}

static void bulk(const struct args *a, const struct lbl_event *ev)
{
	cJSON *o;

	if (ev->error && a->bulk == LBL_BULK_ONLY) {
		failed(ev, ev->detail);
	} else if (a->verbose > 1) {
		o = record("note");
		json_add_bytes(o, "path", ev->path);
		cJSON_AddStringToObject(o, "note",
					ev->error ? "labels are not read in bulk"
						  : "labels are read in bulk");
		add_text(o, "detail", ev->detail);
		put(o);
	}
}

static void no_digest(const struct lbl_event *ev)
{
	cJSON *o = record("note");

	json_add_bytes(o, "path", ev->path);
	cJSON_AddStringToObject(o, "note", "digest could not be written");
	add_text(o, "detail", strerror(-ev->error));
	put(o);
}

void records_event(const struct args *a, const struct lbl_event *ev)
{
	switch (ev->type) {
	case LBL_EV_CHANGED: changed(a, ev); break;
	case LBL_EV_MATCHED: matched(ev); break;
	case LBL_EV_CONFLICT: conflict(ev); break;
	case LBL_EV_ERROR: failed(ev, ev->detail); break;
	case LBL_EV_BULK: bulk(a, ev); break;
	case LBL_EV_NO_DIGEST: no_digest(ev); break;
	case LBL_EV_CUSTOMIZED:
	case LBL_EV_NO_SPEC:
	case LBL_EV_READ_ONLY:
	case LBL_EV_MULTILINK:
	case LBL_EV_LINK_REFUSED:
	case LBL_EV_CYCLE:
	case LBL_EV_EXCLUDED:
	case LBL_EV_FULL:
	case LBL_EV_LEFT_OUT:
	case LBL_EV_UNCHANGED: skipped(ev); break;
	}
}

void records_mount(const struct lbl_plan_mount *m)
{
	cJSON *o = record("mount");

	json_add_bytes(o, "path", m->path);
	json_add_bytes(o, "type", m->type);
	json_add_bytes(o, "source", m->source);
	cJSON_AddBoolToObject(o, "enter", m->skip == NULL);
	cJSON_AddBoolToObject(o, "read_only", m->read_only);
	add_text(o, "why", m->skip);
	if (m->inodes)
		add_number(o, "inodes", m->inodes);
	put(o);
}

static void add_paths(cJSON *o, const struct summary_group *g)
{
	cJSON *paths = cJSON_AddArrayToObject(o, "paths");

	for (size_t i = 0; i < SUMMARY_PATHS && g->paths[i]; i++) {
		cJSON *one = cJSON_CreateObject();

		json_add_bytes(one, "path", g->paths[i]);
		cJSON_AddItemToArray(paths, one);
	}
}

void records_summary(const struct args *a, const struct summary *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct summary_group *g = &s->v[i];
		const struct lbl_event rule = {
			.regex = g->regex, .spec_file = g->file, .spec_line = g->line};
		cJSON *o = record("summary");

		json_add_bytes(o, "from_type", g->from);
		json_add_bytes(o, "to_type", g->to);
		add_number(o, "files", g->n);
		cJSON_AddBoolToObject(o, "applied", !(a->flags & LBL_DRY_RUN));
		add_rule(o, &rule);
		add_paths(o, g);
		put(o);
	}
	if (s->others) {
		cJSON *o = record("summary-rest");

		add_number(o, "files", s->others);
		put(o);
	}
}

static void add_refused_contexts(cJSON *o, const struct refused *r)
{
	cJSON *contexts = cJSON_AddArrayToObject(o, "contexts");

	for (size_t i = 0; i < r->n; i++) {
		cJSON *one;

		if (r->v[i].fault == REFUSED_TYPE || r->v[i].fault == REFUSED_FOR_OTHER_REASONS)
			continue;
		one = cJSON_CreateObject();
		json_add_bytes(one, "context", r->v[i].context);
		cJSON_AddStringToObject(one, "unknown", refused_word(r->v[i].fault));
		add_number(one, "files", r->v[i].files);
		cJSON_AddItemToArray(contexts, one);
	}
}

static void add_refused_types(cJSON *o, const struct refused *r)
{
	_cleanup_(types_done) struct types types = {0};
	cJSON *list = cJSON_AddArrayToObject(o, "types");
	uint64_t files;

	if (refused_types(r, &types, &files) < 0)
		lost = true;
	for (size_t i = 0; i < types_count(&types); i++) {
		cJSON *one = cJSON_CreateObject();

		json_add_bytes(one, "type", types.v[i]);
		cJSON_AddItemToArray(list, one);
	}
}

void records_refused(const struct refused *r)
{
	static const char *const lacks[] = {
		[MACADMIN_CAPABILITY] = "capability",
		[MACADMIN_NAMESPACE] = "namespace",
		[MACADMIN_PERMISSION] = "permission",
	};
	_cleanup_free_ char *domain = NULL;
	cJSON *o;

	if (r->files == 0)
		return;
	o = record("refused");
	domain = refused_domain(r);
	add_number(o, "files", r->files);
	add_refused_types(o, r);
	add_refused_contexts(o, r);
	cJSON_AddStringToObject(o, "lacks", lacks[macadmin_lack()]);
	add_text(o, "domain", domain && *domain ? domain : NULL);
	put(o);
}

void records_totals(const struct args *a, const struct lbl_counters *c, int status, int signal)
{
	cJSON *o = record("totals"), *errors;

	cJSON_AddBoolToObject(o, "dry_run", (a->flags & LBL_DRY_RUN) != 0);
	add_number(o, "entries", c->entries);
	add_number(o, "files", c->files);
	add_number(o, "directories", c->directories);
	add_number(o, "changed", c->changed);
	add_number(o, "customizable", c->customized);
	add_number(o, "excluded", c->excluded);
	add_number(o, "untrusted_hard_links", c->links_refused);
	errors = cJSON_AddObjectToObject(o, "failures");
	for (size_t i = 0; i < LBL_CLASSES; i++)
		if (c->errors[i])
			add_number(errors, class_names[i], c->errors[i]);
	add_number(o, "exit_status", (uint64_t)status);
	if (signal)
		add_number(o, "signal", (uint64_t)signal);
	put(o);
}
