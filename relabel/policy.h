/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * policy: which policy a command works by.
 */
#pragma once

/**
 * The policy's directory: @option (--policy-root) if there is one, else LBL_POLICY_ROOT; NULL: the
 * system's own.  Empty strings count as none.
 */
const char *policy_root_wanted(const char *option);

/**
 * The customizable types that go with a spec file: those of the policy it lies in, so that an
 * image is labelled by its own policy; NULL, the system's, for a file that lies elsewhere.
 * malloc'ed.
 */
char *policy_of_spec(const char *spec);
