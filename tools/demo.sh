#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/demo.sh -- build, then show what there is: signatures of real phones, a
# whole chain of our own, what the diagnosis says of broken ones; a device that
# is born, signs and is attacked; an app pays; a TAM that knows what is genuine.  Every answer below is the
# command's; the script only says which one is right, and fails when another
# comes.

set -eu
. "$(dirname "$0")/common.sh"
tee_build=$PWD/build/gcc
. tools/tee_host.sh
. tools/device_host.sh

# Started by root it has other users, who must reach what they run: not in
# root's home.
if [ "$(id -u)" -eq 0 ] && ! setpriv --reuid "$tee_user" --regid "$tee_user" \
    --clear-groups test -r "$PWD/tools/demo.sh"; then
	copy=$(mktemp -d)
	chmod 755 "$copy"
	trap 'rm -rf "$copy"' EXIT
	echo "demo: other users cannot reach this folder; it runs in a copy of it"
	tar -c --exclude=./build . | tar -x -C "$copy"
	"$copy/tools/demo.sh"
	exit
fi

tools/setup.sh build
mkdir -p build
{ configure_gcc && meson compile -C build/gcc soter:executable soter-teed \
    "$tee_soter" "$tee_biometric" soterd:executable soter-http:shared_library pay backend soter-tamd soter-tam; } >build/demo.log 2>&1 || {
	tail -n 40 build/demo.log
	exit 1
}
soter=$PWD/build/gcc/src/cli/soter
work=build/demo
rm -rf "$work"
mkdir -p "$work"
shown=0 wrong=0 skipped=0
as=() # whom the command is run as; nobody in particular

title()
{
	printf '\n== %s\n' "$1"
}

# step WANT TEXT ARGUMENT...: run soter with these arguments.  WANT is "ok" or
# the word of the refusal, TEXT what a hint of the answer must hold ("" for
# none).
step()
{
	local want=$1 hint=$2 status=0 answer
	shift 2

	shown=$((shown + 1))
	printf '\n$ '
	[ "${#as[@]}" -eq 0 ] || printf '%s ' "${as[@]}"
	printf soter
	printf ' %s' "$@" | sed "s|$PWD/||g"
	echo
	answer=$("${as[@]}" "$soter" "$@" 2>&1) || status=$?
	said=$answer
	grep -vE '^  (note|key_sha256|rule) ' <<<"$answer"
	if [ "$want" = ok ]; then
		[ "$status" -eq 0 ] && return 0
	elif [ "$status" -eq 1 ] && grep -q "^refused: $want " <<<"$answer" &&
	    grep -q "$hint" <<<"$answer"; then
		return 0
	fi
	echo "!! this should have been: $want $hint"
	wrong=$((wrong + 1))
}

skip()
{
	echo "   skipped: $1"
	skipped=$((skipped + 1))
}

# ---------------------------------------------------------------------------
title 'What real phones signed'

real=${SOTER_REAL_VECTORS:-}
if [ -z "$real" ]; then
	skip 'SOTER_REAL_VECTORS names no folder (docs/testing.md: how to make one)'
else
	mtk=$real/mtk_tbase_2017 huawei=$real/huawei_hwhma_2024
	echo 'A MediaTek phone of 2017: AuthKey under its ASK, result under its AuthKey.'
	step ok '' verify authkey --signed "$mtk/auth_key_json.txt" \
	    --sig "$mtk/auth_key_signature.bin" --key "$mtk/ask.pem"
	step ok '' verify result --signed "$mtk/final_json.txt" \
	    --sig "$mtk/final_signature.bin" --key "$mtk/auth_key.pem" \
	    --challenge "I'm a demo challenge string" --counter-above 240
	printf '\nIts ASK cannot be checked: the device root is only in the TAM.\n'
	step attk_unknown '' verify ask --signed "$mtk/ask_json.txt" \
	    --sig "$mtk/ask_signature.bin"
	printf '\nA Huawei phone: the ASK is a certificate chain; 32 bytes of salt.\n'
	step ok '' verify ask --signed "$huawei/hw_ask_cert_json.txt"
	step ok '' verify authkey --signed "$huawei/hw_auth_key_json.txt" \
	    --sig "$huawei/hw_auth_key_signature.txt" \
	    --key "$huawei/hw_ask_cert_json.txt"
	step salt salt_other verify authkey \
	    --signed "$huawei/hw_auth_key_json.txt" \
	    --sig "$huawei/hw_auth_key_signature.txt" \
	    --key "$huawei/hw_ask_cert_json.txt" --salt 20
	printf '\nIts published result is by another AuthKey than the published one.\n'
	step signature other_key verify result \
	    --signed "$huawei/hw_final_json.txt" \
	    --sig "$huawei/hw_final_signature.txt" \
	    --key "$huawei/hw_auth_key_json.txt" --no-challenge \
	    --other-key "hw_auth_key.pem=$huawei/hw_auth_key.pem"
