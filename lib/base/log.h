/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * log: debug lines on stderr, asked for with LBL_DEBUG=rules,walk,... (or `all`).  The library
 * has no other output.  The mask is read from the environment on the first use.
 */
#pragma once

#include "base/common.h"

enum log_mask {
	LOG_RULES = 1 << 0,
	LOG_SYSTEM = 1 << 1,
	LOG_TREE = 1 << 2,
	LOG_ENGINE = 1 << 3,
};

/** Is any module of @mask to be logged?  Thread-safe; reads the environment on the first call. */
bool log_on(unsigned mask);
void log_write(const char *module, const char *fmt, ...) _printf_(2, 3);

#define log_debug(mask, module, ...)                    \
	do {                                            \
		if (unlikely(log_on(mask)))             \
			log_write(module, __VA_ARGS__); \
	} while (0)
