/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of a made-up file system, in all orders, judged by their first letters: "bad" is wrong,
 * "n" of no interest, "closed" a directory that no walk would read; all else is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tree/bulk.h"
#include "tree/census.h"

enum { TOP = 256, DEV = 7 };

struct court {
	struct census *c;
	struct bulk bulk;
	_Atomic unsigned hands, dirs, entries;
	char longest[64]; /* path of an entry called "told" */
};

static void *start(void *user, const struct bulk *bulk)
{
	struct court *court = user;

	assert_ptr_equal(bulk, &court->bulk);
	court->hands++;
	return court;
}

static void stop(void *hand)
{
	((struct court *)hand)->hands--;
}

static enum census_answer answer(const char *name)
{
	if (strncmp(name, "bad", 3) == 0)
		return CENSUS_LOOK;
	if (strcmp(name, "closed") == 0)
		return CENSUS_CLOSED;
	return name[0] == 'n' ? CENSUS_NOTHING : CENSUS_RIGHT;
}

/* The cookie says how deep it is, which is known only if those above were asked first. */
static enum census_answer dir(void *hand, struct walk_dir *d)
{
	((struct court *)hand)->dirs++;
	assert_true(!d->parent || d->parent->cookie > 0);
	d->cookie = d->parent ? d->parent->cookie + 1 : 1;
	return answer(d->name);
}

static enum census_answer entry(void *hand, const struct walk_entry *e)
{
	struct court *court = hand;

	court->entries++;
	assert_true(e->dir->cookie > 0);
	assert_int_equal(strlen(e->name), e->name_len);
	if (strcmp(e->name, "told") == 0) {
		struct buf b = {0};

		walk_path(e->dir, e->name, &b);
		snprintf(court->longest, sizeof(court->longest), "%s", buf_str(&b));
		buf_done(&b);
	}
	return answer(e->name);
}

static const struct census_judge judge = {.start = start, .stop = stop, .dir = dir, .entry = entry};

static void open_court_for(struct court *court, enum census_proof proof, size_t max_bytes)
{
	struct census_options o = {
		.judge = &judge, .user = court, .top = TOP, .path = "/t", .max_bytes = max_bytes};

	*court = (struct court){.bulk = {.dev = DEV}};
	assert_int_equal(census_new(&court->c, &o, &court->bulk, proof, 2), 0);
}

static void open_court(struct court *court, size_t max_bytes)
{
	open_court_for(court, CENSUS_VOUCHED, max_bytes);
}

static void close_court(struct court *court)
{
	assert_int_equal(court->hands, 0);
	census_free(court->c);
}

static void name(struct court *court, uint64_t in, uint64_t ino, enum lbl_kind kind,
		 const char *text)
{
	census_name(court->c, ino % 2, in, ino, kind, text, strlen(text));
	if (kind == LBL_DIR)
		census_vouch(court->c, in % 2, ino);
}

static void settle(struct court *court)
{
	assert_int_equal(census_settle(court->c, 3, NULL), 0);
}

static bool clean_at(const struct court *court, uint64_t dev, uint64_t in, uint64_t ino,
		     const char *text, struct census_counts *ret)
{
	struct walk_dir d = {.dev = dev, .ino = in};
	struct walk_entry e = {
		.dir = &d, .ino = ino, .name = text, .name_len = strlen(text), .kind = LBL_DIR};

	return census_clean(court->c, &e, ret);
}

static bool clean(const struct court *court, uint64_t in, uint64_t ino, const char *text)
{
	struct census_counts counts;

	return clean_at(court, DEV, in, ino, text, &counts);
}

static void what_is_wrong_makes_those_above_unclean(void **state)
{
	struct census_counts n;
	struct court court;

	open_court(&court, 0);
	/* the deepest first */
	name(&court, 303, 400, LBL_REG, "told");
	name(&court, 303, 401, LBL_LNK, "nothing");
	name(&court, 302, 303, LBL_DIR, "c");
	name(&court, 301, 302, LBL_DIR, "b");
	name(&court, TOP, 301, LBL_DIR, "a");
	name(&court, TOP, 310, LBL_DIR, "x");
	name(&court, 310, 311, LBL_DIR, "y");
	name(&court, 311, 402, LBL_REG, "bad");
	name(&court, 310, 312, LBL_DIR, "z");
	name(&court, TOP, 320, LBL_DIR, "bad");
	settle(&court);
	census_conclude(court.c);

	assert_string_equal(court.longest, "/t/a/b/c/told");
	assert_true(clean_at(&court, DEV, TOP, 301, "a", &n));
	assert_int_equal(n.entries, 5);
	assert_int_equal(n.directories, 3);
	assert_int_equal(n.right, 4);
	assert_false(clean(&court, TOP, 310, "x"));
	assert_false(clean(&court, 310, 311, "y"));
	assert_true(clean(&court, 310, 312, "z"));
	assert_false(clean(&court, TOP, 320, "bad"));
	close_court(&court);
}

