/* SPDX-License-Identifier: MIT */
/*
 * Which transactions were begun, by all processes of the run, and where: each place in the source that begins one is one that some kind of
 * change passes, or one that only reads. The linker leads every call of the three functions below here first.
 */
#include <ctype.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crash.h"
#include "trace/internal.h"

#define MAX_PLACES 512

struct place {
	uintptr_t call; /* return address, counted from where the program lies */
	bool changes;	/* words were in the undo log at its end */
	char file[60];
	int line;
};

static struct {
	unsigned int nr;
	struct place at[MAX_PLACES];
} * places;

/* What the process is in. */
static const void *begun;
static bool armed;

/* Places in src/ring that only what people do comes by: kinds of the layer trace pass them. */
static const char *const ring_for_trace[] = {"walk_mend", "utfs_section_reap"};

/* Functions that only read are called so, and these. */
static const char *const reading_endings[] = {"_show", "_find", "_next", "_valid", "_name", "_get"};
static const char *const reading[] = {
	"event_exists",		   /* hist-scope.c */
	"utfs_hist_scope_make",	   /* hist-scope.c */
	"hists_each",		   /* file-hist.c */
	"raw_percent",		   /* file-pipe-raw.c */
	"utfs_event_strings_copy", /* plans.c */
	"lines_make",		   /* rates.c */
	"events_parent",	   /* tree-events.c */
	"lock_check", /* check-open.c: what a dead one has left is undone by whoever comes next */
};

int __real_utfs_tx_begin(struct utfs_arena *arena);
int __wrap_utfs_tx_begin(struct utfs_arena *arena);
int __real_utfs_tx_end(struct utfs_arena *arena, int ret);
int __wrap_utfs_tx_end(struct utfs_arena *arena, int ret);
int __real_utfs_trace_begin(struct utfs_trace *trace, struct eventfs_key key, uint32_t *slot);
int __wrap_utfs_trace_begin(struct utfs_trace *trace, struct eventfs_key key, uint32_t *slot);

int __wrap_utfs_tx_begin(struct utfs_arena *arena)
{
	int ret = __real_utfs_tx_begin(arena);

	begun = __builtin_return_address(0);
	return ret;
}

int __wrap_utfs_trace_begin(struct utfs_trace *trace, struct eventfs_key key, uint32_t *slot)
{
	int ret = __real_utfs_trace_begin(trace, key, slot);

	begun = __builtin_return_address(0);
	return ret;
}

static int program_find(struct dl_phdr_info *info, size_t bytes, void *start)
{
	(void)bytes;
	*(uintptr_t *)start = info->dlpi_addr;
	/* The program itself is the first. */
	return 1;
}

static void place_pass(const void *address, bool changes)
{
	uintptr_t start = 0, call;
	unsigned int i = 0;

	(void)dl_iterate_phdr(program_find, &start);
	call = (uintptr_t)address - start;
	while (i < places->nr && places->at[i].call != call)
		i++;
	if (i == MAX_PLACES)
		return;
	places->at[i].call = call;
	places->at[i].changes |= changes;
	if (i == places->nr)
		places->nr++;
}

int __wrap_utfs_tx_end(struct utfs_arena *arena, int ret)
{
	if (armed && places && !ret)
		place_pass(begun, arena->header->nr_undo);
	return __real_utfs_tx_end(arena, ret);
}

