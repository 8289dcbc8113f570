/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exit.h"

/* What a failure of each class is worth, without -C and with it. */
static const struct {
	int plain, tolerant;
} worth[LBL_CLASSES] = {
	[LBL_CLASS_OPERAND] = {EXIT_ERROR, EXIT_ERROR},
	[LBL_CLASS_VANISHED] = {EXIT_OK, EXIT_OK},
	[LBL_CLASS_READ_ONLY] = {EXIT_OK, EXIT_OK},
	[LBL_CLASS_UNSUPPORTED] = {EXIT_ERROR, EXIT_FILES},
	[LBL_CLASS_DENIED] = {EXIT_ERROR, EXIT_FILES},
	[LBL_CLASS_NO_SPACE] = {EXIT_ERROR, EXIT_FILES},
	[LBL_CLASS_INVALID] = {EXIT_ERROR, EXIT_FILES},
	[LBL_CLASS_CONFLICT] = {EXIT_ERROR, EXIT_FILES},
	[LBL_CLASS_OTHER] = {EXIT_ERROR, EXIT_FILES},
};

/* The same by class.  What could not be labelled counts, whoever is to blame. */
static const int strict_worth[LBL_CLASSES] = {
	[LBL_CLASS_OPERAND] = STRICT_OPERAND, [LBL_CLASS_VANISHED] = STRICT_OK,
	[LBL_CLASS_READ_ONLY] = STRICT_FILES, [LBL_CLASS_UNSUPPORTED] = STRICT_FILES,
	[LBL_CLASS_DENIED] = STRICT_FILES,    [LBL_CLASS_NO_SPACE] = STRICT_FILES,
	[LBL_CLASS_INVALID] = STRICT_FILES,   [LBL_CLASS_CONFLICT] = STRICT_FILES,
	[LBL_CLASS_OTHER] = STRICT_FILES,
};

int exit_usage(const struct args *a)
{
	return a->strict ? STRICT_USAGE : EXIT_ERROR;
}

int exit_rules(const struct args *a)
{
	return a->strict ? STRICT_RULES : EXIT_RULES;
}

/* Upstream's way; but who wants to know whether all is well must not be told yes unseen. */
int exit_disabled(const struct args *a)
{
	if (a->strict)
		return STRICT_RULES;
	return a->check ? EXIT_ERROR : EXIT_OK;
}

static int worth_of(const struct args *a, int class)
{
	if (a->strict)
		return strict_worth[class];
	return a->tolerant_exit ? worth[class].tolerant : worth[class].plain;
}

uint64_t exit_failures(const struct lbl_counters *c)
{
	uint64_t n = 0;

	for (int i = 0; i < LBL_CLASSES; i++)
		if (worth[i].plain != EXIT_OK)
			n += c->errors[i];
	return n;
}

/* Has something another label than it should have, and keeps it? */
static bool differs(const struct args *a, const struct lbl_counters *c)
{
	if (a->check)
		return c->changed || c->links_refused;
	return a->strict && a->flags & LBL_DRY_RUN && c->changed;
}

int exit_status(const struct args *a, const struct lbl_counters *c)
{
	int status = EXIT_OK;

	for (int i = 0; i < LBL_CLASSES; i++) {
		int w = worth_of(a, i);

		if (c->errors[i] && w > status)
			status = w;
	}
	if (a->strict && c->links_refused && !a->check && status < STRICT_FILES)
		status = STRICT_FILES;
	if (status == EXIT_OK && differs(a, c))
		status = EXIT_DIFFERS;
	if (a->count && !a->check && status == EXIT_OK && c->changed == 0)
		status = EXIT_NOTHING;
	return status;
}
