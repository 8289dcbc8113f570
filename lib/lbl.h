/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * relabel: set the SELinux contexts of files as a policy's file_contexts say.
 *
 * The map of the library, lowest layer first; a file includes its own layer or lower:
 *
 *   base/common      scope-bound release, ownership transfer
 *   base/array       growable arrays
 *   base/alloc       arenas
 *   base/buf         growable strings
 *   base/map         a whole file in memory
 *   base/path        what the text of a path says
 *   base/reopen      what was looked at is opened, and nothing else
 *   base/root        files of another system, whose links lead nowhere else
 *   base/replace     put a file in the place of another at one stroke
 *   base/hash        notice damage and change
 *   base/log         debug lines (LBL_DEBUG=rules,system,tree,engine,all)
 *   rules/kind       what an entry is, from its mode
 *   rules/context    user:role:type[:range], taken apart and put together
 *   rules/spec       one line of file_contexts
 *   rules/subs       path equivalences (.subs_dist, .subs)
 *   rules/diag       what is wrong with rule files
 *   rules/order      which of two specs is the more general one; a file's lines in that order
 *   rules/bin        upstream's compiled form, read and written
 *   rules/source     the set of files that make one rule set, in load order
 *   rules/check      is a path expression valid, and whose is it to judge?
 *   rules/validate   every regex, every context, specs given twice
 *   rules/regex      path expression -> syntax tree
 *   rules/positions  syntax trees -> position automata
 *   rules/side       what is no regular expression, in the hands of PCRE2
 *   rules/stem       where upstream keeps a spec in its tree
 *   rules/trie       the plain bytes specs begin with
 *   rules/cache      deterministic states, in generations of bounded size
 *   rules/subset     one such state in the making
 *   rules/image      a rule set compiled: a mapped file
 *   rules/image_sources  the files a compiled form was made of, then and now
 *   rules/compile    writing it
 *   rules/automaton  all specs as one automaton, made deterministic on demand
 *   rules/trace      every spec that matches a path, or still could
 *   rules/below      has anything changed that decides below a directory?
 *   rules/db         the rule set: path and kind -> context
 *   rules/explain    why a path has its context
 *   analysis/unfold     an automaton of all specs, for questions about all paths at once
 *   analysis/shape      what files can be called
 *   analysis/fence      names a search must not come to
 *   analysis/bag        lists of numbers
 *   analysis/classes    bytes that sets cannot tell apart
 *   analysis/front      the states of a search that no other one beats
 *   analysis/hunt       the shortest path that some specs match and others do not
 *   analysis/pieces     the same, as users see it, before substitutions
 *   analysis/witness    can this spec win?  where?
 *   analysis/fc         refpolicy source, before m4
 *   analysis/lint       what is wrong with rules: one pass for each kind of finding
 *   analysis/align      specs that two rule sets have in common, in the same order
 *   analysis/meet       specs of two rule sets that match the same
 *   analysis/reach      specs that can still win below a directory
 *   analysis/diff       where two rule sets answer differently
 *   system/policy    where a policy lives; what the running kernel accepts
 *   system/status    what the kernel says of changes of its policy
 *   system/customizable  types an administrator may set by hand
 *   tree/ring        an io_uring, or why there is none
 *   tree/ring_gate   whether a run may have any
 *   tree/queue       the system calls of a walk, through exchangeable back ends
 *   tree/queue_ext4  the same answered from an image that is not mounted
 *   tree/ext4_dir    inodes and directories of an ext4
 *   tree/scope       mounts and exclusions as a trie of paths
 *   tree/mounts      the mount table (libmount)
 *   tree/place       what is at a path, and whether only root can change that
 *   tree/twins       directories that mounts show at two paths
 *   tree/probe       does a file system answer?
 *   tree/walk_adapt  how many threads a walk should have
 *   tree/walk        every entry below a directory, in parallel, nothing followed
 *   tree/label       read a label by name
 *   tree/contexts    the few distinct labels of a file system, as small numbers
 *   tree/ranges      many pieces of one device, read in their order and ahead
 *   tree/ext4        labels and names as they lie on disk
 *   tree/btrfs       labels and names among the items of a tree
 *   tree/census      the names of a whole file system, judged without a directory being opened
 *   tree/bulk        the labels of a whole file system, read at once (+ _ext4 _btrfs)
 *   tree/pin         hold one inode, verify it, write its label
 *   tree/links       inodes with several names
 *   engine/decide    have + want -> what to do
 *   engine/trust     who could have made the names on the way to an entry
 *   engine/operand   from a path as typed to (directory descriptor, name)
 *   engine/report    events and counters
 *   engine/job       one operand being relabelled: what its passes share
 *   engine/entry     one directory entry, from its name to its label
 *   engine/hands     what lends callers' threads a reader and a queue
 *   engine/dir       a directory held open, its entries labelled one by one
 *   engine/bulkread  whether an operand's labels are read at once, and what that is good for
 *   engine/full      where there is no room for another label
 *   engine/guard     snapshots and object stores are left alone
 *   engine/remote    mounts that may never answer
 *   engine/plan      which mounts would be entered, and why not
 *   engine/counts    how large trees were the last time
 *   engine/progress  how far a run is, and how far it has to go
 *   engine/contest   which of two ways to write is the cheaper one here
 *   engine/known     failures told of, not to be told of again
 *   engine/writer    labels on their way to the disk, in batches
 *   engine/sehash    directories below which nothing is to be done
 *   engine/digests   which directories have a digest
 *   engine/look      what is at a path, without waiting for anybody
 *   engine/multilink inodes with several names: which of them decides
 *   engine/root      what programs ask of another system's files
 *   engine/relabel   the public face, and the way of one operand through the passes
 *
 * Conventions: negative errno for errors; outputs are named ret_x and untouched on failure;
 * options structs start with their size and a zeroed one is valid but for that; objects are opaque
 * with _new/_free or _open/_free, and _free(NULL) is fine and returns NULL.  The library neither
 * prints nor exits.  One object may be used by one thread at a time unless its functions say more.
 *
 *	struct lbl_rules_options ro = { .size = sizeof(ro), .path = "/etc/.../file_contexts" };
 *	struct lbl_rules *rules;
 *	struct lbl_match m;
 *
 *	r = lbl_rules_open(&rules, &ro);
 *	r = lbl_rules_lookup(rules, "/etc/passwd", LBL_REG, &m);
 *	if (r > 0)
 *		puts(m.context);
 *	lbl_rules_free(rules);
 */
