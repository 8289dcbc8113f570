/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "system/policy.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "base/log.h"
#include "base/path.h"
#include "base/root.h"

#define SELINUXFS_MAGIC 0xf97cff8cu
#define CONFIG_MAX	(1u << 20)
#define DEFAULT_TYPE	"targeted"
/* selinuxfs transactions are limited to one page; longer contexts are refused by the kernel too */
#define CONTEXT_MAX 4096

static const struct policy_places system_places = {
	.config = "/etc/selinux/config",
	.selinux = "/etc/selinux",
	.selinuxfs = "/sys/fs/selinux",
};

int policy_parse_config(const char *text, size_t len, char **ret_type)
{
	static const char tag[] = "SELINUXTYPE=";
	const char *type = DEFAULT_TYPE;
	size_t type_len = strlen(DEFAULT_TYPE);
	const char *end = text + len;
	char *copy;

	for (const char *line = text; line < end;) {
		const char *eol = memchr(line, '\n', (size_t)(end - line));
		const char *stop = eol ? eol : end;

		while (line < stop && isspace((unsigned char)*line))
			line++;
		if ((size_t)(stop - line) >= strlen(tag) &&
		    strncasecmp(line, tag, strlen(tag)) == 0) {
			line += strlen(tag);
			while (line < stop && isspace((unsigned char)*line))
				line++;
			while (stop > line && (isspace((unsigned char)stop[-1]) ||
					       iscntrl((unsigned char)stop[-1])))
				stop--;
			type = line;
			type_len = (size_t)(stop - line);
		}
		line = eol ? eol + 1 : end;
	}
	copy = strndup(type, type_len);
	if (!copy)
		return -ENOMEM;
	*ret_type = copy;
	return 0;
}

static bool is_enabled(const struct policy_places *places)
{
	struct statfs fs;
	struct statvfs vfs;

	if (statfs(places->selinuxfs, &fs) < 0 || (unsigned)fs.f_type != SELINUXFS_MAGIC)
		return false;
	if (statvfs(places->selinuxfs, &vfs) < 0 || (vfs.f_flag & ST_RDONLY))
		return false;
	return access(places->config, F_OK) == 0;
}

static char *join(const char *top, const char *path)
{
	char *out;

	return asprintf(&out, "%s%s", top, path) < 0 ? NULL : out;
}

/* Does @type lead from /etc/selinux to a directory in it?  Another system's may lead anywhere. */
static bool is_name(const char *type)
{
	return *type && !strchr(type, '/') && strcmp(type, ".") != 0 && strcmp(type, "..") != 0;
}

/* What the config of the system at @top (NULL: this one) says.  -ENOENT: it says nothing. */
static int read_type(const struct policy_places *places, const char *top, char **ret_type)
{
	_cleanup_free_ char *config = join(top ? top : "", places->config);
	struct map m = {0};
	int missing = config ? root_map(&m, top, config, CONFIG_MAX) : -ENOMEM, r;

	if (missing < 0 && (missing != -ENOENT || !config))
		return missing;
	r = policy_parse_config(m.len ? m.data : "", m.len, ret_type);
	map_done(&m);
	return r < 0 ? r : missing;
}

static int system_root(const struct policy_places *places, const char *top, char **ret_root)
{
	_cleanup_free_ char *type = NULL, *root = NULL;
	struct stat st;
	int missing = read_type(places, top, &type), r;

	if (missing < 0 && missing != -ENOENT)
		return missing;
	if (top && !is_name(type))
		return -EINVAL;
	if (asprintf(&root, "%s%s/%s", top ? top : "", places->selinux, type) < 0) {
		root = NULL;
		return -ENOMEM;
	}
	if (top && missing) { /* all that speaks for the default is that it is there */
		r = root_stat(top, root, &st);
		if (r < 0)
			return r;
	}
	*ret_root = TAKE_PTR(root);
	return 0;
}

