/* SPDX-License-Identifier: MIT */
/* What is recorded in this process: decided once, before main(). */
#include <link.h>
#include <string.h>

#include "wrap.h"

struct wrap_state wrap_state;

__thread unsigned int wrap_depth __attribute__((tls_model("initial-exec")));
__thread int wrap_vforked __attribute__((tls_model("initial-exec")));

/* The groups in a list of words with commas between them; words that mean nothing are passed over. */
static unsigned int groups_parse(const char *list)
{
	static const struct {
		const char *name;
		enum wrap_group group;
	} names[] = {{"io", WRAP_IO},	      {"memory", WRAP_MEMORY},	 {"mutex", WRAP_MUTEX},
		     {"loader", WRAP_LOADER}, {"process", WRAP_PROCESS}, {"socket", WRAP_SOCKET},
		     {"sync", WRAP_SYNC},     {"thread", WRAP_THREAD}};
	unsigned int groups = 0;

	while (*list) {
		size_t bytes = strcspn(list, ",");

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strlen(names[i].name) == bytes && !memcmp(list, names[i].name, bytes))
				groups |= (unsigned int)names[i].group;
		list += bytes;
		list += *list == ',';
	}
	return groups;
}

/* Remembers the loaded segment that holds libutracefs's code. */
static int library_find(struct dl_phdr_info *object, size_t object_bytes, void *unused)
{
	uintptr_t inside = (uintptr_t)utfs_event_write;

	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t begin = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && inside - begin < segment->p_memsz) {
			wrap_state.library_begin = begin;
			wrap_state.library_bytes = segment->p_memsz;
			return 1;
		}
	}
	return 0;
}

__attribute__((constructor(101))) static void wrap_state_init(void)
{
	const char *list = getenv("UTRACEFS_WRAP");

	(void)wrap_real_resolve();
	/* Not known where libutracefs is: record nothing, rather than its own calls as well. */
	if (!dl_iterate_phdr(library_find, NULL))
		return;
	wrap_state.groups = list ? groups_parse(list) : WRAP_ALL;
}
