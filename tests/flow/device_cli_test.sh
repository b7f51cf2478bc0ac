#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# device_cli_test.sh SOTER BUILD -- the verb `soter device`.
#
# Goal: each action does what the manual says, in words and as JSON, against a
# real soterd; a refusal is exit status 1 with number and reason, a wrong command
# line or nobody to ask is 2.

set -u
tee_build=$(realpath "$2")
. tools/tee_host.sh
. tools/device_host.sh
. "$(dirname "$0")/cli_tap.sh" "$1"

device=$tmp/device
mkdir "$device"
trap 'device_stop "$device"; rm -rf "$tmp"' EXIT

# json FIELD ARGUMENT...: a member of the answer.
json()
{
	local field=$1
	shift
	"$soter" "$@" --json | sed -n "s/^ *\"$field\": \"\{0,1\}\([^\",]*\).*/\1/p"
}

# answers STATUS TEXT ARGUMENT...: as says, but a 2 comes with an answer too,
# and what is asked of the user may stand on standard error.
answers()
{
	local want=$1 text=$2 status=0
	shift 2

	"$soter" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	cat "$tmp/out" "$tmp/err"
	[ "$status" -eq "$want" ] && grep -qF -- "$text" "$tmp/out"
}

# ------------------------------------------------------------ command lines

usage()
{
	row "usage: soter $2" says 2 "$1" ${2}
}

usage 'an action is missing; see `soter device --help`' 'device'
usage 'an action is missing; see `soter device authkey --help`' 'device authkey'
usage 'did you mean selftest?' 'device self-test'
usage 'did you mean authorise?' 'device authorize'
usage 'takes no word' 'device status x'
usage 'KEY is missing' 'device extra'
usage 'UID is missing' 'device forget'
usage 'is no uid' 'device forget root'
usage '--name KNAME is missing' 'device authkey has'
usage '--challenge TEXT is missing' 'device sign --name a'
usage 'is not for `soter device status`' 'device status --name a'
usage 'is not for `soter device sign`' 'device sign --name a --challenge b --server x'
usage 'needs a number from 0 to 3600' 'device status --time 3601'
usage 'needs a number from 0 to 60' 'device sign --name a --challenge b --wait 61'
usage 'not together with --out -' 'device ask export --json --out -'
usage 'is missing: for whom' 'device init --ca x'
usage 'no such file' 'device init --server http://127.0.0.1 --authorization /nowhere'
usage 'did you mean supported?' 'device suported'
usage 'takes no word' 'device supported x'
usage 'takes no word' 'device version x'
usage '--name KNAME is missing' 'device authkey valid'
usage 'is not for `soter device ask valid`' 'device ask valid --name a'
usage '--scene N or --all is missing' 'device remove'
usage 'not together with --scene' 'device remove --all --scene 1'
usage 'not together with --account' 'device remove --all --account a'
usage 'is not for `soter device remove`' 'device remove --scene 1 --server x'
usage 'is not for `soter device init`' 'device init --all'
usage 'not together with --scene' 'device prepare --ask-only --scene 2'
usage 'is not for `soter device authorise`' 'device authorise --ask-only'
usage 'is not for `soter device name`' 'device name --status-dir x'
usage 'needs a number from 0 to 2147483647' 'device name --scene -1'
usage 'is no server' 'device init --server http://example.org'
usage 'is no server' 'device init --server ftp://127.0.0.1'

# --------------------------------------------------------------- no service

export SOTER_SOCKET=$tmp/nothing XDG_STATE_HOME=$tmp/home
row 'no soterd: status 2' answers 2 'no_device_service (0x0701)' device status
row 'no soterd: the step that failed' answers 2 'FAILED: no_device_service' \
    device selftest
row 'no soterd: a task' answers 2 'code            2' device init
row 'no soterd: nobody says that it is supported' answers 2 no_device_service \
    device supported
