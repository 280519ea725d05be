/* SPDX-License-Identifier: MIT */
/*
 * Runs the steps of a plan. The plan knows how much its literals and numbers need at most, so that these write without asking;
 * whatever is longer (strings, expressions) asks for itself and for the rest again.
 */
#include "trace/print-internal.h"

#define FAULT "(fault)"

static inline bool in_record(size_t len_bytes, uint32_t offset, size_t size_bytes)
{
	return size_bytes <= len_bytes && offset <= len_bytes - size_bytes;
}

/* Literals are short: chunks of a fixed size are faster than a call, and the pool is padded for it. */
static inline char *put_literal(char *p, const char *literal, size_t len_bytes)
{
	for (size_t done = 0; done < len_bytes; done += UTFS_LITERAL_CHUNK)
		memcpy(p + done, literal + done, UTFS_LITERAL_CHUNK);
	return p + len_bytes;
}

static inline char *put_fault(char *p)
{
	memcpy(p, FAULT, sizeof(FAULT) - 1);
	return p + sizeof(FAULT) - 1;
}

static inline char *put_dec(char *p, const struct utfs_step *step, uint64_t value)
{
	if ((step->spec.flags & UTFS_SPEC_SIGNED) && (int64_t)value < 0) {
		*p++ = '-';
		value = -value;
	}
	return utfs_write_dec(p, value);
}

/* At most len_bytes of a string, up to its NUL. */
static void print_string(struct eventfs_text *text, const uint8_t *bytes, size_t len_bytes)
{
	eventfs_text_write(text, bytes, strnlen((const char *)bytes, len_bytes));
}

static void print_field_string(const struct utfs_step *step, const uint8_t *record,
			       size_t len_bytes, struct eventfs_text *text)
{
	size_t rest;

	if (step->offset > len_bytes || (step->a > 0 && step->offset == len_bytes)) {
		eventfs_text_puts(text, FAULT);
		return;
	}
	rest = len_bytes - step->offset;
	print_string(text, record + step->offset, step->a > 0 && step->a < rest ? step->a : rest);
}

static void print_dynamic_string(const struct utfs_step *step, const uint8_t *record,
				 size_t len_bytes, struct eventfs_text *text)
{
	const uint8_t *bytes;
	size_t nr_bytes;

	if (utfs_record_dynamic(record, len_bytes, step->offset, step->b, &bytes, &nr_bytes))
		print_string(text, bytes, nr_bytes);
	else
		eventfs_text_puts(text, FAULT);
}

/* What functions are called, and in which process. */
struct names {
	const struct utfs_line_style *style; /* NULL: not known */
	int32_t tgid;
};

static void print_caller(const struct names *names, uint64_t address, struct eventfs_text *text)
{
	struct utfs_line_style style;

	eventfs_text_puts(text, "=> ");
	if (names->style && names->style->symbols) {
		style = *names->style;
		style.sym_offset = true;
		style.symbols(style.symbols_ctx, &style, names->tgid, address, text);
	} else {
		eventfs_text_printf(text, "0x%llx", (unsigned long long)address);
	}
	eventfs_text_putc(text, '\n');
}

static uint64_t address_at(const uint8_t *bytes, uint64_t i)
{
	uint64_t address;

	memcpy(&address, bytes + i * sizeof(address), sizeof(address));
	return address;
}

/*
 * As the kernel shows a stack in a field: the first address of 0 ends it. Behind that stands whose it is, unless it is the one's
 * that wrote the record (struct utfs_hist_stack).
 */
static void print_stack(const struct utfs_step *step, const uint8_t *record, size_t len_bytes,
			const struct names *writer, struct eventfs_text *text)
{
	struct names names = *writer;
	uint64_t n = 0;
	const uint8_t *bytes;
	size_t nr_bytes;

	if (!utfs_record_dynamic(record, len_bytes, step->offset, false, &bytes, &nr_bytes)) {
		eventfs_text_puts(text, FAULT);
		return;
	}
	eventfs_text_puts(text, "STACK:\n");
	while (n < nr_bytes / sizeof(uint64_t) && address_at(bytes, n))
		n++;
	if (n + 1 < nr_bytes / sizeof(uint64_t))
		names.tgid = (int32_t)address_at(bytes, n + 1);
	for (uint64_t i = 0; i < n; i++)
		print_caller(&names, address_at(bytes, i), text);
}

