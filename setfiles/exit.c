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

int exit_status(const struct args *a, const struct lbl_counters *c)
{
	int status = EXIT_OK;

	for (int i = 0; i < LBL_CLASSES; i++) {
		int w = a->tolerant_exit ? worth[i].tolerant : worth[i].plain;

		if (c->errors[i] && w > status)
			status = w;
	}
	if (a->count && status == EXIT_OK && c->changed == 0)
		status = EXIT_NOTHING;
	return status;
}
