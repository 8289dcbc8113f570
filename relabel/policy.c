/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *policy_root_wanted(const char *option)
{
	const char *env = option ? NULL : secure_getenv("LBL_POLICY_ROOT");

	return env && *env ? env : option;
}

const char *policy_root_taken(const char *option)
{
	return *option && !option[strspn(option, "/")] ? NULL : option;
}

const char *policy_root_of(const char *root, const char *path)
{
	char *inside;

	if (!root || lbl_root_inside(root, path, &inside) < 0)
		return NULL;
	free(inside);
	return root;
}

/* The policy that the file @spec lies in; malloc'ed, NULL: none. */
static char *policy_of_spec(const char *root, const char *spec)
{
	static const char tail[] = "/contexts/files/";
	char *full = NULL, *slash;
	size_t n = strlen(tail);

	if (lbl_root_path(policy_root_of(root, spec), spec, &full) < 0)
		return NULL;
	slash = strrchr(full, '/');
	if ((size_t)(slash + 1 - full) > n && strncmp(slash + 1 - n, tail, n) == 0) {
		slash[1 - (ptrdiff_t)n] = '\0';
		return full;
	}
	free(full);
	return NULL;
}

static int check_root(const char *root)
{
	struct stat st;

	if (!root)
		return 0;
	if (stat(root, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

static char *why_not(const struct lbl_policy_options *po, int error)
{
	char *text;
	int n;

	if (po->policy_root || !po->root)
		n = asprintf(&text, "the policy in %s cannot be used: %s",
			     po->policy_root ? po->policy_root : "/etc/selinux", strerror(-error));
	else if (error == -ENOENT)
		n = asprintf(&text,
			     "%s: there is no policy in it: etc/selinux/config is missing, and so "
			     "is the default, etc/selinux/targeted",
			     po->root);
	else if (error == -EINVAL)
		n = asprintf(&text, "%s: SELINUXTYPE in etc/selinux/config is no policy's name",
			     po->root);
	else
		n = asprintf(&text, "%s: the policy in it cannot be used: %s", po->root,
			     strerror(-error));
	return n < 0 ? NULL : text;
}

int policy_find(const struct policy_from *from, struct lbl_policy **ret_policy, char **ret_error)
{
	struct lbl_policy_options po = {
		.size = sizeof(po), .policy_root = from->policy_root, .root = from->root};
	char *own = NULL;
	int r = check_root(from->root);

	if (r < 0) {
		if (asprintf(ret_error, "--root %s: %s", from->root, strerror(-r)) < 0)
			*ret_error = NULL;
		return r;
	}
	if (po.policy_root && !*po.policy_root) {
		*ret_error = strdup("--policy-root: the name of the directory is empty");
		return -ENOENT;
	}
	if (!po.policy_root && from->spec)
		po.policy_root = own = policy_of_spec(from->root, from->spec);
	r = lbl_policy_open(ret_policy, &po);
	if (r == -ENOENT && from->spec && !po.policy_root) {
		po.root = NULL;
		r = lbl_policy_open(ret_policy, &po);
	}
	if (r < 0)
		*ret_error = why_not(&po, r);
	free(own);
	return r;
}

void policy_rules(const struct policy_from *from, const struct lbl_policy *policy,
		  struct lbl_rules_options *options)
{
	options->path = from->spec ? from->spec : lbl_policy_file_contexts(policy);
	options->root =
		from->spec ? policy_root_of(from->root, from->spec) : lbl_policy_root(policy);
}

/* Is there a @path, an absolute one, in the system below @root? */
static bool is_inside(const char *root, int len, const char *path)
{
	char *whole;
	int fd = -1;

	if (path[0] != '/' || asprintf(&whole, "%.*s%s", len, root, path) < 0)
		return false;
	fd = lbl_root_open(root, whole, O_PATH | O_NOFOLLOW, 0);
	free(whole);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

char *policy_outside(const char *root, const char *path)
{
	char *text;
	int n = (int)strlen(root);

	while (n > 1 && root[n - 1] == '/')
		n--;
	if ((is_inside(root, n, path)
		     ? asprintf(&text, "%s is not below the root %.*s: did you mean %.*s%s?", path,
				n, root, n, root, path)
		     : asprintf(&text, "%s is not below the root %.*s", path, n, root)) < 0)
		return NULL;
	return text;
}

int policy_inside(const char *root, const char *path, char **ret_inside, char **ret_error)
{
	int r = lbl_root_inside(root, path, ret_inside);

	if (r == -EXDEV)
		*ret_error = policy_outside(root, path);
	else if (r < 0 && asprintf(ret_error, "%s: %s", path, strerror(-r)) < 0)
		*ret_error = NULL;
	return r;
}
