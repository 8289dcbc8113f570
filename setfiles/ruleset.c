/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ruleset.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/common.h"
#include "config.h"
#include "lbl.h"

/* The spec file must be a file: a pipe could be read only once, a directory not at all. */
static int check_spec(const struct args *a, const struct ui *ui)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	if (!a->spec)
		return 0;
	fd = lbl_root_open(policy_root_of(a->alt_root, a->spec), a->spec, O_PATH, 0);
	r = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : 0;
	if (r < 0) {
		ui_error(ui, "%s: %s", a->spec, strerror(-r));
		return r;
	}
	if (S_ISREG(st.st_mode))
		return 0;
	ui_error(ui, " spec file %s is not a regular file.", a->spec);
	return -EINVAL;
}

static int open_policy(struct ruleset *set, const struct args *a, const struct ui *ui)
{
	_cleanup_free_ char *error = NULL;
	int r;

	set->from = (struct policy_from){a->alt_root, a->policy_root, a->spec};
	/* upstream's -r is about paths alone */
	if (a->who == SETFILES && !a->foreign)
		set->from.root = policy_root_of(a->alt_root, a->spec);
	r = policy_find(&set->from, &set->policy, &error);
	if (r < 0)
		ui_error(ui, "%s", error ? error : strerror(-r));
	return r;
}

/* Unless somebody is named, setfiles asks the kernel, if it can. */
static int open_judge(struct ruleset *set, const struct args *a, const struct ui *ui)
{
	_cleanup_free_ char *error = NULL;
	int r;

	judge_choose(&set->judge, a->validate);
	if (a->binpolicy)
		set->judge = (struct judge){.who = JUDGE_POLICY, .file = a->binpolicy};
	r = judge_open(&set->judge, set->policy, &error);
	if (r < 0)
		ui_error(ui, "%s", error ? error : strerror(-r));
	else if (set->judge.who == JUDGE_UNSAID && a->spec && lbl_policy_enabled(set->policy) &&
		 !(a->who & OURS && a->alt_root)) /* they are another system's */
		set->judge.who = JUDGE_KERNEL;
	return r;
}

int ruleset_find(struct ruleset *set, const struct args *a, const struct ui *ui)
{
	int r = check_spec(a, ui);

	if (r == 0)
		r = open_policy(set, a, ui);
	return r < 0 ? r : open_judge(set, a, ui);
}

static void say_refusals(struct ruleset *set, const struct ui *ui)
{
	_cleanup_free_ char *text = judge_refusals(&set->judge);

	if (text)
		ui_error(ui, "%s", text);
}

int ruleset_read(struct ruleset *set, const struct args *a, struct ui *ui)
{
	struct lbl_rules_options ro = {
		.size = sizeof(ro),
		.flags = a->spec || a->validate ? LBL_RULES_VALIDATE : 0,
		.diag = ui_diag,
		.user = ui,
		.compiled_dir = LBL_COMPILED_DIR,
		.check = judge_check_fn(&set->judge),
		.check_user = &set->judge,
	};
	int r;

	policy_rules(&set->from, set->policy, &ro);
	r = lbl_rules_open(&set->rules, &ro);
	if (r < 0) {
		say_refusals(set, ui);
		ui_error(ui, "%s: %s", ro.path, strerror(-r));
	}
	return r;
}

void ruleset_done(struct ruleset *set)
{
	lbl_rules_free(set->rules);
	judge_done(&set->judge);
	lbl_policy_free(set->policy);
	*set = (struct ruleset){0};
}
