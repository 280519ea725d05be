/* SPDX-License-Identifier: MIT */
/* A part of abi.h, which includes it: blocks, and histograms in them. What [tx] and the others mean is said there. */
#ifndef UTFS_ARENA_ABI_HIST_H
#define UTFS_ARENA_ABI_HIST_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Blocks: whole pages with a head, for what is too large for an object or changes while writers are in it. A reference to
 * one: the number of its first page in the low bits, above them its serial, which no other block ever has.
 *
 *   live --retired, when the last word that led there is gone--> header.retired --every section left--> free pages
 *
 * Who follows a reference is in a section (struct utfs_section) from before the word is loaded until it is done. A block is freed
 * when no thread is any more in a section that it was in when the block was retired.
 */
#define UTFS_BLOCK_PAGE_BITS 24
#define UTFS_BLOCK_PAGE_MASK ((UINT64_C(1) << UTFS_BLOCK_PAGE_BITS) - 1)

#define UTFS_MAGIC_HIST_PLAN UINT32_C(0x6e6c7068)
#define UTFS_MAGIC_HIST_MAP  UINT32_C(0x70616d68)

struct utfs_block {
	uint32_t magic;	   /* [const] */
	uint32_t nr_pages; /* [const] */
	uint64_t serial;   /* [const] */
	uint64_t next;	   /* [tx] reference of the next block in the list that it stands in */
};

/*
 * Says that a thread is in a section: one of the process's UTFS_SECTIONS, found at its first one. The last is for all threads
 * that came too late to have one of their own. Nothing to repair when a process dies: what is in its table means nothing then.
 */
struct utfs_section {
	uint64_t owner; /* [atomic cmpxchg] by the process's threads: tid; 0: free */
	uint64_t
		word; /* by the owner (shared: [atomic]): how deep it is inside, above that how often it has left */
	uint64_t reserved[6];
};
#define UTFS_SECTIONS	      64
#define UTFS_SECTION_DEPTH    UINT64_C(0xffff)
#define UTFS_SECTION_LEFT_ONE (UTFS_SECTION_DEPTH + 1)

/* Fields of a histogram: the hitcount first, then the other values, variables among them, then the keys. */
#define UTFS_HIST_KEYS_MAX     3
#define UTFS_HIST_VALS_MAX     3 /* with the hitcount */
#define UTFS_HIST_VARS_MAX     16
#define UTFS_HIST_FIELDS_MAX   (UTFS_HIST_KEYS_MAX + UTFS_HIST_VALS_MAX + UTFS_HIST_VARS_MAX)
#define UTFS_HIST_SORTS_MAX    2
#define UTFS_HIST_STRING_MAX   256 /* bytes of a string in a key, its NUL included */
#define UTFS_HIST_STACK_DEPTH  16
#define UTFS_HIST_STACK_BYTES  (UTFS_HIST_STACK_DEPTH * 8)
#define UTFS_HIST_KEYS_BYTES   (UTFS_HIST_STRING_MAX + UTFS_HIST_STACK_BYTES) /* of all of them */
#define UTFS_HIST_KEY_MAX      (UTFS_HIST_KEYS_BYTES + 8) /* with whose addresses they are */
#define UTFS_HIST_BITS_MIN     7
#define UTFS_HIST_BITS_MAX     17
#define UTFS_HIST_BITS_DEFAULT 11

