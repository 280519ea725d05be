/* SPDX-License-Identifier: MIT */
/*
 * A constructor that runs before the one that registers the program's events: its priority is one of those that the compiler
 * keeps for itself.
 */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wprio-ctor-dtor"
#endif

void early_emit(void);
__attribute__((constructor(50))) static void before_registration(void)
{
	early_emit();
}
