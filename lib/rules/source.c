/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/root.h"
#include "rules/bin.h"

const char *const source_suffix[LBL_FILE_DROP_IN] = {
	[LBL_FILE_SUBS_DIST] = ".subs_dist", [LBL_FILE_SUBS] = ".subs",	  [LBL_FILE_BASE] = "",
	[LBL_FILE_HOMEDIRS] = ".homedirs",   [LBL_FILE_LOCAL] = ".local",
};

/* ---- specs ---------------------------------------------------------------------------------- */

static int complain_of_file(const struct source *s, const char *name, int error)
{
	diag_say(&s->diag, LBL_ERROR, name, 0, "%s:  %s", name,
		 error == -EINVAL ? "not a regular file" : strerror(-error)); /* see map_open() */
	return error;
}

/** Add what was scanned in the newest file. */
static int add_spec(struct source *s, const struct spec *spec, unsigned line)
{
	struct source_file *f = &s->files[s->n_files - 1];
	struct source_spec *out;
	int r;

	if (s->n >= SOURCE_SPECS_MAX)
		return spec_too_many(&s->diag, f->name, line, SOURCE_SPECS_MAX);
	r = array_reserve(&s->specs, &s->cap, s->n + 1, sizeof(*s->specs));
	if (r < 0)
		return r;
	out = &s->specs[s->n++];
	out->regex = (uint32_t)(spec->regex - f->text);
	out->context = (uint32_t)(spec->context - f->text);
	out->line = line;
	out->regex_len = (uint16_t)spec->regex_len;
	out->context_len = (uint16_t)spec->context_len;
	out->cursor = 0;
	out->kind = spec->kind & 7;
	out->file = (s->n_files - 1) & 0xfff;
	out->split = spec->bar && spec_is_split(spec->regex, spec->regex_len);
	s->high |= spec->high;
	f->entries++;
	return 0;
}

/** The specs of the newest file, a text. */
static int scan_text(struct source *s)
{
	const struct source_file *f = &s->files[s->n_files - 1];
	const char *p = f->text, *end = f->map.len ? p + f->map.len : p;
	unsigned line = 0, errors = 0;
	struct spec spec;
	int r;

	while (p < end) {
		enum spec_result what = spec_scan(&p, end, &spec);

		line++;
		if (what == SPEC_BLANK)
			continue;
		if (what == SPEC_OK) {
			r = add_spec(s, &spec, line);
			if (r < 0)
				return r;
		} else if (!spec_count_error(&s->diag, f->name, line, &errors)) {
			break;
		} else {
			spec_complain(&s->diag, f->name, line, what, &spec);
		}
	}
	return errors ? -EINVAL : 0;
}

/* ---- upstream's compiled form --------------------------------------------------------------- */

/** The line that @spec was compiled from. */
static void add_line(struct buf *b, const struct bin_spec *spec)
{
	static const char *const kinds[8] = {"", "-d", "-c", "-b", "-s", "-p", "-l", "--"};

	buf_add(b, spec->regex, spec->regex_len);
	buf_addc(b, '\t');
	buf_adds(b, kinds[spec->kind & 7]);
	buf_addc(b, '\t');
	buf_add(b, spec->context, spec->context_len);
	buf_addc(b, '\n');
}

/** Read the text that @bin stands for; its specs must be what the lines say, one for one. */
static int scan_lines(struct source *s, const struct bin *bin, const char *end)
{
	const char *p = s->files[s->n_files - 1].text;
	struct spec spec;

	for (size_t i = 0; i < bin->n; i++) {
		const struct bin_spec *from = &bin->v[i];
		int r;

		if (p == end || spec_scan(&p, end, &spec) != SPEC_OK ||
		    spec.regex_len != from->regex_len || spec.context_len != from->context_len ||
		    spec.kind != from->kind)
			return -EBADMSG;
		r = add_spec(s, &spec, from->line);
		if (r < 0)
			return r;
	}
	return 0;
}

