/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judge.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/common.h"
#include "binpolicy.h"

void judge_choose(struct judge *j, const char *word)
{
	*j = (struct judge){0};
	if (!word)
		return;
	if (strcmp(word, "kernel") == 0) {
		j->who = JUDGE_KERNEL;
	} else if (strcmp(word, "none") == 0) {
		j->who = JUDGE_NONE;
	} else {
		j->who = JUDGE_POLICY;
		j->file = word;
	}
}

static int fail(int r, char **ret_error, const char *fmt, ...) _printf_(3, 4);
static int fail(int r, char **ret_error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(ret_error, fmt, ap) < 0)
		*ret_error = NULL;
	va_end(ap);
	return r;
}

static int open_file(const char *path, char **ret_error)
{
	int r = binpolicy_load(path);

	if (r == -EINVAL)
		return fail(r, ret_error, "%s is no policy, or damaged", path);
	if (r == -ENOTSUP)
		return fail(r, ret_error, "%s: built without libsepol", path);
	return r < 0 ? fail(r, ret_error, "Error opening %s: %s", path, strerror(-r)) : 0;
}

/* Who was named and cannot be asked would take everything for valid. */
static int open_kernel(struct judge *j, char **ret_error)
{
	_cleanup_free_ char *canonical = NULL;
	int r;

	if (!j->policy || !lbl_policy_enabled(j->policy))
		return fail(-ENOENT, ret_error, "--validate kernel: SELinux is disabled here");
	r = lbl_policy_check(j->policy, "-", &canonical);
	return r < 0 ? fail(r, ret_error, "--validate kernel: it cannot be asked: %s", strerror(-r))
		     : 0;
}

int judge_open(struct judge *j, struct lbl_policy *policy, char **ret_error)
{
	j->policy = policy;
	switch (j->who) {
	case JUDGE_KERNEL: return open_kernel(j, ret_error);
	case JUDGE_POLICY: return open_file(j->file, ret_error);
	default: return 0;
	}
}

void judge_done(struct judge *j)
{
	types_done(&j->known);
	types_done(&j->refused);
	*j = (struct judge){0};
}

static int check(void *user, const char *context, char **ret_canonical)
{
	struct judge *j = user;
	int r = j->who == JUDGE_KERNEL ? lbl_policy_check(j->policy, context, ret_canonical)
				       : binpolicy_check(NULL, context, ret_canonical);

	/* short of memory, the list is not complete, and that is all */
	if (r > 0)
		(void)types_note(&j->known, context);
	if (r == 0) {
		j->refused_count++;
		(void)types_note(&j->refused, context);
	}
	return r;
}

lbl_check_fn judge_check_fn(const struct judge *j)
{
	return j->who == JUDGE_KERNEL || j->who == JUDGE_POLICY ? check : NULL;
}

int judge_form_alone(void *user, const char *context, char **ret_canonical)
{
	return 1;
}

const char *judge_name(const struct judge *j)
{
	switch (j->who) {
	case JUDGE_KERNEL: return "the running kernel";
	case JUDGE_POLICY: return j->file;
	default: return "their form alone";
	}
}

char *judge_refusals(struct judge *j)
{
	_cleanup_free_ char *types = NULL;
	const char *what;
	char *text;
	size_t n;

	if (j->who != JUDGE_KERNEL || j->refused_count == 0)
		return NULL;
	/* the type of a context with an unknown user, role or range is known from other rules */
	types_drop(&j->refused, &j->known);
	types = types_text(&j->refused, TYPES_SHOWN, &j->known);
	n = types_count(&j->refused);
	what = n == 0 ? "" : n == 1 ? ", of type " : ", of types ";
	if (!types ||
	    asprintf(
		    &text,
		    "the running policy does not know %llu context%s%s%s; rules for another system "
		    "are taken with --validate none, or --validate FILE, its policy",
		    (unsigned long long)j->refused_count, j->refused_count == 1 ? "" : "s", what,
		    types) < 0)
		return NULL;
	return text;
}
