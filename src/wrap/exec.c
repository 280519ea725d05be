/* SPDX-License-Identifier: MIT */
/* Other programs: exec and posix_spawn. Nothing is known of what they are given before the kernel has looked at it. */
#include <alloca.h>
#include <stdarg.h>
#include <string.h>

#include "wrap.h"

UTFS_EVENT(libc, exec,
	   UTFS_FIELDS(UTFS_FIELD(int, dirfd), UTFS_STRING(path), UTFS_STRING(arguments)),
	   UTFS_PRINT("path=%s arguments=%s dirfd=%d", __get_str(path), __get_str(arguments),
		      REC->dirfd));
UTFS_EVENT(libc, exec_failed, UTFS_FIELDS(UTFS_FIELD(int, ret), UTFS_STRING(path)),
	   UTFS_PRINT("path=%s ret=%d", __get_str(path), REC->ret));
UTFS_EVENT(libc, posix_spawn,
	   UTFS_FIELDS(UTFS_FIELD(pid_t, child), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, duration_ns), UTFS_STRING(path),
		       UTFS_STRING(arguments)),
	   UTFS_PRINT("path=%s arguments=%s child=%d ret=%d duration_ns=%llu", __get_str(path),
		      __get_str(arguments), REC->child, REC->ret, REC->duration_ns));

/* The arguments with a space between them, as far as there is room, in one line. */
static const char *arguments_text(char to[WRAP_TEXT_BYTES], char *const argv[])
{
	char one[WRAP_TEXT_BYTES];
	const char *argument;
	size_t at = 0;

	to[0] = '\0';
	for (size_t i = 0; argv && at < WRAP_TEXT_BYTES - 1; i++) {
		size_t bytes, room = WRAP_TEXT_BYTES - 1 - at;

		if (wrap_copy(&argument, argv + i, sizeof(argument)) != sizeof(argument) ||
		    !argument)
			break;
		if (i) {
			to[at++] = ' ';
			room--;
		}
		bytes = strnlen(wrap_copy_text(one, argument), room);
		for (size_t j = 0; j < bytes; j++)
			to[at++] = (unsigned char)one[j] < ' ' ? '?' : one[j];
		to[at] = '\0';
	}
	return to;
}

WRAP_COLD static void exec_emit(int dirfd, const char *path, char *const argv[])
{
	char path_text[WRAP_TEXT_BYTES], text[WRAP_TEXT_BYTES];

	WRAP_EMIT(exec, dirfd, wrap_copy_text(path_text, path), arguments_text(text, argv));
}

/* Keeps errno. */
WRAP_COLD static void failed_emit(const char *path)
{
	char path_text[WRAP_TEXT_BYTES];

	WRAP_EMIT(exec_failed, -errno, wrap_copy_text(path_text, path));
}

/* glibc's posix_spawn() has written the process id before the child was found to have failed. */
WRAP_COLD static void spawn_emit(const char *path, char *const argv[], const pid_t *pid, int ret,
				 uint64_t begin_ns)
{
	uint64_t duration_ns = wrap_now_ns() - begin_ns;
	char path_text[WRAP_TEXT_BYTES], text[WRAP_TEXT_BYTES];

	WRAP_EMIT(posix_spawn, ret ? 0 : *pid, -ret, duration_ns, wrap_copy_text(path_text, path),
		  arguments_text(text, argv));
}

/* Successful ones do not return. */
#define EXEC_WRAPPER(name, parameters, arguments, dirfd, path)                                     \
	WRAP_EXPORT int name parameters                                                            \
	{                                                                                          \
		int ret;                                                                           \
                                                                                                   \
		if (WRAP_TRACED(exec, WRAP_PROCESS))                                               \
			exec_emit(dirfd, path, argv);                                              \
		ret = wrap_real.name arguments;                                                    \
		if (WRAP_TRACED(exec_failed, WRAP_PROCESS))                                        \
			failed_emit(path);                                                         \
		return ret;                                                                        \
	}

