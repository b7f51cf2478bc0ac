#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tee_cli_test.sh SOTER BUILD -- the verbs `soter tee` and `soter sim`.
#
# Goal: each action does what the manual says, in words and as JSON; a refusal
# is exit status 1 with its word and number, a wrong command line or a TEE that
# is not there is 2 with one line; what was written to a file is whole.

set -u
tee_build=$(realpath "$2")
. tools/tee_host.sh
. "$(dirname "$0")/cli_tap.sh" "$1"

tee=$tmp/tee
mkdir "$tee"
trap 'tee_stop "$tee"; rm -rf "$tmp"' EXIT

# json FIELD ARGUMENT...: a member of the answer.
json()
{
	local field=$1
	shift
	"$soter" "$@" --json | sed -n "s/^ *\"$field\": \"\{0,1\}\([^\",]*\).*/\1/p"
}

# ------------------------------------------------------------ command lines

usage()
{
	row "usage: soter $2" says 2 "$1" ${2}
}

usage 'an action is missing; see `soter tee --help`' 'tee'
usage 'an action is missing; see `soter sim --help`' 'sim'
usage 'an action is missing; see `soter tee ask --help`' 'tee ask'
usage 'did you mean provision?' 'tee provison'
usage 'did you mean ask export?' 'tee ask exprt'
usage 'no such action' 'tee xxxxxxxxxxxx'
usage 'no such action' 'sim provision'
usage 'takes no word' 'tee status x'
usage 'FINGER is missing' 'sim touch'
usage 'one word too many' 'sim touch a b'
usage '--name KNAME is missing' 'tee authkey has'
usage '--challenge TEXT is missing' 'tee sign --name a'
usage '--session N is missing' 'tee finish-sign'
usage 'is not for `soter tee status`' 'tee status --uid 1'
usage 'is not for `soter tee keys`' 'tee keys --face'
usage 'is not for `soter sim touch`' 'sim touch a --pin 1234'
usage 'needs a number from 0 to 4294967295' 'tee keys --uid 4294967296'
usage 'needs a number' 'tee keys --uid x'
usage 'needs a number' 'tee keys --uid -1'
usage 'needs a number from 0 to 1' 'tee provision --copies 2'
usage 'needs a number from 0 to 60' \
    'tee sign --name a --challenge b --wait 61'
usage 'needs a number' 'tee finish-sign --session 9223372036854775808'
usage 'needs a number from 0 to 42949' 'sim list --user 42950'
usage 'a PIN has 4 to 32 bytes' 'sim unfreeze --pin 123'
usage 'not together with --pin' 'sim unfreeze --pin 1234 --pin-file x'
usage 'not together with --out -' 'tee attk --json --out -'
usage 'is no fid' 'sim remove x --pin 1234'
usage 'is no fid' 'sim remove 0 --pin 1234'
usage 'no such file' 'sim unfreeze --pin-file /nowhere'
usage 'no such file' 'tee provision --token /nowhere'
row 'a name of 128 bytes' says 2 '1 to 127 bytes' tee authkey has \
    --name "$(printf '%0128d' 0)"
row 'a challenge of 513 bytes' says 2 '1 to 512 bytes' tee sign --name a \
    --challenge "$(printf '%0513d' 0)"
printf '123' >"$tmp/short"
row 'a file with a PIN that is too short' says 2 'has 4 to 32 bytes' \
    sim unfreeze --pin-file "$tmp/short"
row 'a token of another length' says 2 'a factory token has 256 bytes' \
    tee provision --token "$tmp/short"
no_terminal() { setsid -w "$soter" sim unfreeze >"$tmp/o" 2>&1 </dev/null
    [ $? -eq 2 ] && grep -q 'no terminal to ask.*--pin-file' "$tmp/o"; }
row 'without a PIN and without a terminal' no_terminal

# ----------------------------------------------------------------- no TEE

export SOTER_TEE_SOCKET=$tmp/nothing
for action in status 'ask has' 'sign --name a --challenge b'; do
	row "no TEE: tee $action" says 2 "$tmp/nothing" tee $action
done
row 'no TEE: sim status' says 2 'start `soter-teed`' sim status
unset SOTER_TEE_SOCKET

# ------------------------------------------------------------- a whole life

row 'soter-teed is made ready' tee_make "$tee" factory enroller own
row 'it starts' tee_start "$tee"
row 'status of a new device' says 0 'provisioned     no' tee status
row 'status says that a rollback would not be noticed' says 0 \
    'would not be noticed' tee status
row 'self-test' says 0 ok tee self-test
row 'no device id yet' says 1 'refused: attk_not_provisioned (0x050d)' tee \
    device-id
