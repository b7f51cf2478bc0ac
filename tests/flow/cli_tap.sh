# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# cli_tap.sh -- what the tests of the command share.  Sourced, not run: it takes
# the path of soter from $1 or the environment, and makes the folder $tmp.
#
#	row NAME COMMAND...	a row; it passes if the command succeeds
#	skip NAME WHY
#	finish			the plan and the exit status

soter=$(realpath "${1:-${SOTER:?the path of soter}}") || exit 1
# shellcheck disable=SC2034 # for the scripts that source this
vectors=tests/vectors
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
unset NO_COLOR
export LC_ALL=C.UTF-8
rows=0 failed=0

row()
{
	local name=$1
	shift
	rows=$((rows + 1))

	if "$@" >"$tmp/row" 2>&1; then
		echo "ok $rows - $name"
		return
	fi
	failed=$((failed + 1))
	head -n 20 "$tmp/row" | sed 's/^/# /'
	echo "not ok $rows - $name"
}

skip()
{
	rows=$((rows + 1))
	echo "ok $rows - $1 # SKIP $2"
}

finish()
{
	echo "1..$rows"
	[ "$failed" -eq 0 ] && [ "$rows" -gt 0 ]
}

# says STATUS TEXT ARGUMENT...: soter ends with this status and prints this text
# (or "" for any).  Status 2 means nothing on standard output and one line on
# standard error that says what to do; else standard error is empty.
says()
{
	local want=$1 text=$2 status=0
	shift 2

	"$soter" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	cat "$tmp/out" "$tmp/err"
	if [ "$status" -ne "$want" ]; then
		echo "exit status $status, wanted $want: soter $*"
		return 1
	fi
	if [ "$want" -ne 2 ] && [ -s "$tmp/err" ]; then
		echo "something on standard error: soter $*"
		return 1
	fi
	if [ "$want" -eq 2 ] && { [ -s "$tmp/out" ] ||
	    [ "$(wc -l <"$tmp/err")" -ne 1 ] ||
	    ! grep -q '^soter: .*[;:] ' "$tmp/err"; }; then
		echo "not one line of error: soter $*"
		return 1
	fi
	if ! cat "$tmp/out" "$tmp/err" | grep -qF -- "$text"; then
		echo "does not say \"$text\": soter $*"
		return 1
	fi
}

# says_not TEXT: the output of the last `says` is without this text.
says_not()
{
	! cat "$tmp/out" "$tmp/err" | grep -F -- "$1"
}
