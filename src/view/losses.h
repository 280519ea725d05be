/* SPDX-License-Identifier: MIT */
/*
 * Events that are missing: where in the time, and whether any may be between two others. Of a gap it is known between which two events of a CPU it is; what is missing
 * may have been anywhere between them, of any type, and of any thread that the CPU ran.
 */
#ifndef UTFS_VIEW_LOSSES_H
#define UTFS_VIEW_LOSSES_H

#include "view/store.h"

/* Gaps that are drawn as one. */
struct utfs_view_loss {
	uint64_t begin, end;
	uint64_t lost;	  /* of the gaps whose size is known */
	uint32_t nr_gaps; /* at least one */
	uint16_t cpu;	  /* of one of them */
	bool of_more_cpus;
	bool has_lost_some; /* the size of one is not known */
};

/*
 * utfs_view_losses_find - the gaps that [from, to) touches, in no order; of those that lie in one of nr_bins equal parts of it, one is made
 * *losses belongs to the caller: free(). There are at most nr_bins, and for each CPU of each buffer as many again.
 * Return: 0 with *losses and *nr; -ENOMEM.
 */
int utfs_view_losses_find(const struct utfs_view_store *store, uint64_t from, uint64_t to,
			  uint32_t nr_bins, struct utfs_view_loss **losses, uint32_t *nr);

/* To look for gaps of one or two files. */
struct utfs_view_losses {
	const struct utfs_view_store *store;
	uint64_t *first; /* for each gap: the earliest begin, of it and of those that end later */
};

/* Return: 0; -ENOMEM. The store must not change; utfs_view_losses_fini(). */
int utfs_view_losses_init(struct utfs_view_losses *losses, const struct utfs_view_store *store,
			  uint16_t file, uint16_t other_file);
void utfs_view_losses_fini(struct utfs_view_losses *losses);

/* utfs_view_losses_between - may an event be missing between two that are there, at these times? */
bool utfs_view_losses_between(const struct utfs_view_losses *losses, uint64_t time, uint64_t later);

#endif
