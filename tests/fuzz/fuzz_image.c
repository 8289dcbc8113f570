/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Four bytes each: where in a compiled form (little-endian), how many bits left to turn what is
 * there, and by what to change it.  The checksum is put right afterwards, so that what damage there
 * is gets in: answers may then be wrong, but nothing may crash, hang, or read what is not there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "fuzz.h"
#include "lbl-rules.h"
#include "rules/automaton.h"
#include "rules/image.h"
#include "analysis/witness.h"

#define SPECS_ASKED 4

static const char rules[] = "/.*\tu:r:any\n"
			    "/a(/.*)?\tu:r:a\n"
			    "/a/b/c\t--\tu:r:abc\n"
			    "/a/bcd\t-d\tu:r:bcd\n"
			    "/b/[^/]*\t-d\tu:r:b_dir\n"
			    "/usr/(.*/)?java/.+\\.so(\\.[^/]*)*\tu:r:so\n"
			    "/c/none(/.*)?\t<<none>>\n"
			    "/c/(?!x).*y\tu:r:ahead\n"
			    "/d/(x|y)\\1\tu:r:again\n";
static const char *const paths[] = {
	"/",	    "/a",	  "/a/b/c",
	"/a/bcd",   "/b/x",	  "/usr/lib/java/x.so.1",
	"/c/none",  "/c/none/x",  "/c/ay",
	"/c/xy",    "/d/xx",	  "/d/xy",
	"/alias/b", "/alias/b/c", "/other/java/q.so",
	"/zz/\xff", "/dist/bc",	  "/a/b/c/d/e/f/g/h/i",
};

/** A sound compiled form, made once; malloc'ed. */
static char *sound(size_t *ret_len)
{
	struct lbl_compile_options o = {.size = sizeof(o)};
	struct map map = {0};
	char *data;

	fuzz_put("file_contexts", rules, sizeof(rules) - 1);
	fuzz_put("file_contexts.subs", "/alias /a\n", 10);
	fuzz_put("file_contexts.subs_dist", "/other /usr/lib\n/dist /a\n", 25);
	o.path = fuzz_name("file_contexts");
	if (lbl_compile(&o) < 0 ||
	    map_open(&map, AT_FDCWD, fuzz_name("file_contexts.lbl"), IMAGE_SIZE_MAX) < 0)
		abort();
	data = malloc(map.len);
	if (!data)
		abort();
	*ret_len = map.len;
	memcpy(data, map.data, map.len);
	map_done(&map);
	return data;
}

static void damage(char *image, size_t len, const uint8_t *data, size_t size)
{
	struct image_header *h = (struct image_header *)image;
	const size_t hashed = offsetof(struct image_header, version);

	for (; size >= 4; data += 4, size -= 4) {
		size_t at = hashed + (data[0] | (size_t)data[1] << 8) % (len - hashed);
		unsigned char *byte = (unsigned char *)image + at;

		*byte = (unsigned char)((*byte << (data[2] & 7) | *byte >> (8 - (data[2] & 7))) ^
					data[3]);
	}
	h->checksum = hash64(image + hashed, len - hashed);
}

static void ask_all(struct lbl_rules *r)
{
	static const char *const aliases[] = {"/a/b/c", "/c/ay", NULL};
	unsigned char digest[LBL_SHA1_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct lbl_explain *explain;
		struct lbl_match m;

		for (unsigned k = LBL_ANY; k <= LBL_REG; k++)
			(void)lbl_rules_lookup(r, paths[i], (enum lbl_kind)k, &m);
		(void)lbl_rules_partial(r, paths[i]);
		(void)lbl_rules_partial_digest(r, paths[i], digest);
		(void)lbl_rules_best_match(r, paths[i], aliases, LBL_REG, &m);
		if (lbl_explain_new(&explain, r, paths[i], LBL_REG) >= 0)
			lbl_explain_free(explain);
	}
}

/** Those that parse the specs' texts again, or follow directories. */
static void ask_more(struct lbl_rules *r)
{
	struct db *db = db_of_rules(r);
	struct db_reader *reader;
	struct witness *w;

	if (db_reader_new(db, &reader) >= 0) {
		for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
			db_state state;

			if (db_seek(reader, paths[i], strlen(paths[i]), &state) >= 0)
				(void)db_below(reader, state);
		}
		db_reader_free(reader);
	}
	if (witness_new(&w, db) >= 0) {
		_cleanup_(buf_done) struct buf path = {0};

		for (uint32_t i = 0; i < db_automaton(db)->source->n && i < SPECS_ASKED; i++)
			(void)witness_wins(w, i, LBL_REG, &path);
		witness_free(w);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lbl_rules_options o = {.size = sizeof(o)};
	static char *image, *copy;
	static size_t len;
	struct lbl_rules *r;

	if (getuid() != 0)
		return 0; /* only root's is ever read */
	if (!image) {
		image = sound(&len);
		copy = malloc(len);
		if (!copy)
			abort();
	}
	memcpy(copy, image, len);
	damage(copy, len, data, size);
	fuzz_put("file_contexts.lbl", copy, len);
	o.path = fuzz_name("file_contexts");
	if (lbl_rules_open(&r, &o) >= 0) {
		ask_all(r);
		ask_more(r);
		lbl_rules_free(r);
	}
	return 0;
}
