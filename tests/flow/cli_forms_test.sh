#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# cli_forms_test.sh [SOTER] -- whatever form people have their files in.
#
# Goal: a key, a signature and a signed text are read in each form that the
# manual names; whose key it is comes from where the manual says, and is checked
# where it can be; what is not checked is said.

set -u
. "$(dirname "$0")/cli_tap.sh"

folder=$vectors/classic-salt20
key=$vectors/keys/authkey-a-10115-pay.pem
ask=$vectors/keys/ask-a-10115.pem
text=$folder/result-10115-pay.json
sig=$folder/result-10115-pay.sig
challenge=$(sed 's/.*"raw":"\([0-9a-f]*\)".*/\1/' "$text")
cpu_id=$(sed 's/.*"cpu_id":"\([0-9a-f]*\)".*/\1/' "$text")
other_cpu_id=$(sed 's/.*"cpu_id":"\([0-9a-f]*\)".*/\1/' \
    "$vectors/classic-salt32/result-10115-pay.json")

# check STATUS TEXT ARGUMENT...: the good result, with these on top.
check()
{
	local status=$1 said=$2
	shift 2
	says "$status" "$said" verify result --class test --signed "$text" \
	    --challenge "$challenge" "$@"
}

# key_bytes PEM: the DER in it.
key_bytes()
{
	grep -v -- '-----' "$1" | tr -d '\r\n' | base64 -d
}

# -------------------------------------------------------------- signatures

base64 -w 0 "$sig" >"$tmp/b64"
{ cat "$tmp/b64"; printf '\n'; } >"$tmp/b64.lf"
{ cat "$tmp/b64"; printf '\r\n'; } >"$tmp/b64.crlf"
{ cat "$tmp/b64"; printf '\n\n'; } >"$tmp/b64.lflf"
{ printf '\n'; cat "$tmp/b64"; } >"$tmp/lf.b64"
{ cat "$tmp/b64"; printf ' '; } >"$tmp/b64.blank"
{ cat "$sig"; printf '\n'; } >"$tmp/raw.lf"
od -An -v -tx1 "$sig" | tr -d ' \n' >"$tmp/hex"
tr 'a-f' 'A-F' <"$tmp/hex" >"$tmp/HEX"
{ cat "$tmp/hex"; printf '\n'; } >"$tmp/hex.lf"
base64 -w 0 "$tmp/b64" >"$tmp/twice"

row 'raw signature' check 0 verified --key "$key" --sig "$sig"
row 'Base64' check 0 verified --key "$key" --sig "$tmp/b64"
row 'Base64, line end' check 0 verified --key "$key" --sig "$tmp/b64.lf"
row 'Base64, CR LF' check 0 verified --key "$key" --sig "$tmp/b64.crlf"
row 'hex' check 0 verified --key "$key" --sig "$tmp/hex"
row 'hex, line end' check 0 verified --key "$key" --sig "$tmp/hex.lf"
row 'hex in capitals' check 0 verified --key "$key" --sig "$tmp/HEX"
row 'two line ends are one too many' check 1 base64_wrapped --key "$key" \
    --sig "$tmp/b64.lflf"
row 'a line end in front' check 1 base64_wrapped --key "$key" \
    --sig "$tmp/lf.b64"
row 'a blank behind' check 1 'refused: base64' --key "$key" \
    --sig "$tmp/b64.blank"
row 'a line end behind raw bytes is not cut' check 1 'refused: base64' \
    --key "$key" --sig "$tmp/raw.lf"
row 'encoded twice' check 1 base64_twice --key "$key" --sig "$tmp/twice"

# -------------------------------------------------------------- signed texts

blob=$folder/result-10115-pay.bin
row 'an export blob' says 0 verified verify result --class test \
    --challenge "$challenge" --key "$key" --signed "$blob"
row 'a blob with --sig' says 2 'leave --sig out' verify result --class test \
    --challenge "$challenge" --key "$key" --signed "$blob" --sig "$sig"