static int scan_bin(struct source *s)
{
	struct source_file *f = &s->files[s->n_files - 1];
	_cleanup_(bin_done) struct bin bin = {0};
	struct buf text = {0};
	size_t before = s->n;
	int r = bin_parse(&bin, f->map.data, f->map.len);

	/* version 6 has each context once, so the text may be far longer than the file */
	for (size_t i = 0; r >= 0 && i < bin.n; i++) {
		add_line(&text, &bin.v[i]);
		r = text.len > SOURCE_FILE_MAX ? -EFBIG : buf_error(&text);
	}
	f->text = f->own_text = text.data;
	if (r >= 0)
		r = scan_lines(s, &bin, buf_str(&text) + text.len);
	if (r == -EFBIG)
		complain_of_file(s, f->name, r);
	if (r == -EBADMSG || r == -EPROTONOSUPPORT) {
		s->n = before;
		f->entries = 0;
		diag_say(&s->diag, LBL_ERROR, f->name, 0,
			 r == -EBADMSG ? "%s:  damaged compiled file_contexts, and there is no text"
				       : "%s:  compiled file_contexts of an unknown version, and "
					 "there is no text",
			 f->name);
	}
	return r;
}

/* ---- files ---------------------------------------------------------------------------------- */

/** A fresh file at the end of the list; takes @name, which NULL says could not be made. */
static int add_file(struct source *s, char *name, enum lbl_file_role role)
{
	_cleanup_free_ char *own = name;
	int r;

	if (!own)
		return -ENOMEM;
	r = array_reserve(&s->files, &s->files_cap, s->n_files + 1, sizeof(*s->files));
	if (r >= 0)
		s->files[s->n_files++] = (struct source_file){.name = TAKE_PTR(own), .role = role};
	return r;
}

static void drop_file(struct source *s)
{
	struct source_file *f = &s->files[--s->n_files];

	map_done(&f->map);
	free(f->own_text);
	free(f->name);
}

static char *join(const char *base, const char *suffix)
{
	char *out;

	return asprintf(&out, "%s%s", base, suffix) < 0 ? NULL : out;
}

/** Read the newest file's bytes, and drop it if that fails. */
static int read_file(struct source *s, size_t max)
{
	struct source_file *f = &s->files[s->n_files - 1];
	int r = root_map(&f->map, s->root, f->name, MIN(max, SOURCE_FILE_MAX - s->bytes));

	if (r >= 0) {
		f->text = f->map.data;
		s->bytes += f->map.len;
	}
	return r;
}

/** Load the compiled form of a text that is missing.  -ENOENT: that is missing as well. */
static int load_bin(struct source *s, char *name, enum lbl_file_role role)
{
	int r = add_file(s, name, role);

	if (r < 0)
		return r;
	r = read_file(s, SOURCE_FILE_MAX);
	if (r == -ENOENT) {
		drop_file(s);
		return r;
	}
	s->files[s->n_files - 1].upstream_bin = true;
	return r < 0 ? complain_of_file(s, s->files[s->n_files - 1].name, r) : scan_bin(s);
}

/**
 * Load one text of specs.  Return 0, -ENOENT (not there, and nothing said), -EINVAL for malformed
 * text, -errno (told, but for the base file, whose error the caller returns).
 */
static int load_specs(struct source *s, char *name, enum lbl_file_role role)
{
	struct source_file *f;
	size_t expect;
	int r = add_file(s, name, role);

	if (r < 0)
		return r;
	r = read_file(s, SOURCE_FILE_MAX);
	f = &s->files[s->n_files - 1];
	if (r < 0) {
		char *bin = r == -ENOENT && role != LBL_FILE_DROP_IN ? join(f->name, ".bin") : NULL;
		bool told = r != -ENOENT && role != LBL_FILE_BASE;

		if (told)
			complain_of_file(s, f->name, r);
		drop_file(s);
		return bin ? load_bin(s, bin, role) : r;
	}
	expect = f->map.len / 48; /* bytes of a typical line */
	r = array_reserve(&s->specs, &s->cap, s->n + MIN(expect, SOURCE_SPECS_MAX),
			  sizeof(*s->specs));
	return r < 0 ? r : scan_text(s);
}

static int load_subs(struct source *s, struct subs *subs, char *name, enum lbl_file_role role)
{
	struct source_file *f;
	int r = add_file(s, name, role);

	if (r < 0)
		return r;
	r = read_file(s, SOURCE_SUBS_MAX);
	f = &s->files[s->n_files - 1];
	if (r >= 0) {
		r = subs_parse(subs, f->map.data, f->map.len);
		f->entries = subs->n;
		s->high |= subs->high;
		return r;
	}
	if (r != -ENOENT)
		complain_of_file(s, f->name, r);
	drop_file(s);
	return r == -ENOENT ? 0 : r;
}

