/* SPDX-License-Identifier: MIT */
/* A mount's life: the session with the kernel, its threads, and its end. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuse/internal.h"

#define MIN_WORKERS 4

/* libfuse knows one receiver of its messages per process: the mount that is being set up. */
static struct utfs_mount *logging;

static void log_message(enum fuse_log_level level, const char *format, va_list args)
{
	if (logging && level <= FUSE_LOG_ERR) {
		vsnprintf(logging->log, sizeof(logging->log), format, args);
		logging->log[strcspn(logging->log, "\n")] = '\0';
	}
}

/* Text that is too long is cut off. */
static void __attribute__((format(printf, 2, 3)))
explain(char why[UTFS_MOUNT_WHY_BYTES], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, UTFS_MOUNT_WHY_BYTES, format, args);
	va_end(args);
}

int utfs_threads_create(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all;
	sigset_t old;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = -pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ret;
}

/* The session -------------------------------------------------------------------------------------- */

static void init_connection(void *userdata, struct fuse_conn_info *conn)
{
	const unsigned int without = FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_SPLICE_READ |
				     FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE |
				     FUSE_CAP_ASYNC_DIO | FUSE_CAP_WRITEBACK_CACHE |
				     FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_HANDLE_KILLPRIV |
				     FUSE_CAP_FLOCK_LOCKS | FUSE_CAP_POSIX_LOCKS;
	const unsigned int with = FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_READDIRPLUS |
				  FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_IOCTL_DIR;
	struct utfs_mount *mount = userdata;

	conn->want = (conn->want & ~without) | (conn->capable & with);
	/* Each page that is spliced is a request of its own: the data is consumed, nothing may be read ahead. */
	conn->max_readahead = 0;
	mount->keeps_listings = conn->capable & FUSE_CAP_NO_OPENDIR_SUPPORT;
	mount->initialised = true;
}

static const struct fuse_lowlevel_ops operations = {
	.init = init_connection,
	.lookup = utfs_fuse_lookup,
	.getattr = utfs_fuse_getattr,
	.setattr = utfs_fuse_setattr,
	.mknod = utfs_fuse_mknod,
	.mkdir = utfs_fuse_mkdir,
	.unlink = utfs_fuse_unlink,
	.rmdir = utfs_fuse_rmdir,
	.symlink = utfs_fuse_symlink,
	.rename = utfs_fuse_rename,
	.link = utfs_fuse_link,
	.create = utfs_fuse_create,
	.open = utfs_fuse_open,
	.read = utfs_fuse_read,
	.write = utfs_fuse_write,
	.release = utfs_fuse_release,
	.fsync = utfs_fuse_fsync,
	.opendir = utfs_fuse_opendir,
	.readdir = utfs_fuse_readdir,
	.readdirplus = utfs_fuse_readdirplus,
	.statfs = utfs_fuse_statfs,
	.getxattr = utfs_fuse_getxattr,
	.poll = utfs_fuse_poll,
	.ioctl = utfs_fuse_ioctl,
	/* No lists of xattrs, flush, access, forget: without them the kernel need not ask, or asks once. */
};

static int create_session(struct utfs_mount *mount, const struct utfs_mount_options *options,
			  char *why)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	char text[sizeof(options->fuse) + 128];
	int ret = -ENOMEM;

	snprintf(text, sizeof(text), "-odefault_permissions,fsname=utracefs,subtype=%s%s%s",
		 mount->type, options->fuse[0] ? "," : "", options->fuse);
	if (fuse_opt_add_arg(&args, "utracefs") == 0 && fuse_opt_add_arg(&args, text) == 0) {
		mount->session = fuse_session_new(&args, &operations, sizeof(operations), mount);
		ret = mount->session ? 0 : -EINVAL;
	}
	if (ret)
		explain(why, "%s: %s", mount->mountpoint,
			mount->log[0] ? mount->log : strerror(-ret));
	fuse_opt_free_args(&args);
	return ret;
}

/* The kernel's first request. Nobody else may be answered before. */
static int answer_init(struct utfs_mount *mount)
{
	struct fuse_buf buffer = {.mem = NULL};
	int ret;

	do {
		ret = fuse_session_receive_buf(mount->session, &buffer);
		if (ret > 0)
			fuse_session_process_buf(mount->session, &buffer);
	} while (!mount->initialised && (ret > 0 || ret == -EINTR || ret == -EAGAIN));
	free(buffer.mem);
	if (!mount->initialised)
		return ret < 0 ? ret : -ENOTCONN;
	return 0;
}

static int mount_session(struct utfs_mount *mount, const struct utfs_mount_options *options,
			 char *why)
{
	struct utfs_mountinfo info;
	int ret;

	ret = create_session(mount, options, why);
	if (ret)
		return ret;
	if (fuse_session_mount(mount->session, mount->mountpoint)) {
		ret = access("/dev/fuse", R_OK | W_OK) ? -errno : -EIO;
		explain(why, "%s: %s", mount->mountpoint,
			mount->log[0] ? mount->log : "cannot mount");
		return ret;
	}
	if (!mount->is_elsewhere && utfs_mountinfo_find(mount->mountpoint, &info) == 0)
		mount->device = info.device;
	ret = answer_init(mount);
	if (ret)
		explain(why, "%s: %s", mount->mountpoint, strerror(-ret));
	return ret;
}

