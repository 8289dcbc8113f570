/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image: a rule set compiled: its specs parsed, as one complete automaton, in a file that is mapped
 * and used as it is.  docs/FORMAT.md describes it byte by byte.
 *
 *	r = image_open(&image, "/etc/.../file_contexts", NULL, &diag);
 *	if (r > 0)
 *		source_from_image(&source, &image);
 *
 * It holds no addresses, no compiled PCRE2 code and no name of the place it stands in, so it may
 * be copied with its sources.  Its sources are compared with it at each opening.
 */
#pragma once

#include "base/map.h"
#include "rules/diag.h"
#include "rules/source.h"
#include "rules/trie.h"

#define IMAGE_SUFFIX   ".lbl"
#define IMAGE_MAGIC    "\x7fLBL\r\n\x1a\n"
#define IMAGE_VERSION  1u
#define IMAGE_ALIGN    16u
#define IMAGE_SIZE_MAX (1u << 30)

enum image_section {
	IMAGE_FILES,	 /* struct image_file */
	IMAGE_SPECS,	 /* struct source_spec */
	IMAGE_NODES,	 /* struct trie_packed */
	IMAGE_EXTRAS,	 /* struct trie_extra */
	IMAGE_ATTACHED,	 /* struct trie_attached */
	IMAGE_POSITIONS, /* struct position */
	IMAGE_FOLLOW,	 /* uint32_t */
	IMAGE_SETS,	 /* struct regex_set */
	IMAGE_TEXT,	 /* bytes */
	IMAGE_SECTIONS
};

/** Bytes of one item of each section. */
extern const size_t image_item_size[IMAGE_SECTIONS];

enum {
	IMAGE_HIGH = 1 << 0, /* bytes >= 0x80 may matter */
};

struct image_header {
	char magic[8];
	uint64_t checksum; /* XXH3-64 of all that follows */
	uint32_t version;
	uint32_t flags;	  /* IMAGE_HIGH */
	uint64_t size;	  /* of the file */
	uint32_t options; /* LBL_RULES_BASE_ONLY or 0: what it was made with */
	uint32_t sides;	  /* specs that PCRE2 must judge */
	struct {
		uint32_t offset, count; /* bytes from the start of the file; items */
	} section[IMAGE_SECTIONS];
};

enum image_state {
	IMAGE_ABSENT,  /* there was no such file */
	IMAGE_TEXT_IN, /* it was read */
	IMAGE_BIN_IN,  /* its ".bin" was read, since it was absent itself */
};

/** One file the rules were, or could have been, made of. */
struct image_file {
	uint32_t suffix, suffix_len; /* in IMAGE_TEXT: its name is that of the base file and this */
	uint32_t text, text_len;     /* in IMAGE_TEXT: what offsets in its specs count from; the
					whole file if it holds substitutions */
	uint32_t role, state;	     /* enum lbl_file_role, enum image_state */
	uint64_t size;
	uint64_t digest[2]; /* XXH3-128 of its bytes, low half first */
	/* of that very file; all 0 in a portable image */
	uint64_t inode;
	int64_t mtime_s;
	uint32_t mtime_ns;
	uint32_t entries;
};

/** An open compiled form. */
struct image {
	struct map map;
	const struct image_header *header;
	char *name;
	char *base; /* of the rules */
	char *root; /* see lbl_rules_options */
};

/**
 * Find, map and check the compiled form of the rules at @base.
 *
 * Of @options count path, compiled_dir, root, LBL_RULES_BASE_ONLY, which it must have been made
 * with, and diag.
 * Return 1; 0 when there is none to be used: why is told to @diag, unless there is just no such
 * file; -ENOMEM.
 */
int image_open(struct image *image, const struct lbl_rules_options *options);
void image_close(struct image *image);

/**
 * Is @data whole, and all that is used without another look in bounds?  Return 0, -EBADMSG,
 * -EPROTONOSUPPORT (another version).
 */
int image_check(const void *data, size_t len);

/** Where under @cache_dir the compiled form of @base belongs; malloc'ed, NULL: out of memory. */
char *image_cache_name(const char *cache_dir, const char *base);

/** Make a source, or a trie, that borrows all it has from @image, which must outlive it. */
int source_from_image(struct source *s, const struct image *image, const struct diag *diag);
int trie_from_image(struct trie *t, struct source *s, const struct image *image);

static inline const void *image_at(const struct image_header *h, enum image_section section)
{
	return (const char *)h + h->section[section].offset;
}
