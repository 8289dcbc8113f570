/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "failures.h"

#include <stdlib.h>
#include <string.h>

#include "ui.h"

#define MANY 10

static const char *const class_words[LBL_CLASSES] = {
	[LBL_CLASS_OPERAND] = "paths that could not be opened",
	[LBL_CLASS_READ_ONLY] = "on read-only file systems",
	[LBL_CLASS_UNSUPPORTED] = "where labels are not supported",
	[LBL_CLASS_DENIED] = "not permitted",
	[LBL_CLASS_NO_SPACE] = "no space left, or quota used up",
	[LBL_CLASS_INVALID] = "context not accepted",
	[LBL_CLASS_CONFLICT] = "names that disagree",
	[LBL_CLASS_OTHER] = "other errors",
};

void failures_init(struct failures *f)
{
	*f = (struct failures){0};
	pthread_mutex_init(&f->lock, NULL);
}

void failures_done(struct failures *f)
{
	for (size_t i = 0; i < LBL_CLASSES; i++)
		for (size_t k = 0; k < FAILURES_FIRST; k++)
			free(f->v[i].first[k]);
	pthread_mutex_destroy(&f->lock);
}

/* Keep @path if it is among the first by name: which ones come first in time is up to threads. */
static void keep(struct failure_class *c, const char *path)
{
	size_t at = 0;
	char *copy;

	while (at < FAILURES_FIRST && c->first[at] && strcmp(c->first[at], path) <= 0)
		at++;
	copy = at < FAILURES_FIRST ? strdup(path) : NULL;
	if (!copy)
		return;
	free(c->first[FAILURES_FIRST - 1]);
	memmove(&c->first[at + 1], &c->first[at], (FAILURES_FIRST - 1 - at) * sizeof(c->first[0]));
	c->first[at] = copy;
}

void failures_note(struct failures *f, const struct lbl_event *ev, bool told)
{
	enum lbl_class klass = ev->type == LBL_EV_READ_ONLY ? LBL_CLASS_READ_ONLY : ev->klass;
	struct failure_class *c = &f->v[klass];

	pthread_mutex_lock(&f->lock);
	keep(c, ev->path);
	c->n += told;
	pthread_mutex_unlock(&f->lock);
}

/* More than what was said line by line, or too much to have been read. */
static bool is_worth_it(const struct failures *f, const struct lbl_counters *c)
{
	uint64_t all = 0;
	bool untold = false;

	for (size_t i = 0; i < LBL_CLASSES; i++) {
		if (!class_words[i])
			continue;
		all += c->errors[i];
		untold |= i != LBL_CLASS_CONFLICT && c->errors[i] > f->v[i].n;
	}
	return untold || all >= MANY;
}

void failures_show(const struct ui *ui, const struct lbl_counters *c)
{
	if (!is_worth_it(&ui->failures, c))
		return;
	for (size_t i = 0; i < LBL_CLASSES; i++) {
		const struct failure_class *f = &ui->failures.v[i];
		char number[24];

		if (!class_words[i] || !c->errors[i])
			continue;
		snprintf(number, sizeof(number), "%llu", (unsigned long long)c->errors[i]);
		if (f->first[0] && f->first[1] && f->first[2])
			ui_error(ui, "%s not labelled: %s; first %s, %s, %s", number,
				 class_words[i], f->first[0], f->first[1], f->first[2]);
		else if (f->first[0])
			ui_error(ui, "%s not labelled: %s; first %s", number, class_words[i],
				 f->first[0]);
		else
			ui_error(ui, "%s not labelled: %s", number, class_words[i]);
	}
}
