/* SPDX-License-Identifier: MIT */
/* Functions of an object file, read with elfutils. */
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/symbols.h"

struct utfs_elf {
	Dwfl *dwfl;
	Dwfl_Module *module;
};

/* Local files only: whoever reads a trace does not wait for a network. */
static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_build_id_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

/* A path in the arena may be anybody's: only a plain file is opened, and nothing is waited for. */
static int plain_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool module_is(Dwfl_Module *module, const unsigned char *id, uint32_t id_bytes)
{
	const unsigned char *bits;
	GElf_Addr bias, address;
	int n;

	/* The build id is known when the file has been looked at. */
	if (!dwfl_module_getelf(module, &bias))
		return false;
	n = dwfl_module_build_id(module, &bits, &address);
	return n > 0 && (uint32_t)n == id_bytes && !memcmp(bits, id, id_bytes);
}

/* Return: 0; -ENOENT there is no such file, or another one. */
static int file_try(struct utfs_elf *elf, const char *path, const unsigned char *id,
		    uint32_t id_bytes)
{
	int fd = plain_open(path);

	if (fd < 0)
		return -ENOENT;
	dwfl_report_begin(elf->dwfl);
	elf->module = dwfl_report_offline(elf->dwfl, path, path, fd);
	/* It belongs to the module from then on. */
	if (!elf->module)
		close(fd);
	dwfl_report_end(elf->dwfl, NULL, NULL);
	return elf->module && module_is(elf->module, id, id_bytes) ? 0 : -ENOENT;
}

/* Where distributions keep debug information of what may not be there any more. */
static void debug_path(char *path, size_t room, const unsigned char *id, uint32_t id_bytes)
{
	size_t n = (size_t)snprintf(path, room, "/usr/lib/debug/.build-id/%02x/", id[0]);

	for (uint32_t i = 1; i < id_bytes; i++)
		n += (size_t)snprintf(path + n, room - n, "%02x", id[i]);
	snprintf(path + n, room - n, ".debug");
}

int utfs_elf_open(const char *path, const unsigned char *id, uint32_t id_bytes,
		  struct utfs_elf **out)
{
	struct utfs_elf *elf;
	char debug[160];
	int ret = -ENOENT;

	*out = NULL;
	if (!id_bytes || id_bytes > sizeof(((struct utfs_mapping *)0)->build_id))
		return -ENOENT;
	elf = calloc(1, sizeof(*elf));
	if (!elf)
		return -ENOMEM;
	elf->dwfl = dwfl_begin(&callbacks);
	if (elf->dwfl && *path)
		ret = file_try(elf, path, id, id_bytes);
	debug_path(debug, sizeof(debug), id, id_bytes);
	if (elf->dwfl && ret)
		ret = file_try(elf, debug, id, id_bytes);
	if (ret) {
		utfs_elf_close(elf);
		return ret;
	}
	*out = elf;
	return 0;
}

void utfs_elf_close(struct utfs_elf *elf)
{
	if (!elf)
		return;
	if (elf->dwfl)
		dwfl_end(elf->dwfl);
	free(elf);
}

/* The address, as the module counts, of what lies at an offset in the file. */
static bool address_of(struct utfs_elf *elf, uint64_t offset, GElf_Addr *address)
{
	GElf_Addr bias;
	Elf *file = dwfl_module_getelf(elf->module, &bias);
	size_t n;

	if (!file || elf_getphdrnum(file, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(file, (int)i, &segment) || segment.p_type != PT_LOAD ||
		    offset - segment.p_offset >= segment.p_memsz)
			continue;
		*address = offset - segment.p_offset + segment.p_vaddr + bias;
		return true;
	}
	return false;
}

const char *utfs_elf_function(struct utfs_elf *elf, uint64_t offset, uint64_t *behind,
			      uint64_t *size)
{
	GElf_Addr address;
	const char *name;
	GElf_Sym symbol;

	if (!address_of(elf, offset, &address))
		return NULL;
	name = dwfl_module_addrinfo(elf->module, address, behind, &symbol, NULL, NULL, NULL);
	*size = name ? symbol.st_size : 0;
	return name;
}
