#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# cli_input_test.sh [SOTER] -- files that are not what they should be.
#
# Goal: each gets one line that names it and says why and what to do, and status
# 2, wherever it is named; junk that can be read is refused, with status 1; no
# file is read further than its limit.

set -u
. "$(dirname "$0")/../flow/cli_tap.sh"

good=$vectors/classic-salt20
key=$vectors/keys/ask-a-10115.pem

: >"$tmp/empty"
mkdir "$tmp/folder"
head -c 3000 /dev/zero | tr '\0' '\377' >"$tmp/junk"
head -c 1073741824 /dev/zero >"$tmp/huge" 2>/dev/null ||
    truncate -s 1073741824 "$tmp/huge"
ln -s loop "$tmp/loop"
cp "$key" "$tmp/closed"
chmod 000 "$tmp/closed"

# Root may read everything: ask as somebody else.
as_nobody=()
if [ "$(id -u)" -eq 0 ]; then
	cp "$soter" "$tmp/soter"
	chmod 755 "$tmp/soter"
	as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${as_nobody[@]}" "$tmp/soter" --version >/dev/null 2>&1 ||
	    as_nobody=(false)
fi

# Each place where a file can be named; FILE stands for it.
places="--signed of authkey|verify authkey --signed FILE --sig $good/ask-10115.sig --key $key
--sig|verify authkey --signed $good/authkey-10115-pay.json --sig FILE --key $key
--key|verify authkey --signed $good/authkey-10115-pay.json --sig $good/authkey-10115-pay.sig --key FILE
--roots|verify ask --signed $good/ask-10115.json --sig $good/ask-10115.sig --roots FILE
--other-key|verify authkey --signed $good/authkey-10115-pay.json --sig $good/authkey-10115-pay.sig --key $key --other-key x=FILE
--profile-root|verify authkey --signed $vectors/chain/authkey-10316-pay.json --sig $vectors/chain/authkey-10316-pay.sig --key $vectors/chain/ask.json --profile-root FILE
explain|explain authkey --signed FILE --sig $good/ask-10115.sig --key $key
inspect|inspect FILE"

files='a file that is not there|none|no such file
an empty file|empty|is empty
a directory|folder|is a directory
a file below a file|empty/x|no folder
a symbolic link to itself|loop|go round
no permission|closed|no permission'

# names FILE TEXT ARGUMENT...: status 2, one line that names the file.
names()
{
	local file=$1 text=$2
	shift 2
	says 2 "$text" "$@" && says 2 "soter: $file: " "$@"
}

while IFS='|' read -r place line; do
	while IFS='|' read -r what file text; do
		read -r -a words <<<"${line//FILE/$tmp/$file}"
		if [ "$file" != closed ] || [ "$(id -u)" -ne 0 ]; then
			row "$place: $what" names "$tmp/$file" "$text" \
			    "${words[@]}"
		elif [ "${as_nobody[0]}" = false ]; then
			skip "$place: $what" 'root, and setpriv(1) cannot help'
		else
			closed() { local soter=$tmp/run; names "$@"; }
			printf '#!/bin/sh\nexec %s %s "$@"\n' \
			    "${as_nobody[*]}" "$tmp/soter" >"$tmp/run"
			chmod 755 "$tmp/run"
			row "$place: $what" closed "$tmp/$file" "$text" \
			    "${words[@]}"
		fi
	done <<<"$files"
	[ "$place" = --roots ] && continue
	read -r -a words <<<"${line//FILE/$tmp/huge}"
	row "$place: 1 GiB" names "$tmp/huge" 'is longer than' "${words[@]}"
done <<<"$places"

# consumed LIMIT ARGUMENT...: of 1 GiB on standard input, just so much is read.
consumed()
{
	local limit=$1 place
	shift
	{
		"$soter" "$@" >"$tmp/out" 2>"$tmp/err"
		place=$(python3 -c 'import os; print(os.lseek(0, 0, 1))')
	} <"$tmp/huge"
	echo "read: $place bytes"
	grep -q 'is longer than' "$tmp/err" && [ "$place" -eq "$limit" ]
}
row '1 GiB: a signed text is read to its limit' consumed 1048577 \
    verify authkey --signed - --sig "$good/ask-10115.sig" --key "$key"
row '1 GiB: a key is read to its limit' consumed 131073 verify authkey \
    --signed "$good/authkey-10115-pay.json" --key - \
    --sig "$good/authkey-10115-pay.sig"
row '1 GiB: a signature is read to its limit' consumed 131073 \
    verify authkey --signed "$good/authkey-10115-pay.json" --sig - --key "$key"
row '1 GiB: inspect reads to its limit' consumed 1048577 inspect -
row '1 GiB: roots are read to their limit' consumed 67108865 verify ask \
    --signed "$good/ask-10115.json" --sig "$good/ask-10115.sig" --roots -
endless() { yes 2>/dev/null | says 2 'is longer than' inspect -; }
row 'a pipe that never ends' endless
row 'a device that never ends' says 2 'is longer than' inspect /dev/zero
row 'a device that is empty' says 2 'is empty' inspect /dev/null
nothing() { says 2 'is empty' inspect - </dev/null; }
row 'nothing on standard input' nothing
closed_stdin() { says 2 'cannot be read' inspect - <&-; }
row 'standard input is closed' closed_stdin

# Junk that can be read is somebody's upload: refused, with a reason.
row 'junk as a blob' says 1 'refused: limit' verify authkey \
    --signed "$tmp/junk" --key "$key"
row 'junk as a text' says 1 'refused: signature' verify authkey \
    --signed "$tmp/junk" --sig "$good/ask-10115.sig" --key "$key"
row 'junk as a signature' says 1 'refused: base64' verify authkey \
    --signed "$good/authkey-10115-pay.json" --sig "$tmp/junk" --key "$key"
row 'junk as a key is the own mistake' says 2 'no usable public key' \
    verify authkey --signed "$good/authkey-10115-pay.json" \
    --sig "$good/authkey-10115-pay.sig" --key "$tmp/junk"
row 'junk to inspect' says 1 'nothing that SOTER knows' inspect "$tmp/junk"
row 'junk to explain' says 1 'refused: signature' explain authkey \
    --signed "$tmp/junk" --sig "$good/ask-10115.sig" --key "$key"
head -c 20000 /dev/zero | tr '\0' x >"$tmp/long"
row 'a text above the limit of signed texts' says 1 'refused: limit' \
    verify authkey --signed "$tmp/long" --sig "$good/ask-10115.sig" --key "$key"
printf '{"certs":' >"$tmp/certs"
row 'the beginning of a chain' says 1 'refused: json' verify ask \
    --signed "$tmp/certs"
printf '{' >"$tmp/brace"
row 'a brace alone has no signature' says 2 'add --sig' verify ask \
    --signed "$tmp/brace"

finish