static void print_symbols(const struct utfs_print_plan *plan, const struct utfs_step *step,
			  const uint8_t *record, size_t len_bytes, struct eventfs_text *text)
{
	size_t room = plan->tables[step->a].max_bytes;
	struct utfs_sink sink;
	uint64_t value;
	char *start;

	if (!in_record(len_bytes, step->offset, (size_t)1 << (step->load >> 1))) {
		eventfs_text_puts(text, FAULT);
		return;
	}
	value = utfs_record_load(record + step->offset, step->load);
	start = eventfs_text_reserve(text, room);
	if (!start)
		return;
	sink = (struct utfs_sink){start, start + room};
	if (step->kind == UTFS_STEP_SYMBOLIC)
		utfs_sink_symbolic(&sink, plan, step->a, value);
	else
		utfs_sink_flags(&sink, plan, step->a, value);
	text->len_bytes += (size_t)(sink.p - start);
}

/* Field width and precision that stand in the arguments, below the value. Return: the value's slot. */
static const struct utfs_slot *take_stars(const struct utfs_step *step,
					  const struct utfs_slot *slot,
					  struct utfs_number_spec *spec)
{
	*spec = step->spec;
	if (step->star_width) {
		int64_t width = (int64_t)slot++->u;

		if (width < 0) {
			spec->flags |= UTFS_SPEC_LEFT;
			width = -width;
		}
		spec->width = (int16_t)(width < UTFS_PLAN_WIDTH ? width : UTFS_PLAN_WIDTH);
	}
	if (step->star_precision) {
		int64_t precision = (int64_t)slot++->u;

		spec->precision = -1;
		if (precision >= 0)
			spec->precision = (int16_t)(precision < UTFS_PLAN_WIDTH ? precision
										: UTFS_PLAN_WIDTH);
	}
	return slot;
}

static void sink_text(struct utfs_sink *sink, const struct utfs_slot *value,
		      const struct utfs_number_spec *spec)
{
	char number[UTFS_NUMBER_BYTES + 2] = "(0x";
	char *end = number + 3;

	if (value->p) {
		size_t limit = value->len_bytes;

		if (spec->precision >= 0 && (size_t)spec->precision < limit)
			limit = (size_t)spec->precision;
		utfs_sink_string(sink, (const char *)value->p,
				 strnlen((const char *)value->p, limit), spec);
		return;
	}
	if (value->len_bytes == 0) {
		utfs_sink_string(sink, "(null)", 6, spec);
		return;
	}
	/* A pointer of another process: there is nothing to see but the address. */
	end = utfs_write_hex(end, value->len_bytes);
	*end++ = ')';
	utfs_sink_string(sink, number, (size_t)(end - number), spec);
}

static void sink_pointer(struct utfs_sink *sink, uint64_t value, struct utfs_number_spec *spec)
{
	if (spec->width == 0) {
		spec->width = 16 + (spec->flags & UTFS_SPEC_PREFIX ? 2 : 0);
		spec->flags |= UTFS_SPEC_ZERO;
	}
	utfs_sink_number(sink, value, spec);
}

static void sink_value(struct utfs_sink *sink, const struct utfs_step *step,
		       const struct utfs_slot *value, struct utfs_number_spec *spec,
		       const uint8_t *record)
{
	switch (step->conversion) {
	case UTFS_CONV_INT:
		utfs_sink_number(
			sink,
			utfs_int_extend(value->u, step->conv_bytes, spec->flags & UTFS_SPEC_SIGNED),
			spec);
		break;
	case UTFS_CONV_CHAR:
		spec->precision = -1;
		utfs_sink_string(sink, &(char){(char)value->u}, 1, spec);
		break;
	case UTFS_CONV_STRING:
		sink_text(sink, value, spec);
		break;
	case UTFS_CONV_POINTER:
	case UTFS_CONV_ADDRESS:
		if (step->conv_bytes == 0) {
			/* Where in the record; anything else is nowhere. */
			sink_pointer(sink, record && value->p ? (uint64_t)(value->p - record) : 0,
				     spec);
		} else if (step->conversion == UTFS_CONV_POINTER) {
			sink_pointer(sink, value->u, spec);
		} else {
			spec->flags |= UTFS_SPEC_PREFIX;
			utfs_sink_number(sink, value->u, spec);
		}
		break;
	default:
		utfs_sink_float(sink, value->d, step->letter, spec);
		break;
	}
}

/* Longest text of a number but for width and precision: a double. */
#define VALUE_BYTES 512

