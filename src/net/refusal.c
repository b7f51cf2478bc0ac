/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/refusal.h"

#define ROW(name, status, word) { status, word },

static const struct {
	int status;
	const char *word;
} rows[] = { { 200, "none" }, NET_REFUSAL_LIST(ROW) };

int
net_refusal_status(enum net_refusal why)
{
	return (rows[why].status);
}

const char *
net_refusal_word(enum net_refusal why)
{
	return (rows[why].word);
}
