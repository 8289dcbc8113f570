/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include <cmocka.h>

#include "tree/links.h"

static void adds_once_and_finds_again(void **state)
{
	struct links *l;
	struct links_entry *e;

	assert_int_equal(links_new(&l), 0);
	assert_int_equal(links_add(l, 1, 7, 2), 1);
	assert_int_equal(links_add(l, 1, 7, 3), 0);
	assert_int_equal(links_add(l, 2, 7, 5), 1);
	assert_int_equal(links_count(l), 2);
	e = links_get(l, 1, 7);
	assert_non_null(e);
	assert_int_equal(e->nlink, 2);
	e->seen = 9;
	e->other = strdup("/y");
	links_put(l, e);
	e = links_get(l, 1, 7);
	assert_int_equal(e->seen, 9);
	links_put(l, e);
	e = links_get(l, 2, 7);
	assert_int_equal(e->nlink, 5);
	links_put(l, e);
	assert_null(links_get(l, 3, 7));
	assert_null(links_get(l, 1, 8));
	links_put(l, NULL);
	assert_null(links_free(l));
	assert_null(links_free(NULL));
}

static void maybe_never_denies_what_is_there(void **state)
{
	struct links *l;
	size_t wrong = 0;

	assert_int_equal(links_new(&l), 0);
	assert_false(links_maybe(l, 0));
	assert_false(links_maybe(l, 1));
	for (uint64_t i = 0; i < 20000; i++)
		assert_int_equal(links_add(l, i % 3, i * 4096, 2), 1);
	for (uint64_t i = 0; i < 20000; i++) {
		assert_true(links_maybe(l, i * 4096));
		wrong += links_maybe(l, i * 4096 + 1);
	}
	assert_true(wrong < 200); /* of 20,000: 2 bits in 4 Mi, 40,000 set */
	links_free(l);
}

static void walks_in_order(void **state)
{
	struct links *l;
	struct links_entry *e;
	uint64_t dev = 0, ino = 0;
	size_t pos = 0, n = 0;

	assert_int_equal(links_new(&l), 0);
	assert_int_equal(links_next(l, &pos, &e), 0);
	for (uint64_t i = 1; i <= 5000; i++)
		assert_int_equal(links_add(l, 1 + i % 2, i * 2654435761u % 1000003, 2), 1);
	while (links_next(l, &pos, &e) == 1) {
		assert_true(e->dev > dev || (e->dev == dev && e->ino > ino));
		dev = e->dev;
		ino = e->ino;
		n++;
	}
	assert_int_equal(n, 5000);
	pos = 0; /* once more, with one more */
	assert_int_equal(links_add(l, 0, 1, 2), 1);
	assert_int_equal(links_next(l, &pos, &e), 1);
	assert_int_equal(e->dev, 0);
	links_free(l);
}

struct job {
	struct links *links;
	_Atomic size_t *added;
	unsigned seed;
};

static void *add_many(void *arg)
{
	struct job *j = arg;

	for (unsigned i = 0; i < 4000; i++) {
		uint64_t ino = (i * 7 + j->seed) % 4000;
		struct links_entry *e;

		if (links_add(j->links, 5, ino, 2) == 1)
			atomic_fetch_add(j->added, 1);
		(void)links_maybe(j->links, ino + 1);
		e = links_get(j->links, 5, ino);
		e->seen++;
		links_put(j->links, e);
	}
	return NULL;
}

static void many_threads_add_each_inode_once(void **state)
{
	pthread_t threads[4];
	struct job jobs[4];
	_Atomic size_t added = 0;
	struct links *l;
	struct links_entry *e;
	size_t pos = 0, seen = 0;

	assert_int_equal(links_new(&l), 0);
	for (unsigned i = 0; i < 4; i++) {
		jobs[i] = (struct job){l, &added, i * 1000};
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, &jobs[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&added), 4000);
	assert_int_equal(links_count(l), 4000);
	while (links_next(l, &pos, &e) == 1)
		seen += e->seen;
	assert_int_equal(seen, 16000);
	links_free(l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_once_and_finds_again),
		cmocka_unit_test(maybe_never_denies_what_is_there),
		cmocka_unit_test(walks_in_order),
		cmocka_unit_test(many_threads_add_each_inode_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