row 'no soterd: no version' answers 2 no_device_service device version
row 'no soterd: a removal' answers 2 'code            5' device remove --all
row 'no soterd: a name needs none' answers 0 \
    "name            \"Wechatuid$(id -u)_bob_scene7\"" \
    device name --scene 7 --account bob
row 'an account that is no part of a name' says 2 'account: cannot be used' \
    device name --account 'a b'

# A socket that is there, and closed to who asks.
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' \
    "$tmp/closed"
chmod 0 "$tmp/closed"
chmod 711 "$tmp"
somebody=()
[ "$(id -u)" -ne 0 ] ||
    somebody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
is_closed()
{
	local status=0

	"${somebody[@]}" "$soter" device status --socket "$tmp/closed" \
	    >"$tmp/out" 2>&1 || status=$?
	cat "$tmp/out"
	[ $status -eq 2 ] && grep -q 'device_service_closed (0x070b)' "$tmp/out" &&
	    grep -q 'mode and the group of the socket' "$tmp/out"
}
if "${somebody[@]}" "$soter" version >/dev/null 2>&1; then
	row 'a closed socket: status 2, and what to look at' is_closed
else
	skip 'a closed socket: status 2, and what to look at' \
	    'nobody but this user can run soter'
fi

# ------------------------------------------------------------- a whole life

row 'soter-teed and soterd start' device_start "$device"
row 'a device without a root: the step that failed' answers 1 \
    'root            "FAILED: att' device selftest
row 'a device without a root is not supported' answers 1 \
    attk_not_provisioned device supported
row 'the factory provisions' answers 0 ok tee provision
row 'now it is supported' answers 0 ok device supported
row 'version' answers 0 'version         1' device version
row 'nobody is enrolled: the device can do it all the same' answers 0 \
    'sensor          "FAILED: not_enrolled' device selftest
"$soter" sim pin --new 2580 >/dev/null
"$soter" sim enrol thumb --pin 2580 >/dev/null
row 'status' answers 0 'freeze_ms       0' device status
row 'extra' answers 0 'numbers         2' device extra fingerprint_type
row 'extra of a key that there is not' answers 1 'invalid_argument' device extra x
row 'no ASK' answers 1 'refused: ask_not_ready (0x0505)' device ask has
row 'no ASK is not a valid one' answers 1 ask_not_ready device ask valid
row 'no AuthKey without an ASK' answers 1 ask_not_ready device authkey generate \
    --name pay
row 'ask generate' answers 0 ok device ask generate
row 'ask export' answers 0 'uid ' device ask export --out "$tmp/ask.bin"
row 'authkey generate' answers 0 ok device authkey generate --name pay
row 'authkey has' answers 0 ok device authkey has --name pay
row 'authkey export' answers 0 'file_bytes' device authkey export --name pay \
    --out "$tmp/authkey.bin"
row 'list' answers 0 'authkeys        "pay"' device list
row 'ask valid' answers 0 ok device ask valid
row 'authkey valid' answers 0 ok device authkey valid --name pay
row 'another name is not valid' answers 1 auth_key_not_ready device authkey \
    valid --name rent
row 'another name' answers 1 'auth_key_not_ready' device authkey has --name rent

# waits TEXT: the command in the background has said so.
waits()
{
	for _ in $(seq 200); do
		! grep -q "$1" "$tmp/o" || return 0
		sleep 0.05
	done
}
signs()
{
	"$soter" device sign --name pay --challenge order-1 \
	    --out "$tmp/result.bin" >"$tmp/o" 2>&1 &
	waits 'touch the sensor'
	"$soter" sim touch toe >/dev/null
	waits 'again, 4 left'
	"$soter" sim touch thumb >/dev/null && wait $! && cat "$tmp/o" &&
	    grep -q 'again, 4 left' "$tmp/o"
}
row 'sign asks for a touch, and again after a miss' signs
verifies()
{
	local device
	device=$("$soter" device id --json | sed -n 's/.*"device_id": "\(.*\)".*/\1/p')
	"$soter" verify authkey --signed "$tmp/authkey.bin" \
	    --key "$tmp/ask.bin" --cpu-id "$device" --class test >/dev/null &&
	    "$soter" verify result --signed "$tmp/result.bin" \
		--key "$tmp/authkey.bin" --challenge order-1 --class test
}
row 'what was written verifies' verifies
row 'sign and nobody touches' answers 1 'waiting_for_touch' device sign \
    --name pay --challenge order-2 --wait 0