/* What is said of a field: its modifiers, and what it is. */
#define UTFS_HIST_HITCOUNT   (UINT32_C(1) << 0)
#define UTFS_HIST_KEY	     (UINT32_C(1) << 1)
#define UTFS_HIST_STRING     (UINT32_C(1) << 2)
#define UTFS_HIST_HEX	     (UINT32_C(1) << 3)
#define UTFS_HIST_SYM	     (UINT32_C(1) << 4)
#define UTFS_HIST_SYM_OFFSET (UINT32_C(1) << 5)
#define UTFS_HIST_EXECNAME   (UINT32_C(1) << 6)
#define UTFS_HIST_SYSCALL    (UINT32_C(1) << 7)
#define UTFS_HIST_STACKTRACE (UINT32_C(1) << 8)
#define UTFS_HIST_LOG2	     (UINT32_C(1) << 9)
#define UTFS_HIST_TIMESTAMP  (UINT32_C(1) << 10)
#define UTFS_HIST_USECS	     (UINT32_C(1) << 11)
#define UTFS_HIST_VAR	     (UINT32_C(1) << 12)
#define UTFS_HIST_EXPR	     (UINT32_C(1) << 13)
#define UTFS_HIST_VAR_REF    (UINT32_C(1) << 14)
#define UTFS_HIST_CPU	     (UINT32_C(1) << 15)
#define UTFS_HIST_ALIAS	     (UINT32_C(1) << 16)
#define UTFS_HIST_BUCKET     (UINT32_C(1) << 17)
#define UTFS_HIST_CONST	     (UINT32_C(1) << 18)
#define UTFS_HIST_PERCENT    (UINT32_C(1) << 19)
#define UTFS_HIST_GRAPH	     (UINT32_C(1) << 20)

/* Where the value of a field comes from. */
enum utfs_hist_source {
	UTFS_HIST_FROM_CONSTANT, /* operand */
	UTFS_HIST_FROM_NUMBER,
	UTFS_HIST_FROM_CHARS,	 /* an array of characters in the record */
	UTFS_HIST_FROM_DYNAMIC,	 /* __data_loc */
	UTFS_HIST_FROM_RELATIVE, /* __rel_loc */
	UTFS_HIST_FROM_CPU,
	UTFS_HIST_FROM_CLOCK,
	UTFS_HIST_FROM_STACK,
	UTFS_HIST_FROM_CODE, /* operand: offset in the plan of struct utfs_hist_op, above that their number */
	UTFS_HIST_FROM_COMM,   /* the thread's name */
	UTFS_HIST_FROM_REF,    /* operand: number of the reference */
	UTFS_HIST_FROM_ACTION, /* an action sets it */
};

struct utfs_hist_field {
	uint64_t operand; /* the constant; with UTFS_HIST_BUCKET the buckets' width */
	uint32_t flags;	  /* UTFS_HIST_* */
	uint32_t key_offset;
	uint32_t key_bytes; /* a multiple of 8; of other fields: how long a value is */
	uint32_t name;	    /* offsets in the plan of NUL-terminated strings */
	uint32_t type;
	uint16_t offset; /* of the field in the record */
	uint16_t bytes;
	uint8_t source; /* enum utfs_hist_source */
	uint8_t is_signed;
	uint8_t is_field; /* one of the event's, by this name and type */
	uint8_t string; /* of a variable: number + 1 of the element's string (or stack) that it fills; 0: it is a number */
	uint8_t reserved[4];
	uint32_t
		variable; /* offset in the plan of a variable's name; 0: of one that nobody has named */
	uint32_t reserved1;
};

/*
 * A variable that is a stack, in an element's string. In a record of a synthetic event there are the addresses alone, as many
 * as it has; behind them a 0 and the process where that is not the one that wrote the record.
 */
struct utfs_hist_stack {
	uint64_t callers[UTFS_HIST_STACK_DEPTH]; /* innermost first; unused ones are 0 */
	uint64_t tgid;
};

/* An expression, the operands before what is done with them. */
enum utfs_hist_code {
	UTFS_HIST_CODE_FIELD, /* operand: offset in the plan of a struct utfs_hist_field */
	UTFS_HIST_CODE_REF,   /* operand: number of the reference */
	UTFS_HIST_CODE_NEGATE,
	UTFS_HIST_CODE_PLUS,
	UTFS_HIST_CODE_MINUS,
	UTFS_HIST_CODE_MULTIPLY,
	UTFS_HIST_CODE_DIVIDE,
};
#define UTFS_HIST_CODE_DEPTH 8 /* of the stack that it is evaluated on */

struct utfs_hist_op {
	uint32_t code; /* enum utfs_hist_code */
	uint32_t operand;
};

/* A variable of another plan, in the element with the same key. */
#define UTFS_HIST_REFS_MAX 16
struct utfs_hist_ref {
	uint64_t plan;	/* [const] reference */
	uint8_t value;	/* which of that plan's values */
	uint8_t once;	/* who reads it takes it: nobody else finds it set */
	uint8_t string; /* as in struct utfs_hist_field */
	uint8_t reserved[5];
};

