/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status: `relabel status`, what files would be labelled by on this machine, and who does it.
 */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/common.h"
#include "colour.h"
#include "hex.h"
#include "json.h"
#include "lbl-rules.h"
#include "policy.h"
#include "safe.h"

#define DAEMON_SOCKET "/run/restored.sock"

struct status {
	const char *name;
	const char *root; /* of the system asked about; NULL: this one */
	struct lbl_policy *policy;
	struct lbl_rules *rules;	      /* NULL: unusable */
	const char *selinux;		      /* "enforcing", ...; NULL with a root, as is daemon */
	const char *file;		      /* base file of the rules */
	const char *compiled;		      /* form in use, or NULL */
	const char *daemon;		      /* "running", ... */
	char digest[HEX_SIZE(LBL_SHA1_SIZE)]; /* "": not known */
	int error;			      /* why the rules are unusable */
};

static const char help[] =
	"Usage: relabel status [OPTION...]\n"
	"Is SELinux on, which rules are files labelled by, is their compiled "
	"form up to date, does\n"
	"restored run?\n\n"
	"      --root DIR         of the system whose top is DIR: its rules alone\n"
	"      --policy-root DIR  the policy in DIR (as /etc/selinux/targeted)\n"
	"  -j, --json             one object\n"
	"      --color WHEN       show in colour: auto (on a terminal), always, never\n"
	"  -h, --help             this text\n";

static const char *selinux_state(struct lbl_policy *policy)
{
	struct lbl_status now;

	if (!lbl_policy_enabled(policy))
		return "disabled";
	if (lbl_policy_status(policy, &now) < 0)
		return "enabled";
	return now.enforcing ? "enforcing" : "permissive";
}

/* Only whether somebody listens: `restored --status` asks for more. */
static const char *daemon_state(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = DAEMON_SOCKET};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	switch (error) {
	case 0:
	case EAGAIN: return "running"; /* others wait before us */
	case ENOENT:
	case ECONNREFUSED: return "not running";
	default: return "unknown";
	}
}

static void digest(struct status *s)
{
	unsigned char sum[LBL_SHA1_SIZE];

	if (lbl_rules_digest(s->rules, sum) == 0)
		hex_text(sum, sizeof(sum), s->digest);
}

static void look(struct status *s)
{
	struct lbl_rules_options ro = {
		.size = sizeof(ro),
		.diag = command_diag,
		.user = (void *)s->name,
		.compiled_dir = LBL_COMPILED_DIR,
	};

	if (!s->root) {
		s->selinux = selinux_state(s->policy);
		s->daemon = daemon_state();
	}
	ro.root = lbl_policy_root(s->policy);
	s->file = ro.path = lbl_policy_file_contexts(s->policy);
	s->error = lbl_rules_open(&s->rules, &ro);
	if (s->error < 0)
		return;
	s->compiled = lbl_rules_compiled(s->rules);
	digest(s);
}

static void put_key(const char *key)
{
	colour_put(stdout, colour_on(stdout), COLOUR_HEADING, key);
	printf("%*s", 10 - (int)strlen(key), "");
}

static void show_files(const struct status *s)
{
	struct lbl_rules_file f;
	const char *key = "rules";
	size_t pos = 0;

	while (lbl_rules_next_file(s->rules, &pos, &f) > 0) {
		put_key(key);
		safe_printf(stdout, "%s (%zu %s%s%s)\n", f.path, f.entries,
			    f.role <= LBL_FILE_SUBS ? "substitution" : "spec",
			    f.entries == 1 ? "" : "s",
			    f.upstream_bin ? ", from upstream's compiled form" : "");
		key = "";
	}
}

static void show_text(const struct status *s)
{
	if (s->selinux) {
		put_key("SELinux");
		puts(s->selinux);
	}
	if (s->error < 0) {
		put_key("rules");
		safe_printf(stdout, "%s: ", s->file);
		colour_put(stdout, colour_on(stdout), COLOUR_ERROR, strerror(-s->error));
		putchar('\n');
	}
	if (s->rules)
		show_files(s);
	if (*s->digest) {
		put_key("digest");
		puts(s->digest);
	}
	if (s->rules) {
		put_key("compiled");
		safe_printf(stdout, "%s\n",
			    s->compiled ? s->compiled
					: "no form that agrees with the rules (relabel compile)");
	}
	if (s->daemon) {
		put_key("restored");
		puts(s->daemon);
	}
}

static bool add_files(cJSON *array, struct lbl_rules *rules)
{
	struct lbl_rules_file f;
	size_t pos = 0;

	while (lbl_rules_next_file(rules, &pos, &f) > 0) {
		cJSON *item = cJSON_CreateObject();

		if (!item || !cJSON_AddItemToArray(array, item)) {
			cJSON_Delete(item);
			return false;
		}
		if (!json_add_bytes(item, "file", f.path) ||
		    !cJSON_AddNumberToObject(item, "entries", (double)f.entries))
			return false;
	}
	return true;
}

static int show_json(const struct status *s)
{
	cJSON *all = cJSON_CreateObject();
	bool good = all && json_add_bytes(all, "selinux", s->selinux) &&
		    json_add_bytes(all, "restored", s->daemon) &&
		    json_add_bytes(all, "rules", s->file) &&
		    cJSON_AddBoolToObject(all, "usable", s->rules != NULL) &&
		    json_add_bytes(all, "digest", *s->digest ? s->digest : NULL) &&
		    json_add_bytes(all, "compiled", s->compiled);
	cJSON *files = good ? cJSON_AddArrayToObject(all, "files") : NULL;
	int r = files && (!s->rules || add_files(files, s->rules)) ? json_print(stdout, all)
								   : -ENOMEM;

	cJSON_Delete(all);
	return r;
}

static int run(struct status *s, const char *policy_root, bool json)
{
	struct policy_from from = {
		.root = s->root,
		.policy_root = s->root ? policy_root : policy_root_wanted(policy_root),
	};
	_cleanup_free_ char *error = NULL;
	int r = policy_find(&from, &s->policy, &error);

	if (r < 0) {
		command_error(s->name, "%s", error ? error : strerror(-r));
		return COMMAND_ERROR;
	}
	look(s);
	if (!json)
		show_text(s);
	else if (show_json(s) < 0)
		return command_no_memory(s->name);
	return s->rules ? COMMAND_OK : COMMAND_NOT_WELL;
}

int command_status(int argc, char **argv)
{
	enum { POLICY_ROOT = 0x100, ROOT };
	static const struct option longs[] = {
		{"policy-root", required_argument, NULL, POLICY_ROOT},
		{"root", required_argument, NULL, ROOT},
		{"json", no_argument, NULL, 'j'},
		COMMAND_COLOUR_OPTION,
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct status s = {.name = argv[0]};
	const char *policy_root = NULL;
	bool json = false;
	int c, status;

	while ((c = command_option(argc, argv, ":jh", longs)) != -1) {
		switch (c) {
		case POLICY_ROOT: policy_root = optarg; break;
		case ROOT: s.root = policy_root_taken(optarg); break;
		case 'j': json = true; break;
		case 'h': colour_help(stdout, help); return COMMAND_OK;
		default: return COMMAND_ERROR;
		}
	}
	if (optind < argc) {
		command_error(s.name, "no argument is taken, not '%s'", argv[optind]);
		return COMMAND_ERROR;
	}
	status = run(&s, policy_root, json);
	lbl_rules_free(s.rules);
	lbl_policy_free(s.policy);
	return status;
}
