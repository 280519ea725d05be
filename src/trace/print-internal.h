/* SPDX-License-Identifier: MIT */
/*
 * Inside of a print plan. Shared by print-*.c only.
 *
 *   print-compile.c   the format string: conversions, their arguments, which step prints each
 *   print-parse.c     tokens, strings, type names
 *   print-expr.c      the arguments: C expressions into instructions
 *   print-call.c      __get_str(), __print_symbolic() and the like
 *   print-emit.c      one instruction at a time: stack depth, types, constants
 *   print-eval.c      runs instructions
 *   print-values.c    symbols, flags, hex, arrays, bit masks into bytes
 *   print-number.c    numbers and padding, by the kernel's rules
 *   print-fields.c    plans that print every field
 *   print-event.c     runs the steps of a plan
 *   print-line.c      what stands around an event
 */
#ifndef UTFS_TRACE_PRINT_INTERNAL_H
#define UTFS_TRACE_PRINT_INTERNAL_H

#include <errno.h>
#include <string.h>

#include "trace/print.h"
#include "trace/record.h"

#define UTFS_PLAN_STACK	  32   /* slots; deeper expressions are refused */
#define UTFS_PLAN_NESTING 128  /* of parentheses and operators while parsing */
#define UTFS_PLAN_WIDTH	  4096 /* largest field width and precision */
#define UTFS_PLAN_PRODUCED                                                                         \
	8192		     /* bytes of __print_...() inside of an expression, as in the kernel */
#define UTFS_NUMBER_BYTES 24 /* room for any 64-bit number in any base but octal */
#define UTFS_LITERAL_CHUNK                                                                         \
	16 /* literals are copied in chunks of this; so much may be written beyond */

/* ---- values ---- */

enum utfs_value_kind {
	UTFS_VALUE_INT,
	UTFS_VALUE_FLOAT,
	UTFS_VALUE_BYTES, /* some bytes of the record, or a string of the plan */
};

struct utfs_value_type {
	uint8_t kind;	       /* enum utfs_value_kind */
	uint8_t size_bytes;    /* of an integer: 1, 2, 4, 8 */
	bool is_signed;	       /* of an integer */
	bool is_pointer;       /* an integer that is an address */
	uint8_t element_bytes; /* of bytes: 0 if they cannot be indexed */
	bool element_signed;
	bool element_float;
};

/*
 * An integer is kept extended to 64 bits according to its type. Bytes are a pointer and how many
 * there are, or NULL and the address that a pointer field holds, whose target nobody can see.
 */
struct utfs_slot {
	union {
		uint64_t u;
		double d;
		const uint8_t *p;
	};
	uint64_t len_bytes;
};

/* ---- instructions ---- */

enum utfs_insn_op {
	UTFS_INSN_NOP,
	UTFS_INSN_IMM,	      /* push imm */
	UTFS_INSN_TEXT,	      /* push the plan's string a, imm bytes */
	UTFS_INSN_LOAD,	      /* push the integer at record + a */
	UTFS_INSN_LOAD_FLOAT, /* push the float or double at record + a */
	UTFS_INSN_FIELD,      /* push imm bytes at record + a; imm 0: up to the end */
	UTFS_INSN_DYNAMIC, /* push the bytes that the word at record + a tells of; size 1: relative */
	UTFS_INSN_DYNAMIC_LEN, /* push their number */
	UTFS_INSN_INDEX,       /* pop index, bytes; push that element */
	UTFS_INSN_ADVANCE,     /* pop index, bytes; push the bytes from that element on */
	UTFS_INSN_CONVERT,     /* the integer at `depth` to size, is_signed */
	UTFS_INSN_TO_FLOAT,    /* the integer (is_signed) at `depth` to double */
	UTFS_INSN_FROM_FLOAT,  /* the double on top to an integer */
	UTFS_INSN_ROUND_FLOAT, /* the double on top to float's precision */
	UTFS_INSN_TO_BYTES,    /* the integer at `depth` is an address */
	UTFS_INSN_BOOL,	       /* top (kind in a) to 0 or 1 */
	UTFS_INSN_NOT,	       /* top (kind in a) to 1 or 0 */
	UTFS_INSN_COMPLEMENT,
	UTFS_INSN_NEGATE,
	UTFS_INSN_NEGATE_FLOAT,
	UTFS_INSN_JUMP,	      /* to instruction a, always forward */
	UTFS_INSN_JUMP_FALSE, /* pop 0 or 1; jump if 0 */

