#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/memcheck.sh TEST [SOTER...] -- run a test under valgrind; any error or
# leak ends it with status 99.  If the test is a script, the command that it
# gets as its first argument is what runs under valgrind.

set -u

memcheck='valgrind -q --error-exitcode=99 --leak-check=full'

if [ "$(head -c 2 "$1" | tr '\0' ' ')" != '#!' ]; then
	# shellcheck disable=SC2086
	exec $memcheck "$@"
fi

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$memcheck" "$2" >"$folder/soter"
chmod 755 "$folder/soter"
"$1" "$folder/soter" "${@:3}"