#ifndef LBL_H
#define LBL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* all else in the library is hidden */
#pragma GCC visibility push(default)

/** "1.2.3" */
const char *lbl_version(void);

/** What a spec or a query is about; the values are those of upstream's compiled format. */
enum lbl_kind {
	LBL_ANY = 0, /* a spec for every kind; a query whose kind is not known */
	LBL_DIR = 1,
	LBL_CHR = 2,
	LBL_BLK = 3,
	LBL_SOCK = 4,
	LBL_FIFO = 5,
	LBL_LNK = 6,
	LBL_REG = 7,
};

/** The kind of an st_mode; LBL_ANY for none of the seven. */
enum lbl_kind lbl_kind_of_mode(mode_t mode);
/** "regular-file" and so on, as in messages; "wildcard" for LBL_ANY. */
const char *lbl_kind_name(enum lbl_kind kind);

/* ---- rules ---------------------------------------------------------------------------------- */

enum lbl_severity {
	LBL_ERROR,
	LBL_WARNING,
	LBL_INFO,
};

/** Something to say about a rule file.  Valid during the callback only. */
struct lbl_diag {
	enum lbl_severity severity;
	const char *file;
	unsigned line;	  /* 0: the file as a whole */
	const char *text; /* one line in upstream's wording, "FILE:  line N has ..." */
};

typedef void (*lbl_diag_fn)(void *user, const struct lbl_diag *diag);

/**
 * May files carry @context?  Return 1 yes, 0 no, <0 cannot tell (taken for yes).  A canonical form
 * that differs is stored malloc'ed in @ret_canonical, else NULL.
 */
typedef int (*lbl_check_fn)(void *user, const char *context, char **ret_canonical);

