/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "changes.h"

#include <stdio.h>
#include <string.h>

#include "base/common.h"

/* Is anything there that would be read with it?  Return 1, 0 or -ENOMEM. */
static int has_companions(const char *root, const char *base)
{
	static const char *const suffixes[] = {".homedirs", ".local", ".local.d", ".subs",
					       ".subs_dist"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		_cleanup_free_ char *name = NULL, *real = NULL;
		enum lbl_kind kind;

		if (asprintf(&name, "%s%s", base, suffixes[i]) < 0) {
			name = NULL;
			return -ENOMEM;
		}
		if (lbl_look(root, name, LBL_LOOK_SELF, &real, &kind) == 0)
			return 1;
	}
	return 0;
}

int changes_open(struct changes *c, const struct run_parts *parts, const char *root,
		 const char *previous)
{
	struct lbl_rules_options ro = {
		.size = sizeof(ro),
		.path = previous,
		.flags = LBL_RULES_TEXT,
		.diag = ui_diag,
		.user = parts->ui,
		.root = root,
	};
	int r = has_companions(root, previous);

	if (r == 0)
		ro.companions_of = lbl_policy_file_contexts(parts->policy);
	if (r >= 0)
		r = lbl_rules_open(&c->before, &ro);
	c->now = parts->rules;
	c->skip = root ? strlen(root) : 0;
	if (r >= 0)
		r = lbl_diff_new(&c->diff, c->before, c->now);
	if (r == -EXDEV)
		ui_error(parts->ui, "-C %s: not below %s: copy it there", previous, root);
	else if (r < 0)
		ui_error(parts->ui, "-C %s: %s", previous, strerror(-r));
	return r;
}

void changes_close(struct changes *c)
{
	lbl_diff_free(c->diff);
	lbl_rules_free(c->before);
	*c = (struct changes){0};
}

bool changes_enter(void *user, const char *dir)
{
	const struct changes *c = user;

	return lbl_diff_below(c->diff, dir) != 0; /* whoever cannot tell goes and looks */
}

bool changes_in_mount(void *user, const char *mount)
{
	const struct changes *c = user;
	const char *path = mount + c->skip;

	return changes_enter(user, *path ? path : "/");
}

bool changes_select(void *user, const char *path, enum lbl_kind kind, int fd)
{
	const struct changes *c = user;
	struct lbl_match before = {0}, now = {0};

	if (lbl_rules_lookup(c->before, path, kind, &before) < 0 ||
	    lbl_rules_lookup(c->now, path, kind, &now) < 0)
		return true;
	/* no rule and <<none>> are the same */
	return !before.context != !now.context ||
	       (now.context && strcmp(before.context, now.context) != 0);
}
