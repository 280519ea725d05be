/* SPDX-License-Identifier: MIT */
/*
 * Histograms: from the text of a hist trigger to the plan that applications count by (arena/abi.h), and back to text.
 *
 * The language, its errors and where they are found are the kernel's. Pure functions of a format, a text and a map: nothing
 * here touches the arena.
 */
#ifndef UTFS_TRACE_HIST_H
#define UTFS_TRACE_HIST_H

#include "arena/hist-map.h"
#include "trace/format.h"

struct utfs_symbols;

enum utfs_hist_error {
	UTFS_HIST_ERROR_DUPLICATE_VAR,
	UTFS_HIST_ERROR_TOO_MANY_VARS,
	UTFS_HIST_ERROR_MALFORMED_ASSIGNMENT,
	UTFS_HIST_ERROR_NAMED_MISMATCH,
	UTFS_HIST_ERROR_EXISTS,
	UTFS_HIST_ERROR_NONE_TO_CLEAR,
	UTFS_HIST_ERROR_CLOCK,
	UTFS_HIST_ERROR_MODIFIER,
	UTFS_HIST_ERROR_TOO_MANY_SUBEXPR,
	UTFS_HIST_ERROR_TIMESTAMP_MISMATCH,
	UTFS_HIST_ERROR_INVALID_REF_KEY,
	UTFS_HIST_ERROR_VAR,
	UTFS_HIST_ERROR_FIELD,
	UTFS_HIST_ERROR_EMPTY_ASSIGNMENT,
	UTFS_HIST_ERROR_SORT_MODIFIER,
	UTFS_HIST_ERROR_EMPTY_SORT_FIELD,
	UTFS_HIST_ERROR_TOO_MANY_SORT_FIELDS,
	UTFS_HIST_ERROR_SORT_FIELD,
	UTFS_HIST_ERROR_STRING_OPERAND,
	UTFS_HIST_ERROR_NUMBER,
	UTFS_HIST_ERROR_UNARY_MINUS,
	UTFS_HIST_ERROR_DIVISION_BY_ZERO,
	UTFS_HIST_ERROR_NEED_VALUE,
	UTFS_HIST_ERROR_VAR_NOT_UNIQUE,
	UTFS_HIST_ERROR_TOO_MANY_FIELD_VARS,
	UTFS_HIST_ERROR_EVENT_FILE_NOT_FOUND,
	UTFS_HIST_ERROR_HIST_NOT_FOUND,
	UTFS_HIST_ERROR_HIST_CREATE_FAIL,
	UTFS_HIST_ERROR_SYNTH_EVENT_NOT_FOUND,
	UTFS_HIST_ERROR_SYNTH_TYPE_MISMATCH,
	UTFS_HIST_ERROR_SYNTH_COUNT_MISMATCH,
	UTFS_HIST_ERROR_FIELD_VAR_PARSE_FAIL,
	UTFS_HIST_ERROR_VAR_CREATE_FIND_FAIL,
	UTFS_HIST_ERROR_ONX_NOT_VAR,
	UTFS_HIST_ERROR_ONX_VAR_NOT_FOUND,
	UTFS_HIST_ERROR_ONX_VAR_CREATE_FAIL,
	UTFS_HIST_ERROR_FIELD_VAR_CREATE_FAIL,
	UTFS_HIST_ERROR_TOO_MANY_PARAMS,
	UTFS_HIST_ERROR_PARAM_NOT_FOUND,
	UTFS_HIST_ERROR_INVALID_PARAM,
	UTFS_HIST_ERROR_ACTION_NOT_FOUND,
	UTFS_HIST_ERROR_TOO_MANY_SAVE_ACTIONS,
	UTFS_HIST_ERROR_ACTION_MISMATCH,
	UTFS_HIST_ERROR_NO_CLOSING_PAREN,
	UTFS_HIST_ERROR_SUBSYS_NOT_FOUND,
	UTFS_HIST_ERROR_INVALID_SUBSYS_EVENT,
};

/* utfs_hist_error_text - Return: "Couldn't find field". Locks: none. Context: anywhere. */
const char *utfs_hist_error_text(enum utfs_hist_error error);

