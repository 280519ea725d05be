/* SPDX-License-Identifier: MIT */
#include "cli/histogram.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* What stands behind a prefix; NULL: it does not begin so. */
static const char *behind(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) ? NULL : text + n;
}

void utfs_histogram_fini(struct utfs_histogram *histogram)
{
	for (size_t i = 0; i < histogram->nr_rows; i++)
		free(histogram->rows[i].label);
	free(histogram->rows);
	free(histogram->trigger);
	free(histogram->key);
	free(histogram->value);
	*histogram = (struct utfs_histogram){0};
}

static struct utfs_histogram_row *row_add(struct utfs_histogram *histogram)
{
	if (histogram->nr_rows == histogram->cap_rows) {
		size_t room = histogram->cap_rows ? 2 * histogram->cap_rows : 64;
		void *rows = realloc(histogram->rows, room * sizeof(*histogram->rows));

		if (!rows)
			return NULL;
		histogram->rows = rows;
		histogram->cap_rows = room;
	}
	return memset(&histogram->rows[histogram->nr_rows++], 0, sizeof(*histogram->rows));
}

/* ------------------------------------------------------------------------------------------------
 * "{ latency:         12 } hitcount:          5  bytes:       4096"
 */

/* Keys of which a percentile would say nothing. */
static bool is_identity(const char *key, size_t bytes)
{
	static const char *const names[] = {"common_pid", "common_cpu", "common_timestamp",
					    "cpu",	  "pid",	"tid"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == bytes && !memcmp(names[i], key, bytes))
			return true;
	return false;
}

/* "12", "~ 2^10", "~ 10-19". Return: what it is; names where it is nothing of that. */
static enum utfs_histogram_kind number_parse(const char *text, struct utfs_histogram_row *row)
{
	const char *power = behind(text, "~ 2^");
	char *end;

	if (power) {
		long n = strtol(power, &end, 10);

		if (end == power || *end || n < 0 || n > 63)
			return UTFS_HISTOGRAM_NAMES;
		row->low = n ? (INT64_C(1) << (n - 1)) + 1 : 0;
		row->high = n < 63 ? INT64_C(1) << n : INT64_MAX;
		return UTFS_HISTOGRAM_RANGES;
	}
	power = behind(text, "~ ");
	text = power ? power : text;
	row->low = strtoll(text, &end, 10);
	row->high = row->low;
	if (power && *end == '-') {
		text = end + 1;
		row->high = strtoll(text, &end, 10);
	}
	if (end == text || *end)
		return UTFS_HISTOGRAM_NAMES;
	return power ? UTFS_HISTOGRAM_RANGES : UTFS_HISTOGRAM_NUMBERS;
}

/* The keys, between the braces. */
static int keys_parse(struct utfs_histogram *histogram, const char *text, size_t bytes,
		      struct utfs_histogram_row *row)
{
	const char *colon = memchr(text, ':', bytes);
	enum utfs_histogram_kind kind = UTFS_HISTOGRAM_NAMES;
	const char *value;

	/* One key, shown without its name; several are shown as they are. */
	value = colon && !memmem(text, bytes, ", ", 2) ? skip_blanks(colon + 1) : text;
	row->label = strndup(value, bytes - (size_t)(value - text));
	if (!row->label)
		return -ENOMEM;
	for (char *newline = row->label; (newline = strpbrk(newline, "\n\t"));)
		*newline = ' ';
	if (value != text && !histogram->key) {
		histogram->key = strndup(text, (size_t)(colon - text));
		if (!histogram->key)
			return -ENOMEM;
	}
	if (value != text && !is_identity(text, (size_t)(colon - text)))
		kind = number_parse(row->label, row);
	/* All rows are of one kind, or they are names. */
	if (histogram->nr_rows == 1)
		histogram->kind = kind;
	else if (histogram->kind != kind)
		histogram->kind = UTFS_HISTOGRAM_NAMES;
	return 0;
}

