#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/coverage.sh -- how many lines of the core the tests reach, folder by
# folder; fails below the floor.  The pages are in build/coverage/html.

set -u
. "$(dirname "$0")/common.sh"

floor=95
folders='src/wire src/crypto src/chain'
dir=build/coverage

tools/setup.sh check || exit 1
mkdir -p build
{
	# Threads count too: without "atomic" some sums come out negative.
	CC=gcc configure coverage -Db_coverage=true -Dbuildtype=debug \
	    -Dwerror=false -Dc_args=-fprofile-update=atomic &&
	    meson compile -C $dir
} >build/coverage.log 2>&1 || {
	tail -n 40 build/coverage.log
	exit 1
}
find $dir -name '*.gcda' -delete
meson test -C $dir --suite unit --suite cli --suite hostile \
    >>build/coverage.log 2>&1 || {
	tools/tally.py $dir/meson-logs/testlog.json
	echo "coverage: tests failed, so the figures would mean little"
	exit 1
}
trap 'rm -f ./*.gcov' EXIT	# what gcovr forgets if it fails
gcovr --root . --json $dir/all.json $dir || exit 1

failed=0
wanted=()
for folder in $folders; do
	wanted+=(--filter "$folder/")
	lines=$(gcovr --root . -a $dir/all.json --filter "$folder/" \
	    --print-summary --fail-under-line "$floor" -o $dir/summary \
	    2>/dev/null) || failed=1
	printf '%-12s %s\n' "$folder" "$(grep '^lines:' <<<"$lines")"
done
mkdir -p $dir/html
gcovr --root . -a $dir/all.json "${wanted[@]}" --html-details \
    $dir/html/index.html
if [ "$failed" -ne 0 ]; then
	gcovr --root . -a $dir/all.json "${wanted[@]}"
	echo "coverage: below $floor % in one of $folders"
fi
echo "coverage: the lines are in $dir/html/index.html"
exit "$failed"