static void only_what_was_judged_is_clean(void **state)
{
	struct census_counts n;
	struct court court;

	open_court(&court, 0);
	name(&court, TOP, 301, LBL_DIR, "a");
	name(&court, 301, 302, LBL_DIR, "b");
	settle(&court);
	census_conclude(court.c);
	assert_true(clean(&court, 301, 302, "b"));
	assert_false(clean(&court, 301, 302, "B"));
	assert_false(clean(&court, 301, 302, "bb"));
	assert_false(clean(&court, TOP, 302, "b"));
	assert_false(clean(&court, 301, 303, "b"));
	assert_false(clean_at(&court, DEV + 1, 301, 302, "b", &n));
	close_court(&court);
}

static void names_wait_for_their_directories(void **state)
{
	struct census_counts n;
	struct court court;

	open_court(&court, 0);
	name(&court, 302, 400, LBL_REG, "told");
	settle(&court);
	assert_int_equal(court.entries, 0);
	name(&court, 301, 302, LBL_DIR, "b");
	settle(&court);
	assert_int_equal(court.entries, 0);
	assert_in_range(court.dirs, 1, 3); /* the top, perhaps by each thread */
	name(&court, TOP, 301, LBL_DIR, "a");
	settle(&court);
	assert_int_equal(court.entries, 1);
	assert_string_equal(court.longest, "/t/a/b/told");
	census_conclude(court.c);
	assert_true(clean_at(&court, DEV, TOP, 301, "a", &n));
	assert_int_equal(n.entries, 3);
	close_court(&court);
}

static void what_is_not_below_the_top_is_nobodys(void **state)
{
	struct court court;

	open_court(&court, 0);
	/* a circle, and a way into it; a parent that is not there */
	name(&court, 302, 301, LBL_DIR, "a");
	name(&court, 301, 302, LBL_DIR, "b");
	name(&court, 302, 303, LBL_DIR, "c");
	name(&court, 303, 400, LBL_REG, "bad");
	name(&court, 999, 304, LBL_DIR, "d");
	name(&court, 304, 401, LBL_REG, "bad");
	name(&court, 305, 305, LBL_DIR, "self");
	settle(&court);
	settle(&court);
	census_conclude(court.c);
	assert_int_equal(court.entries, 0);
	assert_false(clean(&court, 302, 301, "a"));
	assert_false(clean(&court, 301, 302, "b"));
	assert_false(clean(&court, 302, 303, "c"));
	assert_false(clean(&court, 999, 304, "d"));
	assert_false(clean(&court, 305, 305, "self"));
	close_court(&court);
}

static void what_is_odd_is_looked_at(void **state)
{
	struct court court;

	open_court(&court, 0);
	census_doubt(court.c, 0, 301); /* nobody knows it yet */
	settle(&court);
	name(&court, TOP, 301, LBL_DIR, "a");
	name(&court, TOP, 302, LBL_DIR, "b");
	name(&court, 302, 400, LBL_ANY, "kind");
	name(&court, TOP, 303, LBL_DIR, "c");
	name(&court, 303, 401, LBL_REG, "a/b");
	name(&court, TOP, 304, LBL_DIR, "d");
	census_name(court.c, 0, 304, 402, LBL_REG, "a\0b", 3);
	name(&court, TOP, 305, LBL_DIR, "e");
	name(&court, 305, 403, LBL_REG, "");
	name(&court, TOP, 306, LBL_DIR, "f");
	name(&court, TOP, 306, LBL_DIR, "g"); /* it is being moved */
	name(&court, TOP, 307, LBL_DIR, "h");
	name(&court, 307, 404, LBL_REG, "fine");
	settle(&court);
	census_conclude(court.c);
	assert_int_equal(court.entries, 1);
	for (uint64_t ino = 301; ino <= 306; ino++) {
		char text[] = {(char)('a' + ino - 301), '\0'};

		assert_false(clean(&court, TOP, ino, text));
	}
	assert_true(clean(&court, TOP, 307, "h"));
	close_court(&court);
}