fi

# ---------------------------------------------------------------------------
title 'A whole chain: ATTK -> ASK -> AuthKey -> result (tests/vectors)'

chain=tests/vectors/classic-salt20
roots=tests/vectors/roots.jsonl
challenge=$(sed -n 's/.*"raw":"\([^"]*\)".*/\1/p' $chain/result-10115-pay.json)
result=(--challenge "$challenge" --fid 2313170 --class test)

step ok '' verify ask --signed $chain/ask-10115.bin --roots $roots --class test
step ok '' verify authkey --signed $chain/authkey-10115-pay.bin \
    --key $chain/ask-10115.json --class test
step ok '' verify result --signed $chain/result-10115-pay.bin \
    --key $chain/authkey-10115-pay.json "${result[@]}" --counter-above 184

# ---------------------------------------------------------------------------
title 'The same, attacked'

lies=tests/vectors/negative
printf '\nThe result once more: its counter is no longer above the last one.'
step counter_behind '' verify result --signed $chain/result-10115-pay.bin \
    --key $chain/authkey-10115-pay.json "${result[@]}" --counter-above 185
printf '\nAnother app of the same phone.'
step signature other_key verify authkey \
    --signed $chain/authkey-10115-pay.bin --key $chain/ask-10116.json \
    --other-key "uid-10115=$chain/ask-10115.json" --class test
printf '\nMalware made a device root of its own.'
step signature '' verify ask --roots $roots --class test \
    --signed $lies/roots/known-device-self-made-root.json \
    --sig $lies/roots/known-device-self-made-root.sig
printf '\nAn app had an ordinary key attested, with a SOTER text as challenge.'
step attestation_purpose '' verify ask --class test \
    --signed $lies/chain/attest-purpose-sign.json \
    --key tests/vectors/keys/vendor-root.pem
printf '\nA test root in production.'
step class_differs '' verify ask --signed $chain/ask-10115.bin --roots $roots

# ---------------------------------------------------------------------------
title 'The same, damaged in six ways on its way'

good=$chain/result-10115-pay
# damaged WORD HINT: verify what now lies in $work/signed and $work/sig.
damaged()
{
	step "$1" "$2" verify result --signed $work/signed --sig $work/sig \
	    --key $chain/authkey-10115-pay.json "${result[@]}" \
	    --counter-above 184
	cp $good.json $work/signed
	cp $good.b64 $work/sig
}
cp $good.json $work/signed
cp $good.b64 $work/sig

printf '\n1. saved with echo: a newline behind it'
echo >>$work/signed
damaged signature newline_added
printf '\n2. a byte-order mark in front'
{ printf '\357\273\277'; cat $good.json; } >$work/signed
damaged signature byte_order_mark
printf '\n3. parsed and written again with blanks'
sed 's/,"/, "/g; s/":/": /g' $good.json >$work/signed
damaged signature spaces_changed
printf '\n4. the signature went through a web form: + became blank'
tr + ' ' <$good.b64 >$work/sig
damaged base64 base64_blank
printf '\n5. the signature lies in a column of 255 characters'
head -c 255 $good.b64 >$work/sig
damaged signature_length signature_cut
printf '\n6. somebody changed the finger'
sed 's/"fid":"[0-9]*"/"fid":"11"/' $good.json >$work/signed
damaged signature text_changed

# ---------------------------------------------------------------------------
title 'A device is born, a finger is enrolled, and signs'

cat <<'END'
soter-teed, the TEE of host processes, runs in the foreground below build/, as
this user.  The sensor is simulated: it sees a text instead of a finger.
END
tee=$work/tee
tee_make "$tee" factory enroller own
other=64102 # another user of this machine, who may connect
guests=()
[ "$(id -u)" -ne 0 ] || guests=(--group "$other")
trap 'tee_stop "$tee"; tee_swtpm_stop "$tee"' EXIT
tee_start "$tee" "${guests[@]}"

# say FIELD ACTION...: a member of what the command answers.
say()
{
	local field=$1
	shift
	"$soter" "$@" --json | sed -n "s/^ *\"$field\": \"\\{0,1\\}\\([^\",]*\\).*/\\1/p"
}

# counter_of N: the counter of result N.
counter_of()
{
	say counter verify result --key $work/authkey.bin --class test \
	    --challenge "order-$1" --signed "$work/result-$1.bin"
}

