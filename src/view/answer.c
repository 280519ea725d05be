/* SPDX-License-Identifier: MIT */
#include "view/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* 2^53: numbers of the page's language hold no more. */
#define MAX_TIME (UINT64_C(1) << 53)

static const struct {
	const char *name;
	int (*make)(struct utfs_view_work *work);
} questions[] = {
	{"info", utfs_view_answer_info},     {"filter", utfs_view_answer_filter},
	{"event", utfs_view_answer_event},   {"near", utfs_view_answer_near},
	{"window", utfs_view_answer_window}, {"rates", utfs_view_answer_rates},
	{"spans", utfs_view_answer_spans},   {"latency", utfs_view_answer_latency},
	{"lost", utfs_view_answer_lost},
};

/* ---- parameters ---- */

int utfs_view_wrong(struct utfs_view_work *work, const char *wrong)
{
	work->wrong = wrong;
	return -EINVAL;
}

static const char *parameter(const struct utfs_view_work *work, const char *name)
{
	return work->question->parameter(work->question->ctx, name);
}

/* Digits, at least one. Return: behind them; NULL: that is none, or more than `most`. */
static const char *digits(const char *text, uint64_t most, uint64_t *number)
{
	const char *at = text;
	uint64_t value = 0;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return NULL;
	}
	if (at == text || value > most)
		return NULL;
	*number = value;
	return at;
}

/* All of a text that is a number. */
static int number_read(struct utfs_view_work *work, const char *name, const char *text,
		       uint64_t most, uint64_t *number)
{
	const char *end = digits(text, most, number);

	return end && !*end ? 0 : utfs_view_wrong(work, name);
}

int utfs_view_work_maybe(struct utfs_view_work *work, const char *name, uint64_t most,
			 uint64_t *number)
{
	const char *text = parameter(work, name);

	return text ? number_read(work, name, text, most, number) : 0;
}

int utfs_view_work_number(struct utfs_view_work *work, const char *name, uint64_t most,
			  uint64_t *number)
{
	const char *text = parameter(work, name);

	return text ? number_read(work, name, text, most, number) : utfs_view_wrong(work, name);
}

int utfs_view_work_numbers(struct utfs_view_work *work, const char *name, uint64_t limit,
			   uint32_t room, uint32_t *numbers, uint32_t *nr)
{
	const char *at = parameter(work, name);

	*nr = 0;
	if (!at || !*at)
		return 0;
	for (;; at++) {
		uint64_t number;

		at = digits(at, UINT32_MAX, &number);
		if (!at || number >= limit || *nr == room || (*at && *at != ','))
			return utfs_view_wrong(work, name);
		numbers[(*nr)++] = (uint32_t)number;
		if (!*at)
			return 0;
	}
}

int utfs_view_work_times(struct utfs_view_work *work, uint64_t *from, uint64_t *to)
{
	int ret = utfs_view_work_number(work, "from", MAX_TIME, from);

	if (!ret)
		ret = utfs_view_work_number(work, "to", MAX_TIME, to);
	return !ret && *from > *to ? utfs_view_wrong(work, "to") : ret;
}

/* ---- what is kept ---- */

/* To the front of an array, whose others move up. */
static void to_front(void **kept, size_t at)
{
	void *used = kept[at];

	memmove(kept + 1, kept, at * sizeof(*kept));
	kept[0] = used;
}

int utfs_view_work_filter(struct utfs_view_work *work, const struct utfs_view_filter **filter)
{
	struct utfs_view_desk *desk = work->desk;
	const char *text = parameter(work, "filter");
	const size_t last = UTFS_VIEW_KEPT_FILTERS - 1;
	struct utfs_view_filter_failure failure;
	struct utfs_view_filter *made;
	size_t at = 0;
	int ret;

	*filter = NULL;
	if (!text || !text[strspn(text, " \t\n")])
		return 0;
	while (at < last && desk->filters[at] && strcmp(desk->filters[at]->text, text) != 0)
		at++;
	if (!desk->filters[at] || strcmp(desk->filters[at]->text, text) != 0) {
		ret = utfs_view_filter_create(desk->store, text, &made, &failure);
		if (ret == -ENOMEM)
			return ret;
		if (ret) {
			work->position = failure.position;
			return utfs_view_wrong(work, failure.text ? failure.text
								  : "the filter is too long");
		}
		utfs_view_filter_free(desk->filters[at]);
		desk->filters[at] = made;
	}
	ret = utfs_view_filter_update(desk->filters[at], desk->store);
	if (ret) {
		utfs_view_filter_free(desk->filters[at]);
		desk->filters[at] = desk->filters[last];
		desk->filters[last] = NULL;
		return ret;
	}
	to_front((void **)desk->filters, at);
	*filter = desk->filters[0];
	return 0;
}

