/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lint_report.h"

#include <stdio.h>
#include <string.h>

#include "colour.h"
#include "command.h"
#include "json.h"
#include "safe.h"

const char lint_unused[] = "unused";

static const char *const severities[] = {
	[LBL_ERROR] = "error", [LBL_WARNING] = "warning", [LBL_INFO] = "info"};

/* ---- codes ---------------------------------------------------------------------------------- */

/** Our code, and then the library's.  Return 1 item, 0 end. */
static int next_code(size_t *pos, struct lbl_lint_code *ret_code)
{
	static const struct lbl_lint_code unused = {lint_unused, LBL_INFO,
						    "won nothing below the directory of --root"};
	size_t theirs = *pos - 1;
	int r;

	if (*pos == 0) {
		*pos = 1;
		*ret_code = unused;
		return 1;
	}
	r = lbl_lint_next_code(&theirs, ret_code);
	*pos = theirs + 1;
	return r;
}

/** The number of the code named by the @len bytes at @name; -1: there is none. */
static int find_code(const char *name, size_t len)
{
	struct lbl_lint_code code;
	size_t pos = 0;

	while (next_code(&pos, &code) > 0)
		if (strlen(code.code) == len && memcmp(code.code, name, len) == 0)
			return pos <= LINT_CODES_MAX ? (int)pos - 1 : -1;
	return -1;
}

void lint_report_codes(void)
{
	struct lbl_lint_code code;
	size_t pos = 0;

	while (next_code(&pos, &code) > 0)
		printf("%-22s %-8s %s\n", code.code, severities[code.severity], code.text);
}

bool lint_report_choose(struct lint_report *r, const char *command, const char *codes, bool only)
{
	if (only && !r->any_only)
		memset(r->off, true, sizeof(r->off));
	r->any_only = r->any_only || only;
	for (;;) {
		size_t n = strcspn(codes, ",");
		int code = find_code(codes, n);

		if (code < 0) {
			command_error(command, "there is no finding '%s' (--list-codes names all)",
				      codes);
			return false;
		}
		r->off[code] = !only;
		if (!codes[n])
			return true;
		codes += n + 1;
	}
}

bool lint_report_wants(const struct lint_report *r, const char *code)
{
	int number = find_code(code, strlen(code));

	/* that a search was too long is of no use to most */
	if (strcmp(code, "undecided") == 0 && !r->verbose && !r->any_only)
		return false;
	return number < 0 || !r->off[number];
}

/* ---- findings ------------------------------------------------------------------------------- */

static void print(const struct lbl_finding *f)
{
	static const enum colour colours[] = {[LBL_ERROR] = COLOUR_ERROR,
					      [LBL_WARNING] = COLOUR_WARNING,
					      [LBL_INFO] = COLOUR_DIM};
	bool on = colour_on(stdout);

	colour_put(stdout, on, COLOUR_PATH, f->file);
	putchar(':');
	if (f->line)
		printf("%u:", f->line);
	putchar(' ');
	colour_put(stdout, on, colours[f->severity], severities[f->severity]);
	safe_printf(stdout, ": %s ", f->text);
	putchar('[');
	colour_put(stdout, on, COLOUR_DIM, f->code);
	puts("]");
}

static bool add_json(cJSON *findings, const struct lbl_finding *f)
{
	cJSON *o = cJSON_CreateObject();

	if (!o || !cJSON_AddItemToArray(findings, o)) {
		cJSON_Delete(o);
		return false;
	}
	return cJSON_AddStringToObject(o, "code", f->code) &&
	       cJSON_AddStringToObject(o, "severity", severities[f->severity]) &&
	       json_add_bytes(o, "file", f->file) && cJSON_AddNumberToObject(o, "line", f->line) &&
	       json_add_bytes(o, "regex", f->regex) && json_add_bytes(o, "text", f->text) &&
	       json_add_bytes(o, "other_file", f->other_file) &&
	       cJSON_AddNumberToObject(o, "other_line", f->other_line) &&
	       json_add_bytes(o, "witness", f->witness);
}

void lint_report_finding(void *user, const struct lbl_finding *finding)
{
	struct lint_report *r = user;

	if (!lint_report_wants(r, finding->code))
		return;
	r->counts[finding->severity]++;
	if (!r->json) {
		print(finding);
		return;
	}
	if (!r->findings)
		r->findings = cJSON_CreateArray();
	if (!r->findings || !add_json(r->findings, finding))
		r->no_memory = true;
}

/* ---- the end -------------------------------------------------------------------------------- */

static bool print_json(struct lint_report *r)
{
	cJSON *whole = cJSON_CreateObject(), *counts;
	bool ok = whole && !r->no_memory;

	if (ok && !r->findings)
		r->findings = cJSON_CreateArray();
	ok = ok && r->findings && cJSON_AddItemToObject(whole, "findings", r->findings);
	if (ok)
		r->findings = NULL; /* the whole has it */
	counts = ok ? cJSON_AddObjectToObject(whole, "counts") : NULL;
	for (int s = LBL_ERROR; s <= LBL_INFO; s++)
		ok = counts && cJSON_AddNumberToObject(counts, severities[s], r->counts[s]) && ok;
	ok = ok && json_print(stdout, whole) == 0;
	cJSON_Delete(whole);
	return ok;
}

int lint_report_end(struct lint_report *r, const char *command)
{
	bool ok = !r->json || print_json(r);

	cJSON_Delete(r->findings);
	r->findings = NULL;
	if (!ok)
		return command_no_memory(command);
	if (r->verbose)
		command_error(command, "errors: %u, warnings: %u, infos: %u", r->counts[LBL_ERROR],
			      r->counts[LBL_WARNING], r->counts[LBL_INFO]);
	return r->counts[LBL_ERROR] || r->counts[LBL_WARNING] || (r->strict && r->counts[LBL_INFO])
		       ? COMMAND_NOT_WELL
		       : COMMAND_OK;
}
