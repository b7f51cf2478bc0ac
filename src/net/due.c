/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/due.h"

void
net_due_set(struct net_due *due, struct net_dues *list, uint64_t now_ms)
{
	net_due_clear(due);
	due->list = list;
	due->at_ms = now_ms + list->ms;
	due->prev = list->last;
	due->next = NULL;
	if (list->last != NULL)
		list->last->next = due;
	else
		list->first = due;
	list->last = due;
	list->n++;
}

void
net_due_clear(struct net_due *due)
{
	struct net_dues *list = due->list;

	if (list == NULL)
		return;
	if (due->prev != NULL)
		due->prev->next = due->next;
	else
		list->first = due->next;
	if (due->next != NULL)
		due->next->prev = due->prev;
	else
		list->last = due->prev;
	due->list = NULL;
	list->n--;
}

struct net_due *
net_dues_over(const struct net_dues *list, uint64_t now_ms)
{
	struct net_due *first = list->first;

	return (first != NULL && first->at_ms <= now_ms ? first : NULL);
}
