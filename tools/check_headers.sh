#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/check_headers.sh -- each header compiles alone, and twice; the public
# ones in C++ too, and all of them in one program.

set -u
. "$(dirname "$0")/common.sh"

warnings='-Wall -Wextra -Wpedantic -Wshadow -Wundef -Werror'
in_c="$warnings -std=c11 -D_POSIX_C_SOURCE=200809L
    -Wstrict-prototypes -Wmissing-prototypes"

# compiles COMPILER OPTION... HEADER[,HEADER...]: the headers in this order, twice
compiles()
{
	local headers=${*: -1}

	# A declaration follows: some headers are macros alone.
	{
		printf '#include "%s"\n' ${headers//,/ } ${headers//,/ }
		echo 'extern int end;'
	} | "${@:1:$#-1}" -Iinclude -Isrc -I. \
	    -Isrc/teehost/include -Iinclude/teec $libpq -fsyntax-only - && return 0
	echo "does not compile: $headers ($1)"
	return 1
}
libpq=$(pkg-config --cflags libpq)
export libpq
export -f compiles

# Those of src/ta/optee need OP-TEE's dev kit.
headers=$(find_c '*.h' | grep -v '^src/ta/optee/')
public=$(find include -name '*.h' | LC_ALL=C sort)
if [ -z "$headers" ] || [ -z "$public" ]; then
	echo "no headers found"
	exit 1
fi
# A program may link several of our libraries.
together=$(tr '\n' , <<<"$public")
together=${together%,}
jobs()
{
	for header in $headers; do
		echo "gcc -xc" $in_c "$header"
		echo "clang -xc" $in_c "$header"
	done
	for header in $public $together; do
		echo "g++ -xc++ -std=c++11" $warnings "$header"
		echo "clang++ -xc++ -std=c++11" $warnings "$header"
	done
	for compiler in gcc clang; do
		echo "$compiler -xc" $in_c "$together"
	done
}

said=$(jobs | xargs -P "$(nproc)" -d '\n' -n 1 bash -c 'compiles $1' - 2>&1) &&
    exit
grep -v '^does not compile: ' <<<"$said" | head -n 20
grep '^does not compile: ' <<<"$said"
exit 1
