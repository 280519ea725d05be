/* SPDX-License-Identifier: MIT */
#include "trace/symbols.h"

#include <stdlib.h>
#include <string.h>

#include "arena/mapping.h"

/* Kept for a reader; what does not fit takes the oldest one's place. */
#define MAX_MAPPINGS 256
#define MAX_OBJECTS  64

struct object {
	struct utfs_elf *elf; /* NULL: there is none to be had */
	uint32_t id_bytes;
	unsigned char id[sizeof(((struct utfs_mapping *)0)->build_id)];
	char path[sizeof(((struct utfs_mapping *)0)->path)];
};

struct utfs_symbols {
	const struct utfs_arena *arena;
	struct utfs_mapping mappings[MAX_MAPPINGS];
	struct object objects[MAX_OBJECTS];
	unsigned int nr_mappings, nr_objects;	/* in use */
	unsigned int next_mapping, next_object; /* to be taken next */
};

int utfs_symbols_create(const struct utfs_arena *arena, struct utfs_symbols **symbols)
{
	*symbols = calloc(1, sizeof(**symbols));
	if (!*symbols)
		return -ENOMEM;
	(*symbols)->arena = arena;
	return 0;
}

void utfs_symbols_free(struct utfs_symbols *symbols)
{
	for (unsigned int i = 0; symbols && i < symbols->nr_objects; i++)
		utfs_elf_close(symbols->objects[i].elf);
	free(symbols);
}

static const struct utfs_mapping *mapping_get(struct utfs_symbols *symbols, int32_t tgid,
					      uint64_t address)
{
	struct utfs_mapping *to = &symbols->mappings[symbols->next_mapping];

	for (unsigned int i = 0; i < symbols->nr_mappings; i++) {
		const struct utfs_mapping *at = &symbols->mappings[i];

		if (at->tgid == (uint32_t)tgid && address >= at->start && address < at->end)
			return at;
	}
	if (!utfs_mapping_find(symbols->arena, tgid, address, to)) {
		/* What an entry was before may have been half overwritten. */
		*to = (struct utfs_mapping){0};
		return NULL;
	}
	symbols->next_mapping = (symbols->next_mapping + 1) % MAX_MAPPINGS;
	if (symbols->nr_mappings < MAX_MAPPINGS)
		symbols->nr_mappings++;
	return to;
}

static bool object_is(const struct object *object, const struct utfs_mapping *mapping)
{
	return object->id_bytes == mapping->build_id_bytes &&
	       !memcmp(object->id, mapping->build_id, object->id_bytes) &&
	       !strcmp(object->path, mapping->path);
}

static struct utfs_elf *elf_get(struct utfs_symbols *symbols, const struct utfs_mapping *mapping)
{
	struct object *object = &symbols->objects[symbols->next_object];

	for (unsigned int i = 0; i < symbols->nr_objects; i++)
		if (object_is(&symbols->objects[i], mapping))
			return symbols->objects[i].elf;
	utfs_elf_close(object->elf);
	*object = (struct object){.id_bytes = mapping->build_id_bytes};
	memcpy(object->id, mapping->build_id, sizeof(object->id));
	memcpy(object->path, mapping->path, sizeof(object->path));
	/* Without it there are no names, but offsets. */
	(void)utfs_elf_open(mapping->path, mapping->build_id, mapping->build_id_bytes,
			    &object->elf);
	symbols->next_object = (symbols->next_object + 1) % MAX_OBJECTS;
	if (symbols->nr_objects < MAX_OBJECTS)
		symbols->nr_objects++;
	return object->elf;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_library(const char *path)
{
	return strstr(base_name(path), ".so") != NULL;
}

void utfs_symbols_print(void *ctx, const struct utfs_line_style *style, int32_t tgid,
			uint64_t address, struct eventfs_text *text)
{
	struct utfs_symbols *symbols = ctx;
	const struct utfs_mapping *mapping = mapping_get(symbols, tgid, address);
	uint64_t behind = 0, size = 0, offset;
	const char *path, *name = NULL;
	struct utfs_elf *elf;

	if (!mapping) {
		eventfs_text_printf(text, "0x%08llx", (unsigned long long)address);
		return;
	}
	offset = address - mapping->start + mapping->offset;
	path = mapping->path_bytes ? mapping->path : "?";
	elf = elf_get(symbols, mapping);
	/* It returns there: the call lies before it, and may be the function's last instruction. */
	if (elf && offset)
		name = utfs_elf_function(elf, offset - 1, &behind, &size);
	if (style->sym_userobj)
		eventfs_text_printf(text, "%s[+0x%llx]%s", path, (unsigned long long)offset,
				    name ? " " : "");
	/* Without the version that a library gives it. */
	if (name)
		eventfs_text_printf(text, "%.*s+0x%llx", (int)strcspn(name, "@"), name,
				    (unsigned long long)behind + 1);
	else if (!style->sym_userobj)
		eventfs_text_printf(text, "%s+0x%llx", base_name(path), (unsigned long long)offset);
	if (name && style->sym_offset)
		eventfs_text_printf(text, "/0x%llx", (unsigned long long)size);
	if (name && !style->sym_userobj && is_library(path))
		eventfs_text_printf(text, " [%s]", base_name(path));
}
