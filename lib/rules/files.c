/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/replace.h"
#include "rules/automaton.h"

int lbl_rules_next_file(struct lbl_rules *rules, size_t *pos, struct lbl_rules_file *ret_file)
{
	const struct source *s = db_automaton(db_of_rules(rules))->source;
	const struct source_file *f;

	if (*pos >= s->n_files)
		return 0;
	f = &s->files[(*pos)++];
	*ret_file = (struct lbl_rules_file){
		.path = f->name,
		.role = f->role,
		.entries = f->entries,
		.upstream_bin = f->upstream_bin,
	};
	return 1;
}

const char *lbl_rules_compiled(const struct lbl_rules *rules)
{
	return db_compiled(db_of_rules((struct lbl_rules *)rules)); /* nothing is changed */
}

int lbl_replace_file(const char *path, const void *data, size_t len, mode_t mode)
{
	static const char *const keep[] = {"security.selinux", "system.posix_acl_access", NULL};
	int r = replace_file_again(path, data, len, keep);

	return r == -ENOENT ? replace_file(path, data, len, mode) : r;
}
