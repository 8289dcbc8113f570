/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules_files.h"

#include "rules/automaton.h"

struct rig {
	struct rules_files files;
	struct source source;
	struct automaton automaton;
	struct cache *cache; /* held */
};

static void rig_open(struct rig *g, const char *text, size_t cache_max)
{
	struct lbl_rules_options o = {.size = sizeof(o)};

	*g = (struct rig){0};
	rules_files_make(&g->files);
	rules_files_write(&g->files, text);
	o.path = g->files.base;
	assert_int_equal(source_open(&g->source, &o), 0);
	assert_int_equal(automaton_init(&g->automaton, &g->source, NULL, cache_max), 0);
}

static void rig_close(struct rig *g)
{
	automaton_release(&g->automaton, g->cache);
	automaton_done(&g->automaton);
	source_done(&g->source);
	rules_files_remove(&g->files);
}

/** The cell behind @path, each step asked of the automaton if it is not known. */
static uint32_t walk(struct rig *g, const char *path, size_t len)
{
	uint32_t cell;

	assert_int_equal(automaton_start(&g->automaton, &g->cache, &cell), 0);
	for (size_t i = 0; i < len && !(cell & CELL_STAY); i++) {
		uint32_t next = cache_load(g->cache, cell, (unsigned char)path[i]);

		if (!next)
			assert_int_equal(automaton_step(&g->automaton, &g->cache, cell,
							(unsigned char)path[i], &next),
					 0);
		cell = next;
	}
	return cell;
}

static uint32_t walk_str(struct rig *g, const char *path)
{
	return walk(g, path, strlen(path));
}

static const struct cache_state *state_of(struct rig *g, uint32_t cell)
{
	return &g->cache->states[cache_row(g->cache, cell)];
}

static const struct cache_accept *accept_of(struct rig *g, uint32_t cell)
{
	return g->cache->accepts[cache_row(g->cache, cell)];
}

static void pasts_with_one_future_share_a_state(void **state)
{
	struct rig g;

	rig_open(&g, "/a/(x|yy|zzz)/.*q\t c\n", 1 << 20);
	assert_int_equal(walk_str(&g, "/a/x/"), walk_str(&g, "/a/zzz/"));
	assert_int_not_equal(walk_str(&g, "/a/x"), walk_str(&g, "/a/x/"));
	assert_int_equal(walk_str(&g, "/nowhere"), walk_str(&g, "/b"));
	rig_close(&g);
}

static void what_can_only_lose_is_dropped(void **state)
{
	struct rig g;
	uint32_t cell;

	/* the later specs cover the earlier, once they are in their `.*` */
	rig_open(&g, "/a/.*b c1\n/a/[^/]*c/.* c2\n/a/.* -d c3\n/a/.* c4\n", 1 << 20);
	cell = walk_str(&g, "/a/xyz");
	assert_int_equal(state_of(&g, cell)->set->n, 1);
	assert_true(cell & CELL_STAY);
	rig_close(&g);

	/* a kind of one's own is not covered by another */
	rig_open(&g, "/a/.*b -l c1\n/a/.*c -- c2\n/a/.* -- c3\n", 1 << 20);
	cell = walk_str(&g, "/a/xyz");
	assert_int_equal(state_of(&g, cell)->set->n, 3); /* .* and b of c1, .* of c3 */
	assert_false(cell & CELL_STAY);
	rig_close(&g);

	/* two kinds together do not cover what may be any */
	rig_open(&g, "/a/.*b c1\n/a/.* -- c2\n/a/.* -d c3\n", 1 << 20);
	cell = walk_str(&g, "/a/xyz");
	assert_int_equal(state_of(&g, cell)->set->n, 4);
	rig_close(&g);
}

static void a_side_spec_drops_nothing(void **state)
{
	struct rig g;
	uint32_t cell;

	rig_open(&g, "/a/.*b c1\n/a/(?!x).* c2\n", 1 << 20);
	cell = walk_str(&g, "/a/zb");
	assert_string_equal(accept_of(&g, cell)->best[LBL_REG]->context, "c1");
	assert_int_equal(accept_of(&g, cell)->ask, 0xff);
	assert_int_equal(accept_of(&g, cell)->n_side, 1);
	assert_int_equal(accept_of(&g, cell)->side[0], 1);
	assert_false(accept_of(&g, cell)->nothing);
	rig_close(&g);
}

static void a_universal_state_fills_its_row_at_once(void **state)
{
	struct rig g;
	uint32_t cell;

	rig_open(&g, "/a/.+ c\n", 1 << 20);
	cell = walk_str(&g, "/a/");
	assert_true(state_of(&g, cell)->universal);
	assert_true(cell & CELL_GO);
	(void)walk_str(&g, "/a/x");
	for (unsigned b = 0; b < 256; b++)
		assert_true(cache_load(g.cache, cell, (unsigned char)b) & CELL_STAY);
	rig_close(&g);
}

static void only_rules_that_name_high_bytes_tell_them_apart(void **state)
{
	struct rig g;

	rig_open(&g, "/a[^/]b.*x c\n", 1 << 20);
	(void)walk_str(&g, "/");
	assert_int_equal(g.cache->shift, 7);
	assert_int_equal(walk_str(&g, "/a\xc3"), walk_str(&g, "/a\xff"));
	rig_close(&g);

	rig_open(&g, "/a[\\xc3]b.*x c\n", 1 << 20);
	assert_int_not_equal(walk_str(&g, "/a\xc3"), walk_str(&g, "/a\xff"));
	assert_int_equal(g.cache->shift, 8);
	rig_close(&g);

	rig_open(&g, "/ab.*x c\nS:/\xc3\xa9 /ab\n", 1 << 20);
	assert_int_not_equal(walk_str(&g, "/\xc3\xa9/"), walk_str(&g, "/\xc3\xa8/"));
	rig_close(&g);
}

