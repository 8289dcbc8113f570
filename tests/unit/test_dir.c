/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dir: a directory held open, and its entries labelled one by one, while names are exchanged and
 * system calls fail by script.  Over 600 lines because every case shares that world.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "relabel_rig.h"

#define TRUSTED "trusted.relabel-test" /* of links and FIFOs, too */

static const char rules_text[] = "/.* u:object_r:default_t:s0\n"
				 "/etc(/.*)? u:object_r:etc_t:s0\n"
				 "/etc/shadow.* -- u:object_r:shadow_t:s0\n"
				 "/etc/shadow.* -l u:object_r:shadow_link_t:s0\n"
				 "/kinds(/.*)? -d u:object_r:dir_t:s0\n"
				 "/kinds/.* -- u:object_r:reg_t:s0\n"
				 "/kinds/.* -l u:object_r:lnk_t:s0\n"
				 "/kinds/.* -p u:object_r:fifo_t:s0\n"
				 "/many/.*a[ab]{10} u:object_r:many_t:s0\n" /* 2048 states */
				 "/none(/.*)? <<none>>\n"
				 "/side/.* u:object_r:plain_t:s0\n"
				 "/side/(?!not).* -- u:object_r:side_t:s0\n";

/* One relabel, and the calls its directories make. */
struct world {
	struct lbl_rules *rules;
	struct lbl_policy *policy;
	struct lbl_relabel *rl;
	struct told told;
	struct fake_rule faults[8];
	struct fake_script script;
	_Atomic unsigned calls;
	size_t fds, cache_max;
	char have[128], want[128], regex[64];
	unsigned line;
};

static void count_call(void *user, struct queue_req *req)
{
	struct world *w = user;

	w->calls += req->op != QUEUE_CLOSE;
}

static void on_dir_event(void *user, const struct lbl_event *ev)
{
	struct world *w = user;

	on_event(&w->told, ev);
	if (ev->type != LBL_EV_CHANGED)
		return;
	pthread_mutex_lock(&w->told.lock);
	snprintf(w->told.path, sizeof(w->told.path), "%s", ev->path);
	snprintf(w->have, sizeof(w->have), "%s", ev->have ? ev->have : "");
	snprintf(w->want, sizeof(w->want), "%s", ev->want);
	snprintf(w->regex, sizeof(w->regex), "%s", ev->regex);
	w->line = ev->spec_line;
	pthread_mutex_unlock(&w->told.lock);
}

/* @w may hold faults, a policy and a size of the cache already. */
static void begin(struct world *w, unsigned flags)
{
	struct lbl_rules_options ro = {
		.size = sizeof(ro), .path = rules_path, .cache_max = w->cache_max};
	struct lbl_relabel_options o = {
		.size = sizeof(o),
		.flags = flags | LBL_REPORT_CHANGES,
		.policy = w->policy,
		.alt_root = tree,
		.event = on_dir_event,
		.user = w,
		.xattr = rig_attr,
		.queue_ops = &queue_fake,
		.queue_arg = &w->script,
	};
	size_t n = ARRAY_SIZE(w->faults) - 1;

	w->fds = open_fds();
	memmove(w->faults + 1, w->faults, n * sizeof(*w->faults));
	w->faults[0] = (struct fake_rule){.op = QUEUE_OPS, .before = count_call, .user = w};
	w->script = (struct fake_script){.rules = w->faults, .n_rules = 1};
	for (size_t i = 1; i <= n && (w->faults[i].before || w->faults[i].error); i++)
		w->script.n_rules++;
	pthread_mutex_init(&w->told.lock, NULL);
	assert_int_equal(lbl_rules_open(&w->rules, &ro), 0);
	o.rules = w->rules;
	assert_int_equal(lbl_relabel_new(&w->rl, &o), 0);
}

static struct lbl_dir *open_dir(struct world *w, const char *rel)
{
	struct lbl_dir *dir;

	assert_int_equal(lbl_dir_open(&dir, w->rl, at(rel)), 0);
	w->calls = 0;
	return dir;
}

static void end(struct world *w)
{
	lbl_relabel_counters(w->rl, &w->told.count);
	lbl_relabel_free(w->rl);
	lbl_rules_free(w->rules);
	lbl_policy_free(w->policy);
	assert_int_equal(open_fds(), w->fds);
}

