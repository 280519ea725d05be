/* SPDX-License-Identifier: MIT */
/*
 * What a process has mapped where its stacks lead to. Read from /proc/self/maps when an address turns up that is not known yet, so
 * also after a dlopen(); with system calls only, because that may be in a signal handler.
 */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "app/stack.h"
#include "arena/mapping.h"

#define MAX_KNOWN    64
#define MAX_SEGMENTS 32
#define NOTE_BYTES   256
/* When addresses lead nowhere, how long it takes until they are looked for again. */
#define AGAIN_NS 100000000

/* Mappings of this process that are in the arena, or need not be there. Added to under `busy` only. */
static struct {
	uint32_t busy;	   /* atomic: somebody reads the maps */
	uint32_t n;	   /* atomic, release */
	pid_t tgid;	   /* whose they are: a forked child begins anew */
	uint64_t again_ns; /* atomic: not before */
	struct {
		uint64_t start, end;
	} ranges[MAX_KNOWN];
} known;

/* A line of the maps; path: in the buffer, NUL-terminated. */
struct line {
	uint64_t start, end, offset;
	bool executable;
	const char *path;
};

static bool is_known(uint64_t address)
{
	uint32_t n = __atomic_load_n(&known.n, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < n && i < MAX_KNOWN; i++)
		if (address >= __atomic_load_n(&known.ranges[i].start, __ATOMIC_RELAXED) &&
		    address < __atomic_load_n(&known.ranges[i].end, __ATOMIC_RELAXED))
			return true;
	return false;
}

static bool memory_read(pid_t pid, uint64_t address, void *to, size_t bytes)
{
	const struct iovec local = {to, bytes};
	const struct iovec remote = {(void *)(uintptr_t)address, bytes};

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)bytes;
}

/* The build id in a segment of notes. */
static void notes_search(const char *notes, size_t bytes, struct utfs_mapping *mapping)
{
	for (size_t at = 0; at + sizeof(ElfW(Nhdr)) <= bytes;) {
		ElfW(Nhdr) note;
		size_t name = at + sizeof(note), description;

		memcpy(&note, notes + at, sizeof(note));
		if (note.n_namesz > bytes || note.n_descsz > bytes)
			return;
		description = name + (note.n_namesz + 3) / 4 * 4;
		if (description > bytes || note.n_descsz > bytes - description)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(notes + name, "GNU", 4) && note.n_descsz <= sizeof(mapping->build_id)) {
			mapping->build_id_bytes = note.n_descsz;
			memcpy(mapping->build_id, notes + description, note.n_descsz);
			return;
		}
		at = description + (note.n_descsz + 3) / 4 * 4;
	}
}

/* head: where the object's first page is mapped, which holds the notes as a rule. */
static void build_id_read(pid_t pid, uint64_t head, struct utfs_mapping *mapping)
{
	char notes[NOTE_BYTES];
	ElfW(Phdr) segment;
	ElfW(Ehdr) elf;

	if (!memory_read(pid, head, &elf, sizeof(elf)) ||
	    memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0 || elf.e_phentsize != sizeof(segment))
		return;
	for (unsigned int i = 0; i < elf.e_phnum && i < MAX_SEGMENTS; i++) {
		if (mapping->build_id_bytes ||
		    !memory_read(pid, head + elf.e_phoff + i * sizeof(segment), &segment,
				 sizeof(segment)))
			return;
		if (segment.p_type == PT_NOTE && segment.p_filesz <= sizeof(notes) &&
		    memory_read(pid, head + segment.p_offset, notes, segment.p_filesz))
			notes_search(notes, segment.p_filesz, mapping);
	}
}

static void mapping_store(const struct utfs_filter_subject *subject, const struct line *line,
			  uint64_t head)
{
	struct utfs_mapping mapping = {
		.tgid = (uint64_t)(uint32_t)subject->tgid,
		.start = line->start,
		.end = line->end,
		.offset = line->offset,
	};
	size_t bytes = strlen(line->path);

	/* Half a path would be another one; the build id will do. */
	if (bytes < sizeof(mapping.path)) {
		memcpy(mapping.path, line->path, bytes);
		mapping.path_bytes = (uint32_t)bytes;
	}
	if (head)
		build_id_read(subject->tgid, head, &mapping);
	utfs_mapping_put(subject->writer->arena, &mapping);
}

