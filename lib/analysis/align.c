/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Equal specs are paired first: the n-th of one set with the n-th like it of the other.  Of these
 * pairs as many are kept as stand in the same order on both sides: a longest increasing
 * subsequence.  Where specs are given several times that may be fewer than possible, which costs
 * whoever asks some speed and nothing else.
 */
#include "analysis/align.h"

#include <string.h>

struct entry {
	const char *text;
	uint32_t len, spec;
	uint32_t kind;
};

static int by_text_then_spec(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int r;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	r = memcmp(a->text, b->text, a->len);
	if (r)
		return r;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->spec < b->spec ? -1 : a->spec > b->spec;
}

/** The same but for the spec's number. */
static int compare(const struct entry *a, const struct entry *b)
{
	struct entry same = *b;

	same.spec = a->spec;
	return by_text_then_spec(a, &same);
}

static int list_regexes(const struct source *s, struct entry **ret, size_t *ret_n)
{
	struct entry *v = calloc(s->n + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->n; i++) {
		const struct source_spec *spec = &s->specs[i];

		if (!source_is_literal(s, spec))
			v[n++] = (struct entry){source_regex(s, spec), spec->regex_len, i,
						spec->kind};
	}
	qsort(v, n, sizeof(*v), by_text_then_spec);
	*ret = v;
	*ret_n = n;
	return 0;
}

static int pair_equals(const struct source *a, const struct source *b, uint32_t *partner)
{
	_cleanup_free_ struct entry *va = NULL, *vb = NULL;
	size_t na, nb, i = 0, k = 0;
	int r = list_regexes(a, &va, &na);

	if (r >= 0)
		r = list_regexes(b, &vb, &nb);
	while (r >= 0 && i < na && k < nb) {
		int order = compare(&va[i], &vb[k]);

		if (order == 0)
			partner[va[i++].spec] = vb[k++].spec;
		else if (order < 0)
			i++;
		else
			k++;
	}
	return r;
}

/** Drop the fewest pairs so that the rest is in order. */
static int keep_increasing(uint32_t *partner, size_t n)
{
	_cleanup_free_ uint32_t *tail = calloc(n + 1, sizeof(*tail));
	_cleanup_free_ uint32_t *before = calloc(n + 1, sizeof(*before));
	size_t len = 0;
	uint32_t at;

	if (!tail || !before)
		return -ENOMEM;
	/* tail[l]: of the sequences of l + 1 pairs, the last of the one that ends lowest */
	for (uint32_t i = 0; i < n; i++) {
		size_t low = 0, high = len;

		if (partner[i] == ALIGN_NONE)
			continue;
		while (low < high) {
			size_t mid = (low + high) / 2;

			if (partner[tail[mid]] < partner[i])
				low = mid + 1;
			else
				high = mid;
		}
		before[i] = low ? tail[low - 1] : ALIGN_NONE;
		tail[low] = i;
		len = MAX(len, low + 1);
	}
	at = len ? tail[len - 1] : ALIGN_NONE;
	for (uint32_t i = (uint32_t)n; i-- > 0;) {
		if (i == at)
			at = before[i];
		else
			partner[i] = ALIGN_NONE;
	}
	return 0;
}

int align_sources(const struct source *a, const struct source *b, uint32_t **ret_a,
		  uint32_t **ret_b)
{
	_cleanup_free_ uint32_t *pa = malloc((a->n + 1) * sizeof(*pa));
	_cleanup_free_ uint32_t *pb = malloc((b->n + 1) * sizeof(*pb));
	int r;

	if (!pa || !pb)
		return -ENOMEM;
	memset(pa, 0xff, (a->n + 1) * sizeof(*pa));
	memset(pb, 0xff, (b->n + 1) * sizeof(*pb));
	r = pair_equals(a, b, pa);
	if (r >= 0)
		r = keep_increasing(pa, a->n);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < a->n; i++)
		if (pa[i] != ALIGN_NONE)
			pb[pa[i]] = i;
	*ret_a = TAKE_PTR(pa);
	*ret_b = TAKE_PTR(pb);
	return 0;
}
