/* SPDX-License-Identifier: MIT */
/*
 * Reads and polls that wait for data, without a thread for each: their requests lie in a list, and one thread, the waiter, tries
 * them again whenever the data sequence has counted up.
 *
 * A read is looked at by the waiter only, from the moment it is in the list until it is answered. An interrupt (a signal to the reader) only
 * marks it: libfuse calls the handler with a lock of the request held, under which it cannot be answered.
 *
 * No wake-up is lost: who adds something compares the data sequence with the one from before it found no data. If data came in between, the
 * waiter may have passed by before the new entry was in the list, so it is kicked.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "fuse/internal.h"

/* A writer killed between its event and its wake-up call is made up for this late. */
#define RETRY_MS 1000

struct parked_read {
	struct utfs_link link; /* under mount->lock */
	fuse_req_t req;
	struct utfs_park_read read;
	atomic_bool interrupted;
};

/* Handles ------------------------------------------------------------------------------------------ */

struct utfs_handle *utfs_handle_create(struct utfs_mount *mount, struct eventfs_file *file,
				       fuse_ino_t ino)
{
	struct utfs_handle *handle = calloc(1, sizeof(*handle));

	if (!handle) {
		eventfs_release(file);
		return NULL;
	}
	handle->mount = mount;
	handle->file = file;
	handle->ino = ino;
	handle->references = 1;
	utfs_list_init(&handle->poll_link);
	utfs_fuse_lock_take(&mount->lock);
	utfs_list_add(&mount->handles, &handle->link);
	utfs_fuse_lock_release(&mount->lock);
	return handle;
}

bool utfs_handle_is_open(struct utfs_mount *mount, fuse_ino_t ino)
{
	bool found = false;

	utfs_fuse_lock_take(&mount->lock);
	for (struct utfs_link *link = mount->handles.next; link != &mount->handles && !found;
	     link = link->next)
		found = UTFS_LIST_OBJECT(link, struct utfs_handle, link)->ino == ino;
	utfs_fuse_lock_release(&mount->lock);
	return found;
}

void utfs_handle_get_locked(struct utfs_mount *mount, struct utfs_handle *handle)
{
	handle->references++;
}

void utfs_handle_put(struct utfs_handle *handle)
{
	struct utfs_mount *mount = handle->mount;
	bool last;

	utfs_fuse_lock_take(&mount->lock);
	last = --handle->references == 0;
	if (last) {
		utfs_list_remove(&handle->link);
		utfs_list_remove(&handle->poll_link);
	}
	utfs_fuse_lock_release(&mount->lock);
	if (!last)
		return;
	if (handle->poll)
		fuse_pollhandle_destroy(handle->poll);
	eventfs_release(handle->file);
	free(handle);
	utfs_busy_released(mount);
}

void utfs_handle_put_all(struct utfs_mount *mount)
{
	for (struct utfs_link *link = mount->handles.next, *next; link != &mount->handles;
	     link = next) {
		next = link->next;
		utfs_handle_put(UTFS_LIST_OBJECT(link, struct utfs_handle, link));
	}
}

/* Reads -------------------------------------------------------------------------------------------- */

static void kick(struct utfs_mount *mount)
{
	mount->ops->data_kick(mount->ctx);
}

/* Called by libfuse with the request's lock held. */
static void read_interrupt(fuse_req_t req, void *data)
{
	struct parked_read *parked = data;

	atomic_store(&parked->interrupted, true);
	kick(parked->read.handle->mount);
}

/* After this read_interrupt() is neither under way nor called again. */
static void read_unhook(const struct parked_read *parked)
{
	fuse_req_interrupt_func(parked->req, NULL, NULL);
}

static void read_free(struct parked_read *parked)
{
	utfs_handle_put(parked->read.handle);
	free(parked);
}

