/* SPDX-License-Identifier: MIT */
/*
 * Variables between events, and what is done with them. A record of a plan with references finds the elements with its key in the maps
 * of the plans it refers to; where one of the variables is not set there, it is not counted at all.
 *
 *   one event, any process                     another one, perhaps in another process
 *   values[i] = value       (relaxed)          set & ~bit i, or set        (acquire)
 *   set |= bit i            (release)          value = values[i]           (relaxed)
 *
 * So a bit that is seen set has a value that was stored for it; it may be a later one, of an event with the same key that came in
 * between. A process that dies between the two stores leaves the variable as it was: not set, or set with one of the two
 * values. One that dies after it has taken a bit leaves a match that was never told.
 */
#include <string.h>
#include <sys/prctl.h>

#include "app/app.h"
#include "app/hist-internal.h"
#include "arena/inject.h"

/* Synthetic events may have histograms that write synthetic events, and so on: so often. */
#define DEPTH_MAX 3

struct match {
	struct utfs_hist_counting *c;
	struct utfs_hist_element *element;
	uint64_t refs[UTFS_HIST_REFS_MAX];
	const char *texts[UTFS_HIST_REFS_MAX]; /* of references to strings; NULL: none */
	unsigned int nr_refs;
	char comm[UTFS_HIST_COMM_BYTES];
	struct utfs_hist_stack stack;
};

/* ------------------------------------------------------------------------------------------------
 * References
 */

static bool ref_resolve(struct match *m, unsigned int i)
{
	const struct utfs_hist_counting *c = m->c;
	const struct utfs_hist_ref ref = c->plan->refs[i];
	const uint64_t bit = UINT64_C(1) << (ref.value & 63);
	struct utfs_hist_element *element;
	struct utfs_hist_target target;
	uint64_t *set, before;

	if (!utfs_hist_target_get(c->subject->writer->arena, ref.plan, &target) ||
	    target.view.key_bytes != c->view->key_bytes || ref.value + 1U >= target.view.nr_values)
		return false;
	element = utfs_hist_element_find(&target.view, c->key);
	if (!element)
		return false;
	set = &element->values[target.view.nr_values - 1];
	before = __atomic_load_n(set, __ATOMIC_ACQUIRE);
	if (ref.once && before & bit)
		before = __atomic_fetch_and(set, ~bit, __ATOMIC_ACQ_REL);
	UTFS_INJECT();
	m->refs[i] = __atomic_load_n(&element->values[ref.value], __ATOMIC_RELAXED);
	m->texts[i] = ref.string && ref.string <= target.view.nr_strings
			      ? (const char *)element + target.view.strings +
					(ref.string - 1U) * UTFS_HIST_STRING_MAX
			      : NULL;
	return before & bit;
}

static bool refs_resolve(struct match *m)
{
	m->nr_refs = m->c->plan->nr_refs;
	if (m->nr_refs > UTFS_HIST_REFS_MAX)
		return false;
	for (unsigned int i = 0; i < m->nr_refs; i++)
		if (!ref_resolve(m, i))
			return false;
	return true;
}

/* ------------------------------------------------------------------------------------------------
 * Values
 */

/* A piece of the plan. Return: NULL it does not lie in it. */
static const void *plan_piece(const struct match *m, uint32_t offset, uint64_t bytes)
{
	const struct utfs_hist_plan *plan = m->c->plan;
	const uint64_t room = __atomic_load_n(&plan->block.nr_pages, __ATOMIC_RELAXED) *
			      (uint64_t)UTFS_PAGE_BYTES;

	return offset % 8 || offset < sizeof(*plan) || bytes > room || offset > room - bytes
		       ? NULL
		       : (const char *)plan + offset;
}

static uint64_t ref_value(const struct match *m, uint64_t i)
{
	return i < m->nr_refs ? m->refs[i] : 0;
}

/* As the kernel: a division by zero is all ones. */
static uint64_t operate(uint32_t code, uint64_t left, uint64_t right)
{
	switch (code) {
	case UTFS_HIST_CODE_PLUS:
		return left + right;
	case UTFS_HIST_CODE_MINUS:
		return left - right;
	case UTFS_HIST_CODE_MULTIPLY:
		return left * right;
	default:
		return right ? left / right : UINT64_MAX;
	}
}

