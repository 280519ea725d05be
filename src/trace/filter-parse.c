/* SPDX-License-Identifier: MIT */
/*
 * The structure of a filter: comparisons joined by &&, || and !, and parentheses. Compiled in one pass into comparisons that
 * each say where evaluation goes on; a target that is not known yet is a link in a list of those with the same target.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/filter-internal.h"

#define NO_SLOT UINT16_MAX

static_assert(2 * UTFS_FILTER_TEXT_MAX < NO_SLOT, "every target has a number");

/* Lists of targets: where it goes on when the expression is true, and when it is false. */
struct exits {
	uint16_t when_true, when_false;
};

/* What has been read between one pair of parentheses. */
struct level {
	struct exits either; /* operands of || so far */
	struct exits both;   /* operands of && behind the last || */
	bool has_either, has_both;
	bool inverted; /* a ! stands before it */
};

/* What counting the parentheses and comparisons in advance finds. */
struct extent {
	uint32_t nr_levels, nr_predicates;
};

static const char *const error_texts[] = {
	[UTFS_FILTER_ERROR_NONE] = "Error",
	[UTFS_FILTER_ERROR_OPERATOR] = "Invalid operator",
	[UTFS_FILTER_ERROR_OPEN] = "Too many '('",
	[UTFS_FILTER_ERROR_CLOSE] = "Too few '('",
	[UTFS_FILTER_ERROR_QUOTE] = "Missing matching quote",
	[UTFS_FILTER_ERROR_BRACE_OPEN] = "Missing '{'",
	[UTFS_FILTER_ERROR_BRACE_CLOSE] = "Missing '}'",
	[UTFS_FILTER_ERROR_TOO_LONG] = "Operand too long",
	[UTFS_FILTER_ERROR_NOT_STRING] = "Expecting string field",
	[UTFS_FILTER_ERROR_NOT_NUMBER] = "Expecting numeric field",
	[UTFS_FILTER_ERROR_FIELD_OPERATOR] = "Illegal operation for field type",
	[UTFS_FILTER_ERROR_FIELD] = "Field not found",
	[UTFS_FILTER_ERROR_NUMBER] = "Illegal integer value",
	[UTFS_FILTER_ERROR_SYSTEM] = "Couldn't find or set field in one of a subsystem's events",
	[UTFS_FILTER_ERROR_TERMS] = "Too many terms in predicate expression",
	[UTFS_FILTER_ERROR_MEANINGLESS] = "Meaningless filter expression",
	[UTFS_FILTER_ERROR_CPUS] = "Invalid cpulist",
	[UTFS_FILTER_ERROR_VALUE] = "Invalid value (did you forget quotes)?",
	[UTFS_FILTER_ERROR_FUNCTION] = "Function not found",
	[UTFS_FILTER_ERROR_EMPTY] = "No filter found",
};

const char *utfs_filter_error_text(enum utfs_filter_error error)
{
	return error_texts[error];
}

int utfs_filter_fail(struct utfs_filter_parser *parser, enum utfs_filter_error error,
		     size_t position, int ret)
{
	parser->failure.error = error;
	parser->failure.position = (uint32_t)position;
	return ret;
}

int utfs_filter_operand(struct utfs_filter_parser *parser, struct utfs_filter_op *op,
			const void *data, size_t bytes)
{
	size_t need = parser->operand_bytes + (bytes + 7) / 8 * 8;

	if (need > parser->operand_room) {
		size_t room = need + parser->operand_room + 256;
		char *operands = realloc(parser->operands, room);

		if (!operands)
			return -ENOMEM;
		parser->operands = operands;
		parser->operand_room = room;
	}
	if (bytes) {
		memset(parser->operands + need - 8, 0, 8);
		memcpy(parser->operands + parser->operand_bytes, data, bytes);
	}
	op->operand = (uint32_t)parser->operand_bytes;
	op->operand_bytes = (uint32_t)bytes;
	parser->operand_bytes = need;
	return 0;
}

/* Where the parenthesis stands that is not closed: the last one of the outermost open level. */
static size_t open_find(const char *text, size_t end, int open)
{
	int level = open;
	char quote = '\0';

	for (size_t i = end - 1; i; i--) {
		char c = text[i];

		if (quote) {
			quote = c == quote ? '\0' : quote;
		} else if (c == '(') {
			if (level == open)
				return i;
			level--;
		} else if (c == ')') {
			level++;
		} else if (c == '\'' || c == '"') {
			quote = c;
		}
	}
	return 0;
}

