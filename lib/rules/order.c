/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * order: the lines of a spec file, from general to specific.
 *
 * A text is taken apart into its head (what stands before the first spec, up to the last empty
 * line there), blocks (a spec with the comments and empty lines before it) and its tail (what
 * follows the last spec).  Blocks are sorted and all of it is put together again.
 */
#include "rules/order.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "rules/diag.h"
#include "rules/spec.h"

#define ORDER_ERRORS_MAX 100 /* told of one text */

struct block {
	struct order_key key;
	const char *start, *end; /* of its text */
	unsigned line;		 /* of the spec */
	size_t index;
};

struct text {
	const char *name;
	struct diag diag;
	const char *start, *end, *head, *tail; /* head ends at `head`, tail starts at `tail` */
	struct block *blocks;
	size_t n, cap;
};

/* ---- the order of two specs ----------------------------------------------------------------- */

static unsigned char typed(enum lbl_kind kind, enum lbl_order order)
{
	static const unsigned char cil[] = {
		[LBL_ANY] = 0, [LBL_REG] = 1,  [LBL_DIR] = 2,  [LBL_CHR] = 3,
		[LBL_BLK] = 4, [LBL_SOCK] = 5, [LBL_FIFO] = 6, [LBL_LNK] = 7,
	};

	return order == LBL_ORDER_CIL ? cil[kind] : kind != LBL_ANY;
}

struct order_key order_key(const char *regex, size_t len, enum lbl_kind kind, enum lbl_order order)
{
	struct order_key key = {
		.literal = true,
		.kind = typed(kind, order),
		.text = regex,
		.text_len = order == LBL_ORDER_CIL ? (uint32_t)len : 0,
	};

	for (size_t i = 0; i < len; i++, key.length++) {
		if (regex[i] == '\\')
			i++; /* with what follows it, one character */
		else if (strchr(".^$?*+|[({", regex[i]))
			key.literal = false;
		if (key.literal)
			key.stem++;
	}
	return key;
}

static int by_text(const struct order_key *a, const struct order_key *b)
{
	int r = memcmp(a->text, b->text, MIN(a->text_len, b->text_len));

	return r ? r : (a->text_len > b->text_len) - (a->text_len < b->text_len);
}

int order_compare(const struct order_key *a, const struct order_key *b)
{
	if (a->literal != b->literal)
		return a->literal ? 1 : -1;
	if (a->stem != b->stem)
		return a->stem < b->stem ? -1 : 1;
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return by_text(a, b);
}

static int block_compare(const void *one, const void *other)
{
	const struct block *a = one, *b = other;
	int r = order_compare(&a->key, &b->key);

	return r ? r : (a->index > b->index) - (a->index < b->index);
}

/* ---- a text in blocks ----------------------------------------------------------------------- */

static bool is_empty(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
		p++;
	return p == end;
}

static int add_block(struct text *t, const struct spec *spec, const char *end, unsigned line,
		     enum lbl_order order)
{
	int r = array_reserve(&t->blocks, &t->cap, t->n + 1, sizeof(*t->blocks));

	if (r < 0)
		return r;
	t->blocks[t->n] = (struct block){
		.key = order_key(spec->regex, spec->regex_len, spec->kind, order),
		.start = t->n ? t->tail : t->head,
		.end = end,
		.line = line,
		.index = t->n,
	};
	t->tail = end;
	t->n++;
	return 0;
}

static int take_apart(struct text *t, enum lbl_order order)
{
	unsigned line = 0, errors = 0;
	const char *p = t->start;
	int r = 0;

	while (p < t->end && r >= 0 && errors < ORDER_ERRORS_MAX) {
		const char *start = p;
		struct spec spec;
		enum spec_result what = spec_scan(&p, t->end, &spec);

		line++;
		if (what == SPEC_OK)
			r = add_block(t, &spec, p, line, order);
		else if (what != SPEC_BLANK)
			spec_complain(&t->diag, t->name, line, what, &spec);
		else if (!t->n && is_empty(start, p))
			t->head = p;
		errors += what != SPEC_OK && what != SPEC_BLANK;
	}
	return r < 0 ? r : errors ? -EINVAL : 0;
}

static void tell_first_misplaced(const struct text *t)
{
	for (size_t i = 1; i < t->n; i++) {
		const struct block *b = &t->blocks[i], *a = b - 1;

		if (order_compare(&a->key, &b->key) <= 0)
			continue;
		diag_say(&t->diag, LBL_INFO, t->name, b->line,
			 "%s:  line %u is out of order: it belongs before line %u", t->name,
			 b->line, a->line);
		return;
	}
}

/* ---- together again ------------------------------------------------------------------------- */

/* A last line without its newline is followed by others now. */
static void add_lines(struct buf *out, const char *start, const char *end)
{
	buf_add(out, start, (size_t)(end - start));
	if (end > start && end[-1] != '\n')
		buf_addc(out, '\n');
}

static int put_together(const struct text *t, struct buf *out)
{
	add_lines(out, t->start, t->head);
	for (size_t i = 0; i < t->n; i++)
		add_lines(out, t->blocks[i].start, t->blocks[i].end);
	add_lines(out, t->n ? t->tail : t->head, t->end);
	return buf_error(out);
}

int lbl_sort_specs(const char *name, const char *text, size_t len, enum lbl_order order,
		   lbl_diag_fn diag, void *user, char **ret_text, size_t *ret_len)
{
	struct text t = {
		.name = name,
		.diag = {diag, user},
		.start = text,
		.end = len ? text + len : text,
		.head = text,
		.tail = text,
	};
	_cleanup_(buf_done) struct buf out = {0};
	int r = take_apart(&t, order);

	if (r >= 0) {
		tell_first_misplaced(&t);
		if (t.n)
			qsort(t.blocks, t.n, sizeof(*t.blocks), block_compare);
		buf_add(&out, "", 0); /* an empty text is a text */
		r = put_together(&t, &out);
	}
	free(t.blocks);
	if (r < 0)
		return r;
	*ret_len = out.len;
	*ret_text = TAKE_PTR(out.data);
	return 0;
}
