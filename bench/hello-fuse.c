/* SPDX-License-Identifier: MIT */
/*
 * The least that a FUSE file system can do: one file, /hello, whose text is a constant. It is mounted as utracefs mounts itself (the same
 * libfuse, direct I/O, names and attributes kept for ever, no flush), so that a difference is the work of the server. Argument: where; stays in the foreground.
 */
#define FUSE_USE_VERSION 35

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define HELLO_INO 2
#define FOREVER_S 1e8

static const char text[] = "0\n";

static void init(void *userdata, struct fuse_conn_info *conn)
{
	conn->want &= ~(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

static int attr_of(fuse_ino_t ino, struct stat *st)
{
	if (ino != FUSE_ROOT_ID && ino != HELLO_INO)
		return ENOENT;
	*st = (struct stat){
		.st_ino = ino,
		.st_mode = ino == HELLO_INO ? S_IFREG | 0444 : S_IFDIR | 0555,
		.st_nlink = 1,
	};
	return 0;
}

static void lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = {
		.ino = HELLO_INO,
		.attr_timeout = FOREVER_S,
		.entry_timeout = FOREVER_S,
	};

	if (strcmp(name, "hello") != 0) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	attr_of(HELLO_INO, &entry.attr);
	fuse_reply_entry(req, &entry);
}

static void getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;
	int error = attr_of(ino, &st);

	if (error)
		fuse_reply_err(req, error);
	else
		fuse_reply_attr(req, &st, FOREVER_S);
}

static void open_file(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fuse_open_out out = {.open_flags = FOPEN_DIRECT_IO | FOPEN_NOFLUSH};

	fuse_reply_buf(req, (const char *)&out, sizeof(out));
}

static void read_file(fuse_req_t req, fuse_ino_t ino, size_t size_bytes, off_t off,
		      struct fuse_file_info *fi)
{
	size_t n = off >= (off_t)strlen(text) ? 0 : strlen(text) - (size_t)off;

	fuse_reply_buf(req, text + strlen(text) - n, n < size_bytes ? n : size_bytes);
}

static const struct fuse_lowlevel_ops operations = {
	.init = init,
	.lookup = lookup,
	.getattr = getattr,
	.open = open_file,
	.read = read_file,
};

int main(int argc, char **argv)
{
	char *arguments[] = {argv[0], "-ofsname=hello"};
	struct fuse_args args = FUSE_ARGS_INIT(2, arguments);
	struct fuse_loop_config config = {.clone_fd = 0, .max_idle_threads = 4};
	struct fuse_session *session;
	int ret = 1;

	if (argc != 2)
		return 2;
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	if (session && fuse_session_mount(session, argv[1]) == 0) {
		ret = fuse_session_loop_mt(session, &config) ? 1 : 0;
		fuse_session_unmount(session);
	}
	if (session)
		fuse_session_destroy(session);
	fuse_opt_free_args(&args);
	return ret;
}