/* What was wrong: mostly one thing, sometimes several, or what was looked for in vain before it was found. */
#define UTFS_HIST_FAILURES_MAX 8
struct utfs_hist_failures {
	unsigned int n;
	struct {
		enum utfs_hist_error error;
		uint32_t position; /* in "hist:" and what stands behind it */
	} list[UTFS_HIST_FAILURES_MAX];
};

/* A hist trigger that is there. */
struct utfs_hist_known {
	uint64_t reference;
	const char *system, *event;
	const struct utfs_hist_plan *plan; /* a copy, checked */
};

/* A synthetic event as actions see it. */
struct utfs_hist_synthetic_field {
	char type[64]; /* "char[16]", "u64" */
	uint16_t offset, bytes;
	uint8_t kind; /* enum utfs_hist_param_kind */
	bool is_signed;
};

struct utfs_hist_synthetic {
	uint64_t serial;
	uint32_t record_bytes;
	unsigned int nr_fields;
	struct utfs_hist_synthetic_field fields[UTFS_HIST_PARAMS_MAX];
};

/* What a trigger may refer to: the instance's hist triggers, events. The functions may take locks. */
struct utfs_hist_scope {
	const char *system, *event; /* the trigger's own */
	const struct utfs_hist_known *known;
	unsigned int nr_known;
	void *ctx;
	bool (*event_exists)(void *ctx, const char *system, const char *event);
	/* Return: 0; -ENOENT there is none of this name; another errno. */
	int (*synthetic_get)(void *ctx, const char *name, struct utfs_hist_synthetic *synthetic);
	/* Return: the same; *format is freed by who asks. */
	int (*event_get)(void *ctx, const char *system, const char *event, uint64_t *serial,
			 struct utfs_event_format **format);
};

/*
 * A hist trigger of another event, which an action needs that names one of that event's fields: the field is a variable there, called
 * synthetic_FIELD, and keys and filter are those of a histogram that is there already.
 */
struct utfs_hist_helper {
	const char *system, *event, *variable; /* pieces of `names` */
	char *names;
	uint64_t event_serial;
	struct utfs_event_format *format;
	struct utfs_hist_plan *plan;
	unsigned int
		ref; /* of the references of the plan that needs it: which one is to be this plan's */
};

struct utfs_hist_helpers {
	unsigned int n;
	struct utfs_hist_helper list[UTFS_HIST_REFS_MAX];
};

/* A trigger's text, taken apart: pieces of a copy. */
struct utfs_hist_attributes {
	const char *keys; /* not NULL */
	const char *vals;
	const char *sort;
	const char *name;
	const char *clock;
	const char *filter; /* "if ..." */
	unsigned int map_bits;
	bool pause, cont, clear, no_hitcount;
	bool removes;	      /* set by the caller: variables may be there already */
	unsigned int nr_vars; /* NAME=EXPRESSION */
	struct {
		const char *name, *expression;
	} vars[UTFS_HIST_VARS_MAX];
	unsigned int
		nr_actions; /* onmatch(..), onmax(..), onchange(..), with what follows up to the next ':' */

	const char *actions[UTFS_HIST_ACTIONS_MAX];
	const struct utfs_hist_scope *scope; /* the caller's; NULL: there is nothing to refer to */
	char *text;			     /* holds all of them */
	char *command; /* "hist:" and the text as it was: what positions are found in */
};

/*
 * utfs_hist_parse - take the text of a hist trigger apart
 *
 * text is what stands behind "hist:". *attributes is to be given to utfs_hist_attributes_free(), whatever is returned.
 *
 * Return: 0; -EINVAL, -ERANGE as the kernel's, with *failures filled where the kernel says why; -ENOMEM.
 * Locks: none. Context: any thread.
 */
int utfs_hist_parse(const char *text, struct utfs_hist_attributes *attributes,
		    struct utfs_hist_failures *failures);
/* utfs_hist_attributes_free - Return: nothing. Locks: none. Context: any thread. */
void utfs_hist_attributes_free(struct utfs_hist_attributes *attributes);

