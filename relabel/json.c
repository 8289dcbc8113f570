/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "safe.h"

/* @bytes as UTF-8, malloc'ed; *ret_exact: as they are. */
static char *as_utf8(const char *bytes, bool *ret_exact)
{
	char *text = malloc(3 * strlen(bytes) + 1), *out = text;

	*ret_exact = true;
	if (!text)
		return NULL;
	while (*bytes) {
		size_t n = safe_utf8_length(bytes);

		if (n == 0) {
			out = stpcpy(out, "\xef\xbf\xbd");
			*ret_exact = false;
			bytes++;
		}
		for (; n > 0; n--)
			*out++ = *bytes++;
	}
	*out = '\0';
	return text;
}

static bool add_hex(cJSON *obj, const char *key, const char *bytes)
{
	size_t len = strlen(bytes);
	char *name = NULL, *hex = malloc(HEX_SIZE(len));
	bool ok = hex && asprintf(&name, "%s_hex", key) >= 0;

	if (ok) {
		ok = cJSON_AddStringToObject(obj, name, hex_text(bytes, len, hex));
		free(name);
	}
	free(hex);
	return ok;
}

cJSON *json_add_bytes(cJSON *obj, const char *key, const char *bytes)
{
	bool exact;
	char *text;
	cJSON *item;

	if (!bytes)
		return cJSON_AddNullToObject(obj, key);
	text = as_utf8(bytes, &exact);
	item = text ? cJSON_AddStringToObject(obj, key, text) : NULL;
	free(text);
	return item && !exact && !add_hex(obj, key, bytes) ? NULL : item;
}

/* cJSON escapes the controls of ASCII but for DEL, and none of the others */
static void put_text(FILE *f, const char *text)
{
	for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
		if (*s == 0x7f)
			fputs("\\u007f", f);
		else if (s[0] == 0xc2 && s[1] < 0xa0)
			fprintf(f, "\\u%04x", *++s);
		else
			putc_unlocked(*s, f);
	}
	putc_unlocked('\n', f);
}

int json_print(FILE *f, const cJSON *value)
{
	char *text = cJSON_Print(value);

	if (!text)
		return -ENOMEM;
	put_text(f, text);
	cJSON_free(text);
	return 0;
}

int json_line(const cJSON *value, char **ret_line, size_t *ret_len)
{
	char *text = cJSON_PrintUnformatted(value), *line = NULL;
	FILE *f = text ? open_memstream(&line, ret_len) : NULL;
	bool ok = f != NULL;

	if (f) {
		put_text(f, text);
		ok = fclose(f) == 0;
	}
	cJSON_free(text);
	if (!ok) {
		free(line);
		return -ENOMEM;
	}
	*ret_line = line;
	return 0;
}
