/* SPDX-License-Identifier: MIT */
/*
 * The arena's binary layout: everything that lies in the shared file is described here and nowhere else.
 *
 * The file is an array of regions, each starting on a page. Offsets are from the file's start; there
 * is no pointer in the file. What a field's comment names as owner is who may write it and how:
 *
 *   [tx]     only under event_mutex, through the undo log (utfs_tx_set and friends)
 *   [const]  written once, before the thing is reachable; afterwards only read
 *   [cpu]    by writers on that CPU, inside a restartable sequence (or under the CPU's lock word in locked mode)
 *   [atomic] by anybody, with the atomic operation named
 *   [reader] under the CPU buffer's reader mutex
 *
 *   offset 0
 *   +-----------+------+-------+------+---------+----------+-----------+---------+-------+
 *   | header    | undo | procs | pins | changes | cmdlines | instances | systems | events|
 *   +-----------+------+-------+------+---------+----------+-----------+---------+-------+
 *   | masks | hashes | free extents | cells | mappings | recorders | CPU buffers | heap  |
 *   +-------+--------+--------------+-------+----------+-----------+-------------+-------+
 *
 * The regions are sparse. Pages that are used are allocated (fallocate) before they are touched; how
 * far a growing region is allocated stands in header.present[]. The heap is handed out in extents of
 * whole pages (alloc.c).
 */
#ifndef UTFS_ARENA_ABI_H
#define UTFS_ARENA_ABI_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define UTFS_ABI_MAGIC	 UINT64_C(0x7366656361727475) /* "utracefs" in memory */
#define UTFS_ABI_VERSION 2
#define UTFS_PAGE_BYTES	 4096

#define UTFS_MAX_CPUS	    4096
#define UTFS_MAX_PROCS	    4096
#define UTFS_MAX_PINS	    16384
#define UTFS_MAX_CHANGES    256
#define UTFS_MAX_CMDLINES   32768 /* slots that there can be; header.nr_cmdlines are in use */
#define UTFS_MAX_INSTANCES  4096  /* slot 0 is the root's trace array */
#define UTFS_MAX_SYSTEMS    4096  /* slot 0 is unused: 0 means none */
#define UTFS_MAX_EVENTS	    65536 /* index == event id == the record's common_type */
#define UTFS_MAX_EXTENTS    32768
#define UTFS_MAX_CELLS	    65536
#define UTFS_MAX_MAPPINGS   2048
#define UTFS_MAX_RECORDERS  64 /* bits of an event's mask */
#define UTFS_MAX_UNDO	    131072
#define UTFS_NAME_MAX	    255
#define UTFS_EVENT_ID_FIRST 64 /* lower ids belong to the `ftrace` system */

#define UTFS_INSTANCE_BUCKETS 1024
#define UTFS_SYSTEM_BUCKETS   1024
#define UTFS_EVENT_BUCKETS    16384

enum utfs_region {
	UTFS_REGION_HEADER,
	UTFS_REGION_UNDO,
	UTFS_REGION_PROCS,
	UTFS_REGION_PINS,
	UTFS_REGION_CHANGES,
	UTFS_REGION_CMDLINES,
	UTFS_REGION_INSTANCES,
	UTFS_REGION_SYSTEMS,
	UTFS_REGION_EVENTS,
	UTFS_REGION_MASKS,
	UTFS_REGION_HASHES,
	UTFS_REGION_EXTENTS,
	UTFS_REGION_CELLS,
	UTFS_REGION_MAPPINGS,
	UTFS_REGION_RECORDERS,
	UTFS_REGION_CPUBUFS,
	UTFS_REGION_HEAP,
	UTFS_NR_REGIONS,
};

/* How events are written; fixed when the arena is created, never mixed. */
enum utfs_mode {
	UTFS_MODE_RSEQ = 1,
	UTFS_MODE_LOCKED = 2,
};

/* trace_clock; the numbers are the order of the names in the file. */
enum utfs_clock {
	UTFS_CLOCK_LOCAL,
	UTFS_CLOCK_GLOBAL,
	UTFS_CLOCK_COUNTER,
	UTFS_CLOCK_UPTIME,
	UTFS_CLOCK_PERF,
	UTFS_CLOCK_MONO,
	UTFS_CLOCK_MONO_RAW,
	UTFS_CLOCK_BOOT,
	UTFS_CLOCK_TAI,
	UTFS_CLOCK_CPU, /* the CPU's own counter: x86-tsc, arm64-cntvct */
	UTFS_NR_CLOCKS,
};

/* What is put back: the whole word, or only bits of it, where applications change others meanwhile. */
enum utfs_undo_kind {
	UTFS_UNDO_WORD,
	UTFS_UNDO_CLEAR, /* bits that the transaction has set */
	UTFS_UNDO_SET,	 /* bits that it has cleared */
};
#define UTFS_UNDO_KIND_MASK UINT64_C(7)

struct utfs_undo {
	uint64_t
		offset; /* of a 64-bit word, from the file's start; low bits: enum utfs_undo_kind */
	uint64_t old;	/* the word, or the bits */
};

/*
 * Who opens the arena takes a serial, a number that nobody had and nobody will have, and locks the byte of the file that
 * lies so far behind UTFS_PROC_LOCK_BASE: it lives as long as that byte is locked. The dead stay dead.
 */
