#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# cli_usage_test.sh [SOTER] -- what the command says of itself.
#
# Goal: help, man pages, completion and the tables in the program say the same;
# a wrong command line gets one line that says what to do, and status 2.

set -u
. "$(dirname "$0")/cli_tap.sh"

man=packaging/man
completion=packaging/completion/soter

# ------------------------------------------------------------------ options

# The verbs with options: words of the command line, then the man page.
subjects='verify:soter-verify
verify ask:soter-verify
verify authkey:soter-verify
verify result:soter-verify
explain:soter-explain
explain ask:soter-explain
explain authkey:soter-explain
explain result:soter-explain
inspect:soter-inspect
errors:soter-errors
tee:soter-tee
tee ask:soter-tee
tee ask export:soter-tee
tee authkey generate:soter-tee
tee provision:soter-tee
tee sign:soter-tee
sim:soter-sim
sim enrol:soter-sim
sim pin:soter-sim
device:soter-device
device ask export:soter-device
device authkey valid:soter-device
device sign:soter-device
device prepare:soter-device
device remove:soter-device
device name:soter-device
tam:soter-tam
tam init:soter-tam
tam tenant:soter-tam
tam tenant add:soter-tam
tam model export:soter-tam
tam device import:soter-tam
tam device revoke:soter-tam
tam audit check:soter-tam
tam backup:soter-tam'

# help_options WORD...: the options that its --help shows.
help_options()
{
	"$soter" "$@" --help | sed -n 's/^  \(-h, \)\{0,1\}\(--[a-z-]*\).*/\2/p' |
	    sort
}

# man_options PAGE: the options that a man page has in bold.
man_options()
{
	grep -oE '\*--[a-z-]+\*' "$man/$1.1.scd" | tr -d '*' | sort -u
}

# completed WORD...: what completion offers for the last word.
completed()
{
	SOTER_LINE="soter $*" SOTER_PATH=$soter SOTER_SCRIPT=$completion \
	    bash -c 'soter() { :; }
	. "$SOTER_SCRIPT"
	read -r -a COMP_WORDS <<<"$SOTER_LINE"
	case $SOTER_LINE in *" ") COMP_WORDS+=("") ;; esac
	COMP_WORDS[0]=$SOTER_PATH
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_soter
	printf "%s\n" "${COMPREPLY[@]}"' | grep . | sort
}

has_options()
{
	[ "$(help_options "$@" | wc -l)" -ge 2 ]
}

# Each option of the help is one that getopt_long() knows.  Some command lines
# are whole with it, and do what they say: in a folder of their own.
takes_options()
{
	local option

	for option in $(help_options "$@"); do
		(cd "$tmp/scratch" && "$soter" "$@" "$option" x 2>&1 </dev/null) |
		    grep -F 'no such option' && return 1
	done
	return 0
}

man_has_them()
{
	local page=$1
	shift
	[ -z "$(comm -23 <(help_options "$@") <(man_options "$page"))" ]
}

man_has_no_more()
{
	local page=$1
	shift
	[ -z "$(comm -13 <(help_options "$@") <(man_options "$page"))" ]
}

completion_is_the_same()
{
	diff <(help_options "$@") <(completed "$@" --)
}

mkdir "$tmp/scratch"
export XDG_STATE_HOME=$tmp/scratch SOTER_TAM_STORE=$tmp/scratch/store \
    SOTER_SOCKET=$tmp/scratch/nothing SOTER_TEE_SOCKET=$tmp/scratch/nothing
before=$(ls -A)
while IFS=: read -r words page; do
	read -r -a line <<<"$words"
	row "$words --help shows options" has_options "${line[@]}"
	row "$words takes each of them" takes_options "${line[@]}"
	row "$page(1) has those of $words" man_has_them "$page" "${line[@]}"
	row "completion of $words is the same" completion_is_the_same \
	    "${line[@]}"
	[ "${#line[@]}" -gt 1 ] ||
	    row "$page(1) has no others" man_has_no_more "$page" "${line[@]}"
done <<<"$subjects"
row 'nothing of it is left where the test runs' [ "$(ls -A)" = "$before" ]