	/* pop right, left; push an integer of size, is_signed */
	UTFS_INSN_ADD,
	UTFS_INSN_SUB,
	UTFS_INSN_MUL,
	UTFS_INSN_DIV,
	UTFS_INSN_MOD,
	UTFS_INSN_AND,
	UTFS_INSN_OR,
	UTFS_INSN_XOR,
	UTFS_INSN_SHL,
	UTFS_INSN_SHR,
	/* the same, is_signed being how to compare; push 0 or 1 */
	UTFS_INSN_EQ,
	UTFS_INSN_NE,
	UTFS_INSN_LT,
	UTFS_INSN_LE,
	UTFS_INSN_GT,
	UTFS_INSN_GE,
	/* pop doubles; push a double, or 0 or 1: in the order of those above */
	UTFS_INSN_FADD,
	UTFS_INSN_FSUB,
	UTFS_INSN_FMUL,
	UTFS_INSN_FDIV,
	UTFS_INSN_FEQ,
	UTFS_INSN_FNE,
	UTFS_INSN_FLT,
	UTFS_INSN_FLE,
	UTFS_INSN_FGT,
	UTFS_INSN_FGE,

	/* produce text: pop the arguments, push bytes */
	UTFS_INSN_SYMBOLIC, /* value; table a */
	UTFS_INSN_FLAGS,    /* value; table a */
	UTFS_INSN_HEX,	    /* bytes, length; size 1: without blanks */
	UTFS_INSN_ARRAY,    /* bytes, count, element size */
	UTFS_INSN_BITMASK,  /* bytes */
};

struct utfs_insn {
	uint8_t op;
	uint8_t size_bytes;
	bool is_signed;
	uint8_t depth;
	uint32_t a;
	uint64_t imm;
};

/* ---- tables of __print_symbolic() and __print_flags() ---- */

struct utfs_symbol {
	uint64_t value;
	uint32_t text; /* offset in the plan's pool */
	uint32_t text_bytes;
};

struct utfs_symbol_table {
	uint32_t first,
		nr; /* in the plan's symbols; those of __print_symbolic() sorted by value, each once */
	uint32_t delim, delim_bytes;
	uint32_t max_bytes; /* of what it prints */
};

/* ---- steps ---- */

/* Flags and sizes of a conversion. */
#define UTFS_SPEC_LEFT	 0x01
#define UTFS_SPEC_ZERO	 0x02
#define UTFS_SPEC_PLUS	 0x04
#define UTFS_SPEC_SPACE	 0x08
#define UTFS_SPEC_PREFIX 0x10 /* # */
#define UTFS_SPEC_UPPER	 0x20 /* X, E, G */
#define UTFS_SPEC_SIGNED 0x40
#define UTFS_SPEC_0X	 0x80 /* 0x in front whatever the flags (an unresolved symbol) */

struct utfs_number_spec {
	uint8_t flags;
	uint8_t base;	   /* 8, 10, 16 */
	int16_t width;	   /* 0: none */
	int16_t precision; /* -1: none */
};

enum utfs_step_kind {
	UTFS_STEP_END,	    /* only its literal */
	UTFS_STEP_DEC,	    /* integer field, decimal, nothing around it */
	UTFS_STEP_HEX,	    /* integer field, %x */
	UTFS_STEP_NUMBER,   /* integer field, any spec */
	UTFS_STEP_STRING,   /* %s of a fixed field */
	UTFS_STEP_DYNAMIC,  /* %s of a dynamic field */
	UTFS_STEP_SYMBOLIC, /* %s of __print_symbolic() of an integer field */
	UTFS_STEP_FLAGS,
	UTFS_STEP_EXPR,	 /* code, then the conversion */
	UTFS_STEP_FIELD, /* one field of a plan of fields */
	UTFS_STEP_STACK, /* addresses, a line each */
};

