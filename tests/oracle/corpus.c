/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "corpus.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "model.h"
#include "sample.h"

static const char *const parts[] = {"", ".homedirs", ".local", ".subs_dist", ".subs", NULL};

static int copy(const char *from, const char *to)
{
	char chunk[65536];
	size_t n;
	FILE *in = fopen(from, "re"), *out;
	int r = 0;

	if (!in)
		return -errno;
	out = fopen(to, "wxe");
	if (!out) {
		r = -errno;
		fclose(in);
		return r;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		fwrite(chunk, 1, n, out);
	if (ferror(in) || ferror(out))
		r = -EIO;
	fclose(in);
	return fclose(out) ? -errno : r;
}

int corpus_open(struct corpus *c, const char *root, const char *name)
{
	const char *tmp = getenv("TMPDIR");
	char from[4096], to[4096];
	int r;

	*c = (struct corpus){.name = name};
	if (asprintf(&c->dir, "%s/relabel-corpus.XXXXXX", tmp ? tmp : "/tmp") < 0)
		return -ENOMEM;
	if (!mkdtemp(c->dir)) {
		r = -errno;
		free(TAKE_PTR(c->dir));
		return r;
	}
	if (asprintf(&c->base, "%s/file_contexts", c->dir) < 0)
		return -ENOMEM;
	for (int i = 0; parts[i]; i++) {
		snprintf(from, sizeof(from), "%s/%s/file_contexts%s", root, name, parts[i]);
		snprintf(to, sizeof(to), "%s%s", c->base, parts[i]);
		r = copy(from, to);
		if (r < 0 && (r != -ENOENT || i == 0))
			return r;
	}
	snprintf(from, sizeof(from), "%s/%s/paths", root, name);
	r = corpus_read_paths(c, from);
	return r == -ENOENT ? 0 : r;
}

void corpus_remove_dir(const char *dir)
{
	DIR *d = opendir(dir);

	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] != '.')
			(void)unlinkat(dirfd(d), e->d_name, 0); /* rmdir tells */
	}
	if (d)
		closedir(d);
	if (rmdir(dir) < 0)
		perror(dir);
}

void corpus_done(struct corpus *c)
{
	if (c->dir)
		corpus_remove_dir(c->dir);
	free(c->dir);
	free(c->base);
	free(c->paths);
	buf_done(&c->text);
	*c = (struct corpus){0};
}

int corpus_add(struct corpus *c, const char *path, size_t len, enum lbl_kind kind)
{
	int r = array_reserve(&c->paths, &c->cap_paths, c->n_paths + 1, sizeof(*c->paths));

	if (r < 0)
		return r;
	c->paths[c->n_paths++] =
		(struct corpus_path){.offset = c->text.len, .len = (unsigned)len, .kind = kind};
	buf_add(&c->text, path, len);
	buf_addc(&c->text, 0);
	return buf_error(&c->text);
}

static enum lbl_kind kind_of_letter(char c)
{
	static const char letters[] = "?dcbsplf";
	const char *at = c ? strchr(letters, c) : NULL;

	return at ? (enum lbl_kind)(at - letters) : LBL_ANY;
}

static FILE *open_list(const char *list)
{
	size_t n = strlen(list);
	char command[5000];

	if (access(list, R_OK) < 0)
		return NULL;
	if (n < 3 || strcmp(list + n - 3, ".xz"))
		return fopen(list, "re");
	snprintf(command, sizeof(command), "xz -dc '%s'", list);
	return popen(command, "re");
}

int corpus_read_paths(struct corpus *c, const char *list)
{
	_cleanup_free_ char *line = NULL;
	size_t cap = 0, before = c->n_paths;
	ssize_t n;
	FILE *f = open_list(list);
	int r = 0;

	if (!f)
		return -errno;
	while (r >= 0 && (n = getline(&line, &cap, f)) > 0) {
		n -= line[n - 1] == '\n';
		if (n > 2 && line[0] != '#')
			r = corpus_add(c, line + 2, (size_t)n - 2, kind_of_letter(line[0]));
	}
	if (strstr(list, ".xz") ? pclose(f) : fclose(f))
		return -EIO;
	return r < 0 ? r : c->n_paths == before ? -ENODATA : 0;
}

/** What a regex says, what it nearly says, and the path a newline away from it. */
static int derive_one(struct corpus *c, struct rng *rng, const struct model_spec *s)
{
	_cleanup_(buf_done) struct buf b = {0};
	enum lbl_kind kind = s->kind ? s->kind : (enum lbl_kind)rng_below(rng, MODEL_KINDS);
	int r;

	sample_regex(rng, s->regex, &b);
	if (!b.len || b.data[0] != '/' || strlen(b.data) != b.len)
		return 0;
	if (rng_below(rng, 500) == 0)
		buf_addc(&b, '\n');
	r = corpus_add(c, b.data, b.len, kind);
	if (r < 0 || b.len < 2)
		return r;
	sample_near(rng, &b);
	return corpus_add(c, b.data, b.len, (enum lbl_kind)rng_below(rng, MODEL_KINDS));
}

/** Paths near PATH_MAX made of what the wildcards of many specs look for. */
static int derive_long(struct corpus *c, struct rng *rng, const struct model *m)
{
	_cleanup_(buf_done) struct buf b = {0};
	size_t len = 1500 + rng_below(rng, 2500);

	while (b.len < len) {
		sample_regex(rng, m->specs[rng_below(rng, (unsigned)m->n_specs)].regex, &b);
		if (rng_below(rng, 4) == 0)
			buf_adds(&b, "/x.so........................................");
	}
	buf_cut(&b, len);
	if (b.data[0] != '/' || strlen(b.data) != len || b.data[len - 1] == '\n')
		return 0;
	return corpus_add(c, b.data, len, (enum lbl_kind)rng_below(rng, MODEL_KINDS));
}

int corpus_derive(struct corpus *c, unsigned per_spec, unsigned spoiled)
{
	_cleanup_(model_freep) struct model *m = NULL;
	struct rng rng = {.state = 20240611};
	size_t first = c->n_paths, n;
	int r = model_open(&m, c->base);

	for (size_t i = 0; r >= 0 && i < m->n_specs; i++) {
		for (unsigned k = 0; r >= 0 && k < per_spec; k++)
			r = derive_one(c, &rng, &m->specs[i]);
	}
	for (int i = 0; r >= 0 && i < 100; i++)
		r = derive_long(c, &rng, m);
	n = c->n_paths;
	for (unsigned i = 0; r >= 0 && i < spoiled; i++) {
		/* half from what the specs say: real paths alone rarely come near a rule */
		size_t from = (size_t)(rng_next(&rng) % (i & 1 && first ? first : n));
		_cleanup_(buf_done) struct buf b = {0};

		buf_add(&b, c->text.data + c->paths[from].offset, c->paths[from].len);
		sample_mutate(&rng, &b);
		r = corpus_add(c, b.data, b.len, (enum lbl_kind)rng_below(&rng, MODEL_KINDS));
	}
	return r;
}

void corpus_print_path(const char *path)
{
	putchar('"');
	for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
		if (*p < 0x20 || *p >= 0x7f || *p == '"' || *p == '\\')
			printf("\\%03o", *p);
		else
			putchar(*p);
	}
	putchar('"');
}