from_stdin() { says 0 verified verify result --class test \
    --challenge "$challenge" --key "$key" --signed - --sig "$sig" <"$text"; }
row 'the text from standard input' from_stdin
sig_from_stdin() { check 0 verified --key "$key" --sig - <"$tmp/b64.lf"; }
row 'the signature from standard input' sig_from_stdin
key_from_stdin() { check 0 verified --key - --sig "$sig" <"$key"; }
row 'the key from standard input' key_from_stdin
twice() { says 2 'only once' verify result --class test --challenge x \
    --key - --signed - --sig "$sig" <"$text"; }
row 'standard input for two files' twice
pipe() { says 0 verified verify result --class test --challenge "$challenge" \
    --key <(cat "$key") --signed <(cat "$text") --sig <(cat "$sig"); }
row 'pipes instead of files' pipe

# --------------------------------------------------------------------- keys

key_bytes "$key" >"$tmp/der"
tail -c +25 "$tmp/der" >"$tmp/pkcs1.der" # behind the SPKI header of RSA-2048
tail -c 261 "$tmp/der" | head -c 256 >"$tmp/modulus"

# pem LABEL FILE: wrap DER.
pem()
{
	printf -- '-----BEGIN %s-----\n' "$1"
	base64 -w 64 "$2"
	printf -- '-----END %s-----\n' "$1"
}

pem 'RSA PUBLIC KEY' "$tmp/pkcs1.der" >"$tmp/pkcs1.pem"
pem CERTIFICATE "$tmp/der" >"$tmp/label.pem"
pem 'RSA PUBLIC KEY' "$tmp/der" >"$tmp/label2.pem"
pem 'PRIVATE KEY' "$tmp/der" >"$tmp/private.pem"
pem 'ENCRYPTED PRIVATE KEY' "$key" >"$tmp/encrypted.pem"
sed 's/$/\r/' "$key" >"$tmp/crlf.pem"
{ printf 'Public-Key: (2048 bit)\n\n'; cat "$key"; printf '\n\n'; } >"$tmp/around.pem"
tr -d '\n' <"$key" | sed 's/-----B/\n-----B/; s/KEY-----/KEY-----\n/; s/-----END/\n-----END/' |
    grep . >"$tmp/oneline.pem"
sed 's/-----END PUBLIC KEY-----/-----END RSA KEY-----/' "$key" >"$tmp/end.pem"
sed 's/BEGIN PUBLIC KEY-----/BEGIN PUBLIC KEY----/' "$key" >"$tmp/dash.pem"
cat "$key" "$ask" >"$tmp/two.pem"
grep -v END "$key" >"$tmp/noend.pem"
sed 's/[A-M]/?/' "$key" >"$tmp/base64.pem"
head -c 200 "$tmp/der" >"$tmp/cut.der"
key_bytes "$vectors/keys/vendor-root.pem" | tail -c 517 | head -c 512 >"$tmp/modulus512"

good_key() { check 0 verified --sig "$sig" --key "$1" && says_not pem_label_wrong; }
row 'PEM' good_key "$key"
row 'DER' good_key "$tmp/der"
row 'raw modulus' good_key "$tmp/modulus"
row 'bare RSA key, DER' good_key "$tmp/pkcs1.der"
row 'bare RSA key, PEM' good_key "$tmp/pkcs1.pem"
row 'PEM with CR LF' good_key "$tmp/crlf.pem"
row 'PEM with text around it' good_key "$tmp/around.pem"
row 'PEM in one line' good_key "$tmp/oneline.pem"
row 'key JSON' good_key "$folder/authkey-10115-pay.json"
row 'export blob of a key JSON' good_key "$folder/authkey-10115-pay.bin"
sed 's/}$/,"x":"certs"}/' "$folder/authkey-10115-pay.json" >"$tmp/certs.json"
row 'key JSON with a word of a chain in it' good_key "$tmp/certs.json"
row 'export blob of a result' check 2 'no usable public key' --sig "$sig" \
    --key "$folder/result-10115-pay.bin"