static uint64_t code_run(const struct match *m, uint64_t operand)
{
	const uint32_t nr_ops = (uint32_t)(operand >> 32);
	const struct utfs_hist_op *ops =
		plan_piece(m, (uint32_t)operand, nr_ops * (uint64_t)sizeof(*ops));
	uint64_t stack[UTFS_HIST_CODE_DEPTH];
	unsigned int depth = 0;

	stack[0] = 0;
	for (uint32_t i = 0; ops && i < nr_ops; i++) {
		const struct utfs_hist_op op = ops[i];
		const struct utfs_hist_field *field;

		if (op.code <= UTFS_HIST_CODE_REF && depth < UTFS_HIST_CODE_DEPTH) {
			field = op.code == UTFS_HIST_CODE_FIELD
					? plan_piece(m, op.operand, sizeof(*field))
					: NULL;
			stack[depth++] =
				field ? utfs_hist_value(m->c, field) : ref_value(m, op.operand);
		} else if (op.code == UTFS_HIST_CODE_NEGATE && depth) {
			stack[depth - 1] = -stack[depth - 1];
		} else if (op.code > UTFS_HIST_CODE_NEGATE && depth > 1) {
			depth--;
			stack[depth - 1] = operate(op.code, stack[depth - 1], stack[depth]);
		}
	}
	return stack[0];
}

static uint64_t value_get(const struct match *m, const struct utfs_hist_field *field)
{
	if (field->source == UTFS_HIST_FROM_CODE)
		return code_run(m, field->operand);
	if (field->source == UTFS_HIST_FROM_REF)
		return ref_value(m, field->operand);
	return utfs_hist_value(m->c, field);
}

/* ------------------------------------------------------------------------------------------------
 * Variables
 */

/* Of a variable that is a string or a stack. */
static size_t text_length(const char *text, bool is_stack)
{
	return is_stack ? sizeof(struct utfs_hist_stack) : strnlen(text, UTFS_HIST_STRING_MAX - 1);
}

/* What a variable that is a string or a stack is set to. Return: its length without NUL. */
static size_t text_get(struct match *m, const struct utfs_hist_field *field, const char **text)
{
	size_t room;

	if (field->source == UTFS_HIST_FROM_REF) {
		*text = field->operand < m->nr_refs ? m->texts[field->operand] : NULL;
		return *text ? text_length(*text, field->flags & UTFS_HIST_STACKTRACE) : 0;
	}
	if (field->flags & UTFS_HIST_STACKTRACE) {
		utfs_hist_stack_load(m->c, field, &m->stack);
		*text = (const char *)&m->stack;
		return sizeof(m->stack);
	}
	if (field->source == UTFS_HIST_FROM_COMM) {
		/* Does not fail: errno is safe. */
		prctl(PR_GET_NAME, m->comm);
		*text = m->comm;
		return strnlen(m->comm, sizeof(m->comm));
	}
	if (!utfs_hist_string_find(m->c, field, text, &room))
		return 0;
	return strnlen(*text, room < UTFS_HIST_STRING_MAX ? room : UTFS_HIST_STRING_MAX - 1);
}

/* The bytes of a variable; its bit is the caller's. */
static void variable_store(struct match *m, unsigned int i, uint64_t value)
{
	const struct utfs_hist_view *view = m->c->view;
	const struct utfs_hist_field *field = &m->c->plan->fields[i];
	const uint8_t string = field->string;
	const char *text;
	size_t length;
	char *to;

	if (!string || string > view->nr_strings) {
		__atomic_store_n(&m->element->values[i], value, __ATOMIC_RELAXED);
		return;
	}
	to = (char *)m->element + view->strings + (string - 1U) * UTFS_HIST_STRING_MAX;
	length = text_get(m, field, &text);
	/* The last byte is never written: whoever reads meanwhile finds an end. */
	if (text)
		memmove(to, text, length);
	memset(to + length, 0, UTFS_HIST_STRING_MAX - 1 - length);
}

static void bits_set(struct match *m, uint64_t bits)
{
	UTFS_INJECT();
	if (bits)
		__atomic_fetch_or(&m->element->values[m->c->view->nr_values - 1], bits,
				  __ATOMIC_RELEASE);
	UTFS_INJECT();
}

static bool is_saved(const struct utfs_hist_plan *plan, unsigned int i)
{
	return plan->first_saved && i >= plan->first_saved &&
	       i < (unsigned int)plan->first_saved + plan->nr_saved;
}