/* Counts parentheses and, roughly, comparisons: at least as many as there are. The errors are the kernel's numbers. */
static int measure(struct utfs_filter_parser *parser, struct extent *extent)
{
	const char *text = parser->text;
	bool inside = false;
	char quote = '\0';
	size_t i, quote_at = 0;
	int open = 1;

	*extent = (struct extent){.nr_levels = 1};
	for (i = 0; text[i]; i++) {
		char c = text[i];

		if (utfs_filter_space(c))
			continue;
		if (quote) {
			quote = c == quote ? '\0' : quote;
			continue;
		}
		if ((c == '|' || c == '&') && text[i + 1] == c) {
			inside = false;
			continue;
		}
		if (c == '(' || c == ')') {
			inside = false;
			if (c == ')' && open == 1)
				return utfs_filter_fail(parser, UTFS_FILTER_ERROR_CLOSE, i, -EPERM);
			open += c == '(' ? 1 : -1;
			if ((uint32_t)open > extent->nr_levels)
				extent->nr_levels = (uint32_t)open;
			continue;
		}
		if (c == '\'' || c == '"') {
			quote = c;
			quote_at = i;
		}
		extent->nr_predicates += !inside;
		inside = true;
	}
	if (quote)
		return utfs_filter_fail(parser, UTFS_FILTER_ERROR_QUOTE, quote_at, -ESRCH);
	if (open != 1)
		return utfs_filter_fail(parser, UTFS_FILTER_ERROR_OPEN, open_find(text, i, open),
					-ENOENT);
	return 0;
}

/* A slot is one of the two targets of an op. */
static uint16_t *slot_at(struct utfs_filter_parser *parser, uint16_t slot)
{
	struct utfs_filter_op *op = &parser->ops[slot / 2];

	return slot % 2 ? &op->when_false : &op->when_true;
}

/* Everything in the list goes to op `target`. */
static void list_resolve(struct utfs_filter_parser *parser, uint16_t list, uint32_t target)
{
	while (list != NO_SLOT) {
		uint16_t *slot = slot_at(parser, list);

		list = *slot;
		*slot = (uint16_t)target;
	}
}

static uint16_t list_join(struct utfs_filter_parser *parser, uint16_t list, uint16_t more)
{
	uint16_t at = list;

	if (list == NO_SLOT)
		return more;
	while (*slot_at(parser, at) != NO_SLOT)
		at = *slot_at(parser, at);
	*slot_at(parser, at) = more;
	return list;
}

static struct exits exits_invert(struct exits exits, bool inverted)
{
	return inverted ? (struct exits){exits.when_false, exits.when_true} : exits;
}

/* The level's expression ends with this operand, or a && or || follows. */
static struct exits level_close_and(struct utfs_filter_parser *parser, struct level *level,
				    struct exits operand)
{
	if (level->has_both)
		operand.when_false = list_join(parser, level->both.when_false, operand.when_false);
	level->has_both = false;
	return operand;
}

static struct exits level_close_or(struct utfs_filter_parser *parser, struct level *level,
				   struct exits operand)
{
	if (level->has_either)
		operand.when_true = list_join(parser, level->either.when_true, operand.when_true);
	level->has_either = false;
	return operand;
}

/* Reads a comparison at `at`. Return: 0, *exits, *end. */
static int predicate_take(struct utfs_filter_parser *parser, size_t at, bool inverted,
			  struct exits *exits, size_t *end)
{
	struct utfs_filter_op op = {0};
	uint16_t slot = (uint16_t)(2 * parser->nr_ops);
	int ret;

	if (parser->nr_ops == parser->room_ops)
		return utfs_filter_fail(parser, UTFS_FILTER_ERROR_TERMS, at, -EINVAL);
	ret = utfs_filter_predicate(parser, at, &op, end);
	if (ret)
		return ret;
	op.when_true = op.when_false = NO_SLOT;
	parser->ops[parser->nr_ops++] = op;
	*exits = exits_invert((struct exits){slot, (uint16_t)(slot + 1)}, inverted);
	return 0;
}

/*
 * Behind an operand: closing parentheses, then an operator or the end.
 * Return: 1 an operator was taken, 0 the end with all the filter in *exits, -EPERM.
 */
static int operator_take(struct utfs_filter_parser *parser, struct level *levels, size_t *depth,
			 size_t *at, struct exits *exits)
{
	const char *text = parser->text;

	for (;;) {
		struct level *level = &levels[*depth];
		size_t i = (*at)++;
		char c = text[i];

		if (utfs_filter_space(c))
			continue;
		if ((c == '&' || c == '|') && text[i + 1] == c)
			++*at;
		else if (c && c != ')')
			return utfs_filter_fail(parser, UTFS_FILTER_ERROR_TERMS, i, -EPERM);
		*exits = level_close_and(parser, level, *exits);
		if (c == '&') {
			list_resolve(parser, exits->when_true, parser->nr_ops);
			level->both = *exits;
			level->has_both = true;
			return 1;
		}
		*exits = level_close_or(parser, level, *exits);
		if (c == '|') {
			list_resolve(parser, exits->when_false, parser->nr_ops);
			level->either = *exits;
			level->has_either = true;
			return 1;
		}
		if (!c)
			return 0;
		/* Not below the first: parentheses have been counted. */
		*exits = exits_invert(*exits, level->inverted);
		--*depth;
	}
}

