/* SPDX-License-Identifier: MIT */
/*
 * A program that knows nothing of utracefs loads a plugin that does, and with it the library; many times, from several threads.
 *	loader PLUGIN
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static const char *path;
static atomic_int failed;

static void *load(void *unused)
{
	for (int i = 0; i < 20; i++) {
		void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		void (*emit)(int n);
		int (*status)(void);

		if (!plugin) {
			fprintf(stderr, "%s\n", dlerror());
			failed = 1;
			return NULL;
		}
		*(void **)&emit = dlsym(plugin, "plugin_emit");
		*(void **)&status = dlsym(plugin, "plugin_status");
		emit(i);
		if (status())
			failed = 1;
		dlclose(plugin);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[4];

	if (argc != 2)
		return 2;
	path = argv[1];
	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, load, NULL))
			return 2;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	return failed;
}