/*
 * The device number tells our mount from another one at the same place only as long as the file system exists: afterwards
 * the next mount may get it. It does not exist any more when the connection is gone.
 */
void utfs_fuse_detach(struct utfs_mount *mount)
{
	struct pollfd pfd = {.fd = fuse_session_fd(mount->session)};
	struct utfs_mountinfo info;

	if (atomic_exchange(&mount->detached, true))
		return;
	if (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLERR))
		return;
	if (mount->device && utfs_mountinfo_find(mount->mountpoint, &info) == 0 &&
	    info.device == mount->device)
		utfs_mountinfo_detach(mount->mountpoint);
}

/*
 * libfuse unmounts by path, whatever lies there by now. It leaves that alone when its descriptor says that the connection is
 * gone; so the descriptor is made one that says so, which also ends the connection.
 */
static void destroy_session(struct utfs_mount *mount)
{
	int fds[2];

	if (!mount->session)
		return;
	if (mount->device) {
		utfs_fuse_detach(mount);
		if (pipe2(fds, O_CLOEXEC) == 0) {
			close(fds[0]);
			dup2(fds[1], fuse_session_fd(mount->session));
			close(fds[1]);
		}
	}
	fuse_session_unmount(mount->session);
	fuse_session_destroy(mount->session);
}

/* Workers ------------------------------------------------------------------------------------------ */

/* Only where it waits for the next request can a worker be cancelled. */
static int receive(struct utfs_worker *worker)
{
	int ret;

	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	ret = fuse_session_receive_buf(worker->mount->session, &worker->buffer);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return ret;
}

static void *worker_run(void *arg)
{
	struct utfs_worker *worker = arg;
	struct utfs_mount *mount = worker->mount;
	const uint64_t one = 1;
	ssize_t n;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	while (!fuse_session_exited(mount->session)) {
		int ret = receive(worker);

		if (ret > 0)
			fuse_session_process_buf(mount->session, &worker->buffer);
		else if (ret != -EINTR && ret != -EAGAIN)
			break; /* 0: unmounted */
	}
	do {
		n = write(mount->stop_fd, &one, sizeof(one));
	} while (n < 0 && errno == EINTR);
	return NULL;
}

static int start_workers(struct utfs_mount *mount)
{
	long n_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int wanted = MIN_WORKERS;
	int ret = 0;

	if (n_cpus > 0 && (unsigned long)n_cpus > wanted)
		wanted = n_cpus < UTFS_FUSE_MAX_WORKERS ? (unsigned int)n_cpus
							: UTFS_FUSE_MAX_WORKERS;
	while (ret == 0 && mount->n_workers < wanted) {
		struct utfs_worker *worker = &mount->workers[mount->n_workers];

		worker->mount = mount;
		ret = utfs_threads_create(&worker->thread, worker_run, worker);
		/* The first ones serve already. */
		utfs_fuse_lock_take(&mount->lock);
		if (ret == 0)
			mount->n_workers++;
		utfs_fuse_lock_release(&mount->lock);
	}
	/* One is enough to serve, two to be asked by those whom a request waits for. */
	return mount->n_workers >= 2 ? 0 : ret;
}

static void stop_workers(struct utfs_mount *mount)
{
	for (unsigned int i = 0; i < mount->n_workers; i++)
		pthread_cancel(mount->workers[i].thread);
	for (unsigned int i = 0; i < mount->n_workers; i++) {
		pthread_join(mount->workers[i].thread, NULL);
		free(mount->workers[i].buffer.mem);
	}
	mount->n_workers = 0;
}

/* The caller of utfs_mount_run() --------------------------------------------------------------------- */

static int start_threads(struct utfs_mount *mount)
{
	int ret = utfs_park_start(mount);

	if (ret == 0)
		ret = start_workers(mount);
	if (ret == 0)
		ret = utfs_changes_start(mount);
	return ret;
}

/* Workers last: the others' notifications and answers may need them. */
static void stop_threads(struct utfs_mount *mount)
{
	utfs_changes_stop(mount);
	utfs_park_stop(mount);
	stop_workers(mount);
}

static void wait_for_end(struct utfs_mount *mount, int signal_fd)
{
	struct pollfd fds[2] = {
		{.fd = mount->stop_fd, .events = POLLIN},
		{.fd = signal_fd, .events = POLLIN},
	};

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
}

static int prepare(struct utfs_mount *mount, const char *mountpoint, char **path, char *why)
{
	struct stat st;
	int ret;

	ret = utfs_mountinfo_resolve(mountpoint, path);
	if (ret == 0)
		ret = utfs_mountinfo_heal(*path, mount->type);
	if (ret == 0 && stat(*path, &st))
		ret = -errno;
	if (ret == 0 && !S_ISDIR(st.st_mode))
		ret = -ENOTDIR;
	if (ret == -EBUSY)
		explain(why, "%s: already mounted", mountpoint);
	else if (ret)
		explain(why, "%s: %s", mountpoint, strerror(-ret));
	mount->mountpoint = *path;
	return ret;
}

