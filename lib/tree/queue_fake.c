/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree/queue_fake.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tree/queue_sync.h"

struct fake {
	struct sync sync;
	struct fake_script *script; /* may be NULL */
};

static bool rule_matches(const struct fake_rule *rule, const struct queue_req *req)
{
	char link[64], target[PATH_MAX];
	const char *slash;
	ssize_t n;

	if (rule->op != QUEUE_OPS && rule->op != req->op)
		return false;
	if (!rule->name)
		return true;
	if (req->name && *req->name)
		return fnmatch(rule->name, req->name, 0) == 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", req->fd);
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return fnmatch(rule->name, slash ? slash + 1 : target, 0) == 0;
}

static void forget_types(const struct queue_req *req)
{
	for (long at = 0; at < req->result;) {
		struct dirent64 *de = (struct dirent64 *)((char *)req->buf + at);

		de->d_type = DT_UNKNOWN;
		at += de->d_reclen;
	}
}

/* What the script says about @req: 0, or the error to fail with. */
static int play(struct fake *f, struct queue_req *req, bool *ret_no_types)
{
	for (size_t i = 0; f->script && i < f->script->n_rules; i++) {
		struct fake_rule *rule = &f->script->rules[i];

		if (!rule_matches(rule, req))
			continue;
		if (atomic_fetch_add(&rule->seen, 1) + 1 != rule->nth && rule->nth)
			continue;
		atomic_fetch_add(&rule->hits, 1);
		if (rule->delay_us)
			usleep(rule->delay_us);
		if (rule->before)
			rule->before(rule->user, req);
		if (rule->no_types)
			*ret_no_types = true;
		if (rule->error)
			return rule->error;
	}
	return 0;
}

static long fake_call(struct queue *q, struct queue_req *req)
{
	struct fake *f = q->impl;
	bool no_types = false;
	int error = play(f, req, &no_types);

	if (error == 0) {
		sync_run(q, &f->sync, req);
		if (no_types && req->op == QUEUE_GETDENTS)
			forget_types(req);
		return req->result;
	}
	if (req->op == QUEUE_CLOSE) /* a close that fails has closed nonetheless */
		sync_run(q, &f->sync, req);
	else
		q->calls[req->op]++;
	req->result = error;
	return error;
}

static int fake_open(struct queue *q, void *arg)
{
	struct fake *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->script = arg;
	q->impl = f;
	return 0;
}

static void fake_close(struct queue *q)
{
	struct fake *f = q->impl;

	sync_done(&f->sync);
	free(f);
	q->impl = NULL;
}

static int fake_submit(struct queue *q, struct queue_req *req)
{
	struct fake *f = q->impl;

	fake_call(q, req);
	return sync_finish(&f->sync, req);
}

static int fake_reap(struct queue *q, bool wait, struct queue_req **ret_req)
{
	struct fake *f = q->impl;

	if (!wait && f->script && f->script->late)
		return 0;
	return sync_take(&f->sync, f->script && f->script->newest_first, ret_req);
}

const struct queue_ops queue_fake = {
	.name = "fake",
	.open = fake_open,
	.close = fake_close,
	.submit = fake_submit,
	.reap = fake_reap,
	.call = fake_call,
};