#define UTFS_PROC_LOCK_BASE (INT64_C(1) << 41)
/* A serial and a tid fit the lock word of a CPU buffer; a thousand programs a second need 139 years for all of them. */
#define UTFS_PROC_SERIAL_MAX ((UINT64_C(1) << 42) - 1)
/* Held exclusively by who makes the arena anew after a reboot. */
#define UTFS_BOOT_LOCK_BYTE (INT64_C(1) << 40)

/* A lock that names its holder, and can be taken from the dead (lock.c). Zeroes: free. */
struct utfs_lock {
	uint64_t word; /* [atomic cmpxchg] serial of the holder << 1 | somebody waits; 0: free */
	uint32_t sequence; /* [atomic add] futex: releases that somebody waited for */
	uint32_t
		pid; /* [atomic relaxed] of the holder, in its own PID namespace; for messages only */
};
#define UTFS_LOCK_CONTENDED UINT64_C(1)

enum utfs_proc_kind {
	UTFS_PROC_FREE,
	UTFS_PROC_APPLICATION,
	UTFS_PROC_FRONT_END,
};

struct utfs_proc {
	uint64_t kind;	      /* [tx] enum utfs_proc_kind */
	uint64_t serial;      /* [tx] of the process */
	uint64_t pid;	      /* [tx] in its own PID namespace; for messages only */
	uint64_t uses_offset; /* [tx] heap: bitmap of event ids this process has registered, or 0 */
	uint64_t uses_bytes;  /* [tx] */
	uint64_t comm[2];     /* [tx] name, for messages */
	uint64_t sections;    /* [tx] heap: UTFS_SECTIONS of struct utfs_section; front ends: 0 */
};

enum utfs_pin_kind {
	UTFS_PIN_OPEN = 1, /* a file of the instance is open */
	UTFS_PIN_PIPE, /* trace_pipe: the one consumer of a CPU (cpu) or of all (cpu == UTFS_PIN_ALL_CPUS) */
	UTFS_PIN_PAUSE, /* a reader of `trace` holds recording back (cpu == UTFS_PIN_ALL_CPUS) */
};
#define UTFS_PIN_ALL_CPUS UINT32_MAX

/* What one process holds open in one instance. Belongs to the process: gone when it is. */
struct utfs_pin {
	uint64_t proc;	   /* [tx] proc index + 1; 0: free */
	uint64_t instance; /* [tx] serial */
	uint64_t what;	   /* [tx] enum utfs_pin_kind << 32 | cpu */
	uint64_t count;	   /* [tx] */
};

enum utfs_change_kind {
	UTFS_CHANGE_INSTANCE_ADDED = 1,
	UTFS_CHANGE_INSTANCE_REMOVED,
	UTFS_CHANGE_SYSTEM_ADDED,
	UTFS_CHANGE_SYSTEM_REMOVED,
	UTFS_CHANGE_EVENT_ADDED,
	UTFS_CHANGE_EVENT_REMOVED,
};

/* Ring of what changed; entry n lies at n % UTFS_MAX_CHANGES and is valid while header.changes_public - n <= the ring's size. */
struct utfs_change {
	uint64_t sequence; /* [atomic] n + 1 once the entry is whole, 0 while it is being written */
	uint64_t kind;	   /* under event_mutex, before header.changes is raised */
	uint64_t serial;   /* of the instance, system or event */
	uint64_t parent;   /* serial of an event's system, else 0 */
	char name[UTFS_NAME_MAX + 1];
};

/* tid -> comm, tgid. Lock-free: four words and their hash; a torn entry does not verify and counts as absent. */
struct utfs_cmdline {
	uint64_t ids;	  /* [atomic relaxed] tid << 32 | tgid */
	uint64_t comm[2]; /* [atomic relaxed] */
	uint64_t check;	  /* [atomic release] utfs_cmdline_check(the three above) */
};

/*
 * Where a process has mapped code that one of its stacks led to. Lock-free, as command lines are: entry n lies at n %
 * UTFS_MAX_MAPPINGS until a later one takes its place; one that is torn does not verify. Outlives its process.
 */
struct utfs_mapping {
	uint64_t check;	   /* [atomic release] of all that follows; 0 while it is written */
	uint64_t sequence; /* n, counted from 1 */
	uint64_t tgid;
	uint64_t start, end, offset; /* addresses in the process; where `start` lies in the file */
	uint32_t build_id_bytes;     /* 0: there is none */
	uint32_t path_bytes;	     /* 0: too long for here */
	unsigned char build_id[32];
	char path[424];
};

/*
 * Serials name instances, systems and events for ever: generation << slot bits | slot, never used twice. A slot whose
 * generations are used up is retired; 28 bits in all, so that two of them and a type fit a node id.
 */
#define UTFS_SERIAL_BITS	28
#define UTFS_INSTANCE_SLOT_BITS 12
#define UTFS_SYSTEM_SLOT_BITS	12
#define UTFS_EVENT_SLOT_BITS	16

