/* SPDX-License-Identifier: MIT */
/* The structure of a hist trigger: attributes between colons, and a filter behind them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hist-internal.h"
#include "trace/internal.h"

#define PREFIX "hist:"

static const char *const error_texts[] = {
	[UTFS_HIST_ERROR_DUPLICATE_VAR] = "Variable already defined",
	[UTFS_HIST_ERROR_TOO_MANY_VARS] = "Too many variables defined",
	[UTFS_HIST_ERROR_MALFORMED_ASSIGNMENT] = "Malformed assignment",
	[UTFS_HIST_ERROR_NAMED_MISMATCH] =
		"Named hist trigger doesn't match existing named trigger (includes variables)",
	[UTFS_HIST_ERROR_EXISTS] = "Hist trigger already exists",
	[UTFS_HIST_ERROR_NONE_TO_CLEAR] = "Can't clear or continue a nonexistent hist trigger",
	[UTFS_HIST_ERROR_CLOCK] = "Couldn't set trace_clock",
	[UTFS_HIST_ERROR_MODIFIER] = "Invalid field modifier",
	[UTFS_HIST_ERROR_TOO_MANY_SUBEXPR] = "Too many subexpressions (3 max)",
	[UTFS_HIST_ERROR_TIMESTAMP_MISMATCH] = "Timestamp units in expression don't match",
	[UTFS_HIST_ERROR_INVALID_REF_KEY] = "Using variable references in keys not supported",
	[UTFS_HIST_ERROR_VAR] = "Couldn't find variable",
	[UTFS_HIST_ERROR_FIELD] = "Couldn't find field",
	[UTFS_HIST_ERROR_EMPTY_ASSIGNMENT] = "Empty assignment",
	[UTFS_HIST_ERROR_SORT_MODIFIER] = "Invalid sort modifier",
	[UTFS_HIST_ERROR_EMPTY_SORT_FIELD] = "Empty sort field",
	[UTFS_HIST_ERROR_TOO_MANY_SORT_FIELDS] = "Too many sort fields (Max = 2)",
	[UTFS_HIST_ERROR_SORT_FIELD] = "Sort field must be a key or a val",
	[UTFS_HIST_ERROR_STRING_OPERAND] = "String type can not be an operand in expression",
	[UTFS_HIST_ERROR_NUMBER] = "Expecting numeric literal",
	[UTFS_HIST_ERROR_UNARY_MINUS] = "Unary minus not supported in sub-expressions",
	[UTFS_HIST_ERROR_DIVISION_BY_ZERO] = "Division by zero",
	[UTFS_HIST_ERROR_NEED_VALUE] = "Non-hitcount value is required for 'nohitcount'",
	[UTFS_HIST_ERROR_VAR_NOT_UNIQUE] = ("Variable name not unique, need to use fully qualified "
					    "name (subsys.event.var) for variable"),
	[UTFS_HIST_ERROR_TOO_MANY_FIELD_VARS] = "Too many field variables defined",
	[UTFS_HIST_ERROR_EVENT_FILE_NOT_FOUND] = "Event file not found",
	[UTFS_HIST_ERROR_HIST_NOT_FOUND] = "Matching event histogram not found",
	[UTFS_HIST_ERROR_HIST_CREATE_FAIL] = "Couldn't create histogram for field",
	[UTFS_HIST_ERROR_SYNTH_EVENT_NOT_FOUND] = "Couldn't find synthetic event",
	[UTFS_HIST_ERROR_SYNTH_TYPE_MISMATCH] =
		"Param type doesn't match synthetic event field type",
	[UTFS_HIST_ERROR_SYNTH_COUNT_MISMATCH] =
		"Param count doesn't match synthetic event field count",
	[UTFS_HIST_ERROR_FIELD_VAR_PARSE_FAIL] = "Couldn't parse field variable",
	[UTFS_HIST_ERROR_VAR_CREATE_FIND_FAIL] = "Couldn't create or find variable",
	[UTFS_HIST_ERROR_ONX_NOT_VAR] = "For onmax(x) or onchange(x), x must be a variable",
	[UTFS_HIST_ERROR_ONX_VAR_NOT_FOUND] = "Couldn't find onmax or onchange variable",
	[UTFS_HIST_ERROR_ONX_VAR_CREATE_FAIL] = "Couldn't create onmax or onchange variable",
	[UTFS_HIST_ERROR_FIELD_VAR_CREATE_FAIL] = "Couldn't create field variable",
	[UTFS_HIST_ERROR_TOO_MANY_PARAMS] = "Too many action params",
	[UTFS_HIST_ERROR_PARAM_NOT_FOUND] = "Couldn't find param",
	[UTFS_HIST_ERROR_INVALID_PARAM] = "Invalid action param",
	[UTFS_HIST_ERROR_ACTION_NOT_FOUND] = "No action found",
	[UTFS_HIST_ERROR_TOO_MANY_SAVE_ACTIONS] = "Can't have more than one save() action per hist",
	[UTFS_HIST_ERROR_ACTION_MISMATCH] = "Handler doesn't support action",
	[UTFS_HIST_ERROR_NO_CLOSING_PAREN] = "No closing paren found",
	[UTFS_HIST_ERROR_SUBSYS_NOT_FOUND] = "Missing subsystem",
	[UTFS_HIST_ERROR_INVALID_SUBSYS_EVENT] = "Invalid subsystem or event name",
};

const char *utfs_hist_error_text(enum utfs_hist_error error)
{
	return error_texts[error];
}

void utfs_hist_note(struct utfs_hist_failures *failures,
		    const struct utfs_hist_attributes *attributes, enum utfs_hist_error error,
		    const char *piece)
{
	const char *found = piece ? strstr(attributes->command, piece) : NULL;

	/* The last ones count. */
	if (failures->n == UTFS_HIST_FAILURES_MAX)
		memmove(&failures->list[0], &failures->list[1],
			--failures->n * sizeof(failures->list[0]));
	failures->list[failures->n].error = error;
	failures->list[failures->n++].position =
		found ? (uint32_t)(found - attributes->command) : 0;
}