static int fresh_tree(void **state)
{
	run_shell("rm -rf '%s' && mkdir -p '%s'/etc/ssh '%s'/none '%s'/side '%s'/victim", tree,
		  tree, tree, tree, tree);
	run_shell("cd '%s' && touch etc/passwd etc/shadow etc/ssh/config none/x victim/file", tree);
	return 0;
}

/* ---- the way of one entry ---- */

static void right_costs_one_call(void **state)
{
	struct world w = {0};
	struct lbl_dir *dir;

	begin(&w, LBL_SKIP_MULTILINK);
	dir = open_dir(&w, "/etc");
	assert_int_equal(lbl_dir_entry(dir, "passwd"), 1);
	assert_true(w.calls <= 6); /* read; open, stat, stat by name, read, write */
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
	assert_string_equal(w.told.path, at("/etc/passwd"));
	assert_string_equal(w.have, "");
	assert_string_equal(w.want, "u:object_r:etc_t:s0");
	assert_string_equal(w.regex, "/etc(/.*)?");
	assert_int_equal(w.line, 2);
	for (int i = 0; i < 3; i++) {
		w.calls = 0;
		assert_int_equal(lbl_dir_entry(dir, "passwd"), 0);
		assert_int_equal(w.calls, 1);
	}
	/* its kind has a say */
	assert_int_equal(lbl_dir_entry(dir, "shadow"), 1);
	assert_string_equal(label_of("/etc/shadow"), "u:object_r:shadow_t:s0");
	w.calls = 0;
	assert_int_equal(lbl_dir_entry(dir, "shadow"), 0);
	assert_int_equal(w.calls, 2);
	/* a directory itself, and nothing below it */
	assert_int_equal(lbl_dir_entry(dir, "ssh"), 1);
	assert_string_equal(label_of("/etc/ssh"), "u:object_r:etc_t:s0");
	assert_string_equal(label_of("/etc/ssh/config"), "");
	lbl_dir_free(dir);
	/* nothing wanted, nothing asked */
	dir = open_dir(&w, "/none");
	assert_int_equal(lbl_dir_entry(dir, "x"), 0);
	assert_int_equal(w.calls, 0);
	lbl_dir_free(dir);
	end(&w);
	assert_int_equal(w.told.events[LBL_EV_CHANGED], 3);
	assert_int_equal(w.told.count.changed, 3);
	assert_int_equal(w.told.count.entries, 8);
	assert_int_equal(w.told.events[LBL_EV_NO_SPEC], 0);
}

static void each_kind_is_labelled_itself(void **state)
{
	struct world w = {0};
	struct lbl_dir *dir;

	run_shell("cd '%s' && mkdir -p kinds/dir && touch kinds/reg && mkfifo kinds/fifo && "
		  "ln -s ../victim/file kinds/lnk && ln -s ../victim etc/lnk",
		  tree);
	if (lsetxattr(at("/kinds/lnk"), TRUSTED, "x", 2, 0) < 0)
		skip(); /* needs root */
	rig_attr = TRUSTED;
	begin(&w, LBL_SKIP_MULTILINK);
	dir = open_dir(&w, "/kinds");
	for (int i = 1; i >= 0; i--) {
		assert_int_equal(lbl_dir_entry(dir, "dir"), i);
		assert_int_equal(lbl_dir_entry(dir, "reg"), i);
		assert_int_equal(lbl_dir_entry(dir, "fifo"), i);
		assert_int_equal(lbl_dir_entry(dir, "lnk"), i);
	}
	assert_string_equal(label_of("/kinds/dir"), "u:object_r:dir_t:s0");
	assert_string_equal(label_of("/kinds/reg"), "u:object_r:reg_t:s0");
	assert_string_equal(label_of("/kinds/fifo"), "u:object_r:fifo_t:s0");
	assert_string_equal(label_of("/kinds/lnk"), "u:object_r:lnk_t:s0");
	lbl_dir_free(dir);
	dir = open_dir(&w, "/etc");
	assert_int_equal(lbl_dir_entry(dir, "lnk"), 1);
	assert_string_equal(label_of("/etc/lnk"), "u:object_r:etc_t:s0");
	assert_string_equal(label_of("/victim"), "");
	assert_string_equal(label_of("/victim/file"), "");
	lbl_dir_free(dir);
	end(&w);
}

