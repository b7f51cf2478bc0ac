/* SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <openssl/evp.h>

#include "tests/check.h"
#include "tests/tabox.h"
#include "wire/export.h"
#include "wire/keyjson.h"
#include "wire/result.h"

struct tabox_reply tabox_last;
struct tabox_ta tabox_builds[TABOX_POOL_BUILDS];

#define MUST(c)                                                          \
	do {                                                             \
		if (!(c)) {                                              \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #c); \
			fflush(stdout);                                  \
			abort();                                         \
		}                                                        \
	} while (0)

/* ---- the TA ------------------------------------------------------------ */

static void
load(struct tabox_ta *out, const char *path)
{
	void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (h == NULL)
		printf("# %s\n", dlerror());
	MUST(h != NULL);
	out->handle = h;
	/* As POSIX says that a function comes out of dlsym(). */
	*(void **)&out->entry.create = dlsym(h, "TA_CreateEntryPoint");
	*(void **)&out->entry.destroy = dlsym(h, "TA_DestroyEntryPoint");
	*(void **)&out->entry.open_session =
	    dlsym(h, "TA_OpenSessionEntryPoint");
	*(void **)&out->entry.close_session =
	    dlsym(h, "TA_CloseSessionEntryPoint");
	*(void **)&out->entry.invoke = dlsym(h, "TA_InvokeCommandEntryPoint");
	MUST(out->entry.create != NULL && out->entry.destroy != NULL &&
	    out->entry.open_session != NULL &&
	    out->entry.close_session != NULL && out->entry.invoke != NULL);
}

void
tabox_load(int argc, char **argv)
{
	MUST(argc == 1 + TABOX_BUILDS || argc == 1 + TABOX_POOL_BUILDS);
	for (int i = 0; i < argc - 1; i++)
		load(&tabox_builds[i], argv[1 + i]);
}

/* ---- identities -------------------------------------------------------- */

/* What Linux makes of a uid or gid, written once more, on OpenSSL. */
static TEE_UUID
login_uuid(const char *kind, unsigned id)
{
	static const uint8_t space[16] = { 0x58, 0xac, 0x9c, 0xa0, 0x20, 0x86,
		0x46, 0x83, 0xa1, 0xb8, 0xec, 0x4b, 0xc0, 0x8e, 0x01, 0xb6 };
	uint8_t in[64], d[EVP_MAX_MD_SIZE];
	TEE_UUID u;
	int n;

	memcpy(in, space, 16);
	n = snprintf((char *)in + 16, sizeof(in) - 16, "%s=%x", kind, id);
	MUST(EVP_Digest(in, 16 + (size_t)n, d, NULL, EVP_sha1(), NULL) == 1);
	d[6] = (uint8_t)((d[6] & 0x0f) | 0x50);
	d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
	u.timeLow = (uint32_t)d[0] << 24 | (uint32_t)d[1] << 16 |
	    (uint32_t)d[2] << 8 | d[3];
	u.timeMid = (uint16_t)(d[4] << 8 | d[5]);
	u.timeHiAndVersion = (uint16_t)(d[6] << 8 | d[7]);
	memcpy(u.clockSeqAndNode, d + 8, 8);
	return (u);
}

static const TEE_UUID biometric = SOTER_BIO_UUID;

