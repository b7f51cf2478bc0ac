#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# cli_real_test.sh [SOTER] -- signatures of real phones through the command.
#
# Goal: every signature that the samples' notes call verifying verifies, with
# the salt stated there and no other; of the one whose device root nobody has,
# the command says that, and not that the signature is bad.
#
# The files lie outside the repository; SOTER_REAL_VECTORS names their folder.

set -u
. "$(dirname "$0")/cli_tap.sh"

real=${SOTER_REAL_VECTORS:-}
if [ -z "$real" ] || [ ! -d "$real" ]; then
	skip 'signatures of real phones' 'SOTER_REAL_VECTORS names no folder'
	finish
	exit
fi
mtk=$real/mtk_tbase_2017
huawei=$real/huawei_hwhma_2024

# only_salt SALT ARGUMENT...: verifies, with this salt demanded, and with the
# other one demanded is refused for that.
only_salt()
{
	local salt=$1 other=$((52 - $1))
	shift

	says 0 "salt            $salt bytes" "$@" &&
	    says 0 verified "$@" --salt "$salt" &&
	    says 1 'refused: salt' "$@" --salt "$other"
}

# refused_changed ARGUMENT...: with one bit of the text flipped it is refused,
# and so the rows above could have failed.
refused_changed()
{
	local text=$1
	shift
	{ head -c 20 "$text"; tail -c +21 "$text" | head -c 1 |
	    tr '\000-\377' '\001\000\003-\377\002'; tail -c +22 "$text"; } >"$tmp/changed"
	says 1 'refused: signature' "$@" --signed "$tmp/changed"
}

mtk_authkey=(verify authkey --key "$mtk/ask.pem"
    --sig "$mtk/auth_key_signature.bin")
row 'MediaTek: AuthKey by its ASK, salt 20' only_salt 20 \
    "${mtk_authkey[@]}" --signed "$mtk/auth_key_json.txt"
row 'MediaTek: ... changed' refused_changed "$mtk/auth_key_json.txt" \
    "${mtk_authkey[@]}"
row 'MediaTek: ... by the ASK out of its JSON' only_salt 20 verify authkey \
    --key "$mtk/ask_json.txt" --sig "$mtk/auth_key_signature.bin" \
    --signed "$mtk/auth_key_json.txt" --counter-above 228
mtk_result=(verify result --key "$mtk/auth_key.pem"
    --sig "$mtk/final_signature.bin"
    --challenge "I'm a demo challenge string")
row 'MediaTek: result by its AuthKey, salt 20' only_salt 20 \
    "${mtk_result[@]}" --signed "$mtk/final_json.txt"
row 'MediaTek: ... changed' refused_changed "$mtk/final_json.txt" \
    "${mtk_result[@]}"
row 'MediaTek: ... by the AuthKey out of its JSON' only_salt 20 \
    verify result --key "$mtk/auth_key_json.txt" \
    --sig "$mtk/final_signature.bin" --signed "$mtk/final_json.txt" \
    --challenge "I'm a demo challenge string" --counter-above 240 --fid 2313170
row 'MediaTek: ASK: the device root is not known' says 1 \
    'refused: attk_unknown' verify ask --signed "$mtk/ask_json.txt" \
    --sig "$mtk/ask_signature.bin"
row 'MediaTek: ... not even among roots' says 1 'refused: attk_unknown' \
    verify ask --signed "$mtk/ask_json.txt" --sig "$mtk/ask_signature.bin" \
    --roots "$vectors/roots.jsonl"
row 'MediaTek: ... it is not signed by itself' says 1 'refused: signature' \
    verify ask --signed "$mtk/ask_json.txt" --sig "$mtk/ask_signature.bin" \
    --key "$mtk/ask.pem"

row 'Huawei: chain ASK under the built-in profile' says 0 verified \
    verify ask --signed "$huawei/hw_ask_cert_json.txt" --counter-above 37
row 'Huawei: ... is no test device' says 1 'refused: class_differs' \
    verify ask --class test --signed "$huawei/hw_ask_cert_json.txt"
hw_authkey=(verify authkey --key "$huawei/hw_ask_cert_json.txt"
    --sig "$huawei/hw_auth_key_signature.txt")
row 'Huawei: AuthKey under the chain, salt 32' only_salt 32 \
    "${hw_authkey[@]}" --signed "$huawei/hw_auth_key_json.txt"
row 'Huawei: ... changed' refused_changed "$huawei/hw_auth_key_json.txt" \
    "${hw_authkey[@]}"
row 'Huawei: ... by the ASK in PEM, whose label is wrong' says 0 \
    pem_label_wrong verify authkey --key "$huawei/hw_ask.pem" \
    --signed "$huawei/hw_auth_key_json.txt" \
    --sig "$huawei/hw_auth_key_signature.txt"
row 'Huawei: ... by the leaf certificate' only_salt 32 verify authkey \
    --key "$huawei/chain_c0.pem" --signed "$huawei/hw_auth_key_json.txt" \
    --sig "$huawei/hw_auth_key_signature.txt"
sed 's/$/\r/' "$huawei/hw_auth_key_json.txt" | head -c -1 >"$tmp/crlf"
row 'Huawei: ... line feeds rewritten' says 1 lf_became_crlf \
    "${hw_authkey[@]}" --signed "$tmp/crlf"
hw_result=(verify result --no-challenge --key "$huawei/hw_auth_key.pem"
    --sig "$huawei/hw_final_signature.txt")
row 'Huawei: result by its AuthKey, salt 32' only_salt 32 \
    "${hw_result[@]}" --signed "$huawei/hw_final_json.txt"
row 'Huawei: ... changed' refused_changed "$huawei/hw_final_json.txt" \
    "${hw_result[@]}"
row 'Huawei: ... not by the AuthKey of the JSON, which is another' says 1 \
    '"the PEM"' verify result --no-challenge \
    --key "$huawei/hw_auth_key_json.txt" \
    --signed "$huawei/hw_final_json.txt" \
    --sig "$huawei/hw_final_signature.txt" \
    --other-key "the PEM=$huawei/hw_auth_key.pem"
row 'Qualcomm: an ASK without a signature is looked at' says 0 'key JSON' \
    inspect "$real/issue98_qsee_ask/ask_json.txt"

finish