enum utfs_conversion {
	UTFS_CONV_INT,
	UTFS_CONV_CHAR,
	UTFS_CONV_STRING,
	UTFS_CONV_POINTER, /* %p, %px */
	UTFS_CONV_ADDRESS, /* %ps, %pS: a symbol, here always the number */
	UTFS_CONV_FLOAT,
};

struct utfs_step {
	uint8_t kind;	    /* enum utfs_step_kind */
	uint8_t load;	    /* integer field: UTFS_LOAD() */
	uint8_t conversion; /* enum utfs_conversion */
	uint8_t conv_bytes; /* width of the integer argument: 1, 2, 4, 8 */
	uint32_t literal;   /* text before it: offset in the pool, length */
	uint32_t literal_bytes;
	uint32_t offset; /* of the field in the record */
	uint32_t
		a; /* STRING: size, SYMBOLIC, FLAGS: table, EXPR: first instruction, FIELD: number of the field */
	uint32_t b; /* EXPR: instructions; DYNAMIC: 1 if relative */
	struct utfs_number_spec spec;
	char letter;			 /* CONV_FLOAT: e, f, g, a */
	bool star_width, star_precision; /* on the stack below the value, in this order */
};

/* How to load an integer of a record: log2 of its size, and its sign. */
#define UTFS_LOAD(log2_bytes, is_signed) ((uint8_t)((log2_bytes) << 1 | (is_signed)))

struct utfs_print_plan {
	bool is_fields;
	struct utfs_step *steps;
	size_t nr_steps, cap_steps;
	struct utfs_insn *code;
	size_t nr_code, cap_code;
	struct utfs_symbol *symbols;
	size_t nr_symbols, cap_symbols;
	struct utfs_symbol_table *tables;
	size_t nr_tables, cap_tables;
	char *pool;
	size_t pool_bytes, cap_pool;
	struct utfs_field
		*fields; /* a plan of fields: its own copies; name and type are not used */
	size_t nr_fields;
	size_t fixed_bytes; /* what literals and numbers need at most */
};

/* ---- growing a plan (print-emit.c) ---- */

/* Room for `need` elements. Return: 0, -ENOMEM. */
int utfs_plan_grow(void **array, size_t *cap, size_t need, size_t element_bytes);
/* Appends to the pool. Return: 0 with *offset set, -ENOMEM. */
int utfs_plan_pool_add(struct utfs_print_plan *plan, const char *text, size_t len_bytes,
		       uint32_t *offset);
/* Appends a step. Return: 0, -ENOMEM. */
int utfs_plan_step_add(struct utfs_print_plan *plan, const struct utfs_step *step);
/* Literals are copied in chunks and steps write without asking: adds the closing step, pads the pool, sums up. Return: 0, -ENOMEM. */
int utfs_plan_finish(struct utfs_print_plan *plan, struct utfs_step *last);

/* ---- compiling ---- */

struct utfs_parser {
	const struct utfs_event_format *format;
	struct utfs_print_plan *plan;
	const char *text;
	size_t len_bytes, pos;
	size_t error_at;
	unsigned int nesting;
	unsigned int depth; /* of the stack, here in the code */
	size_t last_label; /* the last target of a jump: what lies before it is not known to have run */
};

/* What an expression left on the stack. A constant is exactly one UTFS_INSN_IMM at the end of the code. */
struct utfs_expr {
	struct utfs_value_type type;
	bool is_const;
};

/* Remembers where the parser is. Return: -EINVAL. */
static inline int utfs_parser_fail(struct utfs_parser *parser)
{
	parser->error_at = parser->pos;
	return -EINVAL;
}

