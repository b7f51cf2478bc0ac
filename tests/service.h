/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/service.h -- a device service in this process, that answers as a test
 * says: honestly, with lies, late, not at all.
 */
#ifndef SOTER_TESTS_SERVICE_H
#define SOTER_TESTS_SERVICE_H

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "soter/core.h"
#include "tests/folder.h"
#include "wire/devmsg.h"
#include "wire/export.h"
#include "wire/tacmd.h"

/* ---- the service --------------------------------------------------------- */

enum manner {
	ANSWER,	      /* code and body below */
	HOOK,	      /* what the function below says */
	TWICE,	      /* the same */
	ECHO,	      /* the challenge's first 8 bytes, as a session */
	SERIAL,	      /* of another request */
	LENGTH_4_GIB, /* the length field says */
	LENGTH_SHORT,
	CODE_STRANGE,
	CODE_AND_BODY,
	BODY_LONG, /* longer than the form says */
	HALF,	   /* of a reply, then nothing */
	HALF_END,  /* of a reply, then the end */
	DRIP,	   /* a byte each 50 ms */
	SILENT,
	LATE, /* after the client has gone away */
	HANG_UP,
};

typedef enum soter_rc service_hook(const struct soter_dev_request *x,
    struct soter_writer *body);

#define SERVICE_PEERS 64
#define SERVICE_CALLS 64

static struct {
	struct folder folder;
	struct sockaddr_un at;
	int listener;
	pthread_t thread;
	pthread_mutex_t lock;		  /* while a peer's socket is closed */
	_Atomic int peers[SERVICE_PEERS]; /* their sockets, or 0 */
	_Atomic(enum manner) manner;
	_Atomic int code;
	_Atomic(const char *) body; /* of body_n bytes */
	_Atomic size_t body_n;
	_Atomic(service_hook *) hook;
	_Atomic unsigned accepted, requests, asked[SERVICE_CALLS];
	_Atomic unsigned unread; /* so many hang up before they read */
	_Atomic unsigned mute;	 /* a call that is not answered, or 0 */
	/* A device, see service_device(). */
	_Atomic bool has_ask, has_authkey, signs_untouched;
	_Atomic unsigned bad_call; /* this one fails ... */
	_Atomic int bad_code;	   /* ... with this number */
	_Atomic bool is_over;
} service = { .lock = PTHREAD_MUTEX_INITIALIZER };

static inline void
service_pause(unsigned ms)
{
	poll(NULL, 0, (int)ms);
}

static inline bool
service_receive(int fd, uint8_t *p, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = recv(fd, p + have, n - have, 0);

		if (got <= 0)
			return (false);
		have += (size_t)got;
	}
	return (true);
}

/* The other end may have gone: that is what some rows are about. */
static inline void
service_put(int fd, const void *p, size_t n)
{
	if (send(fd, p, n, MSG_NOSIGNAL) < 0)
		return;
}

static inline void
service_drip(int fd, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n && !service.is_over; i++) {
		service_put(fd, p + i, 1);
		service_pause(50);
	}
}

/* An honest reply, to be spoiled. */
static inline struct soter_writer
service_honest(uint8_t *bytes, size_t room, const struct soter_dev_request *x)
{
	uint8_t space[SOTER_DEV_REPLY_MAX];
	struct soter_writer w = soter_writer(bytes, room);
	struct soter_writer body = soter_writer(space, sizeof(space));
	struct soter_dev_reply reply = { .serial = x->serial,
		.code = soter_ta_rc(service.code) };

	if (service.manner == HOOK) {
		reply.code = service.hook(x, &body);
		reply.body = soter_written(&body);
	} else if (service.manner == ECHO) {
		reply.body = soter_span(x->challenge.p, 8);
	} else {
		reply.body = soter_span(service.body, service.body_n);
	}
	if (reply.code != SOTER_OK)
		reply.body.n = 0;
	if (soter_dev_reply_write(&w, &reply) != SOTER_OK)
		abort();
	return (w);
}

