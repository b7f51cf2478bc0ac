/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/optee/ta_properties.h -- what the dev kit asks of both TAs; the Makefile
 * says who has which role.  On the host the same stands in UUID.conf.
 */
#ifndef SOTER_TA_OPTEE_TA_PROPERTIES_H
#define SOTER_TA_OPTEE_TA_PROPERTIES_H

#define TA_FLAGS                                           \
	(TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION | \
	    TA_FLAG_INSTANCE_KEEP_ALIVE)
/* What they need, and why it is less: docs/optee.md. */
#ifndef TA_STACK_SIZE
#define TA_STACK_SIZE (16 * 1024)
#endif
#ifndef TA_DATA_SIZE
#define TA_DATA_SIZE (256 * 1024)
#endif
#define TA_VERSION "1.0"

#define SOTER_TA_USER_IS(...)                                    \
	&(const TEE_Identity)                                    \
	{                                                        \
		.login = TEE_LOGIN_USER, .uuid = { __VA_ARGS__ } \
	}

#define SOTER_TA_ROLES                                           \
	{ "soter.role.service", USER_TA_PROP_TYPE_IDENTITY,      \
		SOTER_TA_USER_IS(SOTER_TA_SERVICE) },            \
	    { "soter.role.factory", USER_TA_PROP_TYPE_IDENTITY,  \
		    SOTER_TA_USER_IS(SOTER_TA_FACTORY) },        \
	    { "soter.role.enroller", USER_TA_PROP_TYPE_IDENTITY, \
		    SOTER_TA_USER_IS(SOTER_TA_ENROLLER) },       \
	    { "soter.development", USER_TA_PROP_TYPE_BOOL,       \
		    &(const bool){ SOTER_TA_DEVELOPMENT } },

#endif