/* The wanted one of "NAME: NUMBER" pairs; NULL: the hitcount, else the first. Return: 0; -ENOENT; -ENOMEM. */
static int values_parse(struct utfs_histogram *histogram, const char *text, const char *wanted,
			uint64_t *value)
{
	bool found = false;

	while (*(text = skip_blanks(text)) && *text != '\n') {
		size_t bytes = strcspn(text, ":\n");
		const char *name = text, *number;
		char *end;

		if (text[bytes] != ':')
			break;
		number = skip_blanks(text + bytes + 1);
		if (!found &&
		    (wanted ? strlen(wanted) == bytes && !memcmp(wanted, name, bytes) : true)) {
			found = true;
			*value = strtoull(number, &end, 10);
			if (!histogram->value)
				histogram->value = strndup(name, bytes);
			if (!histogram->value)
				return -ENOMEM;
		}
		text = number + strcspn(number, " \t\n");
	}
	return found ? 0 : -ENOENT;
}

/* A row, which with a stack as key has several lines. *text moves behind it. */
static int row_parse(struct utfs_histogram *histogram, const char **text, const char *wanted)
{
	const char *begin = skip_blanks(*text + 1);
	const char *end = strstr(begin, "} ");
	const char *newline = end ? strchr(end, '\n') : NULL;
	struct utfs_histogram_row *row;
	size_t bytes;
	int ret;

	if (!end) {
		*text += strlen(*text);
		return 0;
	}
	*text = newline ? newline + 1 : end + strlen(end);
	for (bytes = (size_t)(end - begin); bytes && strchr(" \n", begin[bytes - 1]);)
		bytes--;
	row = row_add(histogram);
	if (!row)
		return -ENOMEM;
	ret = keys_parse(histogram, begin, bytes, row);
	if (!ret)
		ret = values_parse(histogram, end + 2, wanted, &row->value);
	histogram->total += row->value;
	return ret;
}