row 'no root to verify' says 1 'refused: attk_not_exist (0x0502)' tee \
    attk-verify
row 'no ASK without a root' says 1 'refused: attk_not_provisioned (0x050d)' \
    tee ask generate
row 'provision' says 0 device_id tee provision --copies 1
row 'not a second time' says 1 \
    'refused: attk_already_provisioned (0x0514)' tee provision
device_id()
{
	[[ $(json device_id tee device-id) =~ ^[0-9a-f]{32}$ ]]
}
row 'the device id has 32 hex digits' device_id
row 'the root is whole' says 0 ok tee attk-verify
row 'its public key' says 0 'policy          "ok"' tee attk --out "$tmp/attk.pem"
pem_alone()
{
	"$soter" tee attk --out - | cmp - "$tmp/attk.pem" &&
	    "$soter" inspect "$tmp/attk.pem" | grep -q 'policy *"ok"'
}
row '... alone on standard output, and the file is a key' pem_alone
no_root_left() { "$soter" tee attk --out "$tmp/no/file" >"$tmp/o" 2>&1
    [ $? -eq 2 ] && grep -q 'cannot be written' "$tmp/o"; }
row '... a file that cannot be written' no_root_left

row 'no ASK yet' says 1 'refused: ask_not_ready (0x0505)' tee ask has
row 'nor an AuthKey' says 1 'refused: auth_key_not_ready (0x0506)' \
    tee authkey has --name pay
row 'ask generate' says 0 ok tee ask generate
row 'ask has' says 0 ok tee ask has
row 'ask export' says 0 "uid             \"$(id -u)\"" tee ask export \
    --out "$tmp/ask.bin"
row 'authkey generate' says 0 ok tee authkey generate --name pay
row 'authkey has' says 0 ok tee authkey has --name pay
row 'authkey export' says 0 claimed tee authkey export --name pay \
    --out "$tmp/authkey.bin"
row 'an export without --out says that nothing was kept' says 0 \
    'nothing was kept' tee ask export
blob_alone() { "$soter" tee ask export --out - >"$tmp/alone" &&
    "$soter" inspect "$tmp/alone" | grep -q '^an export blob'; }
row '... and alone on standard output' blob_alone
row 'a name that a terminal would obey' says 0 ok tee authkey generate \
    --name $'\e[31mred'
row '... is escaped in the list' says 0 '"pay", "\x1b[31mred"' tee keys
row '... and is removed by the same name' says 0 ok tee authkey remove \
    --name $'\e[31mred'
row 'a second time there is nothing to remove' says 1 auth_key_not_ready tee \
    authkey remove --name $'\e[31mred'
row "another uid's keys are not ours" says 1 \
    'refused: access_denied (0x0547)' tee authkey has --name pay --uid 4242
head -c 256 /dev/zero >"$tmp/token"
row 'without a factory key in it, the TA takes no token' says 1 \
    'refused: attk_already_provisioned' tee provision --token "$tmp/token"

# ----------------------------------------------------------------- a finger

printf '2580\n' >"$tmp/pin"
printf '0000' >"$tmp/wrong"
printf '13579\n' >"$tmp/new"
row 'the first PIN needs none before it' says 0 ok sim pin --new-file "$tmp/pin"
row 'a wrong PIN enrols nobody' says 1 'refused: pin_wrong (0x0540)' sim \
    enrol thumb --pin-file "$tmp/wrong"
row 'enrol' says 0 fid sim enrol thumb --pin-file "$tmp/pin"
row 'the same finger again' says 1 already_enrolled sim enrol thumb \
    --pin-file "$tmp/pin"
row 'a face' says 0 fid sim enrol me --face --pin-file "$tmp/pin"
row 'the list has both' says 0 'modality        "face"' sim list
row 'the PIN is changed' says 0 ok sim pin --pin-file "$tmp/pin" \
    --new-file "$tmp/new"
row 'the old one is gone' says 1 pin_wrong sim unfreeze --pin-file "$tmp/pin"
row 'status' says 0 'simulated       yes' sim status
fid=$(json fid sim enrol index --pin 13579)
row 'remove' says 0 ok sim remove "$fid" --pin 13579
row 'not a second time' says 1 not_enrolled sim remove "$fid" --pin 13579
asked()
{
	python3 - "$soter" <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], ['soter', 'sim', 'unfreeze'])
seen, typed = b'', False
while True:
    try:
        more = os.read(fd, 4096)
    except OSError:
        break
    if not more:
        break
    seen += more
    if not typed and b'PIN: ' in seen:
        os.write(fd, b'13579\n')
        typed = True
print(seen)
sys.exit(os.waitpid(pid, 0)[1] != 0 or not typed or b'13579' in seen or
         b'ok' not in seen)
