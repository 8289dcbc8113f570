/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kind: what an entry is, from its mode and back. */
#pragma once

#include <sys/stat.h>

#include "lbl.h"

/** The kind of an st_mode; LBL_ANY for none of the seven. */
static inline enum lbl_kind kind_of_mode(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return LBL_DIR;
	case S_IFCHR: return LBL_CHR;
	case S_IFBLK: return LBL_BLK;
	case S_IFSOCK: return LBL_SOCK;
	case S_IFIFO: return LBL_FIFO;
	case S_IFLNK: return LBL_LNK;
	case S_IFREG: return LBL_REG;
	default: return LBL_ANY;
	}
}

/** The other way round; 0 for LBL_ANY. */
static inline mode_t mode_of_kind(enum lbl_kind kind)
{
	switch (kind) {
	case LBL_ANY: break;
	case LBL_DIR: return S_IFDIR;
	case LBL_CHR: return S_IFCHR;
	case LBL_BLK: return S_IFBLK;
	case LBL_SOCK: return S_IFSOCK;
	case LBL_FIFO: return S_IFIFO;
	case LBL_LNK: return S_IFLNK;
	case LBL_REG: return S_IFREG;
	}
	return 0;
}