for wrong in label label2 end dash; do
	row "a wrong label is reported ($wrong)" check 0 pem_label_wrong \
	    --sig "$sig" --key "$tmp/$wrong.pem"
done
row 'a private key is refused' check 2 'is a private key' --sig "$sig" \
    --key "$tmp/private.pem"
row 'an encrypted one too' check 2 'is a private key' --sig "$sig" \
    --key "$tmp/encrypted.pem"
row 'two keys in a file' check 2 'no usable public key' --sig "$sig" \
    --key "$tmp/two.pem"
row 'PEM without its end' check 2 'no usable public key' --sig "$sig" \
    --key "$tmp/noend.pem"
row 'PEM with bad Base64' check 2 'no usable public key' --sig "$sig" \
    --key "$tmp/base64.pem"
row 'DER that is cut' check 2 'no usable public key' --sig "$sig" \
    --key "$tmp/cut.der"
row 'the text instead of a key' check 2 'no usable public key' --sig "$sig" \
    --key "$text"
row 'the signature instead of a key' check 2 'no usable public key' \
    --sig "$sig" --key "$tmp/b64"
row 'RSA-4096 is no signer' check 2 'key_size' --sig "$sig" \
    --key "$vectors/keys/vendor-root.pem"
row 'a chain is no AuthKey' check 2 'is a chain ASK' --sig "$sig" \
    --key "$vectors/chain/ask.json"
row 'another key of the same owner' check 1 'refused: signature' \
    --sig "$sig" --key "$vectors/keys/authkey-a-10115-login.pem"
row '... is named if it was offered' check 1 '"the right one"' --sig "$sig" \
    --key "$vectors/keys/authkey-a-10115-login.pem" \
    --other-key "the right one=$tmp/crlf.pem"
row 'another key that cannot be read' check 2 'no such file' --sig "$sig" \
    --key "$key" --other-key "x=$tmp/none"

# -------------------------------------------------------------------- owners

row 'the owner is taken from the claim, and it is said' check 0 \
    'its owner (cpu_id and uid) is taken from the claim' --sig "$sig" --key "$key"
row '... or from --cpu-id' check 0 'uid is taken from the claim' --sig "$sig" \
    --key "$key" --cpu-id "$cpu_id"
row '... or from both options' check 0 'nothing above it was checked' \
    --sig "$sig" --key "$key" --cpu-id "$cpu_id" --uid 10115
row 'another device' check 1 'refused: cpu_id_differs' --sig "$sig" \
    --key "$key" --cpu-id "$other_cpu_id"
row 'another app' check 1 'refused: uid_differs' --sig "$sig" --key "$key" \
    --uid 10116
row 'the owner in a key JSON counts' check 0 'nothing above it was checked' \
    --sig "$sig" --key "$folder/authkey-10115-pay.json"
# The AuthKey JSON of another owner around this key.
sed 's/"uid":"10115"/"uid":"10116"/' "$folder/authkey-10115-pay.json" >"$tmp/uid.json"
sed "s/$cpu_id/$other_cpu_id/" "$folder/authkey-10115-pay.json" >"$tmp/cpu_id.json"
row '... against another uid' check 1 'refused: uid_differs' --sig "$sig" \
    --key "$tmp/uid.json"
row '... against another device' check 1 'refused: cpu_id_differs' \
    --sig "$sig" --key "$tmp/cpu_id.json"
row '... and no option lifts it' check 1 'refused: uid_differs' \
    --sig "$sig" --key "$tmp/uid.json" --uid 10115
row 'counter not checked is said' check 0 'counter not checked' --sig "$sig" \
    --key "$key"
row 'finger not checked is said' check 0 'finger not checked' --sig "$sig" \
    --key "$key"
behind() { check 1 'must be above 197: behind by 12' --sig "$sig" --key "$key" \
    --counter-above 197; }