/* What a plan does with what it has found. */
enum utfs_hist_handler {
	UTFS_HIST_ONMATCH = 1, /* whenever all the plan's references are set */
	UTFS_HIST_ONMAX,       /* when a variable is larger than ever in its element */
	UTFS_HIST_ONCHANGE,    /* when it is another one than the last time */
};

enum utfs_hist_action_kind {
	UTFS_HIST_TRACE = 1,
	UTFS_HIST_SAVE,
	UTFS_HIST_SNAPSHOT,
};

/* trace: a field of the synthetic event's record, and what fills it. */
enum utfs_hist_param_kind {
	UTFS_HIST_PARAM_NUMBER,
	UTFS_HIST_PARAM_STRING, /* as many bytes of the record */
	/* from here on with bytes behind the fields */
	UTFS_HIST_PARAM_DYNAMIC, /* __data_loc of a string */
	UTFS_HIST_PARAM_STACK,	 /* __data_loc of addresses */
};

struct utfs_hist_param {
	uint16_t offset; /* in the record */
	uint16_t bytes;
	uint8_t kind;	/* enum utfs_hist_param_kind */
	uint8_t is_ref; /* index is that of a reference, else of one of the plan's own values */
	uint8_t index;
	uint8_t reserved;
};

#define UTFS_HIST_ACTIONS_MAX 8
#define UTFS_HIST_PARAMS_MAX  64
struct utfs_hist_action {
	uint64_t event_serial; /* trace: of the synthetic event */
	uint32_t record_bytes; /* of it, without dynamic bytes */
	uint32_t params;       /* trace: offset in the plan of struct utfs_hist_param */
	uint32_t text;	       /* offsets of strings: "onmax($lat).save(pid)", */
	uint32_t subject;      /* "onmax($lat)" */
	uint8_t handler;       /* enum utfs_hist_handler */
	uint8_t kind;	       /* enum utfs_hist_action_kind */
	uint8_t nr_params;
	uint8_t tracked; /* onmax, onchange: the value that is the variable, */
	uint8_t value;	 /* and the one that holds the largest it was so far, or the last */
	uint8_t reserved[3];
};

#define UTFS_HIST_PLAN_NO_HITCOUNT UINT32_C(1) /* is not printed */
#define UTFS_HIST_PLAN_TIMESTAMPS  UINT32_C(2)
#define UTFS_HIST_PLAN_USECS	   UINT32_C(4) /* time stamps are in microseconds */
#define UTFS_HIST_PLAN_VARIABLES   UINT32_C(8) /* has some, or reads some, or has actions */
#define UTFS_HIST_PLAN_ADDRESSES                                                                   \
	UINT32_C(16)			   /* in its key: behind the fields there is the process */
#define UTFS_HIST_PLAN_HELPER UINT32_C(32) /* goes with the last plan that reads it */

/* What a hist trigger does. Constant but for the words marked otherwise; strings follow. */
struct utfs_hist_plan {
	struct utfs_block block; /* next: in header.hist_plans */
	uint64_t map; /* [tx] reference: struct utfs_hist_map; triggers of one name share it */
	uint64_t
		paused; /* [tx]; by applications, for triggers that pause or continue it: [atomic] */
	uint64_t instance_serial;
	uint64_t event_serial;
	uint32_t bytes; /* with the strings */
	uint32_t flags; /* UTFS_HIST_PLAN_* */
	uint32_t map_bits;
	uint32_t key_bytes;
	uint32_t name;	 /* offset in the plan; 0: none */
	uint32_t filter; /* likewise: what stands behind "if" */
	uint8_t nr_vals; /* variables included */
	uint8_t nr_keys;
	uint8_t nr_vars;
	uint8_t nr_sorts;
	uint8_t sort_field[UTFS_HIST_SORTS_MAX]; /* counted without variables */
	uint8_t sort_descending[UTFS_HIST_SORTS_MAX];
	uint8_t clock; /* enum utfs_clock */
	uint8_t nr_refs;
	uint8_t nr_actions;
	uint8_t nr_strings;  /* of an element */
	uint8_t first_saved; /* values from this one on are filled by save(); 0: none are */
	uint8_t nr_saved;
	uint8_t reserved[2];
	struct utfs_hist_ref refs[UTFS_HIST_REFS_MAX];
	struct utfs_hist_action actions[UTFS_HIST_ACTIONS_MAX];
	struct utfs_hist_field fields[UTFS_HIST_FIELDS_MAX];
};

