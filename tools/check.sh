#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/check.sh [long] -- every test, cheapest first.  A step that fails does
# not stop the others.  The last line is "N passed, N failed, N skipped".

set -u
. "$(dirname "$0")/common.sh"

out=build/check
fuzz_seconds=10
patience=2
if [ "${1:-}" = long ]; then
	export SOTER_TEST_SIZE=long
	fuzz_seconds=300
	patience=30
fi
[ -n "${SOTER_REAL_VECTORS:-}" ] || unset SOTER_REAL_VECTORS
passed=0 failed=0 skipped=0 number=0

# step TITLE COMMAND...: run one step, say how it went and how long it took.
# Its output goes to a log.  If that ends in "rows: P F S" (tools/tally.py) so
# many rows are counted, else one: passed, or skipped if the status is 77.
step()
{
	local title=$1 begin=$SECONDS status=0 log rows verdict=ok
	shift
	number=$((number + 1))
	log=$out/$number.log

	printf '%-46s' "$title"
	"$@" >"$log" 2>&1 </dev/null || status=$?
	rows=$(sed -n 's/^rows: \([0-9]* [0-9]* [0-9]*\)$/\1/p' "$log" |
	    tail -n 1)
	if [ -z "$rows" ]; then
		case $status in
		0)	rows='1 0 0' ;;
		77)	rows='0 0 1' verdict=skipped ;;
		*)	rows='0 1 0' ;;
		esac
	fi
	read -r p f s <<<"$rows"
	[ "$status" -eq 0 ] || [ "$status" -eq 77 ] || [ "$f" -gt 0 ] || f=1
	[ "$f" -eq 0 ] || verdict=FAILED
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	printf '%-8s %4d s  %6d %s\n' "$verdict" $((SECONDS - begin)) \
	    $((p + f + s)) "$([ $((p + f + s)) = 1 ] && echo row || echo rows)"
	tell "$log" "$f" "$status"
}

# tell LOG FAILED STATUS: what the reader must see of a step's log.
tell()
{
	if grep -q '^FAILED ' "$1"; then
		sed -n '/^FAILED /,/^rows: /{/^rows: /!p}' "$1" | head -n 60
	elif [ "$2" -gt 0 ]; then
		tail -n 40 "$1"
	elif [ "$3" -eq 77 ]; then
		tail -n 1 "$1"
	else
		grep '^skipped ' "$1"
	fi | sed 's/^/    /'
	[ "$2" -eq 0 ] || echo "    (all of it: $1)"
}

# tests BUILD OPTION...: run tests of a build and count their rows.
tests()
{
	local dir=build/$1 status=0 logs
	shift

	logs=$dir/meson-logs
	rm -f "$logs"/testlog*.json
	steady meson test -C "$dir" -t "$patience" "$@" || status=$?
	tools/tally.py "$(find "$logs" -name 'testlog*.json' | grep . ||
	    echo "$logs/testlog.json")" && return "$status"
}

scripts()
{
	find tools tests .ci -type f \( -name '*.sh' -o -path .ci/run \) \
	    -exec shellcheck -x -P SCRIPTDIR -S warning {} +
}

gcc_tests()
{
	configure_gcc && meson compile -C build/gcc && tests gcc
}

clang_tests()
{
	configure_clang && meson compile -C build/clang && tests clang
}

# A test that stands in no meson.build is a test that never runs.
all_built()
{
	local left_out

	left_out=$(comm -23 <(find_c '*.c' | grep -v '^examples/') <(
	    sed -nE 's|^ *"file": "(\.\./)*(.*)",?$|\2|p' \
	    build/{gcc,clang,tpmless}/compile_commands.json | LC_ALL=C sort -u))
	[ -n "$left_out" ] || return 0
	echo "in no meson.build:"
	echo "$left_out"
	return 1
}

fuzz()
{
	tools/fuzz.sh "$fuzz_seconds" >$out/fuzz.tap
	tools/tally.py $out/fuzz.tap
}

# On a machine without the TPM's library the file providers work, and who asks
# for a TPM is told that there is none, not given a file instead.
tpmless()
{
	local said

	CC=gcc configure tpmless -Dtpm=disabled &&
	    tests tpmless sealer anchor store teed tee_life || return 1
	for provider in sealer anchor; do
		said=$(timeout 20 build/tpmless/src/teehost/soter-teed \
		    --$provider tpm 2>&1)
		[ $? -eq 2 ] && [[ $said = *"without the library of a TPM"* ]] ||
		    { echo "--$provider tpm: $said"; return 1; }
	done
}

# base and wire alone: nothing that was not built with the sanitizer.
memory_tests()
{
	CC=clang configure memory -Dbare=true -Db_sanitize=memory &&
	    meson compile -C build/memory && tests memory
}

thread_tests()
{
	CC=clang configure thread -Db_sanitize=thread &&
	    tests thread --suite threads
}

# In full size this would take hours.
valgrind_tests()
{
	SOTER_TEST_SIZE=short patience=40 tests gcc --suite crypto --suite chain \
	    --suite memcheck --wrapper "$PWD/tools/memcheck.sh"
}

# Only what git knows how to compare.
tree()
{
	in_git status --porcelain --untracked-files=all 2>/dev/null
}

clean_tree()
{
	$in_checkout || { echo "not a git checkout"; return 77; }
	[ "$tree_before" != "$(tree)" ] || return 0
	diff <(echo "$tree_before") <(tree)
	echo "the build or the tests changed these files"
	return 1
}

rm -rf $out
mkdir -p $out
begin=$SECONDS in_checkout=true
tree_before=$(tree) || in_checkout=false

if tools/setup.sh check; then
	step 'layers: who includes whom' tools/check_layers.sh
	step 'no path of one machine' tools/check_paths.sh
	step 'form of the C files' tools/format.sh --check
	step 'shell scripts' scripts
	step 'headers, each alone, C and C++' tools/check_headers.sh
	step 'gcc: build, all tests' gcc_tests
	step 'base and wire need no library' tools/check_bare.sh build/gcc
	step 'trusted applications, arm64 and arm32' tools/check_freestanding.sh
	step 'sizes' tools/check_sizes.sh build/gcc
	step 'installed: headers, libraries, example' \
	    tools/check_install.sh build/gcc
	step 'clang, memory sanitizer: base and wire' memory_tests
	step 'clang, thread sanitizer' thread_tests
	step 'clang, address and undefined sanitizers' clang_tests
	step 'without the library of the TPM' tpmless
	step 'every C file is built' all_built
	step "fuzz targets, $fuzz_seconds s each" fuzz
	step 'valgrind: crypto, chain, command' valgrind_tests
	step 'nothing untracked or changed' clean_tree
else
	failed=1
fi

printf '%-54s %4d s\n' 'all of it' $((SECONDS - begin))
echo "$passed passed, $failed failed, $skipped skipped" | tee $out/closing
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
