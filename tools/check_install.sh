#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/check_install.sh BUILD -- what is installed is enough: install below a
# temporary root, look whether each program has its page and each unit its
# program and user, compile every examples/*.c against it through pkg-config,
# shared and static, and run it.  No header or library of the checkout is
# within reach.

# shellcheck disable=SC2046,SC2086	# many lists of words here
set -eu
. "$(dirname "$0")/common.sh"

build=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

meson install -C "$build" --no-rebuild --quiet --destdir "$root"
echo "installed:"
(cd "$root" && find . -type f -o -type l | LC_ALL=C sort)

missing()
{
	echo "$*"
	exit 1
}

# has_page NAME [SECTION]
has_page()
{
	find "$root" -path "*/man/man${2:-[18]}/$1.${2:-[18]}*" | grep -q .
}

# of_unit UNIT KEY: its values, without what stands behind the first blank.
of_unit()
{
	sed -n "s/^$2=\([^ ]*\).*/\1/p" "$1"
}

find "$root" -type f \( -path '*/bin/*' -o -path '*/sbin/*' \) >"$root/list"
while read -r program; do
	has_page "${program##*/}" || missing "${program##*/} has no page"
done <"$root/list"
find "$root" -name '*.service' >"$root/list"
[ -s "$root/list" ] || missing 'no unit was installed'
while read -r unit; do
	program=$(of_unit "$unit" ExecStart)
	[ -x "$root$program" ] || missing "$unit: no $program"
	find "$root" -path '*/sysusers.d/*' -exec cat {} + |
	    grep -q "^u $(of_unit "$unit" User) " ||
	    missing "$unit: nobody makes its user"
	page=$(of_unit "$unit" Documentation)
	page=${page#man:}
	section=${page##*(}
	has_page "${page%(*}" "${section%)}" || missing "$unit: no page $page"
done <"$root/list"

pc=$(find "$root" -name libsoter-verify.pc)
[ -n "$pc" ] || { echo "libsoter-verify.pc was not installed"; exit 1; }
lib=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$root

# What a program may call is what the headers say, and all of it: library, its
# headers, and functions of a header that is not wholly its own.
libraries='
libsoter-verify  soter.h verify.h
libsoter-core    core.h soter_code_find soter_rc_text soter_rc_word soter_text
libsoter         wrapper.h
libsoter-http    http.h
'
while read -r library words; do
	[ -n "$library" ] || continue
	promised=$(for word in $words; do
		case $word in
		*.h) cat "$(find "$root" -path "*/include/soter/$word")" ;;
		*) echo "SOTER_PUBLIC $word();" ;;
		esac
	done | tr '\n' ' ' | grep -oE 'SOTER_PUBLIC [^;(]*\(' |
	    grep -oE '[a-z0-9_]+\($' | tr -d '(' | LC_ALL=C sort -u)
	exported=$(nm -D --defined-only "$lib/$library.so" |
	    awk '$2 != "A" { print $3 }' | LC_ALL=C sort)
	if [ "$promised" != "$(sed 's/@.*//' <<<"$exported" | sort -u)" ]; then
		echo "$library: the headers promise (<), the library has (>):"
		diff <(echo "$promised") <(sed 's/@.*//' <<<"$exported") || :
		exit 1
	fi
	if grep -v '@@SOTER_' <<<"$exported"; then
		echo "$library: these symbols have no version"
		exit 1
	fi
done <<<"$libraries"

# text FILE FIELD: a text of a signed JSON.
text()
{
	grep -oE "\"$2\": *\"[^\"]*\"" "$1" | sed 's/.*"\(.*\)"/\1/'
}

# The examples stand alone: they are compiled away from our headers.
v=tests/vectors/classic-salt20
device=$(text $v/ask-10115.json cpu_id)
challenge=$(text $v/result-10115-pay.json raw)
chain="$v/ask-10115.bin $v/authkey-10115-pay.bin $v/result-10115-pay.bin"

# Every way to run an example: the status it must end with, then the call.
runs="
0 verify tests/vectors/keys/attk-a.pem $device $chain $challenge
1 verify tests/vectors/keys/attk-a.pem $device $chain another
1 verify tests/vectors/keys/attk-b.pem $device $chain $challenge
1 pay http://127.0.0.1:1
"

# What an example is linked with, in which forms.
links='
verify  shared static  libsoter-verify
pay     shared -       libsoter libsoter-http
'
# pay finds no service, and keeps its status here.
export SOTER_SOCKET=$root/nothing XDG_STATE_HOME=$root/state

strict='-std=c11 -Wall -Wextra -Wpedantic -Werror'
for source in examples/*.c; do
	name=$(basename "$source" .c)
	cp "$source" "$root/"
	grep -q "^[0-9] $name " <<<"$runs" || {
		echo "$source: tools/check_install.sh does not run it"
		exit 1
	}
	read -r _ shared static packages < <(grep "^$name " <<<"$links")
	(cd "$root" && gcc $strict -o "$name.$shared" "$name.c" \
	    $(pkg-config --cflags --libs $packages))
	[ "$static" = - ] || (cd "$root" && gcc $strict -static \
	    -o "$name.$static" "$name.c" \
	    $(pkg-config --static --cflags --libs $packages))
done

while read -r want name words; do
	[ -n "$name" ] || continue
	for program in "$root/$name".shared "$root/$name".static; do
		[ -x "$program" ] || continue
		status=0
		echo "${program##*/} $words"
		LD_LIBRARY_PATH=$lib "$program" $words || status=$?
		[ "$status" = "$want" ] && continue
		echo "${program##*/} ended with status $status, not $want"
		exit 1
	done
done <<<"$runs"