/* A trace array: the root (slot 0) or instances/NAME. */
struct utfs_instance {
	uint64_t serial; /* [tx] 0: free */
	uint64_t
		hash_next; /* [tx] slot + 1 of the next in the bucket, or in the free list; 0: end */
	uint64_t recorder;  /* [tx] recorder index + 1; 0: nothing recorded yet, no memory taken */
	uint64_t buffer_kb; /* [tx] per CPU, as asked for; used when the recorder is made */
	uint64_t
		options; /* [tx] bits of enum utfs_option; those that writers need are copied to recorder.config */
	uint64_t clock; /* [tx] enum utfs_clock */
	uint64_t
		tracing_on; /* [tx] until there is a recorder: then its config says it (UTFS_CONFIG_ON) */
	uint64_t name_bytes; /* [tx] */
	uint64_t generation; /* [tx] how often the slot was used; stays when it is free */
	uint64_t
		buffer_percent; /* [tx] how full a CPU's buffer is when poll tells its reader; 0: any event */
	uint64_t max_latency_ns; /* [tx] tracing_max_latency */
	uint64_t time_start; /* [tx] by the instance's clock: when its buffers were last cleared */
	uint64_t paused;     /* [tx] 1: a reader of `trace` holds recording back (pause-on-trace) */
	uint64_t errors;     /* [tx] reference: struct utfs_error_log; 0: none */
	uint64_t pending;    /* [tx] reference: struct utfs_pending_rules; 0: none */
	uint64_t page_order; /* [tx] of its buffers: a subbuffer is UTFS_PAGE_BYTES << this */
	uint64_t reserved[16];
	char name[UTFS_NAME_MAX + 1]; /* [const] NUL-terminated */
};

struct utfs_system {
	uint64_t serial;    /* [tx] 0: free */
	uint64_t hash_next; /* [tx] index of the next in the bucket, or in the free list; 0: end */
	uint64_t first_event; /* [tx] id, 0: none */
	uint64_t last_event;  /* [tx] id */
	uint64_t nr_events;   /* [tx] */
	uint64_t name_offset; /* [tx] heap, NUL-terminated */
	uint64_t name_bytes;  /* [tx] without the NUL */
	uint64_t generation;  /* [tx] */
};

struct utfs_event_entry {
	uint64_t serial;    /* [tx] 0: free */
	uint64_t hash_next; /* [tx] id of the next in the bucket, or in the free list; 0: end */
	uint64_t system;    /* [tx] index */
	uint64_t
		sys_next; /* [tx] id of the system's next event, 0: end; in ascending order of ids */
	uint64_t description; /* [tx] heap offset of struct utfs_event_description */
	uint64_t bytes;	      /* [tx] of the description, with its strings */
	uint64_t
		conflicts; /* [atomic add] registrations refused because the fields differ; [tx] 0 */
	uint64_t generation; /* [tx] */
};

/* utfs_event_description.flags */
#define UTFS_EVENT_DYNAMIC   1U /* made at run time, from a description in user_events syntax */
#define UTFS_EVENT_SYNTHETIC 2U /* of system `synthetic`: written by histograms, not by a program */

/* What an event is; constant once the entry points at it. Four NUL-terminated strings follow in this order. */
struct utfs_event_description {
	uint32_t hash;	       /* [const] of system and name */
	uint32_t system_bytes; /* [const] each without its NUL */
	uint32_t name_bytes;
	uint32_t fields_bytes; /* the lines of the format file behind the common fields */
	uint32_t print_bytes;  /* what stands behind "print fmt: " */
	uint32_t record_bytes; /* fixed part of a record, common fields included */
	uint32_t flags;	       /* [const] UTFS_EVENT_* */
	uint32_t reserved;
	char strings[];
};

/* What writers look at of an event: element `id` of the masks region. */
struct utfs_event_state {
	uint64_t mask; /* [tx] bit r: recorder r records the event, or its triggers look at it */
	uint64_t
		filtered; /* [tx] bit r: evaluate something before a record for recorder r is written: a filter, its gates, triggers */
	uint64_t filters; /* [tx] reference: struct utfs_filter_table; 0: none */
	uint64_t triggers; /* [tx] reference: struct utfs_trigger_table; 0: none */
};

/*
 * Objects that writers evaluate in place, without a lock. Whoever refers to one holds a reference: its heap offset in the
 * low bits, above them a generation, so that a word never comes to mean another object of the same place. Constant once
 * it is referred to; a new one is made for every change. Who evaluated one loads the reference again: if it has changed,
 * what was seen means nothing. Nothing in an object is believed before it is checked.
 */
#define UTFS_REFERENCE_BITS 40
#define UTFS_REFERENCE_MASK ((UINT64_C(1) << UTFS_REFERENCE_BITS) - 1)

struct utfs_object {
	uint32_t magic;
	uint32_t bytes; /* this head included; at most UTFS_BLOB_MAX */
};

#define UTFS_MAGIC_TABLE	 UINT32_C(0x6c626174)
#define UTFS_MAGIC_PROGRAM	 UINT32_C(0x676f7270)
#define UTFS_MAGIC_PIDS		 UINT32_C(0x73646970)
#define UTFS_MAGIC_CPUS		 UINT32_C(0x73757063)
#define UTFS_MAGIC_ERRORS	 UINT32_C(0x73727265)
#define UTFS_MAGIC_ERROR	 UINT32_C(0x20727265)
#define UTFS_MAGIC_PENDING	 UINT32_C(0x646e6570)
#define UTFS_MAGIC_TRIGGER_TABLE UINT32_C(0x62747274)
#define UTFS_MAGIC_TRIGGERS	 UINT32_C(0x67697274)

