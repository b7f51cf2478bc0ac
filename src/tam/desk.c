/* SPDX-License-Identifier: BSD-3-Clause */
#include "tam/desk.h"

#define ANSWERS(api, result)                                           \
	{                                                              \
		"soter_tam_answers_total",                             \
		    "Answers of the open platform's API", NET_COUNTER, \
		    "api=\"" api "\",result=\"" result "\"", NULL, 0   \
	}
#define ROOTS(result)                                                      \
	{                                                                  \
		"soter_tam_roots_total", "Device roots that were brought", \
		    NET_COUNTER, "result=\"" result "\"", NULL, 0          \
	}

const struct net_metric tam_metrics[TAM_COUNTS] = {
	[TAM_COUNT_TOKEN_GIVEN] = ANSWERS("token", "given"),
	[TAM_COUNT_TOKEN_REFUSED] = ANSWERS("token", "refused"),
	[TAM_COUNT_SUPPORTED] = ANSWERS("is_support", "supported"),
	[TAM_COUNT_UNSUPPORTED] = ANSWERS("is_support", "refused"),
	[TAM_COUNT_ASK_VERIFIED] = ANSWERS("verify_ask", "verified"),
	[TAM_COUNT_ASK_REFUSED] = ANSWERS("verify_ask", "refused"),
	[TAM_COUNT_ASK_UNKNOWN] = ANSWERS("verify_ask", "unknown_device"),
	[TAM_COUNT_ROOT_STORED] = ROOTS("stored"),
	[TAM_COUNT_ROOT_SAME] = ROOTS("same"),
	[TAM_COUNT_ROOT_REFUSED] = ROOTS("refused"),
	[TAM_COUNT_UNAVAILABLE] = { "soter_tam_unavailable_total",
	    "Requests answered with 503", NET_COUNTER, NULL, NULL, 0 },
};

struct tam_desk
tam_desk(struct net_loop *loop)
{
	return ((struct tam_desk){ loop, net_loop_tally(loop) });
}

/* ---- answering ----------------------------------------------------------- */

void
tam_desk_answer_status(struct net_request *request, int status,
    const struct soter_platform_answer *x)
{
	uint8_t bytes[SOTER_PLATFORM_ANSWER_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	if (soter_platform_answer_write(&w, x) != SOTER_OK) {
		net_answer_error(request, 500, "answer");
		return;
	}
	net_answer(request,
	    &(struct net_answer){ .status = status,
		.body = soter_written(&w),
		.retry_after_s = status == 503 ? 1 : 0 });
	soter_wipe(bytes, w.len); /* maybe a token */
}

void
tam_desk_answer(struct net_request *request,
    const struct soter_platform_answer *x)
{
	tam_desk_answer_status(request, 200, x);
}

void
tam_desk_unavailable(const struct tam_desk *desk, struct net_request *request,
    enum soter_rc rc)
{
	const struct net_field fields[] = { net_id(request->id),
		net_text("reason", soter_text(soter_rc_word(rc))) };

	net_tally_add(desk->tally, TAM_COUNT_UNAVAILABLE, 1);
	net_loop_log(desk->loop, NET_LOG_WARN, "unavailable", fields,
	    SOTER_COUNT(fields));
	tam_desk_answer_status(request, 503,
	    &(struct soter_platform_answer){
		.error = SOTER_PLATFORM_E_SYSTEM });
}

void
tam_desk_log(const struct tam_desk *desk, const struct net_request *request,
    const char *api, const struct tam_app *who, const char *device,
    enum soter_rc rc)
{
	const struct net_field fields[] = { net_id(request->id),
		net_text("api", soter_text(api)),
		net_text("appid", soter_text(who == NULL ? "" : who->appid)),
		net_text("cpu_id", soter_text(device)),
		net_text("reason", soter_text(soter_rc_word(rc))) };

	net_loop_log(desk->loop, NET_LOG_INFO, "refused", fields,
	    SOTER_COUNT(fields));
}

void
tam_desk_turn_away(const struct tam_desk *desk, struct net_request *request,
    const char *api, enum tam_count count, const struct tam_app *who,
    const struct tam_shut *shut)
{
	net_tally_add(desk->tally, (size_t)count, 1);
	tam_desk_log(desk, request, api, who, "", shut->rc);
	tam_desk_answer(request,
	    &(struct soter_platform_answer){ .error = shut->error });
}

void
tam_desk_token(const struct tam_desk *desk, struct net_request *request,
    const struct tam_view *view, struct tam_now now)
{
	char text[TAM_TOKEN_HEX_MAX + 1];
	const struct tam_app *who;
	struct tam_shut shut;

	if (tam_gate_token(text, &who, &shut, view, request->query, now) !=
	    SOTER_OK) {
		tam_desk_turn_away(desk, request, "token",
		    TAM_COUNT_TOKEN_REFUSED, who, &shut);
		return;
	}
	net_tally_add(desk->tally, TAM_COUNT_TOKEN_GIVEN, 1);
	tam_desk_answer(request,
	    &(struct soter_platform_answer){ .access_token = text,
		.expires_in_s = TAM_TOKEN_S });
	soter_wipe(text, sizeof(text));
}
