/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SUBS NUL SUBS_DIST NUL PATH [NUL PATH...]: substitutions, seen through rules that tell apart. */
#include <string.h>

#include "fuzz.h"

static const char rules[] = "/.*\tu:r:any\n"
			    "/a\tu:r:a\n"
			    "/a/.*\tu:r:below_a\n"
			    "/a/b(/.*)?\tu:r:ab\n"
			    "/a/b/c\t--\tu:r:abc\n"
			    "/b/[^/]*\t-d\tu:r:b_dir\n"
			    "/b//.*\tu:r:twice\n"
			    "/b/\tu:r:slash\n"
			    "/c/(.*/)?a\tu:r:ca\n"
			    "/c/none(/.*)?\t<<none>>\n"
			    "/c/(?!x).*y\tu:r:ahead\n"
			    "a/.*\tu:r:relative\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct set s;
	const char *text;
	size_t len;

	fuzz_put("file_contexts", rules, sizeof(rules) - 1);
	text = fuzz_field(&data, &size, &len);
	fuzz_put("file_contexts.subs", text, len);
	text = fuzz_field(&data, &size, &len);
	fuzz_put("file_contexts.subs_dist", text, len);
	if (fuzz_open(&s, fuzz_name("file_contexts"))) {
		for (int n = 0; n < 16 && size; n++) {
			text = fuzz_field(&data, &size, &len);
			fuzz_path(&s, text, len);
		}
		for (int list = 0; list < 2; list++) {
			for (size_t i = 0; i < s.model->n_subs[list] && i < 8; i++)
				fuzz_path(&s, s.model->subs[list][i].from,
					  strlen(s.model->subs[list][i].from));
		}
	}
	set_close(&s);
	return 0;
}
