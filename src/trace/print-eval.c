/* SPDX-License-Identifier: MIT */
/*
 * Runs the instructions of one conversion's arguments. Jumps only go forward and the stack's depth was checked when the code
 * was made, so it ends and stays in bounds whatever the record holds.
 */
#include "trace/print-internal.h"

static bool in_record(size_t len_bytes, uint64_t offset, uint64_t size_bytes)
{
	return size_bytes <= len_bytes && offset <= len_bytes - size_bytes;
}

bool utfs_record_dynamic(const uint8_t *record, size_t len_bytes, uint32_t offset, bool relative,
			 const uint8_t **bytes, size_t *nr_bytes)
{
	uint32_t where, start, length;

	if (!in_record(len_bytes, offset, sizeof(where)))
		return false;
	memcpy(&where, record + offset, sizeof(where));
	start = where & 0xffff;
	length = where >> 16;
	if (relative)
		start += offset + (uint32_t)sizeof(where);
	if (start > len_bytes || (start == len_bytes && length > 0))
		return false;
	*bytes = record + start;
	*nr_bytes = length <= len_bytes - start ? length : len_bytes - start;
	return true;
}

/* Pushes something of the record or of the plan. */
static int push(const struct utfs_eval *eval, const struct utfs_insn *insn, struct utfs_slot *top)
{
	const uint8_t *record = eval->record, *bytes;
	uint64_t size = insn->op == UTFS_INSN_FIELD ? 0 : insn->size_bytes;
	size_t nr_bytes;

	switch (insn->op) {
	case UTFS_INSN_IMM:
		top->u = insn->imm;
		return 0;
	case UTFS_INSN_TEXT:
		top->p = (const uint8_t *)eval->plan->pool + insn->a;
		top->len_bytes = insn->imm;
		return 0;
	case UTFS_INSN_DYNAMIC:
	case UTFS_INSN_DYNAMIC_LEN:
		if (!utfs_record_dynamic(record, eval->len_bytes, insn->a, insn->size_bytes, &bytes,
					 &nr_bytes))
			return -EFAULT;
		if (insn->op == UTFS_INSN_DYNAMIC_LEN) {
			top->u = nr_bytes;
			return 0;
		}
		top->p = bytes;
		top->len_bytes = nr_bytes;
		return 0;
	}
	if (!in_record(eval->len_bytes, insn->a, size))
		return -EFAULT;
	if (insn->op == UTFS_INSN_LOAD) {
		top->u = utfs_record_integer(record + insn->a, insn->size_bytes, insn->is_signed);
	} else if (insn->op == UTFS_INSN_LOAD_FLOAT) {
		top->d = utfs_record_float(record + insn->a, insn->size_bytes);
	} else {
		top->p = record + insn->a;
		top->len_bytes = eval->len_bytes - insn->a;
		if (insn->imm > 0 && top->len_bytes == 0)
			return -EFAULT;
		if (insn->imm > 0 && insn->imm < top->len_bytes)
			top->len_bytes = insn->imm;
	}
	return 0;
}

/* Bytes and an index below them: an element, or the rest from there on. */
static int index_bytes(const struct utfs_insn *insn, struct utfs_slot *bytes, uint64_t index)
{
	uint64_t offset;

	if (!bytes->p || __builtin_mul_overflow(index, insn->size_bytes, &offset) ||
	    offset > bytes->len_bytes)
		return -EFAULT;
	if (insn->op == UTFS_INSN_ADVANCE) {
		bytes->p += offset;
		bytes->len_bytes -= offset;
		return 0;
	}
	if (insn->size_bytes > bytes->len_bytes - offset)
		return -EFAULT;
	if (insn->a)
		bytes->d = utfs_record_float(bytes->p + offset, insn->size_bytes);
	else
		bytes->u =
			utfs_record_integer(bytes->p + offset, insn->size_bytes, insn->is_signed);
	return 0;
}

static bool is_true(const struct utfs_slot *slot, uint32_t kind)
{
	if (kind == UTFS_VALUE_FLOAT)
		return slot->d != 0;
	if (kind == UTFS_VALUE_BYTES)
		return slot->p || slot->len_bytes;
	return slot->u != 0;
}