static int apply_options(struct utfs_mount *mount, const struct utfs_mount_options *options)
{
	struct eventfs_attr attr = {.mode = options->mode};

	eventfs_set_owner(mount->fs, options->uid, options->gid);
	if (options->mode == (mode_t)-1)
		return 0;
	return eventfs_setattr(mount->fs, EVENTFS_ROOT_ID, EVENTFS_SET_MODE, &attr);
}

static int serve(struct utfs_mount *mount, const struct utfs_mount_options *options, int signal_fd,
		 void (*ready)(void *), void *ready_arg, char *why)
{
	int ret;

	ret = mount_session(mount, options, why);
	if (ret)
		goto out;
	ret = start_threads(mount);
	if (ret == 0) {
		ready(ready_arg);
		wait_for_end(mount, signal_fd);
	} else {
		explain(why, "cannot start threads: %s", strerror(-ret));
	}
	stop_threads(mount);
out:
	destroy_session(mount);
	utfs_handle_put_all(mount);
	return ret;
}

/* Blocks the signals that end a mount and makes a descriptor of them. */
static int catch_signals(sigset_t *old)
{
	sigset_t ends;
	int fd;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	fd = signalfd(-1, &ends, SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	pthread_sigmask(SIG_BLOCK, &ends, old);
	return fd;
}

static void restore_signals(int fd, const sigset_t *old)
{
	const struct timespec now = {0};
	sigset_t ends;

	/* What ended the mount has had its effect. */
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	while (sigtimedwait(&ends, NULL, &now) > 0)
		;
	pthread_sigmask(SIG_SETMASK, old, NULL);
	close(fd);
}

static int start(struct utfs_mount *mount, const struct utfs_mount_options *options,
		 void (*ready)(void *), void *ready_arg, char *why)
{
	int signal_fd = -1;
	sigset_t old;
	int ret;

	ret = apply_options(mount, options);
	if (ret == 0)
		mount->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ret == 0 && mount->stop_fd < 0)
		ret = -errno;
	if (ret == 0) {
		signal_fd = catch_signals(&old);
		ret = signal_fd < 0 ? signal_fd : 0;
	}
	if (ret) {
		explain(why, "%s", strerror(-ret));
		return ret;
	}
	ret = serve(mount, options, signal_fd, ready, ready_arg, why);
	restore_signals(signal_fd, &old);
	return ret;
}

static void destroy(struct utfs_mount *mount)
{
	if (mount->stop_fd >= 0)
		close(mount->stop_fd);
	logging = NULL;
	utfs_fuse_lock_fini(&mount->lock);
	free(mount);
}

static struct utfs_mount *create(struct eventfs *fs, const struct utfs_mount_ops *ops, void *ctx,
				 const struct utfs_mount_options *options)
{
	struct utfs_mount *mount = calloc(1, sizeof(*mount));

	if (!mount || utfs_fuse_lock_init(&mount->lock)) {
		free(mount);
		return NULL;
	}
	mount->fs = fs;
	mount->ops = ops;
	mount->ctx = ctx;
	mount->type = options->type ? options->type : "utracefs";
	mount->stop_fd = -1;
	utfs_list_init(&mount->handles);
	utfs_list_init(&mount->park.reads);
	utfs_list_init(&mount->park.polls);
	logging = mount;
	fuse_set_log_func(log_message);
	return mount;
}

int utfs_mount_run(struct eventfs *fs, const struct utfs_mount_ops *ops, void *ctx,
		   const char *mountpoint, const struct utfs_mount_options *options,
		   void (*ready)(void *arg), void *ready_arg, char why[UTFS_MOUNT_WHY_BYTES])
{
	struct utfs_mount *mount = create(fs, ops, ctx, options);
	char *path = NULL;
	int ret = -ENOMEM;

	explain(why, "%s", strerror(ENOMEM));
	if (!mount)
		return ret;
	ret = prepare(mount, mountpoint, &path, why);
	if (ret == 0)
		ret = start(mount, options, ready, ready_arg, why);
	destroy(mount);
	free(path);
	return ret;
}

int utfs_mount_serve(struct eventfs *fs, const struct utfs_mount_ops *ops, void *ctx, int fd,
		     const struct utfs_mount_options *options, void (*ready)(void *arg),
		     void *ready_arg, char why[UTFS_MOUNT_WHY_BYTES])
{
	struct utfs_mount *mount = create(fs, ops, ctx, options);
	char path[sizeof("/dev/fd/") + 3 * sizeof(fd)];
	int ret = -ENOMEM;

	explain(why, "%s", strerror(ENOMEM));
	if (mount) {
		/* libfuse's name for a descriptor that is, or will be, mounted. */
		snprintf(path, sizeof(path), "/dev/fd/%d", fd);
		mount->mountpoint = path;
		mount->is_elsewhere = true;
		ret = start(mount, options, ready, ready_arg, why);
		destroy(mount);
	} else {
		close(fd);
	}
	return ret;
}
