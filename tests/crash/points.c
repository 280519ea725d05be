/* SPDX-License-Identifier: MIT */
/* Which injection points were passed, by all processes of the run. */
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

/* Return: 1 the line is a point that nobody passed. */
static unsigned int line_missing(const char *file, int line, const char *text, void *unused)
{
	(void)unused;
	if (!strstr(text, "UTFS_INJECT();") || point_known(file, line))
		return 0;
	fprintf(stderr, "%s:%d: no kind of change passes this point\n", file, line);
	return 1;
}

unsigned int crash_points_missing(const char *layer)
{
	return crash_source_lines(layer, line_missing, NULL);
}
