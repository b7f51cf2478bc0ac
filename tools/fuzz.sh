#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/fuzz.sh [SECONDS [TARGET]] -- run every fuzz target, or one, for so
# long; prints TAP.  Inputs that were worth keeping stay in
# build/fuzz/TARGET/corpus; what broke something is in found/, and is tried
# again first.

set -u
. "$(dirname "$0")/common.sh"

# longest input: an export blob, or a chain ASK of four certificates
max_len=32768

# run_one SECONDS TARGET: one row.
run_one()
{
	local name=$2 dir=build/fuzz/$2 from=() status=0
	local seconds=$1
	# One of many out of the same source.
	[[ $name = ta_* ]] && seconds=$((seconds / 4 + 1))
	local options="-max_total_time=$seconds -max_len=$max_len -timeout=20
	    -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix=$dir/found/"

	mkdir -p "$dir/corpus" "$dir/found"
	for seeds in "$dir/found" "tests/fuzz-seeds/$name" tests/vectors; do
		[ -d "$seeds" ] && from+=("$seeds")
	done
	[ -f "fuzz/$name.dict" ] && options+=" -dict=fuzz/$name.dict"
	# shellcheck disable=SC2086
	"build/clang/fuzz/fuzz_$name" $options "$dir/corpus" "${from[@]}" \
	    >"$dir/log" 2>&1 || status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/log")
	if [ "$status" -eq 0 ] && [ "${runs:-0}" -gt 0 ]; then
		printf 'ok - %s: %s inputs\n' "$name" "$runs"
	else
		printf '%s\nnot ok - %s: see %s/log\n' "$(grep -E \
		    'ERROR|SUMMARY|Test unit|MUST|rror:' "$dir/log" |
		    tail -n 8 | sed 's/^/# /')" "$name" "$dir"
	fi
}
export -f run_one
export max_len

tools/setup.sh check >&2 || exit 1
{ configure_clang && meson compile -C build/clang; } >&2 || exit 1
targets=${2:-}
# What was built: some sources become a target for each command of a TA.
if [ -z "$targets" ]; then
	targets=$(find build/clang/fuzz -maxdepth 1 -name 'fuzz_*' -type f |
	    sed 's/.*fuzz_//' | LC_ALL=C sort)
fi
# shellcheck disable=SC2086
printf '%s\n' $targets | steady xargs -P 2 -I{} \
    bash -c 'run_one "$@"' - "${1:-60}" {} | tee build/fuzz.tap
printf '1..%d\n' "$(wc -w <<<"$targets")"
! grep -q '^not ok' build/fuzz.tap
