#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/demo.sh -- build, then show what there is: signatures of real phones, a
# whole chain of our own, and what the diagnosis says of broken ones.  Every
# answer below is the command's; the script only says which one is right, and
# fails when another comes.

set -eu
. "$(dirname "$0")/common.sh"

tools/setup.sh build
mkdir -p build
{ configure_gcc && meson compile -C build/gcc soter; } >build/demo.log 2>&1 || {
	tail -n 40 build/demo.log
	exit 1
}
soter=$PWD/build/gcc/src/cli/soter
work=build/demo
rm -rf "$work"
mkdir -p "$work"
shown=0 wrong=0 skipped=0

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
	printf '\n$ soter'
	printf ' %s' "$@" | sed "s|$PWD/||g"
	echo
	answer=$("$soter" "$@" 2>&1) || status=$?
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
printf '\n%d answers shown, %d wrong, %d skipped\n' $shown $wrong $skipped
[ $wrong -eq 0 ]