static void what_is_listed_is_what_has_names(void **state)
{
	struct court court;
	uint64_t salt, all;

	open_court_for(&court, CENSUS_SUMS, 0);
	salt = census_salt(court.c);
	all = census_mix(salt, 400) + census_mix(salt, 401) + census_mix(salt, 303);
	for (uint64_t ino = 301; ino <= 306; ino++) {
		char text[] = {(char)('a' + ino - 301), '\0'};

		name(&court, TOP, ino, LBL_DIR, text);
		if (ino == 303)
			census_list(court.c, 0, 303, 1); /* something without a name */
		if (ino == 303 || ino == 306)
			continue;
		name(&court, ino, 400, LBL_REG, "one");
		name(&court, ino, 401, LBL_REG, "two");
	}
	name(&court, 301, 310, LBL_DIR, "sub");
	name(&court, 302, 311, LBL_DIR, "sub");
	census_list(court.c, 0, 301,
		    census_mix(salt, 400) + census_mix(salt, 401) + census_mix(salt, 310));
	census_list(court.c, 1, 302, all);
	census_list(court.c, 0, 304, census_mix(salt, 400));
	/* 305 lists nothing at all */
	settle(&court);
	census_conclude(court.c);
	assert_true(clean(&court, TOP, 301, "a"));
	assert_true(clean(&court, TOP, 306, "f")); /* empty, and lists nothing */
	for (uint64_t ino = 302; ino <= 305; ino++) {
		char text[] = {(char)('a' + ino - 301), '\0'};

		assert_false(clean(&court, TOP, ino, text));
	}
	close_court(&court);
}

/* The number that sums to the same as 400 and 401, without a salt. */
static uint64_t forged_number(void)
{
	uint64_t x = census_mix(0, 400) + census_mix(0, 401), inverse[2] = {1, 1};

	for (int i = 0; i < 6; i++) { /* of odd numbers, each time right in twice as many bits */
		inverse[0] *= 2 - 0x9e3779b97f4a7c15u * inverse[0];
		inverse[1] *= 2 - 0xbf58476d1ce4e5b9u * inverse[1];
	}
	x *= inverse[1];
	x ^= x >> 29 ^ x >> 58;
	x *= inverse[0];
	return x ^ x >> 32;
}

static void numbers_cannot_be_chosen_to_come_to_the_same(void **state)
{
	uint64_t forged = forged_number();
	struct court court;

	assert_true(census_mix(0, forged) == census_mix(0, 400) + census_mix(0, 401));
	open_court_for(&court, CENSUS_SUMS, 0);
	name(&court, TOP, 301, LBL_DIR, "a");
	name(&court, 301, 400, LBL_REG, "one");
	name(&court, 301, 401, LBL_REG, "two");
	census_list(court.c, 0, 301, census_mix(census_salt(court.c), forged));
	settle(&court);
	census_conclude(court.c);
	assert_false(clean(&court, TOP, 301, "a"));
	close_court(&court);
}

static void nothing_is_clean_that_nobody_vouches_for(void **state)
{
	struct court court;

	open_court_for(&court, CENSUS_VOUCHED, 0);
	census_name(court.c, 0, TOP, 301, LBL_DIR, "a", 1);
	census_name(court.c, 0, 301, 302, LBL_DIR, "b", 1);
	census_name(court.c, 0, 301, 303, LBL_DIR, "c", 1);
	census_name(court.c, 0, 302, 400, LBL_REG, "fine", 4);
	settle(&court);
	census_vouch(court.c, 0, 301);
	census_vouch(court.c, 0, 302);
	settle(&court);
	census_conclude(court.c);
	assert_false(clean(&court, TOP, 301, "a"));
	assert_true(clean(&court, 301, 302, "b"));
	assert_false(clean(&court, 301, 303, "c"));
	close_court(&court);
}

static void closed_directories_are_not_entered(void **state)
{
	struct census_counts n;
	struct court court;

	open_court(&court, 0);
	name(&court, TOP, 301, LBL_DIR, "a");
	name(&court, 301, 302, LBL_DIR, "closed");
	name(&court, 302, 303, LBL_DIR, "bad");
	name(&court, 303, 304, LBL_DIR, "bad");
	name(&court, 302, 400, LBL_REG, "bad");
	name(&court, 304, 401, LBL_REG, "bad");
	settle(&court);
	census_conclude(court.c);
	assert_int_equal(court.entries, 0);
	assert_true(clean_at(&court, DEV, TOP, 301, "a", &n));
	assert_int_equal(n.entries, 2);
	assert_int_equal(n.directories, 2);
	assert_int_equal(n.right, 1);
	close_court(&court);
}

