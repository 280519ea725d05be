/* SPDX-License-Identifier: MIT */
/* What is drawn: the bins of threads, rates, spans, binary, as it is much; and what is missing. */
#include <errno.h>
#include <stdlib.h>

#include "view/answer.h"
#include "view/losses.h"

/* A part of the time, in bins. */
struct picture {
	uint64_t from, to;
	uint32_t nr_bins;
	uint32_t *edges; /* to be freed */
};

static int picture_init(struct picture *picture, struct utfs_view_work *work)
{
	uint64_t bins;
	int ret = utfs_view_work_times(work, &picture->from, &picture->to);

	picture->edges = NULL;
	if (!ret)
		ret = utfs_view_work_number(work, "bins", UTFS_VIEW_MAX_BINS, &bins);
	if (!ret && !bins)
		ret = utfs_view_wrong(work, "bins");
	if (ret)
		return ret;
	picture->nr_bins = (uint32_t)bins;
	work->type = "application/octet-stream";
	return 0;
}

/* Of those who count events. */
static int edges_make(struct picture *picture, const struct utfs_view_store *store)
{
	picture->edges = calloc(picture->nr_bins + 1, sizeof(*picture->edges));
	if (!picture->edges)
		return -ENOMEM;
	utfs_view_edges(store, picture->from, picture->to, picture->nr_bins, picture->edges);
	return 0;
}

/* The threads that are asked for; *rows is to be freed, whatever is returned. */
static int rows_read(struct utfs_view_work *work, uint32_t **rows, uint32_t *nr)
{
	*rows = calloc(UTFS_VIEW_MAX_ROWS, sizeof(**rows));
	if (!*rows)
		return -ENOMEM;
	return utfs_view_work_numbers(work, "rows", work->desk->store->nr_threads,
				      UTFS_VIEW_MAX_ROWS, *rows, nr);
}

/* For each row its bins: count and type, 32 bits each. */
int utfs_view_answer_window(struct utfs_view_work *work)
{
	struct utfs_view_bin *bins = NULL;
	struct picture picture;
	struct utfs_view_eye eye = {0};
	uint32_t *rows = NULL, *scratch = NULL, nr_rows = 0;
	int ret = picture_init(&picture, work);

	if (!ret)
		ret = edges_make(&picture, work->desk->store);
	if (!ret)
		ret = rows_read(work, &rows, &nr_rows);
	if (!ret)
		ret = utfs_view_work_eye(work, &eye);
	if (!ret) {
		bins = calloc(picture.nr_bins, sizeof(*bins));
		scratch = calloc(picture.nr_bins, sizeof(*scratch));
		ret = bins && scratch ? 0 : -ENOMEM;
	}
	for (uint32_t i = 0; !ret && i < nr_rows; i++) {
		utfs_view_bins(&eye, rows[i], picture.edges, picture.nr_bins, bins, scratch);
		fwrite(bins, sizeof(*bins), picture.nr_bins, work->out);
	}
	utfs_view_work_eye_fini(&eye);
	free(picture.edges);
	free(rows);
	free(bins);
	free(scratch);
	return ret;
}

/* For each type of which anything is seen: its number and its counts, 32 bits each. */
int utfs_view_answer_rates(struct utfs_view_work *work)
{
	struct picture picture;
	struct utfs_view_eye eye = {0};
	uint32_t *counts = NULL;
	int ret = picture_init(&picture, work);

	if (!ret)
		ret = edges_make(&picture, work->desk->store);
	if (!ret)
		ret = utfs_view_work_eye(work, &eye);
	if (!ret) {
		counts = calloc(picture.nr_bins, sizeof(*counts));
		ret = counts ? 0 : -ENOMEM;
	}
	for (uint32_t i = 0; !ret && i < eye.store->nr_types; i++) {
		if (!utfs_view_counts(&eye, i, picture.edges, picture.nr_bins, counts))
			continue;
		fwrite(&i, sizeof(i), 1, work->out);
		fwrite(counts, sizeof(*counts), picture.nr_bins, work->out);
	}
	utfs_view_work_eye_fini(&eye);
	free(picture.edges);
	free(counts);
	return ret;
}

