/* SPDX-License-Identifier: MIT */
/* Events of shared objects that come and go: modules.c PLUGIN OTHER CONFLICT. The program itself has none. */
#include <dlfcn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utracefs/runtime.h>

#include "support.h"

static struct domain domain;
static char **paths;

struct plugin {
	void *handle;
	void (*emit)(int n);
	int (*status)(void);
};

static struct plugin plugin_load(const char *path)
{
	struct plugin plugin;

	plugin.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!plugin.handle)
		fail_msg("%s", dlerror());
	*(void **)&plugin.emit = dlsym(plugin.handle, "plugin_emit");
	*(void **)&plugin.status = dlsym(plugin.handle, "plugin_status");
	assert_non_null(plugin.emit);
	assert_non_null(plugin.status);
	return plugin;
}

static int setup(void **state)
{
	domain_open(&domain);
	return 0;
}

static int teardown(void **state)
{
	domain_close(&domain);
	return 0;
}

static uint64_t nr_events(void)
{
	struct utfs_status status;

	utfs_status_get(&status);
	return status.events;
}

static void expect_records(size_t n)
{
	domain_read(&domain);
	assert_int_equal(domain.nr_records, n);
}

static void a_plugin_comes_and_goes(void **state)
{
	for (int i = 0; i < 3; i++) {
		struct plugin plugin = plugin_load(paths[0]);

		assert_int_equal(plugin.status(), 0);
		assert_int_equal(nr_events(), 1);
		assert_true(domain_used(&domain, "plugin", "hello"));
		if (!i)
			domain_enable(&domain, "plugin", "hello", true);
		/* Still enabled the second time: events outlive their programs. */
		plugin.emit(i);
		domain_read(&domain);
		assert_int_equal(domain.nr_records, 1);
		assert_int_equal(record_number(&domain.records[0], 8, 4), i);
		assert_int_equal(dlclose(plugin.handle), 0);
		assert_int_equal(nr_events(), 0);
		assert_false(domain_used(&domain, "plugin", "hello"));
	}
}

static void one_event_in_two_plugins(void **state)
{
	struct plugin a = plugin_load(paths[0]);
	struct plugin b = plugin_load(paths[1]);

	assert_int_equal(nr_events(), 3);
	domain_enable(&domain, "plugin", "other", true);
	a.emit(1);
	b.emit(2);
	expect_records(3);
	dlclose(a.handle);
	assert_true(domain_used(&domain, "plugin", "hello"));
	b.emit(3);
	expect_records(2);
	dlclose(b.handle);
	assert_false(domain_used(&domain, "plugin", "hello"));
	assert_false(domain_used(&domain, "plugin", "other"));
}

static void a_run_time_event_counts_as_a_user(void **state)
{
	struct utfs_runtime_event event = {0};
	struct plugin plugin = plugin_load(paths[0]);

	/* The same fields in other words are the same event. */
	assert_int_equal(utfs_runtime_event_register(&event, "plugin/hello int n"), 0);
	dlclose(plugin.handle);
	assert_true(domain_used(&domain, "plugin", "hello"));
	utfs_runtime_event_unregister(&event);
	assert_false(domain_used(&domain, "plugin", "hello"));
}

static void other_fields_are_refused(void **state)
{
	struct plugin plugin = plugin_load(paths[0]);
	struct plugin conflict = plugin_load(paths[2]);
	struct utfs_status status;

	assert_int_equal(plugin.status(), 0);
	assert_int_equal(conflict.status(), -EEXIST);
	assert_int_equal(nr_events(), 1);
	utfs_status_get(&status);
	assert_int_equal(status.conflicts, 1);
	assert_int_equal(domain.arena.header->conflicts, 1);
	conflict.emit(1);
	expect_records(0);
	plugin.emit(1);
	expect_records(1);
	dlclose(conflict.handle);
	assert_true(domain_used(&domain, "plugin", "hello"));
	dlclose(plugin.handle);
}

static void a_child_has_its_plugins(void **state)
{
	struct plugin plugin = plugin_load(paths[0]);
	pid_t pid = fork();
	int status;

	if (!pid) {
		plugin.emit(1);
		dlclose(plugin.handle);
		_exit(nr_events() ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(domain_used(&domain, "plugin", "hello"));
	dlclose(plugin.handle);
	expect_records(1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plugin_comes_and_goes),
		cmocka_unit_test(one_event_in_two_plugins),
		cmocka_unit_test(a_run_time_event_counts_as_a_user),
		cmocka_unit_test(other_fields_are_refused),
		cmocka_unit_test(a_child_has_its_plugins),
	};

	if (argc != 4)
		return 2;
	paths = argv + 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