END
}
if python3 -c 'import pty, os; os.close(pty.openpty()[0])' 2>/dev/null; then
	row 'a terminal is asked for the PIN, and does not show it' asked
else
	skip 'a terminal is asked' 'a pseudo-terminal is not there'
fi

# ------------------------------------------------------------------ signing

sign=(tee sign --name pay --challenge order-1)
row 'sign' says 0 fid "${sign[@]}" --touch thumb --out "$tmp/result.bin"
row '... with a face' says 0 'fc_n' "${sign[@]}" --touch me --face
row '... by nobody who is enrolled' says 1 \
    'refused: biometric_miss (0x0543)' "${sign[@]}" --touch 'a thief'
asks() { "$soter" "${sign[@]}" --wait 0 >"$tmp/o" 2>"$tmp/e"
    [ $? -eq 1 ] && grep -q '^refused: waiting_for_touch' "$tmp/o" &&
    grep -q 'touch the sensor' "$tmp/e"; }
row '... asks for a touch, and gives up' asks
row '... with a key that is not there' says 1 auth_key_not_ready tee sign \
    --name other --challenge x --touch thumb
sessions() { [ "$(json sessions tee status)" = 0 ]; }
row 'what failed has left no session behind' sessions
other_process()
{
	"$soter" "${sign[@]}" --wait 20 >"$tmp/o" 2>/dev/null &
	local pid=$! i

	for ((i = 0; i < 100; i++)); do
		"$soter" sim touch thumb >/dev/null
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	wait "$pid" && grep -q '^ok' "$tmp/o"
}
row 'a touch from another process' other_process

session=$(json session tee init-sign --name pay --challenge order-2)
row 'step by step: without a touch' says 1 \
    'refused: verification_failed (0x051a)' tee finish-sign \
    --session "$session"
row '... another session' says 1 'refused: unknown_error (0x05ff)' tee \
    finish-sign --session 1
row '... authenticate' says 0 fid tee authenticate --session "$session" \
    --touch thumb
row '... finish-sign' says 0 claimed tee finish-sign --session "$session" \
    --out "$tmp/result-2.bin"
row '... once' says 1 unknown_error tee finish-sign --session "$session"
session=$(json session tee init-sign --name pay --challenge order-3)
row '... cancel-sign' says 0 ok tee cancel-sign --session "$session"
row '... which ends it' says 1 unknown_error tee finish-sign \
    --session "$session"

# ------------------------------------------------------------------- verify

verify=(verify result --class test --key "$tmp/authkey.bin")
row 'soter verify accepts the AuthKey' says 0 verified verify authkey \
    --class test --signed "$tmp/authkey.bin" --key "$tmp/ask.bin"
row '... the result' says 0 verified "${verify[@]}" --challenge order-1 \
    --signed "$tmp/result.bin"
row '... not for another challenge' says 1 challenge_differs "${verify[@]}" \
    --challenge order-2 --signed "$tmp/result.bin"
row '... and the other result' says 0 verified "${verify[@]}" \
    --challenge order-2 --signed "$tmp/result-2.bin"

# --------------------------------------------------------------------- JSON

members()
{
	local want=$1
	shift
	"$soter" "$@" --json | python3 -c '
import json, sys
answer = json.load(sys.stdin)
want = sys.argv[1].split()
if list(answer) != want:
    sys.exit(f"members are {list(answer)}, wanted {want}")' "$want"
}

row 'JSON of a yes' members 'ok word number' tee ask has
row 'JSON of a refusal' members 'ok word number text next' tee authkey has \
    --name none
row 'JSON of status' members 'ok word number tee_n tee_v version salt_len
    provisioned factory_key asks authkeys sessions counter_block rollback_level
    rollback trouble' tee status
row 'JSON of sim status' members 'ok word number sensor simulated version user
    enrolled epoch pin_set pin_wait_ms misses freeze_ms steps_left' sim status
row 'JSON of the list' members 'ok word number enrolled' sim list
row 'JSON of the root' members 'ok word number key pub_pem' tee attk
row 'JSON of an export' members 'ok word number claimed file file_bytes' \
    tee ask export --out "$tmp/again.bin"

# ------------------------------------------------------------------ the end

row 'ask remove' says 0 ok tee ask remove
row '... takes the AuthKeys along' says 1 auth_key_not_ready tee authkey has \
    --name pay
died() { tee_kill_ta "$tee" && says 0 'provisioned     yes' tee status; }
row 'a TA that was killed comes back' died
tee_stop "$tee"
row 'and a TEE that was stopped is not there' says 2 "$tee/socket" tee status
finish
