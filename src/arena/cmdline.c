/* SPDX-License-Identifier: MIT */
/*
 * Thread names. Writers are event paths of any process, so there is no lock: an entry is three words and their hash.
 * Two writers at once, or one that dies, leave an entry that does not verify: it counts as absent until the next save.
 */
#include <string.h>

#include "arena/internal.h"

/* At least 1, and no more than may be touched. */
static uint32_t nr_slots(const struct utfs_arena *arena)
{
	uint64_t present =
		__atomic_load_n(&arena->header->present[UTFS_REGION_CMDLINES], __ATOMIC_RELAXED) /
		sizeof(struct utfs_cmdline);
	uint64_t n = __atomic_load_n(&arena->header->nr_cmdlines, __ATOMIC_ACQUIRE);

	if (n > present)
		n = present;
	if (n > UTFS_MAX_CMDLINES)
		n = UTFS_MAX_CMDLINES;
	return n ? (uint32_t)n : 1;
}

static struct utfs_cmdline *slot_at(const struct utfs_arena *arena, uint32_t slot)
{
	return utfs_arena_element(arena, UTFS_REGION_CMDLINES, slot, sizeof(struct utfs_cmdline));
}

static struct utfs_cmdline *cmdline_at(const struct utfs_arena *arena, pid_t tid)
{
	return slot_at(arena, (uint32_t)tid % nr_slots(arena));
}

static uint64_t cmdline_check(uint64_t ids, uint64_t comm0, uint64_t comm1)
{
	uint64_t hash = ids * UINT64_C(0x9e3779b97f4a7c15);

	hash = (hash ^ hash >> 29 ^ comm0) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 32 ^ comm1) * UINT64_C(0x94d049bb133111eb);
	/* Never 0, so that a zeroed entry is not valid. */
	return hash | 1;
}

void utfs_cmdline_save(const struct utfs_arena *arena, pid_t tid, pid_t tgid, const char comm[16])
{
	uint64_t options = __atomic_load_n(&utfs_instance_at(arena, 0)->options, __ATOMIC_RELAXED);
	struct utfs_cmdline *entry = cmdline_at(arena, tid);
	uint64_t ids = (uint64_t)(uint32_t)tid << 32 | (uint32_t)tgid;
	uint64_t words[2] = {0, 0};

	if (options & UTFS_OPTION_BIT(UTFS_OPTION_RECORD_CMD))
		memcpy(words, comm, sizeof(words));
	else if (__atomic_load_n(&entry->ids, __ATOMIC_RELAXED) == ids)
		return; /* a name that was saved before stays */
	__atomic_store_n(&entry->check, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->ids, ids, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->comm[0], words[0], __ATOMIC_RELAXED);
	__atomic_store_n(&entry->comm[1], words[1], __ATOMIC_RELAXED);
	__atomic_store_n(&entry->check, cmdline_check(ids, words[0], words[1]), __ATOMIC_RELEASE);
}

static bool cmdline_load(const struct utfs_cmdline *entry, pid_t *tid, pid_t *tgid, char comm[17])
{
	uint64_t check = __atomic_load_n(&entry->check, __ATOMIC_ACQUIRE);
	uint64_t ids = __atomic_load_n(&entry->ids, __ATOMIC_RELAXED);
	uint64_t words[2] = {__atomic_load_n(&entry->comm[0], __ATOMIC_RELAXED),
			     __atomic_load_n(&entry->comm[1], __ATOMIC_RELAXED)};

	if (!check || check != cmdline_check(ids, words[0], words[1]))
		return false;
	*tid = (pid_t)(ids >> 32);
	*tgid = (pid_t)(uint32_t)ids;
	memcpy(comm, words, sizeof(words));
	comm[16] = '\0';
	return true;
}

int utfs_cmdline_find(const struct utfs_arena *arena, pid_t tid, char comm[17], pid_t *tgid)
{
	pid_t found;

	if (!cmdline_load(cmdline_at(arena, tid), &found, tgid, comm) || found != tid)
		return -ENOENT;
	return 0;
}

int utfs_cmdline_next(const struct utfs_arena *arena, uint32_t *index, pid_t *tid, pid_t *tgid,
		      char comm[17])
{
	while (*index < nr_slots(arena))
		if (cmdline_load(slot_at(arena, (*index)++), tid, tgid, comm))
			return 1;
	return 0;
}

int utfs_cmdline_resize(struct utfs_arena *arena, uint64_t nr)
{
	uint64_t before = nr_slots(arena);
	int ret = nr && nr <= UTFS_MAX_CMDLINES ? 0 : -EINVAL;

	if (!ret)
		ret = utfs_region_ensure(arena, UTFS_REGION_CMDLINES,
					 nr * sizeof(struct utfs_cmdline));
	if (ret || nr == before)
		return ret;
	utfs_tx_set(arena, &arena->header->nr_cmdlines, nr);
	/* Not undone: names are saved again as their threads write. */
	for (uint32_t slot = 0; slot < before || slot < nr; slot++)
		__atomic_store_n(&slot_at(arena, slot)->check, 0, __ATOMIC_RELAXED);
	return 0;
}
