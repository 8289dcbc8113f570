/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LABEL_XATTR "security.selinux"

static void outcome_done(struct outcome *o)
{
	free(o->from);
	free(o->to);
	free(o->why);
}

void facts_done(struct facts *f)
{
	for (size_t i = 0; i < f->n_answers; i++)
		lbl_explain_free(f->answers[i].explain);
	outcome_done(&f->plain);
	outcome_done(&f->force);
	free(f->label);
	free(f->path);
	free(f->inside);
}

/* ---- the file ------------------------------------------------------------------------------- */

/* Below a root that of @fd: what its name leads to by now may be outside. */
static int read_label(struct facts *f, const char *root, int fd)
{
	char value[65536]; /* what the kernel gives at most */
	char held[32];
	ssize_t n;

	snprintf(held, sizeof(held), "/proc/self/fd/%d", fd);
	if (root)
		n = getxattr(held, LABEL_XATTR, value, sizeof(value) - 1);
	else
		n = lgetxattr(f->path, LABEL_XATTR, value, sizeof(value) - 1);

	if (n < 0) {
		f->label_error = -errno;
		return 0;
	}
	value[n] = '\0';
	f->label = strdup(value);
	return f->label ? 0 : -ENOMEM;
}

static int look_at_file(struct facts *f, const char *root)
{
	int fd = lbl_root_open(root, f->path, O_PATH | O_NOFOLLOW, 0), r = 0;
	struct statvfs vfs;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		f->error = fd < 0 ? fd : -errno;
		f->missing = f->error == -ENOENT || f->error == -ENOTDIR;
	} else {
		f->found = lbl_kind_of_mode(st.st_mode);
		f->names = S_ISDIR(st.st_mode) ? 1 : st.st_nlink;
		f->read_only = fstatvfs(fd, &vfs) == 0 && vfs.f_flag & ST_RDONLY;
	}
	if (!f->error)
		r = read_label(f, root, fd);
	if (fd >= 0)
		close(fd);
	return r;
}

/* ---- the rules ------------------------------------------------------------------------------ */

static bool same_winner(const struct answer *a, const struct answer *b)
{
	const struct lbl_match *x = &a->winner.match, *y = &b->winner.match;

	if (!a->found || !b->found)
		return a->found == b->found;
	return x->line == y->line && x->kind == y->kind && strcmp(x->file, y->file) == 0 &&
	       strcmp(x->regex, y->regex) == 0;
}

static int ask(struct facts *f, const struct explain_setup *s, enum lbl_kind kind)
{
	struct answer *a = &f->answers[f->n_answers];
	size_t pos = 0;
	int r = lbl_explain_new(&a->explain, s->rules, f->inside, kind);

	if (r < 0)
		return r;
	a->kinds = 1u << kind;
	a->found = lbl_explain_next_candidate(a->explain, &pos, &a->winner) > 0 &&
		   a->winner.why == LBL_WHY_WINS;
	for (size_t i = 0; i < f->n_answers; i++) {
		if (same_winner(&f->answers[i], a)) {
			f->answers[i].kinds |= a->kinds;
			a->explain = lbl_explain_free(a->explain);
			return 0;
		}
	}
	f->n_answers++;
	return 0;
}

/*
 * Whatever comes to be there has one and the same winner, which then is no spec for one kind alone.
 * Why the others lose is asked without a kind, too: they would not lose for being of another one.
 */
static int ask_without_kind(struct facts *f, const struct explain_setup *s)
{
	struct answer *a = &f->answers[0];

	a->explain = lbl_explain_free(a->explain);
	return lbl_explain_new(&a->explain, s->rules, f->inside, LBL_ANY);
}

static int ask_rules(struct facts *f, const struct explain_setup *s)
{
	enum lbl_kind kind = s->kind ? s->kind : f->found;
	int r = 0;

	if (kind)
		return ask(f, s, kind);
	for (kind = LBL_DIR; r == 0 && kind <= LBL_REG; kind++)
		r = ask(f, s, kind);
	return r == 0 && f->n_answers == 1 ? ask_without_kind(f, s) : r;
}

bool facts_answered(const struct facts *f)
{
	for (size_t i = 0; i < f->n_answers; i++)
		if (f->answers[i].found)
			return true;
	return false;
}

