/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter/soter.h -- what every OpenSOTER library shares: result codes, hints,
 * spans.  Include the header of the library you use; it includes this one.
 *
 * Conventions that hold in every header of this project:
 *
 *   - A function that can fail returns enum soter_rc and must be checked.
 *     Output parameters are written only on SOTER_OK, unless their comment
 *     says otherwise.
 *   - A pointer argument must not be NULL unless its comment says so.
 *     x_free(&x) accepts a pointer to NULL, and sets x to NULL.
 *   - "Borrowed" means: the callee keeps a pointer into your bytes; they must
 *     live and stay unchanged as long as the thing that borrowed them.
 *     Everything that is not called borrowed was copied.
 *   - A value called "claimed" was read from bytes that nobody has verified.
 *   - Sizes are in bytes unless the name says otherwise.
 *   - No function prints, exits, reads the clock or keeps global state.
 *     Objects may be read by any number of threads at once; making and
 *     freeing one object is for one thread at a time.
 */
#ifndef SOTER_SOTER_H
#define SOTER_SOTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SOTER_MUST_CHECK __attribute__((warn_unused_result))
#define SOTER_PUBLIC	 __attribute__((visibility("default")))
#else
#define SOTER_MUST_CHECK
#define SOTER_PUBLIC
#endif

/*
 * Every reason for saying no: name, number, word, rule, what it means, what to
 * do next.  The high byte of the number is the layer, the low byte the reason.
 * Words and numbers are stable and never reused: they stand in logs, in TA
 * replies and in other people's scripts.  The rule is a clause of
 * docs/protocol.md.  This list is the documentation: `soter errors` prints it
 * and docs/errors.md is made from it.
 */
