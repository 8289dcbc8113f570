/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pair.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ours.h"
#include "analysis/shape.h"

int pair_wrong(struct pair *p, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->why, sizeof(p->why), fmt, ap);
	va_end(ap);
	snprintf(p->path, sizeof(p->path), "%s", path ? path : "");
	return -1;
}

/** The answers for one path and kind.  Return 1; 0 when one is not known. */
static int ask(struct pair *p, const char *path, enum lbl_kind kind, struct lbl_match m[2],
	       bool is[2])
{
	for (int i = 0; i < 2; i++) {
		int r = lbl_rules_lookup(p->rules[i], path, kind, &m[i]);

		if (r < 0)
			return 0;
		is[i] = r > 0;
	}
	return 1;
}

static bool differ(const struct lbl_match m[2], const bool is[2])
{
	return !text_same(is[0] ? m[0].context : NULL, is[1] ? m[1].context : NULL);
}

static bool same_match(bool is, const struct lbl_match *m, bool has, const struct lbl_match *of)
{
	return is == has && (!is || (m->regex == of->regex && m->line == of->line));
}

static bool is_of(const struct lbl_diff_item *item, const struct lbl_match m[2], const bool is[2])
{
	return same_match(is[0], &m[0], item->had, &item->old_match) &&
	       same_match(is[1], &m[1], item->has, &item->new_match);
}

static bool covers(const struct lbl_diff_item *item, enum lbl_kind kind)
{
	return item->kind == LBL_ANY || item->kind == kind;
}

/** A difference must be among the items. */
static int check_item(struct pair *p, const char *path, enum lbl_kind kind,
		      const struct lbl_match m[2], const bool is[2])
{
	struct lbl_diff_item item;
	size_t pos = 0;

	while (lbl_diff_next(p->diff, &pos, &item) > 0) {
		if (covers(&item, kind) && path_is_below(path, item.below) && is_of(&item, m, is))
			return 0;
		if (item.undecided && path_is_below(path, item.below) && !item.had && !item.has)
			return 0;
	}
	return pair_wrong(p, path, "kind %d: %s to %s is not among the items", kind,
			  is[0] ? m[0].regex : "nothing", is[1] ? m[1].regex : "nothing");
}

/** No directory on the way may be said to hold no difference. */
static int check_below(struct pair *p, const char *path, bool differs)
{
	char dir[512];

	snprintf(dir, sizeof(dir), "%s", path);
	for (;;) {
		char *slash = strrchr(dir, '/');
		int r = lbl_diff_below(p->diff, dir);

		if (r < 0 || (differs && r == 0))
			return pair_wrong(p, path, "lbl_diff_below(%s) is %d", dir, r);
		p->below[r]++;
		if (strcmp(dir, "/") == 0)
			return 0;
		slash[slash == dir] = '\0';
	}
}

int pair_check_path(struct pair *p, const char *path)
{
	bool differs = false;

	if (!path_is_clean(path))
		return 0;
	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++) {
		struct lbl_match m[2];
		bool is[2];

		if (!ask(p, path, k, m, is) || !differ(m, is))
			continue;
		differs = true;
		if (check_item(p, path, k, m, is) < 0)
			return -1;
	}
	p->differing += differs;
	p->same += !differs;
	return check_below(p, path, differs);
}

/** Every witness must be one. */
static int check_witness(struct pair *p, const struct lbl_diff_item *item)
{
	bool shown = false;

	if (!path_is_clean(item->witness) || !path_is_below(item->witness, item->below))
		return pair_wrong(p, item->witness, "a witness that is no path");
	for (enum lbl_kind k = LBL_DIR; k <= LBL_REG; k++) {
		struct lbl_match m[2];
		bool is[2];

		if (covers(item, k) && ask(p, item->witness, k, m, is) && differ(m, is) &&
		    is_of(item, m, is))
			shown = true;
	}
	return shown ? 0 : pair_wrong(p, item->witness, "a witness that shows nothing");
}

int pair_check_items(struct pair *p)
{
	struct lbl_diff_item item, other;
	size_t pos = 0, next;

	while (lbl_diff_next(p->diff, &pos, &item) > 0) {
		p->items++;
		p->undecided += item.undecided;
		if (item.undecided && p->decided)
			return pair_wrong(p, item.below, "undecided");
		if (!item.undecided && check_witness(p, &item) < 0)
			return -1;
		next = pos;
		while (lbl_diff_next(p->diff, &next, &other) > 0)
			if (other.kind == item.kind && strcmp(other.below, item.below) == 0 &&
			    same_match(other.had, &other.old_match, item.had, &item.old_match) &&
			    same_match(other.has, &other.new_match, item.has, &item.new_match))
				return pair_wrong(p, item.witness, "an item comes twice");
	}
	return 0;
}

int pair_open(struct pair *p, const char *old_base, const char *new_base)
{
	const char *base[2] = {old_base, new_base};

	for (int i = 0; i < 2; i++) {
		struct lbl_rules_options ro = {
			.size = sizeof(ro), .path = base[i], .flags = LBL_RULES_TEXT};

		if (lbl_rules_open(&p->rules[i], &ro) < 0)
			return 0;
	}
	p->why[0] = p->path[0] = '\0';
	return lbl_diff_new(&p->diff, p->rules[0], p->rules[1]) < 0
		       ? pair_wrong(p, NULL, "lbl_diff_new() fails")
		       : 1;
}

void pair_close(struct pair *p)
{
	p->diff = lbl_diff_free(p->diff);
	for (int i = 0; i < 2; i++)
		p->rules[i] = lbl_rules_free(p->rules[i]);
}