/* An object whose words change: an event's filters, by recorder. */
struct utfs_filter_table {
	struct utfs_object object;
	uint64_t programs[UTFS_MAX_RECORDERS]; /* [tx] references: struct utfs_filter_program */
};

/*
 * One comparison. Evaluation begins at op 0 and goes on at when_true or when_false: a later op, or nr_ops (the record
 * is accepted), or nr_ops + 1 (it is not).
 */
struct utfs_filter_op {
	uint64_t value; /* what a number is compared with; a double's bits for UTFS_FILTER_FLOAT */
	uint32_t
		operand; /* offset in the program: the pattern, or the set of CPUs (64-bit words) */
	uint32_t operand_bytes;
	uint16_t when_true;
	uint16_t when_false;
	uint16_t offset; /* of the field in the record */
	uint16_t bytes;	 /* of the field */
	uint8_t what;	 /* enum utfs_filter_what */
	uint8_t compare; /* enum utfs_filter_compare */
	uint8_t match;	 /* enum utfs_filter_match: strings */
	uint8_t flags;	 /* UTFS_FILTER_* */
	uint32_t
		name; /* UTFS_FILTER_NAMED_*: offset in the program of the field's name, `bytes` long */
};

enum utfs_filter_what {
	UTFS_FILTER_NUMBER,
	UTFS_FILTER_FLOAT,
	UTFS_FILTER_CHARS,    /* an array of characters in the record */
	UTFS_FILTER_DYNAMIC,  /* __data_loc */
	UTFS_FILTER_RELATIVE, /* __rel_loc */
	UTFS_FILTER_POINTER,  /* to a string in the program's memory */
	UTFS_FILTER_COMM,     /* the thread's name */
	UTFS_FILTER_CPU,      /* the CPU it runs on */
	UTFS_FILTER_NEVER,    /* a field of a size that cannot be compared */
	/* In a pending rule: the field is known by its name only, and what it is compared with says what it should be. */
	UTFS_FILTER_NAMED_NUMBER,
	UTFS_FILTER_NAMED_FLOAT,
	UTFS_FILTER_NAMED_STRING,
	UTFS_FILTER_NAMED_CPUS,
};

enum utfs_filter_compare {
	UTFS_COMPARE_EQ,
	UTFS_COMPARE_NE,
	UTFS_COMPARE_LT,
	UTFS_COMPARE_LE,
	UTFS_COMPARE_GT,
	UTFS_COMPARE_GE,
	UTFS_COMPARE_AND,  /* have bits in common */
	UTFS_COMPARE_CPUS, /* is one of a set of CPUs */
};

enum utfs_filter_match {
	UTFS_MATCH_FULL,
	UTFS_MATCH_FRONT,
	UTFS_MATCH_MIDDLE,
	UTFS_MATCH_END,
	UTFS_MATCH_GLOB,
};

#define UTFS_FILTER_SIGNED 1U
#define UTFS_FILTER_NOT	   2U
#define UTFS_FILTER_MINUS  4U /* of a named number: it was written with a '-' */

/* Followed by the ops and, behind them, operands and the text. */
struct utfs_filter_program {
	struct utfs_object object;
	uint32_t
		nr_ops; /* 0: only a text, which says what was wrong with a filter; everything passes */
	uint32_t
		text; /* offset in the program: what the filter file reads, without its last newline */
	uint32_t text_bytes;
	uint32_t reserved;
	struct utfs_filter_op ops[];
};

/*
 * A word that applications change while they evaluate triggers. Type-stable: never memory of another kind, so who comes with an
 * old reference (a cell's number in the low UTFS_REFERENCE_BITS, above them a generation) finds another generation in the word
 * and leaves it alone. In a rollback, a word that is in use gets back what it was when the transaction changed it: what
 * an application has done to it in that moment is undone as well.
 */
#define UTFS_CELL_VALUE_BITS 40
#define UTFS_CELL_VALUE_MAX  ((UINT64_C(1) << UTFS_CELL_VALUE_BITS) - 1)

struct utfs_cell {
	uint64_t
		word; /* generation << UTFS_CELL_VALUE_BITS | value; [tx]; [atomic cmpxchg] of the value */
	uint64_t
		link; /* [tx] free: number of the next free one + 1, 0: end; in use: its users, where it may have several */
};

/* An event's triggers, by recorder. Its words change, as those of a filter table do. */
struct utfs_trigger_table {
	struct utfs_object object;
	uint64_t lists[UTFS_MAX_RECORDERS]; /* [tx] references: struct utfs_trigger_list */
	/*
	 * [tx] Cells: 1 in it: the recorder does not record the event (the kernel's SOFT_DISABLED). There is one as long as
	 * there are triggers of the event, or of other events that enable or disable it (SOFT_MODE); its users are counted.
	 */
	uint64_t soft[UTFS_MAX_RECORDERS];
};