/*
 * utfs_hist_compile - the plan of a trigger for events of a format
 *
 * *plan belongs to the caller: free(). Its map, its serials and its filter's text are not in it yet. *helpers (NULL: there can be none),
 * empty when it comes, is what has to be made before it, and to be given to utfs_hist_helpers_free(), whatever is returned.
 *
 * Return: 0; -EINVAL, -ENOENT, -EDOM, -ENOMEM as the kernel's, with *failures filled where the kernel says why; -EOPNOTSUPP.
 * Locks: none. Context: any thread.
 */
int utfs_hist_compile(const struct utfs_event_format *format,
		      const struct utfs_hist_attributes *attributes, struct utfs_hist_plan **plan,
		      struct utfs_hist_helpers *helpers, struct utfs_hist_failures *failures);
/* utfs_hist_helpers_free - Return: nothing. Locks: none. Context: any thread. */
void utfs_hist_helpers_free(struct utfs_hist_helpers *helpers);

/* utfs_hist_note - note what is wrong where: at the first `piece` of the command. Return: nothing. Locks: none. Context: anywhere. */
void utfs_hist_note(struct utfs_hist_failures *failures,
		    const struct utfs_hist_attributes *attributes, enum utfs_hist_error error,
		    const char *piece);

/* utfs_hist_fail - the same. Return: ret; here, where it is seen not to be 0. Locks: none. Context: anywhere. */
static inline int utfs_hist_fail(struct utfs_hist_failures *failures,
				 const struct utfs_hist_attributes *attributes,
				 enum utfs_hist_error error, const char *piece, int ret)
{
	utfs_hist_note(failures, attributes, error, piece);
	return ret;
}

/*
 * utfs_hist_plan_matches - is this plan what another one means? As the kernel compares: not by name, filter and buckets.
 * Return: as named. Locks: none. Context: anywhere.
 */
bool utfs_hist_plan_matches(const struct utfs_hist_plan *plan, const struct utfs_hist_plan *other);

/* utfs_hist_plan_string - a string of a plan by its offset; "" where there is none. Locks: none. Context: anywhere. */
const char *utfs_hist_plan_string(const struct utfs_hist_plan *plan, uint32_t offset);

/*
 * utfs_hist_plan_write - append the trigger as it is listed: "hist:keys=...:size=2048", then its filter and "[active]"
 * Return: nothing; out of memory is remembered in text->error. Locks: none. Context: one thread per text.
 */
void utfs_hist_plan_write(struct eventfs_text *out, const struct utfs_hist_plan *plan);

/* What a map held: copied, so that nothing changes while it is sorted. */
struct utfs_hist_copy {
	uint32_t nr_entries;
	uint32_t element_bytes, comm, key, strings, nr_strings; /* as in struct utfs_hist_view */
	uint64_t hits, drops;
	uint64_t snapshot_value; /* of the variable that a snapshot was taken for last, */
	bool snapshot_taken;	 /* which was in the element behind the entries, */
	uint32_t snapshot_entry; /* here */
	char *elements;
	struct utfs_symbols
		*symbols; /* names functions, if the caller says so; NULL: there are addresses */
};

/*
 * utfs_hist_copy_map - copy what a map holds
 * *copy belongs to the caller: free(copy->elements). Return: 0; -ENOMEM. Locks: none; nobody frees the map. Context: any thread.
 */
int utfs_hist_copy_map(const struct utfs_hist_view *view, struct utfs_hist_copy *copy);

/* utfs_hist_hits - how many records a map has counted. Return: as named. Locks, context: as utfs_hist_copy_map(). */
uint64_t utfs_hist_hits(const struct utfs_hist_view *view);

/*
 * utfs_hist_write - append a histogram as the kernel's `hist` file shows it; sorts the copy
 * plan: a copy, checked (utfs_hist_plan_get()). Return: 0; -ENOMEM. Locks: none. Context: one thread per text and copy.
 */
int utfs_hist_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
		    struct utfs_hist_copy *copy);

/*
 * utfs_hist_debug_write - append what `hist_debug` shows of a plan; `read`: the plans that its references lead to, checked; NULL: gone
 * Return: nothing; out of memory is remembered in text->error. Locks: none. Context: one thread per text.
 */
void utfs_hist_debug_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
			   const struct utfs_hist_plan *const read[UTFS_HIST_REFS_MAX]);

#endif
