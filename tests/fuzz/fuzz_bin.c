/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as upstream's compiled form.  What is accepted is written and read again, in both
 * versions, without a change; and it gives the answers that a text with the same specs gives.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "rules/bin.h"
#include "sample.h"

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

static bool same_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static void must_be_same(const struct bin *a, const struct bin *b)
{
	must(a->n == b->n, "specs were lost");
	for (size_t i = 0; i < a->n; i++) {
		const struct bin_spec *x = &a->v[i], *y = &b->v[i];

		must(same_text(x->regex, x->regex_len, y->regex, y->regex_len) &&
			     same_text(x->context, x->context_len, y->context, y->context_len) &&
			     x->kind == y->kind && x->line == y->line,
		     "a spec changed");
	}
}

/** Write @b and read that: equal to what @b stands for, from the second time on byte for byte. */
static void round_trip(const struct bin *b, unsigned version)
{
	_cleanup_(bin_done) struct bin first = {0}, second = {0};
	_cleanup_(buf_done) struct buf once = {0}, twice = {0};

	if (bin_format(&once, b->v, b->n, version) == -EINVAL)
		return; /* no line numbers left */
	must(bin_parse(&first, once.data, once.len) == 0, "what was written is not read");
	must(first.version == version, "another version");
	must(first.n == b->n, "not all was written");
	must(bin_format(&twice, first.v, first.n, version) == 0, "not written again");
	must(bin_parse(&second, twice.data, twice.len) == 0, "not read again");
	must_be_same(&first, &second);
}

/* ---- as rules ------------------------------------------------------------------------------- */

static void put_file(const char *name, const void *data, size_t len)
{
	FILE *f = fopen(name, "we");

	must(f && fwrite(data, 1, len, f) == len && fclose(f) == 0, "cannot write");
}

static void put_text(const char *name, const struct bin *b)
{
	static const char *const kinds[] = {"", "-d", "-c", "-b", "-s", "-p", "-l", "--"};
	_cleanup_(buf_done) struct buf text = {0};

	for (size_t i = 0; i < b->n; i++)
		buf_printf(&text, "%.*s %s %.*s\n", (int)b->v[i].regex_len, b->v[i].regex,
			   kinds[b->v[i].kind], (int)b->v[i].context_len, b->v[i].context);
	put_file(name, buf_str(&text), text.len);
}

static void must_agree(struct lbl_rules *rules[2], const char *path)
{
	for (enum lbl_kind kind = LBL_ANY; kind <= LBL_REG; kind++) {
		struct lbl_match m[2];
		int r[2];

		for (int i = 0; i < 2; i++)
			r[i] = lbl_rules_lookup(rules[i], path, kind, &m[i]);
		must(r[0] == r[1], "another result");
		must(r[0] != 1 || (!strcmp(m[0].regex, m[1].regex) && m[0].kind == m[1].kind &&
				   text_same(m[0].context, m[1].context)),
		     "another winner");
	}
}

static void ask_both(const struct bin *b, struct lbl_rules *rules[2])
{
	struct rng rng = {.state = b->n};

	must_agree(rules, "/");
	must_agree(rules, "/etc/passwd");
	for (size_t i = 0; i < b->n && i < 8; i++) {
		_cleanup_(buf_done) struct buf path = {0};
		char regex[300];

		if (b->v[i].regex_len >= sizeof(regex))
			continue;
		snprintf(regex, sizeof(regex), "%.*s", (int)b->v[i].regex_len, b->v[i].regex);
		sample_regex(&rng, regex, &path);
		buf_cut(&path, 500);
		if (path.len && strlen(path.data) == path.len)
			must_agree(rules, path.data);
	}
}

static void as_rules(const struct bin *b, const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/lbl-fuzz-XXXXXX";
	char name[2][64], bin[70];
	struct lbl_rules *rules[2] = {NULL, NULL};
	int r[2];

	must(mkdtemp(dir), "no folder");
	for (int i = 0; i < 2; i++)
		snprintf(name[i], sizeof(name[i]), "%s/%s", dir, i ? "text" : "fc");
	snprintf(bin, sizeof(bin), "%s.bin", name[0]);
	put_file(bin, data, size);
	put_text(name[1], b);
	for (int i = 0; i < 2; i++) {
		struct lbl_rules_options ro = {.size = sizeof(ro), .path = name[i]};

		r[i] = lbl_rules_open(&rules[i], &ro);
	}
	must(r[0] < 0 || r[1] == 0, "opened, but not from the text");
	if (r[0] == 0)
		ask_both(b, rules);
	for (int i = 0; i < 2; i++)
		lbl_rules_free(rules[i]);
	unlink(bin);
	unlink(name[1]);
	rmdir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(bin_done) struct bin b = {0};
	int r = bin_parse(&b, data, size);

	must(r == 0 || r == -EBADMSG || r == -EPROTONOSUPPORT, "an error it does not have");
	must(r == -EBADMSG || bin_is(data, size), "not of that form");
	if (r < 0 || size > 100000)
		return 0;
	round_trip(&b, 5);
	round_trip(&b, 6);
	as_rules(&b, data, size);
	return 0;
}