enum utfs_trigger_kind {
	UTFS_TRIGGER_TRACEON = 1,
	UTFS_TRIGGER_TRACEOFF,
	UTFS_TRIGGER_SNAPSHOT,
	UTFS_TRIGGER_STACKTRACE,
	UTFS_TRIGGER_ENABLE_EVENT, /* operands: the other event's serial, its soft cell */
	UTFS_TRIGGER_DISABLE_EVENT,
	UTFS_TRIGGER_HIST,
	UTFS_TRIGGER_ENABLE_HIST, /* the other event's histograms; operands: the same */
	UTFS_TRIGGER_DISABLE_HIST,
	UTFS_TRIGGER_KINDS_END,
};

struct utfs_trigger {
	uint64_t count; /* how often it was to fire; UINT64_MAX: always */
	uint64_t
		counter; /* a cell: how often it still does; 0: always (count is UINT64_MAX, or too large to be counted down) */
	uint64_t operands[2]; /* by kind */
	uint32_t kind;	      /* enum utfs_trigger_kind */
	uint32_t
		program; /* offset in the list, a multiple of 8: struct utfs_filter_program; 0: it fires at each event */
};

/* Fired in this order. */
#define UTFS_MAX_TRIGGERS 32 /* of one event in one instance */
struct utfs_trigger_list {
	struct utfs_object object;
	uint32_t nr_triggers;
	/*
	 * As in the kernel: one that looks at the record, or wants to come after it, makes all of them be evaluated with the
	 * record at hand. Then they act when it has been written, those that enable and disable events before.
	 */
	uint32_t conditional;
	struct utfs_trigger triggers[]; /* then the programs */
};

/* set_event_pid: thread ids in ascending order. */
struct utfs_pid_list {
	struct utfs_object object;
	uint32_t nr_pids;
	uint32_t pids[]; /* with UTFS_PID_INHERITED */
};
#define UTFS_PID_MAX	   (UINT32_C(1) << 30) /* ids are below */
#define UTFS_PID_INHERITED (UINT32_C(1) << 31) /* came by a fork, not by a person */

/* tracing_cpumask */
struct utfs_cpu_set {
	struct utfs_object object;
	uint64_t words[];
};

/* error_log: error n is errors[n % UTFS_MAX_ERRORS] as long as nr_errors - n <= UTFS_MAX_ERRORS. */
#define UTFS_MAX_ERRORS 8
struct utfs_error_log {
	struct utfs_object object;
	uint64_t nr_errors;		  /* [tx] */
	uint64_t errors[UTFS_MAX_ERRORS]; /* [tx] references: struct utfs_error_entry */
};

struct utfs_error_entry {
	struct utfs_object object;
	uint64_t time_ns;
	uint32_t position;	 /* of the caret in the command */
	uint32_t location_bytes; /* three texts follow, without NUL: where it was found, */
	uint32_t message_bytes;	 /* what is wrong, */
	uint32_t command_bytes;	 /* what was written */
	char texts[];
};

/* pending_events: rules for events that do not exist yet, one after the other. */
struct utfs_pending_rules {
	struct utfs_object object;
	uint32_t nr_rules;
	uint32_t reserved;
};

/* The texts follow, without NUL: "SYSTEM:EVENT", both patterns, and what the rule says after that. */
struct utfs_pending_rule {
	uint32_t bytes; /* of the rule, a multiple of 8 */
	uint32_t system_bytes;
	uint32_t event_bytes;
	uint32_t text_bytes; /* the whole line */
	uint32_t
		program; /* offset in the rule of an unlinked filter, of the event or of a trigger; 0: none */
	uint32_t
		trigger; /* offset in the rule: struct utfs_trigger; 0, and no filter: the event is enabled */
	char text[];
};

#include "arena/abi-hist.h"

/* A run of free pages in the heap, page numbers from the file's start. nr_pages 0: entry unused. */
struct utfs_extent {
	uint64_t first_page; /* [tx] */
	uint64_t nr_pages;   /* [tx] */
};

enum utfs_recorder_state {
	UTFS_RECORDER_FREE,
	UTFS_RECORDER_ACTIVE,
	UTFS_RECORDER_DRAINING, /* unpublished; its pages are freed when no writer can be inside (reap) */
};

/*
 * recorder.config: the one word of it that writers read. Its low half says how to record, and of that triggers change
 * UTFS_CONFIG_ON; its high half says which life of the recorder it is, so that none of them does so in the next one.
 */
#define UTFS_CONFIG_ON		UINT64_C(1) /* tracing_on */
#define UTFS_CONFIG_OVERWRITE	UINT64_C(2)
#define UTFS_CONFIG_PAUSED	UINT64_C(4) /* whatever UTFS_CONFIG_ON says */
#define UTFS_CONFIG_CLOCK_SHIFT 8
#define UTFS_CONFIG_CLOCK_MASK	UINT64_C(0xff)
#define UTFS_CONFIG_ORDER_SHIFT 16 /* the sides' page_order, which changes with it */
#define UTFS_CONFIG_ORDER_MASK	UINT64_C(0xf)
#define UTFS_CONFIG_LIFE_SHIFT	32
#define UTFS_CONFIG_HOW_MASK	((UINT64_C(1) << UTFS_CONFIG_LIFE_SHIFT) - 1)

