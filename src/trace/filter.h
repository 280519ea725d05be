/* SPDX-License-Identifier: MIT */
/*
 * Filters: from the text that people write to a program that the application evaluates.
 *
 * The language, its errors and where they are found are those of the kernel's event filters. Pure functions of a format and
 * a text: nothing here touches the arena.
 */
#ifndef UTFS_TRACE_FILTER_H
#define UTFS_TRACE_FILTER_H

#include "arena/abi.h"
#include "trace/format.h"

/* Longest filter, with its NUL: a page, as in the kernel. */
#define UTFS_FILTER_TEXT_MAX 4096

enum utfs_filter_error {
	UTFS_FILTER_ERROR_NONE, /* nothing that could be put into words */
	UTFS_FILTER_ERROR_OPERATOR,
	UTFS_FILTER_ERROR_OPEN,
	UTFS_FILTER_ERROR_CLOSE,
	UTFS_FILTER_ERROR_QUOTE,
	UTFS_FILTER_ERROR_BRACE_OPEN,
	UTFS_FILTER_ERROR_BRACE_CLOSE,
	UTFS_FILTER_ERROR_TOO_LONG,
	UTFS_FILTER_ERROR_NOT_STRING,
	UTFS_FILTER_ERROR_NOT_NUMBER,
	UTFS_FILTER_ERROR_FIELD_OPERATOR,
	UTFS_FILTER_ERROR_FIELD,
	UTFS_FILTER_ERROR_NUMBER,
	UTFS_FILTER_ERROR_SYSTEM,
	UTFS_FILTER_ERROR_TERMS,
	UTFS_FILTER_ERROR_MEANINGLESS,
	UTFS_FILTER_ERROR_CPUS,
	UTFS_FILTER_ERROR_VALUE,
	UTFS_FILTER_ERROR_FUNCTION,
	UTFS_FILTER_ERROR_EMPTY,
};

/* Where error_log says that a filter was wrong. */
#define UTFS_FILTER_ERROR_LOCATION "event filter parse error"

struct utfs_filter_failure {
	enum utfs_filter_error error;
	uint32_t position; /* in the text */
};

/*
 * utfs_filter_compile - the program of a filter for events of a format
 *
 * text has had its trailing white space removed; the program remembers it. *program belongs to the caller: free().
 * format NULL: for events that do not exist yet. The program names its fields and has to be linked (utfs_filter_link()).
 *
 * Return: 0; -EINVAL, -EPERM, -ENOENT, -ESRCH as the kernel's, with *failure set; -E2BIG too large for the arena; -ENOMEM.
 * Locks: none. Context: any thread.
 */
int utfs_filter_compile(const struct utfs_event_format *format, const char *text, uint32_t nr_cpus,
			struct utfs_filter_program **program, struct utfs_filter_failure *failure);

/*
 * utfs_filter_explain - a program that filters nothing and whose text says what was wrong with a filter
 * Return: 0 and *program, to be freed by the caller; -ENOMEM. Locks: none. Context: any thread.
 */
int utfs_filter_explain(const char *text, const struct utfs_filter_failure *failure,
			struct utfs_filter_program **program);

/* utfs_filter_error_text - Return: "Field not found"; "Error" for UTFS_FILTER_ERROR_NONE. Locks: none. Context: anywhere. */
const char *utfs_filter_error_text(enum utfs_filter_error error);

/*
 * utfs_cpulist_parse - the kernel's lists of CPUs: "0-3,5", "all", "0-N:1/2"
 * words holds nr_cpus bits and is overwritten.
 * Return: 0; -EINVAL not a list, or a CPU that is none. Locks: none. Context: anywhere.
 */
int utfs_cpulist_parse(const char *text, size_t bytes, uint32_t nr_cpus, uint64_t *words);

#endif
