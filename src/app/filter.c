/* SPDX-License-Identifier: MIT */
#include "app/filter-internal.h"

struct utfs_filter_slot utfs_filter_slots[UTFS_FILTER_SLOTS];

#define load(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)

/* Return: the term at which it ends; -1 the record is too short, or what was read is a mixture. */
static inline int64_t terms_run(const struct utfs_filter_term *terms, uint64_t nr_terms,
				const char *record, size_t bytes)
{
	uint64_t at = 0, next, value;
	uint32_t half;

	while (at < nr_terms && at < UTFS_FILTER_TERMS) {
		const uint64_t what = load(terms[at].what);
		const size_t offset = (uint16_t)what;

		if (what & UTFS_FILTER_TERM_WIDE) {
			if (offset + sizeof(value) > bytes)
				return -1;
			memcpy(&value, record + offset, sizeof(value));
		} else {
			if (offset + sizeof(half) > bytes)
				return -1;
			memcpy(&half, record + offset, sizeof(half));
			value = (uint64_t)half << 32;
		}
		value ^= what & UTFS_FILTER_TERM_SIGN;
		if (value - load(terms[at].low) <= load(terms[at].span))
			next = (uint8_t)(what >> UTFS_FILTER_TERM_INSIDE);
		else
			next = (uint8_t)(what >> UTFS_FILTER_TERM_OUTSIDE);
		/* A branch, and no value: the next term is looked at before this one is decided. */
		if (utfs_likely(next == at + 1)) {
			at++;
			__asm__ volatile("" : "+r"(at));
		} else if (next > at) {
			at = next;
		} else {
			return -1;
		}
	}
	return (int64_t)at;
}

int utfs_filter_known(const struct utfs_event_state *state, uint64_t recorder_bit,
		      const char *record, size_t bytes)
{
	const struct utfs_filter_slot *slot = utfs_filter_slot(state);
	const struct utfs_filter_known *known = &slot->known;
	const uint64_t sequence = __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE);
	uint64_t table_word, program_word, nr_terms;
	const uint64_t *program_at;
	int64_t end;

	if (load(known->state) != state || load(known->recorder_bit) != recorder_bit)
		return -1;
	nr_terms = load(known->nr_terms);
	end = terms_run(known->terms, nr_terms, record, bytes);
	table_word = load(known->table_word);
	program_word = load(known->program_word);
	program_at = load(known->program_at);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (load(slot->sequence) != sequence || sequence & 1 || end < 0)
		return -1;
	/* Where the table's word stands after the program's was read, that one was the table's: references never repeat. */
	if (__atomic_load_n(program_at, __ATOMIC_ACQUIRE) != program_word ||
	    load(state->filters) != table_word)
		return -1;
	return (uint64_t)end == nr_terms;
}

bool utfs_filter_pass(const struct utfs_event_state *state, unsigned int recorder,
		      const struct utfs_filter_subject *subject)
{
	int known;

	if (utfs_filter_has_gates(utfs_recorder_at(subject->writer->arena, recorder)) &&
	    !utfs_filter_gates_pass(recorder, subject))
		return false;
	if (!load(state->filters))
		return true;
	known = utfs_filter_known(state, UINT64_C(1) << recorder, subject->record, subject->bytes);
	return known < 0 ? utfs_filter_pass_unknown(state, recorder, subject) : known;
}