/* clang-format off */
#define SOTER_RC_VERIFIER_LIST(X)                                                      \
	X(SOTER_OK, 0x0000, "ok", "-",                                        \
	    "verified",                                                       \
	    "nothing")                                                        \
	/* 01: bytes that do not have the promised shape (wire/) */           \
	X(SOTER_E_SHORT, 0x0101, "short", "b.1",                              \
	    "the input ends before a length that it declares",                \
	    "send the whole file or message again")                           \
	X(SOTER_E_FORMAT, 0x0102, "format", "b.1",                            \
	    "the input does not have the form that was asked for",            \
	    "look at it with `soter inspect`")                                \
	X(SOTER_E_LIMIT, 0x0103, "limit", "b.1",                              \
	    "a length or a count is above its stated limit",                  \
	    "no phone sends this much; check what was uploaded")              \
	X(SOTER_E_NOSPACE, 0x0104, "no_space", "-",                           \
	    "the output buffer is too small",                                 \
	    "call again with a larger buffer")                                \
	X(SOTER_E_JSON, 0x0105, "json", "b.2",                                \
	    "the text is not one JSON object",                                \
	    "upload the JSON exactly as the phone gave it")                   \
	X(SOTER_E_JSON_DEPTH, 0x0106, "json_depth", "b.2",                    \
	    "the JSON is nested deeper than any SOTER object",                \
	    "upload the JSON exactly as the phone gave it")                   \
	X(SOTER_E_JSON_TEXT, 0x0107, "json_text", "b.2",                      \
	    "a JSON string holds bad UTF-8, a NUL or a raw control character",\
	    "upload the bytes as they are, without changing their encoding")  \
	X(SOTER_E_JSON_NUMBER, 0x0108, "json_number", "b.2",                  \
	    "a JSON number is out of range",                                  \
	    "counters are 64 bit: do not pass them through a double")         \
	X(SOTER_E_JSON_TRAILING, 0x0109, "json_trailing", "b.2",              \
	    "bytes follow the JSON object",                                   \
	    "cut the text where the object ends; do not append anything")     \
	X(SOTER_E_FIELD_MISSING, 0x010a, "field_missing", "h.1 kinds",        \
	    "a mandatory field is missing",                                   \
	    "check that the right object was sent for this step")             \
	X(SOTER_E_FIELD_TYPE, 0x010b, "field_type", "h.1 kinds",              \
	    "a field has another JSON type than the standard says",           \
	    "do not re-serialise the JSON between phone and verifier")        \
	X(SOTER_E_FIELD_DOUBLED, 0x010c, "field_doubled", "b.2",              \
	    "a field stands in the JSON twice",                               \
	    "treat it as an attack: two readers would see two values")        \
	X(SOTER_E_FIELD_VALUE, 0x010d, "field_value", "h.1 kinds",            \
	    "a field has the right type but a value that cannot be",          \
	    "compare the field with docs/protocol.md")                        \
	X(SOTER_E_KIND, 0x010e, "wrong_kind", "h.1 kinds",                    \
	    "the object is of another kind than this step wants",             \
	    "send keys to the key steps and results to the result step")      \
	X(SOTER_E_BASE64, 0x010f, "base64", "V20",                            \
	    "the signature or key text is not canonical Base64",              \
	    "send the Base64 without line breaks, URL-encoded where it travels in a URL") \
	X(SOTER_E_SIG_LENGTH, 0x0110, "signature_length", "V2",               \
	    "the signature is not 256 bytes long",                            \
	    "send the whole signature: raw, Base64 or hex")                   \
	X(SOTER_E_PEM, 0x0111, "pem", "b.2",                                  \
	    "the PEM text is broken",                                         \
	    "send it with its BEGIN and END lines")                           \
	X(SOTER_E_PEM_LABEL, 0x0112, "pem_label", "b.2",                      \
	    "the PEM label names another thing than the content is",          \
	    "correct the BEGIN and END lines")                                \
	X(SOTER_E_DER, 0x0113, "der", "b.5",                                  \
	    "the DER encoding of a key or certificate is broken",             \
	    "export the key or the certificate again")                        \
	X(SOTER_E_XML, 0x0114, "xml", "b.6",                                  \
	    "the device info is not the XML that the standard describes",     \
	    "send the model text as the client made it")                      \
	X(SOTER_E_XML_NODE, 0x0115, "xml_node", "b.6",                        \
	    "the device info has an element that the standard does not know", \
	    "send the model text as the client made it")                      \
	/* 02: cryptography said no (crypto/) */                              \
	X(SOTER_E_SIGNATURE, 0x0201, "signature", "V1 V2",                    \
	    "the signature does not match these bytes under this key",        \
	    "run `soter explain` with the other keys you have")               \
	X(SOTER_E_SALT, 0x0202, "salt", "b.4",                                \
	    "the signature is valid under a salt length that the rule does not allow here", \
	    "never raise or guess the salt length; if this vendor's phones do so, it takes a profile") \
	X(SOTER_E_KEY_ALGORITHM, 0x0203, "key_algorithm", "V3",               \
	    "the key is not an RSA key",                                      \
	    "only RSA-2048 is accepted today")                                \
	X(SOTER_E_KEY_SIZE, 0x0204, "key_size", "V3",                         \
	    "the RSA modulus is not 2048 bits long",                          \
	    "only RSA-2048 is accepted today")                                \
	X(SOTER_E_KEY_EXPONENT, 0x0205, "key_exponent", "V3",                 \
	    "the RSA public exponent is not 65537",                           \
	    "refuse the device: no genuine phone makes such a key")           \
	X(SOTER_E_KEY_WEAK, 0x0206, "key_weak", "V3",                         \
	    "the RSA modulus is even or has a small factor",                  \
	    "refuse the device: anyone can factor this key")                  \
	X(SOTER_E_KEY_ROCA, 0x0207, "key_roca", "V3",                         \
	    "the RSA modulus has the ROCA fingerprint (CVE-2017-15361)",      \
	    "refuse the device: its key generator is known to be broken")     \
	/* 03: well formed, but the trust rules refuse it (chain/) */         \
	X(SOTER_E_REPLAY, 0x0301, "counter_behind", "V8",                     \
	    "the counter is not larger than the highest one accepted before", \
	    "a replay, or two messages that overtook each other: ask the phone to sign anew") \
	X(SOTER_E_CHALLENGE, 0x0302, "challenge_differs", "V11",              \
	    "the signed challenge is not the one that was issued",            \
	    "look the challenge up by this user and this business; it dies at first use") \
	X(SOTER_E_CPU_ID, 0x0303, "cpu_id_differs", "V7",                     \
	    "the object comes from another device",                           \
	    "look the key up by the owner that is bound to the account")      \
	X(SOTER_E_UID, 0x0304, "uid_differs", "V7",                           \
	    "the object belongs to another app or another user profile",      \
	    "look the key up by the owner that is bound to the account")      \
	X(SOTER_E_FINGER, 0x0305, "finger_unknown", "V12",                    \
	    "the finger is none of those accepted for this account",          \
	    "ask for the password, then add the finger")                      \
	X(SOTER_E_FINGER_NONE, 0x0306, "finger_not_available", "b.7",         \
	    "the result does not say which finger was used, so a finger policy cannot pass", \
	    "ask for the password instead")                                   \
	X(SOTER_E_DENIED, 0x0307, "denied", "V14",                            \
	    "the device, TEE or sensor is on the deny list",                  \
	    "do not retry; the list is the operator's decision")              \
	X(SOTER_E_CLASS, 0x0308, "class_differs", "h.1 class",                \
	    "the device root is of another class (test or production) than this verifier", \
	    "use the verifier of that class")                                 \
	X(SOTER_E_ATTK_UNKNOWN, 0x0309, "attk_unknown", "e.3",                \
	    "no device root (ATTK) is known for this device, so nothing can be said about the signature", \
	    "ask the TAM that holds the device's root")                       \
	X(SOTER_E_ATTK_REVOKED, 0x030a, "attk_revoked", "e.3",                \
	    "the device root was revoked",                                    \
	    "refuse the device for good")                                     \
	X(SOTER_E_ATTK_SUSPENDED, 0x030b, "attk_suspended", "e.3",            \
	    "the device root is suspended",                                   \
	    "refuse for now; the operator decides")                           \
	X(SOTER_E_SELF, 0x030c, "key_under_itself", "h.1 kinds",              \
	    "the key is offered under its own signature",                     \
	    "check that signer and object were not mixed up")                 \
	X(SOTER_E_CHAIN_LENGTH, 0x030d, "chain_length", "V18",                \
	    "the certificate chain does not have exactly four certificates",  \
	    "upload `certs` as the phone gave it")                            \
	X(SOTER_E_CHAIN_ROOT, 0x030e, "chain_root", "V18",                    \
	    "the chain does not end in the root key pinned for this vendor",  \
	    "refuse: anybody can make such a chain")                          \
	X(SOTER_E_CHAIN_SIGNATURE, 0x030f, "chain_signature", "V18",          \
	    "a certificate is not signed by the next one",                    \
	    "refuse: the chain was put together from pieces or changed")      \
	X(SOTER_E_CHAIN_NAME, 0x0310, "chain_name", "V18",                    \
	    "the device certificate's name does not belong to the cpu_id",    \
	    "refuse: the device certificate is another phone's")              \
	X(SOTER_E_CHAIN_COPY, 0x0311, "chain_copy", "V18",                    \
	    "the unsigned copy of cpu_id, uid or counter differs from the attested value", \
	    "refuse: the upload was changed after the phone made it")         \
	X(SOTER_E_ATTEST_MISSING, 0x0312, "attestation_missing", "V18",       \
	    "the leaf certificate has no key attestation, or not one SOTER text in it", \
	    "refuse: this is not a SOTER key")                                \
	X(SOTER_E_ATTEST_LEVEL, 0x0313, "attestation_level", "V18",           \
	    "the attestation or the key does not live in the TEE (security level 1)", \
	    "refuse: the key can be copied")                                  \
	X(SOTER_E_ATTEST_PURPOSE, 0x0314, "attestation_purpose", "V18",       \
	    "the TEE does not say that the key is a SOTER attest key",        \
	    "refuse: any app can make such a key")                            \
	X(SOTER_E_ATTEST_KEY, 0x0315, "attestation_key", "V18",               \
	    "the TEE-enforced list does not describe an RSA-2048 PSS SHA-256 key made in the TEE", \
	    "refuse: the key is not what the standard wants")                 \
	/* 04: storage (teehost/, store/) */                                  \
	X(SOTER_E_NOTFOUND, 0x0401, "not_found", "-",                         \
	    "there is no such record",                                        \
	    "create it first")                                                \
	X(SOTER_E_EXISTS, 0x0402, "exists", "-",                              \
	    "the record is already there",                                    \
	    "remove it first, or ask to overwrite it")                        \
	X(SOTER_E_CORRUPT, 0x0403, "corrupt", "-",                            \
	    "a stored record was changed behind the back of its owner",       \
	    "treat it as an attack or a broken disk; nothing of it was used") \
	X(SOTER_E_FULL, 0x0404, "storage_full", "-",                          \
	    "no space is left where this is stored",                          \
	    "free some space and try again; nothing was lost")                \
	X(SOTER_E_STORAGE, 0x0405, "storage", "-",                            \
	    "the storage cannot be read or written",                          \
	    "check disk, mount and permissions; nothing was acknowledged")    \
	X(SOTER_E_ROLLBACK, 0x0406, "rolled_back", "-",                       \
	    "the storage is older than what was last acknowledged",           \
	    "somebody put an old copy back: put the newest one back, or provision anew") \
	X(SOTER_E_CONFLICT, 0x0407, "conflict", "-",                          \
	    "the record was changed meanwhile, or is not what the change stands on", \
	    "read it again, then decide again")                               \
	X(SOTER_E_BUSY, 0x0408, "store_busy", "-",                            \
	    "the store cannot be reached, or has no time; nothing was changed", \
	    "try again in a moment; is the database running?")                \
	X(SOTER_E_OUTCOME, 0x0409, "outcome_unknown", "-",                    \
	    "the connection to the store was lost before it answered a change", \
	    "read the record again before repeating: it was changed whole or not at all") \
	X(SOTER_E_SCHEMA, 0x040a, "schema_newer", "-",                        \
	    "the store was made or migrated by a newer program",              \
	    "install that program; nothing goes back")                        \
	X(SOTER_E_SCHEMA_OLDER, 0x040b, "schema_older", "-",                  \
	    "the store was made by an older program",                         \
	    "back it up, then run migrate")

