/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing the compiled form.  All that goes into it is a function of the sources (and, unless it is
 * to be portable, of their inodes and times): specs are parsed in rule order, trie nodes are put
 * in preorder with siblings by byte, padding is zero.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/replace.h"
#include "rules/image.h"
#include "rules/image_sources.h"
#include "rules/validate.h"

struct writer {
	struct source source;
	struct trie trie;
	struct buf section[IMAGE_SECTIONS];
	struct timespec begun; /* nothing was read before; all 0: no stamps are wanted */
};

static void writer_done(struct writer *w)
{
	for (unsigned i = 0; i < IMAGE_SECTIONS; i++)
		buf_done(&w->section[i]);
	trie_done(&w->trie);
	source_done(&w->source);
}

/** Add to the text; return where it stands. */
static uint32_t add_text(struct writer *w, const char *text, size_t len)
{
	struct buf *b = &w->section[IMAGE_TEXT];
	uint32_t at = (uint32_t)b->len;

	buf_add(b, text, len);
	return at;
}

/* ---- files ---------------------------------------------------------------------------------- */

static void add_file(struct writer *w, enum lbl_file_role role, const char *suffix,
		     const struct source_file *from)
{
	struct image_file out = {.role = role, .state = IMAGE_ABSENT};

	out.suffix_len = (uint32_t)strlen(suffix);
	out.suffix = add_text(w, suffix, out.suffix_len);
	if (from) {
		out.state = from->upstream_bin ? IMAGE_BIN_IN : IMAGE_TEXT_IN;
		out.entries = (uint32_t)from->entries;
		image_source_stamp(&out, from, &w->begun);
		if (role == LBL_FILE_SUBS || role == LBL_FILE_SUBS_DIST) {
			out.text_len = (uint32_t)from->map.len;
			out.text = add_text(w, from->map.data, from->map.len);
		}
	}
	buf_add(&w->section[IMAGE_FILES], &out, sizeof(out));
}

/** Those that are there and those that could be, in load order. */
static void add_files(struct writer *w, const char *base, unsigned flags)
{
	const struct source *s = &w->source;
	size_t at = 0;

	for (size_t i = 0; i < source_suffixes(flags); i++) {
		bool there = at < s->n_files && s->files[at].role == i;

		add_file(w, (enum lbl_file_role)i, source_suffix[i], there ? &s->files[at] : NULL);
		at += there;
	}
	for (; at < s->n_files; at++)
		add_file(w, LBL_FILE_DROP_IN, s->files[at].name + strlen(base), &s->files[at]);
}

/** Specs count from the start of all text, whose size is known in the end only. */
static void finish_files(struct writer *w)
{
	struct image_file *f = (struct image_file *)w->section[IMAGE_FILES].data;

	for (size_t i = 0; i < w->section[IMAGE_FILES].len / sizeof(*f); i++)
		if (f[i].role != LBL_FILE_SUBS && f[i].role != LBL_FILE_SUBS_DIST &&
		    f[i].state != IMAGE_ABSENT)
			f[i].text_len = (uint32_t)w->section[IMAGE_TEXT].len;
}

/* ---- specs ---------------------------------------------------------------------------------- */

static int add_specs(struct writer *w)
{
	struct source *s = &w->source;

	for (size_t i = 0; i < s->n; i++) {
		const struct source_spec *from = &s->specs[i];
		struct source_context *context = source_context(s, from);
		struct source_spec out = *from;

		if (!context)
			return -ENOMEM;
		if (!context->written) /* no text begins with a context, so 0 is free */
			context->written = add_text(w, context->key, context->key_len);
		out.context = context->written;
		out.regex = add_text(w, source_regex(s, from), from->regex_len);
		out.cursor = 0;
		out.link = 0;
		buf_add(&w->section[IMAGE_SPECS], &out, sizeof(out));
	}
	return buf_error(&w->section[IMAGE_SPECS]);
}

/* ---- the automaton -------------------------------------------------------------------------- */

/** Lay a list of what is attached down in one run; return where it begins. */
static uint32_t add_attached(struct writer *w, uint32_t node)
{
	struct source_spec *specs = (struct source_spec *)w->section[IMAGE_SPECS].data;
	struct buf *b = &w->section[IMAGE_ATTACHED];
	const struct trie *t = &w->trie;
	uint32_t first = (uint32_t)(b->len / sizeof(struct trie_attached)), at = first;

	for (const struct trie_attached *a = trie_first(t, node); a; a = trie_next(t, a)) {
		struct trie_attached out = *a;

		at++;
		out.next = a->next ? at : 0;
		if (a->asks)
			specs[a->spec].link = t->source->specs[a->spec].link;
		buf_add(b, &out, sizeof(out));
	}
	return at == first ? 0 : first;
}