/* Whose policy is it, and where? */
static int find(struct lbl_policy *p, const struct lbl_policy_options *o,
		const struct policy_places *places)
{
	_cleanup_(buf_done) struct buf top = {0}, dir = {0};
	bool is_top = !o->root || path_is_top(o->root);
	int r = is_top ? 0 : path_clean(o->root, &top);

	if (r == 0 && o->policy_root)
		r = path_clean(o->policy_root, &dir);
	if (r < 0)
		return r;
	if (!is_top && (!o->policy_root || path_below(dir.data, top.data)))
		p->top = TAKE_PTR(top.data);
	if (!o->policy_root)
		return system_root(places, p->top, &p->root);
	p->root = strdup(o->policy_root);
	return p->root ? 0 : -ENOMEM;
}

static int fill(struct lbl_policy *p, const struct lbl_policy_options *o,
		const struct policy_places *places)
{
	_cleanup_free_ char *custom = NULL;
	int r = find(p, o, places);

	if (r < 0)
		return r;
	if (asprintf(&p->file_contexts, "%s/contexts/files/file_contexts", p->root) < 0) {
		p->file_contexts = NULL;
		return -ENOMEM;
	}
	if (asprintf(&p->context_node, "%s/context", places->selinuxfs) < 0) {
		p->context_node = NULL;
		return -ENOMEM;
	}
	if (asprintf(&p->status_node, "%s/status", places->selinuxfs) < 0) {
		p->status_node = NULL;
		return -ENOMEM;
	}
	if (asprintf(&custom, "%s/contexts/customizable_types", p->root) < 0) {
		custom = NULL;
		return -ENOMEM;
	}
	p->enabled = is_enabled(places);
	log_debug(LOG_SYSTEM, "policy", "root %s, SELinux %s", p->root, p->enabled ? "on" : "off");
	return customizable_load(&p->customizable, p->top, custom);
}

int policy_open(struct lbl_policy **ret_policy, const struct lbl_policy_options *options,
		const struct policy_places *places)
{
	struct lbl_policy *p = calloc(1, sizeof(*p));
	struct lbl_policy_options o = {0};
	int r;

	if (!p)
		return -ENOMEM;
	if (options) /* of callers built before the struct grew, too */
		memcpy(&o, options, MIN(options->size, sizeof(o)));
	p->status_fd = -1;
	r = fill(p, &o, places ? places : &system_places);
	if (r < 0) {
		lbl_policy_free(p);
		return r;
	}
	*ret_policy = p;
	return 0;
}

int lbl_policy_open(struct lbl_policy **ret_policy, const struct lbl_policy_options *options)
{
	return policy_open(ret_policy, options, NULL);
}

struct lbl_policy *lbl_policy_free(struct lbl_policy *p)
{
	if (p) {
		customizable_done(&p->customizable);
		free(p->root);
		free(p->top);
		free(p->file_contexts);
		free(p->context_node);
		free(p->status_node);
		close_fd(p->status_fd);
		free(p);
	}
	return NULL;
}

bool lbl_policy_enabled(const struct lbl_policy *policy)
{
	return policy->enabled;
}

const char *lbl_policy_file_contexts(const struct lbl_policy *policy)
{
	return policy->file_contexts;
}

const char *lbl_policy_root(const struct lbl_policy *policy)
{
	return policy->top;
}

/* One transaction per open: write the context with its NUL, read back the canonical form. */
int lbl_policy_check(void *user, const char *context, char **ret_canonical)
{
	const struct lbl_policy *p = user;
	_cleanup_close_ int fd = open(p->context_node, O_RDWR | O_CLOEXEC);
	char answer[CONTEXT_MAX + 1];
	size_t len = strlen(context) + 1;
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (write(fd, context, len) < 0)
		return errno == EINVAL || errno == ERANGE ? 0 : -errno;

	*ret_canonical = NULL;
	n = read(fd, answer, CONTEXT_MAX);
	if (n <= 0) /* kernels too old to answer: the context as it is */
		return 1;
	answer[n] = '\0';
	if (strcmp(answer, context) != 0) {
		*ret_canonical = strdup(answer);
		if (!*ret_canonical)
			return -ENOMEM;
	}
	return 1;
}
