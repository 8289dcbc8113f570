/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/replace.h"
#include "lbl-rules.h"
#include "rules/bin.h"
#include "rules/check.h"
#include "rules/source.h"
#include "rules/spec.h"

struct compile {
	const struct lbl_bin_options *options;
	struct diag diag;
	struct map text;
	struct check check;
	struct bin_spec *v;
	size_t n, cap;
	unsigned errors;
};

static void compile_done(struct compile *c)
{
	map_done(&c->text);
	check_done(&c->check);
	free(c->v);
}

/** Errors that were told are counted; what is returned ends the compilation. */
static int compile_regex(struct compile *c, const struct spec *spec, unsigned line)
{
	_cleanup_(buf_done) struct buf why = {0};
	const char *file = c->options->path;
	int r;

	if (spec_is_literal(spec->regex, spec->regex_len))
		return 0;
	r = check_regex(&c->check, spec->regex, spec->regex_len, &why);
	if (r != -EINVAL)
		return MIN(r, 0);
	if (!spec_count_error(&c->diag, file, line, &c->errors))
		return r;
	spec_bad_regex(&c->diag, file, line, spec->regex, spec->regex_len, buf_str(&why));
	return 0;
}

static int compile_context(struct compile *c, const struct spec *spec, unsigned line)
{
	_cleanup_free_ char *context = NULL, *canonical = NULL;

	if (!c->options->check)
		return 0;
	context = strndup(spec->context, spec->context_len);
	if (!context)
		return -ENOMEM;
	/* what is written is what the text says: libselinux makes it canonical when it reads */
	if (strcmp(context, "<<none>>") == 0 ||
	    c->options->check(c->options->check_user, context, &canonical) != 0)
		return 0;
	if (!spec_count_error(&c->diag, c->options->path, line, &c->errors))
		return -EINVAL;
	spec_bad_context(&c->diag, c->options->path, line, context);
	return 0;
}

static int compile_spec(struct compile *c, const struct spec *spec, unsigned line)
{
	int r = compile_regex(c, spec, line);

	if (r >= 0)
		r = compile_context(c, spec, line);
	if (r < 0)
		return r;
	if (c->n >= SOURCE_SPECS_MAX)
		return spec_too_many(&c->diag, c->options->path, line, SOURCE_SPECS_MAX);
	r = array_reserve(&c->v, &c->cap, c->n + 1, sizeof(*c->v));
	if (r < 0)
		return r;
	c->v[c->n++] = (struct bin_spec){.regex = spec->regex,
					 .context = spec->context,
					 .regex_len = (uint32_t)spec->regex_len,
					 .context_len = (uint32_t)spec->context_len,
					 .line = line,
					 .kind = spec->kind};
	return 0;
}

static int compile_text(struct compile *c)
{
	const char *p = c->text.data, *end = c->text.len ? p + c->text.len : p;
	struct spec spec;
	unsigned line = 0;

	while (p < end) {
		enum spec_result what = spec_scan(&p, end, &spec);

		line++;
		if (what == SPEC_OK) {
			int r = compile_spec(c, &spec, line);

			if (r < 0)
				return r;
		} else if (what != SPEC_BLANK) {
			if (!spec_count_error(&c->diag, c->options->path, line, &c->errors))
				return -EINVAL;
			spec_complain(&c->diag, c->options->path, line, what, &spec);
		}
	}
	return c->errors ? -EINVAL : 0;
}

static int write_compiled(const struct compile *c)
{
	_cleanup_(buf_done) struct buf out = {0};
	_cleanup_free_ char *beside = NULL;
	const char *name = c->options->output;
	int r;

	if (!name) {
		if (asprintf(&beside, "%s.bin", c->options->path) < 0) {
			beside = NULL;
			return -ENOMEM;
		}
		name = beside;
	}
	r = bin_format(&out, c->v, c->n, c->options->version);
	if (r < 0)
		return r;
	r = replace_file(name, out.data, out.len, c->text.st.st_mode & 0777);
	if (r < 0)
		diag_say(&c->diag, LBL_ERROR, name, 0, "cannot write %s: %s", name, strerror(-r));
	return r;
}

int lbl_bin_compile(const struct lbl_bin_options *options)
{
	_cleanup_(compile_done) struct compile c = {.options = options};
	int r;

	if (options->size < sizeof(*options) || !options->path || options->version < 5 ||
	    options->version > 6)
		return -EINVAL;
	c.diag = (struct diag){.fn = options->diag, .user = options->user};
	r = map_open(&c.text, AT_FDCWD, options->path, SOURCE_FILE_MAX);
	if (r < 0) {
		diag_say(&c.diag, LBL_ERROR, options->path, 0, "Error opening %s: %s",
			 options->path, strerror(-r));
		return r;
	}
	r = compile_text(&c);
	return r < 0 ? r : write_compiled(&c);
}