TEE_Identity
tabox_identity(enum tabox_who who)
{
	TEE_Identity id = { .login = TEE_LOGIN_USER };

	switch (who) {
	case TABOX_SERVICE:
		id.uuid = login_uuid("uid", TABOX_SERVICE_UID);
		break;
	case TABOX_FACTORY:
		id.uuid = login_uuid("uid", TABOX_FACTORY_UID);
		break;
	case TABOX_ENROLLER:
		id.uuid = login_uuid("uid", TABOX_ENROLLER_UID);
		break;
	case TABOX_BIOMETRIC:
		id = (TEE_Identity){ TEE_LOGIN_TRUSTED_APP, biometric };
		break;
	case TABOX_OTHER_TA:
		id = (TEE_Identity){ TEE_LOGIN_TRUSTED_APP, biometric };
		id.uuid.clockSeqAndNode[7] ^= 1;
		break;
	case TABOX_LIAR:
		id.uuid = biometric;
		break;
	case TABOX_USER_1001:
		id.uuid = login_uuid("uid", 1001);
		break;
	case TABOX_USER_1002:
		id.uuid = login_uuid("uid", 1002);
		break;
	case TABOX_TA_1001:
		id.login = TEE_LOGIN_TRUSTED_APP;
		id.uuid = login_uuid("uid", 1001);
		break;
	case TABOX_GROUP_990:
		id.login = TEE_LOGIN_GROUP;
		id.uuid = login_uuid("gid", TABOX_SERVICE_UID);
		break;
	default:
		id = (TEE_Identity){ .login = TEE_LOGIN_PUBLIC };
		break;
	}
	return (id);
}

/* ---- the machine ------------------------------------------------------- */

static TEE_Result
no_open(void *state, const TEE_UUID *to, uint32_t timeout_ms, uint32_t types,
    TEE_Param params[4], void **session, uint32_t *origin)
{
	(void)state;
	(void)to;
	(void)timeout_ms;
	(void)types;
	(void)params;
	(void)session;
	*origin = TEE_ORIGIN_TEE;
	return (TEE_ERROR_ITEM_NOT_FOUND);
}

/* TA soter calls nobody: a call back would hang a board. */
static TEE_Result
no_invoke(void *state, void *session, uint32_t timeout_ms, uint32_t command,
    uint32_t types, TEE_Param params[4], uint32_t *origin)
{
	(void)state;
	(void)session;
	(void)timeout_ms;
	(void)command;
	(void)types;
	(void)params;
	(void)origin;
	abort();
}

static void
no_close(void *state, void *session)
{
	(void)state;
	(void)session;
	abort();
}

static bool
never(void *state)
{
	(void)state;
	return (false);
}

static uint64_t
clock_ms(void *state)
{
	struct tabox *box = state;

	if (box->on_time != NULL)
		box->on_time(box->on_time_state);
	return (box->now_ms);
}

static void
on_panic(void *state, TEE_Result code, const char *why)
{
	(void)state;
	printf("# the TA panicked: %08x %s\n", code, why);
	fflush(stdout);
	abort();
}

static const struct teehost_env env = { no_open, no_invoke, no_close, never,
	clock_ms, NULL, on_panic };

static const struct teehost_property tee_properties[] = {
	{ "gpd.tee.description", TEEHOST_STRING, TABOX_TEE_NAME },
	{ "gpd.tee.trustedStorage.antiRollback.protectionLevel", TEEHOST_U32,
	    "1000" },
};

static void
write_identity(char out[64], enum tabox_who who)
{
	TEE_Identity id = tabox_identity(who);
	const uint8_t *c = id.uuid.clockSeqAndNode;

	snprintf(out, 64, "%u:%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    id.login, id.uuid.timeLow, id.uuid.timeMid,
	    id.uuid.timeHiAndVersion, c[0], c[1], c[2], c[3], c[4], c[5], c[6],
	    c[7]);
}

static const struct teehost_property *
ta_properties(const struct tabox *box)
{
	static char who[3][64];
	static struct teehost_property rows[4];

	for (int i = 0; i < 3; i++)
		write_identity(who[i], (enum tabox_who)(TABOX_SERVICE + i));
	rows[0] =
	    (struct teehost_property){ "soter.role.service", TEEHOST_IDENTITY,
		    box->service != NULL ? box->service : who[0] };
	rows[1] = (struct teehost_property){ "soter.role.factory",
		TEEHOST_IDENTITY, who[1] };
	rows[2] = (struct teehost_property){ "soter.role.enroller",
		TEEHOST_IDENTITY, who[2] };
	rows[3] = (struct teehost_property){ "soter.development", TEEHOST_BOOL,
		box->is_development ? "true" : "false" };
	return (rows);
}