/*
 * What can happen on a device, too.  P: what only somebody meets who enrols or
 * has the PIN, and so no app.
 */
#define SOTER_RC_DEVICE_ROWS(X, P) \
	/*                                                                    \
	 * 05: the TEE said no (ta/).  The low byte, made negative, is the    \
	 * number that the standard gives (c.3), and 0xff is -1000.           \
	 */                                                                   \
	X(SOTER_E_ATTK_IS_VALID, 0x0501, "attk_is_valid", "c.3", \
	    "a valid device root is already there", \
	    "nothing to do") \
	X(SOTER_E_ATTK_NOT_EXIST, 0x0502, "attk_not_exist", "c.3", \
	    "the device has no root key (ATTK)", \
	    "provision the device: `soter tee provision`") \
	X(SOTER_E_ATTK_DIGEST_NOT_MATCH, 0x0503, "attk_digest_not_match", "c.3", \
	    "the stored device root does not fit its digest", \
	    "the root is damaged and so is its copy: the device goes back to the factory") \
	X(SOTER_E_ATTK_DIGEST_NOT_READY, 0x0504, "attk_digest_not_ready", "c.3", \
	    "the stored device root has no digest", \
	    "provision the device again") \
	X(SOTER_E_ASK_NOT_READY, 0x0505, "ask_not_ready", "c.3", \
	    "the app has no ASK", \
	    "generate the ASK first") \
	X(SOTER_E_AUTH_KEY_NOT_READY, 0x0506, "auth_key_not_ready", "c.3", \
	    "there is no AuthKey of this name", \
	    "generate the AuthKey first; a new ASK removes all AuthKeys below it") \
	X(SOTER_E_SESSION_OUT_OF_TIME, 0x0507, "session_out_of_time", "c.3", \
	    "the signing session has ended by time", \
	    "begin again") \
	X(SOTER_E_NO_AUTH_KEY_MATCHED, 0x0508, "no_auth_key_matched", "c.3", \
	    "no AuthKey matches", \
	    "generate the AuthKey first") \
	X(SOTER_E_IS_AUTHING, 0x0509, "is_authing", "c.3", \
	    "all signing sessions of this app or of this device, or the sensor, are taken", \
	    "finish or cancel one, or wait a minute") \
	X(SOTER_E_OTHERS, 0x050a, "others", "c.3", \
	    "the TEE failed for a reason that has no number", \
	    "look into the log of the TEE") \
	X(SOTER_E_TEE_NOMEM, 0x050b, "memory_allocation_failed", "c.3", \
	    "the TEE is out of memory", \
	    "try again") \
	X(SOTER_E_NOT_ENABLED, 0x050c, "soter_not_enabled", "c.3", \
	    "SOTER is switched off in this TEE", \
	    "ask the maker of the device") \
	X(SOTER_E_ATTK_NOT_PROVISIONED, 0x050d, "attk_not_provisioned", "c.3", \
	    "the device was never provisioned", \
	    "provision the device: `soter tee provision`") \
	X(SOTER_E_SECURITY_STATE, 0x050e, "security_state_failure", "c.3", \
	    "the TEE found its storage in a state that only an attack or an older TA explains, and refuses to go on", \
	    "see the log of the TEE; put back the storage or the TA that belong together") \
	X(SOTER_E_INVALID_TAG, 0x050f, "invalid_tag", "c.3", \
	    "a tag is not known", \
	    "correct the call") \
	X(SOTER_E_TEE_ARGUMENT, 0x0510, "invalid_argument", "c.3", \
	    "the TEE refused an argument", \
	    "correct the call: see the limits in docs/protocol.md") \
	X(SOTER_E_TEE_KEY_SIZE, 0x0511, "unsupported_key_size", "c.3", \
	    "this key size is not offered", \
	    "only RSA-2048 is") \
	X(SOTER_E_TEE_COMMUNICATION, 0x0512, "secure_hw_communication_failed", "c.3", \
	    "the TEE could not be reached, or its storage could not be used", \
	    "is it running, is its disk full?") \
	X(SOTER_E_ATTK_PROVISIONED, 0x0514, "attk_already_provisioned", "c.3", \
	    "the device has its root already, and keeps it for life", \
	    "nothing to do; only a factory token of the maker replaces a root") \
	X(SOTER_E_RPMB_NOT_PROVISIONED, 0x0515, "rpmb_not_provisioned", "c.3", \
	    "the replay-protected storage is not ready", \
	    "program the RPMB key first") \
	X(SOTER_E_TEE_BUFFER, 0x0516, "insufficient_buffer_space", "c.3", \
	    "a buffer is too small", \
	    "call again with a larger buffer") \
	X(SOTER_E_TEE_DIGEST, 0x0517, "unsupported_digest", "c.3", \
	    "this digest is not offered", \
	    "only SHA-256 is") \
	X(SOTER_E_TEE_PADDING, 0x0518, "unsupported_padding_mode", "c.3", \
	    "this padding is not offered", \
	    "only PSS is") \
	X(SOTER_E_KEY_BLOB, 0x0519, "invalid_key_blob", "c.3", \
	    "a stored key is damaged", \
	    "remove the key and generate it again") \
	X(SOTER_E_VERIFICATION_FAILED, 0x051a, "verification_failed", "c.3", \
	    "no fresh biometric match belongs to this signing session", \
	    "touch the sensor, then finish again: the session is still there") \
	X(SOTER_E_AUTH_TIMEOUT, 0x051b, "invalid_authorization_timeout", "c.3", \
	    "the authorisation time makes no sense", \
	    "correct the call") \
	X(SOTER_E_EXPORT_OPTIONS, 0x051c, "key_export_options_invalid", "c.3", \
	    "the export options make no sense", \
	    "correct the call") \
	X(SOTER_E_TEE_NULL, 0x051d, "unexpected_null_pointer", "c.3", \
	    "something that must be there is missing", \
	    "correct the call") \
	P(SOTER_E_PIN, 0x0540, "pin_wrong", "k.1.4", \
	    "the PIN is wrong, or not set yet", \
	    "try again with the right PIN; each wrong one makes the next wait longer") \
	P(SOTER_E_PIN_WAIT, 0x0541, "pin_wait", "k.1.4", \
	    "too many wrong PINs: the next try has to wait", \
	    "wait as long as the status says; a restart begins the wait anew") \
	X(SOTER_E_FROZEN, 0x0542, "biometric_frozen", "k.1.4", \
	    "too many misses: the sensor is frozen for a while", \
	    "wait as long as the status says, or clear the freeze with the PIN") \
	X(SOTER_E_MISS, 0x0543, "biometric_miss", "k.1.4", \
	    "the finger or face is none of those enrolled", \
	    "try again") \
	X(SOTER_E_NOT_ENROLLED, 0x0544, "not_enrolled", "k.1.4", \
	    "no finger or face of this user is enrolled, or not this one", \
	    "enrol one first") \
	P(SOTER_E_ENROL_FULL, 0x0545, "enrol_full", "k.1.4", \
	    "no more fingers or faces can be enrolled", \
	    "remove one first") \
	X(SOTER_E_WAITING, 0x0546, "waiting_for_touch", "k.1.4", \
	    "nothing has touched the sensor yet", \
	    "touch it and ask again") \
	X(SOTER_E_ACCESS, 0x0547, "access_denied", "k.1.4", \
	    "the caller has no right to this command or to this uid", \
	    "call it as the identity that the TEE is configured for") \
	X(SOTER_E_SENSOR, 0x0548, "sensor_refused", "k.1.4", \
	    "the sensor is not there, or a release build refuses a simulated one", \
	    "configure a real sensor") \
	P(SOTER_E_ENROLLED, 0x0549, "already_enrolled", "k.1.4", \
	    "this finger or face is enrolled already", \
	    "use it, or enrol another one") \
	X(SOTER_E_SERVICE, 0x05c8, "service_unknown", "c.3", \
	    "the device service failed for a reason that has no number", \
	    "look into its log") \
	X(SOTER_E_UID_NULL, 0x05c9, "uid_null", "c.3", \
	    "the uid is missing", \
	    "correct the call") \
	X(SOTER_E_KNAME_NULL, 0x05ca, "kname_null", "c.3", \
	    "the AuthKey name is missing", \
	    "correct the call") \
	X(SOTER_E_CHALLENGE_NULL, 0x05cb, "challenge_null", "c.3", \
	    "the challenge is missing", \
	    "correct the call") \
	X(SOTER_E_SESSION_NULL, 0x05cc, "operateid_null", "c.3", \
	    "the signing session is missing", \
	    "correct the call") \
	X(SOTER_E_TEE_UNKNOWN, 0x05ff, "unknown_error", "c.3", \
	    "no such session, or an error that has no number", \
	    "begin again") \
	/* 06: the caller or the machine */                                   \
	X(SOTER_E_ARGUMENT, 0x0601, "argument", "-",                          \
	    "an argument is missing or makes no sense",                       \
	    "correct the call")                                               \
	X(SOTER_E_NOMEM, 0x0602, "no_memory", "-",                            \
	    "out of memory",                                                  \
	    "try again; nothing was accepted")                                \
	X(SOTER_E_ENGINE, 0x0603, "engine", "-",                              \
	    "the cryptographic library failed for a reason of its own",       \
	    "try again; nothing was accepted")                                \
	X(SOTER_E_READ, 0x0604, "read", "-",                                  \
	    "a file cannot be read",                                          \
	    "check its name, type, size and permissions")                     \
	/* 07: an app's library and the device service (device/) */           \
	X(SOTER_E_NO_SERVICE, 0x0701, "no_device_service", "d.1",             \
	    "the device service cannot be reached",                           \
	    "is soterd running, and is this its socket?")                      \
	X(SOTER_E_SERVICE_ANSWER, 0x0702, "service_answer", "c.6",            \
	    "the device service answered something that is no answer",        \
	    "is something else listening there, or a soterd of another version?") \
	X(SOTER_E_TIME, 0x0703, "time_limit", "d.1",                          \
	    "the call did not end within its time limit",                     \
	    "try again, or allow more time; what was begun may still come to an end") \
	X(SOTER_E_CANCELLED, 0x0704, "cancelled", "d.4",                      \
	    "the call was cancelled",                                         \
	    "nothing")                                                        \
	X(SOTER_E_UPLOAD_REFUSED, 0x0705, "upload_refused", "d.5",            \
	    "the app's server refused what was uploaded",                     \
	    "see its log: soter-verify names the link that failed")           \
	X(SOTER_E_NETWORK, 0x0706, "network", "d.5",                          \
	    "the app's server could not be reached: nothing came to it",      \
	    "try again when there is a network; the answer says what was removed") \
	X(SOTER_E_STATUS_FILE, 0x0707, "status_file", "d.3",                  \
	    "the file in which the state of the keys is kept cannot be used", \
	    "check the directory: it must exist and belong to the app alone") \
	X(SOTER_E_UNREADABLE, 0x0708, "export_unreadable", "b.1",             \
	    "the TEE gave out a key or a result that cannot be read",         \
	    "make the key anew; if that is no cure, the TEE is broken, or its TA of another version") \
	X(SOTER_E_FORKED, 0x0709, "forked", "-",                              \
	    "this belongs to another process, from which fork() made this one", \
	    "make one of its own in this process, or before exec() none at all") \
	X(SOTER_E_NO_ANSWER, 0x070a, "no_answer", "d.6",                      \
	    "the app's server was asked, and gave no answer: it may have done what it was asked", \
	    "ask it what it has, or let the user look, before this is done once more") \
	X(SOTER_E_SERVICE_CLOSED, 0x070b, "device_service_closed", "d.1",     \
	    "this user may not connect to the socket of the device service",  \
	    "see the mode and the group of the socket and of its folder with ls -l: join the group, or have it opened")

