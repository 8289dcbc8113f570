/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status.h"

#include "base/common.h"
#include "relabel/json.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG	    16 /* more wait in their connect(), or get an error */
#define HELLO	    "restored status 1"
#define PATIENCE_MS 10000 /* the daemon may be busy with a scan */
#define ANSWER_MAX  (64u << 20)

double status_rate(struct status_rate *rate, uint64_t events, uint64_t now_ms)
{
	if (rate->since_ms == 0) {
		*rate = (struct status_rate){now_ms, events, 0};
	} else if (now_ms - rate->since_ms >= 1000) {
		rate->per_s =
			(double)(events - rate->events) * 1000 / (double)(now_ms - rate->since_ms);
		rate->since_ms = now_ms;
		rate->events = events;
	}
	return rate->per_s;
}

/* ---- the answer -------------------------------------------------------------------------------
 */

/* What is in memory of us, in bytes. */
static double memory_used(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long all, resident = 0;

	if (f && fscanf(f, "%lu %lu", &all, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static bool add_number(cJSON *obj, const char *key, double n)
{
	return cJSON_AddNumberToObject(obj, key, n);
}

static bool add_counts(cJSON *status, const struct status_counts *c)
{
	cJSON *obj = cJSON_AddObjectToObject(status, "counts");
	const struct {
		const char *key;
		uint64_t n;
	} all[] = {
		{"events", c->events},
		{"relabelled", c->relabelled},
		{"right_already", c->right_already},
		{"vanished", c->vanished},
		{"errors", c->errors},
		{"refused_multilink", c->refused_multilink},
		{"refused_link", c->refused_link},
		{"refused_other", c->refused_other},
		{"customized", c->customized},
		{"overflows", c->overflows},
		{"scans", c->scans},
		{"directories", c->directories},
		{"throttled", c->throttled},
		{"reloads", c->reloads},
		{"logins", c->logins},
		{"remounts", c->remounts},
	};
	bool ok = obj;

	for (size_t i = 0; ok && i < ARRAY_SIZE(all); i++)
		ok = add_number(obj, all[i].key, (double)all[i].n);
	return ok;
}

/* A new object at the end of @list; NULL: out of memory. */
static cJSON *append_object(cJSON *list)
{
	cJSON *obj = cJSON_CreateObject();

	if (obj && !cJSON_AddItemToArray(list, obj)) {
		cJSON_Delete(obj);
		return NULL;
	}
	return obj;
}

static bool add_entries(cJSON *status, const struct status_report *report)
{
	cJSON *list = cJSON_AddArrayToObject(status, "entries");
	bool ok = list;

	for (size_t i = 0; ok && i < report->n_entries; i++) {
		const struct status_entry *e = &report->entries[i];
		cJSON *obj = append_object(list);

		ok = obj && json_add_bytes(obj, "entry", e->text) &&
		     json_add_bytes(obj, "file", e->file) && add_number(obj, "line", e->line) &&
		     json_add_bytes(obj, "back_end", e->back_end) &&
		     add_number(obj, "directories", (double)e->dirs) &&
		     add_number(obj, "relabelled", (double)e->relabelled);
	}
	return ok;
}

static bool add_offenders(cJSON *status, const struct status_report *report)
{
	cJSON *list = cJSON_AddArrayToObject(status, "offenders");
	bool ok = list;

	for (size_t i = 0; ok && i < report->n_offenders; i++) {
		const struct status_offender *o = &report->offenders[i];
		cJSON *obj = append_object(list);

		ok = obj && json_add_bytes(obj, "directory", o->dir) &&
		     add_number(obj, "relabelled", (double)o->relabelled) &&
		     json_add_bytes(obj, "program", o->comm) && add_number(obj, "pid", o->pid);
	}
	return ok;
}

struct cJSON *status_to_json(const struct status_report *report)
{
	cJSON *status = cJSON_CreateObject();

	if (status && add_number(status, "pid", getpid()) &&
	    add_number(status, "uptime_s", (double)report->uptime_s) &&
	    cJSON_AddBoolToObject(status, "selinux_enabled", report->selinux_enabled) &&
	    json_add_bytes(status, "config", report->config) &&
	    json_add_bytes(status, "rules", report->rules) &&
	    json_add_bytes(status, "rules_digest", report->rules_digest) &&
	    add_number(status, "memory", memory_used()) &&
	    add_number(status, "waiting", (double)report->waiting) &&
	    add_number(status, "events_per_s", report->events_per_s) &&
	    add_counts(status, report->counts) && add_entries(status, report) &&
	    add_offenders(status, report))
		return status;
	cJSON_Delete(status);
	return NULL;
}

/* ---- the daemon's end -------------------------------------------------------------------------
 */

static int address(struct sockaddr_un *ret_address, const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	strcpy(a.sun_path, path);
	*ret_address = a;
	return 0;
}

static int new_socket(int flags)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);

	return fd < 0 ? -errno : fd;
}

/* Remove a socket that nobody listens at. */
static int remove_stale(const struct sockaddr_un *a)
{
	struct stat st;
	int r, fd;

	if (lstat(a->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EADDRINUSE;
	fd = new_socket(SOCK_NONBLOCK);
	if (fd < 0)
		return fd;
	r = connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 ? 0 : -errno;
	close(fd);
	if (r != -ECONNREFUSED && r != -EPROTOTYPE)
		return -EADDRINUSE;
	return unlink(a->sun_path) < 0 ? -errno : 0;
}

int status_listen(const char *path)
{
	struct sockaddr_un a;
	mode_t mask;
	int fd, r = address(&a, path);

	if (r == 0)
		r = remove_stale(&a);
	if (r < 0)
		return r;
	fd = new_socket(SOCK_NONBLOCK);
	if (fd < 0)
		return fd;
	mask = umask(0177); /* there is no moment when others could connect */
	r = bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
	umask(mask);
	if (r == 0 && listen(fd, BACKLOG) < 0)
		r = -errno;
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

/* Is the other end root, or us? */
static bool is_friend(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       (who.uid == 0 || who.uid == geteuid());
}

/* The answer as a file that cannot be changed any more. */
static int answer_file(const struct status_report *report)
{
	cJSON *status = status_to_json(report);
	int r = -ENOMEM, fd = memfd_create("restored-status", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	FILE *f = fd < 0 ? NULL : fdopen(dup(fd), "w");

	if (f && status)
		r = json_print(f, status);
	if (f && fclose(f) != 0)
		r = -ENOMEM;
	cJSON_Delete(status);
	if (r == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		r = -errno;
	if (r == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return r;
}

static void hand_over(int to, int file)
{
	char hello[] = HELLO;
	struct iovec iov = {hello, sizeof(hello) - 1};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &file, sizeof(int));
	/* who asked and went away does not want to know */
	(void)sendmsg(to, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void status_answer(int listen_fd, const struct status_report *report)
{
	int file, fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return; /* gone again */
	file = is_friend(fd) ? answer_file(report) : -EPERM;
	if (file >= 0) {
		hand_over(fd, file);
		close(file);
	}
	close(fd);
}

/* ---- who asks ---------------------------------------------------------------------------------
 */

/* The descriptor in the message, or -errno. */
static int take_over(int from)
{
	char hello[sizeof(HELLO)];
	struct iovec iov = {hello, sizeof(hello)};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct pollfd p = {.fd = from, .events = POLLIN};
	struct cmsghdr *c;
	ssize_t n;
	int fd;

	if (poll(&p, 1, PATIENCE_MS) == 0)
		return -ETIMEDOUT;
	n = recvmsg(from, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return n == 0 ? -EPERM : -EPROTO;
	memcpy(&fd, CMSG_DATA(c), sizeof(int));
	if (n == sizeof(HELLO) - 1 && memcmp(hello, HELLO, (size_t)n) == 0)
		return fd;
	close(fd);
	return -EPROTO;
}

static int parse_file(int fd, cJSON **ret_status)
{
	struct stat st;
	char *text;
	cJSON *status;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > ANSWER_MAX)
		return -EPROTO;
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return -errno;
	status = cJSON_ParseWithLength(text, (size_t)st.st_size);
	munmap(text, (size_t)st.st_size);
	if (!cJSON_IsObject(status)) {
		cJSON_Delete(status);
		return -EPROTO;
	}
	*ret_status = status;
	return 0;
}

static int ask(const char *path, cJSON **ret_status)
{
	struct sockaddr_un a;
	int fd, file, r = address(&a, path);

	if (r < 0)
		return r;
	fd = new_socket(0);
	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		file = -errno;
	else
		file = is_friend(fd) ? take_over(fd) : -EPERM;
	close(fd);
	if (file < 0)
		return file;
	r = parse_file(file, ret_status);
	close(file);
	return r;
}

int status_show(const char *path, bool json)
{
	cJSON *status = NULL;
	int r = ask(path, &status);

	if (r == 0 && json)
		r = json_print(stdout, status);
	else if (r == 0)
		status_print(stdout, status);
	cJSON_Delete(status);
	if (r == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = -EIO;
	if (r == -ENOENT || r == -ECONNREFUSED)
		fprintf(stderr, "restored: not running: nobody answers at %s\n", path);
	else if (r < 0)
		fprintf(stderr, "restored: no status from %s: %s\n", path, strerror(-r));
	return r < 0;
}