enum {
	LBL_RULES_VALIDATE = 1 << 0, /* compile every regex, check every context, find duplicates */
	LBL_RULES_BASE_ONLY = 1 << 1, /* leave .homedirs, .local and drop-ins out */
	LBL_RULES_TEXT = 1 << 2,      /* read the texts, even if they stand compiled; so do VALIDATE
					 and whatever needs all of their bytes */
};

struct lbl_rules_options {
	size_t size;
	const char *path;	  /* the base file; its companions are found beside it */
	unsigned flags;		  /* LBL_RULES_* */
	lbl_diag_fn diag;	  /* may be NULL */
	lbl_check_fn check;	  /* with LBL_RULES_VALIDATE; NULL: contexts need the form only */
	void *user;		  /* for diag */
	void *check_user;	  /* for check */
	size_t cache_max;	  /* bytes of automaton states kept; 0: the default (10 MiB) */
	const char *compiled_dir; /* look for a compiled form here, too; NULL: beside path only */
	/* another base file, whose companions are taken instead of those beside path; no compiled
	   form is used then */
	const char *companions_of;
	/*
	 * The top of another system whose rules these are; path (and companions_of) must be below
	 * it by the text, and links in it lead where they would there.  compiled_dir does not
	 * count: it is this machine's.  NULL or "/": none.
	 */
	const char *root;
};

/** Where root's tools keep compiled forms that do not stand beside their sources. */
#define LBL_COMPILED_DIR "/var/cache/relabel"

struct lbl_rules;

/**
 * Read a rule set.  All errors of all files are given to diag before this returns; but without
 * LBL_RULES_VALIDATE regexes are parsed when a path comes near them, and an invalid one is told
 * then, once, by the lookup that meets it (its spec never matches).  diag must not use the rule
 * set.
 *
 * Return 0, or -errno (-EINVAL for a malformed file).  lbl_rules_lookup() is thread-safe.
 */
int lbl_rules_open(struct lbl_rules **ret_rules, const struct lbl_rules_options *options);
struct lbl_rules *lbl_rules_free(struct lbl_rules *rules);

/** Strings belong to the rule set. */
struct lbl_match {
	const char *context; /* raw; NULL for <<none>> */
	const char *regex;   /* path expression of the winning spec, as written */
	const char *file;
	unsigned line;
	enum lbl_kind kind; /* of the spec */
};

/**
 * The winner for @path, normalised and substituted first.
 *
 * Return 1 and fill @ret_match (context NULL: the winner says <<none>>), 0 when no spec matches
 * (@ret_match untouched), -EINVAL for an empty path, another -errno when the answer is unknown.
 */
int lbl_rules_lookup(struct lbl_rules *rules, const char *path, enum lbl_kind kind,
		     struct lbl_match *ret_match);

/**
 * Each spec that has won no lookup of a relabel run with LBL_TRACK_UNUSED: regexes in rule order,
 * then literals.  @pos starts at 0.  Return 1 item, 0 end, -ENOMEM.
 */
int lbl_rules_next_unused(struct lbl_rules *rules, size_t *pos, struct lbl_match *ret_match);

/* ---- the system's policy -------------------------------------------------------------------- */

struct lbl_policy_options {
	size_t size;
	/*
	 * A policy's own directory, as /etc/selinux/targeted; NULL: the one /etc/selinux/config
	 * names.
	 */
	const char *policy_root;
	/*
	 * The top of another system, which is mounted or unpacked there: without policy_root it is
	 * that system's policy, which ROOT/etc/selinux/config names; links in it lead where they
	 * would there, also if policy_root is below it by the text.  NULL or "/": none.
	 */
	const char *root;
};

struct lbl_policy;

/**
 * Return 0 or -errno.  With a root and no policy_root: -ENOENT: there is no config, and the
 * default, "targeted", is missing as well; -EINVAL: SELINUXTYPE is no name of a directory;
 * -ENOTDIR, -EXDEV and so on as for lbl_root_open().
 */
int lbl_policy_open(struct lbl_policy **ret_policy, const struct lbl_policy_options *options);
struct lbl_policy *lbl_policy_free(struct lbl_policy *policy);