row 'the sensor is free again' answers 1 'waiting_for_touch' device sign \
    --name pay --challenge order-2 --wait 0
row 'authkey remove' answers 0 ok device authkey remove --name pay
row 'ask remove' answers 0 ok device ask remove
row 'it is gone' answers 1 ask_not_ready device ask has
"$soter" device ask generate >/dev/null
row 'init: an ASK that nobody knows to be uploaded is removed, and said' \
    answers 0 'removed         "ask"' device init
row 'init without a server' answers 0 'support ' device init
row 'authorise without a challenge and a server' answers 1 \
    'code            1006' device authorise
row 'a server that is not there: status 2' answers 2 'code            1002' \
    device init --server http://127.0.0.1:1 --time 5

# ------------------------------------------------ what prepare and remove do

status_file=$XDG_STATE_HOME/soter/soter_status
bob=Wechatuid$(id -u)_bob_scene7

# has_key NAME: TEE and status file know it; has_no_key: neither does.
has_key()
{
	"$soter" device authkey has --name "$1" && grep "$1" "$status_file"
}
has_no_key()
{
	! "$soter" device authkey has --name "$1" && ! grep "$1" "$status_file"
}
# The key that an answer shows.
key_of()
{
	json sha256 "$@"
}

row 'prepare --ask-only' answers 0 'file_bytes' device prepare --ask-only \
    --out "$tmp/ask.bin"
row 'there is no AuthKey' answers 0 'authkeys        none' device list
made=$(key_of device prepare --ask-only)
row 'once more: the same' [ "$(key_of device ask export)" = "${made:-?}" ]
row 'init takes it for uploaded' [ "$(json removed device init)" = '' ]
row 'and so it stays' answers 0 ok device ask has
anew=$(key_of device prepare --ask-only --anew)
row 'prepare --ask-only --anew: another one' [ "${anew:-$made}" != "$made" ]
"$soter" device prepare --scene 7 --account bob >/dev/null
"$soter" device prepare --scene 7 >/dev/null
row 'its name is what prepare made' has_key \
    "$(json name device name --scene 7 --account bob)"
row 'remove' answers 0 ok device remove --scene 7 --account bob
row 'it is gone, and the status file knows' has_no_key "$bob"
row 'that of another account is there' has_key "${bob/bob/}"
row 'remove what is not there' answers 0 ok device remove --scene 7 \
    --account bob
row 'remove while soterd is not there' answers 2 'code            7' \
    device remove --scene 7 --socket "$tmp/nothing"
row 'the next init does it' answers 0 'removed         "authkey"' device init
row 'so it is gone, too' has_no_key "${bob/bob/}"
row 'remove --all' answers 0 ok device remove --all
row 'the ASK is gone' answers 1 ask_not_ready device ask has
row 'nothing is left to init' [ "$(json removed device init)" = '' ]
row '--json of remove' [ "$(json code device remove --all)" = 0 ]
json_is_json()
{
	"$soter" device selftest --json | python3 -c '
import json, sys
x = json.load(sys.stdin)
assert x["ok"] and x["code"] == 0 and len(x["steps"]) == 9, x
assert all(s["ok"] for s in x["steps"]), x'
}
row '--json of selftest' json_is_json
row 'a number of a refusal in JSON' [ \
    "$(json code device authkey has --name rent)" = -1 ]
finish