/* ---- restorecon ----------------------------------------------------------------------------- */

static bool keep_text(char **slot, const char *text)
{
	free(*slot);
	*slot = text ? strdup(text) : NULL;
	return !text || *slot;
}

/* A dry run on one path in one thread: events come one after the other. */
static void hear(void *user, const struct lbl_event *ev)
{
	static const enum outcome_action actions[] = {
		[LBL_EV_CHANGED] = OUTCOME_CHANGE,
		[LBL_EV_CUSTOMIZED] = OUTCOME_CUSTOMIZED,
		[LBL_EV_NO_SPEC] = OUTCOME_NO_LABEL,
		[LBL_EV_MATCHED] = OUTCOME_KEEP,
		[LBL_EV_READ_ONLY] = OUTCOME_FAILED,
		[LBL_EV_MULTILINK] = OUTCOME_LINK_REFUSED,
		[LBL_EV_LINK_REFUSED] = OUTCOME_LINK_REFUSED,
		[LBL_EV_CONFLICT] = OUTCOME_CHANGE,
		[LBL_EV_CYCLE] = OUTCOME_FAILED,
		[LBL_EV_EXCLUDED] = OUTCOME_EXCLUDED,
		[LBL_EV_FULL] = OUTCOME_EXCLUDED,
		[LBL_EV_LEFT_OUT] = OUTCOME_EXCLUDED,
		[LBL_EV_UNCHANGED] = OUTCOME_EXCLUDED,
		[LBL_EV_ERROR] = OUTCOME_FAILED,
	};
	struct outcome *o = user;

	if (ev->type == LBL_EV_NO_DIGEST || ev->type == LBL_EV_BULK)
		return; /* of how, not of what */
	o->action = actions[ev->type];
	o->error = ev->error;
	if (!keep_text(&o->from, ev->have) || !keep_text(&o->to, ev->want) ||
	    !keep_text(&o->why, ev->detail)) {
		o->action = OUTCOME_FAILED;
		o->error = -ENOMEM;
	}
}

static int dry_run(struct outcome *o, const struct facts *f, const struct explain_setup *s,
		   unsigned flags)
{
	struct lbl_relabel_options options = {
		.size = sizeof(options),
		.flags = LBL_DRY_RUN | LBL_RESOLVE_OPERAND | LBL_REPORT_CHANGES |
			 LBL_REPORT_MATCHES | flags,
		.rules = s->rules,
		.policy = s->policy,
		.alt_root = s->root,
		.threads = 1,
		.event = hear,
		.user = o,
	};
	struct lbl_relabel *relabel;
	/* one for each path: it says of a mount without labels only once that it is one */
	int r = lbl_relabel_new(&relabel, &options);

	if (r < 0)
		return r;
	o->action = OUTCOME_VANISHED; /* what is not told is counted only */
	r = lbl_relabel_path(relabel, f->typed);
	lbl_relabel_free(relabel);
	return r;
}

bool outcome_same(const struct outcome *a, const struct outcome *b)
{
	if (a->action != b->action || a->error != b->error)
		return false;
	return a->action != OUTCOME_CHANGE || strcmp(a->to, b->to) == 0;
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* The path and what there is.  Resolved, it has the root's real name in front. */
static int find_file(struct facts *f, const char *root)
{
	char *real = NULL;
	int r = lbl_resolve_operand(root, f->typed, &f->path);

	if (r == 0 && root)
		r = lbl_root_path(NULL, root, &real);
	if (r == 0)
		r = lbl_root_inside(real, f->path, &f->inside);
	if (r == 0)
		r = look_at_file(f, real);
	free(real);
	return r;
}

int facts_gather(struct facts *f, const struct explain_setup *s, const char *typed)
{
	int r;

	*f = (struct facts){.typed = typed};
	r = find_file(f, s->root);
	if (r == 0)
		r = ask_rules(f, s);
	if (r < 0)
		return r;
	f->on_disk = f->found && (!s->kind || s->kind == f->found);
	if (f->on_disk)
		r = dry_run(&f->plain, f, s, 0);
	if (r == 0 && f->on_disk)
		r = dry_run(&f->force, f, s, LBL_FORCE);
	return r;
}