/* clang-format off */
EXEC_WRAPPER(execve, (const char *path, char *const argv[], char *const envp[]), (path, argv, envp), AT_FDCWD, path)
EXEC_WRAPPER(execv, (const char *path, char *const argv[]), (path, argv), AT_FDCWD, path)
EXEC_WRAPPER(execvp, (const char *path, char *const argv[]), (path, argv), AT_FDCWD, path)
EXEC_WRAPPER(execvpe, (const char *path, char *const argv[], char *const envp[]), (path, argv, envp), AT_FDCWD, path)
EXEC_WRAPPER(fexecve, (int fd, char *const argv[], char *const envp[]), (fd, argv, envp), fd, "")
EXEC_WRAPPER(execveat, (int fd, const char *path, char *const argv[], char *const envp[], int flags),
	     (fd, path, argv, envp, flags), fd, path)

/* The list of arguments from `first` on as an array, in the caller's frame; `rest` is left behind the NULL at its end. */
#define LIST_TO_ARRAY(argv, first, rest)                                                           \
	do {                                                                                       \
		va_list counted;                                                                   \
		size_t n = 0;                                                                      \
                                                                                                   \
		va_copy(counted, rest);                                                            \
		for (const char *one = first; one; one = va_arg(counted, const char *))            \
			n++;                                                                       \
		va_end(counted);                                                                   \
		argv = alloca((n + 1) * sizeof(*argv));                                            \
		argv[0] = (char *)(uintptr_t)first;                                                \
		for (size_t i = 1; i <= n; i++)                                                    \
			argv[i] = va_arg(rest, char *);                                            \
	} while (0)

#define EXECL_WRAPPER(name, real)                                                                  \
	WRAP_EXPORT int name(const char *path, const char *first, ...)                             \
	{                                                                                          \
		va_list rest;                                                                      \
		char **argv;                                                                       \
		int ret;                                                                           \
                                                                                                   \
		va_start(rest, first);                                                             \
		LIST_TO_ARRAY(argv, first, rest);                                                  \
		va_end(rest);                                                                      \
		if (WRAP_TRACED(exec, WRAP_PROCESS))                                               \
			exec_emit(AT_FDCWD, path, argv);                                           \
		ret = wrap_real.real(path, argv);                                                  \
		if (WRAP_TRACED(exec_failed, WRAP_PROCESS))                                        \
			failed_emit(path);                                                         \
		return ret;                                                                        \
	}

EXECL_WRAPPER(execl, execv)
EXECL_WRAPPER(execlp, execvp)
/* clang-format on */

/* The environment stands behind the arguments. */
WRAP_EXPORT int execle(const char *path, const char *first, ...)
{
	va_list rest;
	char **argv, *const *envp;
	int ret;

	va_start(rest, first);
	LIST_TO_ARRAY(argv, first, rest);
	envp = va_arg(rest, char *const *);
	va_end(rest);
	if (WRAP_TRACED(exec, WRAP_PROCESS))
		exec_emit(AT_FDCWD, path, argv);
	ret = wrap_real.execve(path, argv, envp);
	if (WRAP_TRACED(exec_failed, WRAP_PROCESS))
		failed_emit(path);
	return ret;
}

/* A process id that nobody asked for is asked for. */
#define SPAWN_WRAPPER(name)                                                                        \
	WRAP_EXPORT int name(                                                                      \
		pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,           \
		const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])       \
	{                                                                                          \
		pid_t own, *child = pid ? pid : &own;                                              \
		uint64_t begin_ns;                                                                 \
		int ret;                                                                           \
                                                                                                   \
		if (!WRAP_TRACED(posix_spawn, WRAP_PROCESS))                                       \
			return wrap_real.name(pid, path, actions, attributes, argv, envp);         \
		begin_ns = wrap_now_ns();                                                          \
		ret = wrap_real.name(child, path, actions, attributes, argv, envp);                \
		spawn_emit(path, argv, child, ret, begin_ns);                                      \
		return ret;                                                                        \
	}

SPAWN_WRAPPER(posix_spawn)
SPAWN_WRAPPER(posix_spawnp)