int utfs_histogram_parse(const char **text, const char *value, struct utfs_histogram *histogram)
{
	const char *at = strstr(*text, UTFS_HISTOGRAM_TITLE);
	bool is_end = false;
	int ret = 0;

	*histogram = (struct utfs_histogram){0};
	if (!at) {
		*text += strlen(*text);
		return 0;
	}
	at += strlen(UTFS_HISTOGRAM_TITLE);
	histogram->trigger = strndup(at, strcspn(at, "\n"));
	if (!histogram->trigger)
		return -ENOMEM;
	while (!ret && *at && !is_end) {
		const char *number;

		if (*at == '{') {
			ret = row_parse(histogram, &at, value);
			continue;
		}
		if ((number = behind(skip_blanks(at), "Hits: ")))
			histogram->hits = strtoull(number, NULL, 10);
		else if ((number = behind(skip_blanks(at), "Dropped: ")))
			histogram->dropped = strtoull(number, NULL, 10);
		is_end = !strncmp(skip_blanks(at), "Dropped: ", 9);
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	*text = at;
	return ret ? ret : 1;
}

/* ------------------------------------------------------------------------------------------------
 * What can be said of it
 */

static int number_compare(const void *a, const void *b)
{
	const struct utfs_histogram_row *one = a, *other = b;

	return one->low < other->low ? -1 : one->low > other->low;
}

static int value_compare(const void *a, const void *b)
{
	const struct utfs_histogram_row *one = a, *other = b;

	if (one->value != other->value)
		return one->value < other->value ? 1 : -1;
	return strcmp(one->label, other->label);
}

void utfs_histogram_sort(struct utfs_histogram *histogram)
{
	if (histogram->nr_rows)
		qsort(histogram->rows, histogram->nr_rows, sizeof(*histogram->rows),
		      histogram->kind == UTFS_HISTOGRAM_NAMES ? value_compare : number_compare);
}

const struct utfs_histogram_row *utfs_histogram_percentile(const struct utfs_histogram *histogram,
							   double percent)
{
	double wanted = (double)histogram->total * percent / 100, sum = 0;

	for (size_t i = 0; i < histogram->nr_rows; i++) {
		sum += (double)histogram->rows[i].value;
		if (sum >= wanted)
			return &histogram->rows[i];
	}
	return NULL;
}

/* 0, 1, 2, 3..4, 5..8 and so on, as .log2 keys are; below 0: one group. Return: n of 2^n; -1. */
static int power_of(int64_t number)
{
	if (number < 0)
		return -1;
	return number < 2 ? 0 : 64 - __builtin_clzll((uint64_t)number - 1);
}

/* Width of equal ranges that begin at its multiples, as .buckets keys are; 0: they are no such ones. */
static int64_t width_of(const struct utfs_histogram *histogram)
{
	uint64_t width = 0;

	for (size_t i = 0; i < histogram->nr_rows; i++) {
		const struct utfs_histogram_row *row = &histogram->rows[i];
		const uint64_t own = (uint64_t)row->high - (uint64_t)row->low + 1;

		width = i ? width : own;
		if (own != width || !width || width > INT64_MAX || row->low % (int64_t)width)
			return 0;
	}
	return (int64_t)width;
}

/* Rows in order become one where their places are the same. `width`: of equal ranges, or 0: by powers of two; several are one place: 2^shift. */
static void rows_merge(struct utfs_histogram *histogram, int64_t width, unsigned int shift)
{
	size_t nr_groups = 0;
	int64_t last = 0;

	for (size_t i = 0; i < histogram->nr_rows; i++) {
		struct utfs_histogram_row *row = &histogram->rows[i];
		const int64_t place = (width ? row->low / width : power_of(row->low)) >> shift;

		if (nr_groups && place == last) {
			histogram->rows[nr_groups - 1].high = row->high;
			histogram->rows[nr_groups - 1].value += row->value;
			free(row->label);
			row->label = NULL;
			continue;
		}
		if (&histogram->rows[nr_groups] != row) {
			histogram->rows[nr_groups] = *row;
			row->label = NULL;
		}
		last = place;
		nr_groups++;
	}
	histogram->nr_rows = nr_groups;
}

static int rows_label(struct utfs_histogram *histogram)
{
	for (size_t i = 0; i < histogram->nr_rows; i++) {
		struct utfs_histogram_row *row = &histogram->rows[i];
		char *label = NULL;
		int bytes = row->low == row->high
				    ? asprintf(&label, "%lld", (long long)row->low)
				    : asprintf(&label, "%lld..%lld", (long long)row->low,
					       (long long)row->high);

		if (bytes < 0)
			return -ENOMEM;
		free(row->label);
		row->label = label;
	}
	return 0;
}

int utfs_histogram_group(struct utfs_histogram *histogram)
{
	utfs_histogram_sort(histogram);
	rows_merge(histogram, 0, 0);
	histogram->kind = UTFS_HISTOGRAM_RANGES;
	for (size_t i = 0; i < histogram->nr_rows; i++) {
		struct utfs_histogram_row *row = &histogram->rows[i];
		const int power = power_of(row->low);

		if (power >= 0) {
			row->low = power ? (INT64_C(1) << (power - 1)) + 1 : 0;
			row->high = power < 63 ? INT64_C(1) << power : INT64_MAX;
		}
	}
	return rows_label(histogram);
}

int utfs_histogram_fit(struct utfs_histogram *histogram, size_t rows)
{
	const int64_t width = width_of(histogram);

	if (histogram->kind != UTFS_HISTOGRAM_RANGES || histogram->nr_rows <= rows)
		return 0;
	for (unsigned int shift = 1; histogram->nr_rows > rows && shift < 63; shift++)
		rows_merge(histogram, width, shift);
	return rows_label(histogram);
}
