# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# tools/common.sh -- what the scripts here share.  Sourced, not run: it brings
# the script to the root of the checkout.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# The trees that we write in C.
c_folders='src include tests fuzz bench tools examples'

# find_c NAME...: our C files with these name patterns, sorted, one a line.
find_c()
{
	local folder found=() names=(-false)

	for folder in $c_folders; do
		[ -d "$folder" ] && found+=("$folder")
	done
	for name in "$@"; do
		names+=(-o -name "$name")
	done
	find "${found[@]}" -type f \( "${names[@]}" \) | LC_ALL=C sort
}

# configure NAME OPTION...: make build/NAME ready, or leave it as it is if it
# was made with the same options.  CC chooses the compiler.
configure()
{
	local dir=build/$1 want
	shift

	want="CC=${CC:-cc} $*"
	if [ -f "$dir/build.ninja" ] && [ -f "$dir/house-options" ] &&
	    [ "$(cat "$dir/house-options")" = "$want" ]; then
		return 0
	fi
	rm -rf "$dir"
	meson setup "$dir" "$@" || return 1
	echo "$want" >"$dir/house-options"
}

# The builds that more than one script uses.
configure_gcc()
{
	CC=gcc configure gcc
}

# Unit tests and fuzz targets under the address and undefined-behaviour
# sanitizers.
configure_clang()
{
	CC=clang configure clang -Dfuzz=true -Db_sanitize=address,undefined
}

# git, wherever the checkout lies and whoever owns it.
in_git()
{
	git -c safe.directory="$PWD" "$@"
}

# steady COMMAND...: without address randomisation where that can be had; the
# sanitizers of clang 14 cannot place their tables on some kernels else.
steady()
{
	if setarch -R true 2>/dev/null; then
		setarch -R "$@"
	else
		"$@"
	fi
}
