#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/check_headers.sh -- each header compiles alone, and twice; the public
# ones in C++ too.

set -u
. "$(dirname "$0")/common.sh"

warnings='-Wall -Wextra -Wpedantic -Wshadow -Wundef -Werror'
in_c="$warnings -std=c11 -D_POSIX_C_SOURCE=200809L
    -Wstrict-prototypes -Wmissing-prototypes"

# alone COMPILER OPTION... HEADER
alone()
{
	local header=${*: -1}

	# A declaration follows: some headers are macros alone.
	printf '#include "%s"\n#include "%s"\nextern int end;\n' \
	    "$header" "$header" |
	    "${@:1:$#-1}" -Iinclude -Isrc -I. \
	    -Isrc/teehost/include -Iinclude/teec -fsyntax-only - && return 0
	echo "not alone: $header ($1)"
	return 1
}
export -f alone

# Those of src/ta/optee need OP-TEE's dev kit.
headers=$(find_c '*.h' | grep -v '^src/ta/optee/')
public=$(find include -name '*.h' | LC_ALL=C sort)
if [ -z "$headers" ] || [ -z "$public" ]; then
	echo "no headers found"
	exit 1
fi
jobs()
{
	for header in $headers; do
		echo "gcc -xc" $in_c "$header"
		echo "clang -xc" $in_c "$header"
	done
	for header in $public; do
		echo "g++ -xc++ -std=c++11" $warnings "$header"
		echo "clang++ -xc++ -std=c++11" $warnings "$header"
	done
}

said=$(jobs | xargs -P "$(nproc)" -d '\n' -n 1 bash -c 'alone $1' - 2>&1) &&
    exit
grep -v '^not alone: ' <<<"$said" | head -n 20
grep '^not alone: ' <<<"$said"
exit 1
