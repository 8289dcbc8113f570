/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The interpreter, not the JIT: PCRE2 10.42's JIT denies that `^/(c|(|\+|)|){2}c+ca|c$` matches
 * "/cca", and a rare spec may take its time but not get the wrong label.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "rules/side.h"

#include <stdio.h>

#define STEPS_MAX 10000000u /* as upstream */
#define ERROR_MAX 255

struct side {
	pcre2_code *code;
};

struct side_match {
	pcre2_match_data *data;
	pcre2_match_context *context;
};

static void explain(struct buf *out, int code, size_t offset)
{
	PCRE2_UCHAR why[256];
	char text[ERROR_MAX + 1];
	int n;

	if (pcre2_get_error_message(code, why, sizeof(why)) < 0)
		why[0] = '\0';
	n = snprintf(text, sizeof(text), "REGEX back-end error: At offset %zu: %s", offset,
		     (const char *)why);
	if (n > ERROR_MAX)
		buf_printf(out, "%.*s...", ERROR_MAX - 3, text);
	else
		buf_adds(out, text);
}

int side_compile(struct side **ret_side, const char *text, size_t len, struct buf *error)
{
	_cleanup_(buf_done) struct buf anchored = {0};
	struct side *side;
	PCRE2_SIZE offset;
	int code;

	buf_addc(&anchored, '^');
	buf_add(&anchored, text, len);
	buf_addc(&anchored, '$');
	if (buf_error(&anchored) < 0)
		return buf_error(&anchored);
	side = calloc(1, sizeof(*side));
	if (!side)
		return -ENOMEM;
	side->code = pcre2_compile((PCRE2_SPTR)buf_str(&anchored), anchored.len,
				   PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY, &code, &offset, NULL);
	if (!side->code) {
		free(side);
		if (code == PCRE2_ERROR_HEAP_FAILED)
			return -ENOMEM;
		if (error)
			explain(error, code, offset);
		return -EINVAL;
	}
	*ret_side = side;
	return 0;
}

struct side *side_free(struct side *side)
{
	if (side) {
		pcre2_code_free(side->code);
		free(side);
	}
	return NULL;
}

struct side_match *side_match_new(void)
{
	struct side_match *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->data = pcre2_match_data_create(1, NULL);
	m->context = pcre2_match_context_create(NULL);
	if (!m->data || !m->context)
		return side_match_free(m);
	pcre2_set_match_limit(m->context, STEPS_MAX);
	return m;
}

struct side_match *side_match_free(struct side_match *m)
{
	if (m) {
		pcre2_match_context_free(m->context);
		pcre2_match_data_free(m->data);
		free(m);
	}
	return NULL;
}

static int match(const struct side *side, struct side_match *m, const char *path, size_t len,
		 uint32_t options)
{
	int r = pcre2_match(side->code, (PCRE2_SPTR)path, len, 0, options, m->data, m->context);

	if (r >= 0)
		return SIDE_MATCHES;
	switch (r) {
	case PCRE2_ERROR_PARTIAL: return SIDE_BEGINS;
	case PCRE2_ERROR_NOMATCH: return 0;
	case PCRE2_ERROR_NOMEMORY: return -ENOMEM;
	default: return -EOVERFLOW;
	}
}

int side_matches(const struct side *side, struct side_match *m, const char *path, size_t len)
{
	return match(side, m, path, len, 0);
}

int side_begins(const struct side *side, struct side_match *m, const char *path, size_t len)
{
	return match(side, m, path, len, PCRE2_PARTIAL_SOFT);
}