int utfs_view_work_eye(struct utfs_view_work *work, struct utfs_view_eye *eye)
{
	const uint32_t nr_types = work->desk->store->nr_types;
	uint32_t *numbers = NULL, nr;
	bool *hidden = NULL;
	int ret;

	*eye = (struct utfs_view_eye){.store = work->desk->store};
	ret = utfs_view_work_filter(work, &eye->filter);
	if (ret)
		return ret;
	numbers = calloc(nr_types + 1, sizeof(*numbers));
	hidden = calloc(nr_types + 1, sizeof(*hidden));
	ret = numbers && hidden
		      ? utfs_view_work_numbers(work, "hide", nr_types, nr_types, numbers, &nr)
		      : -ENOMEM;
	for (uint32_t i = 0; !ret && i < nr; i++)
		hidden[numbers[i]] = true;
	eye->hidden = hidden;
	free(numbers);
	return ret;
}

void utfs_view_work_eye_fini(struct utfs_view_eye *eye)
{
	free((void *)eye->hidden);
}

static bool is_current(const struct utfs_view_pairs *pairs, const struct utfs_view_pair_wish *wish,
		       const struct utfs_view_store *store)
{
	return pairs->wish.begin == wish->begin && pairs->wish.end == wish->end &&
	       !strcmp(pairs->wish.field, wish->field) && pairs->nr_events == store->nr &&
	       pairs->dropped == store->dropped;
}

int utfs_view_work_pairs(struct utfs_view_work *work, const struct utfs_view_pairs **pairs)
{
	struct utfs_view_desk *desk = work->desk;
	const size_t last = UTFS_VIEW_KEPT_PAIRS - 1;
	const char *field = parameter(work, "field");
	struct utfs_view_pair_wish wish = {0};
	struct utfs_view_pairs *made;
	uint64_t begin, end;
	size_t at = 0;
	int ret = utfs_view_work_number(work, "begin", UINT32_MAX, &begin);

	if (!ret)
		ret = utfs_view_work_number(work, "end", UINT32_MAX, &end);
	if (!ret && field && strlen(field) >= sizeof(wish.field))
		ret = utfs_view_wrong(work, "field");
	if (ret)
		return ret;
	wish.begin = (uint32_t)begin;
	wish.end = (uint32_t)end;
	if (field)
		strcpy(wish.field, field);
	while (at < last && desk->pairs[at] && !is_current(desk->pairs[at], &wish, desk->store))
		at++;
	if (!desk->pairs[at] || !is_current(desk->pairs[at], &wish, desk->store)) {
		ret = utfs_view_pairs_create(desk->store, &wish, &made);
		if (ret)
			return ret == -EINVAL ? utfs_view_wrong(work, "no such pair") : ret;
		utfs_view_pairs_free(desk->pairs[at]);
		desk->pairs[at] = made;
	}
	to_front((void **)desk->pairs, at);
	*pairs = desk->pairs[0];
	return 0;
}

void utfs_view_desk_fini(struct utfs_view_desk *desk)
{
	for (size_t i = 0; i < UTFS_VIEW_KEPT_FILTERS; i++)
		utfs_view_filter_free(desk->filters[i]);
	for (size_t i = 0; i < UTFS_VIEW_KEPT_PAIRS; i++)
		utfs_view_pairs_free(desk->pairs[i]);
}

/* ---- answers ---- */

static int make(struct utfs_view_work *work)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		if (!strcmp(work->question->name, questions[i].name))
			return questions[i].make(work);
	}
	return -ENOENT;
}

/* Instead of an answer: what is wrong. */
static void say_wrong(struct utfs_view_work *work, int ret)
{
	static const char *const texts[] = {"out of memory", "there is no such thing"};

	work->json = (struct utfs_json){.out = work->out};
	work->type = "application/json";
	utfs_json_object(&work->json, NULL);
	utfs_json_string(&work->json, "error", work->wrong ? work->wrong : texts[ret == -ENOENT]);
	if (work->position != UINT32_MAX)
		utfs_json_number(&work->json, "position", work->position);
	utfs_json_object_end(&work->json);
	utfs_json_end(&work->json);
}

void utfs_view_answer_make(struct utfs_view_desk *desk, const struct utfs_view_question *question,
			   struct utfs_view_answer *answer)
{
	struct utfs_view_work work = {.desk = desk, .question = question, .position = UINT32_MAX};
	int ret;

	*answer = (struct utfs_view_answer){.status = 500, .type = "application/json"};
	work.out = open_memstream(&answer->body, &answer->bytes);
	if (!work.out)
		return;
	work.json.out = work.out;
	work.type = answer->type;
	ret = make(&work);
	if (!ret && ferror(work.out))
		ret = -ENOMEM;
	if (ret) {
		rewind(work.out);
		say_wrong(&work, ret);
	}
	answer->type = work.type;
	answer->status = !ret ? 200 : ret == -EINVAL ? 400 : ret == -ENOENT ? 404 : 500;
	if (fclose(work.out)) {
		free(answer->body);
		answer->body = NULL;
		answer->status = 500;
	}
}