#define SOTER_RC_LEFT_OUT(name, number, word, rule, text, next)
#define SOTER_RC_DEVICE_LIST(X) SOTER_RC_DEVICE_ROWS(X, X)
/* All that libsoter-core has texts for. */
#define SOTER_RC_APP_LIST(X) SOTER_RC_DEVICE_ROWS(X, SOTER_RC_LEFT_OUT)

/* What only a server meets. */
#define SOTER_RC_SERVER_LIST(X) \
	/* 08: a server and the network (net/) */                             \
	X(SOTER_E_LISTEN, 0x0801, "listen", "-",                              \
	    "an address cannot be listened at",                               \
	    "is it this machine's, is it free, may this user have its port?") \
	X(SOTER_E_TLS_FILE, 0x0802, "tls_file", "-",                          \
	    "a certificate, a key or a CA file cannot be used",               \
	    "check that it is PEM, readable, and that key and certificate belong together") \
	/* 09: whoever asks a server */                                       \
	X(SOTER_E_TOKEN, 0x0901, "token_invalid", "e.1",                      \
	    "the access token is none of this server's, or was changed",      \
	    "get a new one with appid and secret")                            \
	X(SOTER_E_TOKEN_EXPIRED, 0x0902, "token_expired", "e.1",              \
	    "the access token was good, but its time is over",                \
	    "get a new one; they live for two hours")                         \
	X(SOTER_E_TOKEN_REVOKED, 0x0903, "token_revoked", "e.1",              \
	    "the access tokens of this tenant were revoked after this one was made", \
	    "get a new one; if that fails, ask the operator")                 \
	X(SOTER_E_TENANT, 0x0904, "tenant_unknown", "e.1",                    \
	    "there is no tenant of this appid",                               \
	    "ask the operator: `soter tam tenant add`")                       \
	X(SOTER_E_SECRET, 0x0905, "secret_wrong", "e.1",                      \
	    "the secret is not the tenant's",                                 \
	    "ask the operator for a new one: `soter tam tenant secret`")      \
	X(SOTER_E_TENANT_SUSPENDED, 0x0906, "tenant_suspended", "e.1",        \
	    "the tenant is suspended",                                        \
	    "ask the operator")                                               \
	X(SOTER_E_RIGHT, 0x0907, "not_permitted", "e",                        \
	    "the tenant has no right to ask this",                            \
	    "ask the operator: `soter tam tenant`")                           \
	X(SOTER_E_RATE, 0x0908, "rate_limited", "e",                          \
	    "the tenant asks faster than it may",                             \
	    "slow down, or ask the operator for a higher rate")               \
	X(SOTER_E_ATTK_DIFFERS, 0x0909, "attk_differs", "f",                  \
	    "another root is known for this device",                          \
	    "a repaired board is a new device; else treat it as an attack")   \
	X(SOTER_E_ATTK_SHARED, 0x090a, "attk_shared", "f",                    \
	    "the same root is known for another device",                      \
	    "treat it as a leaked key: no two devices make the same")         \
	X(SOTER_E_MODEL_UNKNOWN, 0x090b, "model_unknown", "e.2",              \
	    "no rule of the model registry speaks of this model",             \
	    "ask the operator: `soter tam model`")                            \
	X(SOTER_E_MODEL_DENIED, 0x090c, "model_denied", "e.2",                \
	    "a rule of the model registry denies this model",                 \
	    "the operator's note beside the rule says why")                   \
	X(SOTER_E_ATTK_PRIME, 0x090d, "attk_prime_shared", "V3",              \
	    "the root shares a prime with that of another device",            \
	    "revoke both: whoever has both public keys can forge for either")

