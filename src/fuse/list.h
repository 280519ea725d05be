/* SPDX-License-Identifier: MIT */
/* A doubly linked list whose links lie in the objects. */
#ifndef UTFS_FUSE_LIST_H
#define UTFS_FUSE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct utfs_link {
	struct utfs_link *next;
	struct utfs_link *prev;
};

#define UTFS_LIST_OBJECT(link, type, member) ((type *)((char *)(link)-offsetof(type, member)))

static inline void utfs_list_init(struct utfs_link *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool utfs_list_is_empty(const struct utfs_link *head)
{
	return head->next == head;
}

/* Behind the last one of head. */
static inline void utfs_list_add(struct utfs_link *head, struct utfs_link *link)
{
	link->next = head;
	link->prev = head->prev;
	head->prev->next = link;
	head->prev = link;
}

/* Afterwards the link may be removed again, to no effect. */
static inline void utfs_list_remove(struct utfs_link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	utfs_list_init(link);
}

/* All of `from` goes behind the last one of `to`. */
static inline void utfs_list_move(struct utfs_link *from, struct utfs_link *to)
{
	if (utfs_list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	utfs_list_init(from);
}

#endif
