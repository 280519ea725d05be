/* SPDX-License-Identifier: MIT */
/*
 * vfork(): the child runs on the parent's memory, the thread's rseq area included, which the kernel does not keep for it. An event
 * that it wrote could damage a buffer; so it writes none: wrap_vforked is set in the child, and put back in the
 * parent, which goes on when the child has gone or called exec.
 *
 * As a function in C the wrapper would return twice into a frame that the child has overwritten. The return address
 * stays in a register that the system call keeps; so does the value that wrap_vforked had before.
 */
	.text
	.globl	vfork, __vfork
	.type	vfork, @function
	.type	__vfork, @function
vfork:
__vfork:
	.cfi_startproc
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip, %rdi
	movq	wrap_vforked@gottpoff(%rip), %rdx
	movl	%fs:(%rdx), %esi
	movl	$58, %eax			/* __NR_vfork */
	syscall
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	.cfi_offset %rip, -8
	testq	%rax, %rax
	jnz	1f
	movl	$1, %fs:(%rdx)
	ret
1:	movl	%esi, %fs:(%rdx)
	movq	%rax, %rdi
	jmp	wrap_vfork_done
	.cfi_endproc
	.size	vfork, . - vfork
	.size	__vfork, . - __vfork

	.section .note.GNU-stack, "", @progbits
