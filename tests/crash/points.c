/* SPDX-License-Identifier: MIT */
/* Which injection points were passed, by all processes of the run. */
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crash.h"

#define MAX_POINTS 1024

struct points {
	unsigned int passed; /* by the process that was armed last */
	unsigned int nr;
	struct {
		char file[60];
		int line;
	} at[MAX_POINTS];
};

static struct points *points;
static unsigned int kill_here;

int crash_points_start(void)
{
	points = mmap(NULL, sizeof(*points), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	return points == MAP_FAILED ? -ENOMEM : 0;
}

/* "src/LAYER/FILE" of whatever path the compiler was given. */
const char *crash_source_name(const char *file)
{
	const char *name = strstr(file, "src/");

	for (const char *next = name; next; next = strstr(next + 1, "src/"))
		name = next;
	return name ? name : file;
}

static bool point_known(const char *file, int line)
{
	for (unsigned int i = 0; i < points->nr; i++)
		if (points->at[i].line == line && !strcmp(points->at[i].file, file))
			return true;
	return false;
}

static void point_pass(const char *path, int line)
{
	const char *file = crash_source_name(path);

	if (!point_known(file, line) && points->nr < MAX_POINTS) {
		snprintf(points->at[points->nr].file, sizeof(points->at[0].file), "%s", file);
		points->at[points->nr++].line = line;
	}
	if (++points->passed == kill_here)
		kill(getpid(), SIGKILL);
}

void crash_points_arm(unsigned int kill_at)
{
	points->passed = 0;
	kill_here = kill_at;
	utfs_inject_hook = point_pass;
	crash_transactions_arm();
}

unsigned int crash_points_passed(void)
{
	return points->passed;
}

static unsigned int file_missing(const char *layer, const char *file)
{
	char path[512], name[60], text[512];
	unsigned int missing = 0;
	FILE *source;

	snprintf(name, sizeof(name), "src/%s/%s", layer, file);
	snprintf(path, sizeof(path), "%s/%s", CRASH_SOURCE_ROOT, name);
	source = fopen(path, "re");
	if (!source) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return 1;
	}
	for (int line = 1; fgets(text, sizeof(text), source); line++) {
		if (!strstr(text, "UTFS_INJECT();") || point_known(name, line))
			continue;
		fprintf(stderr, "%s:%d: no kind of change passes this point\n", name, line);
		missing++;
	}
	fclose(source);
	return missing;
}

unsigned int crash_points_missing(const char *layer)
{
	char path[512];
	unsigned int missing = 0;
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/src/%s", CRASH_SOURCE_ROOT, layer);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		size_t n = strlen(entry->d_name);

		if (n > 2 && !strcmp(entry->d_name + n - 2, ".c"))
			missing += file_missing(layer, entry->d_name);
	}
	if (!dir)
		return 1;
	closedir(dir);
	return missing;
}