/** Is SELinux enabled in the running kernel (permissive counts)?  Decided once, at open. */
bool lbl_policy_enabled(const struct lbl_policy *policy);
/** Path of the base file of the policy's rules; belongs to the policy. */
const char *lbl_policy_file_contexts(const struct lbl_policy *policy);
/** options.root, if the policy's files are below it, else NULL: what their readers must be told. */
const char *lbl_policy_root(const struct lbl_policy *policy);
/** An lbl_check_fn, @user being the policy: asks the running kernel; -ENOENT when there is none. */
int lbl_policy_check(void *user, const char *context, char **ret_canonical);

/* ---- relabelling ---------------------------------------------------------------------------- */

enum {
	LBL_DRY_RUN = 1 << 0,	      /* write nothing */
	LBL_RECURSE = 1 << 1,	      /* what is below a directory as well */
	LBL_FORCE = 1 << 2,	      /* the whole context, and customizable types too */
	LBL_FORCE_USER_ROLE = 1 << 3, /* user and role as well as type */
	LBL_ONE_MOUNT = 1 << 4,	      /* stay on the operand's mount */
	LBL_IGNORE_MISSING = 1 << 5,  /* what is not there is no error */
	LBL_NO_MOUNT_CHECK = 1 << 6,  /* do not leave out mounts that cannot hold labels */
	LBL_NO_LINK_TABLE = 1 << 7,   /* label an inode with several names under each of them */
	LBL_CONFLICT_ERROR = 1 << 8, /* names of one inode that want different contexts: an error */
	LBL_SKIP_MULTILINK = 1 << 9, /* leave inodes with several names alone */
	LBL_TRACK_UNUSED = 1 << 10,  /* for lbl_rules_next_unused() */
	LBL_REPORT_MATCHES = 1 << 11,  /* an LBL_EV_MATCHED for every entry */
	LBL_RESOLVE_OPERAND = 1 << 12, /* follow links in an operand's directory part */
	LBL_REPORT_CHANGES = 1 << 13,  /* LBL_EV_CHANGED, _CUSTOMIZED; else only counted */
	LBL_REMOTE = 1 << 14,	 /* enter mounts on a network, and FUSE, that a walk comes upon */
	LBL_SNAPSHOTS = 1 << 15, /* and snapshots of btrfs */
	LBL_STORES = 1 << 16,	 /* and object stores, whose files have names elsewhere, too */
	LBL_DIGEST = 1 << 18,	 /* with LBL_RECURSE: leave out directories that a digest says need
				    nothing done (security.sehash), and write digests */
	LBL_DIGEST_RENEW = 1 << 19, /* with LBL_DIGEST: leave none out */
	LBL_PROGRESS = 1 << 17,	    /* estimate each operand, for lbl_relabel_progress() */
};

/** What happened to one path, or could not. */
enum lbl_event_type {
	LBL_EV_CHANGED,	     /* from have to want (with LBL_DRY_RUN: would be) */
	LBL_EV_CUSTOMIZED,   /* left alone: customizable type */
	LBL_EV_NO_SPEC,	     /* an operand itself has no default label */
	LBL_EV_MATCHED,	     /* asked for by LBL_REPORT_MATCHES */
	LBL_EV_READ_ONLY,    /* file system is read-only: not an error */
	LBL_EV_MULTILINK,    /* left alone: several names (LBL_SKIP_MULTILINK) */
	LBL_EV_LINK_REFUSED, /* left alone: several names, here where others could have made it */
	LBL_EV_CONFLICT,     /* names of one inode want different contexts: path, other, want */
	LBL_EV_CYCLE,	     /* a directory that is one of its own parents: not descended */
	LBL_EV_EXCLUDED,     /* left out; detail says why.  An operand, or what nobody would miss */
	LBL_EV_FULL,	     /* no room for a label: detail; nothing more is tried there */
	LBL_EV_LEFT_OUT,     /* a directory left out that might be missed; detail says why */
	LBL_EV_UNCHANGED,    /* a directory left out by LBL_DIGEST */
	LBL_EV_NO_DIGEST,    /* a directory's digest could not be written: not an error */
	LBL_EV_ERROR,	     /* op failed with error */
	LBL_EV_BULK, /* labels are read at once (detail: where from), or with an error: are not
			(detail: why); told of operands for which that was tried */
};

