/* SPDX-License-Identifier: MIT */
/* rseq-seq.h's text for x86-64. Plain stores are release stores here. */
#ifndef UTFS_RING_RSEQ_X86_H
#define UTFS_RING_RSEQ_X86_H

#define UTFS_RSEQ_SIGNATURE 0x53053053

/* Descriptor 3 of the sequence 1..2, aborting to 4; then rseq_cs = 3. */
#define UTFS_RSEQ_BEGIN                                                                            \
	".pushsection __rseq_cs, \"aw\"\n\t"                                                       \
	".balign 32\n\t"                                                                           \
	"3:\n\t"                                                                                   \
	".long 0, 0\n\t"                                                                           \
	".quad 1f, 2f - 1f, 4f\n\t"                                                                \
	".popsection\n\t"                                                                          \
	"leaq 3b(%%rip), %%rax\n\t"                                                                \
	"movq %%rax, 8(%[rseq])\n\t"                                                               \
	"1:\n\t"

/* The kernel demands the signature right before the abort handler; as the operand of an ud1 it disassembles well. */
#define UTFS_RSEQ_END(aborted)                                                                     \
	"2:\n\t"                                                                                   \
	".pushsection __rseq_failure, \"ax\"\n\t"                                                  \
	".byte 0x0f, 0xb9, 0x3d\n\t"                                                               \
	".long 0x53053053\n\t"                                                                     \
	"4:\n\t"                                                                                   \
	"jmp %l[" #aborted "]\n\t"                                                                 \
	".popsection\n\t"

/* One instruction per line. */
/* clang-format off */
static inline __attribute__((always_inline)) enum utfs_seq
utfs_seq_commit(struct rseq *rseq, uint32_t cpu, const uint64_t *tail_word, uint64_t tail, struct utfs_page *page,
		uint64_t commit, const struct utfs_encoded *e)
{
	__asm__ __volatile__ goto(
		UTFS_RSEQ_BEGIN
		"cmpl %[cpu], 4(%[rseq])\n\t"
		"jne %l[changed]\n\t"
		"cmpq %[tail], (%[tail_word])\n\t"
		"jne %l[changed]\n\t"
		"cmpq %[commit], 8(%[page])\n\t"
		"jne %l[changed]\n\t"
		"movl %[head], (%[at])\n\t"
		"movl %[rest_bytes], %%eax\n\t"
		/* from the end: an odd word first, then 8 bytes at a time, aligned as the record is */
		"testb $4, %%al\n\t"
		"jz 5f\n\t"
		"movl -4(%[rest], %%rax), %%ecx\n\t"
		"movl %%ecx, (%[at], %%rax)\n\t"
		"subl $4, %%eax\n\t"
		"5:\n\t"
		"testl %%eax, %%eax\n\t"
		"jz 7f\n\t"
		"6:\n\t"
		"movq -8(%[rest], %%rax), %%rcx\n\t"
		"movq %%rcx, -4(%[at], %%rax)\n\t"
		"subl $8, %%eax\n\t"
		"jnz 6b\n\t"
		"7:\n\t"
		"movq %[new_commit], 8(%[page])\n\t"
		UTFS_RSEQ_END(aborted)
		:
		: [rseq] "r"(rseq), [cpu] "r"(cpu), [tail_word] "r"(tail_word), [tail] "r"(tail), [page] "r"(page),
		  [commit] "r"(commit), [new_commit] "r"(e->commit), [head] "r"(e->head), [rest] "r"(e->rest),
		  [at] "r"(e->at), [rest_bytes] "rm"(e->rest_bytes)
		: "memory", "cc", "rax", "rcx"
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
		"cmpl %[cpu], 4(%[rseq])\n\t"
		"jne %l[changed]\n\t"
		"movq 0(%[s]), %%rsi\n\t" /* tail_word */
		"movq 8(%[s]), %%rax\n\t"
		"cmpq %%rax, (%%rsi)\n\t"
		"jne %l[changed]\n\t"
		"movq 16(%[s]), %%rcx\n\t" /* commit_word */
		"movq 24(%[s]), %%rdx\n\t"
		"cmpq %%rdx, (%%rcx)\n\t"
		"jne %l[changed]\n\t"
		"movq 32(%[s]), %%rcx\n\t" /* next */
		"movq 40(%[s]), %%rdi\n\t" /* next_meta */
		"movq $0, (%%rdi)\n\t"
		"movq $0, 8(%%rcx)\n\t"
		"movq 48(%[s]), %%rdx\n\t"
		"movq %%rdx, (%%rcx)\n\t"
		"movq 56(%[s]), %%rdx\n\t"
		"movq %%rdx, 8(%%rdi)\n\t"
		"movq 64(%[s]), %%rdx\n\t"
		"movq %%rdx, (%%rdi)\n\t"
		"movq 72(%[s]), %%rdx\n\t"
		"lock cmpxchgq %%rdx, (%%rsi)\n\t"
		UTFS_RSEQ_END(aborted)
		/* what the exchange says is in the flags, which nobody changes behind our back */
		"jne %l[changed]\n\t"
		:
		: [rseq] "r"(rseq), [cpu] "r"(cpu), [s] "r"(s)
		: "memory", "cc", "rax", "rcx", "rdx", "rdi", "rsi"
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
		"cmpl %[cpu], 4(%[rseq])\n\t"
		"jne %l[changed]\n\t"
		"movq 0(%[s]), %%rsi\n\t" /* tail_word */
		"movq 8(%[s]), %%rax\n\t"
		"cmpq %%rax, (%%rsi)\n\t"
		"jne %l[changed]\n\t"
		"movq 16(%[s]), %%rcx\n\t" /* other_parked */
		"movq 24(%[s]), %%rdx\n\t"
		"cmpq %%rdx, (%%rcx)\n\t"
		"jne %l[changed]\n\t"
		"movq 32(%[s]), %%rcx\n\t" /* parked */
		"movq 40(%[s]), %%rdi\n\t"
		"movq %%rdi, (%%rcx)\n\t"
		"lock cmpxchgq %%rdx, (%%rsi)\n\t"
		UTFS_RSEQ_END(aborted)
		"jne %l[changed]\n\t"
		:
		: [rseq] "r"(rseq), [cpu] "r"(cpu), [s] "r"(s)
		: "memory", "cc", "rax", "rcx", "rdx", "rdi", "rsi"
		: aborted, changed);
	return UTFS_SEQ_DONE;
aborted:
	return UTFS_SEQ_ABORTED;
changed:
	return UTFS_SEQ_CHANGED;
}

/* clang-format on */

#endif