row 'how far the counter is behind' behind
row 'the right salt' check 0 verified --sig "$sig" --key "$key" --salt 20
row 'another salt than demanded' check 1 'refused: salt (0x0202)' \
    --sig "$sig" --key "$key" --salt 32
no_challenge() { says 0 'challenge not checked' verify result --class test \
    --no-challenge --signed "$text" --sig "$sig" --key "$key"; }
row '--no-challenge says so' no_challenge
no_challenge_escaped() { says 0 verified verify result --class test \
    --no-challenge --signed "$vectors/forms/result-challenge-unicode.json" \
    --sig "$vectors/forms/result-challenge-unicode.sig" --key "$key"; }
row '--no-challenge with escapes in it' no_challenge_escaped

# ---------------------------------------------------------------------- ASK

ask_text=$folder/ask-10115.json
ask_sig=$folder/ask-10115.sig
chain=$vectors/chain/ask.json
root=$vectors/keys/vendor-root.pem
# verify_ask STATUS TEXT ARGUMENT...
verify_ask()
{
	local status=$1 said=$2
	shift 2
	says "$status" "$said" verify ask --signed "$ask_text" \
	    --sig "$ask_sig" "$@"
}
row 'no roots: nothing can be said' verify_ask 1 'refused: attk_unknown (0x0309)'
row '... nor by another class' verify_ask 1 attk_unknown --class test
row 'roots' verify_ask 0 verified --class test --roots "$vectors/roots.jsonl"
row 'a test root in production' verify_ask 1 class_differs \
    --roots "$vectors/roots.jsonl"
row 'the root as --key' verify_ask 0 verified --class test \
    --key "$vectors/keys/attk-a.pem"
row '... whose class nobody can check' verify_ask 0 'class not checked' \
    --key "$vectors/keys/attk-a.pem"
row '... and the device that is claimed' verify_ask 0 \
    'cpu_id is taken from the claim' --key "$vectors/keys/attk-a.pem"
row '... or the one that is given' verify_ask 1 cpu_id_differs \
    --key "$vectors/keys/attk-a.pem" --cpu-id "$other_cpu_id"
row 'a chain is no device root' verify_ask 2 'is a chain ASK' --key "$chain"
row 'a chain under no vendor of ours' says 1 'refused: chain_root' verify ask \
    --signed "$chain"
row 'a chain under a pinned root' says 0 'profile "given"' verify ask \
    --class test --signed "$chain" --key "$root"
pem CERTIFICATE "$vectors/chain/root.der" >"$tmp/root.pem"
row '... which may be a certificate' says 0 verified verify ask --class test \
    --signed "$chain" --key "$tmp/root.pem"
row '... or its DER' says 0 verified verify ask --class test \
    --signed "$chain" --key "$vectors/chain/root.der"
row 'a pinned root that is another' says 1 'refused: chain_root' verify ask \
    --class test --signed "$chain" --key "$ask"
row 'a key JSON pins nothing' says 2 'to pin a vendor root' verify ask \
    --signed "$chain" --key "$ask_text"
row 'a chain has no salt' says 2 'without a salt' verify ask --class test \
    --signed "$chain" --key "$root" --salt 32
row 'a chain at another link has no signature' says 2 'add --sig' \
    verify authkey --signed "$chain" --key "$ask"

under=(verify authkey --class test
    --signed "$vectors/chain/authkey-10316-pay.json"
    --sig "$vectors/chain/authkey-10316-pay.sig")
row 'a chain ASK as --key' says 0 verified "${under[@]}" --key "$chain" \
    --profile-root "$root"
row '... under no vendor of ours' says 1 'refused: chain_root' "${under[@]}" \
    --key "$chain"
row '... the verdict is about that chain' says 1 'was not looked at' \
    "${under[@]}" --key "$chain"
row '... under another root' says 1 'refused: chain_root' "${under[@]}" \
    --key "$chain" --profile-root "$ask"