/*
 * The map: 2 << map_bits slots, then 1 << map_bits elements. An element is taken (from the free ones, else the next that never was
 * used), filled, and made valid by one compare-and-swap of an empty slot, which then stays as it is. So a process that dies on
 * the way costs the map that one element, and nothing else. Counts only grow, by atomic additions.
 *
 *   +------+-------------------------------+---------------------------------------------------------------+
 *   | head | slots: hash << 32 | element + 1 | elements: next free, values (hitcount first), name, key       |
 *   +------+-------------------------------+---------------------------------------------------------------+
 */
struct utfs_hist_map {
	struct utfs_block block;
	uint32_t map_bits;  /* [const], like the four below */
	uint32_t nr_values; /* with variables one more than the plan has */
	uint32_t key_bytes;
	uint32_t has_comm;   /* elements hold the name of the thread that made them */
	uint32_t nr_strings; /* of UTFS_HIST_STRING_MAX bytes each */
	uint32_t reserved;
	uint64_t next_element;	/* [atomic cmpxchg] elements ever taken */
	uint64_t free_elements; /* [atomic cmpxchg] count of changes << 32 | element + 1 */
	uint64_t waiters; /* [atomic] somebody polls: who counts next sets it to 0 and wakes */
	uint64_t
		snapshot_value; /* [atomic cmpxchg] of the variable, when a snapshot was asked for last */
	uint64_t snapshot_element; /* [atomic] element + 1 that it was asked for; 0: it never was */
	uint64_t reserved0[5];
	/* own cache line */
	uint64_t drops; /* [atomic add] records that found the map full */
	uint64_t reserved1[7];
	uint64_t slots[]; /* [atomic cmpxchg] 0: empty */
};

struct utfs_hist_element {
	uint64_t next; /* of the free ones: element + 1 */
	/*
	 * [atomic add]; variables: [atomic]. Of those bit i of the last word says that values[i] was set: the value comes
	 * before its bit. Behind them comm[2], if has_comm, strings, which always end in NUL and may be a mixture of
	 * two that were written at once, and the key.
	 */
	uint64_t values[];
};

static_assert(sizeof(struct utfs_block) == 24, "ABI");
static_assert(sizeof(struct utfs_section) == 64, "ABI");
static_assert(UTFS_SECTIONS * sizeof(struct utfs_section) <= 65536, "a blob");
static_assert(sizeof(struct utfs_hist_field) == 48, "ABI");
static_assert(sizeof(struct utfs_hist_stack) == UTFS_HIST_STACK_BYTES + 8, "ABI");
static_assert(sizeof(struct utfs_hist_stack) < UTFS_HIST_STRING_MAX, "fits into a string");
static_assert(sizeof(struct utfs_hist_op) == 8, "ABI");
static_assert(sizeof(struct utfs_hist_ref) == 16, "ABI");
static_assert(sizeof(struct utfs_hist_param) == 8, "ABI");
static_assert(sizeof(struct utfs_hist_action) == 32, "ABI");
static_assert(UTFS_HIST_FIELDS_MAX < 64, "a bit for each");
static_assert(sizeof(struct utfs_hist_plan) == 96 + 16 * UTFS_HIST_REFS_MAX +
						       32 * UTFS_HIST_ACTIONS_MAX +
						       48 * UTFS_HIST_FIELDS_MAX,
	      "ABI");
static_assert(offsetof(struct utfs_hist_map, drops) == 128, "ABI");
static_assert(sizeof(struct utfs_hist_map) == 192, "ABI");
static_assert(sizeof(struct utfs_hist_element) == 8, "ABI");

#endif
