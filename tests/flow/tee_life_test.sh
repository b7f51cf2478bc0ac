#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tee_life_test.sh PROGRAM SOTER BUILD -- the whole life of a device against a
# soter-teed of our own, in a folder: tee_life.c says what is asked; here the
# processes are, and `soter verify` says what it thinks of what was signed.

set -u
tee_build=$(realpath "$3")
. tools/tee_host.sh
program=$(realpath "$1")
. "$(dirname "$0")/cli_tap.sh" "$2"

# life NAME first|again: its rows, as ours.
life()
{
	local line

	"$program" "$tmp/made" "$2" >"$tmp/life" 2>&1 ||
	    echo "not ok - $1: exit status $?" >>"$tmp/life"
	while read -r line; do
		case $line in
		'ok '*|'not ok '*)
			rows=$((rows + 1))
			[ "${line%% *}" = ok ] || failed=$((failed + 1))
			echo "${line%%ok *}ok $rows - $1: ${line#* - }" ;;
		'1..'*)	;;
		*)	echo "# ${line#\# }" ;;
		esac
	done <"$tmp/life"
}

mkdir "$tmp/made" "$tmp/tee"
trap 'tee_stop "$tmp/tee"; rm -rf "$tmp"' EXIT
row 'soter-teed is made ready' tee_make "$tmp/tee" service factory enroller
row 'it starts' tee_start "$tmp/tee"
export SOTER_TEE_SOCKET=$tmp/tee/socket
life 'first' first

printf '{"device_id":"%s","attk_version":1,"pub_pem":"%s","class":"test","status":"active"}\n' \
    "$(cat "$tmp/made/device_id")" \
    "$(sed ':a;N;$!ba;s/\n/\\n/g' "$tmp/made/attk.pem")" >"$tmp/made/roots.jsonl"
challenge=$(cat "$tmp/made/challenge")
check_all()
{
	local fid counter
	read -r counter fid <"$tmp/made/numbers"

	says 0 verified verify ask --class test --signed "$tmp/made/ask.bin" \
	    --roots "$tmp/made/roots.jsonl" &&
	    says 0 verified verify authkey --class test \
		--signed "$tmp/made/authkey.bin" --key "$tmp/made/ask.bin" &&
	    says 0 verified verify result --class test \
		--signed "$tmp/made/result.bin" --key "$tmp/made/authkey.bin" \
		--challenge "$challenge" --fid "$fid" \
		--counter-above $((counter - 1)) &&
	    says 1 counter_behind verify result --class test \
		--signed "$tmp/made/result.bin" --key "$tmp/made/authkey.bin" \
		--challenge "$challenge" --counter-above "$counter"
}
row 'soter verify accepts each link' check_all

tee_stop "$tmp/tee"
row 'it starts again' tee_start "$tmp/tee"
life 'again' again
row 'soter verify accepts what is signed after a restart' check_all
finish