static int expression_parse(struct utfs_filter_parser *parser, struct level *levels)
{
	const char *text = parser->text;
	bool inverted = false;
	size_t at = 0, depth = 0;
	struct exits exits = {NO_SLOT, NO_SLOT};
	int ret = 1;

	while (ret == 1 && text[at]) {
		char c = text[at];

		if (utfs_filter_space(c)) {
			at++;
		} else if (c == '(') {
			levels[++depth] = (struct level){.inverted = inverted};
			inverted = false;
			at++;
		} else if (c == '!' && text[at + 1] != '=' && text[at + 1] != '~') {
			inverted = !inverted;
			at++;
		} else {
			ret = predicate_take(parser, at, inverted, &exits, &at);
			inverted = false;
			if (!ret)
				ret = operator_take(parser, levels, &depth, &at, &exits);
		}
	}
	if (ret < 0)
		return ret;
	if (!parser->nr_ops)
		return utfs_filter_fail(parser, UTFS_FILTER_ERROR_EMPTY, at, -EINVAL);
	if (ret)
		return utfs_filter_fail(parser, UTFS_FILTER_ERROR_MEANINGLESS, at, -EINVAL);
	list_resolve(parser, exits.when_true, parser->nr_ops);
	list_resolve(parser, exits.when_false, parser->nr_ops + 1);
	return 0;
}

/* Head, ops, operands, text. */
static int program_make(const struct utfs_filter_parser *parser, const char *text,
			struct utfs_filter_program **program)
{
	size_t text_bytes = strlen(text);
	size_t ops_bytes = parser->nr_ops * sizeof(struct utfs_filter_op);
	size_t operands = sizeof(**program) + ops_bytes;
	size_t bytes = operands + parser->operand_bytes + text_bytes;

	if (bytes > UINT16_MAX)
		return -E2BIG;
	*program = calloc(1, bytes);
	if (!*program)
		return -ENOMEM;
	**program = (struct utfs_filter_program){
		.object = {UTFS_MAGIC_PROGRAM, (uint32_t)bytes},
		.nr_ops = parser->nr_ops,
		.text = (uint32_t)(bytes - text_bytes),
		.text_bytes = (uint32_t)text_bytes,
	};
	for (uint32_t i = 0; i < parser->nr_ops; i++) {
		(*program)->ops[i] = parser->ops[i];
		if (parser->ops[i].operand_bytes)
			(*program)->ops[i].operand += (uint32_t)operands;
		(*program)->ops[i].name += (uint32_t)operands;
	}
	if (parser->operand_bytes)
		memcpy((char *)*program + operands, parser->operands, parser->operand_bytes);
	memcpy((char *)*program + (*program)->text, text, text_bytes);
	return 0;
}

int utfs_filter_compile(const struct utfs_event_format *format, const char *text, uint32_t nr_cpus,
			struct utfs_filter_program **program, struct utfs_filter_failure *failure)
{
	struct utfs_filter_parser parser = {.format = format, .text = text, .nr_cpus = nr_cpus};
	struct level *levels = NULL;
	struct extent extent;
	int ret = measure(&parser, &extent);

	if (!ret && !extent.nr_predicates)
		ret = -EINVAL;
	if (!ret) {
		/* Two more than counted, so that the errors come where the kernel finds them. */
		parser.room_ops = extent.nr_predicates + 2;
		parser.ops = calloc(parser.room_ops, sizeof(*parser.ops));
		levels = calloc(extent.nr_levels, sizeof(*levels));
		ret = parser.ops && levels ? expression_parse(&parser, levels) : -ENOMEM;
	}
	if (!ret)
		ret = program_make(&parser, text, program);
	*failure = parser.failure;
	free(parser.ops);
	free(parser.operands);
	free(levels);
	return ret;
}

int utfs_filter_explain(const char *text, const struct utfs_filter_failure *failure,
			struct utfs_filter_program **program)
{
	static const struct utfs_filter_parser none = {0};
	struct eventfs_text out = {0};
	size_t position = failure->position;
	int ret;

	eventfs_text_puts(&out, text);
	if (position > strlen(text))
		position = strlen(text);
	if (failure->error) {
		eventfs_text_printf(&out, "\n%*s\nparse_error: %s\n",
				    (int)(position ? position + 1 : 0), "^",
				    utfs_filter_error_text(failure->error));
	} else {
		eventfs_text_puts(&out, "\nError: (0)\n");
	}
	eventfs_text_putc(&out, '\0');
	ret = out.error ? out.error : program_make(&none, out.data, program);
	eventfs_text_fini(&out);
	return ret;
}