enum utfs_gate {
	UTFS_GATE_PIDS,	   /* struct utfs_pid_list: only these threads; 0: all */
	UTFS_GATE_NO_PIDS, /* struct utfs_pid_list: not these */
	UTFS_GATE_CPUS,	   /* struct utfs_cpu_set: only on these; 0: on all */
	UTFS_NR_GATES,
};

/*
 * The recording side of an instance: what writers look at. Type-stable: a recorder and its CPU buffers
 * (not their pages) stay what they are for the life of the arena, so a writer with an old index reads
 * defined words.
 */
struct utfs_recorder {
	uint64_t
		config; /* [tx] bits of it; [atomic cmpxchg] UTFS_CONFIG_ON; read by writers, relaxed */
	uint64_t state;		  /* [tx] enum utfs_recorder_state */
	uint64_t instance;	  /* [tx] slot of the instance */
	uint64_t instance_serial; /* [tx] */
	uint64_t drain_epoch;	  /* [tx] header.grace_started when it was unpublished */
	uint64_t gates
		[UTFS_NR_GATES]; /* [tx] references: what each record must pass, whatever its event */
	uint64_t snapshot; /* [atomic cmpxchg] UTFS_SNAPSHOT_*; begun anew with the recorder */
	uint64_t snapshots_missed; /* [atomic add] requests while none was allocated */
	uint64_t reserved[6];
};

/*
 * recorder.snapshot: swaps that all CPUs were asked for << 1, so that UTFS_SNAPSHOT_SIDE says which side of a CPU buffer is to be
 * written (the other one, where cpu_buffer.flipped is 1). Whoever changes it sets UTFS_TAIL_SWAP in the tails.
 */
#define UTFS_SNAPSHOT_ALLOCATED UINT64_C(1) /* the other side has pages: it may be asked for */
#define UTFS_SNAPSHOT_SIDE	UINT64_C(2)
#define UTFS_SNAPSHOT_SWAP	UINT64_C(2) /* added */

/*
 * Where a reader stands in a side's stream. Written to the spare copy, then reader_which is flipped with
 * one store: a reader that dies leaves the old or the new position. Who only looks, without the reader mutex, takes a copy
 * whose stamp was even and the same before and after.
 */
struct utfs_reader_position {
	uint64_t sequence;     /* page */
	uint64_t offset;       /* bytes of the page's data already consumed */
	uint64_t entry;	       /* number of the next event, counted from the buffer's start */
	uint64_t lost;	       /* events overwritten before they were read, since the last reset */
	uint64_t read;	       /* events read, since the last reset */
	uint64_t base;	       /* entry at the last reset */
	uint64_t dropped_base; /* dropped at the last reset */
	uint64_t stamp;	       /* odd: the copy is being written */
};

/*
 * tail: which page is written:
 *   bits 25..63  its sequence; 0: nothing is written (no buffer, stopped), events are not recorded
 *   bit  24      UTFS_TAIL_SWAP: perhaps the other side is wanted; look before the next event is written
 *   bits 0..23   its page number; where nothing is written, the side that was written last
 * Sequences of a side never repeat during the life of the arena, so a comparison of the tail proves that nothing has changed on that
 * side (39 bits of pages: 19 days of 30 million events a second on one CPU, and then only for a thread that slept exactly
 * through all of it). Everybody changes it by compare-and-exchange; who sets the bit, by an atomic or.
 */
#define UTFS_TAIL_PAGE_BITS	 24
#define UTFS_TAIL_PAGE_MASK	 ((UINT64_C(1) << UTFS_TAIL_PAGE_BITS) - 1)
#define UTFS_TAIL_SWAP		 (UINT64_C(1) << UTFS_TAIL_PAGE_BITS)
#define UTFS_TAIL_SEQUENCE_SHIFT (UTFS_TAIL_PAGE_BITS + 1)

/*
 * A CPU buffer has two sides. One is written, and is what `trace` and trace_pipe show; the other one, if it has pages, is the snapshot.
 * Each has pages, numbers and a reader's position of its own, so one store to tail swaps them.
 */
#define UTFS_NR_SIDES 2
struct utfs_ring_side {
	uint64_t first_page; /* [tx] while nobody writes here: page number of the data pages */
	uint64_t nr_pages;   /* [tx] while nobody writes here; 0: none */
	uint64_t
		meta_offset; /* [tx] while nobody writes here: array of nr_pages struct utfs_page_meta */
	uint64_t
		base_sequence; /* [tx] while nobody writes here: the sequence of the page in slot 0, first round */
	uint64_t next_sequence; /* [tx] sequence to publish with next; above every one ever used */
	uint64_t
		parked; /* [cpu] the tail to go on with, while the other side is written; 0: it cannot be written */
	uint64_t
		consumed; /* [reader], read by no-overwrite writers: pages below this sequence are free */
	uint64_t
		dropped; /* [atomic add] buffer full in no-overwrite mode, event too large, stopped for a resize */
	uint64_t reader_which; /* [reader] index of the valid copy of position */
	uint64_t
		page_order; /* [tx] while nobody writes here: its pages are UTFS_PAGE_BYTES << this */
	uint64_t reserved[6];
	struct utfs_reader_position position[2]; /* [reader] */
};