static void print_expression(const struct utfs_print_plan *plan, const struct utfs_step *step,
			     const uint8_t *record, size_t len_bytes, struct eventfs_text *text)
{
	struct utfs_slot stack[UTFS_PLAN_STACK];
	char produced[UTFS_PLAN_PRODUCED];
	struct utfs_sink scratch = {produced, produced + sizeof(produced)}, sink;
	struct utfs_eval eval = {plan, record, len_bytes, stack, &scratch};
	const struct utfs_slot *value;
	struct utfs_number_spec spec;
	size_t room = VALUE_BYTES;
	char *start;

	if (utfs_eval(&eval, step->a, step->b)) {
		eventfs_text_puts(text, FAULT);
		return;
	}
	value = take_stars(step, stack, &spec);
	room += (size_t)spec.width + (spec.precision > 0 ? (size_t)spec.precision : 0);
	if (step->conversion == UTFS_CONV_STRING && value->p)
		room += value->len_bytes;
	start = eventfs_text_reserve(text, room);
	if (!start)
		return;
	sink = (struct utfs_sink){start, start + room};
	sink_value(&sink, step, value, &spec, record);
	text->len_bytes += (size_t)(sink.p - start);
}

static void print_number(const struct utfs_step *step, uint64_t value, struct eventfs_text *text)
{
	size_t room = UTFS_NUMBER_BYTES + 2 + (size_t)step->spec.width +
		      (step->spec.precision > 0 ? (size_t)step->spec.precision : 0);
	char *start = eventfs_text_reserve(text, room);
	struct utfs_sink sink = {start, start + room};

	if (!start)
		return;
	utfs_sink_number(&sink, value, &step->spec);
	text->len_bytes += (size_t)(sink.p - start);
}

/* Steps whose text has no bound that is known beforehand. */
static void print_step(const struct utfs_print_plan *plan, const struct utfs_step *step,
		       const uint8_t *record, size_t len_bytes, const struct names *names,
		       struct eventfs_text *text)
{
	switch (step->kind) {
	case UTFS_STEP_NUMBER:
		if (in_record(len_bytes, step->offset, (size_t)1 << (step->load >> 1)))
			print_number(step, utfs_record_load(record + step->offset, step->load),
				     text);
		else
			eventfs_text_puts(text, FAULT);
		break;
	case UTFS_STEP_STRING:
		print_field_string(step, record, len_bytes, text);
		break;
	case UTFS_STEP_DYNAMIC:
		print_dynamic_string(step, record, len_bytes, text);
		break;
	case UTFS_STEP_SYMBOLIC:
	case UTFS_STEP_FLAGS:
		print_symbols(plan, step, record, len_bytes, text);
		break;
	case UTFS_STEP_STACK:
		print_stack(step, record, len_bytes, names, text);
		break;
	case UTFS_STEP_FIELD:
		utfs_print_field(&plan->fields[step->a], record, len_bytes, text);
		break;
	default:
		print_expression(plan, step, record, len_bytes, text);
		break;
	}
}

static void print_steps(const struct utfs_print_plan *plan, const void *record, size_t len_bytes,
			const struct names *names, struct eventfs_text *text)
{
	const uint8_t *bytes = record;
	char *p = eventfs_text_reserve(text, plan->fixed_bytes);

	for (const struct utfs_step *step = plan->steps; p; step++) {
		p = put_literal(p, plan->pool + step->literal, step->literal_bytes);
		if (step->kind == UTFS_STEP_DEC || step->kind == UTFS_STEP_HEX) {
			uint64_t value;

			if (!in_record(len_bytes, step->offset, (size_t)1 << (step->load >> 1))) {
				p = put_fault(p);
				continue;
			}
			value = utfs_record_load(bytes + step->offset, step->load);
			p = step->kind == UTFS_STEP_DEC ? put_dec(p, step, value)
							: utfs_write_hex(p, value);
			continue;
		}
		text->len_bytes = (size_t)(p - text->data);
		if (step->kind == UTFS_STEP_END)
			break;
		print_step(plan, step, bytes, len_bytes, names, text);
		p = eventfs_text_reserve(text, plan->fixed_bytes);
	}
}

void utfs_print_event(const struct utfs_print_plan *plan, const void *record, size_t len_bytes,
		      struct eventfs_text *text)
{
	const struct names none = {0};

	print_steps(plan, record, len_bytes, &none, text);
}

void utfs_print_line_event(struct eventfs_text *text, const struct utfs_line_style *style,
			   const struct utfs_line *line)
{
	const struct names names = {style, utfs_line_process(line)};

	print_steps(line->plan, line->record, line->record_bytes, &names, text);
}
