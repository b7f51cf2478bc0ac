/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <tee_internal_api.h>

#include "teehost/identity.h"
#include "teehost/peer.h"

#define GROUPS_MAX 65536 /* Linux: NGROUPS_MAX */

enum soter_rc
teehost_peer_begin(struct teehost_peer *peer, int fd, uint64_t deadline_ms)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0)
		return (SOTER_E_READ);
	*peer = (struct teehost_peer){ .fd = fd,
		.uid = cred.uid,
		.gid = cred.gid,
		.deadline_ms = deadline_ms };
	return (SOTER_OK);
}

enum soter_rc
teehost_peer_hello(struct teehost_peer *peer, struct soter_teemsg *hello)
{
	struct soter_teemsg x;
	ssize_t got;
	size_t len;

	do
		got = recv(peer->fd, peer->hello + peer->n,
		    sizeof(peer->hello) - peer->n, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return (SOTER_E_SHORT);
	if (got <= 0)
		return (SOTER_E_READ);
	peer->n += (size_t)got;
	/* Something else is refused at its first bytes. */
	if (peer->n >= 4 &&
	    (soter_teemsg_len(soter_span(peer->hello, peer->n), &len) !=
		    SOTER_OK ||
		len != SOTER_TEEMSG_HELLO_LEN))
		return (SOTER_E_FORMAT);
	if (peer->n < sizeof(peer->hello))
		return (SOTER_E_SHORT);
	if (soter_teemsg_parse(&x, soter_span(peer->hello, peer->n)) !=
		SOTER_OK ||
	    x.kind != SOTER_TEEMSG_HELLO)
		return (SOTER_E_FORMAT);
	*hello = x;
	return (SOTER_OK);
}

/* As they were when the client connected. */
static bool
is_member(const struct teehost_peer *peer, gid_t group)
{
	socklen_t n = GROUPS_MAX * sizeof(gid_t);
	gid_t *groups;
	bool found = false;

	if (peer->gid == group)
		return (true);
	groups = malloc(n);
	if (groups == NULL)
		return (false);
	if (getsockopt(peer->fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n) == 0)
		for (size_t i = 0; i < n / sizeof(gid_t) && !found; i++)
			found = groups[i] == group;
	free(groups);
	return (found);
}

TEE_Result
teehost_peer_identity(TEE_Identity *out, const struct teehost_peer *peer,
    const struct soter_teemsg *hello)
{
	uint32_t id = peer->uid;

	switch (hello->login) {
	case TEE_LOGIN_PUBLIC:
		*out = (TEE_Identity){ .login = TEE_LOGIN_PUBLIC };
		return (TEE_SUCCESS);
	case TEE_LOGIN_USER:
		break;
	case TEE_LOGIN_GROUP:
		if (!is_member(peer, hello->group))
			return (TEE_ERROR_ACCESS_DENIED);
		id = hello->group;
		break;
	default:
		return (TEE_ERROR_NOT_SUPPORTED);
	}
	if (teehost_identity_of(out, hello->login, id) != SOTER_OK)
		return (TEE_ERROR_GENERIC);
	return (TEE_SUCCESS);
}