static void side_specs_are_asked_by_the_whole_path(void **state)
{
	struct world w = {0};
	struct lbl_dir *dir;

	run_shell("cd '%s'/side && touch not-this this && mkdir that", tree);
	begin(&w, 0);
	dir = open_dir(&w, "/side");
	assert_int_equal(lbl_dir_entry(dir, "not-this"), 1);
	assert_int_equal(lbl_dir_entry(dir, "this"), 1);
	assert_int_equal(lbl_dir_entry(dir, "that"), 1);
	assert_int_equal(lbl_dir_entry(dir, "this"), 0);
	assert_string_equal(label_of("/side/not-this"), "u:object_r:plain_t:s0");
	assert_string_equal(label_of("/side/this"), "u:object_r:side_t:s0");
	assert_string_equal(label_of("/side/that"), "u:object_r:plain_t:s0");
	lbl_dir_free(dir);
	end(&w);
}

/* A name of a and b, another one for each of 4096 numbers. */
static void letters(char name[13], unsigned number)
{
	for (unsigned i = 0; i < 12; i++)
		name[i] = number * 2654435761u >> (20 + i) & 1 ? 'a' : 'b';
	name[12] = '\0';
}

static void touch_letters(const char *rel, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char name[13], path[64];

		letters(name, i);
		snprintf(path, sizeof(path), "%s/%s", rel, name);
		assert_int_equal(close(open(at(path), O_CREAT | O_WRONLY | O_CLOEXEC, 0644)), 0);
	}
}

/* The state cache begins anew all the time: what a directory carries is forgotten. */
static void forgotten_states_are_found_again(void **state)
{
	struct world w = {.cache_max = 1};
	struct lbl_dir *many, *side;
	struct db_stats stats;
	char name[13], path[32];

	run_shell("mkdir '%s'/many", tree);
	touch_letters("/many", 200);
	touch_letters("/side", 200);
	begin(&w, 0);
	many = open_dir(&w, "/many");
	side = open_dir(&w, "/side");
	for (unsigned i = 0; i < 200; i++) {
		letters(name, i);
		assert_int_equal(lbl_dir_entry(many, name), 1);
		assert_int_equal(lbl_dir_entry(side, name), 1);
		assert_int_equal(lbl_dir_entry(many, name), 0);
		assert_int_equal(lbl_dir_entry(side, name), 0);
		snprintf(path, sizeof(path), "/many/%s", name);
		assert_string_equal(label_of(path), name[1] == 'a' ? "u:object_r:many_t:s0"
								   : "u:object_r:default_t:s0");
	}
	db_stats(db_of_rules(w.rules), &stats);
	assert_true(stats.flushes > 10);
	lbl_dir_free(side);
	lbl_dir_free(many);
	end(&w);
}

/* Every entry of every directory by name: a walk over all of it finds nothing left to do. */
static void labels_are_those_of_a_walk(void **state)
{
	static const char *const dirs[] = {"",	    "/etc",  "/etc/ssh", "/kinds", "/kinds/d",
					   "/none", "/side", "/victim",	 "/many"};
	struct world w = {0}, again = {0};

	run_shell("cd '%s' && mkdir -p kinds/d many && touch kinds/a kinds/d/b side/not side/x "
		  "etc/shadow- 'etc/shadow a' many/aaaaaaaaaaa many/b && mkdir etc/shadows side/d",
		  tree);
	begin(&w, 0);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		struct lbl_dir *dir = open_dir(&w, dirs[i]);
		int fd = openat(lbl_dir_fd(dir), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *d = fdopendir(fd);

		assert_non_null(d);
		for (struct dirent *de; (de = readdir(d));)
			if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
				assert_true(lbl_dir_entry(dir, de->d_name) >= 0);
		closedir(d);
		if (i == 0)
			assert_int_equal(lbl_dir_self(dir), 1);
		lbl_dir_free(dir);
	}
	end(&w);
	assert_true(w.told.count.changed > 20);

	begin(&again, LBL_RECURSE);
	assert_int_equal(lbl_relabel_path(again.rl, tree), 0);
	end(&again);
	assert_int_equal(again.told.count.changed, 0);
	assert_int_equal(again.told.count.files, w.told.count.files);
}

