/* SPDX-License-Identifier: MIT */
/* Histograms as `hist` files show them, taken apart again, and what can be said of one. */
#ifndef UTFS_CLI_HISTOGRAM_H
#define UTFS_CLI_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum utfs_histogram_kind {
	UTFS_HISTOGRAM_NAMES,	/* anything: strings, several keys, numbers that count nothing */
	UTFS_HISTOGRAM_NUMBERS, /* one number */
	UTFS_HISTOGRAM_RANGES,	/* powers of two, buckets */
};

struct utfs_histogram_row {
	char *label;
	int64_t low, high; /* of numbers and ranges: the first, and the last that belongs to it */
	uint64_t value;
};

struct utfs_histogram {
	char *trigger; /* "hist:keys=..." */
	char *key;     /* name of the only key, or NULL */
	char *value;   /* name of the value */
	enum utfs_histogram_kind kind;
	struct utfs_histogram_row *rows;
	size_t nr_rows, cap_rows;
	uint64_t total; /* of the values */
	uint64_t hits, dropped;
};

/* What stands before each one's trigger. */
#define UTFS_HISTOGRAM_TITLE "# trigger info: "

/*
 * Takes the first histogram from *text, which moves behind it. `value`: which of its values, NULL: the hitcount, else the first.
 * *histogram is to be given to utfs_histogram_fini(), whatever is returned.
 * Return: 1; 0 there is none (any more); -ENOENT it has no such value; -ENOMEM.
 */
int utfs_histogram_parse(const char **text, const char *value, struct utfs_histogram *histogram);
void utfs_histogram_fini(struct utfs_histogram *histogram);

/* Puts numbers together to powers of two. Return: 0; -ENOMEM. */
int utfs_histogram_group(struct utfs_histogram *histogram);
/*
 * Puts sorted ranges side by side together, two, four and so on, until there are so many rows at most; below and above 0 are never
 * put together. Other kinds stay as they are. Return: 0; -ENOMEM.
 */
int utfs_histogram_fit(struct utfs_histogram *histogram, size_t rows);
/* Numbers and ranges by number, names by value, the largest first. Return: nothing. */
void utfs_histogram_sort(struct utfs_histogram *histogram);
/* Of numbers and ranges, sorted: the row in which so many percent of the total are reached. NULL: it is empty. */
const struct utfs_histogram_row *utfs_histogram_percentile(const struct utfs_histogram *histogram,
							   double percent);

#endif