static void read_answer(struct parked_read *parked, const char *buf, ssize_t n)
{
	read_unhook(parked);
	if (n < 0)
		fuse_reply_err(parked->req, (int)-n);
	else
		fuse_reply_buf(parked->req, buf, (size_t)n);
	read_free(parked);
}

int utfs_park_add(fuse_req_t req, const struct utfs_park_read *read, uint32_t seen)
{
	struct utfs_mount *mount = read->handle->mount;
	struct utfs_park *park = &mount->park;
	struct parked_read *parked = calloc(1, sizeof(*parked));
	bool stopping;

	if (!parked)
		return -ENOMEM;
	parked->req = req;
	parked->read = *read;
	/* Before the waiter knows it: afterwards it can be answered, and gone, at any time. */
	fuse_req_interrupt_func(req, read_interrupt, parked);
	utfs_fuse_lock_take(&mount->lock);
	stopping = atomic_load(&park->stopping);
	utfs_handle_get_locked(mount, read->handle);
	if (!stopping) {
		utfs_list_add(&park->reads, &parked->link);
		utfs_fuse_lock_wake(&mount->lock);
		/* One that was interrupted before it was in the list, or data that came before. */
		if (atomic_load(&parked->interrupted) ||
		    mount->ops->data_sequence(mount->ctx) != seen)
			kick(mount);
	}
	utfs_fuse_lock_release(&mount->lock);
	if (stopping) {
		read_unhook(parked);
		read_free(parked);
		return -ENODEV;
	}
	return 0;
}

/* Return: true if it was answered. */
static bool read_retry(struct parked_read *parked)
{
	struct utfs_park_read *read = &parked->read;
	char *buf = NULL;
	ssize_t n = -EINTR;

	if (!atomic_load(&parked->interrupted)) {
		n = -ENOMEM;
		buf = malloc(read->size_bytes ? read->size_bytes : 1);
		if (buf)
			n = eventfs_read(read->handle->file, &read->who, buf, read->size_bytes,
					 read->off);
	}
	if (n != -EAGAIN)
		read_answer(parked, buf, n);
	free(buf);
	return n != -EAGAIN;
}

static void retry_reads(struct utfs_mount *mount)
{
	struct utfs_link work;

	utfs_list_init(&work);
	utfs_fuse_lock_take(&mount->lock);
	utfs_list_move(&mount->park.reads, &work);
	utfs_fuse_lock_release(&mount->lock);
	/* `work` is this thread's own; those that stay go back in their order, before newer ones. */
	for (struct utfs_link *link = work.next, *next; link != &work; link = next) {
		next = link->next;
		utfs_list_remove(link);
		if (!read_retry(UTFS_LIST_OBJECT(link, struct parked_read, link)))
			utfs_list_add(next, link);
	}
	utfs_fuse_lock_take(&mount->lock);
	utfs_list_move(&mount->park.reads, &work);
	utfs_list_move(&work, &mount->park.reads);
	utfs_fuse_lock_release(&mount->lock);
}

static void answer_reads(struct utfs_mount *mount, ssize_t n)
{
	for (;;) {
		struct parked_read *parked = NULL;

		utfs_fuse_lock_take(&mount->lock);
		if (!utfs_list_is_empty(&mount->park.reads)) {
			parked = UTFS_LIST_OBJECT(mount->park.reads.next, struct parked_read, link);
			utfs_list_remove(&parked->link);
		}
		utfs_fuse_lock_release(&mount->lock);
		if (!parked)
			break;
		read_answer(parked, NULL, n);
	}
}

/* Polls -------------------------------------------------------------------------------------------- */

void utfs_park_poll(struct utfs_handle *handle, struct fuse_pollhandle *ph)
{
	struct utfs_mount *mount = handle->mount;
	struct fuse_pollhandle *old;

	utfs_fuse_lock_take(&mount->lock);
	old = handle->poll;
	handle->poll = ph;
	if (!old)
		utfs_list_add(&mount->park.polls, &handle->poll_link);
	utfs_fuse_lock_wake(&mount->lock);
	utfs_fuse_lock_release(&mount->lock);
	if (old)
		fuse_pollhandle_destroy(old);
}

