/* SPDX-License-Identifier: MIT */
#include "cli/trace-dat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "recording/dat-options.h"
#include "ring/ring.h"

/* Every string of the format is written with its NUL. */
#define MAGIC	   "\x17\x08\x44tracing"
#define VERSION	   "6"
#define OPTIONS	   "options  "
#define FLY_RECORD "flyrecord"

/*
 * The pages of the CPU that has some first lie where they may stay, behind room for what comes before them; the others' are copied behind them at
 * the end. Pages are moved where the room is too small, or would be much of the file.
 */
#define ROOM_BYTES  (256 * 1024)
#define ROOM_PART   16 /* of the pages, at most */
#define MOVED_BYTES (128 * 1024)

struct cpu_pages {
	int fd; /* -1: none yet */
	uint64_t bytes;
};

struct utfs_dat {
	char *path;
	int fd;
	FILE *out; /* into head: what comes before the pages */
	char *head;
	size_t head_bytes;
	unsigned int nr_cpus;
	unsigned int first_cpu; /* whose pages lie in the file itself; nr_cpus: none yet */
	uint64_t first_offset;	/* where */
	size_t page_bytes;
	struct cpu_pages cpu[];
};

static uint64_t aligned(uint64_t offset, size_t page_bytes)
{
	return (offset + page_bytes - 1) / page_bytes * page_bytes;
}

int utfs_dat_create(const char *path, unsigned int nr_cpus, size_t page_bytes,
		    struct utfs_dat **dat)
{
	struct utfs_dat *made = calloc(1, sizeof(*made) + nr_cpus * sizeof(made->cpu[0]));
	int ret = -ENOMEM;

	*dat = NULL;
	if (!made)
		return ret;
	made->fd = -1;
	made->nr_cpus = nr_cpus;
	made->first_cpu = nr_cpus;
	made->first_offset = aligned(ROOM_BYTES, page_bytes);
	made->page_bytes = page_bytes;
	for (unsigned int i = 0; i < nr_cpus; i++)
		made->cpu[i].fd = -1;
	made->path = strdup(path);
	if (made->path) {
		made->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		ret = made->fd >= 0 ? 0 : -errno;
	}
	if (ret)
		utfs_dat_free(made);
	else
		*dat = made;
	return ret;
}

void utfs_dat_free(struct utfs_dat *dat)
{
	if (!dat)
		return;
	for (unsigned int i = 0; i < dat->nr_cpus; i++) {
		if (dat->cpu[i].fd >= 0 && i != dat->first_cpu)
			close(dat->cpu[i].fd);
	}
	if (dat->out)
		fclose(dat->out);
	free(dat->head);
	if (dat->fd >= 0)
		close(dat->fd);
	free(dat->path);
	free(dat);
}

static int cpu_open(struct utfs_dat *dat, unsigned int cpu)
{
	char *name = NULL;
	int ret = 0;

	if (dat->cpu[cpu].fd >= 0)
		return 0;
	if (dat->first_cpu == dat->nr_cpus) {
		dat->first_cpu = cpu;
		dat->cpu[cpu].fd = dat->fd;
		return 0;
	}
	if (asprintf(&name, "%s.cpu%u.XXXXXX", dat->path, cpu) < 0)
		return -ENOMEM;
	dat->cpu[cpu].fd = mkostemp(name, O_CLOEXEC);
	if (dat->cpu[cpu].fd < 0 || unlink(name))
		ret = -errno;
	free(name);
	return ret;
}

static int write_all(int fd, const char *data, size_t bytes, uint64_t offset)
{
	int ret = 0;

	while (!ret && bytes) {
		ssize_t n = pwrite(fd, data, bytes, (off_t)offset);

		if (n < 0) {
			ret = errno == EINTR ? 0 : -errno;
			continue;
		}
		data += n;
		bytes -= (size_t)n;
		offset += (uint64_t)n;
	}
	return ret;
}

int utfs_dat_add(struct utfs_dat *dat, unsigned int cpu, const char *pages, size_t bytes)
{
	int ret = cpu_open(dat, cpu);
	uint64_t offset = dat->cpu[cpu].bytes + (cpu == dat->first_cpu ? dat->first_offset : 0);

	if (!ret)
		ret = write_all(dat->cpu[cpu].fd, pages, bytes, offset);
	if (!ret)
		dat->cpu[cpu].bytes += bytes;
	return ret;
}