static void put_real(FILE *out, double number)
{
	fwrite(&number, sizeof(number), 1, out);
}

/* Each one: -1 and how many, then begin, end and the event that began it; or -2 where they are more than bins, then how busy each bin is. */
static void put_spans(struct utfs_view_work *work, const struct utfs_view_pairs *pairs,
		      const struct picture *picture, uint32_t row)
{
	const struct utfs_view_store *store = work->desk->store;
	const uint64_t width = picture->to - picture->from;
	uint32_t first,
		nr = utfs_view_spans_find(pairs, store, row, picture->from, picture->to, &first);
	uint64_t before, until = picture->from;

	if (nr <= picture->nr_bins) {
		const struct utfs_view_span *spans = nr ? pairs->threads[row].spans + first : NULL;

		put_real(work->out, -1);
		put_real(work->out, nr);
		for (uint32_t i = 0; i < nr; i++) {
			put_real(work->out, (double)store->time[spans[i].begin]);
			put_real(work->out, (double)store->time[spans[i].end]);
			put_real(work->out, (double)(store->dropped + spans[i].begin));
		}
		return;
	}
	put_real(work->out, -2);
	before = utfs_view_spans_busy(pairs, store, row, until);
	for (uint32_t i = 1; i <= picture->nr_bins; i++) {
		const uint64_t next =
			picture->from + (uint64_t)((unsigned __int128)width * i / picture->nr_bins);
		const uint64_t busy = utfs_view_spans_busy(pairs, store, row, next);

		put_real(work->out,
			 next > until ? (double)(busy - before) / (double)(next - until) : 0);
		before = busy;
		until = next;
	}
}

/* For each row its spans, of 64-bit floating point numbers. */
int utfs_view_answer_spans(struct utfs_view_work *work)
{
	const struct utfs_view_pairs *pairs = NULL;
	struct picture picture;
	uint32_t *rows = NULL, nr_rows = 0;
	int ret = picture_init(&picture, work);

	if (!ret)
		ret = rows_read(work, &rows, &nr_rows);
	if (!ret)
		ret = utfs_view_work_pairs(work, &pairs);
	for (uint32_t i = 0; !ret && i < nr_rows; i++)
		put_spans(work, pairs, &picture, rows[i]);
	free(rows);
	return ret;
}

static void put_loss(struct utfs_json *json, const struct utfs_view_loss *loss)
{
	utfs_json_object(json, NULL);
	utfs_json_number(json, "begin", loss->begin);
	utfs_json_number(json, "end", loss->end);
	if (loss->of_more_cpus)
		utfs_json_string(json, "cpu", NULL);
	else
		utfs_json_number(json, "cpu", loss->cpu);
	utfs_json_number(json, "gaps", loss->nr_gaps);
	utfs_json_number(json, "lost", loss->lost);
	utfs_json_bool(json, "lost_exactly", !loss->has_lost_some);
	utfs_json_object_end(json);
}

int utfs_view_answer_lost(struct utfs_view_work *work)
{
	struct utfs_view_loss *losses = NULL;
	struct picture picture;
	uint32_t nr = 0;
	int ret = picture_init(&picture, work);

	if (!ret)
		ret = utfs_view_losses_find(work->desk->store, picture.from, picture.to,
					    picture.nr_bins, &losses, &nr);
	if (!ret) {
		work->type = "application/json";
		utfs_json_array(&work->json, NULL);
		for (uint32_t i = 0; i < nr; i++)
			put_loss(&work->json, &losses[i]);
		utfs_json_array_end(&work->json);
		utfs_json_end(&work->json);
	}
	free(losses);
	return ret;
}