struct utfs_cpu_buffer {
	/* what writers look at */
	uint64_t tail; /* [cpu] compare-and-exchange; UTFS_TAIL_SWAP: [atomic or] */
	uint64_t lock; /* locked mode: [atomic cmpxchg] who has it (ring/cpu-lock.c); 0: free */
	uint64_t
		waiters; /* [atomic] a reader sleeps: who writes the next event (1), begins the page with this sequence or a later one (2 and above), or swaps the sides sets it to 0 and wakes */
	uint64_t
		flipped; /* under event_mutex: 1: this CPU writes the other side than recorder.snapshot says */
	uint64_t reserved0[4];
	struct utfs_lock reader; /* lock 4 */
	uint64_t reserved1[6];
	struct utfs_ring_side sides[UTFS_NR_SIDES];
	uint64_t reserved2[48];
};

/* About the page in the same slot. Readers: load sequence (acquire), copy the page, fence, load it again. */
struct utfs_page_meta {
	uint64_t sequence; /* [cpu] 0 while the page is being reset */
	uint64_t
		first_entry; /* [cpu] number of the page's first event, counted from the buffer's start */
};

/*
 * A ring-buffer page: the kernel's layout; what the kernel calls a subbuffer, UTFS_PAGE_BYTES << its side's page_order long. Pages
 * are counted in these, but for page numbers. In the arena the commit word carries more than the kernel's:
 *   bits  0..13  length of the committed data in units of 4 bytes
 *   bits 14..26  number of events on the page
 *   bits 27..63  nanoseconds from the page's time stamp to the last event; all ones: too long ago, walk the page
 * and where the order is above UTFS_COMMIT_ORDER_MAX, in bits 0..16, 17..32 and 33..63.
 * Readers hand out copies with the kernel's commit word (length in bytes).
 */
#define UTFS_PAGE_ORDER_MAX	  7
#define UTFS_COMMIT_ORDER_MAX	  4
#define UTFS_COMMIT_LENGTH_BITS	  14
#define UTFS_COMMIT_COUNT_BITS	  13
#define UTFS_COMMIT_LENGTH_BITS_L 17
#define UTFS_COMMIT_COUNT_BITS_L  16
#define UTFS_COMMIT_DELTA_SHIFT	  (UTFS_COMMIT_LENGTH_BITS + UTFS_COMMIT_COUNT_BITS)
#define UTFS_PAGE_HEADER_BYTES	  16
#define UTFS_PAGE_DATA_BYTES	  (UTFS_PAGE_BYTES - UTFS_PAGE_HEADER_BYTES)

struct utfs_page {
	uint64_t time_stamp; /* [cpu] */
	uint64_t commit;     /* [cpu] release; readers acquire */
	unsigned char data[UTFS_PAGE_DATA_BYTES];
};

/* ns = ((cycles - base_cycles) * mult >> shift) + base_ns; mult 0: the counter is no clock here, use CLOCK_MONOTONIC */
struct utfs_clock_scale {
	uint64_t mult;
	uint64_t shift;
	uint64_t base_cycles;
	uint64_t base_ns;
};

struct utfs_header {
	uint64_t magic;				     /* [const] */
	uint32_t abi_version;			     /* [const] */
	uint32_t page_bytes;			     /* [const] */
	uint64_t layout_signature;		     /* [const] utfs_layout_signature() */
	uint64_t size_bytes;			     /* [const] of the file */
	uint32_t nr_cpus;			     /* [const] possible CPUs of the machine */
	uint32_t mode;				     /* [const] enum utfs_mode */
	uint64_t region_offset[UTFS_NR_REGIONS + 1]; /* [const] the last one is size_bytes */
	char boot_id[40];			     /* under the boot lock */
	struct utfs_clock_scale local;		     /* under the boot lock: the `local` clock */
	uint64_t reserved0[1];

	struct utfs_lock event; /* event_mutex: lock 3 */
	uint64_t reserved3[7];
	uint64_t
		nr_undo; /* under event_mutex: valid entries of the undo log; 0: nothing in flight */
	uint64_t transactions; /* [tx] committed changes, counts up */

	uint64_t present
		[UTFS_NR_REGIONS]; /* under event_mutex: bytes allocated at the region's start; only grows */
	uint64_t heap_end;	   /* [tx] offset behind the last page ever handed out */
	uint64_t free_blobs[16];   /* [tx] free lists by size class, offsets */
	uint64_t nr_extents;	   /* [tx] entries of the extents region in use */
	uint64_t last_proc_serial; /* [atomic add] */
	uint64_t free_instances;   /* [tx] free list: slot + 1 */
	uint64_t free_systems;	   /* [tx] free list: index */
	uint64_t free_events;	   /* [tx] free list: id */
	uint64_t nr_procs;	   /* [tx] slots ever used */
	uint64_t nr_pins;	   /* [tx] slots ever used */
	uint64_t nr_instances;	   /* [tx] slots ever used */
	uint64_t nr_systems;	   /* [tx] slots ever used, slot 0 included */
	uint64_t nr_events;	   /* [tx] ids ever used: highest + 1 */
	uint64_t changes;	   /* [tx] entries ever written to the change ring */
	uint64_t grace_started;	   /* [tx] grace periods begun */
	uint64_t conflicts;	   /* [atomic add] registrations refused, all events */