/** Classes of failures; programs map them to exit codes. */
enum lbl_class {
	LBL_CLASS_OPERAND,     /* an operand that could not be opened */
	LBL_CLASS_VANISHED,    /* gone, or become another kind, while we looked: not an error */
	LBL_CLASS_READ_ONLY,   /* not an error */
	LBL_CLASS_UNSUPPORTED, /* the file system keeps no labels */
	LBL_CLASS_DENIED,
	LBL_CLASS_NO_SPACE,
	LBL_CLASS_INVALID, /* the kernel does not accept the context */
	LBL_CLASS_CONFLICT,
	LBL_CLASS_OTHER,
	LBL_CLASSES
};

struct lbl_event {
	enum lbl_event_type type;
	const char *path;  /* as the user would name it; any bytes but NUL */
	const char *other; /* LBL_EV_CONFLICT: the other name */
	const char *have;  /* current context; NULL: none */
	const char *want;
	const char *detail; /* what was tried ("open", "read directory", ...) or why */
	const char *regex;  /* winning spec, its file and line, where there is one */
	const char *spec_file;
	unsigned spec_line;
	int error;	      /* negative errno or 0 */
	enum lbl_class klass; /* LBL_EV_ERROR */
};

/** Called from several threads at once; strings are valid during the call only. */
typedef void (*lbl_event_fn)(void *user, const struct lbl_event *event);

struct lbl_counters {
	uint64_t files;	  /* entries that have a spec */
	uint64_t entries; /* all entries seen */
	uint64_t directories;
	uint64_t changed;
	uint64_t customized;
	uint64_t errors[LBL_CLASSES];
	uint64_t excluded;
	uint64_t links_refused;
	uint64_t bulk; /* of `files`: found right without a look at the file itself */
};

/** Reading the labels of a whole file system at once: ext4, or a subvolume of btrfs. */
enum lbl_bulk {
	LBL_BULK_AUTO, /* where an operand is the top of one, it can be done, and what is on disk
			  is what files have */
	LBL_BULK_OFF,
	LBL_BULK_ONLY, /* for every operand that is a directory; where it cannot be done, fail */
};

/** How labels are written. */
enum lbl_io {
	LBL_IO_AUTO,  /* by what is measured on the way: the cheaper of the two */
	LBL_IO_SYNC,  /* a system call each; and no io_uring for anything else */
	LBL_IO_URING, /* in batches through io_uring, where there is one; else as LBL_IO_SYNC */
};

/**
 * Is something meant at the directory @dir, below an operand, or below it?  Called from several
 * threads at once, as the next one; paths are those that the rules see.
 */
typedef bool (*lbl_enter_fn)(void *user, const char *dir);

/**
 * Is this entry meant, which has not the label it should have?  @fd holds it, and is for fstat()
 * only.  An inode with several names is, if it is by one of them.
 */
typedef bool (*lbl_select_fn)(void *user, const char *path, enum lbl_kind kind, int fd);

struct lbl_relabel_options {
	size_t size;
	unsigned flags;		   /* LBL_* above */
	struct lbl_rules *rules;   /* borrowed */
	struct lbl_policy *policy; /* borrowed; for customizable types and enabled; may be NULL */
	/*
	 * The top of another system: taken off paths before lookup, and with LBL_RESOLVE_OPERAND
	 * links lead where they would there; operands must be below it.  NULL, "" or "/": none.
	 */
	const char *alt_root;
	unsigned threads;   /* most worker threads; 0: as many as pay */
	unsigned answer_ms; /* how long a remote mount has to answer; 0: five seconds */
	lbl_event_fn event;
	void *user;
	enum lbl_bulk bulk;
	const char *xattr;     /* name of the attribute; NULL: "security.selinux" (tests) */
	const void *queue_ops; /* private: back end of the walk (tests); NULL: plain system calls */
	void *queue_arg;       /* private */
	enum lbl_io io;	       /* with LBL_RECURSE; it changes speed, and nothing else */
	/*
	 * Where sizes of trees are remembered from run to run (LBL_COUNTS_FILE); NULL: nowhere.
	 * They serve estimates and nothing else.  It is written after a whole tree whose file
	 * system does not tell its size, if it has counts_least entries (0: 65,536); not with
	 * LBL_DRY_RUN, exclusions, or an alternate root.
	 */
	const char *counts;
	uint64_t counts_least;
	/* which part of the tree is meant; NULL: all of it */
	lbl_enter_fn enter;
	lbl_select_fn select;
	void *part_user; /* for both */
};