int utfs_hist_number(const char *text, uint64_t *value)
{
	unsigned int base = 10;
	uint64_t result = 0;

	text += *text == '+';
	if (text[0] == '0') {
		base = (text[1] | 0x20) == 'x' ? 16 : 8;
		text += base == 16 ? 2 : 0;
	}
	if (!*text || *text == '\n')
		return -EINVAL;
	for (; *text && (text[0] != '\n' || text[1]); text++) {
		unsigned int digit = (unsigned int)(unsigned char)*text - '0';

		if (digit > 9)
			digit = ((unsigned int)(unsigned char)*text | 0x20) - 'a' + 10;
		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(result, base, &result) ||
		    __builtin_add_overflow(result, digit, &result))
			return -ERANGE;
	}
	*value = result;
	return 0;
}

/* What stands behind a prefix; NULL: it does not begin so. */
static const char *behind(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) ? NULL : text + n;
}

static int size_parse(struct utfs_hist_attributes *attributes, const char *text)
{
	unsigned int bits = 0;
	uint64_t size;
	int ret = utfs_hist_number(text, &size);

	if (ret)
		return ret;
	while (bits <= UTFS_HIST_BITS_MAX && UINT64_C(1) << bits < size)
		bits++;
	if (bits < UTFS_HIST_BITS_MIN || bits > UTFS_HIST_BITS_MAX)
		return -EINVAL;
	attributes->map_bits = bits;
	return 0;
}

/* Assignments that are none of the words: variables. Several may stand between two colons. */
static int assignment_parse(char *text, struct utfs_hist_attributes *attributes,
			    struct utfs_hist_failures *failures)
{
	char *name;

	for (unsigned int i = 0; i < UTFS_HIST_VARS_MAX && (name = strsep(&text, ",")); i++) {
		char *expression = name;

		strsep(&expression, "=");
		if (!expression)
			return utfs_hist_fail(failures, attributes,
					      UTFS_HIST_ERROR_MALFORMED_ASSIGNMENT, name, -EINVAL);
		if (attributes->nr_vars == UTFS_HIST_VARS_MAX)
			return utfs_hist_fail(failures, attributes, UTFS_HIST_ERROR_TOO_MANY_VARS,
					      name, -EINVAL);
		attributes->vars[attributes->nr_vars].name = name;
		attributes->vars[attributes->nr_vars++].expression = expression;
	}
	return 0;
}