static uint64_t float_to_int(double d, const struct utfs_insn *insn)
{
	uint64_t value;

	/* Out of range is undefined in C; here it is the nearest number, and 0 for NaN. */
	if (d != d)
		value = 0;
	else if (d >= 0x1p63)
		value = d >= 0x1p64 ? UINT64_MAX : (uint64_t)d;
	else if (d <= -0x1p63)
		value = (uint64_t)INT64_MIN;
	else
		value = (uint64_t)(int64_t)d;
	return utfs_int_extend(value, insn->size_bytes, insn->is_signed);
}

static void unary(const struct utfs_insn *insn, struct utfs_slot *slot)
{
	switch (insn->op) {
	case UTFS_INSN_CONVERT:
		slot->u = utfs_int_extend(slot->u, insn->size_bytes, insn->is_signed);
		break;
	case UTFS_INSN_TO_FLOAT:
		slot->d = insn->is_signed ? (double)(int64_t)slot->u : (double)slot->u;
		break;
	case UTFS_INSN_FROM_FLOAT:
		slot->u = float_to_int(slot->d, insn);
		break;
	case UTFS_INSN_ROUND_FLOAT:
		slot->d = (float)slot->d;
		break;
	case UTFS_INSN_TO_BYTES:
		slot->len_bytes = slot->u;
		slot->p = NULL;
		break;
	case UTFS_INSN_BOOL:
		slot->u = is_true(slot, insn->a);
		break;
	case UTFS_INSN_NOT:
		slot->u = !is_true(slot, insn->a);
		break;
	case UTFS_INSN_COMPLEMENT:
		slot->u = utfs_int_extend(~slot->u, insn->size_bytes, insn->is_signed);
		break;
	case UTFS_INSN_NEGATE:
		slot->u = utfs_int_extend(-slot->u, insn->size_bytes, insn->is_signed);
		break;
	case UTFS_INSN_NEGATE_FLOAT:
		slot->d = -slot->d;
		break;
	}
}

static int divide(const struct utfs_insn *insn, uint64_t left, uint64_t right, uint64_t *result)
{
	bool modulo = insn->op == UTFS_INSN_MOD;

	if (right == 0)
		return -EFAULT;
	if (!insn->is_signed)
		*result = modulo ? left % right : left / right;
	else if (right == UINT64_MAX) /* -1: the smallest number has no opposite */
		*result = modulo ? 0 : -left;
	else
		*result = (uint64_t)(modulo ? (int64_t)left % (int64_t)right
					    : (int64_t)left / (int64_t)right);
	return 0;
}

static bool compare(const struct utfs_insn *insn, uint64_t left, uint64_t right)
{
	bool less = insn->is_signed ? (int64_t)left < (int64_t)right : left < right;

	switch (insn->op) {
	case UTFS_INSN_EQ:
		return left == right;
	case UTFS_INSN_NE:
		return left != right;
	case UTFS_INSN_LT:
		return less;
	case UTFS_INSN_LE:
		return less || left == right;
	case UTFS_INSN_GT:
		return !less && left != right;
	default:
		return !less;
	}
}

static int binary(const struct utfs_insn *insn, struct utfs_slot *slot, uint64_t right)
{
	uint64_t left = slot->u, result = 0;
	unsigned int shift = (unsigned int)right & (8u * insn->size_bytes - 1);

	switch (insn->op) {
	case UTFS_INSN_ADD:
		result = left + right;
		break;
	case UTFS_INSN_SUB:
		result = left - right;
		break;
	case UTFS_INSN_MUL:
		result = left * right;
		break;
	case UTFS_INSN_DIV:
	case UTFS_INSN_MOD:
		if (divide(insn, left, right, &result))
			return -EFAULT;
		break;
	case UTFS_INSN_AND:
		result = left & right;
		break;
	case UTFS_INSN_OR:
		result = left | right;
		break;
	case UTFS_INSN_XOR:
		result = left ^ right;
		break;
	case UTFS_INSN_SHL:
		result = left << shift;
		break;
	case UTFS_INSN_SHR:
		result = insn->is_signed ? (uint64_t)((int64_t)left >> shift) : left >> shift;
		break;
	default:
		slot->u = compare(insn, left, right);
		return 0;
	}
	slot->u = utfs_int_extend(result, insn->size_bytes, insn->is_signed);
	return 0;
}

