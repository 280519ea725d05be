/* SPDX-License-Identifier: MIT */
/* Libraries that are loaded while a program runs. */
#include <link.h>
#include <string.h>

#include "wrap.h"

/* clang-format off */
#define DLOPEN_FLAGS \
	__print_flags(REC->flags, "|", { RTLD_LAZY, "RTLD_LAZY" }, { RTLD_NOW, "RTLD_NOW" }, \
		      { RTLD_NOLOAD, "RTLD_NOLOAD" }, { RTLD_DEEPBIND, "RTLD_DEEPBIND" }, \
		      { RTLD_GLOBAL, "RTLD_GLOBAL" }, { RTLD_NODELETE, "RTLD_NODELETE" })
/* clang-format on */
UTFS_EVENT(libc, dlopen,
	   UTFS_FIELDS(UTFS_FIELD(int, flags), UTFS_FIELD(void *, handle),
		       UTFS_FIELD(uint64_t, duration_ns), UTFS_STRING(path)),
	   UTFS_PRINT("path=%s flags=%s handle=0x%lx duration_ns=%llu", __get_str(path),
		      DLOPEN_FLAGS, REC->handle, REC->duration_ns));
UTFS_EVENT(libc, dlopen_search, UTFS_FIELDS(UTFS_FIELD(int, flags), UTFS_STRING(name)),
	   UTFS_PRINT("name=%s flags=%s", __get_str(name), DLOPEN_FLAGS));
UTFS_EVENT(libc, dlclose,
	   UTFS_FIELDS(UTFS_FIELD(void *, handle), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, duration_ns)),
	   UTFS_PRINT("handle=0x%lx ret=%d duration_ns=%llu", REC->handle, REC->ret,
		      REC->duration_ns));

/* Has any object but the program itself a path that is inherited by what it loads? */
static int has_rpath(struct dl_phdr_info *object, size_t object_bytes, void *nr_seen)
{
	if (!(*(int *)nr_seen)++)
		return 0;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type != PT_DYNAMIC)
			continue;
		for (const ElfW(Dyn) *entry =
			     (const ElfW(Dyn) *)(object->dlpi_addr + segment->p_vaddr);
		     entry->d_tag != DT_NULL; entry++)
			if (entry->d_tag == DT_RPATH)
				return 1;
	}
	return 0;
}

/*
 * Does what is loaded depend on who calls? The C library looks at its return address: names are searched in the paths of the object that it
 * belongs to, and $ORIGIN is that object's folder.
 */
__attribute__((noinline)) static bool depends_on_caller(const char *path)
{
	int nr_seen = 0;

	return path &&
	       (!strchr(path, '/') || strchr(path, '$') || dl_iterate_phdr(has_rpath, &nr_seen));
}

WRAP_COLD static void dlopen_emit(const char *path, int flags, void *handle, uint64_t begin_ns)
{
	WRAP_EMIT(dlopen, flags, handle, wrap_now_ns() - begin_ns, path);
}

WRAP_COLD static void search_emit(const char *name, int flags)
{
	WRAP_EMIT(dlopen_search, flags, name);
}

WRAP_COLD static void dlclose_emit(void *handle, int ret, uint64_t begin_ns)
{
	WRAP_EMIT(dlclose, handle, ret, wrap_now_ns() - begin_ns);
}

/* The jumps at the end are what keeps the caller: meson.build sees to it that they are jumps in every build. */
WRAP_EXPORT void *dlopen(const char *path, int flags)
{
	bool found = WRAP_TRACED(dlopen, WRAP_LOADER),
	     sought = WRAP_TRACED(dlopen_search, WRAP_LOADER);
	uint64_t begin_ns;
	void *handle;

	if (!found && !sought)
		return wrap_real.dlopen(path, flags);
	if (depends_on_caller(path)) {
		if (sought)
			search_emit(path, flags);
		return wrap_real.dlopen(path, flags);
	}
	if (!found)
		return wrap_real.dlopen(path, flags);
	begin_ns = wrap_now_ns();
	handle = wrap_real.dlopen(path, flags);
	dlopen_emit(path, flags, handle, begin_ns);
	return handle;
}

WRAP_AROUND(int, dlclose, dlclose, WRAP_LOADER, (void *handle), (handle),
	    dlclose_emit(handle, ret, begin_ns))