uint64_t utfs_dat_bytes(const struct utfs_dat *dat)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < dat->nr_cpus; i++)
		bytes += dat->cpu[i].bytes;
	return bytes;
}

/* ------------------------------------------------------------------------------------------------
 * The parts of the file. Numbers are little-endian, as the machine's. Errors of writing are looked for at the end.
 */

static void put_u16(FILE *out, uint16_t number)
{
	fwrite(&number, sizeof(number), 1, out);
}

static void put_u32(FILE *out, uint32_t number)
{
	fwrite(&number, sizeof(number), 1, out);
}

static void put_u64(FILE *out, uint64_t number)
{
	fwrite(&number, sizeof(number), 1, out);
}

static void put_string(FILE *out, const char *text)
{
	fwrite(text, strlen(text) + 1, 1, out);
}

static void put_option(FILE *out, uint16_t option, const void *data, size_t bytes)
{
	put_u16(out, option);
	put_u32(out, (uint32_t)bytes);
	fwrite(data, bytes, 1, out);
}

/* The content of a file of the tree, behind its length. */
static int put_file(FILE *out, struct utfs_trace *trace, const char *path)
{
	struct eventfs_text text;
	int ret = utfs_cli_read_file(trace, path, &text);

	if (!ret) {
		put_u64(out, text.len_bytes);
		fwrite(text.data, text.len_bytes, 1, out);
	}
	eventfs_text_fini(&text);
	return ret;
}

static int put_header(FILE *out, struct utfs_trace *trace, size_t page_bytes)
{
	int ret;

	fwrite(MAGIC, sizeof(MAGIC) - 1, 1, out);
	put_string(out, VERSION);
	putc(0, out); /* little-endian */
	putc(sizeof(long), out);
	put_u32(out, (uint32_t)page_bytes);
	put_string(out, "header_page");
	ret = put_file(out, trace, "events/header_page");
	if (ret)
		return ret;
	put_string(out, "header_event");
	return put_file(out, trace, "events/header_event");
}

static int rows_of(struct utfs_trace *trace, const char *path, struct utfs_cli_rows *rows)
{
	struct eventfs_attr attr;
	int ret = eventfs_walk(utfs_trace_fs(trace), path, &attr);

	*rows = (struct utfs_cli_rows){0};
	return ret ? ret : utfs_cli_rows_read(utfs_trace_fs(trace), attr.id, rows);
}

/* The formats of a system's events, behind their number. An event that goes meanwhile is left out. */
static int put_system(FILE *out, struct utfs_trace *trace, const char *system)
{
	char path[2 * EVENTFS_NAME_MAX + 32];
	char *formats = NULL;
	size_t bytes = 0;
	struct utfs_cli_rows rows;
	FILE *body = open_memstream(&formats, &bytes);
	uint32_t n = 0;
	int ret;

	if (!body)
		return -ENOMEM;
	snprintf(path, sizeof(path), "events/%s", system);
	ret = rows_of(trace, path, &rows);
	for (size_t i = 0; i < rows.count && !ret; i++) {
		if (!S_ISDIR(rows.row[i].attr.mode))
			continue;
		snprintf(path, sizeof(path), "events/%s/%s/format", system, rows.row[i].name);
		ret = put_file(body, trace, path);
		n += !ret;
		if (ret == -ENOENT || ret == -ENODEV)
			ret = 0;
	}
	utfs_cli_rows_fini(&rows);
	if (fclose(body) && !ret)
		ret = -ENOMEM;
	put_u32(out, n);
	if (!ret && bytes)
		fwrite(formats, bytes, 1, out);
	free(formats);
	return ret;
}

/* The system ftrace comes first, without a name. */
static int put_events(FILE *out, struct utfs_trace *trace)
{
	struct utfs_cli_rows systems;
	uint32_t n = 0;
	int ret = put_system(out, trace, "ftrace");

	if (ret)
		return ret;
	ret = rows_of(trace, "events", &systems);
	for (size_t i = 0; i < systems.count; i++)
		n += S_ISDIR(systems.row[i].attr.mode) && strcmp(systems.row[i].name, "ftrace");
	put_u32(out, n);
	for (size_t i = 0; i < systems.count && !ret; i++) {
		if (!S_ISDIR(systems.row[i].attr.mode) || !strcmp(systems.row[i].name, "ftrace"))
			continue;
		put_string(out, systems.row[i].name);
		ret = put_system(out, trace, systems.row[i].name);
		/* It went after it was counted: then it has no events. */
		if (ret == -ENOENT)
			ret = 0;
	}
	utfs_cli_rows_fini(&systems);
	return ret;
}

