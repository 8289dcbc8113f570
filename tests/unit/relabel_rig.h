/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * relabel_rig: a small tree and rules of its own for tests of the engine, and what was told of a
 * run over it.  Labels are user.* attributes, so neither root nor SELinux is needed.
 *
 *	rig_set_up(rules_text);			// tree and rules_path are names from now on
 *	run_shell("mkdir -p '%s'/etc", tree);
 *	set_label("/etc", "u:object_r:old_t:s0");
 *	... an lbl_relabel with .alt_root = tree, .xattr = XATTR, .event = on_event, .user = &told
 *	assert_string_equal(label_of("/etc"), ...);
 *	rig_tear_down();
 */
#pragma once

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cmocka.h>

#include "open_fds.h"

#include "engine/job.h"
#include "tree/queue_fake.h"

#define XATTR "user.lbl"

/* the attribute that label_of() and set_label() look at */
static const char *rig_attr = XATTR;
static char top[] = "/var/tmp/lbl-relabel-XXXXXX";
static char tree[64], rules_path[64];

static _unused_ _printf_(1, 2) void run_shell(const char *fmt, ...)
{
	char command[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

static _unused_ const char *at(const char *rel)
{
	static char path[4][128];
	static int next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof(path[0]), "%s%s", tree, rel);
	return p;
}

static _unused_ const char *label_of(const char *rel)
{
	static char label[128];
	ssize_t n = lgetxattr(at(rel), rig_attr, label, sizeof(label) - 1);

	if (n < 0)
		return "";
	label[n] = '\0';
	return label;
}

static _unused_ void set_label(const char *rel, const char *label)
{
	assert_int_equal(lsetxattr(at(rel), rig_attr, label, strlen(label) + 1, 0), 0);
}

/* ---- one run and what it told ---- */

struct told {
	struct lbl_counters count;
	_Atomic unsigned events[LBL_EV_ERROR + 1];
	_Atomic unsigned errors; /* LBL_EV_ERROR by the class looked for */
	enum lbl_class klass;
	char path[256], other[256], detail[64];
	pthread_mutex_t lock;
	int result;
};

static _unused_ void on_event(void *user, const struct lbl_event *ev)
{
	struct told *told = user;

	assert_non_null(ev->path);
	told->events[ev->type]++;
	if (ev->type == LBL_EV_CHANGED || ev->type == LBL_EV_CUSTOMIZED)
		return;
	pthread_mutex_lock(&told->lock);
	snprintf(told->path, sizeof(told->path), "%s", ev->path);
	snprintf(told->other, sizeof(told->other), "%s", ev->other ? ev->other : "");
	snprintf(told->detail, sizeof(told->detail), "%s", ev->detail ? ev->detail : "");
	told->klass = ev->klass;
	pthread_mutex_unlock(&told->lock);
}

/*
 * A run over @operand by the rules, in the rig's names: what @o says of these is filled in.  No
 * descriptor is left open by it.
 */
static _unused_ void rig_run(struct lbl_relabel_options *o, struct told *told, const char *operand)
{
	struct lbl_rules_options ro = {.size = sizeof(ro), .path = rules_path};
	struct lbl_relabel *rl;
	size_t fds = open_fds();

	o->size = sizeof(*o);
	o->alt_root = tree;
	o->event = on_event;
	o->user = told;
	o->xattr = XATTR;
	o->flags |= LBL_NO_MOUNT_CHECK | LBL_REPORT_CHANGES;
	pthread_mutex_init(&told->lock, NULL);
	assert_int_equal(lbl_rules_open(&o->rules, &ro), 0);
	assert_int_equal(lbl_relabel_new(&rl, o), 0);
	told->result = lbl_relabel_path(rl, operand);
	lbl_relabel_counters(rl, &told->count);
	lbl_relabel_free(rl);
	o->rules = lbl_rules_free(o->rules);
	assert_int_equal(open_fds(), fds);
}

static _unused_ int rig_set_up(const char *rules_text)
{
	FILE *f;

	if (!mkdtemp(top))
		return -1;
	snprintf(tree, sizeof(tree), "%s/tree", top);
	snprintf(rules_path, sizeof(rules_path), "%s/file_contexts", top);
	f = fopen(rules_path, "we");
	if (!f || fputs(rules_text, f) < 0 || fclose(f) != 0)
		return -1;
	return setxattr(rules_path, XATTR, "x", 1, 0);
}

static _unused_ int rig_tear_down(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	return system(command);
}