static void binary_float(const struct utfs_insn *insn, struct utfs_slot *slot, double right)
{
	double left = slot->d;

	switch (insn->op) {
	case UTFS_INSN_FADD:
		slot->d = left + right;
		break;
	case UTFS_INSN_FSUB:
		slot->d = left - right;
		break;
	case UTFS_INSN_FMUL:
		slot->d = left * right;
		break;
	case UTFS_INSN_FDIV:
		slot->d = left / right;
		break;
	case UTFS_INSN_FEQ:
		slot->u = left == right;
		break;
	case UTFS_INSN_FNE:
		slot->u = left != right;
		break;
	case UTFS_INSN_FLT:
		slot->u = left < right;
		break;
	case UTFS_INSN_FLE:
		slot->u = left <= right;
		break;
	case UTFS_INSN_FGT:
		slot->u = left > right;
		break;
	case UTFS_INSN_FGE:
		slot->u = left >= right;
		break;
	}
}

/* Text made of the arguments from slot on, which it replaces. Return: arguments taken. */
static int produce(const struct utfs_eval *eval, const struct utfs_insn *insn,
		   struct utfs_slot *slot)
{
	struct utfs_sink *sink = eval->produced;
	const char *start = sink->p;

	if (insn->op != UTFS_INSN_SYMBOLIC && insn->op != UTFS_INSN_FLAGS && !slot->p)
		return -EFAULT;
	switch (insn->op) {
	case UTFS_INSN_SYMBOLIC:
		utfs_sink_symbolic(sink, eval->plan, insn->a, slot->u);
		break;
	case UTFS_INSN_FLAGS:
		utfs_sink_flags(sink, eval->plan, insn->a, slot->u);
		break;
	case UTFS_INSN_HEX:
		if ((int64_t)slot[1].u < 0)
			slot[1].u = 0;
		utfs_sink_hex(sink, slot->p,
			      slot[1].u < slot->len_bytes ? slot[1].u : slot->len_bytes,
			      insn->size_bytes ? "" : " ");
		break;
	case UTFS_INSN_ARRAY:
		utfs_sink_array(sink, slot->p, slot->len_bytes, slot[1].u, slot[2].u);
		break;
	default:
		utfs_sink_bitmask(sink, slot->p, slot->len_bytes);
		break;
	}
	slot->p = (const uint8_t *)start;
	slot->len_bytes = (uint64_t)(sink->p - start);
	return 0;
}

static unsigned int produce_arguments(const struct utfs_insn *insn)
{
	return insn->op == UTFS_INSN_ARRAY ? 3 : insn->op == UTFS_INSN_HEX ? 2 : 1;
}

int utfs_eval(const struct utfs_eval *eval, size_t first, size_t nr)
{
	const struct utfs_insn *code = eval->plan->code;
	struct utfs_slot *top = eval->stack; /* the first free slot */
	int ret = 0;

	for (size_t i = first; i < first + nr && !ret; i++) {
		const struct utfs_insn *insn = &code[i];

		if (insn->op == UTFS_INSN_NOP) {
			continue;
		} else if (insn->op <= UTFS_INSN_DYNAMIC_LEN) {
			ret = push(eval, insn, top++);
		} else if (insn->op <= UTFS_INSN_ADVANCE) {
			top--;
			ret = index_bytes(insn, top - 1, top->u);
		} else if (insn->op <= UTFS_INSN_NEGATE_FLOAT) {
			unary(insn, top - 1 - insn->depth);
		} else if (insn->op == UTFS_INSN_JUMP) {
			i = insn->a - 1;
		} else if (insn->op == UTFS_INSN_JUMP_FALSE) {
			top--;
			if (!top->u)
				i = insn->a - 1;
		} else if (insn->op <= UTFS_INSN_GE) {
			top--;
			ret = binary(insn, top - 1, top->u);
		} else if (insn->op <= UTFS_INSN_FGE) {
			top--;
			binary_float(insn, top - 1, top->d);
		} else {
			top -= produce_arguments(insn);
			ret = produce(eval, insn, top++);
		}
	}
	return ret;
}