static int put_cpu_stats(FILE *out, struct utfs_trace *trace, const char *instance,
			 unsigned int cpu)
{
	char path[UTFS_CLI_PATH_BYTES], name[64];
	struct eventfs_text text;
	char *option = NULL;
	int n, ret;

	snprintf(name, sizeof(name), "per_cpu/cpu%u/stats", cpu);
	if (!utfs_cli_path(path, instance, name))
		return -ENAMETOOLONG;
	ret = utfs_cli_read_file(trace, path, &text);
	if (!ret) {
		n = asprintf(&option, "CPU: %u\n%s", cpu, text.data);
		if (n < 0)
			ret = -ENOMEM;
		else
			put_option(out, UTFS_DAT_CPUSTAT, option, (size_t)n + 1);
	}
	free(option);
	eventfs_text_fini(&text);
	return ret;
}

/* Which process each thread belongs to: for who reads the file here; trace-cmd passes over it. */
static int put_tgids(FILE *out, const struct utfs_trace *trace)
{
	struct eventfs_text tgids = {0};
	int ret;

	utfs_trace_tgids(trace, &tgids);
	ret = tgids.error;
	if (!ret && tgids.len_bytes)
		put_option(out, UTFS_DAT_TGIDS, tgids.data, tgids.len_bytes);
	eventfs_text_fini(&tgids);
	return ret;
}

/* The clock, and what turns its counts into ns where it is the CPU's counter: trace-cmd does so with every file that has that. */
static int put_clock(FILE *out, struct utfs_trace *trace, const char *instance)
{
	const struct utfs_trace_scale scale = utfs_trace_counter_scale(trace);
	const struct utfs_dat_tsc2nsec option = {.mult = scale.mult, .shift = scale.shift};
	const char *counter = utfs_clock_name(UTFS_CLOCK_CPU), *chosen;
	char path[UTFS_CLI_PATH_BYTES];
	struct eventfs_text clock;
	int ret;

	if (!utfs_cli_path(path, instance, "trace_clock"))
		return -ENAMETOOLONG;
	ret = utfs_cli_read_file(trace, path, &clock);
	if (!ret) {
		put_option(out, UTFS_DAT_CLOCK, clock.data, clock.len_bytes + 1);
		chosen = strchr(clock.data, '[');
		if (scale.mult && chosen && strncmp(chosen + 1, counter, strlen(counter)) == 0)
			put_option(out, UTFS_DAT_TSC2NSEC, &option, sizeof(option));
	}
	eventfs_text_fini(&clock);
	return ret;
}

static int put_options(const struct utfs_dat *dat, struct utfs_trace *trace, const char *instance)
{
	static const char version[] = UTFS_DAT_MAKER UTFS_VERSION;
	const uint32_t nr_cpus = dat->nr_cpus;
	struct utsname names;
	char *uname_text = NULL;
	int n, ret;

	put_string(dat->out, OPTIONS);
	put_option(dat->out, UTFS_DAT_VERSION, version, sizeof(version));
	put_option(dat->out, UTFS_DAT_CPUCOUNT, &nr_cpus, sizeof(nr_cpus));
	if (!uname(&names)) {
		n = asprintf(&uname_text, "%s %s %s %s", names.sysname, names.nodename,
			     names.release, names.machine);
		if (n < 0)
			return -ENOMEM;
		put_option(dat->out, UTFS_DAT_UNAME, uname_text, (size_t)n + 1);
		free(uname_text);
	}
	ret = put_clock(dat->out, trace, instance);
	for (unsigned int i = 0; i < dat->nr_cpus && !ret; i++)
		ret = put_cpu_stats(dat->out, trace, instance, i);
	if (!ret)
		ret = put_tgids(dat->out, trace);
	put_u16(dat->out, UTFS_DAT_DONE);
	return ret;
}

static int copy_pages(const struct cpu_pages *pages, int to)
{
	off_t from = 0;

	while ((uint64_t)from < pages->bytes) {
		ssize_t n = sendfile(to, pages->fd, &from, (size_t)(pages->bytes - (uint64_t)from));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EIO;
	}
	return 0;
}

