/* SPDX-License-Identifier: MIT */
/* Debug builds stop a program that takes locks out of order. */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tree.h"

#ifdef UTFS_DEBUG
/* Return: the signal that the child died of, 0 none. */
static int run(struct tree *tree, void (*function)(struct tree *tree))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		/* cmocka has handlers for them. */
		signal(SIGILL, SIG_DFL);
		signal(SIGTRAP, SIG_DFL);
		if (utfs_arena_after_fork(&tree->trace->arena))
			_exit(1);
		function(tree);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || !WEXITSTATUS(status));
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void recorder_make(struct tree *tree)
{
	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
}

static void in_order(struct tree *tree)
{
	struct utfs_arena *arena = &tree->trace->arena;

	utfs_lock_order_none();
	if (utfs_tx_begin(arena) || utfs_reader_lock(arena, 0, 0))
		_exit(1);
	utfs_reader_unlock(arena, 0, 0);
	(void)utfs_tx_end(arena, 0);
	/* All readers of a buffer, in ascending order. */
	for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++)
		if (utfs_reader_lock(arena, 0, cpu))
			_exit(1);
	for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++)
		utfs_reader_unlock(arena, 0, cpu);
	utfs_lock_order_none();
}

static void event_after_reader(struct tree *tree)
{
	if (!utfs_reader_lock(&tree->trace->arena, 0, 0))
		(void)utfs_tx_begin(&tree->trace->arena);
}

static void event_twice(struct tree *tree)
{
	if (!utfs_tx_begin(&tree->trace->arena))
		(void)utfs_tx_begin(&tree->trace->arena);
}

static void handle_after_event(struct tree *tree)
{
	struct eventfs_request req = {0};
	struct eventfs_file *file;
	char byte;

	if (tree_handle(tree, "README", O_RDONLY, &file) || utfs_tx_begin(&tree->trace->arena))
		_exit(1);
	(void)eventfs_read(file, &req, &byte, 1, 0);
}

static void notification_under_a_lock(struct tree *tree)
{
	if (!utfs_tx_begin(&tree->trace->arena))
		utfs_lock_order_none();
}

static void released_twice(struct tree *tree)
{
	if (utfs_tx_begin(&tree->trace->arena))
		_exit(1);
	(void)utfs_tx_end(&tree->trace->arena, 0);
	(void)utfs_tx_end(&tree->trace->arena, 0);
}

#endif

static void test_a_wrong_order_is_caught(void **state)
{
#ifdef UTFS_DEBUG
	static void (*const wrong[])(struct tree *
				     tree) = {event_after_reader, event_twice, handle_after_event,
					      notification_under_a_lock, released_twice};
	struct tree *tree = *state;

	recorder_make(tree);
	assert_int_equal(run(tree, in_order), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_not_equal(run(tree, wrong[i]), 0);
#else
	(void)state;
	print_message("this is no debug build\n");
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_wrong_order_is_caught, tree_setup,
						tree_teardown),
	};

	return cmocka_run_group_tests_name("lock-order", tests, NULL, NULL);
}
