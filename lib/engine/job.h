/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * job: one operand being relabelled; private to the engine.
 *
 * A job is shared by the worker threads; a hand is one worker's own.  A directory held open
 * (dir.c) is a job too, without a walk: whoever calls borrows a hand.
 */
#pragma once

#include "engine/contest.h"
#include "engine/decide.h"
#include "engine/full.h"
#include "engine/hands.h"
#include "engine/known.h"
#include "engine/operand.h"
#include "engine/progress.h"
#include "engine/remote.h"
#include "engine/report.h"
#include "engine/writer.h"
#include "rules/db.h"
#include "tree/bulk.h"
#include "tree/label.h"
#include "tree/links.h"
#include "tree/pin.h"
#include "tree/ring_gate.h"
#include "tree/walk.h"

struct lbl_relabel {
	unsigned flags;
	unsigned threads;
	bool seclabel; /* SELinux is on: mounts that cannot hold labels are left out */
	struct db *db;
	struct decide_rules rules;
	struct report report;
	struct scope scope;
	struct scope excluded; /* of that, what the user left out */
	struct remotes remotes;
	struct operand_root alt_root;
	char *xattr;
	const struct queue_ops *queue_ops; /* where requests are made one by one */
	const struct queue_ops *walk_ops;  /* where they may be batched */
	void *queue_arg;
	struct ring_gate gate;	/* for all rings of all operands */
	struct contest contest; /* which of the two a walk uses to write */
	_Atomic bool stop;
	enum lbl_bulk bulk;
	struct hands hands; /* spare ones, for lbl_dir_*() */
	struct progress progress;
	_Atomic uint64_t next_dir;
	lbl_enter_fn enter;
	lbl_select_fn select;
	void *part_user;
};

/*
 * Labels read at once, a table for each file system: the operand's own, and those on mounts that
 * the walk comes to.  Nothing is ever taken out before the end, so readers need no lock.
 */
struct tables {
	pthread_mutex_t lock; /* one is made at a time */
	struct table *_Atomic first;
	size_t bytes; /* of all of them; under lock */
	unsigned n;   /* tried on the way; under lock */
};

struct job {
	struct lbl_relabel *rl;
	struct operand *op;
	int tree;	      /* > 0: the operand's directory, open; it is not looked for */
	const char *typed;    /* the operand as it was given */
	struct full *full;    /* NULL: whatever fails is tried again (directories held open) */
	struct links *links;  /* NULL: every name of an inode is labelled as it comes */
	struct tables tables; /* of labels read at once */
	int top_error;	      /* why the operand could not be opened as a directory (told); 0 */
	bool image;	      /* `typed` is that of an ext4 that is not mounted */
	bool below;	      /* a mount that the walk of another job came to */
	bool one_mount;	      /* nothing on another mount is written */
	bool alone;	      /* nothing below the operand is meant */
	_Atomic bool apart;   /* names of one inode may be different files by now (overlay) */
	struct known *known;  /* failures told of; NULL: there is one pass only */
	bool again;	      /* a later pass: what is known to have failed is not told again */
	const struct walk_visitor *visitor; /* NULL: that of a relabel; else one thread, one pass */
	bool digests;	 /* directories that need nothing done are known by theirs (sehash.h) */
	bool ask_inodes; /* second pass: d_ino is not to be relied on */
	struct progress *progress; /* NULL: nobody asks (directories held open) */
};

struct hand {
	struct lbl_relabel *rl;
	struct job *job;
	struct walk_worker *worker;
	struct db_reader *reader;
	struct writer *writer;	   /* NULL: labels are written one by one */
	struct lbl_counters count; /* not poured yet: ... */
	uint64_t mnt_id;	   /* ... of entries on this mount */
	struct buf path, set;
	struct buf lookup;   /* the path the rules see of an entry of ... */
	uint64_t lookup_dir; /* ... this directory (its id; 0: none) */
	size_t lookup_len;   /* whose own part is this long */
	unsigned bare;	     /* so many files in a row had no label */
	int outcome; /* of the last entry: 1 changed, 0 nothing to do or left alone, -errno */
	char label[LABEL_MAX + 1];
};

/** One entry at its moment: where it is, what it has, what the rules want. */
struct item {
	struct walk_dir *dir; /* that holds it; for an opened directory: itself */
	const char *name;     /* NULL: `dir` itself */
	const char *path;     /* whole path where it is known already, else NULL */
	enum lbl_kind kind;
	const struct db_spec *spec;
	const char *have; /* NULL: no label */
	size_t have_len;
};

/** Pour what the hand has counted. */
void hand_pour(struct hand *h);
/** visitor calls shared by the passes */
int hand_start(void *user, struct walk_worker *w);
void hand_stop(void *user, struct walk_worker *w);

/**
 * The path of @dir as the rules see it; valid until the hand is asked for another.  NULL: no
 * memory.
 */
const char *job_lookup(struct hand *h, const struct walk_dir *dir);

/**
 * The spec that wins for @name below @dir (NULL: for @dir itself, whose cookie is then set).
 * Return 0 with the spec, or NULL when none matches; -errno (reported by the caller).
 */
int job_spec(struct hand *h, struct walk_dir *dir, const char *name, size_t len, enum lbl_kind kind,
	     const struct db_spec **ret_spec);

