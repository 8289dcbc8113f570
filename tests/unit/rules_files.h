/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rules_files: rule sets for the tests of lib/rules, written to a directory of their own. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "rules/db.h"

struct rules_files {
	char dir[64];
	char base[96];
};

static const char *const rules_suffixes[] = {"", ".homedirs", ".local", ".subs_dist", ".subs"};

static inline void rules_files_make(struct rules_files *f)
{
	strcpy(f->dir, "/tmp/lbl-rules-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->base, sizeof(f->base), "%s/fc", f->dir);
}

static inline void rules_files_put(const struct rules_files *f, const char *suffix,
				   const void *text, size_t len)
{
	char name[192];
	FILE *out;

	snprintf(name, sizeof(name), "%s%s", f->base, suffix);
	out = fopen(name, "we");
	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

/** The word before a colon is a suffix: "L:" .local, "H:" .homedirs, "D:" .subs_dist, "S:" .subs.
 */
static inline void rules_files_write(const struct rules_files *f, const char *text)
{
	static const char *const marks[] = {"", "H:", "L:", "D:", "S:"};
	struct buf out[ARRAY_SIZE(marks)] = {{0}};

	while (*text) {
		size_t n = strcspn(text, "\n"), which = 0;

		for (size_t i = 1; i < ARRAY_SIZE(marks); i++)
			if (strncmp(text, marks[i], 2) == 0)
				which = i;
		buf_add(&out[which], text + (which ? 2 : 0), n - (which ? 2 : 0));
		buf_addc(&out[which], '\n');
		text += n + (text[n] == '\n');
	}
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (i == 0 || out[i].len)
			rules_files_put(f, rules_suffixes[i], buf_str(&out[i]), out[i].len);
		buf_done(&out[i]);
	}
}

static inline void rules_files_remove(struct rules_files *f)
{
	char name[128];

	for (size_t i = 0; i < ARRAY_SIZE(rules_suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", f->base, rules_suffixes[i]);
		unlink(name);
		rmdir(name);
	}
	assert_int_equal(rmdir(f->dir), 0);
}

/** What was told to diag: the texts, one a line, without the directory in front. */
struct rules_told {
	struct buf text;
	const char *dir;
};

static inline void rules_tell(void *user, const struct lbl_diag *diag)
{
	struct rules_told *told = user;
	const char *text = diag->text;
	size_t n = strlen(told->dir);

	if (strncmp(text, told->dir, n) == 0)
		text += n + 1;
	buf_adds(&told->text, text);
	buf_addc(&told->text, '\n');
}