void
tabox_new(struct tabox *box, const struct tabox_ta *ta)
{
	memset(box, 0, sizeof(*box));
	box->ta = ta;
	box->now_ms = 1000000;
	box->disk = diskmodel_new(&box->power);
	MUST(box->disk != NULL);
}

enum soter_rc
tabox_start(struct tabox *box)
{
	static const uint8_t key[TEEHOST_KEY_LEN] = { 1, 2, 3 };
	struct teehost_setup setup = { .uuid = SOTER_TA_UUID,
		.ta = box->ta->entry,
		.ta_properties = ta_properties(box),
		.ta_properties_n = 4,
		.tee_properties = tee_properties,
		.tee_properties_n = SOTER_COUNT(tee_properties),
		.env = &env,
		.env_state = box };

	MUST(box->instance == NULL);
	box->folder = diskmodel_disk(box->disk);
	TRY(teehost_store_open(&box->store, box->folder,
	    diskmodel_anchor(box->disk), key));
	setup.store = box->store;
	MUST(teehost_instance_new(&box->instance, &setup) == SOTER_OK);
	MUST(teehost_instance_start(box->instance) == TEE_SUCCESS);
	return (SOTER_OK);
}

static void
forget(struct tabox *box)
{
	teehost_store_close(&box->store);
	if (box->folder != NULL)
		box->folder->ops->close(&box->folder);
	memset(box->sessions, 0, sizeof(box->sessions));
}

void
tabox_stop(struct tabox *box)
{
	teehost_instance_free(&box->instance);
	forget(box);
}

void
tabox_kill(struct tabox *box)
{
	teehost_instance_drop(&box->instance);
	forget(box);
}

void
tabox_free(struct tabox *box)
{
	tabox_kill(box);
	diskmodel_free(&box->disk);
}

void
tabox_change(struct tabox *box, const struct tabox_ta *ta)
{
	MUST(box->instance == NULL);
	box->ta = ta;
}

/* ---- calls ------------------------------------------------------------- */

static uint32_t
session_of(struct tabox *box, enum tabox_who who)
{
	TEE_Identity id = tabox_identity(who);
	TEE_Param none[4] = { { .value = { 0, 0 } } };

	if (box->sessions[who] == 0) {
		uint32_t session;

		MUST(teehost_instance_open(box->instance, &id, 0, none,
			 &session) == TEE_SUCCESS);
		box->sessions[who] = session + 1;
	}
	return (box->sessions[who] - 1);
}

void
tabox_send(struct tabox *box, enum tabox_who who, uint32_t command,
    struct soter_span request, size_t room, struct tabox_reply *reply)
{
	TEE_Param params[4] = { { .value = { 0, 0 } } };
	uint8_t *in = malloc(request.n), *out = malloc(room);
	uint32_t session = session_of(box, who);
	struct soter_span body;

	MUST((in != NULL || request.n == 0) && (out != NULL || room == 0));
	soter_copy(in, request.p, request.n);
	memset(out, 0xa5, room);
	params[0].memref.buffer = in;
	params[0].memref.size = request.n;
	params[1].memref.buffer = out;
	params[1].memref.size = room;
	memset(reply, 0, sizeof(*reply));
	reply->code = SOTER_E_ENGINE;
	reply->result = teehost_instance_invoke(box->instance, session, command,
	    TEE_PARAM_TYPES(5, 6, 0, 0), params);
	reply->n = params[1].memref.size;
	if (reply->result == TEE_SUCCESS) {
		MUST(reply->n <= room);
		MUST(soter_ta_reply_parse(&reply->code, &body,
			 soter_span(out, reply->n)) == SOTER_OK);
		MUST(body.n <= sizeof(reply->body));
		soter_copy(reply->body, body.p, body.n);
		reply->n = body.n;
	}
	free(in);
	free(out);
}

