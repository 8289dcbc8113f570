/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run: one call of setfiles or restorecon, from arguments to exit status. */
#pragma once

#include "args.h"

int run(enum personality who, int argc, char **argv);