step ok '' tee status
step ok '' tee provision
step attk_already_provisioned '' tee provision
step ok '' tee attk --out $work/attk.pem
step ok '' tee ask generate
step ok '' tee ask export --out $work/ask.bin
step ok '' tee authkey generate --name pay
step ok '' tee authkey export --name pay --out $work/authkey.bin
step ok '' sim pin --new 2580
step ok '' sim enrol thumb --pin 2580
step ok '' tee sign --name pay --challenge order-1 --touch thumb \
    --out $work/result-1.bin

printf '\nThe factory sends device id and root to the TAM; this is its record.\n'
printf '{"device_id":"%s","attk_version":1,"pub_pem":"%s","class":"test","status":"active"}\n' \
    "$(say device_id tee device-id)" \
    "$(sed ':a;N;$!ba;s/\n/\\n/g' $work/attk.pem)" >$work/roots.jsonl
step ok '' verify ask --signed $work/ask.bin --roots $work/roots.jsonl \
    --class test
step ok '' verify authkey --signed $work/authkey.bin --key $work/ask.bin \
    --class test
mine=(verify result --key "$work/authkey.bin" --challenge order-1 --class test)
step ok '' "${mine[@]}" --signed $work/result-1.bin

# ---------------------------------------------------------------------------
title 'The same device, attacked'

printf '\nA rooted phone forges the result: another finger.'
head -c -256 $work/result-1.bin | tail -c +5 |
    sed 's/"fid":"[0-9]*"/"fid":"11"/' >$work/forged.json
tail -c 256 $work/result-1.bin >$work/forged.sig
step signature text_changed "${mine[@]}" --signed $work/forged.json \
    --sig $work/forged.sig
printf '\nIt asks for a signature and says that somebody touched the sensor.'
session=$(say session tee init-sign --name pay --challenge order-2)
step verification_failed '' tee finish-sign --session "$session"
printf '\nSomebody else touches the sensor.'
step biometric_miss '' tee authenticate --session "$session" --touch 'a thief'
step verification_failed '' tee finish-sign --session "$session"
printf '\nThe same session, and the right finger: nothing was lost.'
step ok '' tee authenticate --session "$session" --touch thumb
step ok '' tee finish-sign --session "$session" --out $work/result-2.bin
counter=$(counter_of 2)
printf '\nThe first result once more: the backend has seen a later counter.'
step counter_behind '' "${mine[@]}" --signed $work/result-1.bin \
    --counter-above "$counter"
printf '\nAn app asks for the keys of another one.'
step access_denied '' tee authkey has --name pay --uid 12345
printf '\nA process of another user asks for these keys, and to sign with them.'
as=(setpriv --reuid "$other" --regid "$other" --clear-groups)
if [ "$(id -u)" -ne 0 ]; then
	echo
	skip 'needs root, to be another user for once'
elif ! "${as[@]}" "$soter" version >/dev/null 2>&1; then
	echo
	skip 'the other user cannot reach this checkout'
else
	step access_denied '' tee authkey export --name pay --uid "$(id -u)"
	step access_denied '' tee init-sign --name pay --challenge order-2 \
	    --uid "$(id -u)"
fi
as=()

printf '\nThe trusted application is killed between challenge and touch.'
session=$(say session tee init-sign --name pay --challenge order-3)
tee_kill_ta "$tee"
step unknown_error '' tee finish-sign --session "$session"
step ok '' tee sign --name pay --challenge order-3 --touch thumb \
    --out $work/result-3.bin
step ok '' verify result --key $work/authkey.bin --challenge order-3 \
    --class test --signed $work/result-3.bin --counter-above "$counter"

# ---------------------------------------------------------------------------
title 'An old copy of its storage is put back'

tee_stop "$tee"
cp -a "$tee/state" "$tee/state.old"
tee_start "$tee"
step ok '' tee sign --name pay --challenge order-4 --touch thumb \
    --out $work/result-4.bin
tee_stop "$tee"
rm -rf "$tee/state"
mv "$tee/state.old" "$tee/state"
tee_start "$tee"
printf '\nA file cannot know that it is old.  The TEE goes on, and says so:'
step ok '' tee status
step ok '' tee sign --name pay --challenge order-5 --touch thumb \
    --out $work/result-5.bin
printf '\nIts counter is one that was used: the backend, which saw it, refuses.'
counter=$(counter_of 4)
step counter_behind '' verify result --key $work/authkey.bin \
    --challenge order-5 --class test --signed $work/result-5.bin \
    --counter-above "$counter"
