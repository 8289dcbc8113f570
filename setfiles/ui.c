/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ui.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/common.h"
#include "records.h"
#include "relabel/policy.h"
#include "relabel/safe.h"
#include "screen.h"

/* One line being put together; lines too long for memory are cut rather than lost. */
struct line {
	FILE *to, *f;
	bool colour;
	char *text;
	size_t len;
};

static bool line_open(struct line *l, FILE *to)
{
	l->to = to;
	l->colour = colour_on(to);
	l->f = open_memstream(&l->text, &l->len);
	return l->f != NULL;
}

/* Whole lines only, however many threads speak. */
static void line_write(struct line *l)
{
	putc_unlocked('\n', l->f);
	if (fclose(l->f) == 0)
		screen_write(l->to, l->text, l->len);
	free(l->text);
}

static bool data_only;

void ui_data_only(void)
{
	data_only = true;
}

/* Where lines go that are no errors. */
static FILE *said(void)
{
	return data_only ? stderr : stdout;
}

void ui_say(const char *fmt, ...)
{
	struct line l;
	va_list ap;

	if (!line_open(&l, said()))
		return;
	va_start(ap, fmt);
	safe_vprintf(l.f, fmt, ap);
	va_end(ap);
	line_write(&l);
}

void ui_say_after(enum colour colour, const char *lead, const char *fmt, ...)
{
	struct line l;
	va_list ap;

	if (!line_open(&l, said()))
		return;
	colour_put(l.f, l.colour, colour, lead);
	va_start(ap, fmt);
	safe_vprintf(l.f, fmt, ap);
	va_end(ap);
	line_write(&l);
}

void ui_say_with(void (*put)(FILE *f, bool on, const void *what), const void *what)
{
	struct line l;

	if (!line_open(&l, said()))
		return;
	put(l.f, l.colour, what);
	line_write(&l);
}

static _printf_(3, 0) void complain(const struct ui *ui, enum colour colour, const char *fmt,
				    va_list ap)
{
	struct line l;

	fflush(stdout);
	if (!line_open(&l, stderr))
		return;
	colour_prefix(l.f, l.colour, colour, ui->prefix);
	safe_vprintf(l.f, fmt, ap);
	line_write(&l);
}

void ui_error(const struct ui *ui, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(ui, COLOUR_ERROR, fmt, ap);
	va_end(ap);
}

void ui_warning(const struct ui *ui, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(ui, COLOUR_WARNING, fmt, ap);
	va_end(ap);
}

void ui_diag(void *user, const struct lbl_diag *diag)
{
	struct ui *ui = user;

	if (diag->severity == LBL_INFO)
		ui_say("%s", diag->text);
	else if (diag->severity == LBL_WARNING)
		ui_warning(ui, "%s", diag->text);
	else
		ui_error(ui, "%s", diag->text);
}

static void log_change(const struct lbl_event *ev)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	fputs(ev->have ? "relabeling " : "labeling ", f);
	safe_put(f, ev->path);
	if (ev->have) {
		fputs(" from ", f);
		safe_put(f, ev->have);
	}
	fputs(" to ", f);
	safe_put(f, ev->want);
	if (fclose(f) == 0)
		syslog(LOG_INFO, "%s\n", text);
	free(text);
}

static void say_change(const struct ui *ui, const struct lbl_event *ev)
{
	struct line l;

	if (!line_open(&l, said()))
		return;
	fputs(ui->dry_run ? "Would relabel " : "Relabeled ", l.f);
	colour_put(l.f, l.colour, COLOUR_PATH, ev->path);
	fputs(" from ", l.f);
	colour_put_context(l.f, l.colour, COLOUR_OLD, ev->have ? ev->have : "<no context>",
			   ev->want);
	fputs(" to ", l.f);
	colour_put_context(l.f, l.colour, COLOUR_NEW, ev->want, ev->have);
	line_write(&l);
}

static void changed(const struct ui *ui, const struct lbl_event *ev)
{
	if (ui->args->print0)
		screen_write(stdout, ev->path, strlen(ev->path) + 1);
	else if (ui->verbose)
		say_change(ui, ev);
}

void ui_outside(const struct ui *ui, const char *path)
{
	char *text;

	if (ui->args->who == SETFILES) { /* in upstream's words */
		ui_error(ui, "%s is not located in alt_rootpath %s", path, ui->alt_root);
		return;
	}
	text = policy_outside(ui->alt_root, path);
	ui_error(ui, "%s", text ? text : path);
	free(text);
}

static void operand_failed(const struct ui *ui, const struct lbl_event *ev)
{
	const char *why = strerror(-ev->error);

	if (strcmp(ev->detail, "resolve") == 0)
		ui_error(ui, "SELinux: Could not get canonical path for %s restorecon: %s.",
			 ev->path, why);
	else if (strcmp(ev->detail, "alternate root") == 0)
		ui_outside(ui, ev->path);
	else if (ev->other && strcmp(ev->other, ev->path) != 0)
		ui_error(ui, "open(%s) failed: %s (%s)", ev->path, why, ev->other);
	else
		ui_error(ui, "open(%s) failed: %s", ev->path, why);
}