static int value_parse(char *text, struct utfs_hist_attributes *attributes, char **assignments,
		       unsigned int *nr_assignments, struct utfs_hist_failures *failures)
{
	const char *value;
	size_t bytes;

	if ((value = behind(text, "key=")) || (value = behind(text, "keys="))) {
		attributes->keys = value;
	} else if ((value = behind(text, "val=")) || (value = behind(text, "vals=")) ||
		   (value = behind(text, "values="))) {
		attributes->vals = value;
	} else if ((value = behind(text, "sort="))) {
		attributes->sort = value;
	} else if (behind(text, "name=")) {
		attributes->name = text;
	} else if ((value = behind(text, "clock="))) {
		bytes = strlen(value);
		value = utfs_parse_strip(value, &bytes);
		text[value - text + (ptrdiff_t)bytes] = '\0';
		attributes->clock = value;
	} else if ((value = behind(text, "size="))) {
		return size_parse(attributes, value);
	} else if (*nr_assignments == UTFS_HIST_VARS_MAX) {
		return utfs_hist_fail(failures, attributes, UTFS_HIST_ERROR_TOO_MANY_VARS, text,
				      -EINVAL);
	} else {
		assignments[(*nr_assignments)++] = text;
	}
	return 0;
}

/* An attribute without a value. */
static int word_parse(const char *text, struct utfs_hist_attributes *attributes)
{
	if (!strcmp(text, "nohitcount") || !strcmp(text, "NOHC"))
		attributes->no_hitcount = true;
	else if (!strcmp(text, "pause"))
		attributes->pause = true;
	else if (!strcmp(text, "cont") || !strcmp(text, "continue"))
		attributes->cont = true;
	else if (!strcmp(text, "clear"))
		attributes->clear = true;
	else if (attributes->nr_actions < UTFS_HIST_ACTIONS_MAX &&
		 (behind(text, "onmatch(") || behind(text, "onmax(") || behind(text, "onchange(")))
		attributes->actions[attributes->nr_actions++] = text;
	else
		return -EINVAL;
	return 0;
}

/*
 * Cuts the filter off: an "if" between blanks. As in the kernel: one at the very end, or at the beginning, is an error.
 * Return: 0; -EINVAL.
 */
static int filter_cut(struct utfs_hist_attributes *attributes, char **trigger)
{
	char *text = attributes->text, *at = text;
	size_t length = strlen(text), bytes;

	while ((at = strstr(at, "if"))) {
		if (at == text)
			return -EINVAL;
		if (at[-1] != ' ' && at[-1] != '\t') {
			at++;
			continue;
		}
		if (at + 3 >= text + length)
			return -EINVAL;
		if (at[2] == ' ' || at[2] == '\t')
			break;
		at++;
	}
	*trigger = text;
	if (!at)
		return 0;
	at[-1] = '\0';
	bytes = strlen(at);
	attributes->filter = utfs_parse_strip(at, &bytes);
	at[bytes] = '\0';
	bytes = strlen(text);
	*trigger += utfs_parse_strip(text, &bytes) - text;
	(*trigger)[bytes] = '\0';
	return 0;
}

int utfs_hist_parse(const char *text, struct utfs_hist_attributes *attributes,
		    struct utfs_hist_failures *failures)
{
	char *assignments[UTFS_HIST_VARS_MAX];
	unsigned int nr_assignments = 0;
	size_t bytes = strlen(text) + sizeof(PREFIX);
	char *trigger = NULL, *piece, *equals;
	int ret;

	*attributes = (struct utfs_hist_attributes){.clock = "global"};
	*failures = (struct utfs_hist_failures){0};
	attributes->text = strdup(text);
	attributes->command = malloc(bytes);
	if (!attributes->text || !attributes->command)
		return -ENOMEM;
	memcpy(attributes->command, PREFIX, sizeof(PREFIX) - 1);
	memcpy(attributes->command + sizeof(PREFIX) - 1, text, bytes - (sizeof(PREFIX) - 1));
	ret = filter_cut(attributes, &trigger);
	/* An expression's minus is told from this one so, in the kernel's messages as well. */
	for (piece = trigger; !ret && piece && (piece = strstr(piece, ".sym-offset")); piece++)
		piece[4] = 'X';
	while (!ret && (piece = strsep(&trigger, ":"))) {
		equals = strchr(piece, '=');
		if (!equals)
			ret = word_parse(piece, attributes);
		else if (!equals[1])
			ret = utfs_hist_fail(failures, attributes, UTFS_HIST_ERROR_EMPTY_ASSIGNMENT,
					     piece, -EINVAL);
		else
			ret = value_parse(piece, attributes, assignments, &nr_assignments,
					  failures);
	}
	if (!ret && !attributes->keys)
		ret = -EINVAL;
	for (unsigned int i = 0; !ret && i < nr_assignments; i++)
		ret = assignment_parse(assignments[i], attributes, failures);
	return ret;
}

void utfs_hist_attributes_free(struct utfs_hist_attributes *attributes)
{
	free(attributes->text);
	free(attributes->command);
	*attributes = (struct utfs_hist_attributes){0};
}
