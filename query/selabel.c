/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "selabel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/common.h"
#include "relabel/binpolicy.h"
#include "relabel/judge.h"
#include "relabel/safe.h"
#include "relabel/streams.h"

/* Return 0, or -errno (told). */
static int choose_judge(struct query_rules *q, const char *where, const char *who)
{
	_cleanup_free_ char *error = NULL;
	struct judge j;
	int r = 0;

	judge_choose(&j, who);
	if (j.who == JUDGE_NONE)
		q->check = judge_form_alone;
	if (j.who == JUDGE_POLICY) {
		q->check = binpolicy_check;
		r = judge_open(&j, NULL, &error);
	}
	if (r < 0)
		safe_printf(stderr, "%s%s\n", where, error ? error : strerror(-r));
	return r;
}

int selabel_open(struct query_rules *q, const char *where, const struct policy_from *from,
		 unsigned flags, const char *who)
{
	int r = choose_judge(q, where, who);

	if (r < 0)
		return r;
	r = query_open(q, from, who ? flags | LBL_RULES_VALIDATE : flags);
	if (r < 0)
		fprintf(stderr, "%s%s\n", where, strerror(-r));
	return r;
}

int selabel_no_answer(const char *name, const char *what, int r)
{
	if (r == 0)
		fprintf(stderr, "ERROR: %s failed to find a valid context.\n", name);
	else if (r == -EINVAL)
		fprintf(stderr, "ERROR: %s failed to validate context, or %s are invalid.\n", name,
			what);
	else
		fprintf(stderr, "%s ERROR: %s\n", name, strerror(-r));
	return QUERY_FAILED;
}

int selabel_backend(const struct query_tool *tool, const char *argv0, const char *name)
{
	static const char *const others[] = {"media", "x", "db", "prop", "service"};

	if (strcasecmp(name, "file") == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcasecmp(name, others[i]) == 0)
			return SELABEL_OTHER_BACKEND;
	safe_printf(stderr, "Unknown backend: %s\n", name);
	query_usage(tool, argv0);
	return SELABEL_NO_BACKEND;
}

int main(int argc, char **argv)
{
	static const struct query_tool *const tools[] = {
		&selabel_lookup_tool, &selabel_best_match_tool, &selabel_partial_match_tool,
		&selabel_digest_tool, &selabel_sehash_tool,
	};
	const char *slash, *name;

	if (argc == 0)
		return QUERY_FAILED;
	slash = strrchr(argv[0], '/');
	name = slash ? slash + 1 : argv[0];
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
		if (strcmp(name, tools[i]->name) == 0)
			return streams_finish(argv[0], tools[i]->run(tools[i], argc, argv),
					      QUERY_FAILED);
	safe_printf(stderr, "%s: not one of the names this program has:\n", name);
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
		fprintf(stderr, "%s\n", tools[i]->name);
	return QUERY_FAILED;
}
