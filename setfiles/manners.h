/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * manners: how much of the machine a run may take.
 */
#pragma once

#include "ui.h"

/**
 * The lowest priority of CPU, and of the disk among those that are served at all: while a directory
 * is read others may wait for it.  Before threads are made; what cannot be had is told.
 */
void manners_step_back(const struct ui *ui);
