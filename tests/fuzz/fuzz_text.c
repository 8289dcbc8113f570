/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a file_contexts file: accepted when the model accepts it, and then understood. */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "sample.h"

static void told(void *user, const struct lbl_diag *diag)
{
	/* every message has its parts, and is one line that ends */
	if (!diag->text || !diag->file || strchr(diag->text, '\n'))
		abort();
	++*(unsigned *)user;
}

static int check(void *user, const char *context, char **ret_canonical)
{
	size_t n = strlen(context);

	if (n % 3 == 1)
		return -ENOENT;
	if (n % 5 == 4)
		*ret_canonical = strdup("canonical:r:t");
	return n % 7 != 6;
}

static void open_validating(const char *path)
{
	unsigned n = 0;
	struct lbl_rules_options ro = {.size = sizeof(ro),
				       .path = path,
				       .flags = LBL_RULES_VALIDATE,
				       .diag = told,
				       .check = check,
				       .user = &n};
	struct lbl_rules *rules = NULL;
	struct lbl_match m;
	int r = lbl_rules_open(&rules, &ro);

	if ((r == 0) != (rules != NULL) || (r == -EINVAL && !n))
		abort();
	if (r == 0 && lbl_rules_lookup(rules, "/etc/passwd", LBL_REG, &m) == 1 && !m.regex)
		abort();
	lbl_rules_free(rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rng rng = {.state = size};
	struct set s;
	char path[64];
	int fd;

	if (size > 200000)
		return 0;
	fd = fuzz_memfd(data, size, path);
	open_validating(path);
	if (fuzz_open(&s, path)) {
		fuzz_path(&s, "/", 1);
		fuzz_path(&s, "/a/b.c", 6);
		for (size_t i = 0; i < s.model->n_specs && i < 16; i++) {
			_cleanup_(buf_done) struct buf b = {0};

			if (strlen(s.model->specs[i].regex) > 300)
				continue;
			sample_regex(&rng, s.model->specs[i].regex, &b);
			fuzz_path(&s, buf_str(&b), MIN(b.len, 500));
		}
	}
	set_close(&s);
	close(fd);
	return 0;
}
