/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Landlock by its system calls: the C library has no functions for them, and
 * the headers of the building machine may be older than the running kernel.
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "teehost/log.h"
#include "teehost/sandbox.h"

#ifndef TEEHOST_UNLOCKED

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

#define ASK_VERSION  1U
#define RULE_BENEATH 1U

/* Rights on files, in the kernel's order. */
#define WRITE_FILE   (1ULL << 1)
#define READ_FILE    (1ULL << 2)
#define READ_DIR     (1ULL << 3)
#define REMOVE_FILE  (1ULL << 5)
#define MAKE_REG     (1ULL << 8)
#define MAKE_SOCK    (1ULL << 9)
#define TRUNCATE     (1ULL << 14)

#define DIR_RIGHTS                                                    \
	(WRITE_FILE | READ_FILE | READ_DIR | REMOVE_FILE | MAKE_REG | \
	    MAKE_SOCK | TRUNCATE)
#define DEVICE_RIGHTS (WRITE_FILE | READ_FILE)
#define CODE_RIGHTS   READ_FILE

/* As the kernel of ABI 6 and later reads them; older ones read less. */
struct ruleset {
	uint64_t files, net, scope;
};

struct beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

/* What each version of the interface knows. */
static const struct {
	size_t size;
	struct ruleset all;
} versions[] = {
	{ 8, { 0x1fff, 0, 0 } },
	{ 8, { 0x3fff, 0, 0 } },  /* rename between directories */
	{ 8, { 0x7fff, 0, 0 } },  /* truncate */
	{ 16, { 0x7fff, 3, 0 } }, /* TCP */
	{ 16, { 0xffff, 3, 0 } }, /* ioctl of devices */
	{ 24, { 0xffff, 3, 3 } }, /* abstract sockets, signals */
};

static uint64_t
rights_of(const struct teehost_sandbox_path *path)
{
	if (path->is_code)
		return (CODE_RIGHTS);
	return (path->is_device ? DEVICE_RIGHTS : DIR_RIGHTS);
}

static enum soter_rc
restrict_to(int rules, uint64_t known, const struct teehost_sandbox_path *paths,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct beneath rule = { .allowed = known & rights_of(&paths[i]),
			.fd = paths[i].fd };

		if (syscall(SYS_landlock_add_rule, rules, RULE_BENEATH, &rule,
			0U) != 0)
			return (SOTER_E_ARGUMENT);
	}
	if (syscall(SYS_landlock_restrict_self, rules, 0U) != 0)
		return (SOTER_E_ARGUMENT);
	return (SOTER_OK);
}

enum soter_rc
teehost_sandbox_files(const struct teehost_sandbox_path *paths, size_t n)
{
	enum soter_rc rc;
	long version;
	size_t at;
	int rules;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
	if (version < 1) {
		teehost_log("this kernel has no Landlock: other files of this"
			    " user are within reach");
		return (SOTER_OK);
	}
	at = (size_t)version > SOTER_COUNT(versions) ? SOTER_COUNT(versions)
						     : (size_t)version;
	at--;
	rules = (int)syscall(SYS_landlock_create_ruleset, &versions[at].all,
	    versions[at].size, 0U);
	if (rules < 0)
		return (SOTER_E_ARGUMENT);
	rc = restrict_to(rules, versions[at].all.files, paths, n);
	close(rules);
	return (rc);
}

#else

/* teehost/sandbox.c has the function. */
typedef int landlock_is_off;

#endif