/* Many names, the directories after what is in them, settled whenever it is time. */
static void many_names_take_rounds(void **state)
{
	enum { DIRS = 4000, FILES = 100 }; /* too many for one */
	struct census_counts n;
	struct court court;
	unsigned rounds = 0;
	char text[32];

	open_court(&court, 0);
	assert_true(census_has_room(court.c, 100000));
	assert_false(census_has_room(court.c, DIRS * FILES));
	for (uint64_t d = DIRS; d-- > 0;) {
		for (uint64_t f = 0; f < FILES; f++) {
			snprintf(text, sizeof(text), "file-%u-%u", (unsigned)d, (unsigned)f);
			name(&court, 1000 + d, 10000 + d * FILES + f, LBL_REG, text);
		}
		snprintf(text, sizeof(text), "%s%u", d == 5 ? "bad" : "d", (unsigned)d);
		name(&court, d % 10 ? 1000 + d - d % 10 : TOP, 1000 + d, LBL_DIR, text);
		if (census_is_full(court.c)) {
			settle(&court);
			assert_false(census_is_full(court.c));
			rounds++;
		}
	}
	settle(&court);
	census_conclude(court.c);
	assert_true(rounds > 0);
	assert_int_equal(court.entries, DIRS * FILES);
	for (unsigned d = 0; d < DIRS; d += 10) {
		snprintf(text, sizeof(text), "d%u", d);
		assert_int_equal(clean_at(&court, DEV, TOP, 1000 + d, text, &n), d != 0);
		if (d)
			assert_int_equal(n.entries, 10 * (FILES + 1));
	}
	close_court(&court);
}

static void it_ends_where_memory_does(void **state)
{
	struct court court;
	char text[256];
	int r = 0;

	/* too many directories */
	open_court(&court, 300000);
	for (uint64_t d = 0; d < 5000; d++) {
		snprintf(text, sizeof(text), "d%u", (unsigned)d);
		name(&court, TOP, 1000 + d, LBL_DIR, text);
	}
	assert_int_equal(census_settle(court.c, 2, NULL), -EFBIG);
	close_court(&court);

	/* too many names without a directory */
	open_court(&court, 0);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (uint64_t ino = 1000; r == 0 && ino < 1000000; ino++) {
		name(&court, 5, ino, LBL_REG, text);
		if (census_is_full(court.c))
			r = census_settle(court.c, 2, NULL);
	}
	assert_int_equal(r, -EFBIG);
	close_court(&court);
}

/* An image whose directories share blocks tells of names in one go that are never settled. */
static void names_end_before_memory_does(void **state)
{
	enum { MOST = 80 << 20, LEN = 255 };
	char text[LEN + 1] = {0};
	struct court court;

	memset(text, 'r', LEN);
	open_court(&court, 0);
	for (uint64_t i = 0; i * LEN < MOST; i++)
		name(&court, TOP, 1000 + i, LBL_REG, text);
	assert_true(census_is_full(court.c));
	assert_true(census_noted(court.c) < MOST);
	assert_int_equal(census_settle(court.c, 3, NULL), -ENOMEM);
	close_court(&court);
}

static void it_stops_when_told(void **state)
{
	const _Atomic bool told = true;
	struct court court;

	open_court(&court, 0);
	name(&court, TOP, 301, LBL_REG, "a");
	assert_int_equal(census_settle(court.c, 2, &told), -ECANCELED);
	assert_int_equal(court.entries, 0);
	close_court(&court);
}

/* As deep as nothing on a real file system: no stack, and no way gone twice. */
static void a_long_way_is_gone_once(void **state)
{
	enum { DEPTH = 100000 };
	struct census_counts n;
	struct court court;

	open_court(&court, 0);
	for (uint64_t d = 1; d <= DEPTH; d++)
		name(&court, 1000 + d - 1, 1000 + d, LBL_DIR, "d");
	name(&court, TOP, 1000, LBL_DIR, "top");
	name(&court, 1000 + DEPTH, 900000, LBL_REG, "leaf");
	settle(&court);
	census_conclude(court.c);
	assert_true(court.dirs < 3 * DEPTH);
	assert_true(clean_at(&court, DEV, TOP, 1000, "top", &n));
	assert_int_equal(n.entries, DEPTH + 2);
	close_court(&court);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_makes_those_above_unclean),
		cmocka_unit_test(only_what_was_judged_is_clean),
		cmocka_unit_test(names_wait_for_their_directories),
		cmocka_unit_test(what_is_not_below_the_top_is_nobodys),
		cmocka_unit_test(what_is_odd_is_looked_at),
		cmocka_unit_test(what_is_listed_is_what_has_names),
		cmocka_unit_test(numbers_cannot_be_chosen_to_come_to_the_same),
		cmocka_unit_test(nothing_is_clean_that_nobody_vouches_for),
		cmocka_unit_test(closed_directories_are_not_entered),
		cmocka_unit_test(many_names_take_rounds),
		cmocka_unit_test(it_ends_where_memory_does),
		cmocka_unit_test(names_end_before_memory_does),
		cmocka_unit_test(it_stops_when_told),
		cmocka_unit_test(a_long_way_is_gone_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