#define SOTER_RC_LIST(X) \
	SOTER_RC_VERIFIER_LIST(X) SOTER_RC_DEVICE_LIST(X) SOTER_RC_SERVER_LIST(X)

/*
 * What would have matched: the same columns, in the same number space, but
 * another type, so that a hint can never be taken for a verdict.
 */
#define SOTER_HINT_LIST(X)                                                    \
	X(SOTER_HINT_SALT, 0x1001, "salt_other", "b.4",                       \
	    "the signature is valid, but with this salt length",               \
	    "only the announced length counts: 20 or 32, and 20 if none is said")            \
	X(SOTER_HINT_CRLF, 0x1002, "lf_became_crlf", "V1",                    \
	    "line feeds were rewritten to CR LF",                             \
	    "transfer the text as binary; mark it -text in version control")  \
	X(SOTER_HINT_LF, 0x1003, "crlf_became_lf", "V1",                      \
	    "CR LF was rewritten to line feeds",                              \
	    "transfer the text as binary; mark it -text in version control")  \
	X(SOTER_HINT_ESCAPED, 0x1004, "newline_became_escape", "b.2",         \
	    "raw line feeds inside the JSON were rewritten to \\n",           \
	    "store the text, never parse and re-serialise it")                \
	X(SOTER_HINT_UNESCAPED, 0x1005, "escape_became_newline", "b.2",       \
	    "the two characters \\n inside the JSON were rewritten to a raw line feed", \
	    "store the text without interpreting escapes")                    \
	X(SOTER_HINT_SPACES, 0x1006, "spaces_changed", "V1",                  \
	    "white space between the JSON tokens was added or removed",       \
	    "store the text, never parse and re-serialise it")                \
	X(SOTER_HINT_ORDER, 0x1007, "key_order_changed", "V1",                \
	    "the JSON fields stand in another order than they were signed in",\
	    "store the text, never parse and re-serialise it")                \
	X(SOTER_HINT_SLASH, 0x1008, "slash_changed", "V1",                    \
	    "\\/ was rewritten to / or the other way",                        \
	    "store the text, never parse and re-serialise it")                \
	X(SOTER_HINT_BOM, 0x1009, "byte_order_mark", "V1",                    \
	    "a byte-order mark was put in front",                             \
	    "save the file as UTF-8 without a byte-order mark")               \
	X(SOTER_HINT_NEWLINE_ADDED, 0x100a, "newline_added", "V1",            \
	    "a line end was added after the text",                            \
	    "use printf or a binary copy instead of echo or an editor")       \
	X(SOTER_HINT_NEWLINE_CUT, 0x100b, "newline_cut", "V1",                \
	    "a line end was cut off behind the text",                         \
	    "do not trim what the phone sent")                                \
	X(SOTER_HINT_WRAPPED, 0x100c, "base64_wrapped", "V20",                \
	    "line ends stand in or around the signature's text",                   \
	    "send the signature's text in one line (NO_WRAP)")                           \
	X(SOTER_HINT_URLSAFE, 0x100d, "base64_urlsafe", "V20",                \
	    "the signature is in URL-safe Base64, or its padding is wrong",               \
	    "use the standard alphabet, with padding")                        \
	X(SOTER_HINT_BLANK, 0x100e, "base64_blank", "V20",                    \
	    "each + of the signature's Base64 became a blank",                \
	    "URL-encode the value before it goes into a form or a query")     \
	X(SOTER_HINT_TWICE, 0x100f, "base64_twice", "V20",                    \
	    "the signature was Base64-encoded twice",                         \
	    "encode once")                                                    \
	X(SOTER_HINT_CUT, 0x1010, "signature_cut", "V2",                      \
	    "only part of the 256 bytes of the signature arrived",            \
	    "look for a column or a field that is too short")                 \
	X(SOTER_HINT_OTHER_KEY, 0x1011, "other_key", "V5 V7",                 \
	    "the signature is by another key of those you named",             \
	    "look the key up by the owner and the business of this request")  \
	X(SOTER_HINT_PKCS1, 0x1012, "pkcs1", "b.4",                           \
	    "the signature is PKCS#1 v1.5, not PSS",                          \
	    "sign with RSASSA-PSS, SHA-256, salt 20")                         \
	X(SOTER_HINT_LABEL, 0x1013, "pem_label_wrong", "b.2",                 \
	    "the PEM label names another thing than the content is",          \
	    "correct the BEGIN and END lines")                                \
	X(SOTER_HINT_TEXT, 0x1014, "text_changed", "V1",                      \
	    "the key is the right one, but it signed other bytes",            \
	    "compare the text with what the phone sent; if no other hint stands here, the content itself was changed") \
	X(SOTER_HINT_FRAME, 0x1015, "export_frame", "b.1",                    \
	    "the 4-byte length of the export blob stands in front of the text", \
	    "verify the JSON that follows the length, or hand over the whole blob")