# A verb takes no option of another one.
row 'errors takes no --signed' says 2 'no such option' errors --signed x
row 'inspect takes no --key' says 2 'no such option' inspect --key x
row 'a short option that is none' says 2 '-x' verify -x
row '--json takes no argument' says 2 'takes no argument' errors --json=x
row '--sig needs an argument' says 2 'needs an argument' verify ask --sig

# -------------------------------------------------------------------- verbs

verbs_of_help()
{
	"$soter" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort -u
}

same_verbs()
{
	diff <(verbs_of_help) <(completed '' | grep -v '^-')
}

man_names_verbs()
{
	local verb

	for verb in $(verbs_of_help); do
		grep -q "^\*soter $verb\*" "$man/soter.1.scd" || return 1
	done
}

# actions_of_help VERB [GROUP]: the next words, as --help lists them.
actions_of_help()
{
	"$soter" "$@" --help | sed -n '/^  [a-z]/ { s/^  //; s/  .*//; p; }' |
	    cut -d ' ' -f $# | sort -u
}

same_actions()
{
	[ "$(actions_of_help "$@" | wc -l)" -ge 2 ] &&
	    diff <(actions_of_help "$@") <(completed "$* ")
}

# man_names_actions VERB: its page has each action in bold, whole or as a group.
man_names_actions()
{
	local action

	"$soter" "$1" --help | sed -n '/^  [a-z]/ { s/^  //; s/  .*//; p; }' |
	    sed 's/ [^a-z].*//' | while read -r action; do
		tr '\n' ' ' <"$man/soter-$1.1.scd" | grep -q "\*${action% *}[ *]" ||
		    { echo "$action"; exit 1; }
	done
}

completes_files()
{
	completed "$*" | grep -qx packaging
}

# help and --help behind it are the same text.
same_help()
{
	diff <("$soter" help "$@") <("$soter" "$@" --help)
}

