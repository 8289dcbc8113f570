/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diag: what is wrong with rule files, told to whoever opened them.
 */
#pragma once

#include "base/common.h"
#include "lbl.h"

struct diag {
	lbl_diag_fn fn; /* may be NULL */
	void *user;
};

/**
 * Say one thing about @file.  Control characters become \ooo, so that one message is one line
 * whatever the file holds.  Long messages are cut.
 */
void diag_say(const struct diag *d, enum lbl_severity severity, const char *file, unsigned line,
	      const char *fmt, ...) _printf_(5, 6);