/** The children of @node, by byte: @ret_fan[0..n-1]; return n. */
static unsigned children(const struct trie *t, uint32_t node, uint32_t ret_fan[128])
{
	uint32_t by_byte[128] = {0};
	unsigned n = 0;

	for (uint32_t c = t->nodes[node].child; c; c = t->nodes[c].sibling)
		by_byte[t->nodes[c].byte & 127] = c;
	for (unsigned b = 0; b < 128; b++)
		if (by_byte[b])
			ret_fan[n++] = by_byte[b];
	return n;
}

/** A node that waits to be laid down. */
struct waiting {
	uint32_t node;
	uint32_t elder; /* extra of the sibling before it, which must learn its place; or 0 */
	bool more;	/* a sibling comes behind it */
};

struct stack {
	struct waiting *v;
	size_t n, cap;
};

static int push_children(struct stack *st, const struct trie *t, uint32_t node, bool *ret_leaf)
{
	uint32_t fan[128];
	unsigned n = children(t, node, fan);
	int r = array_reserve(&st->v, &st->cap, st->n + n, sizeof(*st->v));

	if (r < 0)
		return r;
	for (unsigned i = n; i-- > 0;) /* the last one is taken first */
		st->v[st->n++] = (struct waiting){.node = fan[i], .more = i + 1 < n};
	*ret_leaf = n == 0;
	return 0;
}

/** Lay one node down; its sibling, which the stack has next after all below it, gets to know. */
static int add_node(struct writer *w, struct stack *st)
{
	struct buf *nodes = &w->section[IMAGE_NODES], *extras = &w->section[IMAGE_EXTRAS];
	struct waiting here = st->v[--st->n];
	struct trie_packed out = {.byte = w->trie.nodes[here.node].byte & 127};
	struct trie_extra extra = {.attached = add_attached(w, here.node)};
	uint32_t index = (uint32_t)(nodes->len / sizeof(out));
	uint32_t number = (uint32_t)(extras->len / sizeof(extra));
	bool leaf;
	int r;

	if (here.elder)
		((struct trie_extra *)extras->data)[here.elder].sibling = index;
	if (here.more)
		st->v[st->n - 1].elder = number;
	r = push_children(st, &w->trie, here.node, &leaf);
	if (r < 0)
		return r;
	out.leaf = leaf;
	if (here.more || extra.attached) {
		if (number >= 1u << 24)
			return -E2BIG;
		out.extra = number & 0xffffff;
		buf_add(extras, &extra, sizeof(extra));
	}
	buf_add(nodes, &out, sizeof(out));
	return buf_error(extras) < 0 ? buf_error(extras) : buf_error(nodes);
}

static int add_trie(struct writer *w)
{
	static const struct trie_attached no_attached;
	static const struct trie_packed no_node = {.leaf = 1};
	static const struct trie_extra no_extra;
	struct stack st = {0};
	int r = array_reserve(&st.v, &st.cap, 1, sizeof(*st.v));

	/* index 0 is none, in all three */
	buf_add(&w->section[IMAGE_NODES], &no_node, sizeof(no_node));
	buf_add(&w->section[IMAGE_EXTRAS], &no_extra, sizeof(no_extra));
	buf_add(&w->section[IMAGE_ATTACHED], &no_attached, sizeof(no_attached));
	if (r >= 0)
		st.v[st.n++] = (struct waiting){.node = TRIE_ROOT};
	while (r >= 0 && st.n)
		r = add_node(w, &st);
	free(st.v);
	return r < 0 ? r : buf_error(&w->section[IMAGE_ATTACHED]);
}

