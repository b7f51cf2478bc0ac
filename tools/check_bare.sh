#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/check_bare.sh BUILD... -- base and wire, as they were compiled, call
# nothing but each other and what any TEE has: memory and strings.

set -u
. "$(dirname "$0")/common.sh"

allowed='mem(cpy|move|set|cmp|chr)|str(len|cmp|ncmp)'
allowed="__($allowed)_chk|$allowed|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_"

for build in "$@"; do
	archives="$build/src/base/libbase.a $build/src/wire/libwire.a"
	# shellcheck disable=SC2086
	wanted=$(nm -A --undefined-only $archives) || exit 1
	# shellcheck disable=SC2086
	given=$(nm --defined-only -j $archives | grep -E '^[a-z_0-9]+$')
	if [ -z "$given" ]; then
		echo "$archives: empty"
		exit 1
	fi
	if grep ' U ' <<<"$wanted" | grep -vE " U ($allowed)\$" |
	    grep -vwFf <(echo "$given"); then
		echo "base and wire may not call these"
		exit 1
	fi
done