static int is_drop_in(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 3 && strcmp(entry->d_name + len - 3, ".fc") == 0;
}

/* alphasort() asks the locale */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int source_list_drop_ins(const char *root, const char *base, struct source_names *ret_names)
{
	_cleanup_free_ char *dir = join(base, SOURCE_DROP_INS);
	_cleanup_close_ int fd = -1;
	struct source_names out = {0};
	int n;

	if (!dir)
		return -ENOMEM;
	fd = root_open(root, dir, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 && fd != -ENOENT)
		return fd;
	if (fd >= 0) {
		n = scandirat(fd, ".", &out.v, is_drop_in, by_bytes);
		if (n < 0)
			return -errno;
		out.n = (size_t)n;
	}
	*ret_names = out;
	return 0;
}

void source_names_done(struct source_names *names)
{
	while (names->n)
		free(names->v[--names->n]);
	free(names->v);
	names->v = NULL;
}

/** A drop-in that was listed and cannot be found: gone meanwhile, or a link to nothing? */
static int miss_drop_in(struct source *s, const char *dir, const char *entry)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int fd = -1;

	if (asprintf(&name, "%s/%s", dir, entry) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	fd = root_open(s->root, name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return 0;
	complain_of_file(s, name, -ENOENT);
	return -EINVAL; /* -ENOENT would be taken for the base file's */
}

static int load_drop_ins(struct source *s, const char *base)
{
	_cleanup_free_ char *dir = join(base, SOURCE_DROP_INS);
	struct source_names names = {0};
	int first = 0, r = dir ? source_list_drop_ins(s->root, base, &names) : -ENOMEM;

	if (r < 0)
		return r == -ENOMEM ? r : complain_of_file(s, dir, r);
	for (size_t i = 0; i < names.n; i++) {
		char *name;

		if (s->n_files >= SOURCE_FILES_MAX) {
			diag_say(&s->diag, LBL_ERROR, dir, 0, /* once, not for each */
				 "%s:  too many files, a rule set has at most %u", dir,
				 SOURCE_FILES_MAX);
			first = -E2BIG;
			break;
		}
		r = asprintf(&name, "%s/%s", dir, names.v[i]->d_name) < 0 ? -ENOMEM : 0;
		if (r >= 0)
			r = load_specs(s, name, LBL_FILE_DROP_IN);
		if (r == -ENOENT)
			r = miss_drop_in(s, dir, names.v[i]->d_name);
		first = first < 0 ? first : r;
	}
	source_names_done(&names);
	return first;
}

/** One that is not there: only the base file must be. */
static int load_role(struct source *s, const char *base, enum lbl_file_role role)
{
	char *name = join(base, source_suffix[role]);
	int r;

	if (role == LBL_FILE_SUBS_DIST)
		return load_subs(s, &s->subs_dist, name, role);
	if (role == LBL_FILE_SUBS)
		return load_subs(s, &s->subs, name, role);
	r = load_specs(s, name, role);
	return r == -ENOENT && role != LBL_FILE_BASE ? 0 : r;
}

int source_open(struct source *s, const struct lbl_rules_options *options)
{
	const char *beside = options->companions_of ? options->companions_of : options->path;
	int r, first = 0;

	*s = (struct source){.diag = {options->diag, options->user}};
	s->root = options->root ? strdup(options->root) : NULL;
	if (options->root && !s->root)
		return -ENOMEM;
	for (size_t role = 0; role < source_suffixes(options->flags); role++) {
		r = load_role(s, role == LBL_FILE_BASE ? options->path : beside,
			      (enum lbl_file_role)role);
		first = first < 0 ? first : r;
	}
	if (!(options->flags & LBL_RULES_BASE_ONLY)) {
		r = load_drop_ins(s, beside);
		first = first < 0 ? first : r;
	}
	s->made = calloc(s->n + 1, sizeof(*s->made));
	if (first >= 0 && !s->made)
		first = -ENOMEM;
	return first;
}

int source_of_lines(struct source *s, const char *name, struct buf *text, const unsigned *lines)
{
	const char *p, *end;
	struct spec spec;
	int r = buf_error(text);

	*s = (struct source){0};
	if (r >= 0)
		r = text->len > SOURCE_FILE_MAX ? -EFBIG : add_file(s, strdup(name), LBL_FILE_BASE);
	if (r < 0)
		return r;
	end = text->data ? text->data + text->len : NULL;
	p = s->files[0].text = s->files[0].own_text = TAKE_PTR(text->data);
	*text = (struct buf){0};
	while (p < end && r >= 0)
		r = spec_scan(&p, end, &spec) == SPEC_OK ? add_spec(s, &spec, *lines++) : -EINVAL;
	s->made = calloc(s->n + 1, sizeof(*s->made));
	return r < 0 ? r : s->made ? 0 : -ENOMEM;
}

void source_done(struct source *s)
{
	while (s->n_files)
		drop_file(s);
	free(s->files);
	if (!s->borrowed)
		free(s->specs);
	free(s->made);
	free(s->root);
	free(s->contexts);
	subs_done(&s->subs);
	subs_done(&s->subs_dist);
	arena_done(&s->arena);
	*s = (struct source){0};
}

/* ---- specs as callers see them -------------------------------------------------------------- */

const char *source_file_name(const struct source *s, const struct source_spec *spec)
{
	return s->files[spec->file].name;
}

void source_bad_regex(const struct source *s, const struct source_spec *spec, const char *why)
{
	spec_bad_regex(&s->diag, source_file_name(s, spec), spec->line, source_regex(s, spec),
		       spec->regex_len, why);
}

uint32_t source_rank(const struct source *s, uint32_t index)
{
	const struct source_spec *spec = &s->specs[index];

	return (index + 1) | (source_is_literal(s, spec) ? SOURCE_RANK_LITERAL : 0);
}

static uint32_t hash_text(const char *p, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619u;
	return h ^ h >> 15;
}

static int grow_contexts(struct source *s)
{
	size_t cap = s->contexts_cap ? s->contexts_cap * 2 : 256;
	struct source_context **fresh = calloc(cap, sizeof(struct source_context *));

	if (!fresh)
		return -ENOMEM;
	for (size_t i = 0; i < s->contexts_cap; i++) {
		struct source_context *c, *next;

		for (c = s->contexts[i]; c; c = next) {
			size_t at = hash_text(c->key, c->key_len) & (cap - 1);

			next = c->next;
			c->next = fresh[at];
			fresh[at] = c;
		}
	}
	free(s->contexts);
	s->contexts = fresh;
	s->contexts_cap = cap;
	return 0;
}

struct source_context *source_context(struct source *s, const struct source_spec *spec)
{
	static const char none[] = "<<none>>";
	const char *key = s->files[spec->file].text + spec->context;
	size_t len = spec->context_len, at;
	struct source_context *c;

	if (s->n_contexts >= s->contexts_cap && grow_contexts(s) < 0)
		return NULL;
	at = hash_text(key, len) & (s->contexts_cap - 1);
	for (c = s->contexts[at]; c; c = c->next)
		if (c->key_len == len && memcmp(c->key, key, len) == 0)
			return c;
	c = arena_zalloc(&s->arena, sizeof(*c));
	if (!c)
		return NULL;
	c->key = key;
	c->key_len = len;
	if (len != sizeof(none) - 1 || memcmp(key, none, len) != 0) {
		c->text = arena_strndup(&s->arena, key, len);
		if (!c->text)
			return NULL;
		c->len = len;
	}
	c->next = s->contexts[at];
	s->contexts[at] = c;
	s->n_contexts++;
	return c;
}

const struct db_spec *source_spec(struct source *s, uint32_t index)
{
	const struct source_spec *spec = &s->specs[index];
	struct db_spec *out = &s->made[index];
	struct source_context *context;
	char *regex;

	if (out->regex)
		return out;
	context = source_context(s, spec);
	regex = arena_strndup(&s->arena, source_regex(s, spec), spec->regex_len);
	if (!context || !regex)
		return NULL;
	*out = (struct db_spec){
		.regex = regex,
		.context = context->text,
		.context_len = context->len,
		.file = source_file_name(s, spec),
		.line = spec->line,
		.rank = source_rank(s, index),
		.kind = spec->kind,
	};
	return out;
}