	/* own cache lines: words that processes sleep on */
	uint64_t reserved1[8];
	uint32_t change_futex;	 /* [atomic add] after each commit that changed names */
	uint32_t change_waiters; /* [atomic] */
	uint32_t data_futex;	 /* [atomic add] by a writer that found cpu_buffer.waiters set */
	uint32_t data_waiters;	 /* reserved */
	uint64_t
		changes_public; /* under event_mutex, after the commit: `changes` as readers without the lock may know it */
	uint64_t reserved2[6];
	uint64_t counter;      /* [atomic add] trace_clock `counter` */
	uint64_t lost_nowhere; /* [atomic add] events on a CPU that the arena has no buffer for */
	uint64_t nr_cmdlines;  /* [tx] slots of the table of thread names that are in use */
	uint64_t printk_slot;  /* [tx] instance that utfs_printf() writes to (trace_printk_dest) */
	uint64_t tracing_thresh_ns; /* [tx] */
	uint64_t gated;		    /* [tx] bit r: recorder r has a gate */
	uint64_t
		repair_due; /* under event_mutex: an owner died; the next front end looks after the buffers */
	uint64_t nr_pending;   /* [tx] instances with pending rules */
	uint64_t nr_cells;     /* [tx] cells ever used */
	uint64_t free_cells;   /* [tx] free list: number + 1 */
	uint64_t mappings;     /* [atomic add] entries ever written to the table of mappings */
	uint64_t hist_plans;   /* [tx] list of blocks: struct utfs_hist_plan, the latest first */
	uint64_t retired;      /* [tx] list of blocks that nothing leads to any more */
	uint64_t block_serial; /* [tx] of the last block made */
};

static_assert(sizeof(struct utfs_lock) == 16, "ABI");
static_assert(offsetof(struct utfs_lock, sequence) == 8, "ABI");
static_assert(sizeof(struct utfs_undo) == 16, "ABI");
static_assert(sizeof(struct utfs_proc) == 64, "ABI");
static_assert(sizeof(struct utfs_pin) == 32, "ABI");
static_assert(sizeof(struct utfs_change) == 288, "ABI");
static_assert(offsetof(struct utfs_change, name) == 32, "ABI");
static_assert(sizeof(struct utfs_cmdline) == 32, "ABI");
static_assert(sizeof(struct utfs_mapping) == 512, "ABI");
static_assert(sizeof(struct utfs_instance) == 512, "ABI");
static_assert(offsetof(struct utfs_instance, name) == 256, "ABI");
static_assert(sizeof(struct utfs_system) == 64, "ABI");
static_assert(sizeof(struct utfs_event_entry) == 64, "ABI");
static_assert(sizeof(struct utfs_event_description) == 32, "ABI");
static_assert(sizeof(struct utfs_extent) == 16, "ABI");
static_assert(sizeof(struct utfs_event_state) == 32, "ABI");
static_assert(sizeof(struct utfs_object) == 8, "ABI");
static_assert(sizeof(struct utfs_filter_table) == 8 + 8 * UTFS_MAX_RECORDERS, "ABI");
static_assert(sizeof(struct utfs_filter_op) == 32, "ABI");
static_assert(sizeof(struct utfs_filter_program) == 24, "ABI");
static_assert(sizeof(struct utfs_cell) == 16, "ABI");
static_assert(sizeof(struct utfs_trigger_table) == 8 + 16 * UTFS_MAX_RECORDERS, "ABI");
static_assert(sizeof(struct utfs_trigger) == 40, "ABI");
static_assert(sizeof(struct utfs_trigger_list) == 16, "ABI");
static_assert(sizeof(struct utfs_pid_list) == 12, "ABI");
static_assert(sizeof(struct utfs_cpu_set) == 8, "ABI");
static_assert(sizeof(struct utfs_error_log) == 80, "ABI");
static_assert(sizeof(struct utfs_error_entry) == 32, "ABI");
static_assert(sizeof(struct utfs_pending_rules) == 16, "ABI");
static_assert(sizeof(struct utfs_pending_rule) == 24, "ABI");
static_assert(sizeof(struct utfs_recorder) == 128, "ABI");
static_assert(sizeof(struct utfs_reader_position) == 64, "ABI");
static_assert(offsetof(struct utfs_ring_side, position) == 128, "ABI");
static_assert(sizeof(struct utfs_ring_side) == 256, "ABI");
static_assert(offsetof(struct utfs_cpu_buffer, reader) == 64, "ABI");
static_assert(offsetof(struct utfs_cpu_buffer, sides) == 128, "ABI");
static_assert(sizeof(struct utfs_cpu_buffer) == 1024, "ABI");
static_assert(sizeof(struct utfs_page_meta) == 16, "ABI");
static_assert(sizeof(struct utfs_page) == UTFS_PAGE_BYTES, "ABI");
static_assert(sizeof(struct utfs_clock_scale) == 32, "ABI");
static_assert(offsetof(struct utfs_header, region_offset) == 40, "ABI");
static_assert(offsetof(struct utfs_header, event) == 264, "ABI");
static_assert(sizeof(struct utfs_header) <= UTFS_PAGE_BYTES, "the header is one page");

#endif
