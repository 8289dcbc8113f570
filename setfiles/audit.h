/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* audit: the record of a relabel of the whole system, where built with libaudit. */
#pragma once

#include "ui.h"

void audit_mass_relabel(const struct ui *ui, bool success);
