/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/query.h"
#include "tests/bytes.h"
#include "tests/check.h"

static const struct {
	const char *what, *query, *name;
	enum soter_rc want;
	const char *value;
} cases[] = {
	{ "the only one", "a=1", "a", SOTER_OK, "1" },
	{ "the last one", "b=2&a=1", "a", SOTER_OK, "1" },
	{ "empty", "a=", "a", SOTER_OK, "" },
	{ "without a sign", "b&a&c", "a", SOTER_OK, "" },
	{ "two signs", "a=b=c", "a", SOTER_OK, "b=c" },
	{ "escapes", "a=%41%2f%2F+%2b", "a", SOTER_OK, "A// +" },
	{ "a name with escapes", "%61=1", "a", SOTER_OK, "1" },
	{ "a sign in an escape is none of ours", "a%3d=1", "a=", SOTER_OK,
	    "1" },
	{ "none at all", "", "a", SOTER_E_NOTFOUND, NULL },
	{ "another name", "aa=1&A=2", "a", SOTER_E_NOTFOUND, NULL },
	{ "twice", "a=1&b=2&a=1", "a", SOTER_E_FIELD_DOUBLED, NULL },
	{ "twice, once with escapes", "a=1&%61=2", "a", SOTER_E_FIELD_DOUBLED,
	    NULL },
	{ "an escape that is cut", "a=%4", "a", SOTER_E_FORMAT, NULL },
	{ "an escape that is none", "a=%zz", "a", SOTER_E_FORMAT, NULL },
	{ "an escape of NUL", "a=1%00", "a", SOTER_E_FORMAT, NULL },
	{ "a bad escape in another value", "a=1&b=%", "a", SOTER_E_FORMAT,
	    NULL },
	{ "a bad escape in another name", "%g=1&a=1", "a", SOTER_E_FORMAT,
	    NULL },
	{ "longer than there is room", "a=0123456789", "a", SOTER_E_NOSPACE,
	    NULL },
	{ "33 pairs", "&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&a=1", "a", SOTER_E_LIMIT,
	    NULL },
	{ "32 pairs", "&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&a=1", "a", SOTER_OK,
	    "1" },
};

int
main(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span query =
		    bytes_exact(soter_text(cases[i].query));
		uint8_t value[8];
		struct soter_writer w = soter_writer(value, sizeof(value));

		check_row("%s", cases[i].what);
		CHECK_RC(net_query_get(query, cases[i].name, &w),
		    cases[i].want);
		if (cases[i].want == SOTER_OK)
			CHECK(soter_span_equal(soter_written(&w),
			    soter_text(cases[i].value)));
		bytes_free(query);
	}
	return (check_done());
}