row '... its leaf alone' says 0 'taken from the claim' "${under[@]}" \
    --key "$vectors/keys/leaf-c.pem"
row '... explained' says 1 'a pinned vendor root' explain "${under[@]:1}" \
    --key "$chain"

# --------------------------------------------------------------------- roots

# roots STATUS TEXT: with what stands on standard input as --roots.
roots()
{
	cat >"$tmp/roots"
	verify_ask "$1" "$2" --class test --roots "$tmp/roots"
}
line=$(head -n 1 "$vectors/roots.jsonl")
other=$(sed -n 2p "$vectors/roots.jsonl")
# bad_line TEXT FIRST SECOND: the second line is wrong, and this is why.
bad_line()
{
	roots 2 "line 2: $1" <<EOT
$2
$3
EOT
}
while IFS='|' read -r name text change; do
	row "roots: $name" bad_line "$text" "$other" "$(sed "$change" <<<"$line")"
done <<'EOT'
device_id is missing|device_id|s/"device_id"/"id"/
device_id is a number|device_id|s/"device_id":"[^"]*"/"device_id":1/
device_id is empty|device_id|s/"device_id":"[^"]*"/"device_id":""/
attk_version is a text|attk_version|s/"attk_version":1/"attk_version":"1"/
attk_version is negative|attk_version|s/"attk_version":1/"attk_version":-1/
attk_version is too large|attk_version|s/"attk_version":1/"attk_version":4294967296/
pub_pem is no PEM|pub_pem|s/"pub_pem":"/&x/
pub_pem has another label|the PEM label|s/PUBLIC KEY/CERTIFICATE/g
pub_pem is cut|the DER|s/MIIB/MIIC/
class is another|class|s/"class":"test"/"class":"Test"/
class is missing|class|s/,"class":"test"//
class is no text|class|s/"class":"test"/"class":1/
status is another|status|s/"status":"active"/"status":"ok"/
status is missing|status|s/,"status":"active"//
a member stands there twice|a field stands|s/"class":"test"/&,"class":"production"/
an array|the text is not|s/.*/[]/
no JSON|the text is not|s/.*/x/
something behind|bytes follow|s/$/ x/
EOT
# Another version of device A, and another key for its first version.
row 'roots: the same key twice' bad_line 'this key' "$line" \
    "$(sed 's/"attk_version":1/"attk_version":2/' <<<"$line")"
row 'roots: the same version twice' bad_line 'this attk_version' "$line" \
    "$(sed "s/\"device_id\":\"[^\"]*\"/\"device_id\":\"$cpu_id\"/" <<<"$other")"
crlf_and_blank() { roots 0 verified <<<"$(printf '\n%s\r\n  \n' "$line")"; }
row 'roots: empty lines and CR LF' crlf_and_blank
no_last_lf() { printf '%s' "$line" | roots 0 verified; }
row 'roots: no line end at the end' no_last_lf
other_device() { sed "s/$cpu_id/$other_cpu_id/" <<<"$line" |
    roots 1 'refused: attk_unknown'; }
row 'roots: of another device' other_device
more_members() { sed 's/{/{"note":"x",/' <<<"$line" | roots 0 verified; }
row 'roots: other members are left alone' more_members
junk() { printf 'no JSON at all' >"$tmp/junk"; says 1 "$1" verify ask \
    --class test --signed "$tmp/junk" --sig "$ask_sig" "${@:2}"; }
row 'junk without roots' junk 'refused: attk_unknown'
row '... says that no device can be read' junk 'claims no device'
row 'junk with roots' junk 'refused: signature' --roots "$vectors/roots.jsonl"
bom() { printf '\xef\xbb\xbf' | cat - "$ask_text" >"$tmp/bom"
    says 1 byte_order_mark verify ask --class test --signed "$tmp/bom" \
    --sig "$ask_sig" --roots "$vectors/roots.jsonl"; }
row 'a damaged text finds its root among all' bom

finish
