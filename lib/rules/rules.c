/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rules: the public face of a rule set: a db and a few readers for whoever asks without one.
 */
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "rules/db.h"
#include "rules/kind.h"
#include "rules/spec.h"

#define PATH_ON_STACK 4096

struct lbl_rules {
	struct db *db;
	pthread_mutex_t lock;
	struct db_reader **idle; /* under the lock */
	size_t n_idle, idle_cap;
};

enum lbl_kind lbl_kind_of_mode(mode_t mode)
{
	return kind_of_mode(mode);
}

const char *lbl_kind_name(enum lbl_kind kind)
{
	return spec_kind_name(kind);
}

int lbl_rules_open(struct lbl_rules **ret_rules, const struct lbl_rules_options *options)
{
	struct lbl_rules *rules = calloc(1, sizeof(*rules));
	int r;

	if (!rules)
		return -ENOMEM;
	r = db_open(&rules->db, options);
	if (r >= 0) {
		r = -pthread_mutex_init(&rules->lock, NULL);
		if (r < 0)
			db_free(rules->db);
	}
	if (r < 0) {
		free(rules);
		return r;
	}
	*ret_rules = rules;
	return 0;
}

struct lbl_rules *lbl_rules_free(struct lbl_rules *rules)
{
	if (rules) {
		for (size_t i = 0; i < rules->n_idle; i++)
			db_reader_free(rules->idle[i]);
		free(rules->idle);
		db_free(rules->db);
		pthread_mutex_destroy(&rules->lock);
		free(rules);
	}
	return NULL;
}

struct db *db_of_rules(struct lbl_rules *rules)
{
	return rules->db;
}

static int take_reader(struct lbl_rules *rules, struct db_reader **ret_reader)
{
	struct db_reader *reader = NULL;

	pthread_mutex_lock(&rules->lock);
	if (rules->n_idle)
		reader = rules->idle[--rules->n_idle];
	pthread_mutex_unlock(&rules->lock);
	if (!reader)
		return db_reader_new(rules->db, ret_reader);
	*ret_reader = reader;
	return 0;
}

static void give_reader(struct lbl_rules *rules, struct db_reader *reader)
{
	int r;

	pthread_mutex_lock(&rules->lock);
	r = array_reserve(&rules->idle, &rules->idle_cap, rules->n_idle + 1, sizeof(*rules->idle));
	if (r >= 0)
		rules->idle[rules->n_idle++] = reader;
	pthread_mutex_unlock(&rules->lock);
	if (r < 0)
		db_reader_free(reader);
}

static int look_up(struct lbl_rules *rules, const char *path, size_t len, enum lbl_kind kind,
		   struct lbl_match *ret_match)
{
	const struct db_spec *spec = NULL;
	struct db_reader *reader;
	int r = take_reader(rules, &reader);

	if (r < 0)
		return r;
	r = db_resolve(reader, path, len, kind, &spec);
	give_reader(rules, reader);
	if (r < 0 || !spec)
		return r;
	*ret_match = db_match(spec);
	return 1;
}

int lbl_rules_lookup(struct lbl_rules *rules, const char *path, enum lbl_kind kind,
		     struct lbl_match *ret_match)
{
	char stack[PATH_ON_STACK], *clean = stack;
	_cleanup_free_ char *heap = NULL;
	size_t len = strlen(path);

	if (len == 0 || (unsigned)kind > LBL_REG)
		return -EINVAL;
	if (len >= sizeof(stack)) {
		heap = clean = malloc(len + 1);
		if (!heap)
			return -ENOMEM;
	}
	len = db_normalise(path, clean);
	return look_up(rules, clean, len, kind, ret_match);
}

int lbl_rules_next_unused(struct lbl_rules *rules, size_t *pos, struct lbl_match *ret_match)
{
	const struct db_spec *spec;
	int r = db_next_unused(rules->db, pos, &spec);

	if (r > 0)
		*ret_match = db_match(spec);
	return r;
}