tee_stop "$tee"

if command -v swtpm >/dev/null; then
	printf '\nThe same with a TPM, here swtpm, that holds key and anchor.\n'
	tee=$work/tee-tpm
	tee_make "$tee" factory enroller own
	tee_swtpm "$tee"
	tee_start "$tee" "${tee_tpm[@]}"
	step ok '' tee provision
	tee_stop "$tee"
	cp -a "$tee/state" "$tee/state.old"
	tee_start "$tee" "${tee_tpm[@]}"
	step ok '' tee ask generate
	tee_stop "$tee"
	rm -rf "$tee/state"
	mv "$tee/state.old" "$tee/state"
	tee_start "$tee" "${tee_tpm[@]}"
	step security_state_failure '' tee device-id
	tee_stop "$tee"
else
	skip 'swtpm is not installed: no storage tied to a TPM'
fi

# ---------------------------------------------------------------------------
title 'An app pays: app, soterd, soter-teed and finger are four processes'

cat <<'END'
examples/pay.c says init, prepare, authorise; its server (tests/backend.c) checks
with libsoter-verify and knows the device's root.
END
device=$work/device
mkdir -p "$device"
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || :; device_stop "$device"
tee_stop "$tee"; tee_swtpm_stop "$tee"' EXIT
device_start "$device"
step ok '' tee provision
step ok '' tee attk --out $work/device.pem
step ok '' sim pin --new 2580
step ok '' sim enrol thumb --pin 2580
step ok '' device selftest

# serve FILE COMMAND...: a server in the background; its port is in $port.
serve()
{
	local file=$1
	shift

	rm -f "$file"
	"$@" >>"$file.log" 2>&1 &
	servers+=($!)
	for _ in $(seq 200); do
		[ ! -f "$file" ] || break
		sleep 0.05
	done
	port=$(cat "$file")
}

# touched WANT COMMAND...: run an app, touch when it asks; its status is WANT.
touched()
{
	local want=$1 status=0 app
	shift

	shown=$((shown + 1))
	printf "\n$ %s\n" "${*//$PWD\//}"
	: >$work/app.out # what the last one said is no word of this one
	"$@" >>$work/app.out 2>&1 &
	app=$!
	while kill -0 "$app" 2>/dev/null; do
		if grep -q 'touch the sensor' $work/app.out; then
			echo '(a thumb touches)'
			"$soter" sim touch thumb >/dev/null
			break
		fi
		sleep 0.05
	done
	wait "$app" || status=$?
	cat $work/app.out
	[ "$status" -eq "$want" ] && return 0
	echo "!! this should have ended with status $want"
	wrong=$((wrong + 1))
}

# server_says TEXT: that is the last word of the server.
server_says()
{
	printf 'The server: %s\n' "$(tail -n 1 $work/server.log)"
	tail -n 1 $work/server.log | grep -q "$1" && return 0
	echo "!! this should have been: $1"
	wrong=$((wrong + 1))
}

printf '%s %s\n' "$(say device_id tee device-id)" "$PWD/$work/device.pem" \
    >$work/table
serve $work/server build/gcc/tests/backend --roots $work/table \
    --port-file $work/server
server=$port
export XDG_STATE_HOME=$PWD/$work/home
touched 0 build/gcc/tests/flow/pay "http://127.0.0.1:$server"
server_says '/authentication -: ok'
printf '\nOnce more: the keys are there.'
touched 0 build/gcc/tests/flow/pay "http://127.0.0.1:$server"
server_says '/authentication -: ok'

# ---------------------------------------------------------------------------
title 'The same app, attacked'

kname=$("$soter" device list | sed -n 's/^ *authkeys *"\(.*\)"$/\1/p')
printf '\nA man between device and server puts another public key into the ASK.'
serve $work/middle-ask python3 tests/middle.py "$server" $work/middle-ask \
    /upload_ask_key
step upload_refused '1003' device prepare --anew --server \
    "http://127.0.0.1:$port"
server_says 'refused: ask: signature'
printf '\nNow into the AuthKey.'
serve $work/middle-authkey python3 tests/middle.py "$server" \
    $work/middle-authkey /upload_pay_auth_key
step upload_refused '1004' device prepare --anew --server \
    "http://127.0.0.1:$port"
server_says 'refused: authkey: signature'
printf '\nWithout him the user switches paying on again.'
step ok '' device prepare --server "http://127.0.0.1:$server"

printf '\nA process of another user asks for these keys.'
stranger=64103 # neither soterd nor anybody else
as=(setpriv --reuid "$stranger" --regid "$stranger" --clear-groups)
if [ "$(id -u)" -ne 0 ]; then
	echo
	skip 'needs root, to be another user for once'
