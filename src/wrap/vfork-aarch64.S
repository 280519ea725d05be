/* SPDX-License-Identifier: MIT */
/* vfork(): see vfork-x86_64.S. Here the return address is in a register from the beginning. */
	.text
	.globl	vfork, __vfork
	.type	vfork, %function
	.type	__vfork, %function
vfork:
__vfork:
	.cfi_startproc
	adrp	x9, :gottprel:wrap_vforked
	ldr	x9, [x9, #:gottprel_lo12:wrap_vforked]
	mrs	x10, tpidr_el0
	add	x9, x9, x10
	ldr	w10, [x9]
	mov	x0, #0x4111			/* CLONE_VM | CLONE_VFORK | SIGCHLD */
	mov	x1, #0				/* the same stack */
	mov	x8, #220			/* __NR_clone */
	svc	#0
	cbnz	x0, 1f
	mov	w11, #1
	str	w11, [x9]
	ret
1:	str	w10, [x9]
	b	wrap_vfork_done
	.cfi_endproc
	.size	vfork, . - vfork
	.size	__vfork, . - __vfork

	.section .note.GNU-stack, "", %progbits