/**
 * The same for an entry whose kind is not known.  -EAGAIN: it must be.
 */
int job_spec_all(struct hand *h, struct walk_dir *dir, const char *name, size_t len,
		 const struct db_spec **ret_spec);

/** An event about @it; path is built here. */
void job_event(struct hand *h, const struct item *it, enum lbl_event_type type, const char *want);
/** Something at or below @dir is left out: counted. */
void job_excluded(struct hand *h, const struct walk_dir *dir);
/** Something is left out, told as @type. */
void job_left_out(struct hand *h, const struct item *it, enum lbl_event_type type, const char *why);
/**
 * A failure with @it: counted by class, told unless its mount was told of before.  A later pass
 * does neither for what has failed before.
 */
void job_failed(struct hand *h, const struct item *it, const char *detail, int error);

/** pin_open() of @it; where no descriptor is left, once more without those of the writer. */
int job_pin(struct hand *h, const struct item *it, struct pin *pin);
/** Decide about a pinned inode, and write: the last steps of every way here. */
void job_apply(struct hand *h, const struct item *it, struct pin *pin);

void tables_init(struct tables *tables);
void tables_done(struct tables *tables);
/**
 * Read the labels of the operand's file system at once, if that is wanted and pays.  Return 0 (with
 * or without a table); 1: it was asked for and cannot be (told); -ECANCELED.
 */
int job_bulk_open(struct job *job, const struct pin *pin);
/** The same where a walk has opened the top of another mount.  Blocks; others walk on meanwhile. */
void job_bulk_enter(struct hand *h, struct walk_dir *dir);
/** The table of the file system @dev; NULL: there is none, or not yet. */
const struct bulk *job_bulk_of(const struct job *job, uint64_t dev);
/**
 * Does the table say that inode @ino of device @dev, which is @it, needs nothing done?  False: look
 * where it stands.
 */
bool job_bulk_right(struct hand *h, const struct item *it, uint64_t dev, uint64_t ino);
/**
 * Was the subdirectory that @e names found right with all below it?  Then that is counted, and it
 * needs no visit.
 */
bool job_bulk_clean(struct hand *h, const struct walk_entry *e);
/** @set was written to @it, which @pin holds, or could not be (@r < 0): counted and told. */
void job_written(struct hand *h, const struct item *it, const struct pin *pin, const char *set,
		 int r);

/** Take what label_read_*() into h->label returned; false when it was a failure (told). */
bool job_have_label(struct hand *h, struct item *it, int len);
/** Label one entry by name (kinds other than an opened directory). */
void job_entry(struct hand *h, const struct walk_entry *e);
/**
 * The same for a name whose kind, and whether it is there, nobody asked yet; something mounted
 * there is left out.
 */
void job_name(struct hand *h, struct walk_dir *dir, const char *name);
/** Label the operand alone; @it lacks its spec and label only, @pin holds it. */
void job_alone(struct hand *h, struct item *it, struct pin *pin);
/** Label an opened directory, whose trust is noted.  Return 1 to go on below, 0 not to. */
int job_dir(struct hand *h, struct walk_dir *dir);

/**
 * walk_visitor.failed() of every pass: told, counted; of the top, noted in the job as well.
 */
void job_walk_failed(void *user, struct walk_worker *w, const struct walk_dir *dir,
		     const char *name, const char *what, int error);
/** Note how far the way to @dir can be trusted: on entering it, in every pass. */
void job_trust(struct job *job, struct walk_dir *dir);

/**
 * Decide each inode of the table once: complete the table by a walk over the names, then label.
 * @options are those of the first pass.  Return as walk_run(); a failure that was told is 0.
 */
int job_multilink(struct job *job, const struct walk_options *options);

/** Does the caller mean the directory @name below @dir, or anything below it? */
bool job_enters(struct hand *h, struct walk_dir *dir, const char *name);
/** Does he mean @it, which @pin holds and which needs another label?  False: a failure, too (told).
 */
bool job_selects(struct hand *h, const struct item *it, const struct pin *pin);

/** walk_visitor.want() of the first pass: is this subdirectory to be opened?  (told if not) */
int job_want(void *user, struct walk_worker *w, const struct walk_entry *e);
/** Is an entry left out, since a walk meets it at another path, too? */
bool job_met_elsewhere(const struct job *job, const struct scope_node *scope);
/** Is there no room for labels in the directory's file system?  What is mounted below may have. */
bool job_is_full(const struct job *job, const struct walk_dir *dir);
/** Why an opened directory, and all below it, is left alone; NULL: it is not. */
const char *job_guarded(const struct job *job, const struct walk_dir *dir, bool *ret_tell);

/** All of the way of the operand @job->typed; the rest of @job is as the caller wants it. */
int job_run(struct job *job);
/** walk_run(), with failures of the top, which the visitor told, taken for done. */
int job_walk(struct job *job, const struct walk_options *options);
/** An operand that could not be opened: told and counted.  Return 0, or -ENOMEM. */
int job_operand_failed(struct job *job, int error);
/** An operand that is left out although it was asked for: told and counted as a failure. */
void job_operand_refused(struct job *job, const char *why);
/** An operand that is left out: told and counted. */
void job_operand_excluded(struct job *job, const char *why);
