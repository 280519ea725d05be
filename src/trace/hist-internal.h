/* SPDX-License-Identifier: MIT */
/* Between the files of the histogram compiler. */
#ifndef UTFS_TRACE_HIST_INTERNAL_H
#define UTFS_TRACE_HIST_INTERNAL_H

#include "trace/hist.h"

enum utfs_hist_operator {
	UTFS_HIST_OP_NONE,
	UTFS_HIST_OP_PLUS,
	UTFS_HIST_OP_MINUS,
	UTFS_HIST_OP_NEGATE,
	UTFS_HIST_OP_DIVIDE,
	UTFS_HIST_OP_MULTIPLY,
};

/* A field or an expression of fields, understood. */
struct utfs_hist_node {
	struct utfs_hist_node *next;	/* of the compiler's, to be freed */
	const struct utfs_field *field; /* NULL: none of the event's */
	const char *name;		/* as it is shown */
	const char *type;
	uint32_t flags; /* UTFS_HIST_* */
	uint32_t size;	/* bytes of a value in a key */
	uint64_t buckets, constant;
	uint8_t source; /* enum utfs_hist_source */
	bool is_signed;
	enum utfs_hist_operator op;
	struct utfs_hist_node *operands[2];
	unsigned int ref;     /* of a reference: which one */
	const char *variable; /* the name that its value is given; NULL: none */
	char text[];	      /* of an expression: its name */
};

/* A variable of a plan that is there. */
struct utfs_hist_variable {
	const struct utfs_hist_known *known;
	unsigned int value;
};

/* A handler with its action, cut into words: pieces of `copy`. */
struct utfs_hist_action_words {
	const char *text; /* as it was written */
	char *copy;
	enum utfs_hist_handler handler;
	enum utfs_hist_action_kind kind;
	const char *system, *event; /* onmatch */
	const char *tracked;	    /* onmax, onchange: "$variable" */
	const char *action, *synthetic;
	bool by_keyword; /* trace(EVENT, ...) instead of EVENT(...) */
	unsigned int nr_params;
	char *params[UTFS_HIST_PARAMS_MAX];
	/* What they come to; indices of variables count from the first one. */
	struct utfs_hist_synthetic target;
	struct utfs_hist_param sources[UTFS_HIST_PARAMS_MAX];
	unsigned int tracked_index, kept_index;
};

struct utfs_hist_compiler {
	const struct utfs_event_format *format;
	const struct utfs_hist_attributes *attributes;
	struct utfs_hist_failures *failures;
	struct utfs_hist_node *nodes;
	bool timestamps, usecs;
	struct utfs_hist_helpers *helpers; /* the caller's */
	/* Set when they are known, which actions ask for. */
	unsigned int nr_keys;
	struct utfs_hist_node *const *keys;
	unsigned int nr_vars; /* those that nobody has named included */
	struct utfs_hist_node *vars[UTFS_HIST_VARS_MAX];
	unsigned int first_saved, nr_saved; /* of the variables */
	unsigned int nr_refs;
	struct utfs_hist_ref refs[UTFS_HIST_REFS_MAX];
	unsigned int nr_actions;
	struct utfs_hist_action_words actions[UTFS_HIST_ACTIONS_MAX];
};

/* hist-parse.c: kstrtoull(text, 0). Return: 0; -EINVAL, -ERANGE. */
int utfs_hist_number(const char *text, uint64_t *value);

/*
 * hist-expression.c: understands an expression, or a field alone. `text` is cut into pieces on the way.
 * Return: 0 and *node, freed with the compiler's; as utfs_hist_compile().
 */
int utfs_hist_expression(struct utfs_hist_compiler *compiler, char *text, uint32_t flags,
			 struct utfs_hist_node **node);
/* hist-expression.c: the same for a field, a constant or a variable; `text` stays as it is. */
int utfs_hist_atom(struct utfs_hist_compiler *compiler, const char *text, uint32_t flags,
		   struct utfs_hist_node **node);
/* A node of its own, zeroed, with room for a text. NULL: out of memory. */
struct utfs_hist_node *utfs_hist_node_make(struct utfs_hist_compiler *compiler, size_t text_bytes);

/* hist-print.c: what a histogram is sorted by at a place; NULL: nothing, or it is damaged. */
const struct utfs_hist_field *utfs_hist_sort_field(const struct utfs_hist_plan *plan,
						   unsigned int sort);

/* hist-print.c: "hex", "log2": how a field's modifier is written; NULL: it has none. */
const char *utfs_hist_modifier(uint32_t flags);

/*
 * hist-variable.c: which variable a name means; system and event may be NULL. Says so where there are several.
 * Return: false none.
 */
bool utfs_hist_variable_find(struct utfs_hist_compiler *compiler, const char *system,
			     const char *event, const char *name, struct utfs_hist_variable *found);
/* hist-variable.c: is this the name of a variable of the trigger, or of another trigger of its event? */
bool utfs_hist_variable_defined(const struct utfs_hist_compiler *compiler, const char *name);
/* hist-variable.c: the plan's reference to a variable, made if there is none. Return: its number; -EINVAL there are too many. */
int utfs_hist_ref_get(struct utfs_hist_compiler *compiler,
		      const struct utfs_hist_variable *variable);
/* hist-variable.c: the same for a plan that is yet to be made. */
int utfs_hist_ref_add(struct utfs_hist_compiler *compiler, const struct utfs_hist_ref *ref);
/* hist-variable.c: a plan's variable of a name. Return: which value it is; 0: it has none. */
unsigned int utfs_hist_value_find(const struct utfs_hist_plan *plan, const char *name);
/* hist-variable.c: a node that reads a variable. Return: as utfs_hist_expression(). */
int utfs_hist_ref_parse(struct utfs_hist_compiler *compiler, const char *system, const char *event,
			const char *name, uint32_t flags, struct utfs_hist_node **node);

/*
 * hist-helper.c: a field of another event. Return: the number of the reference that reads it, *plan and *value where it is kept;
 * -EINVAL, having said why; -ENOMEM.
 */
int utfs_hist_helper_get(struct utfs_hist_compiler *compiler, const char *system, const char *event,
			 const char *field, const struct utfs_hist_plan **plan,
			 unsigned int *value);

/* hist-action.c: the actions' words; before the fields, which may mean events that actions name. Return: as utfs_hist_compile(). */
int utfs_hist_actions_cut(struct utfs_hist_compiler *compiler);
/* hist-action.c: what they come to; after the fields. Return: as utfs_hist_compile(). */
int utfs_hist_actions_make(struct utfs_hist_compiler *compiler);

#endif