static void known_add(uint64_t start, uint64_t end)
{
	uint32_t n = known.n < MAX_KNOWN ? known.n : 0;

	/* Who reads it half changed finds an address unknown, or in a mapping that it is not far from. */
	__atomic_store_n(&known.ranges[n].start, start, __ATOMIC_RELAXED);
	__atomic_store_n(&known.ranges[n].end, end, __ATOMIC_RELAXED);
	__atomic_store_n(&known.n, n + 1, __ATOMIC_RELEASE);
}

/* A hexadecimal number; *at goes behind it and the character that ends it. */
static uint64_t hex_take(const char **at)
{
	uint64_t value = 0;
	unsigned int digit;

	for (;; ++*at) {
		digit = (unsigned int)(unsigned char)**at;
		if (digit - '0' < 10)
			digit -= '0';
		else if (digit - 'a' < 6)
			digit -= 'a' - 10;
		else
			break;
		value = value << 4 | digit;
	}
	*at += **at != '\0';
	return value;
}

/* "start-end perms offset device inode   path" */
static void line_parse(const char *text, struct line *line)
{
	line->start = hex_take(&text);
	line->end = hex_take(&text);
	line->executable = strnlen(text, 5) == 5 && text[2] == 'x';
	text += strcspn(text, " ");
	text += *text != '\0';
	line->offset = hex_take(&text);
	text = strchr(text, '/');
	line->path = text ? text : "";
}

/* The maps, read bit by bit; a line that is too long loses its end. */
struct maps {
	int fd;
	size_t at, bytes;
	char buffer[512];
	char text[sizeof(((struct utfs_mapping *)0)->path) + 128];
};

static bool line_next(struct maps *maps, struct line *line)
{
	size_t n = 0;

	for (;;) {
		char c;

		if (maps->at == maps->bytes) {
			ssize_t got = read(maps->fd, maps->buffer, sizeof(maps->buffer));

			if (got <= 0)
				return false;
			maps->at = 0;
			maps->bytes = (size_t)got;
		}
		c = maps->buffer[maps->at++];
		if (c == '\n')
			break;
		if (n < sizeof(maps->text) - 1)
			maps->text[n++] = c;
	}
	maps->text[n] = '\0';
	line_parse(maps->text, line);
	return true;
}

static bool leads_to(const struct line *line, const uint64_t *addresses, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (addresses[i] >= line->start && addresses[i] < line->end &&
		    !is_known(addresses[i]))
			return true;
	return false;
}

static void maps_read(const struct utfs_filter_subject *subject, const uint64_t *addresses,
		      uint32_t n)
{
	int saved_errno = errno;
	struct maps maps = {.fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)};
	struct line line;
	uint64_t head = 0;

	while (maps.fd >= 0 && line_next(&maps, &line)) {
		/* What follows of the same object begins somewhere else in the file. */
		if (*line.path && !line.offset)
			head = line.start;
		if (!line.executable || !leads_to(&line, addresses, n))
			continue;
		if (*line.path)
			mapping_store(subject, &line, head);
		known_add(line.start, line.end);
	}
	if (maps.fd >= 0)
		close(maps.fd);
	errno = saved_errno;
}

static bool all_known(const uint64_t *addresses, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!is_known(addresses[i]))
			return false;
	return true;
}

void utfs_mappings_note(const struct utfs_filter_subject *subject, const uint64_t *addresses,
			uint32_t n)
{
	const pid_t tgid = __atomic_load_n(&known.tgid, __ATOMIC_RELAXED);
	struct timespec now;
	uint64_t now_ns;

	if (tgid == subject->tgid && all_known(addresses, n))
		return;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	if (tgid == subject->tgid && now_ns < __atomic_load_n(&known.again_ns, __ATOMIC_RELAXED))
		return;
	/* One at a time; who finds it busy, a handler that interrupted it for one, leaves it to the next stack. */
	if (__atomic_exchange_n(&known.busy, (uint32_t)subject->tgid, __ATOMIC_ACQUIRE) ==
	    (uint32_t)subject->tgid)
		return;
	if (known.tgid != subject->tgid)
		__atomic_store_n(&known.n, 0, __ATOMIC_RELAXED);
	maps_read(subject, addresses, n);
	__atomic_store_n(&known.tgid, subject->tgid, __ATOMIC_RELAXED);
	__atomic_store_n(&known.again_ns, all_known(addresses, n) ? 0 : now_ns + AGAIN_NS,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&known.busy, 0, __ATOMIC_RELEASE);
}
