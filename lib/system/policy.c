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
#include "base/map.h"

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

static int system_root(const struct policy_places *places, char **ret_root)
{
	_cleanup_free_ char *type = NULL;
	struct map m = {0};
	int r = map_open(&m, AT_FDCWD, places->config, CONFIG_MAX);

	if (r < 0 && r != -ENOENT)
		return r;
	r = policy_parse_config(m.len ? m.data : "", m.len, &type);
	map_done(&m);
	if (r < 0)
		return r;
	return asprintf(ret_root, "%s/%s", places->selinux, type) < 0 ? -ENOMEM : 0;
}

static int fill(struct lbl_policy *p, const char *root, const struct policy_places *places)
{
	_cleanup_free_ char *custom = NULL;
	int r;

	if (root) {
		p->root = strdup(root);
		if (!p->root)
			return -ENOMEM;
	} else {
		r = system_root(places, &p->root);
		if (r < 0)
			return r;
	}
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
	return customizable_load(&p->customizable, custom);
}

int policy_open(struct lbl_policy **ret_policy, const struct lbl_policy_options *options,
		const struct policy_places *places)
{
	struct lbl_policy *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->status_fd = -1;
	r = fill(p, options ? options->policy_root : NULL, places ? places : &system_places);
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