void
tabox_call(struct tabox *box, enum tabox_who who, uint32_t command,
    const struct soter_ta_request *x, struct tabox_reply *reply)
{
	const struct soter_ta_form *form = soter_ta_form(command);
	uint8_t bytes[SOTER_TA_REQUEST_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	MUST(form != NULL);
	MUST(soter_ta_request_write(&w, form, x) == SOTER_OK);
	tabox_send(box, who, command, soter_written(&w), SOTER_TA_REPLY_MAX,
	    reply);
}

static enum soter_rc
tell(struct tabox *box, enum tabox_who who, uint32_t command,
    const struct soter_ta_request *x)
{
	tabox_call(box, who, command, x, &tabox_last);
	if (tabox_last.result == TEE_ERROR_ACCESS_DENIED)
		return (SOTER_E_ACCESS);
	return (tabox_last.code);
}

enum soter_rc
tabox_do(struct tabox *box, enum tabox_who who, uint32_t command, uint32_t uid,
    const char *kname)
{
	struct soter_ta_request x = { .uid = uid,
		.kname = soter_text(kname == NULL ? "" : kname) };

	return (tell(box, who, command, &x));
}

enum soter_rc
tabox_generate(struct tabox *box, uint32_t copies, struct soter_span token)
{
	struct soter_ta_request x = { .copies = copies, .token = token };

	return (tell(box, TABOX_FACTORY, SOTER_TA_ATTK_GENERATE, &x));
}

enum soter_rc
tabox_init(struct tabox *box, uint32_t uid, const char *kname,
    const char *challenge, uint64_t *session)
{
	struct soter_ta_request x = { .uid = uid,
		.kname = soter_text(kname),
		.challenge = soter_text(challenge) };
	struct soter_reader r;

	TRY(tell(box, TABOX_SERVICE, SOTER_TA_SIGN_INIT, &x));
	r = soter_reader(soter_span(tabox_last.body, tabox_last.n));
	TRY(soter_read_le64(&r, session));
	return (soter_read_end(&r));
}

enum soter_rc
tabox_finish(struct tabox *box, uint32_t uid, uint64_t session)
{
	struct soter_ta_request x = { .uid = uid, .session = session };

	return (tell(box, TABOX_SERVICE, SOTER_TA_SIGN_FINISH, &x));
}

enum soter_rc
tabox_cancel(struct tabox *box, uint32_t uid, uint64_t session)
{
	struct soter_ta_request x = { .uid = uid, .session = session };

	return (tell(box, TABOX_SERVICE, SOTER_TA_SIGN_CANCEL, &x));
}

enum soter_rc
tabox_match(struct tabox *box, uint64_t session)
{
	struct soter_ta_request x = { .session = session,
		.fid = 7,
		.modality = SOTER_MODALITY_FINGER,
		.sequence = ++box->sequence,
		.epoch = 3,
		.sensor = soter_text("SIM"),
		.sensor_version = soter_text("1") };

	return (tell(box, TABOX_BIOMETRIC, SOTER_TA_MATCH, &x));
}

void
tabox_provision(struct tabox *box)
{
	MUST(tabox_generate(box, 1, SOTER_SPAN("")) == SOTER_OK);
	MUST(tabox_do(box, TABOX_SERVICE, SOTER_TA_ASK_GENERATE, TABOX_UID,
		 NULL) == SOTER_OK);
	MUST(tabox_do(box, TABOX_SERVICE, SOTER_TA_AUTHKEY_GENERATE, TABOX_UID,
		 TABOX_KNAME) == SOTER_OK);
}

uint64_t
tabox_counter(void)
{
	struct soter_export blob;
	struct soter_key_json key;
	struct soter_result_json result;

	if (soter_export_parse(&blob,
		soter_span(tabox_last.body, tabox_last.n)) != SOTER_OK)
		return (0);
	if (soter_key_json_parse(&key, blob.text, NULL, NULL) == SOTER_OK)
		return (key.counter);
	if (soter_result_json_parse(&result, blob.text, NULL, NULL) == SOTER_OK)
		return (result.counter);
	return (0);
}
