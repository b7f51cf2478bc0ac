/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/json.h -- the one strict, bounded JSON reader and writer.
 *
 * Everything that SOTER signs is one flat JSON object; the certificate chain
 * has one array of strings in it.  The reader takes exactly that: RFC 8259
 * grammar, UTF-8 checked, at most SOTER_JSON_MEMBERS_MAX members, no name
 * twice, no escapes in names, numbers in range, white space but nothing else
 * around the object.  It allocates nothing and returns spans into the input.
 *
 * Source: RFC 8259; docs/protocol.md b.2, b.3, b.5.
 * Differs: one level of nesting, arrays of strings only, no escapes in names,
 * no \u0000; a raw line feed inside one named string, since Huawei phones send
 * (and sign) it there.
 */
#ifndef SOTER_WIRE_JSON_H
#define SOTER_WIRE_JSON_H

#include "base/span.h"
#include "wire/limits.h"

enum soter_json_type {
	SOTER_JSON_STRING,
	SOTER_JSON_INTEGER, /* fits int64_t */
	SOTER_JSON_REAL,    /* has a fraction or an exponent; not interpreted */
	SOTER_JSON_BOOL,
	SOTER_JSON_NULL,
	SOTER_JSON_STRINGS, /* an array of strings */
};

struct soter_json_member {
	struct soter_span name;	 /* between the quotes */
	struct soter_span value; /* between the quotes or brackets, escaped as
				    received; else the literal */
	int64_t integer;	 /* SOTER_JSON_INTEGER only */
	enum soter_json_type type;
};

/* One object; all spans borrowed from the input. */
struct soter_json {
	size_t n;
	struct soter_json_member member[SOTER_JSON_MEMBERS_MAX];
};

/* Where a parser stopped and at which field, for people.  All claimed. */
struct soter_fault {
	size_t offset;			     /* into the parser's input */
	char field[SOTER_JSON_NAME_MAX + 1]; /* NUL-terminated, printable */
};

/**
 * Note a field's name in a fault; other bytes than printable ASCII become '?'.
 *
 * fault  may be NULL: nothing happens.
 */
void soter_fault_field(struct soter_fault *fault, struct soter_span name);

/**
 * Read one object.
 *
 * in       the text; borrowed by *out.
 * lf_name  name of the one member in whose string raw line feeds are taken;
 *          empty for none.
 * fault    may be NULL; on failure, where and at which member.
 *
 * SOTER_E_LIMIT          longer than SOTER_SIGNED_MAX, a name, a real or the
 *                        number of members above its limit.
 * SOTER_E_JSON           not the grammar above.
 * SOTER_E_JSON_DEPTH     an object inside, or anything but strings in an array.
 * SOTER_E_JSON_TEXT      bad UTF-8, raw control character, lone surrogate, NUL.
 * SOTER_E_JSON_NUMBER    an integer outside int64_t, an exponent of more than
 *                        two digits.
 * SOTER_E_JSON_TRAILING  something other than white space follows.
 * SOTER_E_FIELD_DOUBLED  a name stands there twice.
 */
SOTER_MUST_CHECK enum soter_rc soter_json_parse(struct soter_json *out,
    struct soter_span in, struct soter_span lf_name, struct soter_fault *fault);

/** The member of that name, or NULL. */
const struct soter_json_member *soter_json_find(const struct soter_json *json,
    struct soter_span name);

/**
 * Append the text that a string value stands for, without its escapes.
 *
 * value  as soter_json_parse() gave it.
 * SOTER_E_NOSPACE leaves w->len unspecified.
 */
SOTER_MUST_CHECK enum soter_rc soter_json_decode(struct soter_writer *w,
    struct soter_span value);

/** Does a string value stand for exactly this text?  No buffer needed. */
bool soter_json_is(struct soter_span value, struct soter_span text);

/** Bytes of the text that a string value stands for. */
size_t soter_json_text_len(struct soter_span value);

/**
 * Take the next string out of a SOTER_JSON_STRINGS value.
 *
 * rest  starts as the member's value; moves.
 * out   the element between its quotes; borrowed.
 * false at the end.
 */
bool soter_json_next(struct soter_span *rest, struct soter_span *out);

/*
 * The writer emits what MTK phones emit: no white space, / as \/, line feed as
 * \n.  Source: docs/protocol.md b.2, k.1.
 */

#define SOTER_JSON_ESCAPE 6 /* bytes at most of one: \u0001 */

/** Append a string with quotes and escapes.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc soter_json_write_string(struct soter_writer *w,
    struct soter_span text);

/**
 * Append `{` if w is empty, else `,`; then "name": .  So an object begins in an
 * empty writer.  Close with soter_json_write_end().  SOTER_E_NOSPACE.
 */
SOTER_MUST_CHECK enum soter_rc soter_json_write_name(struct soter_writer *w,
    const char *name);

/** name and string value.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc soter_json_write_text(struct soter_writer *w,
    const char *name, struct soter_span text);

/** name and unsigned integer value.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc soter_json_write_number(struct soter_writer *w,
    const char *name, uint64_t value);

/** The closing brace.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc soter_json_write_end(struct soter_writer *w);

#endif
