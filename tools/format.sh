#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/format.sh [--check] -- put every C file into the form that
# .clang-format describes, or only say which ones are not.

set -u
. "$(dirname "$0")/common.sh"

if [ "${1:-}" != --check ]; then
	find_c '*.[ch]' | xargs -r clang-format -i || exit
	# A comment that did not fit settles in the second pass.
	find_c '*.[ch]' | xargs -r clang-format -i
	exit
fi

said=$(find_c '*.[ch]' | xargs -r clang-format --dry-run -Werror 2>&1) && exit

places=$(grep -oE '^[^ :]+:[0-9]+:[0-9]+: error' <<<"$said" |
    cut -d: -f1 | uniq -c | awk '{ print $2 ": " $1 " places" }')
echo "${places:-$said}"
echo "make format puts it right"
exit 1