void utfs_park_poll_done(struct utfs_handle *handle, uint32_t seen)
{
	struct utfs_mount *mount = handle->mount;

	if (mount->ops->data_sequence(mount->ctx) != seen)
		kick(mount);
}

/* Who waits asks again after this, and the next poll request brings a new poll handle. */
static void poll_notify(struct utfs_handle *handle)
{
	struct utfs_mount *mount = handle->mount;
	struct fuse_pollhandle *ph;

	utfs_fuse_lock_take(&mount->lock);
	ph = handle->poll;
	handle->poll = NULL;
	utfs_list_remove(&handle->poll_link);
	utfs_fuse_lock_release(&mount->lock);
	if (ph) {
		fuse_lowlevel_notify_poll(ph);
		fuse_pollhandle_destroy(ph);
	}
}

static void notify_polls(struct utfs_mount *mount)
{
	const short ready = POLLIN | POLLRDNORM | POLLERR | POLLHUP | POLLPRI;
	struct utfs_link work;

	utfs_list_init(&work);
	utfs_fuse_lock_take(&mount->lock);
	utfs_list_move(&mount->park.polls, &work);
	/* Each goes back before it is looked at, so that it can be released meanwhile like any other. */
	while (!utfs_list_is_empty(&work)) {
		struct utfs_handle *handle =
			UTFS_LIST_OBJECT(work.next, struct utfs_handle, poll_link);

		utfs_list_remove(&handle->poll_link);
		utfs_list_add(&mount->park.polls, &handle->poll_link);
		utfs_handle_get_locked(mount, handle);
		utfs_fuse_lock_release(&mount->lock);
		if (eventfs_poll(handle->file) & ready)
			poll_notify(handle);
		utfs_handle_put(handle);
		utfs_fuse_lock_take(&mount->lock);
	}
	utfs_fuse_lock_release(&mount->lock);
}

/* The waiter --------------------------------------------------------------------------------------- */

/* Return: false when it is time to end. */
static bool wait_for_work(struct utfs_mount *mount)
{
	struct utfs_park *park = &mount->park;
	bool go_on;

	utfs_fuse_lock_take(&mount->lock);
	while (!atomic_load(&park->stopping) && utfs_list_is_empty(&park->reads) &&
	       utfs_list_is_empty(&park->polls))
		utfs_fuse_lock_sleep(&mount->lock);
	go_on = !atomic_load(&park->stopping);
	utfs_fuse_lock_release(&mount->lock);
	return go_on;
}

static void *waiter_run(void *arg)
{
	struct utfs_mount *mount = arg;

	while (wait_for_work(mount)) {
		uint32_t seen = mount->ops->data_sequence(mount->ctx);

		/* Told to stop after `seen` was read: then the kick ends data_wait(). Before: then this ends it. */
		if (atomic_load(&mount->park.stopping))
			break;
		retry_reads(mount);
		notify_polls(mount);
		mount->ops->data_wait(mount->ctx, seen, RETRY_MS);
	}
	answer_reads(mount, -ENODEV);
	return NULL;
}

int utfs_park_start(struct utfs_mount *mount)
{
	int ret = utfs_threads_create(&mount->park.thread, waiter_run, mount);

	mount->park.running = ret == 0;
	return ret;
}

void utfs_park_stop(struct utfs_mount *mount)
{
	if (!mount->park.running)
		return;
	utfs_fuse_lock_take(&mount->lock);
	atomic_store(&mount->park.stopping, true);
	utfs_fuse_lock_wake(&mount->lock);
	utfs_fuse_lock_release(&mount->lock);
	kick(mount);
	pthread_join(mount->park.thread, NULL);
	mount->park.running = false;
}