/* false: hang up. */
static inline bool
service_answer(int fd, const struct soter_dev_request *x)
{
	static uint8_t large[SOTER_DEV_REPLY_MAX];
	uint8_t bytes[SOTER_DEV_REPLY_MAX];
	struct soter_writer w = service_honest(bytes, sizeof(bytes), x);
	const enum manner manner = service.manner;

	switch (manner) {
	case SERIAL:
		bytes[4]++;
		break;
	case LENGTH_4_GIB:
		memset(bytes, 0xff, 4);
		break;
	case LENGTH_SHORT:
		bytes[0] = 7;
		bytes[1] = 0;
		break;
	case CODE_STRANGE:
		bytes[8] = 1;
		break;
	case CODE_AND_BODY:
		memcpy(bytes, "\x09\0\0\0", 4);
		memcpy(bytes + 8, "\xfb\xff\xff\xff*", 5);
		w.len = 13;
		break;
	case BODY_LONG:
		memcpy(large, bytes, 12);
		memcpy(large, "\x08\x10\0\0", 4);
		service_put(fd, large, sizeof(large));
		return (true);
	case HALF:
	case HALF_END:
		service_put(fd, bytes, w.len - 1);
		return (manner == HALF);
	case DRIP:
		service_drip(fd, bytes, w.len);
		return (true);
	case SILENT:
		return (true);
	case LATE:
		service_pause(200);
		break;
	case HANG_UP:
		return (false);
	case TWICE: /* at once, so that they come together */
		memcpy(large, bytes, w.len);
		memcpy(large + w.len, bytes, w.len);
		service_put(fd, large, 2 * w.len);
		return (true);
	case ANSWER:
	case HOOK:
	case ECHO:
		break;
	}
	service_put(fd, bytes, w.len);
	return (true);
}

/* A request; false: the end. */
static inline bool
service_request(int fd, uint8_t *bytes, struct soter_dev_request *x)
{
	size_t n;

	if (recv(fd, bytes, 1, MSG_PEEK) != 1)
		return (false);
	if (service.unread > 0) {
		service.unread--;
		return (false);
	}
	return (service_receive(fd, bytes, 4) &&
	    soter_dev_len(soter_span(bytes, 4), SOTER_DEV_REQUEST_MAX, &n) ==
		SOTER_OK &&
	    service_receive(fd, bytes + 4, n - 4) &&
	    soter_dev_request_parse(x, soter_span(bytes, n)) == SOTER_OK);
}

static inline void *
service_connection(void *arg)
{
	_Atomic int *peer = arg;
	uint8_t bytes[SOTER_DEV_REQUEST_MAX];
	struct soter_dev_request x;
	int fd = *peer;

	while (service_request(fd, bytes, &x)) {
		service.requests++;
		service.asked[x.call % SERVICE_CALLS]++;
		if (x.call != service.mute && !service_answer(fd, &x))
			break;
	}
	pthread_mutex_lock(&service.lock);
	*peer = 0;
	close(fd);
	pthread_mutex_unlock(&service.lock);
	return (NULL);
}

static inline void *
service_serve(void *arg)
{
	(void)arg;
	for (;;) {
		int fd = accept(service.listener, NULL, NULL);
		pthread_t thread;
		size_t i = 0;

		if (fd < 0)
			return (NULL);
		service.accepted++;
		while (i < SERVICE_PEERS && service.peers[i] != 0)
			i++;
		if (i == SERVICE_PEERS)
			abort();
		service.peers[i] = fd;
		if (pthread_create(&thread, NULL, service_connection,
			&service.peers[i]) != 0)
			abort();
		pthread_detach(thread);
	}
}

static inline void
service_listen(int backlog)
{
	service.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(service.listener, (struct sockaddr *)&service.at,
		sizeof(service.at)) != 0 ||
	    listen(service.listener, backlog) != 0)
		abort();
}

static inline void
service_start(void)
{
	service_listen(SERVICE_PEERS);
	if (pthread_create(&service.thread, NULL, service_serve, NULL) != 0)
		abort();
}

/* With every connection, and not before all of them are gone. */
static inline void
service_stop(void)
{
	shutdown(service.listener, SHUT_RDWR);
	pthread_join(service.thread, NULL);
	close(service.listener);
	unlink(service.at.sun_path);
	for (size_t i = 0; i < SERVICE_PEERS; i++) {
		pthread_mutex_lock(&service.lock);
		if (service.peers[i] != 0)
			shutdown(service.peers[i], SHUT_RDWR);
		pthread_mutex_unlock(&service.lock);
		while (service.peers[i] != 0)
			service_pause(1);
	}
}

/* Nobody has asked: a request that was sent to the old one is not counted. */
static inline void
service_anew(void)
{
	service_stop();
	service_start();
	service.requests = 0;
}

/* A service that begins, in a folder of its own, and ends. */
static inline void
service_open(void)
{
	folder_new(&service.folder);
	service.at.sun_family = AF_UNIX;
	snprintf(service.at.sun_path, sizeof(service.at.sun_path), "%s/s",
	    service.folder.path);
	service_start();
}