static void dry_run_writes_nothing(void **state)
{
	struct world w = {0};
	struct lbl_dir *dir;

	begin(&w, LBL_DRY_RUN);
	dir = open_dir(&w, "/etc");
	assert_int_equal(lbl_dir_entry(dir, "passwd"), 1);
	assert_int_equal(lbl_dir_self(dir), 1);
	assert_string_equal(label_of("/etc/passwd"), "");
	assert_string_equal(label_of("/etc"), "");
	lbl_dir_free(dir);
	end(&w);
	assert_int_equal(w.told.count.changed, 2);
	assert_int_equal(w.told.events[LBL_EV_CHANGED], 2);
}

static void only_the_type_and_no_customizable_one(void **state)
{
	struct lbl_policy_options po = {.size = sizeof(po), .policy_root = top};
	struct world w = {0};
	struct lbl_dir *dir;

	run_shell("mkdir -p '%s'/contexts && echo custom_t >'%s'/contexts/customizable_types", top,
		  top);
	assert_int_equal(lbl_policy_open(&w.policy, &po), 0);
	set_label("/etc/passwd", "u:object_r:custom_t:s0");
	set_label("/etc/ssh", "other:role_r:old_t:s15");
	begin(&w, 0);
	w.fds = open_fds();
	dir = open_dir(&w, "/etc");
	assert_int_equal(lbl_dir_entry(dir, "passwd"), 0);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:custom_t:s0");
	assert_int_equal(lbl_dir_entry(dir, "ssh"), 1);
	assert_string_equal(label_of("/etc/ssh"), "other:role_r:etc_t:s15");
	lbl_dir_free(dir);
	end(&w);
	assert_int_equal(w.told.events[LBL_EV_CUSTOMIZED], 1);
	assert_int_equal(w.told.count.customized, 1);
}

static void the_directory_itself(void **state)
{
	struct world w = {0};
	struct lbl_dir *etc, *none;

	begin(&w, 0);
	etc = open_dir(&w, "/etc");
	none = open_dir(&w, "/none");
	assert_int_equal(lbl_dir_self(etc), 1);
	w.calls = 0;
	assert_int_equal(lbl_dir_self(etc), 0);
	assert_int_equal(w.calls, 1);
	assert_string_equal(label_of("/etc"), "u:object_r:etc_t:s0");
	assert_string_equal(label_of("/etc/passwd"), "");
	assert_int_equal(lbl_dir_self(none), 0);
	assert_string_equal(w.told.path, at("/none"));
	assert_int_equal(w.told.events[LBL_EV_NO_SPEC], 1);
	/* moved or gone, it is the same directory with the same rules */
	assert_int_equal(rename(at("/etc"), at("/moved")), 0);
	assert_int_equal(lbl_dir_entry(etc, "passwd"), 1);
	assert_string_equal(label_of("/moved/passwd"), "u:object_r:etc_t:s0");
	run_shell("rm -r '%s'/moved", tree);
	assert_int_equal(lbl_dir_entry(etc, "passwd"), -ENOENT);
	lbl_dir_free(none);
	lbl_dir_free(etc);
	end(&w);
}

static void the_root_itself(void **state)
{
	struct world w = {0};
	struct lbl_dir *dir;

	begin(&w, 0);
	dir = open_dir(&w, "");
	assert_int_equal(lbl_dir_self(dir), 1);
	assert_int_equal(lbl_dir_entry(dir, "etc"), 1);
	assert_int_equal(lbl_dir_entry(dir, "victim"), 1);
	assert_string_equal(label_of("/etc"), "u:object_r:etc_t:s0");
	assert_string_equal(label_of("/victim"), "u:object_r:default_t:s0");
	lbl_dir_free(dir);
	end(&w);
}

/* ---- what is refused ---- */

static void names_that_are_none(void **state)
{
	static const char *const names[] = {"", ".", "..", "/", "ssh/config", "../victim", "ssh/"};
	struct world w = {0};
	struct lbl_dir *dir;

	begin(&w, 0);
	dir = open_dir(&w, "/etc");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(lbl_dir_entry(dir, names[i]), -EINVAL);
	assert_int_equal(w.calls, 0);
	/* no such name, and nothing to say about it */
	assert_int_equal(lbl_dir_entry(dir, "nothing"), -ENOENT);
	assert_int_equal(w.told.events[LBL_EV_ERROR], 0);
	assert_int_equal(lbl_dir_entry(dir, "\n\033[31m\377"), -ENOENT);
	lbl_dir_free(dir);
	end(&w);
	assert_int_equal(w.told.count.errors[LBL_CLASS_VANISHED], 2);
}

