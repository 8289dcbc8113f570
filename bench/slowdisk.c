/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * slowdisk: a disk with latency: a directory with one file, `disk`, which is IMAGE, but each read
 * of it takes its time.
 *
 *	slowdisk [-d MICROSECONDS] [-q DEPTH] IMAGE DIRECTORY
 *	losetup --direct-io=on -f --show DIRECTORY/disk
 *
 * DEPTH reads (64) are answered at the same time, each MICROSECONDS (500) after a thread took it,
 * as long as there are processors to answer them.  What is written is not delayed: a disk has a
 * cache for that.  Runs in the foreground until DIRECTORY is unmounted, or a signal ends it.
 */
#define FUSE_USE_VERSION 312

#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char disk[] = "/disk";
static long delay_us = 500;
static unsigned depth = 64;
static int image = -1;

static void *on_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	conn->max_background = depth;
	conn->congestion_threshold = depth;
	config->direct_io = 1; /* nothing is to be remembered on the way */
	return NULL;
}

static int on_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	if (strcmp(path, "/") == 0) {
		*st = (struct stat){.st_mode = S_IFDIR | 0700, .st_nlink = 2};
		return 0;
	}
	if (strcmp(path, disk) != 0)
		return -ENOENT;
	if (fstat(image, st) < 0)
		return -errno;
	st->st_mode = S_IFREG | 0600;
	return 0;
}

static int on_open(const char *path, struct fuse_file_info *fi)
{
	return strcmp(path, disk) == 0 ? 0 : -ENOENT;
}

static int on_read(const char *path, char *buf, size_t len, off_t at, struct fuse_file_info *fi)
{
	struct timespec ts = {delay_us / 1000000, delay_us % 1000000 * 1000};
	ssize_t n;

	prctl(PR_SET_TIMERSLACK, 1UL); /* of this thread; else 50 us more */
	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
	n = pread(image, buf, len, at);
	return n < 0 ? -errno : (int)n;
}

static int on_write(const char *path, const char *buf, size_t len, off_t at,
		    struct fuse_file_info *fi)
{
	ssize_t n = pwrite(image, buf, len, at);

	return n < 0 ? -errno : (int)n;
}

static int on_fsync(const char *path, int data_only, struct fuse_file_info *fi)
{
	return 0; /* the image needs to survive no crash */
}

static const struct fuse_operations operations = {
	.init = on_init,
	.getattr = on_getattr,
	.open = on_open,
	.read = on_read,
	.write = on_write,
	.fsync = on_fsync,
};

static int serve(const char *directory)
{
	char *words[] = {(char *)"slowdisk", NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, words);
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	struct fuse *fuse = fuse_new(&args, &operations, sizeof(operations), NULL);
	int r = 1;

	if (!fuse || fuse_mount(fuse, directory) < 0)
		goto out;
	if (fuse_set_signal_handlers(fuse_get_session(fuse)) == 0) {
		fuse_loop_cfg_set_clone_fd(config, 1);
		fuse_loop_cfg_set_max_threads(config, depth);
		fuse_loop_cfg_set_idle_threads(config, depth);
		r = fuse_loop_mt(fuse, config) != 0;
		fuse_remove_signal_handlers(fuse_get_session(fuse));
	}
	fuse_unmount(fuse);
out:
	if (fuse)
		fuse_destroy(fuse);
	fuse_loop_cfg_destroy(config);
	fuse_opt_free_args(&args);
	return r;
}

int main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "d:q:")) != -1) {
		if (c == 'd' && atol(optarg) >= 0)
			delay_us = atol(optarg);
		else if (c == 'q' && atoi(optarg) > 0)
			depth = (unsigned)atoi(optarg);
		else
			optind = argc;
	}
	if (optind != argc - 2) {
		fprintf(stderr, "usage: slowdisk [-d MICROSECONDS] [-q DEPTH] IMAGE DIRECTORY\n");
		return 2;
	}
	image = open(argv[optind], O_RDWR | O_CLOEXEC);
	if (image < 0) {
		perror(argv[optind]);
		return 1;
	}
	return serve(argv[optind + 1]);
}
