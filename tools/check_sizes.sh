#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/check_sizes.sh BUILD -- what must be small is small.  Prints the bytes
# of each file without its debug information, or of its code, and the limit.

set -eu
. "$(dirname "$0")/common.sh"

build=$1
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
failed=0

# small FILE LIMIT
small()
{
	local size

	strip -o "$stripped" "$build/$1"
	size=$(stat -c %s "$stripped")
	printf '%-44s %7d of %7d bytes\n' "$1" "$size" "$2"
	[ "$size" -le "$2" ] || failed=1
}

# code FILE LIMIT: its code and constants, as a TEE would load them.
code()
{
	local size

	size=$(size -A "$build/$1" |
	    awk '$1 ~ /^\.(text|rodata|init|fini|plt)/ { n += $2 }
		END { print n }')
	printf '%-44s %7d of %7d bytes\n' "$(basename "$1")" "$size" "$2"
	[ "$size" -le "$2" ] || failed=1
}

small src/teec/libsoter-teec.so.0.1.0 24576
small src/device/core/libsoter-core.so.0.1.0 40960
small src/device/wrapper/libsoter.so.0.1.0 71680
code src/ta/soter/cc0b2bae-3923-49ff-aafb-2e353ffef804.so 65536

exit "$failed"