#define LBL_COUNTS_FILE LBL_COMPILED_DIR "/counts"

struct lbl_relabel;

int lbl_relabel_new(struct lbl_relabel **ret_relabel, const struct lbl_relabel_options *options);
struct lbl_relabel *lbl_relabel_free(struct lbl_relabel *relabel);

/**
 * Leave out @path (absolute) and what is below it; with LBL_RESOLVE_OPERAND by its resolved name,
 * too.  Return 0, -EINVAL when relative, -errno.
 */
int lbl_relabel_exclude(struct lbl_relabel *relabel, const char *path);

/**
 * Label one operand, and with LBL_RECURSE what is below it.  Blocks until done.
 *
 * Remote mounts it lies on are asked first whether they answer, in a child process and for
 * options.answer_ms at most; with LBL_REMOTE those below, too.
 *
 * Failures in the tree are events and counters, not the return value.  Return 0 (look at the
 * counters), -ECANCELED after lbl_relabel_stop(), or -errno when the run itself could not go on.
 */
int lbl_relabel_path(struct lbl_relabel *relabel, const char *path);
/** The same without what is below a directory, LBL_RECURSE or not. */
int lbl_relabel_entry(struct lbl_relabel *relabel, const char *path);

/** The attribute security.sehash of a directory. */
struct lbl_digest {
	const char *path;
	const unsigned char *value;
	size_t len;
	bool match;   /* it is that of the rules */
	bool deleted; /* it was to be */
	int error;    /* and could not: negative errno */
};

enum {
	LBL_DIGEST_MAX = 64, /* longer ones are not told of */
	LBL_DIGESTS_DELETE = 1 << 0,
	LBL_DIGESTS_DELETE_STALE = 1 << 1, /* those that do not match */
};

/** Return 0 to go on. */
typedef int (*lbl_digest_fn)(void *user, const struct lbl_digest *digest);

/**
 * Tell of the digest of the directory @path, and with LBL_RECURSE of those below it that a run
 * would enter, one after the other; @flags may ask for them to be deleted (not with LBL_DRY_RUN).
 * Labels nothing; failures are events.  Strings are valid during the call only.
 *
 * Return 0; what @fn returned, @relabel being of no more use then; -errno.
 */
int lbl_relabel_digests(struct lbl_relabel *relabel, const char *path, unsigned flags,
			lbl_digest_fn fn, void *user);

/**
 * The same for the directory @fd, which the caller has opened and keeps, and which is to be
 * labelled as if it were at @path (absolute): nothing on the way there is looked at.  It may be the
 * top of a mount that is nowhere in the tree of names, such as open_tree(2) makes.  Only the mount
 * it is on is gone through, and what is mounted at or below @path elsewhere does not count;
 * exclusions do.
 *
 * Return as above; -EINVAL: @path is not absolute.
 */
int lbl_relabel_tree(struct lbl_relabel *relabel, const char *path, int fd);

/**
 * Compare the labels in an image of an ext4 that is not mounted, a file or a block device, with the
 * rules; the image's top is "/".  With LBL_DRY_RUN only, else -EROFS.  Exclusions and mounts do not
 * count.  What is damaged, or kept in a way that is not read, is a failure in the tree.  Blocks.
 * Returns as lbl_relabel_path(); the image may hold anything.
 */
int lbl_relabel_image(struct lbl_relabel *relabel, const char *path);

/** What a run would do with a mount. */
struct lbl_plan_mount {
	const char *path, *type, *source;
	const char *skip; /* why it is left out; NULL: it is entered */
	bool read_only;	  /* nothing can be set there */
	uint64_t inodes;  /* in use; 0: unknown (btrfs, remote), or left out */
	bool tell;	  /* with skip: somebody might expect that it is entered */
};