/* Without /proc, a label is read and set through a descriptor that such files do not have. */
static const char *reason(int error)
{
	if (error == -ENOSYS && access("/proc/self/fd", X_OK) < 0)
		return "/proc is not mounted, and this is neither a file nor a directory";
	return strerror(-error);
}

static void failed(const struct ui *ui, const struct lbl_event *ev)
{
	const char *why = reason(ev->error);
	char line[32];

	if (ev->klass == LBL_CLASS_OPERAND) {
		operand_failed(ui, ev);
		return;
	}
	if (strcmp(ev->detail, "open") == 0 || strcmp(ev->detail, "stat") == 0) {
		ui_error(ui, "Could not %s %s: %s.", ev->detail, ev->path, why);
	} else if (strcmp(ev->detail, "read directory") == 0) {
		ui_error(ui, "Could not read directory %s: %s.", ev->path, why);
	} else if (strcmp(ev->detail, "read context") != 0 &&
		   strcmp(ev->detail, "set context") != 0) {
		ui_error(ui, "Could not %s %s: %s", ev->detail, ev->path, why);
	} else if (ev->klass == LBL_CLASS_INVALID && ev->want) {
		snprintf(line, sizeof(line), "%u", ev->spec_line);
		ui_error(ui, "Could not set context for %s:  %s (%s from %s line %s)", ev->path,
			 why, ev->want, ev->spec_file, line);
	} else if (ev->klass == LBL_CLASS_UNSUPPORTED) {
		ui_error(ui, "Could not set context for %s:  %s (told once for this file system)",
			 ev->path, why);
	} else {
		ui_error(ui, "Could not set context for %s:  %s", ev->path, why);
	}
}

static void bulk(const struct ui *ui, const struct lbl_event *ev)
{
	if (ev->error && ui->bulk_only)
		ui_error(ui, "%s: labels cannot be read in bulk: %s (%s)", ev->path, ev->detail,
			 strerror(-ev->error));
	else if (ui->verbose > 1)
		ui_say(ev->error ? "%s: labels are not read in bulk: %s"
				 : "%s: labels are read in bulk: %s",
		       ev->path, ev->detail);
}

static void say(const struct ui *ui, const struct lbl_event *ev)
{
	switch (ev->type) {
	case LBL_EV_CHANGED: changed(ui, ev); break;
	case LBL_EV_CUSTOMIZED:
		if (ui->verbose)
			ui_say("%s not reset as customized by admin to %s", ev->path, ev->have);
		break;
	case LBL_EV_NO_SPEC:
		ui_say_after(COLOUR_WARNING, "Warning", " no default label for %s", ev->path);
		break;
	case LBL_EV_MATCHED: ui_say("%s matched by %s", ev->path, ev->want); break;
	case LBL_EV_READ_ONLY:
		ui_say("Read only filesystem, relabel not possible: %s", ev->path);
		break;
	case LBL_EV_MULTILINK: ui_say("Skipping %s: file has multiple links", ev->path); break;
	case LBL_EV_LINK_REFUSED:
		ui_say("Skipping %s: file has multiple links, and this one is where others can "
		       "make links",
		       ev->path);
		break;
	case LBL_EV_CONFLICT:
		ui_warning(ui, "conflicting specifications for %s and %s, using %s.", ev->path,
			   ev->other, ev->want);
		if (ui->conflict_error)
			ui_error(ui, "treating conflicting specifications as an error.");
		break;
	case LBL_EV_CYCLE: ui_warning(ui, "Directory cycle on %s.", ev->path); break;
	case LBL_EV_EXCLUDED:
		if (ui->verbose)
			ui_say("Skipping %s: %s", ev->path, ev->detail);
		break;
	case LBL_EV_FULL:
		ui_error(ui, "%s: no room for its label: %s; nothing more is tried there", ev->path,
			 ev->detail);
		break;
	case LBL_EV_LEFT_OUT: ui_warning(ui, "%s: not entered: %s", ev->path, ev->detail); break;
	case LBL_EV_UNCHANGED: ui_say("Skipping restorecon on directory(%s)", ev->path); break;
	case LBL_EV_NO_DIGEST:
		ui_warning(ui, "Could not set digest on %s: %s", ev->path, strerror(-ev->error));
		break;
	case LBL_EV_ERROR: failed(ui, ev); break;
	case LBL_EV_BULK: bulk(ui, ev); break;
	}
}

void ui_event(void *user, const struct lbl_event *ev)
{
	struct ui *ui = user;
	bool tell = ev->type != LBL_EV_ERROR || ev->klass != LBL_CLASS_INVALID ||
		    refused_note(&ui->refused, ev) || ui->args->json;

	if (ev->type == LBL_EV_ERROR || ev->type == LBL_EV_READ_ONLY)
		failures_note(&ui->failures, ev, tell);
	if (ev->type == LBL_EV_CHANGED && ui->log && !ui->dry_run)
		log_change(ev);
	if (ev->type == LBL_EV_CHANGED && ui->summary)
		summary_note(ui->summary, ev);
	if (!tell)
		return;
	if (!ui->args->json)
		say(ui, ev);
	else if (ev->type != LBL_EV_CHANGED || !ui->summary)
		records_event(ui->args, ev);
}
