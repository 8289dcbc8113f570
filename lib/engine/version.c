/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lbl.h"

#include "config.h"

const char *lbl_version(void)
{
	return LBL_VERSION;
}
