/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain_json: the facts for programs.  Keys are stable; see relabel-explain(1).
 */
#include <errno.h>
#include <string.h>

#include "explain.h"
#include "json.h"

static bool add_number(cJSON *obj, const char *key, double value)
{
	return cJSON_AddNumberToObject(obj, key, value);
}

static bool add_text(cJSON *obj, const char *key, const char *text)
{
	return json_add_bytes(obj, key, text);
}

/* A new object at the end of @array, or NULL. */
static cJSON *append_object(cJSON *array)
{
	cJSON *obj = cJSON_CreateObject();

	if (obj && !cJSON_AddItemToArray(array, obj)) {
		cJSON_Delete(obj);
		return NULL;
	}
	return obj;
}

/* ---- the rules' part ------------------------------------------------------------------------ */

static bool add_files(cJSON *obj, const struct explain_setup *s)
{
	static const char *const roles[] = {
		[LBL_FILE_SUBS_DIST] = "subs_dist", [LBL_FILE_SUBS] = "subs",
		[LBL_FILE_BASE] = "base",	    [LBL_FILE_HOMEDIRS] = "homedirs",
		[LBL_FILE_LOCAL] = "local",	    [LBL_FILE_DROP_IN] = "drop-in",
	};
	cJSON *array = cJSON_AddArrayToObject(obj, "rules");
	struct lbl_rules_file file;
	size_t pos = 0;

	if (!array)
		return false;
	while (lbl_rules_next_file(s->rules, &pos, &file) > 0) {
		cJSON *item = append_object(array);

		if (!item || !add_text(item, "file", file.path) ||
		    !add_text(item, "role", roles[file.role]) ||
		    !add_number(item, "entries", (double)file.entries) ||
		    !cJSON_AddBoolToObject(item, "upstream_bin", file.upstream_bin))
			return false;
	}
	return true;
}

static bool add_steps(cJSON *obj, const struct facts *f)
{
	cJSON *array = cJSON_AddArrayToObject(obj, "substitutions");
	struct lbl_explain_step step;
	size_t pos = 0;

	if (!array)
		return false;
	while (lbl_explain_next_step(f->answers[0].explain, &pos, &step) > 0) {
		cJSON *item = append_object(array);

		if (!item || !add_text(item, "file", step.file) ||
		    !add_number(item, "line", step.line) || !add_text(item, "from", step.from) ||
		    !add_text(item, "to", step.to) || !add_text(item, "before", step.before) ||
		    !add_text(item, "after", step.after))
			return false;
	}
	return true;
}

static bool fill_candidate(cJSON *obj, const struct lbl_candidate *c)
{
	static const char *const whys[] = {
		[LBL_WHY_WINS] = "wins",
		[LBL_WHY_KIND] = "kind",
		[LBL_WHY_LITERAL] = "literal",
		[LBL_WHY_OLDER] = "older",
	};

	return add_text(obj, "context", c->match.context) &&
	       add_text(obj, "regex", c->match.regex) && add_text(obj, "file", c->match.file) &&
	       add_number(obj, "line", c->match.line) &&
	       add_text(obj, "kind",
			c->match.kind == LBL_ANY ? NULL : lbl_kind_name(c->match.kind)) &&
	       cJSON_AddBoolToObject(obj, "literal", c->literal) &&
	       add_text(obj, "why", whys[c->why]);
}

static bool add_losers(cJSON *obj, const struct answer *a, size_t losers)
{
	cJSON *array = cJSON_AddArrayToObject(obj, "losers");
	size_t pos = 0, more = 0, shown = 0;
	struct lbl_candidate c;

	if (!array)
		return false;
	while (lbl_explain_next_candidate(a->explain, &pos, &c) > 0) {
		cJSON *item;

		if (c.why == LBL_WHY_WINS)
			continue;
		if (shown++ >= losers) {
			more++;
			continue;
		}
		item = append_object(array);
		if (!item || !fill_candidate(item, &c))
			return false;
	}
	return add_number(obj, "more_losers", (double)more);
}

