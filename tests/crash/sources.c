/* SPDX-License-Identifier: MIT */
/* The sources that a test of kills is about, line by line. */
#include <dirent.h>
#include <string.h>

#include "crash.h"

const char *crash_source_name(const char *file)
{
	const char *name = strstr(file, "src/");

	for (const char *next = name; next; next = strstr(next + 1, "src/"))
		name = next;
	return name ? name : file;
}

static unsigned int file_lines(const char *layer, const char *file, crash_line_fn look, void *arg)
{
	char path[512], name[60], text[512];
	unsigned int found = 0;
	FILE *source;

	snprintf(name, sizeof(name), "src/%s/%s", layer, file);
	snprintf(path, sizeof(path), "%s/%s", CRASH_SOURCE_ROOT, name);
	source = fopen(path, "re");
	if (!source) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return 1;
	}
	for (int line = 1; fgets(text, sizeof(text), source); line++)
		found += look(name, line, text, arg);
	fclose(source);
	return found;
}

unsigned int crash_source_lines(const char *layer, crash_line_fn look, void *arg)
{
	char path[512];
	unsigned int found = 0;
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/src/%s", CRASH_SOURCE_ROOT, layer);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		const size_t n = strlen(entry->d_name);

		if (n > 2 && !strcmp(entry->d_name + n - 2, ".c"))
			found += file_lines(layer, entry->d_name, look, arg);
	}
	if (!dir) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return 1;
	}
	closedir(dir);
	return found;
}
