/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * retarget: other targets, because the config changed or somebody logged in or out.
 *
 * What is the same in both stays as it is: watched, and not looked at.  Of what is different,
 *
 *	a target that came     its path is followed, its directory is scanned
 *	a target that went     is taken out of all wants; who wants nothing more is forgotten
 *	an exclusion that came is put into the wants along its path; what it hides is forgotten
 *	an exclusion that went its path is followed, what it hid is scanned
 *
 * so that who logs in and out does not have others' directories read as often.
 */
#include <errno.h>
#include <string.h>

#include "places.h"
#include "util.h"

#define NOWHERE UINT32_MAX

/* Where each of the old targets is among the new ones, and of those which are new. */
static void map_targets(const struct targets *old, struct targets *new, uint32_t *map, bool *came)
{
	memset(came, true, new->n);
	for (size_t i = 0; i < old->n; i++) {
		map[i] = NOWHERE;
		for (size_t k = 0; k < new->n; k++) {
			if (!target_same(&old->v[i], &new->v[k]))
				continue;
			map[i] = (uint32_t)k;
			came[k] = false;
			new->v[k].relabelled = old->v[i].relabelled;
			break;
		}
	}
}

/* New numbers for the targets in all wants; what is not wanted any more is forgotten. */
static void renumber(struct places *p, const uint32_t *map)
{
	for (size_t i = 0; i < p->n_numbers; i++) {
		struct place *c = p->by_number[i];
		uint32_t n = 0;

		for (uint32_t k = 0; c && k < c->wants.n; k++) {
			struct want w = c->wants.v[k];

			w.target = map[w.target];
			if (w.target != NOWHERE)
				c->wants.v[n++] = w;
		}
		if (c)
			c->wants.n = n;
	}
	for (size_t i = 0; i < p->n_numbers; i++) {
		struct place *c = p->by_number[i];
		bool wanted = c && !c->parent;

		for (uint32_t k = 0; c && k < c->wants.n; k++)
			wanted |= !p->targets.v[c->wants.v[k].target].exclude;
		if (c && !wanted)
			place_drop(p, c);
		else if (c && !c->lazy)
			place_watch_settle(p, c);
	}
}

/* ---- exclusions that came ----------------------------------------------------------------------
 */

static bool has_want(const struct place *c, const struct want *w)
{
	for (uint32_t i = 0; i < c->wants.n; i++)
		if (c->wants.v[i].target == w->target && c->wants.v[i].depth == w->depth)
			return true;
	return false;
}

/*
 * What @c has, and all exclusions that follow from its parent's wants; targets that came are
 * entered into the wants when their path is followed.  Return false when it is excluded itself.
 */
static bool add_exclusions(struct places *p, struct place *c)
{
	uint32_t all = wants_advance(&p->targets, &c->parent->wants, c->name, p->scratch), n = 0;

	for (uint32_t i = 0; i < all; i++)
		if (p->targets.v[p->scratch[i].target].exclude || has_want(c, &p->scratch[i]))
			p->scratch[n++] = p->scratch[i];
	if (all == 0)
		return false;
	if (place_set_wants(c, p->scratch, n) < 0)
		p->lost = true;
	return true;
}

/* The place after @c, a parent before its children; those below it with @down only. */
static struct place *after(struct place *c, bool down)
{
	if (down && c->child)
		return c->child;
	while (c && !c->next)
		c = c->parent;
	return c ? c->next : NULL;
}

static void exclude(struct places *p)
{
	for (struct place *c = p->root->child, *next; c; c = next) {
		bool stays = add_exclusions(p, c);

		next = after(c, stays);
		if (!stays)
			place_drop(p, c);
	}
}

/* ---- following a path -------------------------------------------------------------------------
 */

/*
 * Scan what @t is about.  Its path is followed as far as it is spelled out; where a pattern begins,
 * the scan does.  @deep: also what is known already, and wants no more than before; @free: as in
 * place_scan().
 */
static void follow(struct places *p, const struct target *t, bool deep, bool free)
{
	struct place *c = p->root, *child;

	for (uint32_t i = 0; i < t->n && !t->components[i].pattern; i++, c = child) {
		const char *name = t->components[i].text;
		bool known = place_child(p, c, name);
		int r = place_enter(p, c, name, false, &child);

		if (r < 0) /* waits for it, and says so */
			place_enter_known(p, c, false, free);
		if (r < 0 || !child)
			return;
		if (r == 1 && !known)
			place_scan(p, child, false, free);
	}
	place_scan(p, c, deep, free);
}

/* ---- all of it --------------------------------------------------------------------------------
 */

/* "/", which wants all targets from their beginning.  No memory: that is tried again. */
void places_make_root(struct places *p)
{
	uint32_t n = (uint32_t)p->targets.n;

	for (uint32_t i = 0; i < n; i++)
		p->scratch[i] = (struct want){.target = i};
	if (!p->root)
		p->root = place_new(p, NULL, "", n);
	else if (place_set_wants(p->root, p->scratch, n) < 0)
		place_drop(p, p->root);
	p->lost |= !p->root;
	if (p->root)
		(void)place_watch_start(p, p->root); /* it cannot go away */
}

/* What is in @targets that was not in @old, and the other way round. */
static void act_on(struct places *p, const struct targets *old, const uint32_t *map,
		   const bool *came, bool free)
{
	bool exclusions = false;

	for (size_t k = 0; k < p->targets.n; k++)
		exclusions |= came[k] && p->targets.v[k].exclude;
	if (exclusions)
		exclude(p);
	for (size_t k = 0; k < p->targets.n; k++)
		if (came[k] && !p->targets.v[k].exclude)
			follow(p, &p->targets.v[k], false, free);
	for (size_t i = 0; i < old->n; i++)
		if (map[i] == NOWHERE && old->v[i].exclude)
			follow(p, &old->v[i], true, free);
}

int places_retarget(struct places *p, struct targets *targets, bool at_once)
{
	_cleanup_free_ uint32_t *map = malloc((p->targets.n + 1) * sizeof(*map));
	_cleanup_free_ bool *came = malloc((targets->n + 1) * sizeof(*came));
	struct want *scratch = malloc((targets->n + 1) * sizeof(*scratch));
	struct targets old = p->targets;

	if (!map || !came || !scratch) {
		free(scratch);
		return -ENOMEM;
	}
	map_targets(&old, targets, map, came);
	p->targets = *targets;
	*targets = (struct targets){0};
	free(p->scratch);
	p->scratch = scratch;
	if (p->root)
		renumber(p, map);
	places_make_root(p);
	if (p->root)
		act_on(p, &old, map, came, at_once);
	targets_done(&old);
	return 0;
}