/* print-parse.c. All skip blanks first. */
/* The next byte, not taken; 0 at the end. */
char utfs_parser_peek(struct utfs_parser *parser);
/* Takes the token if it is next. One that is the beginning of a longer operator ("<" of "<<") does not count. */
bool utfs_parser_accept(struct utfs_parser *parser, const char *token);
/* Return: 0, -EINVAL. */
int utfs_parser_expect(struct utfs_parser *parser, const char *token);
/* An identifier, not copied. Return: its length; 0: none is next. */
size_t utfs_parser_identifier(struct utfs_parser *parser, const char **name);
/* Adjacent string literals, unescaped, into the pool. Return: 0, -EINVAL, -ENOMEM. */
int utfs_parser_string(struct utfs_parser *parser, uint32_t *offset, size_t *len_bytes);
/* A number or character constant. Return: 0 with *type and *value set (a double's bits), -EINVAL. */
int utfs_parser_number(struct utfs_parser *parser, struct utfs_value_type *type, uint64_t *value);
/*
 * A type name and its stars, as in a cast. Takes nothing if there is none.
 * Return: 1 with *type set (a pointer: with element_bytes; kind BYTES for a struct, element_bytes 0); 0 not a type.
 */
int utfs_parser_type(struct utfs_parser *parser, struct utfs_value_type *type);

/* print-expr.c. Return: 0, -EINVAL, -ENOMEM. */
int utfs_parse_expr(struct utfs_parser *parser, struct utfs_expr *expr);
/* print-call.c: name was taken already. Return: 0, -EINVAL, -ENOMEM. */
int utfs_parse_call(struct utfs_parser *parser, const char *name, size_t len_bytes,
		    struct utfs_expr *expr);

/* print-emit.c. Return: 0, -EINVAL, -ENOMEM. */
/* Appends an instruction that pops and pushes so many slots. */
int utfs_emit(struct utfs_parser *parser, const struct utfs_insn *insn, unsigned int pops,
	      unsigned int pushes);
/* Makes an integer, float or address of what is at depth (0: top). */
int utfs_emit_convert(struct utfs_parser *parser, struct utfs_expr *expr,
		      const struct utfs_value_type *to, unsigned int depth);
/* A binary operator on two values on the stack; op is one of those for integers. *left becomes the result. */
int utfs_emit_binary(struct utfs_parser *parser, enum utfs_insn_op op, struct utfs_expr *left,
		     struct utfs_expr *right);
int utfs_emit_unary(struct utfs_parser *parser, enum utfs_insn_op op, struct utfs_expr *expr);
/* Pushes a constant. */
int utfs_emit_const(struct utfs_parser *parser, const struct utfs_value_type *type, uint64_t value,
		    struct utfs_expr *expr);
/* The instruction that converts between two types; NOP if none is needed. Return: 0, -EINVAL: there is none. */
int utfs_insn_convert(const struct utfs_value_type *from, const struct utfs_value_type *to,
		      unsigned int depth, struct utfs_insn *insn);
/* The type that both sides of an operator have. Return: 0, -EINVAL. */
int utfs_common_type(const struct utfs_value_type *left, const struct utfs_value_type *right,
		     struct utfs_value_type *common);

/* ---- running ---- */

/* Bytes being written; what does not fit is dropped. */
struct utfs_sink {
	char *p;
	char *end;
};

struct utfs_eval {
	const struct utfs_print_plan *plan;
	const uint8_t *record;
	size_t len_bytes;
	struct utfs_slot *stack;    /* UTFS_PLAN_STACK slots; the results start at stack[0] */
	struct utfs_sink *produced; /* NULL: code without producers */
};

/* print-eval.c. Return: 0; -EFAULT a byte outside of the record, a division by zero. */
int utfs_eval(const struct utfs_eval *eval, size_t first, size_t nr);
/* An integer by UTFS_LOAD(), any alignment; the caller has checked the bounds. */
static inline uint64_t utfs_record_load(const uint8_t *at, uint8_t load)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	switch (load >> 1) {
	case 0:
		return load & 1 ? (uint64_t)(int8_t)*at : *at;
	case 1:
		memcpy(&u16, at, sizeof(u16));
		return load & 1 ? (uint64_t)(int16_t)u16 : u16;
	case 2:
		memcpy(&u32, at, sizeof(u32));
		return load & 1 ? (uint64_t)(int32_t)u32 : u32;
	default:
		memcpy(&u64, at, sizeof(u64));
		return u64;
	}
}

