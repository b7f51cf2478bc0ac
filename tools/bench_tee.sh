#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/bench_tee.sh BUILD BUILD1 -- what the TEE side costs: signing through
# the whole path, keys, memory, sizes.  BUILD1 is built with a counter block of 1.

set -eu
. "$(dirname "$0")/common.sh"

tee_build=$PWD/$1
. tools/tee_host.sh
work=$(mktemp -d "$PWD/build/bench-tee.XXXXXX")
chmod 755 "$work"
trap 'tee_stop "$work/tee"; rm -rf "$work"' EXIT

# run BUILD COMMAND...: its bench against a new device; COMMAND runs all of it.
run()
{
	local build=$1
	shift
	tee_run=("$@")
	tee_make "$work/tee" service factory enroller
	tee_start "$work/tee"
	# The processes of the TAs are there when somebody has asked for them.
	"$build/src/cli/soter" tee status >/dev/null
	"$build/src/cli/soter" sim status >/dev/null
	# shellcheck disable=SC2046	# several
	"$@" "$build/bench/tee" "$work" $(tee_pids "$work/tee")
}

# kib FIELD PID
kib()
{
	awk -v field="$1:" '$1 == field { print $2 }' \
	    "/proc/$2/smaps_rollup" 2>/dev/null
}

name_of()
{
	case $(cat "/proc/$1/comm") in
	*cc0b2bae*)	echo 'TA soter' ;;
	*6d209395*)	echo 'TA biometric' ;;
	*)		cat "/proc/$1/comm" ;;
	esac
}

memory()
{
	local pid

	printf '%-36s %8s %8s\n' 'memory after all that, KiB' PSS RSS
	for pid in $(tee_pids "$work/tee"); do
		[ -n "$(kib Pss "$pid")" ] || { echo '(only root may look)'
		    return; }
		printf '%-36s %8s %8s\n' "$(name_of "$pid")" \
		    "$(kib Pss "$pid")" "$(kib Rss "$pid")"
	done
}

# text FILE: bytes of code and constants, as the sections say.
text()
{
	size -A "$1" | awk '$1 ~ /^\.(text|rodata|init|fini|plt)/ { n += $2 }
	    END { print n }'
}

sizes()
{
	printf '%-36s %8s\n' 'size, bytes of code and constants' text
	printf '%-36s %8s\n' 'TA soter' "$(text "$tee_build/src/ta/soter/$tee_soter.so")" \
	    'TA biometric' "$(text "$tee_build/src/ta/biometric/$tee_biometric.so")"
	strip -o "$work/lib" "$tee_build/src/teec/libsoter-teec.so.0"
	printf '%-36s %8s\n' 'libsoter-teec, the file, stripped' \
	    "$(stat -c %s "$work/lib")"
}

echo '-- client and TEE on one core'
run "$tee_build" taskset -c 0
echo
memory
echo
sizes
tee_stop "$work/tee"
rm -rf "$work/tee"

echo
echo '-- on all cores'
run "$tee_build" env
tee_stop "$work/tee"
rm -rf "$work/tee"

echo
echo '-- on one core, each value of the counter made durable by itself'
tee_build=$PWD/$2
run "$PWD/$1" taskset -c 0
