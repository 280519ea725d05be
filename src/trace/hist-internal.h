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
	char text[]; /* of an expression: its name */
};

struct utfs_hist_compiler {
	const struct utfs_event_format *format;
	const struct utfs_hist_attributes *attributes;
	struct utfs_hist_failures *failures;
	struct utfs_hist_node *nodes;
	bool timestamps, usecs;
};

/* hist-parse.c: kstrtoull(text, 0). Return: 0; -EINVAL, -ERANGE. */
int utfs_hist_number(const char *text, uint64_t *value);

/*
 * hist-expression.c: understands an expression, or a field alone. `text` is cut into pieces on the way.
 * Return: 0 and *node, freed with the compiler's; as utfs_hist_compile().
 */
int utfs_hist_expression(struct utfs_hist_compiler *compiler, char *text, uint32_t flags,
			 struct utfs_hist_node **node);
/* A node of its own, zeroed, with room for a text. NULL: out of memory. */
struct utfs_hist_node *utfs_hist_node_make(struct utfs_hist_compiler *compiler, size_t text_bytes);

/* hist-print.c: what a histogram is sorted by at a place; NULL: nothing, or it is damaged. */
const struct utfs_hist_field *utfs_hist_sort_field(const struct utfs_hist_plan *plan,
						   unsigned int sort);

/* hist-print.c: "hex", "log2": how a field's modifier is written; NULL: it has none. */
const char *utfs_hist_modifier(uint32_t flags);

#endif
