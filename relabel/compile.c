/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "command.h"

int command_compile(int argc, char **argv)
{
	return 255;
}
