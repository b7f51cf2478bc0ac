/* SPDX-License-Identifier: BSD-3-Clause */
/* soter sim: the simulated sensor, and what a PIN allows. */
#include "cli/pin.h"
#include "cli/print.h"
#include "cli/teeact.h"
#include "cli/teecall.h"

/* No sensor asks for more touches; ours. */
#define ENROL_STEPS_MAX 32

static enum soter_rc
call(uint32_t command, const struct soter_ta_request *x)
{
	return (teecall_once(TEECALL_BIO, command, x, NULL));
}

/* Fill in the PIN, do it, forget the PIN. */
static enum soter_rc
call_with_pin(uint32_t command, const struct teeline *line,
    struct soter_writer *body)
{
	struct soter_ta_request x = line->x;
	enum soter_rc rc;
	struct pin pin;

	TRY(pin_get(&pin, &line->pin, "PIN: ", "pin"));
	x.pin = pin_span(&pin);
	rc = teecall_once(TEECALL_BIO, command, &x, body);
	soter_wipe(&pin, sizeof(pin));
	return (rc);
}

/* ---- status ------------------------------------------------------------- */

static enum soter_rc
get_status(struct soter_bio_status *out, const struct teeline *line)
{
	uint8_t bytes[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(teecall_once(TEECALL_BIO, SOTER_BIO_STATUS, &line->x, &w));
	if (soter_bio_status_parse(out, soter_written(&w)) != SOTER_OK)
		return (teecall_nonsense(TEECALL_BIO));
	return (SOTER_OK);
}

enum soter_rc
teesim_status(const struct teeline *line, json_t *to)
{
	struct soter_bio_status x;

	TRY(get_status(&x, line));
	TRY(tree_put_text(to, "sensor", x.sensor));
	TRY(tree_put_bool(to, "simulated", x.simulated != 0));
	TRY(tree_put_number(to, "version", x.version));
	TRY(tree_put_number(to, "user", line->x.user));
	TRY(tree_put_number(to, "enrolled", x.enrolled));
	TRY(tree_put_number(to, "epoch", x.epoch));
	TRY(tree_put_bool(to, "pin_set", x.pin_set != 0));
	TRY(tree_put_number(to, "pin_wait_ms", x.pin_wait_ms));
	TRY(tree_put_number(to, "misses", x.misses));
	TRY(tree_put_number(to, "freeze_ms", x.freeze_ms));
	return (tree_put_number(to, "steps_left", x.steps_left));
}

static enum soter_rc
put_row(json_t *array, const struct soter_bio_row *row)
{
	json_t *to;

	TRY(tree_append_object(array, &to));
	TRY(tree_put_number(to, "fid", row->fid));
	return (tree_put_text(to, "modality",
	    row->modality == SOTER_MODALITY_FACE ? "face" : "finger"));
}

enum soter_rc
teesim_list(const struct teeline *line, json_t *to)
{
	uint8_t bytes[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_bio_row row;
	struct soter_reader r;
	json_t *array;

	TRY(teecall_once(TEECALL_BIO, SOTER_BIO_LIST, &line->x, &w));
	TRY(tree_put_array(to, "enrolled", &array));
	r = soter_reader(soter_written(&w));
	while (r.left > 0) {
		if (soter_bio_row_read(&r, &row) != SOTER_OK ||
		    row.fid > INT64_MAX)
			return (teecall_nonsense(TEECALL_BIO));
		TRY(put_row(array, &row));
	}
	return (SOTER_OK);
}

/* ---- touch and enrol ---------------------------------------------------- */

enum soter_rc
teesim_touch(const struct teeline *line, json_t *to)
{
	struct soter_ta_request x = line->x;

	(void)to;
	x.sample = soter_text(line->operand);
	return (call(SOTER_BIO_SIM_FEED, &x));
}

/* Touch after touch, until the TA has enough of them. */
static enum soter_rc
touch_all(struct teecall *bio, const struct soter_ta_request *x, json_t *to)
{
	struct soter_bio_step step = { 0 };
	struct soter_span body;

	for (unsigned i = 1; i <= ENROL_STEPS_MAX; i++) {
		TRY(teecall_run(bio, SOTER_BIO_SIM_FEED, x, NULL));
		TRY(teecall_run(bio, SOTER_BIO_ENROL_STEP, x, &body));
		if (soter_bio_step_parse(&step, body) != SOTER_OK ||
		    step.fid > INT64_MAX)
			return (teecall_nonsense(TEECALL_BIO));
		if (step.fid == 0)
			continue;
		TRY(tree_put_number(to, "fid", step.fid));
		return (tree_put_number(to, "touches", i));
	}
	return (teecall_nonsense(TEECALL_BIO));
}

static enum soter_rc
enrol(struct teecall *bio, const struct teeline *line, const struct pin *pin,
    json_t *to)
{
	struct soter_ta_request x = line->x;
	enum soter_rc rc;

	x.pin = pin_span(pin);
	x.sample = soter_text(line->operand);
	TRY(teecall_run(bio, SOTER_BIO_ENROL_BEGIN, &x, NULL));
	rc = touch_all(bio, &x, to);
	if (rc != SOTER_OK)
		teecall_undo(bio, SOTER_BIO_ENROL_CANCEL, &x);
	return (rc);
}

enum soter_rc
teesim_enrol(const struct teeline *line, json_t *to)
{
	struct teecall bio = { .is_open = false };
	enum soter_rc rc;
	struct pin pin;

	TRY(pin_get(&pin, &line->pin, "PIN: ", "pin"));
	if ((rc = teecall_open(&bio, TEECALL_BIO)) == SOTER_OK)
		rc = enrol(&bio, line, &pin, to);
	teecall_close(&bio);
	soter_wipe(&pin, sizeof(pin));
	return (rc);
}

enum soter_rc
teesim_remove(const struct teeline *line, json_t *to)
{
	struct teeline with_fid = *line;

	(void)to;
	if (soter_decimal(soter_text(line->operand), INT64_MAX,
		&with_fid.x.fid) != SOTER_OK ||
	    with_fid.x.fid == 0) {
		print_error(line->operand,
		    "is no fid: a number that `soter sim list` shows");
		return (SOTER_E_ARGUMENT);
	}
	return (call_with_pin(SOTER_BIO_REMOVE, &with_fid, NULL));
}

/* ---- the PIN ------------------------------------------------------------ */

enum soter_rc
teesim_unfreeze(const struct teeline *line, json_t *to)
{
	(void)to;
	return (call_with_pin(SOTER_BIO_UNFREEZE, line, NULL));
}

/* The first PIN has none before it. */
static enum soter_rc
get_old_pin(struct pin *out, const struct teeline *line)
{
	struct soter_bio_status status;

	if (line->pin.text == NULL && line->pin.file == NULL) {
		TRY(get_status(&status, line));
		if (status.pin_set == 0) {
			out->n = 0;
			return (SOTER_OK);
		}
	}
	return (pin_get(out, &line->pin, "old PIN: ", "pin"));
}

enum soter_rc
teesim_pin(const struct teeline *line, json_t *to)
{
	struct soter_ta_request x = line->x;
	struct pin old = { 0 }, new = { 0 };
	enum soter_rc rc;

	(void)to;
	if ((rc = get_old_pin(&old, line)) != SOTER_OK)
		goto out;
	if ((rc = pin_get(&new, &line->pin_new, "new PIN: ", "new")) !=
	    SOTER_OK)
		goto out;
	x.pin = pin_span(&old);
	x.pin_new = pin_span(&new);
	rc = call(SOTER_BIO_PIN_SET, &x);
out:
	soter_wipe(&old, sizeof(old));
	soter_wipe(&new, sizeof(new));
	return (rc);
}