elif ! "${as[@]}" "$soter" version >/dev/null 2>&1; then
	echo
	skip 'the other user cannot reach this checkout'
else
	step ask_not_ready '' device ask has
	step auth_key_not_ready '' device authkey export --name "$kname"
	step auth_key_not_ready '' device sign --name "$kname" --challenge order-9
	step access_denied '' device forget "$(id -u)"
	printf '\nIt forges the uid in every message: soterd asks the kernel.\n'
	shown=$((shown + 1))
	"${as[@]}" /usr/bin/python3 -B tests/forger.py "$SOTER_SOCKET" "$(id -u)" "$kname" |
	    tee $work/forger.out
	if [ "$(wc -l <$work/forger.out)" -ne 6 ] ||
	    grep -q ': ok' $work/forger.out; then
		echo '!! none of that should have been answered'
		wrong=$((wrong + 1))
	fi
fi
as=()
printf '\nThe keys are there.'
step ok '' device authkey has --name "$kname"
printf '\nAnd pay.'
touched 0 build/gcc/src/cli/soter device authorise --server \
    "http://127.0.0.1:$server"
server_says '/authentication -: ok'

# ---------------------------------------------------------------------------
title 'The TAM: is this ASK genuine?'

cat <<'END'
soter-tamd, over TLS with a certificate that it makes itself, on a store that it
makes itself.  The factory brings the device's root, apps' backends ask.
END
tam=$PWD/$work/tam
export SOTER_TAM_STORE=$tam/store
mkdir -p "$tam"
cat >"$tam/tamd.conf" <<END
store = $tam/store
state = $tam/state
[public]
listen = 127.0.0.1:0
admin = none
[intake]
listen = 127.0.0.1:0
admin = none
END
build/gcc/src/tam/soter-tamd --config "$tam/tamd.conf" >>"$tam/log" 2>&1 &
servers+=($!)
for _ in $(seq 200); do
	! grep -q 'soter-tamd: ready' "$tam/log" || break
	sleep 0.05
done

# tenant APPID OPTION...: add one; its secret goes into the array.
declare -A secret
tenant()
{
	local appid=$1
	shift

	step ok '' tam tenant add "$appid" "$@"
	secret[$appid]=$(sed -n 's/^  secret *"\(.*\)"/\1/p' <<<"$said")
}

# asked TEXT KIND APPID ARGUMENT...: the answer must hold TEXT.
asked()
{
	local want=$1 kind=$2 appid=$3 answer
	shift 3

	shown=$((shown + 1))
	printf '\n(%s) ' "$appid"
	answer=$(python3 -B tests/asker.py "$tam/tamd.conf" "$kind" "$appid" \
	    "${secret[$appid]}" "$@" 2>&1) || :
	echo "$answer"
	grep -qF "$want" <<<"$answer" && return 0
	echo "!! this should have been: $want"
	wrong=$((wrong + 1))
}

tenant line-1 --class test --right intake
tenant shop --class test
tenant bank --class production
step ok '' device ask generate
step ok '' device ask export --out $work/ask-shop.bin
device_id=$(say device_id tee device-id)

printf '\nNobody has brought a root yet: the device is unknown.'
asked '"errcode":90005' verify shop $work/ask-shop.bin
printf '\nThe factory brings it.'
asked '"result":"ok"' intake line-1 "$device_id" $work/device.pem
asked '"is_verified":true' verify shop $work/ask-shop.bin
printf '\nAn ASK with the signature of another device.'
asked '"word":"signature"' verify shop $work/ask-shop.bin $work/ask.bin
printf '\nAn ASK of a device that no factory has brought.'
asked '"word":"attk_unknown"' verify shop $work/ask.bin
printf '\nThe bank is in production; the root is a test root.'
asked '"word":"class_differs"' verify bank $work/ask-shop.bin
if [ -n "$real" ]; then
	printf '\nThe chain of a real Huawei phone needs no factory.'
	asked '"is_verified":true' chain bank \
	    "$real/huawei_hwhma_2024/hw_ask_cert_json.txt"
fi
printf '\nThe phone is lost: the operator revokes its root.'
step ok '' tam device revoke "$device_id" --note lost
asked '"word":"attk_revoked"' verify shop $work/ask-shop.bin
printf '\nEvery change stands in the audit trail, each with the hash of the last.'
step ok '' tam audit check

# ---------------------------------------------------------------------------
printf '\n%d answers shown, %d wrong, %d skipped\n' $shown $wrong $skipped
[ $wrong -eq 0 ]