static bool fill_answer(cJSON *obj, const struct answer *a, size_t losers)
{
	cJSON *kinds = cJSON_AddArrayToObject(obj, "kinds"), *winner;

	if (!kinds)
		return false;
	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++)
		if (a->kinds & 1u << k &&
		    !cJSON_AddItemToArray(kinds, cJSON_CreateString(lbl_kind_name(k))))
			return false;
	winner = a->found ? cJSON_AddObjectToObject(obj, "winner")
			  : cJSON_AddNullToObject(obj, "winner");
	if (!winner || (a->found && !fill_candidate(winner, &a->winner)))
		return false;
	return add_losers(obj, a, losers);
}

static bool add_answers(cJSON *obj, const struct facts *f, size_t losers)
{
	cJSON *array = cJSON_AddArrayToObject(obj, "answers");

	for (size_t i = 0; array && i < f->n_answers; i++) {
		cJSON *item = append_object(array);

		if (!item || !fill_answer(item, &f->answers[i], losers))
			return false;
	}
	return array;
}

/* ---- the disk's part ------------------------------------------------------------------------ */

static bool add_outcome(cJSON *obj, const char *key, const struct facts *f, const struct outcome *o)
{
	static const char *const actions[] = {
		[OUTCOME_KEEP] = "keep",
		[OUTCOME_CHANGE] = "set",
		[OUTCOME_CUSTOMIZED] = "customized",
		[OUTCOME_NO_LABEL] = "no-label",
		[OUTCOME_EXCLUDED] = "excluded",
		[OUTCOME_LINK_REFUSED] = "link-refused",
		[OUTCOME_FAILED] = "error",
		[OUTCOME_VANISHED] = "vanished",
	};
	bool change = o->action == OUTCOME_CHANGE;
	cJSON *item =
		f->on_disk ? cJSON_AddObjectToObject(obj, key) : cJSON_AddNullToObject(obj, key);

	if (!item || !f->on_disk)
		return item;
	return add_text(item, "action", actions[o->action]) &&
	       add_text(item, "to", change ? o->to : NULL) && add_text(item, "reason", o->why) &&
	       add_text(item, "error", o->error ? strerror(-o->error) : NULL);
}

static bool add_file(cJSON *obj, const struct facts *f)
{
	return cJSON_AddBoolToObject(obj, "exists", f->found != LBL_ANY) &&
	       add_text(obj, "error", f->error && !f->missing ? strerror(-f->error) : NULL) &&
	       add_text(obj, "kind", f->found ? lbl_kind_name(f->found) : NULL) &&
	       add_number(obj, "names", (double)f->names) &&
	       cJSON_AddBoolToObject(obj, "read_only", f->read_only) &&
	       add_text(obj, "label", f->label) &&
	       add_text(obj, "label_error",
			f->label_error && f->label_error != -ENODATA ? strerror(-f->label_error)
								     : NULL);
}

static bool fill(cJSON *obj, const struct facts *f, const struct explain_setup *s)
{
	return add_text(obj, "path", f->typed) && add_text(obj, "absolute", f->path) &&
	       add_files(obj, s) && add_text(obj, "compiled_form", lbl_rules_compiled(s->rules)) &&
	       add_steps(obj, f) &&
	       add_text(obj, "compared", lbl_explain_path(f->answers[0].explain)) &&
	       add_answers(obj, f, s->losers) && add_file(obj, f) &&
	       cJSON_AddBoolToObject(obj, "selinux_disabled", s->idle) &&
	       add_outcome(obj, "restorecon", f, &f->plain) &&
	       add_outcome(obj, "restorecon_force", f, &f->force);
}

cJSON *explain_json(const struct facts *f, const struct explain_setup *s)
{
	cJSON *obj = cJSON_CreateObject();

	if (obj && !fill(obj, f, s)) {
		cJSON_Delete(obj);
		return NULL;
	}
	return obj;
}
