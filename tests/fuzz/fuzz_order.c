/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a spec file to sort: its lines stay its lines, and what is sorted is in order. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lbl-rules.h"

static void told(void *user, const struct lbl_diag *diag)
{
	*(bool *)user = true;
	if (strchr(diag->text, '\n'))
		abort();
}

/* A sum over lines that does not know their order. */
static uint64_t sum_of_lines(const char *text, size_t len)
{
	const char *end = text + len;
	uint64_t sum = 0;

	while (text < end) {
		uint64_t h = UINT64_C(0xcbf29ce484222325);

		for (; text < end && *text != '\n'; text++)
			h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
		sum += h;
		text++;
	}
	return sum;
}

static void sort_both_ways(const char *text, size_t size, enum lbl_order order)
{
	char *once, *twice;
	size_t len, same;
	bool said = false;

	if (lbl_sort_specs("fc", text, size, order, told, &said, &once, &len) < 0) {
		if (!said)
			abort();
		return;
	}
	/* at most the newline of the last line is new */
	if (len < size || len > size + 1 || sum_of_lines(text, size) != sum_of_lines(once, len))
		abort();
	said = false;
	if (lbl_sort_specs("fc", once, len, order, told, &said, &twice, &same) < 0 || said ||
	    same != len || memcmp(once, twice, len) != 0)
		abort();
	free(once);
	free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1); /* so that reading beyond it is seen */

	if (!text)
		return 0;
	memcpy(text, data, size);
	sort_both_ways(text, size, LBL_ORDER_CIL);
	sort_both_ways(text, size, LBL_ORDER_CLASSIC);
	free(text);
	return 0;
}