int crash_transactions_start(void)
{
	places = mmap(NULL, sizeof(*places), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	return places == MAP_FAILED ? -ENOMEM : 0;
}

void crash_transactions_arm(void)
{
	armed = true;
}

/* What one line of addr2line says: "PATH:LINE" and perhaps more. */
static void place_name(struct place *place, char *said)
{
	const char *name = crash_source_name(said);
	const size_t bytes = strcspn(name, ":");

	if (bytes >= sizeof(place->file))
		return;
	memcpy(place->file, name, bytes);
	place->file[bytes] = '\0';
	place->line = atoi(name + bytes + (name[bytes] == ':'));
}

/* Asks for the lines of all calls: the address before the one that a call returns to. Return: false nobody knows. */
static bool places_name(void)
{
	char *command = NULL, said[512];
	size_t bytes;
	FILE *stream = open_memstream(&command, &bytes);
	unsigned int n = 0;

	if (!stream)
		return false;
	fprintf(stream, "addr2line -e /proc/%ld/exe", (long)getpid());
	for (unsigned int i = 0; i < places->nr; i++)
		fprintf(stream, " %#lx", (unsigned long)places->at[i].call - 1);
	fclose(stream);
	stream = popen(command, "re");
	while (stream && n < places->nr && fgets(said, sizeof(said), stream))
		place_name(&places->at[n++], said);
	if (stream)
		pclose(stream);
	free(command);
	return n && n == places->nr && places->at[0].line;
}

static const struct place *place_find(const char *file, int line)
{
	for (unsigned int i = 0; i < places->nr; i++)
		if (places->at[i].line == line && !strcmp(places->at[i].file, file))
			return &places->at[i];
	return NULL;
}

static bool is_for_trace(const char *layer, const char *function)
{
	for (size_t i = 0; i < sizeof(ring_for_trace) / sizeof(*ring_for_trace); i++)
		if (!strcmp(function, ring_for_trace[i]))
			return !strcmp(layer, "ring");
	return false;
}

static bool only_reads(const char *function)
{
	const size_t bytes = strlen(function);

	for (size_t i = 0; i < sizeof(reading) / sizeof(*reading); i++)
		if (!strcmp(function, reading[i]))
			return true;
	for (size_t i = 0; i < sizeof(reading_endings) / sizeof(*reading_endings); i++) {
		const size_t n = strlen(reading_endings[i]);

		if (bytes > n && !strcmp(function + bytes - n, reading_endings[i]))
			return true;
	}
	return false;
}

/* A line that begins a function tells its name. */
static void function_name(const char *text, char name[80])
{
	const char *end = strchr(text, '('), *start = end;

	if (!isalpha((unsigned char)*text) || !end || strchr(text, ';'))
		return;
	while (start > text && (isalnum((unsigned char)start[-1]) || start[-1] == '_'))
		start--;
	snprintf(name, 80, "%.*s", (int)(end - start), start);
}

/* Where the walk over the sources is. */
struct walk {
	const char *layer;
	bool for_trace; /* what kinds of the layer trace pass, else the others */
	char function[80];
};

/* Return: 1 the line begins a transaction, and no kind of change comes by, or one that only reads changes something. */
static unsigned int line_missing(const char *file, int line, const char *text, void *arg)
{
	struct walk *walk = arg;
	const char *function = walk->function;
	const struct place *place;

	if (line == 1)
		walk->function[0] = '\0';
	function_name(text, walk->function);
	if (text[0] != '\t' || is_for_trace(walk->layer, function) != walk->for_trace ||
	    (!strstr(text, "utfs_tx_begin(") && !strstr(text, "utfs_trace_begin(")))
		return 0;
	place = place_find(file, line);
	/* It begins them for others. */
	if (!strcmp(function, "utfs_trace_begin") || (place && !only_reads(function)))
		return 0;
	if (!place && only_reads(function))
		return 0;
	if (place && !place->changes)
		return 0;
	fprintf(stderr, "%s:%d: %s() %s\n", file, line, function,
		place ? "is said to read only, and changes something"
		      : "begins a transaction, and no kind of change passes it");
	return 1;
}

static unsigned int folder_missing(const char *layer, bool for_trace)
{
	struct walk walk = {.layer = layer, .for_trace = for_trace};

	return crash_source_lines(layer, line_missing, &walk);
}

unsigned int crash_transactions_missing(const char *layer)
{
	unsigned int missing = 0;

	if (places_name()) {
		missing = folder_missing(layer, false);
		missing += !strcmp(layer, "trace") ? folder_missing("ring", true) : 0;
	} else {
		printf("note: nothing here tells the line of an address: the places where "
		       "transactions "
		       "begin are not compared\n");
	}
	return missing;
}
