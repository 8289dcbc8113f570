/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *socket_name(void)
{
	const char *name = secure_getenv("NOTIFY_SOCKET");

	/* a path, or a name in the abstract name space */
	return name && (name[0] == '/' || name[0] == '@') && name[1] ? name : NULL;
}

bool notify_wanted(void)
{
	return socket_name() != NULL;
}

void notify_send(const char *state)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *name = socket_name();
	size_t len = name ? strlen(name) : 0;
	int fd;

	if (!name || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, name, len);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}
