#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/check_sizes.sh BUILD -- what must be small is small.  Prints the bytes
# of each file without its debug information, and its limit.

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

small src/teec/libsoter-teec.so.0.1.0 24576

exit "$failed"
