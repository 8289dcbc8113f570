/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "labeller.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "relabel/hex.h"
#include "status.h"
#include "util.h"

static void told(void *user, const struct lbl_event *e)
{
	struct labeller *l = user;
	struct status_counts *c = l->counts;

	l->said |= 1u << e->type;
	switch (e->type) {
	case LBL_EV_CHANGED:
		c->relabelled++;
		if (l->verbose)
			log_relabelled(e->path, e->have, e->want, e->spec_file, e->spec_line,
				       l->pid);
		break;
	case LBL_EV_CUSTOMIZED: c->customized++; break;
	case LBL_EV_MULTILINK:
		c->refused_multilink++;
		log_refused(e->path, "it has several names (hard links)");
		break;
	case LBL_EV_LINK_REFUSED:
		c->refused_link++;
		log_refused(e->path, "others could have made this name of it");
		break;
	case LBL_EV_ERROR:
		if (e->klass == LBL_CLASS_VANISHED) {
			c->vanished++;
		} else {
			c->errors++;
			log_refused(e->path, strerror(-e->error));
		}
		break;
	case LBL_EV_READ_ONLY:
	case LBL_EV_EXCLUDED: c->refused_other++; break;
	default: break;
	}
}

static void rule_error(void *user, const struct lbl_diag *d)
{
	if (d->severity == LBL_ERROR)
		log_say(LOG_LEVEL_ERROR, "%s", d->text);
}

static int open_rules(struct labeller *l)
{
	struct lbl_rules_options o = {
		.size = sizeof(o),
		.path = lbl_policy_file_contexts(l->policy),
		.diag = rule_error,
		.compiled_dir = LBL_COMPILED_DIR,
	};
	int r = lbl_rules_open(&l->rules, &o);

	if (r < 0)
		log_say(LOG_LEVEL_ERROR, "%s: cannot be read: %s", o.path, strerror(-r));
	return r;
}

static int open_relabel(struct labeller *l, struct lbl_relabel **ret_relabel)
{
	struct lbl_relabel_options o = {
		.size = sizeof(o),
		.flags = LBL_SKIP_MULTILINK | LBL_IGNORE_MISSING | LBL_REPORT_CHANGES |
			 (l->dry_run ? LBL_DRY_RUN : 0),
		.rules = l->rules,
		.policy = l->policy,
		.threads = 1,
		.event = told,
		.user = l,
	};

	return lbl_relabel_new(ret_relabel, &o);
}

int labeller_open(struct labeller **ret_labeller, const struct labeller_options *options,
		  struct status_counts *counts)
{
	struct lbl_policy_options po = {.size = sizeof(po), .policy_root = options->policy_root};
	struct labeller *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->counts = counts;
	l->dry_run = options->dry_run;
	l->verbose = options->verbose || options->dry_run;
	r = lbl_policy_open(&l->policy, &po);
	if (r < 0)
		log_say(LOG_LEVEL_ERROR, "there is no policy: %s", strerror(-r));
	if (r == 0)
		r = open_rules(l);
	if (r == 0)
		r = open_relabel(l, &l->relabel);
	if (r < 0) {
		labeller_free(l);
		return r;
	}
	*ret_labeller = l;
	return 0;
}

struct labeller *labeller_free(struct labeller *l)
{
	if (l) {
		lbl_relabel_free(l->relabel);
		lbl_rules_free(l->rules);
		lbl_policy_free(l->policy);
		free(l);
	}
	return NULL;
}

int labeller_remount(struct labeller *l)
{
	struct lbl_relabel *relabel;
	int r = open_relabel(l, &relabel);

	if (r < 0)
		return r;
	lbl_relabel_free(l->relabel);
	l->relabel = relabel;
	return 0;
}

const char *labeller_rules_path(const struct labeller *l)
{
	return lbl_policy_file_contexts(l->policy);
}

void labeller_digest(struct labeller *l, char ret_hex[2 * LBL_SHA1_SIZE + 1])
{
	unsigned char digest[LBL_SHA1_SIZE];

	ret_hex[0] = '\0';
	if (lbl_rules_digest(l->rules, digest) == 0)
		hex_text(digest, sizeof(digest), ret_hex);
}

int labeller_entry(struct labeller *l, struct lbl_dir *dir, const char *name, int pid)
{
	int r;

	l->said = 0;
	l->pid = pid;
	r = lbl_dir_entry(dir, name);
	if (r == -ENOENT && !l->said)
		l->counts->vanished++;
	else if (r == 0 && !l->said)
		l->counts->right_already++;
	return r;
}