static void add_positions(struct writer *w)
{
	const struct positions *ps = &w->trie.positions;

	buf_add(&w->section[IMAGE_POSITIONS], ps->v, ps->n * sizeof(*ps->v));
	buf_add(&w->section[IMAGE_FOLLOW], ps->follow, ps->n_follow * sizeof(*ps->follow));
	buf_add(&w->section[IMAGE_SETS], ps->sets, ps->n_sets * sizeof(*ps->sets));
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void pad(struct buf *b)
{
	static const char zero[IMAGE_ALIGN];

	buf_add(b, zero, -b->len % IMAGE_ALIGN);
}

static int assemble(struct writer *w, unsigned flags, struct buf *out)
{
	const size_t hashed = offsetof(struct image_header, version);
	struct image_header h = {
		.magic = IMAGE_MAGIC,
		.version = IMAGE_VERSION,
		.flags = w->source.high ? IMAGE_HIGH : 0,
		.options = flags & LBL_RULES_BASE_ONLY,
		.sides = (uint32_t)w->trie.n_sides,
	};

	buf_add(out, &h, sizeof(h));
	for (unsigned i = 0; i < IMAGE_SECTIONS; i++) {
		const struct buf *b = &w->section[i];

		if (buf_error(b) < 0)
			return buf_error(b);
		pad(out);
		if (out->len + b->len > IMAGE_SIZE_MAX)
			return -EFBIG;
		h.section[i].offset = (uint32_t)out->len;
		h.section[i].count = (uint32_t)(b->len / image_item_size[i]);
		buf_add(out, b->data, b->len);
	}
	pad(out);
	if (buf_error(out) < 0)
		return buf_error(out);
	h.size = out->len;
	memcpy(out->data, &h, sizeof(h));
	h.checksum = hash64(out->data + hashed, out->len - hashed);
	memcpy(out->data, &h, sizeof(h));
	return 0;
}

/** Read, parse, write down.  What is wrong with the sources was told. */
static int compile(const struct lbl_compile_options *o, struct buf *out)
{
	_cleanup_(writer_done) struct writer w = {.begun = {0}};
	struct lbl_rules_options from = {
		.size = sizeof(from),
		.path = o->path,
		.flags = o->flags & LBL_RULES_BASE_ONLY,
		.diag = o->diag,
		.user = o->user,
		.root = o->root,
	};
	int r, v = 0;

	if (!(o->flags & LBL_COMPILE_PORTABLE))
		(void)clock_gettime(CLOCK_REALTIME, &w.begun); /* cannot fail */
	r = source_open(&w.source, &from);
	if (r >= 0 || r == -EINVAL) /* all errors are told at once */
		v = validate_specs(&w.source, o->check, o->check_user, o->check);
	r = v < 0 ? v : r;
	if (r >= 0)
		r = trie_init(&w.trie, &w.source);
	if (r >= 0)
		r = trie_expand_all(&w.trie);
	if (r < 0)
		return r;
	add_files(&w, o->path, o->flags);
	r = add_specs(&w);
	if (r >= 0)
		r = add_trie(&w);
	if (r < 0)
		return r;
	add_positions(&w);
	finish_files(&w);
	r = assemble(&w, o->flags, out);
	/* whoever reads it will say the same */
	return r >= 0 && image_check(out->data, out->len) < 0 ? -EFBIG : r;
}

static int output_name(const struct lbl_compile_options *o, char **ret_name)
{
	char *name;

	if (o->output) {
		name = strdup(o->output);
	} else if (o->flags & LBL_COMPILE_CACHE) {
		if (o->root)
			return -EXDEV; /* the cache is of this system's rules */
		if (o->path[0] != '/')
			return -ENOENT; /* no program could look for it */
		name = image_cache_name(LBL_COMPILED_DIR, o->path);
	} else if (asprintf(&name, "%s" IMAGE_SUFFIX, o->path) < 0) {
		name = NULL;
	}
	*ret_name = name;
	return name ? 0 : -ENOMEM;
}

/* Everybody may read what is in there, whatever the umask. */
static int make_cache(const struct diag *diag)
{
	int r = 0;

	if (mkdir(LBL_COMPILED_DIR, 0755) == 0 ? chmod(LBL_COMPILED_DIR, 0755) < 0
					       : errno != EEXIST)
		r = -errno;
	if (r < 0)
		diag_say(diag, LBL_ERROR, LBL_COMPILED_DIR, 0, "%s:  cannot be made: %s",
			 LBL_COMPILED_DIR, strerror(-r));
	return r;
}

int lbl_compile(const struct lbl_compile_options *options)
{
	_cleanup_(buf_done) struct buf out = {0};
	_cleanup_free_ char *name = NULL;
	struct lbl_compile_options o = {0};
	struct diag diag;
	int r;

	memcpy(&o, options, MIN(options->size, sizeof(o)));
	if (!o.path)
		return -EINVAL;
	if (o.root && path_is_top(o.root))
		o.root = NULL;
	diag = (struct diag){o.diag, o.user};
	r = output_name(&o, &name);
	if (r >= 0)
		r = compile(&o, &out);
	if (r < 0) {
		if (r != -EINVAL)
			diag_say(&diag, LBL_ERROR, o.path, 0, "%s:  %s", o.path, strerror(-r));
		return r;
	}
	r = o.output || !(o.flags & LBL_COMPILE_CACHE) ? 0 : make_cache(&diag);
	if (r < 0)
		return r;
	r = o.root ? replace_file_below(o.root, name, out.data, out.len, 0644) : -EXDEV;
	if (r == -EXDEV) /* it is not in there */
		r = replace_file(name, out.data, out.len, 0644);
	if (r < 0)
		diag_say(&diag, LBL_ERROR, name, 0, "%s:  cannot be written: %s", name,
			 strerror(-r));
	return r;
}
