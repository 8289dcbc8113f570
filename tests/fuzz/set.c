/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "set.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lbl-rules.h"

#define DIFFER(s, ...) (snprintf((s)->why, sizeof((s)->why), __VA_ARGS__), -1)

static int view_open(struct set_view *v, const char *path, size_t cache_max, unsigned flags)
{
	struct lbl_rules_options ro = {
		.size = sizeof(ro), .path = path, .cache_max = cache_max, .flags = flags};
	int r = db_open(&v->db, &ro);

	if (r < 0)
		return r;
	r = db_reader_new(v->db, &v->reader);
	return r < 0 ? r : carry_init(&v->carry, v->reader);
}

/** What is compiled must be used; a set with an invalid regex cannot be. */
static int open_compiled(struct set *s, const char *path)
{
	struct lbl_compile_options co = {.size = sizeof(co), .path = path};
	int r;

	if (getuid() != 0 || strncmp(path, "/proc/", 6) == 0)
		return 0; /* nobody else's is trusted; no file can stand beside a memfd */
	r = lbl_compile(&co);
	if (r < 0)
		return r == -EINVAL ? 0 : DIFFER(s, "compile: %s", strerror(-r));
	if (asprintf(&s->compiled, "%s.lbl", path) < 0)
		abort();
	r = view_open(&s->view[2], path, 0, 0);
	if (r < 0)
		return DIFFER(s, "open compiled: %s", strerror(-r));
	return db_compiled(s->view[2].db) ? 0 : DIFFER(s, "what was just compiled is not used");
}

int set_open(struct set *s, const char *path, size_t usual, size_t tiny)
{
	int want, got, again;

	*s = (struct set){0};
	want = model_open(&s->model, path);
	got = view_open(&s->view[0], path, usual, LBL_RULES_TEXT);
	again = view_open(&s->view[1], path, tiny, LBL_RULES_TEXT);
	if (got != again)
		return DIFFER(s, "open: %s, with a tiny cache: %s", strerror(-got),
			      strerror(-again));
	if (want == 0 && s->model->too_long)
		return got < 0 ? 2 : 0;
	if ((want < 0) != (got < 0))
		return DIFFER(s, "open: %s, the model: %s", strerror(-got), strerror(-want));
	return want < 0 ? 1 : open_compiled(s, path);
}

void set_close(struct set *s)
{
	if (s->compiled)
		unlink(s->compiled);
	free(s->compiled);
	for (int i = 0; i < 3; i++) {
		carry_done(&s->view[i].carry);
		db_reader_free(s->view[i].reader);
		db_free(s->view[i].db);
	}
	model_free(s->model);
	s->model = NULL;
}

static const char *ctx(const char *context)
{
	return context ? context : "<<none>>";
}

static int compare(struct set *s, const char *way, unsigned kind, int r, const struct db_spec *got,
		   const struct model_spec *want)
{
	s->lookups++;
	if (r < 0)
		return DIFFER(s, "%s, kind %u: %s", way, kind, strerror(-r));
	if (ours_same(got, want))
		return 0;
	return DIFFER(s, "%s, kind %u: got %s (%s:%u, %.200s), want %s (file %d:%u, %.200s)", way,
		      kind, got ? ctx(got->context) : "no spec", got ? got->file : "-",
		      got ? got->line : 0, got ? got->regex : "",
		      want ? ctx(want->context) : "no spec", want ? (int)want->file : -1,
		      want ? want->line : 0, want ? want->regex : "");
}

static int check_view(struct set *s, struct set_view *v, const char *path, size_t len,
		      const struct model_spec *const win[MODEL_KINDS], const char *const ways[2])
{
	const struct db_spec *got = NULL;
	db_state state;

	for (int carried = 0; carried < 2; carried++) {
		int r = carried ? carry_to(&v->carry, path, len, &state)
				: db_seek(v->reader, path, len, &state);

		for (unsigned k = 0; k < MODEL_KINDS; k++) {
			int a = r < 0 ? r
				      : ours_answer(v->reader, path, len, (enum lbl_kind)k, &state,
						    &got);

			if (compare(s, ways[carried], k, a, got, win[k]) < 0)
				return -1;
		}
	}
	return 0;
}

static int check_once(struct set *s, const char *path, size_t len)
{
	static const char *const ways[3][2] = {{"full path", "carried"},
					       {"full path, tiny cache", "carried, tiny cache"},
					       {"full path, compiled", "carried, compiled"}};
	const struct model_spec *win[MODEL_KINDS];

	if (model_answer(s->model, path, len, 0, win) < 0) {
		s->skipped++;
		return 0;
	}
	for (int i = 0; i < (s->compiled ? 3 : 2); i++) {
		if (check_view(s, &s->view[i], path, len, win, ways[i]) < 0)
			return -1;
	}
	return 0;
}

static int below_once(struct set *s, const char *dir, const char *path, enum db_below below)
{
	const struct model_spec *at[MODEL_KINDS], *under[MODEL_KINDS];

	if (model_answer(s->model, dir, strlen(dir), 0, at) < 0 ||
	    model_answer(s->model, path, strlen(path), 0, under) < 0)
		return 0;
	for (unsigned k = 0; k < MODEL_KINDS; k++) {
		if (below == DB_BELOW_SAME ? at[k] != under[k] : under[k] && under[k]->context)
			return DIFFER(s, "db_below says %s of %.200s, but kind %u of %.200s is %s",
				      below == DB_BELOW_SAME ? "SAME" : "NOTHING", dir, k, path,
				      under[k] ? ctx(under[k]->context) : "no spec");
	}
	return 0;
}

int set_check(struct set *s, const char *path, size_t len)
{
	int r = check_once(s, path, len);

	if (r == 0)
		return 0;
	s->model->no_jit = true;
	r = check_once(s, path, len);
	s->model->no_jit = false;
	s->jit_bugs += r == 0;
	return r;
}

int set_check_below(struct set *s, const char *dir, const char *path)
{
	enum db_below below;
	db_state state;
	int r = db_seek(s->view[0].reader, dir, strlen(dir), &state);

	if (r < 0)
		return DIFFER(s, "db_seek: %s", strerror(-r));
	below = db_below(s->view[0].reader, state);
	if ((unsigned)below > DB_BELOW_NOTHING)
		return DIFFER(s, "db_below: %d", (int)below);
	s->below[below]++;
	if (below == DB_BELOW_VARIES)
		return 0;
	r = below_once(s, dir, path, below);
	if (r == 0)
		return 0;
	s->model->no_jit = true;
	r = below_once(s, dir, path, below);
	s->model->no_jit = false;
	s->jit_bugs += r == 0;
	return r;
}