static void a_directory_the_caller_has_opened(void **state)
{
	struct world w = {0}, trusting = {0};
	struct lbl_dir *dir;
	int fd = open(at("/etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC), file;

	begin(&w, LBL_SKIP_MULTILINK);
	assert_int_equal(lbl_dir_open_fd(&dir, w.rl, at("/etc"), fd), 0);
	assert_int_equal(lbl_dir_entry(dir, "passwd"), 1);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
	assert_string_equal(w.told.path, at("/etc/passwd"));
	lbl_dir_free(dir);
	assert_int_equal(lbl_dir_open_fd(&dir, w.rl, "etc", fd), -EINVAL);
	assert_int_equal(lbl_dir_open_fd(&dir, w.rl, "/usr", fd), -EXDEV);
	assert_int_equal(lbl_dir_open_fd(&dir, w.rl, at("/etc"), -1), -EBADF);
	file = open(at("/etc/passwd"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(lbl_dir_open_fd(&dir, w.rl, at("/etc"), file), -ENOTDIR);
	close(file);
	assert_int_equal(lbl_relabel_exclude(w.rl, at("/etc")), 0);
	assert_int_equal(lbl_dir_open_fd(&dir, w.rl, at("/etc"), fd), -EXDEV);
	end(&w);
	begin(&trusting, 0);
	assert_int_equal(lbl_dir_open_fd(&dir, trusting.rl, at("/etc"), fd), -EINVAL);
	end(&trusting);
	close(fd);
}

static void directories_that_cannot_be(void **state)
{
	struct world w = {0};
	struct lbl_dir *dir = NULL;
	size_t fds;

	run_shell("cd '%s' && ln -s etc alias", tree);
	begin(&w, LBL_RESOLVE_OPERAND | LBL_RECURSE);
	assert_int_equal(lbl_relabel_exclude(w.rl, at("/none")), 0);
	fds = open_fds();
	assert_int_equal(lbl_dir_open(&dir, w.rl, ""), -EINVAL);
	assert_int_equal(lbl_dir_open(&dir, w.rl, "etc"), -EINVAL);
	assert_int_equal(lbl_dir_open(&dir, w.rl, at("/nothing")), -ENOENT);
	assert_int_equal(lbl_dir_open(&dir, w.rl, at("/alias")), -ELOOP);
	assert_int_equal(lbl_dir_open(&dir, w.rl, at("/alias/")), -ELOOP);
	assert_int_equal(lbl_dir_open(&dir, w.rl, at("/alias/ssh")), -ELOOP);
	assert_int_equal(lbl_dir_open(&dir, w.rl, at("/etc/passwd")), -ENOTDIR);
	assert_int_equal(lbl_dir_open(&dir, w.rl, "/usr"), -EXDEV);
	assert_int_equal(lbl_dir_open(&dir, w.rl, at("/none")), -EXDEV);
	assert_int_equal(lbl_dir_open(&dir, w.rl, at("/none/below")), -EXDEV);
	assert_null(dir);
	assert_int_equal(open_fds(), fds + 1); /* the spare queue's way to /proc */
	for (int i = LBL_EV_CHANGED; i <= LBL_EV_ERROR; i++)
		assert_int_equal(w.told.events[i], 0);
	end(&w);
}

static void exclusions_are_entries_left_out(void **state)
{
	struct world w = {0};
	struct lbl_dir *dir;

	begin(&w, 0);
	assert_int_equal(lbl_relabel_exclude(w.rl, at("/etc/ssh")), 0);
	dir = open_dir(&w, "/etc");
	assert_int_equal(lbl_dir_entry(dir, "ssh"), 0);
	assert_int_equal(w.calls, 0);
	assert_int_equal(lbl_dir_entry(dir, "passwd"), 1);
	assert_string_equal(label_of("/etc/ssh"), "");
	lbl_dir_free(dir);
	end(&w);
	assert_int_equal(w.told.count.excluded, 1);
}

/* Mounts that were there, and one that came later. */
static void mounts_are_left_alone(void **state)
{
	struct world w = {0};
	struct lbl_dir *dir;

	run_shell("cd '%s'/etc && mkdir before after && touch fbefore fafter", tree);
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(at("/victim"), at("/etc/before"), NULL, MS_BIND, NULL) < 0)
		skip(); /* needs root */
	assert_int_equal(mount(at("/victim/file"), at("/etc/fbefore"), NULL, MS_BIND, NULL), 0);
	begin(&w, LBL_FORCE);
	assert_int_equal(mount(at("/victim"), at("/etc/after"), NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(at("/victim/file"), at("/etc/fafter"), NULL, MS_BIND, NULL), 0);
	dir = open_dir(&w, "/etc");
	assert_int_equal(lbl_dir_entry(dir, "before"), 0);
	assert_int_equal(lbl_dir_entry(dir, "fbefore"), 0);
	assert_int_equal(w.calls, 2);
	assert_int_equal(lbl_dir_entry(dir, "after"), 0);
	assert_int_equal(lbl_dir_entry(dir, "fafter"), 0);
	assert_string_equal(label_of("/victim"), "");
	assert_string_equal(label_of("/victim/file"), "");
	/* where the mount is gone, the entry counts */
	assert_int_equal(umount2(at("/etc/before"), MNT_DETACH), 0);
	assert_int_equal(lbl_dir_entry(dir, "before"), 1);
	lbl_dir_free(dir);
	end(&w);
	assert_int_equal(w.told.count.excluded, 4);
	for (const char *const *p = (const char *const[]){"/fbefore", "/after", "/fafter", NULL};
	     *p; p++) {
		char path[32];

		snprintf(path, sizeof(path), "/etc%s", *p);
		assert_int_equal(umount2(at(path), MNT_DETACH), 0);
	}
}

/* ---- names exchanged between two calls ---- */

static void replace_by_link(void *user, struct queue_req *req)
{
	run_shell("cd '%s'/etc && ln -sf ../victim/file passwd", tree);
}

static void replace_by_hard_link(void *user, struct queue_req *req)
{
	run_shell("cd '%s'/etc && ln -f ../victim/file passwd", tree);
}

static void take_away(void *user, struct queue_req *req)
{
	assert_int_equal(unlink(at("/etc/passwd")), 0);
}

static void replace_shadow_by_dir(void *user, struct queue_req *req)
{
	run_shell("cd '%s'/etc && rm shadow && mkdir shadow", tree);
}

/* Label @name of /etc with @faults; victim/file must not be touched.  Returns what that said. */
static int attack(struct world *w, const char *name, struct fake_rule *faults, size_t n)
{
	struct lbl_dir *dir;
	int r;

	fresh_tree(NULL);
	set_label("/etc/shadow", "u:object_r:old_t:s0"); /* one that is read before it is written */
	*w = (struct world){0};
	memcpy(w->faults, faults, n * sizeof(*faults));
	begin(w, LBL_SKIP_MULTILINK);
	dir = open_dir(w, "/etc");
	r = lbl_dir_entry(dir, name);
	for (size_t i = 1; i <= n; i++)
		assert_int_equal(w->faults[i].hits, 1);
	lbl_dir_free(dir);
	end(w);
	assert_string_equal(label_of("/victim/file"), "");
	assert_int_equal(w->told.count.changed, 0);
	return r;
}

static void exchanged_names_lead_nowhere(void **state)
{
	struct fake_rule link_in = {
		.op = QUEUE_OPENAT, .name = "passwd", .nth = 1, .before = replace_by_link};
	struct fake_rule dir_in = {
		.op = QUEUE_OPENAT, .name = "shadow", .nth = 1, .before = replace_shadow_by_dir};
	struct fake_rule gone = {
		.op = QUEUE_OPENAT, .name = "passwd", .nth = 1, .before = take_away};
	struct fake_rule hard = {
		.op = QUEUE_OPENAT, .name = "passwd", .nth = 1, .before = replace_by_hard_link};
	struct fake_rule toggled[] = {
		hard, {.op = QUEUE_STATX, .name = "passwd*", .nth = 1, .before = take_away}};
	struct world w;
	int r;

	/* the spec is for every kind: the link itself may be labelled, and nothing else is */
	r = attack(&w, "passwd", &link_in, 1);
	assert_true(r < 0); /* user.* attributes are none for links */
	assert_int_equal(attack(&w, "shadow", &dir_in, 1), -ENOENT);
	assert_int_equal(w.told.count.errors[LBL_CLASS_VANISHED], 1);
	assert_int_equal(attack(&w, "passwd", &gone, 1), -ENOENT);
	assert_int_equal(attack(&w, "passwd", &hard, 1), 0);
	assert_int_equal(w.told.events[LBL_EV_MULTILINK], 1);
	/* linked, opened, taken away, counted: one name, but not this one; though all is root's */
	assert_int_equal(attack(&w, "passwd", toggled, 2), -ENOENT);
	assert_int_equal(w.told.count.errors[LBL_CLASS_VANISHED], 1);
}

static void several_names_are_left_alone(void **state)
{
	struct world w = {0};
	struct lbl_dir *dir;

	assert_int_equal(link(at("/etc/passwd"), at("/etc/passwd-")), 0);
	begin(&w, LBL_SKIP_MULTILINK);
	dir = open_dir(&w, "/etc");
	assert_int_equal(lbl_dir_entry(dir, "passwd"), 0);
	assert_string_equal(label_of("/etc/passwd"), "");
	assert_string_equal(w.told.path, at("/etc/passwd"));
	lbl_dir_free(dir);
	end(&w);
	assert_int_equal(w.told.events[LBL_EV_MULTILINK], 1);

	/* without the flag: by names that nobody else could have made */
	assert_int_equal(chmod(at("/etc"), 0777), 0);
	w = (struct world){0};
	begin(&w, 0);
	dir = open_dir(&w, "/etc");
	assert_int_equal(lbl_dir_entry(dir, "passwd"), 0);
	assert_string_equal(label_of("/etc/passwd"), "");
	lbl_dir_free(dir);
	assert_int_equal(chmod(at("/etc"), 0755), 0);
	dir = open_dir(&w, "/etc");
	assert_int_equal(lbl_dir_entry(dir, "passwd"), 1);
	assert_string_equal(label_of("/etc/passwd"), "u:object_r:etc_t:s0");
	lbl_dir_free(dir);
	end(&w);
	assert_int_equal(w.told.events[LBL_EV_LINK_REFUSED], 1);
}

/* ---- failures ---- */

static void failures_are_told_and_returned(void **state)
{
	static const struct {
		enum queue_op op;
		const char *name;
	} where[] = {
		{QUEUE_GETXATTR_AT, "shadow"},	{QUEUE_STATX, "shadow"},
		{QUEUE_OPENAT, "shadow"},	{QUEUE_GETXATTR_PIN, "shadow"},
		{QUEUE_SETXATTR_PIN, "shadow"},
	};
	static const struct {
		int error;
		enum lbl_class klass;
	} errors[] = {
		{-EIO, LBL_CLASS_OTHER},       {-ENOSPC, LBL_CLASS_NO_SPACE},
		{-EROFS, LBL_CLASS_READ_ONLY}, {-ENOENT, LBL_CLASS_VANISHED},
		{-EACCES, LBL_CLASS_DENIED},   {-EMFILE, LBL_CLASS_OTHER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(where); i++)
		for (size_t k = 0; k < ARRAY_SIZE(errors); k++) {
			struct fake_rule fault = {.op = where[i].op,
						  .name = where[i].name,
						  .nth = 1,
						  .error = errors[k].error};
			struct world w;

			assert_int_equal(attack(&w, "shadow", &fault, 1), errors[k].error);
			assert_int_equal(w.told.count.errors[errors[k].klass], 1);
			assert_int_equal(w.told.events[LBL_EV_ERROR] +
						 w.told.events[LBL_EV_READ_ONLY],
					 errors[k].error == -ENOENT ? 0 : 1);
		}
}

/* ---- many ---- */

static void a_directory_costs_one_descriptor(void **state)
{
	struct lbl_dir *dirs[100];
	struct world w = {0};

	begin(&w, 0);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		dirs[i] = open_dir(&w, "/etc");
		assert_true(lbl_dir_fd(dirs[i]) >= 0);
		lbl_dir_entry(dirs[i], "passwd");
	}
	assert_int_equal(open_fds(), w.fds + ARRAY_SIZE(dirs) + 1);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		lbl_dir_free(dirs[i]);
	assert_null(lbl_dir_free(NULL));
	end(&w);
	assert_int_equal(w.told.count.changed, 1);
}

/* A hand made while there were no descriptors could not write for ever after. */
static void a_crippled_hand_is_not_kept(void **state)
{
	struct hand *good, *crippled, *next;
	struct rlimit limit, none;
	struct world w = {0};
	struct job job;

	begin(&w, 0);
	job = (struct job){.rl = w.rl};
	assert_int_equal(hands_take(&job, &good), 0);
	assert_true(good->worker->queue.proc_fd >= 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(hands_take(&job, &crippled), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(crippled->worker->queue.proc_fd, -1);
	hands_give(crippled);
	assert_int_equal(hands_take(&job, &next), 0);
	assert_true(next->worker->queue.proc_fd >= 0);
	hands_give(next);
	hands_give(good);
	end(&w);
}

struct thread {
	pthread_t id;
	struct lbl_dir *dir;
	unsigned changed;
};

static void *label_all(void *arg)
{
	struct thread *t = arg;
	char name[13];

	for (unsigned i = 0; i < 5 * 200; i++) {
		letters(name, i % 200);
		t->changed += lbl_dir_entry(t->dir, name) == 1;
		(void)lbl_dir_self(t->dir);
	}
	return NULL;
}

static void directories_of_several_threads(void **state)
{
	struct world w = {.cache_max = 1}; /* the harder for the shared states */
	struct thread threads[] = {{0}, {0}, {0}};
	static const char *const rel[] = {"/many", "/side", "/many/below"};

	run_shell("mkdir -p '%s'/many/below", tree);
	for (size_t i = 0; i < ARRAY_SIZE(rel); i++)
		touch_letters(rel[i], 200);
	begin(&w, LBL_SKIP_MULTILINK);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i].dir = open_dir(&w, rel[i]);
		assert_int_equal(pthread_create(&threads[i].id, NULL, label_all, &threads[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		assert_int_equal(pthread_join(threads[i].id, NULL), 0);
		assert_int_equal(threads[i].changed, 200);
		lbl_dir_free(threads[i].dir);
	}
	end(&w);
	assert_int_equal(w.told.count.changed, 603);
	assert_int_equal(w.told.count.entries, 3 * 5 * 200 * 2);
}

static int set_up(void **state)
{
	return rig_set_up(rules_text);
}

static int tear_down(void **state)
{
	return rig_tear_down();
}

static int back_to_user(void **state)
{
	rig_attr = XATTR;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(right_costs_one_call, fresh_tree),
		cmocka_unit_test_setup_teardown(each_kind_is_labelled_itself, fresh_tree,
						back_to_user),
		cmocka_unit_test_setup(side_specs_are_asked_by_the_whole_path, fresh_tree),
		cmocka_unit_test_setup(forgotten_states_are_found_again, fresh_tree),
		cmocka_unit_test_setup(labels_are_those_of_a_walk, fresh_tree),
		cmocka_unit_test_setup(dry_run_writes_nothing, fresh_tree),
		cmocka_unit_test_setup(only_the_type_and_no_customizable_one, fresh_tree),
		cmocka_unit_test_setup(the_directory_itself, fresh_tree),
		cmocka_unit_test_setup(the_root_itself, fresh_tree),
		cmocka_unit_test_setup(names_that_are_none, fresh_tree),
		cmocka_unit_test_setup(a_directory_the_caller_has_opened, fresh_tree),
		cmocka_unit_test_setup(directories_that_cannot_be, fresh_tree),
		cmocka_unit_test_setup(exclusions_are_entries_left_out, fresh_tree),
		cmocka_unit_test_setup(mounts_are_left_alone, fresh_tree),
		cmocka_unit_test(exchanged_names_lead_nowhere),
		cmocka_unit_test_setup(several_names_are_left_alone, fresh_tree),
		cmocka_unit_test(failures_are_told_and_returned),
		cmocka_unit_test_setup(a_directory_costs_one_descriptor, fresh_tree),
		cmocka_unit_test_setup(a_crippled_hand_is_not_kept, fresh_tree),
		cmocka_unit_test_setup(directories_of_several_threads, fresh_tree),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