static void variables_set(struct match *m)
{
	const struct utfs_hist_counting *c = m->c;
	uint64_t bits = 0;

	for (unsigned int i = c->nr_sums; i < c->nr_vals; i++) {
		if (is_saved(c->plan, i) || c->plan->fields[i].source == UTFS_HIST_FROM_ACTION)
			continue;
		variable_store(m, i, c->values[i]);
		bits |= UINT64_C(1) << i;
	}
	bits_set(m, bits);
}

/* ------------------------------------------------------------------------------------------------
 * Actions
 */

/* Return: how many bytes of the record a stack takes. */
static size_t stack_store(const struct match *m, const char *text, char *to, size_t room)
{
	/* Two words more: a 0 and, if it is another process, whose stack it is. */
	uint64_t words[UTFS_HIST_STACK_DEPTH + 2] = {0};
	struct utfs_hist_stack stack;
	size_t n = 0;

	memcpy(&stack, text, sizeof(stack));
	while (n < UTFS_HIST_STACK_DEPTH && stack.callers[n]) {
		words[n] = stack.callers[n];
		n++;
	}
	if (stack.tgid != (uint32_t)m->c->subject->tgid) {
		words[n + 1] = stack.tgid;
		n += 2;
	}
	if (n > room / sizeof(*words))
		n = room / sizeof(*words);
	memcpy(to, words, n * sizeof(*words));
	return n * sizeof(*words);
}

/* A field of the record that is written. Return: where the next dynamic bytes go. */
static size_t param_store(struct match *m, const struct utfs_hist_param *param, char *record,
			  size_t at, size_t end)
{
	const struct utfs_hist_counting *c = m->c;
	const uint8_t i = param->index;
	const char *text = NULL;
	size_t length = 0;
	uint64_t value;
	uint32_t where;

	if (param->is_ref ? i >= m->nr_refs : i >= c->nr_vals)
		return at;
	if (param->kind == UTFS_HIST_PARAM_NUMBER) {
		value = param->is_ref ? m->refs[i] : c->values[i];
		memcpy(record + param->offset, &value, param->bytes);
		return at;
	}
	if (!param->is_ref)
		length = text_get(m, &c->plan->fields[i], &text);
	else if (m->texts[i])
		length = text_length(text = m->texts[i], param->kind == UTFS_HIST_PARAM_STACK);
	if (param->kind == UTFS_HIST_PARAM_STRING) {
		length = length < param->bytes ? length : param->bytes - 1U;
		if (text)
			memcpy(record + param->offset, text, length);
		return at;
	}
	if (param->kind == UTFS_HIST_PARAM_STACK) {
		length = length == sizeof(m->stack) ? stack_store(m, text, record + at, end - at)
						    : 0;
	} else {
		length = length < end - at ? length : end - at - 1;
		if (text)
			memcpy(record + at, text, length);
		record[at + length++] = '\0';
	}
	where = (uint32_t)(length << 16 | at);
	memcpy(record + param->offset, &where, sizeof(where));
	return at + length;
}

/* Return: all of an action's parameters lie in a record of `bytes`; *dynamic: the bytes that they need behind it. */
static bool params_check(const struct utfs_hist_action *action,
			 const struct utfs_hist_param *params, size_t *dynamic)
{
	*dynamic = 0;
	for (unsigned int i = 0; i < action->nr_params; i++) {
		const struct utfs_hist_param *param = &params[i];

		if (!param->bytes || param->offset > action->record_bytes ||
		    param->bytes > action->record_bytes - param->offset ||
		    (param->kind == UTFS_HIST_PARAM_NUMBER && param->bytes > sizeof(uint64_t)) ||
		    (param->kind >= UTFS_HIST_PARAM_DYNAMIC && param->bytes < sizeof(uint32_t)))
			return false;
		*dynamic += param->kind >= UTFS_HIST_PARAM_DYNAMIC ? UTFS_HIST_STRING_MAX : 0;
	}
	return true;
}