/* Exactly so many bytes. Return: 0; negative errno. */
static int read_all(int fd, char *piece, size_t bytes, uint64_t offset)
{
	ssize_t n = pread(fd, piece, bytes, (off_t)offset);

	return n < 0 ? -errno : (size_t)n == bytes ? 0 : -EIO;
}

static uint64_t first_bytes(const struct utfs_dat *dat)
{
	return dat->first_cpu < dat->nr_cpus ? dat->cpu[dat->first_cpu].bytes : 0;
}

/* Within the file, in pieces, from the end that is in nobody's way. */
static int move_pages(int fd, uint64_t from, uint64_t to, uint64_t bytes)
{
	char *piece = malloc(MOVED_BYTES);
	uint64_t done = 0;
	int ret = piece ? 0 : -ENOMEM;

	while (!ret && done < bytes) {
		size_t n = bytes - done < MOVED_BYTES ? (size_t)(bytes - done) : MOVED_BYTES;
		uint64_t at = to < from ? done : bytes - done - n;

		ret = read_all(fd, piece, n, from + at);
		if (!ret)
			ret = write_all(fd, piece, n, to + at);
		done += n;
	}
	free(piece);
	return ret;
}

/* Finds where the pages begin, behind what ends at head_bytes; those that are there already are moved if they have to be. */
static int place_pages(struct utfs_dat *dat, uint64_t head_bytes)
{
	uint64_t lowest = aligned(head_bytes, dat->page_bytes);
	uint64_t bytes = first_bytes(dat);
	int ret = 0;

	if (lowest > dat->first_offset || (dat->first_offset - lowest) * ROOM_PART > bytes) {
		ret = move_pages(dat->fd, dat->first_offset, lowest, bytes);
		dat->first_offset = lowest;
	}
	return ret;
}

static int put_others(const struct utfs_dat *dat, uint64_t offset)
{
	int ret = lseek(dat->fd, (off_t)offset, SEEK_SET) < 0 ? -errno : 0;

	for (unsigned int i = 0; i < dat->nr_cpus && !ret; i++)
		ret = i == dat->first_cpu ? 0 : copy_pages(&dat->cpu[i], dat->fd);
	return ret;
}

static int end_head(struct utfs_dat *dat)
{
	bool failed = ferror(dat->out);

	failed = fclose(dat->out) || failed;
	dat->out = NULL;
	return failed ? -ENOMEM : 0;
}

/* Where the pages of each CPU are, and they themselves. */
static int put_pages(struct utfs_dat *dat)
{
	uint64_t head_bytes, others, offset;
	int ret;

	put_string(dat->out, FLY_RECORD);
	head_bytes = (uint64_t)ftell(dat->out) + 16ull * dat->nr_cpus;
	ret = place_pages(dat, head_bytes);
	others = offset = dat->first_offset + first_bytes(dat);
	for (unsigned int i = 0; i < dat->nr_cpus; i++) {
		put_u64(dat->out, i == dat->first_cpu ? dat->first_offset : offset);
		put_u64(dat->out, dat->cpu[i].bytes);
		offset += i == dat->first_cpu ? 0 : dat->cpu[i].bytes;
	}
	if (!ret)
		ret = end_head(dat);
	if (!ret)
		ret = write_all(dat->fd, dat->head, dat->head_bytes, 0);
	if (!ret && ftruncate(dat->fd, (off_t)others))
		ret = -errno;
	return ret ? ret : put_others(dat, others);
}

int utfs_dat_finish(struct utfs_dat *dat, struct utfs_trace *trace, const char *instance,
		    const char **where)
{
	int ret;

	*where = "events";
	dat->out = open_memstream(&dat->head, &dat->head_bytes);
	ret = dat->out ? put_header(dat->out, trace, dat->page_bytes) : -ENOMEM;
	if (!ret)
		ret = put_events(dat->out, trace);
	if (!ret) {
		put_u32(dat->out, 0); /* symbols: those of programs are not the kernel's */
		put_u32(dat->out, 0); /* formats of trace_printk(): there is none */
		*where = "saved_cmdlines";
		ret = put_file(dat->out, trace, *where);
	}
	if (!ret) {
		put_u32(dat->out, dat->nr_cpus);
		*where = instance ? instance : "/";
		ret = put_options(dat, trace, instance);
	}
	if (!ret) {
		*where = dat->path;
		ret = put_pages(dat);
	}
	return ret;
}