pages_compile()
{
	local page

	for page in "$man"/*.scd; do
		scdoc <"$page" >/dev/null || return 1
	done
}

row 'without a verb' says 2 'a verb is missing'
row '--help' says 0 'usage: soter VERB' --help
row '-h' says 0 'usage: soter VERB' -h
row 'help' says 0 'usage: soter VERB' help
row '--version' says 0 'soter 0' --version
row 'version' says 0 'soter 0' version
row 'completion offers the verbs' same_verbs
row 'soter(1) names the verbs' man_names_verbs
for verb in tee sim device tam; do
	row "completion offers the actions of $verb" same_actions $verb
	row "soter-$verb(1) names them" man_names_actions $verb
done
row 'completion offers the actions of a group' same_actions tam tenant
row 'completion offers files where one is wanted' completes_files tam model \
    import pack
row 'all man pages compile' pages_compile
for verb in verify explain inspect errors tee sim device tam; do
	row "soter help $verb" same_help "$verb"
done
row 'soter help verify ask' same_help verify ask
row 'soter help tee ask export' same_help tee ask export
row 'a link has its own help' says 0 'usage: soter verify ask' verify ask --help
row '... wherever --help stands' says 0 'usage: soter verify ask' verify --help ask
row 'verb misspelt' says 2 'did you mean verify?' verfy
row 'help of a verb misspelt' says 2 'did you mean inspect?' help inspct
row 'verb that resembles none' says 2 'no such verb;' xxxxxxxxxxxxx
row 'verb in capitals' says 2 'no such verb' VERIFY

# ------------------------------------------------------------ command lines

text=$vectors/classic-salt20/result-10115-pay.json
sig=$vectors/classic-salt20/result-10115-pay.sig
key=$vectors/keys/authkey-a-10115-pay.pem
result=(verify result --signed "$text" --sig "$sig" --key "$key")

row 'no link' says 2 'needs ask, authkey or result' verify --signed "$text"
row 'a link that is none' says 2 'not one of' verify attk --signed "$text"
row 'two links' says 2 'one word too many' verify ask authkey
row 'no --signed' says 2 '--signed FILE is missing' verify ask
row 'no --key' says 2 '--key FILE is missing' verify authkey --signed "$text"
row 'no signature' says 2 'add --sig' verify result --signed "$text" \
    --key "$key" --challenge x
row 'no --challenge' says 2 '--challenge TEXT is missing' "${result[@]}"
row 'empty --challenge' says 2 'must not be empty' "${result[@]}" --challenge ''
row 'both --challenge and --no-challenge' says 2 'not together' \
    "${result[@]}" --challenge x --no-challenge
row 'both --key and --roots' says 2 'not together' verify ask \
    --signed "$text" --sig "$sig" --key "$key" --roots "$vectors/roots.jsonl"
for salt in 0 19 21 222 020 -20 0x14 20x ''; do
	row "--salt '$salt'" says 2 'must be 20 or 32' "${result[@]}" \
	    --challenge x --salt "$salt"
done
for class in prod TEST '' 1; do
	row "--class '$class'" says 2 'must be test or production' \
	    "${result[@]}" --challenge x --class "$class"
done
for counter in -1 '' 1.5 0x10 ' 1' 01 9223372036854775808 99999999999999999999; do
	row "--counter-above '$counter'" says 2 'needs a number' \
	    "${result[@]}" --challenge x "--counter-above=$counter"
done
for fid in '' x -1 1,2; do
	row "--fid '$fid'" says 2 'decimal number' "${result[@]}" \
	    --challenge x "--fid=$fid"
done
for deny in '' tee tee= xx=y tee==1 device=x=1 tee=x=; do
	row "--deny '$deny'" says 2 '--deny' "${result[@]}" --challenge x \
	    --deny "$deny"
done
for other in '' x x= =y; do
	row "--other-key '$other'" says 2 'NAME=FILE' "${result[@]}" \
	    --challenge x --other-key "$other"
done
row '--cpu-id of 129 bytes' says 2 '1 to 128' "${result[@]}" --challenge x \
    --cpu-id "$(printf '%0129d' 0)"
row 'the same option twice' says 2 'given twice' "${result[@]}" \
    --challenge x --challenge y
posix() { POSIXLY_CORRECT=1 says 1 challenge_differs "${result[@]}" \
    --challenge x; }
row 'options behind a word, POSIXLY_CORRECT' posix
for uid in '' x -1 ABC "$(printf '%033d' 0)"; do
	row "--uid '$uid'" says 2 'must be a number' "${result[@]}" \
	    --challenge x "--uid=$uid"
done
fingers=()
for fid in {1..65}; do
	fingers+=(--fid "$fid")
done
row 'more fingers than there is room' says 2 'more than 64' "${result[@]}" \
    --challenge x "${fingers[@]}"
row '--roots is for an ASK' says 2 'is not for' "${result[@]}" \
    --challenge x --roots "$vectors/roots.jsonl"
row '--fid is for a result' says 2 'is not for' verify ask --signed "$text" \
    --fid 1
row '--challenge is for a result' says 2 'is not for' verify authkey \
    --signed "$text" --key "$key" --challenge x
row '--profile-root is for an AuthKey' says 2 'is not for' verify ask \
    --signed "$text" --profile-root "$key"
row '--profile-root without a chain' says 2 'goes with a chain ASK' \
    verify authkey --signed "$text" --sig "$sig" --key "$key" \
    --profile-root "$key"
row 'inspect without a file' says 2 'FILE is missing' inspect
row 'inspect of two files' says 2 'one word too many' inspect a b
row 'errors with a word' says 2 'explain WORD' errors salt
row 'errors in two forms' says 2 'only one of' errors --json --markdown

# ---------------------------------------------------------------- catalogue

# entries FORM: "0xNNNN word" of each entry.
entries()
{
	case $1 in
	list)	"$soter" errors | sed -n 's/^\(0x[0-9a-f]*\)  \([a-z0-9_]*\) .*/\1 \2/p' ;;
	markdown) "$soter" errors --markdown |
		sed -n 's/^| \(0x[0-9a-f]*\) | `\([a-z0-9_]*\)` .*/\1 \2/p' ;;
	json)	"$soter" errors --json | python3 -c 'import json, sys