/** Return 0 to go on. */
typedef int (*lbl_plan_fn)(void *user, const struct lbl_plan_mount *mount);

/**
 * Tell of the mount @path lies on, and with LBL_RECURSE of each mount below it, a mount after the
 * one it is on.  Labels nothing.  Strings are valid during the call only.  Return 0; what @fn
 * returned; -errno.
 */
int lbl_relabel_plan(struct lbl_relabel *relabel, const char *path, lbl_plan_fn fn, void *user);

/**
 * The absolute path that LBL_RESOLVE_OPERAND makes of @path, malloc'ed: links in its directory part
 * are followed, as far as it exists; the last component is kept.  @root: as alt_root above.  Return
 * 0; -EINVAL for an empty path; -EXDEV: not below @root; -errno.
 */
int lbl_resolve_operand(const char *root, const char *path, char **ret_path);

/** End a running lbl_relabel_path() soon.  Async-signal-safe, any thread. */
void lbl_relabel_stop(struct lbl_relabel *relabel);

/** Sums over all operands so far; may be called while a run is going on, from any thread. */
void lbl_relabel_counters(const struct lbl_relabel *relabel, struct lbl_counters *ret_counters);

/**
 * Raise the soft limit of open files to the hard one, for the whole process: a deep tree may need
 * a descriptor for each level.  Return 0 or -errno.
 */
int lbl_raise_fd_limit(void);

/**
 * How many inodes are in use on the mounts a run over "/" would label; 0 where nothing says so
 * (btrfs, or SELinux off).  For the percentages that upstream's setfiles shows.
 */
uint64_t lbl_relabel_estimate(const struct lbl_relabel *relabel);

/** What a run is doing with its operand. */
enum lbl_step {
	LBL_STEP_NONE,
	LBL_STEP_BULK,	/* reading all labels of a file system */
	LBL_STEP_LABEL, /* going through the tree */
	LBL_STEP_LINKS, /* going through names again, for inodes with several */
};

/** How far a run is with the operand of now, or the last one. */
struct lbl_progress {
	enum lbl_step step;
	uint64_t entries, expected; /* expected: by estimate, never less than entries; 0: unknown */
	/* where it is: a directory it came to a moment ago, and the mount that is on; "" at first
	 */
	uint64_t mount_entries, mount_expected;
	char mount[256], path[4096]; /* longer ones are cut */
};

/**
 * May be called while a run is going on, from one other thread.  Estimates are those of inodes in
 * use, or, where the file system does not say (btrfs), or the operand is a part of one, what was
 * counted the last time; without LBL_PROGRESS there are none.
 */
void lbl_relabel_progress(struct lbl_relabel *relabel, struct lbl_progress *ret_progress);

/* ---- another system's files ---------------------------------------------------------------------
 *
 * @root is its top, a directory here; "/" or NULL: this system.  Files are named as they are seen
 * here, with the root in front: @path must be at or below it by the text, else -EXDEV.  Links lead
 * where they would in that system, so none leads out of it, whoever owns it and whatever he changes
 * meanwhile.  Thread-safe.
 */

/**
 * As open(2); O_CLOEXEC is added.  Below a root nothing but regular files and directories is opened
 * without O_PATH (-EINVAL).  Return a descriptor or -errno.
 */
int lbl_root_open(const char *root, const char *path, int flags, mode_t mode);

/** As realpath(3); the result has @root in front as it was named, made clean.  Return 0 or -errno.
 */
int lbl_root_path(const char *root, const char *path, char **ret_path);

enum { LBL_LOOK_SELF = 1 << 0 }; /* a link as the last component is not followed */

/**
 * What is at @path, without waiting for anybody: a mount that may never answer (remote, FUSE,
 * automount) is not touched, and what of @path comes after it is taken by its text.
 *
 * @ret_path  as lbl_root_path(); malloc'ed
 * @ret_kind  LBL_ANY: it lies on such a mount, and was not looked at
 * Return 0; -ENOENT; another -errno.
 */
int lbl_look(const char *root, const char *path, unsigned flags, char **ret_path,
	     enum lbl_kind *ret_kind);

