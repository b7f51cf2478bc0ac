#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/check_layers.sh -- fail if a folder of src/ includes one that it may
# not know, and name the line.  The public headers, soter/..., are for all.

set -u
. "$(dirname "$0")/common.sh"

# Folder, folders of ours it may include, libraries of others it may use.
# "all" lifts the rule.
rules='
base     -                                  -
wire     base                               -
service  base                               -
crypto   base                               openssl
net      base                               openssl,llhttp
store    base                               sqlite3,lmdb,libpq-fe
teec     base,wire                          -
chain    base,wire,crypto                   -
ta       base,wire                          -
teehost  base,wire,service,crypto           openssl,tss2
device   base,wire,service,teec             curl
web      base,wire,net,device               -
factory  base,wire,net,teec                 openssl
backend  base,wire,crypto,chain,net,store   -
tam      base,wire,service,crypto,chain,net,store gmp
fleet    base,wire,crypto,net,teec          openssl
cli      all                                all
'

libraries='openssl|curl|tss2|llhttp|sqlite3|lmdb|libpq-fe|gmp'

# These two also run inside a TEE: memory and strings, nothing else.
inside='base wire'
inside_headers='soter/soter\.h|std(bool|def|int|arg)\.h|string\.h|limits\.h'
heap='(malloc|calloc|realloc|free|alloca|strdup|strndup)'

# complain WHY: the lines of standard input with a reason; true if none came.
complain()
{
	sed "s|\$|   <- $1|" | { ! grep .; }
}

# lines PATTERN FOLDER: "file:line:text" of our C, comment lines left out.
lines()
{
	grep -rnE --include='*.[ch]' "$1" "$2" | grep -vE '^[^:]*:[0-9]+:\s*\*'
}

# includes FOLDER: "file:line:name", the name with its quotes or brackets.
includes()
{
	lines '#\s*include' "$1" |
	    sed -E 's/^([^:]*:[0-9]+:).*#\s*include\s*([^ \t]*).*/\1\2/'
}

# check_folder NAME OURS OTHERS: one row of the table.
check_folder()
{
	local name=$1 ours=${2//,/|} others=${3//,/|} bad=0

	includes "src/$name" >"$list"

	# Always with the folder: two headers cannot shadow each other then.
	grep -vE ':("[a-z0-9_]+(/[a-z0-9_]+)+\.h"|<[a-zA-Z0-9_./-]+>)$' "$list" |
	    complain 'write "folder/file.h" or <file.h>' || bad=1
	if [ "$ours" != all ]; then
		grep -E ":(\"|<($folders)/)" "$list" |
		    grep -vE ":\"($name|soter|$ours)/" |
		    complain "$name may include: $name ${2//,/ }" || bad=1
	fi
	if [ "$others" != all ]; then
		grep -E ":<($libraries)[./]" "$list" |
		    grep -vE ":<($others)[./]" |
		    complain "$name may not use this library" || bad=1
	fi
	return "$bad"
}

# check_inside NAME: no heap, no input or output, no clock.
check_inside()
{
	local bad=0

	includes "src/$1" | grep -E ':<' | grep -vE ":<($inside_headers)>" |
	    complain "$1 also runs inside a TEE" || bad=1
	lines "\\b$heap\\s*\\(" "src/$1" |
	    complain "$1 also runs inside a TEE: no heap" || bad=1
	return "$bad"
}

list=$(mktemp)
trap 'rm -f "$list"' EXIT
folders=$(awk 'NF { printf "%s%s", s, $1; s = "|" }' <<<"$rules")
failed=0

while read -r name ours others; do
	[ -n "$name" ] && [ -d "src/$name" ] || continue
	check_folder "$name" "$ours" "$others" || failed=1
done <<<"$rules"

for folder in src/*/; do
	name=$(basename "$folder")
	grep -q "^$name " <<<"$rules" && continue
	echo "src/$name: not in the table of tools/check_layers.sh"
	failed=1
done

for name in $inside; do
	check_inside "$name" || failed=1
done

# What we install must not need what we do not install.
includes include | grep -E ':"' | grep -vE ':"soter/' |
    complain 'a public header may include public headers only' || failed=1

exit "$failed"
