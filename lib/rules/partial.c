/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lbl-rules.h"
#include "rules/automaton.h"
#include "rules/trace.h"

int lbl_rules_partial(struct lbl_rules *rules, const char *path)
{
	_cleanup_(trace_done) struct trace t = {0};
	_cleanup_(buf_done) struct buf key = {0};
	struct db *db = db_of_rules(rules);
	struct automaton *a = db_automaton(db);
	int r = trace_asked(&t, db, path, TRACE_ALIVE, &key);

	if (r < 0)
		return r;
	if (t.unknown.n)
		return 1; /* "certainly not" is what nobody can say then */
	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; r == 0 && i < t.alive.n; i++) {
		const struct db_spec *spec = source_spec(a->source, t.alive.v[i]);

		r = !spec ? -ENOMEM : spec->context != NULL;
	}
	pthread_mutex_unlock(&a->lock);
	return r;
}
