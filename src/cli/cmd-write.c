/* SPDX-License-Identifier: MIT */
/* utracefs write: what `echo TEXT > PATH` and `cat > PATH` do. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

#define BUFFER_BYTES (128 * 1024) /* as cat(1) reads and writes */

static int write_words(struct eventfs_file *file, char *const *words, int n_words)
{
	size_t len_bytes = 0;
	off_t off = 0;
	char *text;
	char *at;
	int ret;

	for (int i = 0; i < n_words; i++)
		len_bytes += strlen(words[i]) + 1;
	text = malloc(len_bytes + 1);
	if (!text)
		return -ENOMEM;
	at = text;
	for (int i = 0; i < n_words; i++) {
		at = stpcpy(at, words[i]);
		*at++ = i + 1 < n_words ? ' ' : '\n';
	}
	ret = utfs_cli_write(file, text, len_bytes, &off);
	free(text);
	return ret;
}

/* *where: what an error is about. */
static int write_input(struct eventfs_file *file, const char **where)
{
	char *buf = malloc(BUFFER_BYTES);
	off_t off = 0;
	int ret = buf ? 0 : -ENOMEM;

	while (ret == 0) {
		ssize_t n = read(STDIN_FILENO, buf, BUFFER_BYTES);

		if (n == 0)
			break;
		if (n > 0) {
			ret = utfs_cli_write(file, buf, (size_t)n, &off);
		} else if (errno != EINTR) {
			*where = "standard input";
			ret = -errno;
		}
	}
	free(buf);
	return ret;
}

int utfs_cmd_write(const struct utfs_command *command, int argc, char **argv)
{
	struct eventfs_file *file = NULL;
	struct utfs_trace *trace;
	int flags = O_WRONLY | O_TRUNC;
	const char *where;
	int status = 0;
	int opt;
	int ret;

	while ((opt = getopt(argc, argv, "+a")) != -1) {
		if (opt != 'a')
			return utfs_cli_usage(command);
		flags = O_WRONLY | O_APPEND;
	}
	if (optind == argc)
		return utfs_cli_usage(command);
	where = argv[optind];
	if (utfs_cli_open(&trace))
		return UTFS_CLI_FAILED;
	ret = utfs_cli_open_file(trace, where, flags, &file);
	if (ret == 0 && optind + 1 < argc)
		ret = write_words(file, argv + optind + 1, argc - optind - 1);
	else if (ret == 0)
		ret = write_input(file, &where);
	eventfs_release(file);
	if (ret)
		status = utfs_cli_complain_in(trace, where, ret);
	utfs_trace_close(trace);
	return status;
}