/* print-number.c */
/* How many decimal digits a number has. */
unsigned int utfs_count_digits(uint64_t value);
/* Decimal digits. Return: their end. */
char *utfs_write_dec(char *p, uint64_t value);
/* Six digits of a number below a million. */
char *utfs_write_dec6(char *p, uint32_t value);
char *utfs_write_hex(char *p, uint64_t value);
/* By the kernel's rules. */
void utfs_sink_number(struct utfs_sink *sink, uint64_t value, const struct utfs_number_spec *spec);
/* Padded, cut to precision. len_bytes: without the NUL. */
void utfs_sink_string(struct utfs_sink *sink, const char *text, size_t len_bytes,
		      const struct utfs_number_spec *spec);
void utfs_sink_float(struct utfs_sink *sink, double value, char letter,
		     const struct utfs_number_spec *spec);
void utfs_sink_write(struct utfs_sink *sink, const void *data, size_t len_bytes);
void utfs_sink_putc(struct utfs_sink *sink, char c, size_t times);

/* print-values.c */
void utfs_sink_symbolic(struct utfs_sink *sink, const struct utfs_print_plan *plan, uint32_t table,
			uint64_t value);
void utfs_sink_flags(struct utfs_sink *sink, const struct utfs_print_plan *plan, uint32_t table,
		     uint64_t flags);
void utfs_sink_hex(struct utfs_sink *sink, const uint8_t *bytes, size_t len_bytes,
		   const char *separator);
void utfs_sink_array(struct utfs_sink *sink, const uint8_t *bytes, size_t len_bytes, uint64_t count,
		     uint64_t element_bytes);
void utfs_sink_bitmask(struct utfs_sink *sink, const uint8_t *bytes, size_t len_bytes);

/* print-fields.c */
void utfs_print_field(const struct utfs_field *field, const uint8_t *record, size_t len_bytes,
		      struct eventfs_text *text);

/* print-line.c, print-modes.c: lines -------------------------------------------------------------------- */

/* The record's head. */
struct utfs_common {
	uint16_t type;
	uint8_t flags;
	uint8_t preempt_count;
	int32_t pid;
};
#define UTFS_IRQ_INFO_BYTES 5

struct utfs_common utfs_line_common(const struct utfs_line *line);
/* Whose addresses are in the record. */
int32_t utfs_line_process(const struct utfs_line *line);
/* print-event.c: what utfs_print_event() appends, with the names of functions. */
void utfs_print_line_event(struct eventfs_text *text, const struct utfs_line_style *style,
			   const struct utfs_line *line);
/* The task's name, or what stands for it. */
const char *utfs_line_comm(const struct utfs_line *line, const struct utfs_common *common);
/* Is there anything that can print the event? */
bool utfs_line_known(const struct utfs_line *line, const struct utfs_common *common);
/* The `ip` of a ftrace/print record. */
uint64_t utfs_line_ip(const struct utfs_line *line);
/* Writes UTFS_IRQ_INFO_BYTES. Return: behind them. */
char *utfs_put_irq_info(char *p, const struct utfs_common *common);
/* The message of a ftrace/print record, with a newline. */
void utfs_print_text(struct eventfs_text *text, const struct utfs_line *line);
void utfs_print_raw_data(struct eventfs_text *text, const struct utfs_line *line);
/* print-stack.c: "<stack trace>" and what follows. Return: false it is another record, nothing is appended. */
bool utfs_print_stack(struct eventfs_text *text, const struct utfs_line_style *style,
		      const struct utfs_line *line);
/* Prints where a style other than text is asked for. Return: it did. */
bool utfs_print_mode(struct eventfs_text *text, const struct utfs_line_style *style,
		     const struct utfs_line *line);
void utfs_print_latency_context(struct eventfs_text *text, const struct utfs_line_style *style,
				const struct utfs_line *line);
void utfs_print_latency_header(struct eventfs_text *text, const struct utfs_line_style *style,
			       const char *tracer, const struct utfs_trace_totals *totals);

#endif
