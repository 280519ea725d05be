/* SPDX-License-Identifier: MIT */
/*
 * Trigger commands: what may be written to events/SYSTEM/EVENT/trigger. The words, their errors and what the file reads are the
 * kernel's.
 *
 * A write goes through three steps of its command:
 *
 *	parse()    without the lock: all that the text says by itself. The event's fields are a copy
 *	apply()    with event_mutex, in a transaction, the event being the one that was parsed for: checks and changes
 *	free()     what the two have kept in request->private_data
 *
 * An error that is to stand in error_log is said with utfs_trigger_refuse(), in any of them; it is logged when the
 * transaction has been rolled back.
 *
 * To add a command: give it a struct utfs_trigger_command in a file of its own, trigger-NAME.c, declare it here and list it in
 * trigger-commands.c, where its place is that in the list of available ones. What its trigger does: arena/arena.h, trigger-table.c.
 */
#ifndef UTFS_TRACE_TRIGGER_H
#define UTFS_TRACE_TRIGGER_H

#include "trace/filter.h"
#include "trace/internal.h"

struct utfs_trigger_command;

struct utfs_trigger_error {
	const char *location; /* stays where it is until the request is freed, as message */
	const char *message;
	char *command;
	uint32_t position;
};
#define UTFS_TRIGGER_ERRORS 8 /* that one write can make */

/* One write to a trigger file. */
struct utfs_trigger_request {
	struct utfs_trace *trace;
	uint32_t instance; /* serial */
	const struct utfs_trigger_command *command;
	/* What was written, without the space around it; and of that what stands behind the command's name and what separates it; NULL: nothing. */
	char *text, *arguments;
	bool remove; /* a '!' stands in front */
	/* The event, copied when the write came. */
	uint64_t serial;
	char *system, *name;
	struct utfs_event_format *format; /* NULL: the events do not exist yet (pending_events) */
	void *private_data;
	struct utfs_trigger_error errors[UTFS_TRIGGER_ERRORS];
	unsigned int nr_errors;
};

/* Where a trigger stands that is shown or removed. */
struct utfs_trigger_place {
	struct utfs_trace *trace;
	uint32_t slot, id;
	unsigned int recorder; /* of the instance */
};

struct utfs_trigger_command {
	const char *name;
	uint32_t kind; /* enum utfs_trigger_kind of what it makes */
	/* Return: 0; a negative errno. */
	int (*parse)(struct utfs_trigger_request *request);
	/*
	 * The instance has a recorder, unless something is removed: then place->recorder may be UTFS_NO_RECORDER, and nothing
	 * is there. Return: 0; a negative errno: all is rolled back.
	 */
	int (*apply)(struct utfs_trigger_request *request, const struct utfs_trigger_place *place);
	void (*free)(struct utfs_trigger_request *request); /* NULL: nothing to free */
	/* The trigger's line. event_mutex held. */
	void (*print)(const struct utfs_trigger_place *place, const struct utfs_trigger_list *list,
		      const struct utfs_trigger *trigger, struct eventfs_text *out);
	/* Makes what the trigger needs, before it is added; commits. NULL: nothing. */
	int (*prepare)(struct utfs_trace *trace, uint32_t slot);
	/*
	 * For pending_events: what a parsed request makes of an event, its filter being one of names. *program stays the request's.
	 * NULL: the command cannot wait for its event.
	 */
	void (*pend)(const struct utfs_trigger_request *request, struct utfs_trigger *trigger,
		     const struct utfs_filter_program **program);
	/* Does something depend on the trigger, so that it has to stay? event_mutex held. NULL: never. */
	bool (*in_use)(const struct utfs_trigger_place *place, const struct utfs_trigger *trigger);
	bool truncates; /* opening the file with O_TRUNC removes it; as in the kernel, only some go */
};

/* trigger-commands.c ------------------------------------------------------------------------------------- */

extern const struct utfs_trigger_command *const utfs_trigger_commands[];
extern const size_t utfs_nr_trigger_commands;

/* The command that makes triggers of a kind. Return: NULL there is none (damage). */
const struct utfs_trigger_command *utfs_trigger_command_of(uint32_t kind);

/* Finds the command of request->text, and its arguments. Return: 0; -EINVAL there is none; -ENOMEM. */
int utfs_trigger_command_find(struct utfs_trigger_request *request);
/* Frees what a request holds, but not the request. */
void utfs_trigger_request_free(struct utfs_trigger_request *request);

/*
 * Says what is wrong: `command` is what error_log shows of what was written, `position` where the caret stands in it.
 * location and message are constant, or live in private_data. Return: ret; -ENOMEM. Locks: any.
 */
int utfs_trigger_refuse(struct utfs_trigger_request *request, int ret, const char *location,
			const char *message, const char *command, uint32_t position);

/*
 * Compiles "if EXPRESSION" (NULL: *program is NULL) for the request's event. *program belongs to the caller: free().
 * Return: 0; -EINVAL it begins with another word, or nothing follows; errno of utfs_filter_compile(), having said what is
 * wrong. Locks: none.
 */
int utfs_trigger_filter(struct utfs_trigger_request *request, char *text,
			struct utfs_filter_program **program);

/* As its skip_spaces(). */
char *utfs_trigger_skip(char *text);

/* The number at the start of a parameter, up to a ':'. Return: 0; -EINVAL, -ERANGE. */
int utfs_trigger_count(char *text, uint64_t *count);

/* Where in the list (NULL: there is none) the trigger stands that there cannot be another one of; behind its end: nowhere. */
uint32_t utfs_trigger_index(const struct utfs_trigger_list *list,
			    const struct utfs_trigger *trigger);
/* The triggers of a place. Return: NULL there are none. */
const struct utfs_trigger_list *utfs_trigger_list_at(const struct utfs_trace *trace,
						     const struct utfs_trigger_place *place)
	UTFS_REQUIRES(trace->arena.event_mutex);

/* ":unlimited" or ":count=N", " if EXPRESSION" and the newline. */
void utfs_trigger_print_rest(const struct utfs_trigger_place *place,
			     const struct utfs_trigger_list *list,
			     const struct utfs_trigger *trigger, struct eventfs_text *out)
	UTFS_REQUIRES(place->trace->arena.event_mutex);

/* trigger-simple.c, trigger-event.c ---------------------------------------------------------------------- */

extern const struct utfs_trigger_command utfs_trigger_traceon;
extern const struct utfs_trigger_command utfs_trigger_traceoff;
extern const struct utfs_trigger_command utfs_trigger_snapshot;
extern const struct utfs_trigger_command utfs_trigger_stacktrace;
extern const struct utfs_trigger_command utfs_trigger_enable_event;
extern const struct utfs_trigger_command utfs_trigger_disable_event, utfs_trigger_enable_hist,
	utfs_trigger_disable_hist;

extern const struct utfs_trigger_command utfs_trigger_hist; /* trigger-hist.c */

#endif
