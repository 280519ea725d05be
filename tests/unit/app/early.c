/* SPDX-License-Identifier: MIT */
/*
 * A constructor that runs before the one that registers the program's events, and a destructor that runs after the one that takes
 * them back: their priority is one of those that the compiler keeps for itself.
 */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wprio-ctor-dtor"
#endif

void early_emit(void);
__attribute__((constructor(50))) static void before_registration(void)
{
	early_emit();
}

void late_emit(void);
__attribute__((destructor(50))) static void after_registration(void)
{
	late_emit();
}