static inline void
service_close(void)
{
	service.is_over = true;
	service_stop();
	folder_remove(service.folder.path);
}

static inline void
service_says(enum manner manner, int code, const void *body, size_t n)
{
	service.code = code;
	service.body = body;
	service.body_n = n;
	service.manner = manner;
}

static inline void
service_does(service_hook *hook)
{
	service.hook = hook;
	service.manner = HOOK;
}

/* An export blob: the text, and bytes in place of a signature. */
static inline enum soter_rc
service_export(struct soter_writer *w, const char *json)
{
	static const uint8_t sig[SOTER_SIG_LEN];
	const struct soter_export x = { soter_text(json),
		soter_span(sig, sizeof(sig)) };

	return (soter_export_write(w, &x));
}

#define SERVICE_KEY                                           \
	"{\"pub_key\":\"x\",\"cpu_id\":\"d\",\"counter\":41," \
	"\"uid\":\"10115\"}"
#define SERVICE_RESULT                                                   \
	"{\"raw\":\"c\",\"fid\":\"23131700000\",\"counter\":42,"         \
	"\"tee_n\":\"t\",\"tee_v\":\"1\",\"fp_n\":\"f\",\"fp_v\":\"1\"," \
	"\"cpu_id\":\"d\",\"uid\":\"10115\",\"rsa_pss_saltlen\":32}"

static inline enum soter_rc
service_state(struct soter_writer *w)
{
	const struct soter_dev_state x = { .version = 1,
		.salt_len = 20,
		.rollback = 1000,
		.provisioned = 1,
		.modalities = 1,
		.enrolled = 2,
		.misses = 3,
		.freeze_ms = 0,
		.simulated = 1,
		.ask = service.has_ask,
		.tee_n = "tee",
		.tee_v = "2",
		.sensor = "sensor" };

	return (soter_dev_state_write(w, &x));
}

/* A hook: a device that has an ASK, or not, one AuthKey, and all else. */
static inline enum soter_rc
service_device(const struct soter_dev_request *x, struct soter_writer *body)
{
	if (x->call == service.bad_call)
		return (soter_ta_rc(service.bad_code));
	switch (x->call) {
	case SOTER_DEV_VERSION_GET:
		return (soter_write_le32(body, SOTER_DEV_VERSION));
	case SOTER_DEV_STATE:
		return (service_state(body));
	case SOTER_DEV_ASK_GENERATE:
		service.has_ask = true;
		service.has_authkey = false;
		return (SOTER_OK);
	case SOTER_DEV_REMOVE_ALL:
		service.has_ask = service.has_authkey = false;
		return (SOTER_OK);
	case SOTER_DEV_ASK_HAS:
	case SOTER_DEV_ASK_EXPORT:
		if (!service.has_ask)
			return (SOTER_E_ASK_NOT_READY);
		break;
	case SOTER_DEV_AUTHKEY_GENERATE:
		if (!service.has_ask)
			return (SOTER_E_ASK_NOT_READY);
		service.has_authkey = true;
		return (SOTER_OK);
	case SOTER_DEV_AUTHKEY_REMOVE:
	case SOTER_DEV_AUTHKEY_EXPORT:
	case SOTER_DEV_AUTHKEY_HAS:
	case SOTER_DEV_SIGN_INIT:
		if (!service.has_authkey)
			return (SOTER_E_AUTH_KEY_NOT_READY);
		if (x->call == SOTER_DEV_AUTHKEY_REMOVE)
			service.has_authkey = false;
		break;
	case SOTER_DEV_SIGN_FINISH:
		if (!service.signs_untouched)
			return (SOTER_E_VERIFICATION_FAILED);
		return (service_export(body, SERVICE_RESULT));
	default:
		break;
	}
	if (x->call == SOTER_DEV_SIGN_INIT)
		return (soter_write_le64(body, 7));
	if (x->call == SOTER_DEV_ASK_EXPORT ||
	    x->call == SOTER_DEV_AUTHKEY_EXPORT)
		return (service_export(body, SERVICE_KEY));
	return (SOTER_OK);
}

static inline struct soter_core *
service_core(unsigned connect_ms)
{
	const struct soter_core_options o = { service.at.sun_path, connect_ms };
	struct soter_core *core = NULL;

	if (soter_core_new(&core, &o) != SOTER_OK)
		abort();
	return (core);
}

#endif