static __attribute__((noinline)) void synthetic_write(struct match *m,
						      const struct utfs_hist_action *action)
{
	const struct utfs_filter_subject *subject = m->c->subject;
	const struct utfs_hist_param *params =
		plan_piece(m, action->params, action->nr_params * sizeof(*params));
	size_t bytes = action->record_bytes, dynamic, end;
	const uint64_t *mask;
	char *buffer, *record;
	uint32_t id;

	if (!params || bytes < UTFS_COMMON_BYTES || bytes > UTFS_RECORD_MAX ||
	    subject->depth >= DEPTH_MAX || !params_check(action, params, &dynamic))
		return;
	mask = utfs_app_event_find(subject->writer->arena, action->event_serial, &id);
	if (!mask || !__atomic_load_n(mask, __ATOMIC_RELAXED))
		return;
	end = bytes + dynamic < UTFS_RECORD_MAX ? bytes + dynamic : UTFS_RECORD_MAX;
	/* As much stack as the event needs: a handler's stack may be small. */
	buffer = __builtin_alloca(UTFS_RECORD_HEADROOM + end + 8);
	record = buffer + UTFS_RECORD_HEADROOM;
	memset(record, 0, bytes);
	for (unsigned int i = 0; i < action->nr_params; i++)
		if (params[i].kind < UTFS_HIST_PARAM_DYNAMIC || bytes < end)
			bytes = param_store(m, &params[i], record, bytes, end);
	memset(record + bytes, 0, 8);
	utfs_app_record_write_nested(id, mask, record, (bytes + 3) & ~(size_t)3,
				     subject->depth + 1);
}

static void fields_save(struct match *m)
{
	const struct utfs_hist_counting *c = m->c;
	uint64_t bits = 0;

	for (unsigned int i = c->nr_sums; i < c->nr_vals; i++) {
		if (!is_saved(c->plan, i))
			continue;
		variable_store(m, i, value_get(m, &c->plan->fields[i]));
		bits |= UINT64_C(1) << i;
	}
	bits_set(m, bits);
}

/* Is a value news, as its handler understands that? Then it is kept. */
static bool is_news(uint64_t *kept, uint64_t value, uint8_t handler)
{
	uint64_t before = __atomic_load_n(kept, __ATOMIC_RELAXED);

	do {
		if (handler == UTFS_HIST_ONMAX ? value <= before : value == before)
			return false;
	} while (!__atomic_compare_exchange_n(kept, &before, value, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

/* For the histogram as a whole: what is the largest of one element need not be it. */
static void snapshot_take(struct match *m, const struct utfs_hist_action *action)
{
	const struct utfs_hist_view *view = m->c->view;
	const uint64_t at = (uint64_t)((const char *)m->element - view->elements);

	if (!is_news(&view->map->snapshot_value, m->c->values[action->tracked], action->handler))
		return;
	__atomic_store_n(&view->map->snapshot_element, at / view->element_bytes + 1,
			 __ATOMIC_RELAXED);
	utfs_ring_snapshot_request(m->c->subject->writer->arena, m->c->recorder,
				   m->c->subject->mask, UINT64_C(1) << m->c->recorder);
}

static void action_run(struct match *m, const struct utfs_hist_action *action)
{
	const struct utfs_hist_counting *c = m->c;

	if (action->handler != UTFS_HIST_ONMATCH) {
		if (action->tracked >= c->nr_vals || action->value >= c->nr_vals ||
		    !is_news(&m->element->values[action->value], c->values[action->tracked],
			     action->handler))
			return;
		bits_set(m, UINT64_C(1) << action->value);
	}
	switch (action->kind) {
	case UTFS_HIST_TRACE:
		synthetic_write(m, action);
		break;
	case UTFS_HIST_SAVE:
		fields_save(m);
		break;
	case UTFS_HIST_SNAPSHOT:
		snapshot_take(m, action);
		break;
	default:
		break;
	}
}

__attribute__((noinline)) bool utfs_hist_match(struct utfs_hist_counting *c)
{
	const struct utfs_hist_plan *plan = c->plan;
	const unsigned int nr_actions = plan->nr_actions, nr_vars = plan->nr_vars;
	struct match m;

	if (nr_vars >= c->nr_vals || c->nr_vals + (nr_vars != 0) != c->view->nr_values ||
	    nr_actions > UTFS_HIST_ACTIONS_MAX)
		return false;
	m.c = c;
	c->nr_sums = c->nr_vals - nr_vars;
	if (!refs_resolve(&m))
		return false;
	for (unsigned int i = 1; i < c->nr_vals; i++)
		c->values[i] = value_get(&m, &plan->fields[i]);
	m.element = utfs_hist_element_count(c);
	if (!m.element)
		return false;
	if (nr_vars)
		variables_set(&m);
	for (unsigned int i = 0; i < nr_actions; i++)
		action_run(&m, &plan->actions[i]);
	return true;
}
