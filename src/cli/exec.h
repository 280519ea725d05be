/* SPDX-License-Identifier: MIT */
/*
 * The parts of `utracefs exec`: who serves the tree, the namespace of the command, and what is covered there.
 *
 * The process that was started becomes the command itself, in a mount namespace of its own: exit status, signals, job control and kill -9
 * need no passing on. The tree is served by another process that stays in the old namespaces. When the last process of
 * the command's namespace has ended, the kernel takes the mounts away, which ends the server: nothing can be left behind.
 * All of these say on the standard error what went wrong.
 */
#ifndef UTFS_CLI_EXEC_H
#define UTFS_CLI_EXEC_H

#include <stdbool.h>
#include <stddef.h>

/*
 * utfs_exec_server_start - start the process that will serve the tree; it has opened the arena
 * Return: 0, *socket talks to it (close-on-exec); -1. Context: before the namespace is made.
 */
int utfs_exec_server_start(int *socket);

/*
 * utfs_exec_server_serve - give it the mounted /dev/fuse; returns when the mount answers
 * Return: 0; -1.
 */
int utfs_exec_server_serve(int socket, int fuse_fd);

/*
 * utfs_exec_namespace - a mount namespace of our own from which no mount gets out; with a user namespace where we may not do without
 * Return: 0; -1.
 */
int utfs_exec_namespace(void);

/*
 * utfs_exec_cover - put the tree over every place where a tool looks for the kernel's
 *
 * directory: where the tree is mounted already; NULL: it is mounted, through the server at socket.
 * Return: 0; -1.
 */
int utfs_exec_cover(const char *directory, int socket);

/* Mount points of the kernel's tracefs and debugfs, in the order of /proc/self/mounts. */
struct utfs_exec_places {
	char **tracefs;
	size_t n_tracefs;
	char **debugfs;
	size_t n_debugfs;
};

/*
 * utfs_exec_places_read - what is mounted now; utfs_exec_places_free() takes it
 * Return: 0; negative errno.
 */
int utfs_exec_places_read(struct utfs_exec_places *places);
void utfs_exec_places_free(struct utfs_exec_places *places);

/*
 * utfs_exec_files_make - two files that are nowhere but at the places they are bound over, made by way of a directory that can be mounted on
 *
 * ftrace_enabled is put over the kernel's where there is one. *mounts_fd: an empty file, to be given to utfs_exec_files_show_mounts();
 * close-on-exec.
 * Return: 0; negative errno.
 */
int utfs_exec_files_make(const char *directory, bool shows_mounts, int *mounts_fd);

/*
 * utfs_exec_files_show_mounts - let /proc/mounts begin with a tracefs at directory, for the whole namespace
 * Return: 0; negative errno.
 */
int utfs_exec_files_show_mounts(int mounts_fd, const char *directory);

#endif