for x in json.load(sys.stdin):
    assert list(x) == ["word", "number", "name", "kind", "rule", "text", "next"]
    print("0x%04x %s" % (x["number"], x["word"]))' ;;
	header)	sed -n 's/^	[XP](SOTER_[A-Z0-9_]*, \(0x[0-9a-f]*\), "\([a-z0-9_]*\)".*/\1 \2/p' \
		    include/soter/soter.h ;;
	esac
}

same_entries()
{
	[ "$(entries header | wc -l)" -gt 60 ] &&
	    diff <(entries header) <(entries "$1")
}

# Each word and each number finds its entry.
every_entry_explained()
{
	local number word

	while read -r number word; do
		"$soter" explain "$word" | head -n 1 | grep -qF "$word ($number)" &&
		    "$soter" explain "$number" | head -n 1 |
		    grep -qF "$word ($number)" &&
		    "$soter" explain $((number)) | head -n 1 |
		    grep -qF "$word ($number)" || { echo "$word"; return 1; }
	done < <(entries header)
}

completes_words()
{
	diff <(entries header | cut -d ' ' -f 2 | sort) \
	    <(completed 'explain ' | grep -vx 'ask\|authkey\|result')
}

columns_are_whole()
{
	"$soter" errors --markdown | grep '^|' | sed 's/\\[|\\]//g' |
	    awk -F '|' 'NF != 7 { print; bad = 1 } END { exit bad }'
}

row 'errors prints the whole list' same_entries list
row 'errors --json too' same_entries json
row 'errors --markdown too' same_entries markdown
row 'each row of the markdown has five columns' columns_are_whole
row 'a backslash of the catalogue is one in markdown too' says 0 \
    'were rewritten to \\n |' errors --markdown
row 'every word and number is explained' every_entry_explained
row 'completion offers the words' completes_words
if [ -f docs/errors.md ]; then
	row 'docs/errors.md is what errors --markdown prints' \
	    diff docs/errors.md <("$soter" errors --markdown)
else
	skip 'docs/errors.md' 'it is not there'
fi
row 'a word that is none' says 2 'did you mean counter_behind?' explain \
    counter_behnd
row 'a number that is none' says 2 'no such word or number' explain 0xffff
row 'a number with a tail' says 2 'no such word or number' explain 0x0301x
row 'a number that is too large' says 2 'no such word or number' explain \
    4294968065
row 'a word with an option' says 2 'only --json' explain salt --key x
row 'a word as JSON' says 0 '"number": 514' explain salt --json

# ------------------------------------------------------------------- colour

escapes()
{
	LC_ALL=C grep -q "$(printf '\033')"
}

no_colour_in_a_pipe()
{
	! "$soter" errors | escapes && ! "$soter" "${result[@]}" \
	    --challenge x | escapes
}

# on_terminal COMMAND: its output when standard output is a terminal.
on_terminal()
{
	TERM=xterm script -qec "$1" /dev/null </dev/null
}

row 'no colour in a pipe' no_colour_in_a_pipe
if command -v script >/dev/null && on_terminal true >/dev/null 2>&1; then
	colour() { on_terminal "$soter errors" | escapes; }
	no_color() { ! on_terminal "NO_COLOR=1 $soter errors" | escapes; }
	dumb() { ! on_terminal "TERM=dumb $soter errors" | escapes; }
	json() { ! on_terminal "$soter errors --json" | escapes; }
	row 'colour on a terminal' colour
	row 'NO_COLOR on a terminal' no_color
	row 'a terminal without colour' dumb
	row 'JSON has no colour on a terminal' json
else
	skip 'colour on a terminal' 'script(1) or a pseudo-terminal is not there'
fi

if [ -w /dev/full ]; then
	full() { ! "$soter" "$@" >/dev/full 2>"$tmp/err" &&
	    grep -q 'cannot be written' "$tmp/err"; }
	row 'an answer that cannot be written is no answer' full "${result[@]}" \
	    --challenge "$(printf x)" --json
	row '... nor is the catalogue' full errors
else
	skip 'full disk' '/dev/full is not there'
fi

finish