/* What looks like a literal prefix but loops must end; big alternations must stay small. */
static void hostile_rules_stay_small(void **state)
{
	_cleanup_(buf_done) struct buf rules = {0};
	struct rig g;

	buf_adds(&rules, "/a+a+a+a+a+b c\n/*x c\n/+y c\n//*//*z c\n(/a)*(/a)*(/a)*c c\n"
			 "/(((((a*)*)*)*)*)*d c\n/(a|a|a|a)*(a|a|a)*(a|aa|aaa)*e c\n"
			 "/((a{0,20}){0,20}b){0,9}f c\n/(.*/)*(.*/)*(.*/)*g c\n/(");
	for (int i = 0; i < 700; i++)
		buf_printf(&rules, "%sw%d", i ? "|" : "", i);
	buf_adds(&rules, ")*h c\n");
	rig_open(&g, buf_str(&rules), 1 << 20);
	for (const char *p = "abcdefghxyz/w0"; *p; p++) {
		char path[400] = "/";

		memset(path + 1, 'a', 300);
		path[301] = '/';
		path[302] = *p;
		(void)walk_str(&g, path);
	}
	/* the last one is too much for us and goes to PCRE2 */
	assert_int_equal(g.automaton.trie.n_sides, 1);
	assert_true(g.automaton.trie.positions.n < 8000);
	assert_true(g.automaton.trie.positions.n_follow < 200000);
	assert_true(g.automaton.trie.n < 100);
	rig_close(&g);
}

/* One new state a byte at the very most: work is bounded by length, not by trying. */
static void a_hostile_path_makes_a_state_a_byte_at_most(void **state)
{
	static const char rules[] = "/(.*/)?java/.+\\.so(\\.[^/]*)* c1\n/.*nvidia.*\\.so.* c2\n"
				    "/(a+)+$ c3\n/([^/]+/)*d c4\n/(.*a){8}x c5\n";
	char path[4096];
	struct rig g;
	uint32_t cell;

	rig_open(&g, rules, 16 << 20);
	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = "/java/nvidia.so.a"[i % 17];
	cell = walk(&g, path, sizeof(path));
	assert_true(g.cache->n <= sizeof(path) + 2);
	assert_true(state_of(&g, cell)->set->n < 64);
	memset(path + 1, 'a', sizeof(path) - 1);
	cell = walk(&g, path, sizeof(path));
	assert_string_equal(accept_of(&g, cell)->best[LBL_REG]->context, "c3");
	assert_true(g.cache->n <= 2 * sizeof(path) + 2);
	rig_close(&g);
}

static void generations_follow_each_other(void **state)
{
	struct cache *first;
	char path[200];
	struct rig g;
	uint32_t cell;

	rig_open(&g, "/.{0,300}x c\n", 1);
	(void)walk_str(&g, "/");
	first = g.cache;
	first->refs++; /* another reader */
	memset(path, 'y', sizeof(path));
	path[0] = '/';
	cell = walk(&g, path, sizeof(path));
	assert_true(g.automaton.flushes > 5);
	assert_ptr_not_equal(g.cache, first);
	assert_ptr_equal(g.cache, g.automaton.cache);
	assert_int_equal(first->refs, 1); /* ours alone, all between are gone */
	assert_int_equal(first->gen, 1);
	assert_int_equal(g.cache->gen, 1 + g.automaton.flushes);
	assert_null(accept_of(&g, cell)->best[LBL_REG]);
	/* from a state of the first generation one comes into the newest */
	assert_int_equal(automaton_step(&g.automaton, &first, first->start[2], '/', &cell), 0);
	assert_ptr_equal(first, g.automaton.cache);
	assert_int_equal(g.automaton.cache->refs, 3);
	automaton_release(&g.automaton, first);
	cell = walk_str(&g, "/yyx");
	assert_string_equal(accept_of(&g, cell)->best[LBL_REG]->context, "c");
	rig_close(&g);
}

static void aliases_are_states_of_their_own(void **state)
{
	struct rig g;
	uint32_t lib, usr;

	rig_open(&g, "/usr/lib(/.*)? c\n/lib.* d\nD:/lib /usr/lib\nS:/l /lib\n", 1 << 20);
	lib = walk_str(&g, "/lib");
	usr = walk_str(&g, "/usr/lib");
	assert_true(state_of(&g, lib)->alias != 0 || lib == usr);
	assert_string_equal(accept_of(&g, lib)->best[LBL_REG]->context, "c");
	assert_string_equal(accept_of(&g, walk_str(&g, "/libx"))->best[LBL_REG]->context, "d");
	/* behind the aliases there is no difference left */
	assert_int_equal(walk_str(&g, "/lib/"), walk_str(&g, "/usr/lib/"));
	assert_int_equal(walk_str(&g, "/l/"), walk_str(&g, "/usr/lib/"));
	rig_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pasts_with_one_future_share_a_state),
		cmocka_unit_test(what_can_only_lose_is_dropped),
		cmocka_unit_test(a_side_spec_drops_nothing),
		cmocka_unit_test(a_universal_state_fills_its_row_at_once),
		cmocka_unit_test(only_rules_that_name_high_bytes_tell_them_apart),
		cmocka_unit_test(hostile_rules_stay_small),
		cmocka_unit_test(a_hostile_path_makes_a_state_a_byte_at_most),
		cmocka_unit_test(generations_follow_each_other),
		cmocka_unit_test(aliases_are_states_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
