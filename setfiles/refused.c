/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "refused.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/common.h"
#include "macadmin.h"
#include "ui.h"

void refused_init(struct refused *r)
{
	*r = (struct refused){0};
	pthread_mutex_init(&r->lock, NULL);
}

void refused_ask(struct refused *r, lbl_check_fn check, void *check_user, char *own)
{
	r->check = check;
	r->check_user = check_user;
	r->own = own;
}

void refused_done(struct refused *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->v[i].context);
	free(r->v);
	free(r->own);
	pthread_mutex_destroy(&r->lock);
}

/* ---- what is at fault ----------------------------------------------------------------------- */

/** Views into a context. */
struct parts {
	int user_len, role_len, type_len;
	const char *user, *role, *type, *range; /* range: with its colon, or "" */
};

static bool take_apart(const char *context, struct parts *p)
{
	const char *role = strchr(context, ':');
	size_t len;

	p->type = types_of(context, &len);
	if (!role || p->type == context)
		return false;
	p->type_len = (int)len;
	p->user = context;
	p->user_len = (int)(role - context);
	p->role = role + 1;
	p->role_len = (int)(p->type - 1 - p->role);
	p->range = p->type + len;
	return true;
}

static bool knows(const struct refused *r, const struct parts *user, const struct parts *role,
		  const struct parts *type, const struct parts *range)
{
	_cleanup_free_ char *canonical = NULL, *text = NULL;

	if (asprintf(&text, "%.*s:%.*s:%.*s%s", user->user_len, user->user, role->role_len,
		     role->role, type->type_len, type->type, range->range) < 0) {
		text = NULL;
		return false;
	}
	return r->check(r->check_user, text, &canonical) > 0;
}

/* One part after the other in the place of one that is known to be right. */
static enum refused_fault fault_of(const struct refused *r, const char *context)
{
	static const struct parts object = {.role = "object_r", .role_len = 8};
	struct parts have, own;

	if (!r->own || !take_apart(context, &have) || !take_apart(r->own, &own) ||
	    !knows(r, &own, &object, &have, &own))
		return REFUSED_TYPE;
	if (!knows(r, &have, &object, &have, &own))
		return REFUSED_USER;
	if (!knows(r, &own, &have, &have, &own))
		return REFUSED_ROLE;
	return knows(r, &own, &object, &have, &have) ? REFUSED_COMBINATION : REFUSED_RANGE;
}

static enum refused_fault judge(const struct refused *r, const char *context)
{
	_cleanup_free_ char *canonical = NULL;

	return r->check(r->check_user, context, &canonical) == 0 ? fault_of(r, context)
								 : REFUSED_FOR_OTHER_REASONS;
}

/* ---- what was refused ----------------------------------------------------------------------- */

static size_t place_of(const struct refused *r, const char *context, bool *ret_found)
{
	size_t low = 0, high = r->n;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(context, r->v[middle].context);

		*ret_found |= order == 0;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* NULL: out of memory.  Under the lock. */
static struct refused_context *find(struct refused *r, const char *context)
{
	bool found;
	size_t at = place_of(r, context, &found);
	char *copy;

	if (found)
		return &r->v[at];
	copy = strdup(context);
	if (!copy || array_reserve(&r->v, &r->cap, r->n + 1, sizeof(*r->v)) < 0) {
		free(copy);
		return NULL;
	}
	memmove(&r->v[at + 1], &r->v[at], (r->n - at) * sizeof(*r->v));
	r->v[at] = (struct refused_context){.context = copy, .fault = judge(r, context)};
	r->n++;
	return &r->v[at];
}

bool refused_note(struct refused *r, const struct lbl_event *ev)
{
	struct refused_context *c;
	bool tell = true;

	if (!r->check || !ev->want || strcmp(ev->detail, "set context") != 0)
		return true;
	pthread_mutex_lock(&r->lock);
	c = find(r, ev->want);
	if (c && c->fault != REFUSED_FOR_OTHER_REASONS) {
		tell = c->files++ == 0;
		r->files++;
	}
	pthread_mutex_unlock(&r->lock);
	return tell;
}

/* ---- what is said of it --------------------------------------------------------------------- */

int refused_types(const struct refused *r, struct types *ret_types, uint64_t *ret_files)
{
	int e = 0;

	*ret_files = 0;
	for (size_t i = 0; i < r->n && e == 0; i++) {
		if (r->v[i].fault != REFUSED_TYPE)
			continue;
		*ret_files += r->v[i].files;
		e = types_note(ret_types, r->v[i].context);
	}
	return e;
}

const char *refused_word(enum refused_fault fault)
{
	switch (fault) {
	case REFUSED_USER: return "user";
	case REFUSED_ROLE: return "role";
	case REFUSED_RANGE: return "range";
	default: return "combination";
	}
}

char *refused_domain(const struct refused *r)
{
	size_t len = 0;
	const char *type = r->own ? types_of(r->own, &len) : "";

	return strndup(type, len);
}

static const char *count_text(char text[32], uint64_t files)
{
	snprintf(text, 32, files == 1 ? "1 file" : "%llu files", (unsigned long long)files);
	return text;
}

static void show_types(const struct ui *ui)
{
	_cleanup_(types_done) struct types types = {0};
	_cleanup_free_ char *text = NULL;
	uint64_t files;
	size_t count;
	char n[32];

	if (refused_types(&ui->refused, &types, &files) < 0 || files == 0)
		return;
	count = types_count(&types);
	text = types_text(&types, ui->verbose ? count : TYPES_SHOWN, NULL);
	if (text)
		ui_error(ui, "unknown to the running policy: type%s %s (%s)", count == 1 ? "" : "s",
			 text, count_text(n, files));
}

static void show_others(const struct ui *ui)
{
	const struct refused *r = &ui->refused;
	unsigned shown = 0;
	char n[32];

	for (size_t i = 0; i < r->n; i++) {
		const struct refused_context *c = &r->v[i];

		if (c->fault == REFUSED_TYPE || c->fault == REFUSED_FOR_OTHER_REASONS)
			continue;
		if (shown++ < TYPES_SHOWN || ui->verbose)
			ui_error(ui, "unknown to the running policy: the %s of %s (%s)",
				 refused_word(c->fault), c->context, count_text(n, c->files));
	}
	snprintf(n, sizeof(n), "%u", shown - TYPES_SHOWN);
	if (shown > TYPES_SHOWN && !ui->verbose)
		ui_error(ui, "unknown to the running policy: parts of %s more contexts", n);
}

static void show_lack(const struct ui *ui)
{
	_cleanup_free_ char *domain = refused_domain(&ui->refused);

	switch (macadmin_lack()) {
	case MACADMIN_CAPABILITY:
		ui_error(ui, "the kernel stores what its policy does not know only for who has "
			     "CAP_MAC_ADMIN, which is missing here");
		break;
	case MACADMIN_NAMESPACE:
		ui_error(ui, "the kernel stores what its policy does not know only for who has "
			     "CAP_MAC_ADMIN in the initial user namespace, which this is not");
		break;
	case MACADMIN_PERMISSION:
		if (domain)
			ui_error(ui,
				 "the kernel stores what its policy does not know only where that "
				 "says \"allow %s self:capability2 mac_admin;\", which is missing "
				 "(see setfiles(8)); where SELinux is off, all is stored",
				 *domain ? domain : "DOMAIN");
		break;
	}
}

void refused_show(const struct ui *ui)
{
	if (ui->refused.files == 0)
		return;
	show_types(ui);
	show_others(ui);
	show_lack(ui);
}
