/* SPDX-License-Identifier: MIT */
/* Sets of CPUs, as lists ("0-3,5") read. */
#include <errno.h>
#include <string.h>

#include "trace/filter-internal.h"

struct list {
	const char *at, *end;
	uint32_t nr_cpus;
};

static bool is_separator(char c)
{
	return c == ',' || utfs_filter_space(c);
}

/* A CPU's number; N is the last one. Return: 0, -EINVAL. */
static int number_take(struct list *list, uint32_t *number)
{
	const char *start = list->at;
	uint64_t value = 0;

	if (list->at < list->end && *list->at == 'N') {
		list->at++;
		*number = list->nr_cpus - 1;
		return 0;
	}
	while (list->at < list->end && utfs_filter_digit(*list->at) && value <= UINT32_MAX / 16)
		value = value * 10 + (uint64_t)(*list->at++ - '0');
	*number = (uint32_t)value;
	return list->at == start ? -EINVAL : 0;
}

static bool take(struct list *list, const char *token)
{
	size_t n = strlen(token);

	if ((size_t)(list->end - list->at) < n || memcmp(list->at, token, n) != 0)
		return false;
	list->at += n;
	return true;
}

/* "4", "0-3", "all", and of those with ":1/2" so many of each group. */
static int region_take(struct list *list, uint64_t *words)
{
	uint32_t first = 0, last = list->nr_cpus - 1, used = 1, group = 1;
	int ret = 0;

	if (!take(list, "all")) {
		ret = number_take(list, &first);
		last = first;
		if (!ret && take(list, "-"))
			ret = number_take(list, &last);
	}
	if (!ret && take(list, ":")) {
		ret = number_take(list, &used);
		if (!ret && !take(list, "/"))
			ret = -EINVAL;
		if (!ret)
			ret = number_take(list, &group);
	}
	if (!ret && list->at < list->end && !is_separator(*list->at))
		ret = -EINVAL;
	if (ret || first > last || last >= list->nr_cpus || !group || used > group)
		return -EINVAL;
	for (uint32_t cpu = first; cpu <= last; cpu++)
		if ((cpu - first) % group < used)
			words[cpu / 64] |= UINT64_C(1) << cpu % 64;
	return 0;
}

int utfs_cpulist_parse(const char *text, size_t bytes, uint32_t nr_cpus, uint64_t *words)
{
	struct list list = {text, text + bytes, nr_cpus};
	int ret = 0;

	memset(words, 0, (nr_cpus + 63) / 64 * sizeof(*words));
	while (!ret && list.at < list.end) {
		if (is_separator(*list.at))
			list.at++;
		else
			ret = region_take(&list, words);
	}
	return ret;
}