/** What @path is called in that system, by the text alone; malloc'ed.  Return 0 or -errno. */
int lbl_root_inside(const char *root, const char *path, char **ret_inside);

/* ---- mounts
 * --------------------------------------------------------------------------------------
 */

/** A mount of the calling process's namespace that can be reached. */
struct lbl_mount {
	const char *path, *type, *source; /* while it is told of; "" for what it has not */
	int id;				  /* as STATX_MNT_ID */
	bool remote;  /* on a network, or served by a program: it may never answer */
	bool by_user; /* FUSE, by somebody else than root: he decides whether it answers */
	bool autofs;  /* whatever is looked for on it, may be mounted */
	bool read_only;
	const char *root; /* what of its file system it shows: "/" for all */
};

/** Return 0 to go on. */
typedef int (*lbl_mount_fn)(void *user, const struct lbl_mount *mount);

/**
 * Tell of each mount, one after that which it is on; of several at one path the topmost comes last.
 * None is touched.  @mountinfo: NULL, or another file than /proc/self/mountinfo.
 *
 * Return 0; what @fn returned; -EINVAL: malformed; -errno.
 */
int lbl_mounts(const char *mountinfo, lbl_mount_fn fn, void *user);

/* ---- single entries, again and again: what a daemon does ---------------------------------------
 */

/** A directory held open, to label entries of it by name. */
struct lbl_dir;

/**
 * Open the directory @path: absolute, and no link in any component.  @relabel, whose options and
 * event callback count, must outlive it; LBL_RECURSE and LBL_RESOLVE_OPERAND are without effect.
 * Exclusions must be given before; mounts are those there were at lbl_relabel_new().
 *
 * Rules and events know the directory by @path, wherever it is moved later.  It costs one
 * descriptor and little more than its path.  No event tells of a failure.
 *
 * Return 0; -EINVAL: not absolute; -ELOOP or -ENOTDIR (a link or no directory on the way), another
 * -errno; -EXDEV: left out (a mount that cannot hold labels, an exclusion), or not below the
 * alternate root.
 */
int lbl_dir_open(struct lbl_dir **ret_dir, struct lbl_relabel *relabel, const char *path);
/**
 * The same for a directory that the caller has opened, @fd, by a way of his own; it is at @path,
 * and @fd stays his.  What is mounted above the mount it is on does not count here.  -EINVAL
 * without LBL_SKIP_MULTILINK.
 */
int lbl_dir_open_fd(struct lbl_dir **ret_dir, struct lbl_relabel *relabel, const char *path,
		    int fd);
struct lbl_dir *lbl_dir_free(struct lbl_dir *dir);

/** Its descriptor (O_RDONLY); belongs to the directory. */
int lbl_dir_fd(const struct lbl_dir *dir);

/**
 * Label the entry @name of @dir itself: nothing below it, no link followed, nothing on another
 * mount; an inode with several names is left alone with LBL_SKIP_MULTILINK (without it, the trust
 * in this name is that of the time of opening).  One system call when its label is right already,
 * two where the rules depend on its kind.  What happens is told by the event callback of the
 * relabel; an entry without a default label is no event.
 *
 * Return 1 changed, 0 nothing to do or left alone, -ENOENT gone or exchanged meanwhile, another
 * -errno (told).  Not told: -EINVAL when @name is no name of an entry, -ENOMEM.  One thread at a
 * time for one directory; different directories may be used by different threads.
 */
int lbl_dir_entry(struct lbl_dir *dir, const char *name);

/** Label the directory itself; as lbl_dir_entry(), and LBL_EV_NO_SPEC is told. */
int lbl_dir_self(struct lbl_dir *dir);

/* ---- changes of the policy ----------------------------------------------------------------------
 */

/** What the kernel says of itself: selinuxfs's status page. */
struct lbl_status {
	bool enforcing;
	uint32_t policy_loads; /* counts up */
};

/**
 * Read the status page.  Return 0; -ENOENT where there is none (SELinux off, old kernels); -ENOTSUP
 * when it is no such page; -EAGAIN when the kernel does not finish a change of it; another -errno.
 * Thread-safe; two reads of an open file.
 */
int lbl_policy_status(struct lbl_policy *policy, struct lbl_status *ret_status);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif
