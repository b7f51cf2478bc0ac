/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/platform.h -- what an app's backend and the open platform say to each
 * other over HTTP: the bodies of docs/protocol.md e.1 to e.3.
 *
 *	GET  /cgi-bin/token?grant_type=client_credential&appid=&secret=
 *	     -> {"access_token":text,"expires_in":number}
 *	POST /cgi-bin/soter_3rdapp/is_support?access_token=
 *	     {"model_key":text,"sdk_version":number}
 *	     -> {"is_support":bool,"support_type":number}
 *	POST /cgi-bin/soter_3rdapp/verify_ask?access_token=
 *	     {"ask_json":text,"ask_json_signature":text}
 *	     -> {"is_verified":bool,"attk_version":number}
 *
 * Whatever goes wrong: {"errcode":number,"errmsg":text}, with HTTP status 200,
 * as it always was.  A request that says "explain":true gets one member more,
 *
 *	"reason":{"word":text,"number":number,"link":text,"field":text}
 *
 * which says what the bare answer cannot: why not.
 */
#ifndef SOTER_WIRE_PLATFORM_H
#define SOTER_WIRE_PLATFORM_H

#include "wire/json.h"

#define SOTER_PLATFORM_TOKEN	  "/cgi-bin/token"
#define SOTER_PLATFORM_IS_SUPPORT "/cgi-bin/soter_3rdapp/is_support"
#define SOTER_PLATFORM_VERIFY_ASK "/cgi-bin/soter_3rdapp/verify_ask"

/*
 * Name, errcode, errmsg.  The numbers of five digits that begin with 4 are the
 * gateway's and the same for all of its end points; those with 9, of the one
 * that was asked.
 * Source: docs/protocol.md e, e.1 to e.3.
 */
#define SOTER_PLATFORM_ERRORS(X)                                               \
	X(SYSTEM, -1, "system error")                                          \
	X(TOKEN_INVALID, 40001, "invalid credential, access_token is invalid") \
	X(GRANT_TYPE, 40002, "invalid grant_type")                             \
	X(APPID, 40013, "invalid appid")                                       \
	X(SECRET, 40125, "invalid appsecret")                                  \
	X(TOKEN_MISSING, 41001, "access_token missing")                        \
	X(APPID_MISSING, 41002, "appid missing")                               \
	X(SECRET_MISSING, 41004, "appsecret missing")                          \
	X(TOKEN_EXPIRED, 42001, "access_token expired")                        \
	X(WANTS_GET, 43001, "require GET method")                              \
	X(WANTS_POST, 43002, "require POST method")                            \
	X(EMPTY, 44002, "empty post data")                                     \
	X(RATE, 45011, "api minute-quota reached, slow down and try again")    \
	X(FORMAT, 47001, "data format error")                                  \
	X(NO_API, 48001, "api unauthorized")                                   \
	X(SUPPORT_XML, 90001, "model_key is not parsable")                     \
	X(SUPPORT_NODE, 90002, "model_key has an unknown node")                \
	X(ASK_MISSING, 90001, "ask_json missing")                              \
	X(ASK_SIGNATURE_MISSING, 90002, "ask_json_signature missing")          \
	X(ASK_FORMAT, 90003, "ask_json bad format")                            \
	X(ASK_DEVICE_ID, 90004, "no legal device_id in ask_json")              \
	X(ASK_NO_ATTK, 90005, "no ATTK for this device_id")

enum soter_platform_error {
	SOTER_PLATFORM_FINE, /* no error */
#define SOTER_PLATFORM_ENUM(name, number, text) SOTER_PLATFORM_E_##name,
	SOTER_PLATFORM_ERRORS(SOTER_PLATFORM_ENUM)
#undef SOTER_PLATFORM_ENUM
};

/** Its errcode; 0 for SOTER_PLATFORM_FINE. */
int32_t soter_platform_errcode(enum soter_platform_error error);

/** Its errmsg. */
const char *soter_platform_errmsg(enum soter_platform_error error);

/* Why, beside the bare answer. */
struct soter_platform_reason {
	enum soter_rc rc;
	const char *link;    /* "ask", or "none" if it did not get that far */
	const char *field;   /* concerned field; NULL or empty: none */
	const char *profile; /* of is_support: the rule's quirk profile; or as
				field */
};

struct soter_platform_answer {
	enum soter_platform_error error; /* if not FINE, all there is */
	bool has_reason;
	struct soter_platform_reason reason;
	/* One of these, by what was asked. */
	const char *access_token; /* NULL: it was something else */
	uint32_t expires_in_s;
	bool is_support_answer, is_support, has_support_type;
	uint32_t support_type; /* 0 none, 1 finger, 2 face, 3 both */
	bool is_verified;
	uint32_t attk_version; /* told if is_verified and not 0 (a chain) */
};

#define SOTER_PLATFORM_ANSWER_MAX 1024

/** Append an answer.  SOTER_E_NOSPACE; never with SOTER_PLATFORM_ANSWER_MAX. */
SOTER_MUST_CHECK enum soter_rc soter_platform_answer_write(
    struct soter_writer *w, const struct soter_platform_answer *x);

/*
 * Requests.  Texts are as they stand in the JSON: soter_json_decode() takes
 * their escapes off.  Unknown members pass, as they always did.
 */
struct soter_platform_ask {
	struct soter_span json, signature; /* borrowed; escaped */
	bool has_json, has_signature;	   /* an empty text is none */
	bool explain;
};

/**
 * Read the body of verify_ask.
 *
 * The errors of soter_json_parse(); SOTER_E_FIELD_TYPE.
 */
SOTER_MUST_CHECK enum soter_rc soter_platform_ask_parse(
    struct soter_platform_ask *out, struct soter_span body,
    struct soter_fault *fault);

/** Append the body of verify_ask; texts without escapes.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc soter_platform_ask_write(struct soter_writer *w,
    struct soter_span json, struct soter_span signature, bool explain);

struct soter_platform_model {
	struct soter_span model_key; /* borrowed; escaped; may be empty */
	uint32_t sdk_version;	     /* 1 if it says nothing: before SDK 2.0 */
	bool explain;
};

/**
 * Read the body of is_support.
 *
 * The errors of soter_json_parse(); SOTER_E_FIELD_TYPE; SOTER_E_FIELD_VALUE if
 * sdk_version is no number from 1 to 2^31 - 1.
 */
SOTER_MUST_CHECK enum soter_rc soter_platform_model_parse(
    struct soter_platform_model *out, struct soter_span body,
    struct soter_fault *fault);

#endif
