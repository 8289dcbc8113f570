/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SUBS NUL LOCAL NUL FILE_CONTEXTS: what is found must be true of the paths that show it. */
#include <string.h>

#include "fuzz.h"
#include "lbl-rules.h"

#define FINDINGS_MAX 200

struct claim {
	char *witness;
	unsigned line;
	bool local, wins;
};

struct heard {
	struct claim v[FINDINGS_MAX];
	size_t n;
	int all;
};

static bool is_local(const char *file)
{
	return strstr(file, ".local");
}

static void on_finding(void *user, const struct lbl_finding *f)
{
	struct heard *h = user;
	bool wins = strcmp(f->code, "tree-difference") == 0;

	h->all++;
	for (const unsigned char *p = (const unsigned char *)f->text; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			abort();
	if (h->n == FINDINGS_MAX || !f->witness)
		return;
	if (!wins && strcmp(f->code, "shadowed") != 0 && strcmp(f->code, "redundant") != 0 &&
	    strcmp(f->code, "behind-substitution") != 0)
		return;
	h->v[h->n++] = (struct claim){
		.witness = strdup(f->witness),
		.line = f->line,
		.local = is_local(f->file),
		.wins = wins,
	};
}

/** Does the spec the claim is about win at its witness, for some kind? */
static bool wins(struct lbl_rules *rules, const struct claim *c)
{
	struct lbl_match m;

	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++)
		if (lbl_rules_lookup(rules, c->witness, k, &m) > 0 && m.line == c->line &&
		    is_local(m.file) == c->local)
			return true;
	return false;
}

static void check(const struct heard *h, const char *path)
{
	struct lbl_rules_options ro = {.size = sizeof(ro), .path = path};
	struct lbl_rules *rules;

	if (lbl_rules_open(&rules, &ro) < 0)
		return; /* lines that are no specs; the others were looked at */
	for (size_t i = 0; i < h->n; i++)
		if (wins(rules, &h->v[i]) != h->v[i].wins)
			abort();
	lbl_rules_free(rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"file_contexts.subs", "file_contexts.local"};
	struct heard h = {0};
	struct lbl_lint_options o = {.size = sizeof(o), .finding = on_finding, .user = &h};
	const char *text;
	size_t len;

	if (size > 4000)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		text = fuzz_field(&data, &size, &len);
		fuzz_put(names[i], text, len);
	}
	fuzz_put("file_contexts", data, size);
	o.path = fuzz_name("file_contexts");
	if (lbl_lint_rules(&o) != h.all)
		abort();
	check(&h, o.path);
	for (size_t i = 0; i < h.n; i++)
		free(h.v[i].witness);
	return 0;
}
