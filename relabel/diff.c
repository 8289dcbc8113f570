/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "command.h"

int command_diff(int argc, char **argv)
{
	return 255;
}