/* clang-format on */

#define SOTER_CODE_ENUM(name, number, word, rule, text, next) name = number,

enum soter_rc { SOTER_RC_LIST(SOTER_CODE_ENUM) };

enum soter_hint { SOTER_HINT_LIST(SOTER_CODE_ENUM) };

/* A run of bytes that somebody else owns. */
struct soter_span {
	const uint8_t *p; /* may be NULL if n is 0 */
	size_t n;
};

/** One row of the lists above. */
struct soter_code {
	unsigned number;
	const char *name; /* "SOTER_E_REPLAY" */
	const char *word; /* "counter_behind": stable */
	const char *rule; /* clause of docs/protocol.md, "-" if none */
	const char *text; /* what it means */
	const char *next; /* what to do next */
};

/*
 * The texts.  libsoter-verify has all of them; libsoter-core has those of
 * layers 05 to 07, but for PIN and enrolment, without their C names, and
 * neither soter_codes() nor soter_code_find_word().
 */

/**
 * The whole catalogue, verdicts first, then hints, in rising numbers.
 *
 * n  receives the number of rows; may be NULL.
 * Returns static storage.
 */
SOTER_PUBLIC const struct soter_code *soter_codes(size_t *n);

/**
 * The row of a number (an enum soter_rc or an enum soter_hint), or NULL.
 */
SOTER_PUBLIC const struct soter_code *soter_code_find(unsigned number);

/** The row of a word, or NULL.  word: NUL-terminated. */
SOTER_PUBLIC const struct soter_code *soter_code_find_word(const char *word);

/** The stable word of rc; "unknown" for a number that was never given out. */
SOTER_PUBLIC const char *soter_rc_word(enum soter_rc rc);

/** What rc means, in one sentence without a full stop. */
SOTER_PUBLIC const char *soter_rc_text(enum soter_rc rc);

/** A span over a NUL-terminated text, without the NUL.  NULL gives {NULL, 0}.
 */
SOTER_PUBLIC struct soter_span soter_text(const char *s);

#ifdef __cplusplus
}
#endif

#endif
