/* SPDX-License-Identifier: MIT */
/* Frame pointers that lead nowhere: linked statically, with the library's internals in reach. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../probe.h"
#include "app/app.h"
#include "app/stack.h"

#define PAGE 4096

/* A stack of three pages; the one behind it is not there. */
static uint64_t *stack;

static int setup(void **state)
{
	char *memory =
		mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(memory != MAP_FAILED);
	assert_int_equal(munmap(memory + 3 * PAGE, PAGE), 0);
	stack = (uint64_t *)(void *)memory;
	return 0;
}

static int clear(void **state)
{
	(void)state;
	memset(stack, 0, 3 * (size_t)PAGE);
	return 0;
}

/* A frame at a word of the stack. */
static void frame_put(size_t at, uint64_t next, uint64_t returns_to)
{
	stack[at] = next;
	stack[at + 1] = returns_to;
}

static uint64_t address(size_t at)
{
	return (uintptr_t)&stack[at];
}

static uint32_t walk(uint64_t callers[UTFS_STACK_MAX], uint32_t max)
{
	const struct utfs_writer writer = {.arena = &utfs_app.arena};
	const struct utfs_filter_subject subject = {
		.writer = &writer, .tid = getpid(), .tgid = getpid(), .frame = stack};

	return utfs_stack_capture(&subject, callers, max);
}

static void a_chain_is_followed_to_its_end(void **state)
{
	uint64_t callers[UTFS_STACK_MAX];

	(void)state;
	SKIP_UNLESS(probe_process_vm_readv(), "process_vm_readv() does not work here");
	frame_put(0, address(10), 0x10000);
	frame_put(10, address(1000), 0x20000);
	frame_put(1000, 0, 0x30000);
	assert_int_equal(walk(callers, UTFS_STACK_MAX), 3);
	assert_int_equal(callers[0], 0x10000);
	assert_int_equal(callers[2], 0x30000);
	assert_int_equal(walk(callers, 2), 2);
}

static void garbage_ends_it(void **state)
{
	/* What follows the first frame. */
	const uint64_t nexts[] = {
		0,
		1,
		address(0),		   /* itself */
		address(0) - 64,	   /* backwards */
		address(10) + 4,	   /* not aligned */
		address(3 * PAGE / 8),	   /* not there */
		address(3 * PAGE / 8 - 1), /* half of it there */
		UINT64_MAX,
		UINT64_MAX - 7,
		UINT64_C(1) << 63,
		UINT64_C(0x7fffffffffff) & ~UINT64_C(7),
		address(0) + (UINT64_C(1) << 40),
	};
	uint64_t callers[UTFS_STACK_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(nexts) / sizeof(*nexts); i++) {
		frame_put(0, nexts[i], 0x10000);
		assert_int_equal(walk(callers, UTFS_STACK_MAX), 1);
	}
	/* It returns to nowhere. */
	frame_put(0, address(10), 0x10000);
	frame_put(10, address(20), 12);
	frame_put(20, 0, 0x30000);
	assert_int_equal(walk(callers, UTFS_STACK_MAX), 1);
}

static void an_endless_chain_is_cut(void **state)
{
	uint64_t callers[UTFS_STACK_MAX];

	(void)state;
	SKIP_UNLESS(probe_process_vm_readv(), "process_vm_readv() does not work here");
	for (size_t at = 0; at + 3 < 3 * PAGE / 8; at += 2)
		frame_put(at, address(at + 2), 0x10000 + at);
	assert_int_equal(walk(callers, UTFS_STACK_MAX), UTFS_STACK_MAX);
	assert_int_equal(callers[63], 0x10000 + 2 * 63);
	assert_int_equal(walk(callers, 1000), UTFS_STACK_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_chain_is_followed_to_its_end, clear),
		cmocka_unit_test_setup(garbage_ends_it, clear),
		cmocka_unit_test_setup(an_endless_chain_is_cut, clear),
	};
	struct utfs_app_context context;

	if (utfs_app_enter(&context) || utfs_app_attach())
		return 1;
	utfs_app_leave(&context);
	return cmocka_run_group_tests(tests, setup, NULL);
}
