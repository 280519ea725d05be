/* SPDX-License-Identifier: MIT */
/* rseq-seq.h's text for arm64. */
#ifndef UTFS_RING_RSEQ_ARM64_H
#define UTFS_RING_RSEQ_ARM64_H

/* "brk #0x45e0": its bytes are data before the abort handler, never run. */
#define UTFS_RSEQ_SIGNATURE 0xd428bc00

/* Descriptor 3 of the sequence 1..2, aborting to 4; then rseq_cs = 3. */
#define UTFS_RSEQ_BEGIN                                                                            \
	".pushsection __rseq_cs, \"aw\"\n\t"                                                       \
	".balign 32\n"                                                                             \
	"3:\n\t"                                                                                   \
	".long 0, 0\n\t"                                                                           \
	".quad 1f, 2f - 1f, 4f\n\t"                                                                \
	".popsection\n\t"                                                                          \
	"adrp x15, 3b\n\t"                                                                         \
	"add x15, x15, :lo12:3b\n\t"                                                               \
	"str x15, [%[rseq], #8]\n"                                                                 \
	"1:\n\t"                                                                                   \
	"ldr w15, [%[rseq], #4]\n\t"                                                               \
	"cmp w15, %w[cpu]\n\t"                                                                     \
	"b.ne %l[changed]\n\t"

#define UTFS_RSEQ_END(aborted)                                                                     \
	"2:\n\t"                                                                                   \
	"b 8f\n\t"                                                                                 \
	".inst 0xd428bc00\n"                                                                       \
	"4:\n\t"                                                                                   \
	"b %l[" #aborted "]\n"                                                                     \
	"8:\n\t"

/*
 * [x12]: x14 -> x11, w13 0 if it was done. A barrier behind it is the caller's, who looks at what others may have changed meanwhile.
 * The exchange is over when the sequence is: a thread that is sent to ABORTED before has lost its reservation.
 */
#define UTFS_RSEQ_EXCHANGE_TAIL                                                                    \
	"ldaxr x15, [x12]\n\t"                                                                     \
	"cmp x15, x14\n\t"                                                                         \
	"b.ne %l[changed]\n\t"                                                                     \
	"stlxr w13, x11, [x12]\n"

/* One instruction per line. */
/* clang-format off */
static inline __attribute__((always_inline)) enum utfs_seq
utfs_seq_commit(struct rseq *rseq, uint32_t cpu, const uint64_t *tail_word, uint64_t tail, struct utfs_page *page,
		uint64_t commit, const struct utfs_encoded *e)
{
	__asm__ __volatile__ goto(
		UTFS_RSEQ_BEGIN
		"ldr x15, [%[tail_word]]\n\t"
		"cmp x15, %[tail]\n\t"
		"b.ne %l[changed]\n\t"
		"ldr x15, [%[page], #8]\n\t"
		"cmp x15, %[commit]\n\t"
		"b.ne %l[changed]\n\t"
		"str %w[head], [%[at]]\n\t"
		"add x13, %[at], #4\n\t"
		"mov w15, %w[rest_bytes]\n\t"
		/* from the end: an odd word first, then 8 bytes at a time, aligned as the record is */
		"tbz w15, #2, 5f\n\t"
		"sub x15, x15, #4\n\t"
		"ldr w14, [%[rest], x15]\n\t"
		"str w14, [x13, x15]\n"
		"5:\n\t"
		"cbz x15, 7f\n"
		"6:\n\t"
		"sub x15, x15, #8\n\t"
		"ldr x14, [%[rest], x15]\n\t"
		"str x14, [x13, x15]\n\t"
		"cbnz x15, 6b\n"
		"7:\n\t"
		"add x13, %[page], #8\n\t"
		"stlr %[new_commit], [x13]\n"
		UTFS_RSEQ_END(aborted)
		:
		: [rseq] "r"(rseq), [cpu] "r"(cpu), [tail_word] "r"(tail_word), [tail] "r"(tail), [page] "r"(page),
		  [commit] "r"(commit), [new_commit] "r"(e->commit), [head] "r"(e->head), [rest] "r"(e->rest),
		  [at] "r"(e->at), [rest_bytes] "r"(e->rest_bytes)
		: "memory", "cc", "x13", "x14", "x15"
		: aborted, changed);
	return UTFS_SEQ_DONE;
aborted:
	return UTFS_SEQ_ABORTED;
changed:
	return UTFS_SEQ_CHANGED;
}

static inline enum utfs_seq utfs_seq_switch(struct rseq *rseq, uint32_t cpu, const struct utfs_switch *s)
{
	__asm__ __volatile__ goto(
		UTFS_RSEQ_BEGIN
		"ldp x12, x14, [%[s], #0]\n\t" /* tail_word, tail */
		"ldr x15, [x12]\n\t"
		"cmp x15, x14\n\t"
		"b.ne %l[changed]\n\t"
		"ldp x13, x14, [%[s], #16]\n\t" /* commit_word, commit */
		"ldr x15, [x13]\n\t"
		"cmp x15, x14\n\t"
		"b.ne %l[changed]\n\t"
		"ldp x13, x14, [%[s], #32]\n\t" /* next, next_meta */
		"str xzr, [x14]\n\t"
		"dmb ishst\n\t"
		"str xzr, [x13, #8]\n\t"
		"ldp x15, x11, [%[s], #48]\n\t" /* now, first_entry */
		"str x15, [x13]\n\t"
		"str x11, [x14, #8]\n\t"
		"ldp x15, x11, [%[s], #64]\n\t" /* sequence, new_tail */
		"stlr x15, [x14]\n\t"
		"ldr x14, [%[s], #8]\n\t"
		UTFS_RSEQ_EXCHANGE_TAIL
		UTFS_RSEQ_END(aborted)
		"cbnz w13, %l[changed]\n\t"
		:
		: [rseq] "r"(rseq), [cpu] "r"(cpu), [s] "r"(s)
		: "memory", "cc", "x11", "x12", "x13", "x14", "x15"
		: aborted, changed);
	return UTFS_SEQ_DONE;
aborted:
	return UTFS_SEQ_ABORTED;
changed:
	return UTFS_SEQ_CHANGED;
}

static inline enum utfs_seq utfs_seq_swap(struct rseq *rseq, uint32_t cpu, const struct utfs_swap *s)
{
	__asm__ __volatile__ goto(
		UTFS_RSEQ_BEGIN
		"ldp x12, x14, [%[s], #0]\n\t" /* tail_word, tail */
		"ldr x15, [x12]\n\t"
		"cmp x15, x14\n\t"
		"b.ne %l[changed]\n\t"
		"ldp x13, x11, [%[s], #16]\n\t" /* other_parked, new_tail */
		"ldr x15, [x13]\n\t"
		"cmp x15, x11\n\t"
		"b.ne %l[changed]\n\t"
		"ldp x13, x15, [%[s], #32]\n\t" /* parked, parked_tail */
		"str x15, [x13]\n\t"
		UTFS_RSEQ_EXCHANGE_TAIL
		UTFS_RSEQ_END(aborted)
		"cbnz w13, %l[changed]\n\t"
		:
		: [rseq] "r"(rseq), [cpu] "r"(cpu), [s] "r"(s)
		: "memory", "cc", "x11", "x12", "x13", "x14", "x15"
		: aborted, changed);
	return UTFS_SEQ_DONE;
aborted:
	return UTFS_SEQ_ABORTED;
changed:
	return UTFS_SEQ_CHANGED;
}

/* clang-format on */

#endif
