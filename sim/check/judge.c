/* The judge's life: observations and deadlines in their order. See check.h. */
#include "sim/check/attempts.h"
#include "sim/check/bearer.h"
#include "sim/check/check.h"
#include "sim/check/delivery.h"
#include "sim/check/direct.h"
#include "sim/check/door.h"
#include "sim/check/drain.h"
#include "sim/check/focus.h"
#include "sim/check/hlc.h"
#include "sim/check/kinds.h"
#include "sim/check/liv.h"
#include "sim/check/marker.h"
#include "sim/check/member.h"
#include "sim/check/ord.h"
#include "sim/check/outbox.h"
#include "sim/check/passage.h"
#include "sim/check/pre.h"
#include "sim/check/rcp.h"
#include "sim/check/rcp_told.h"
#include "sim/check/refusal.h"
#include "sim/check/rest.h"
#include "sim/check/shown.h"
#include "sim/check/silence.h"
#include "sim/check/stays.h"
#include "sim/check/syn_back.h"
#include "sim/check/syn_page.h"
#include "sim/check/sync_time.h"
#include "sim/check/taken.h"
#include "sim/check/truth.h"
#include "sim/check/typ.h"

#include <stdlib.h>

/* An instant beyond this comes from no clock; sums of instants and bounds do not overflow. */
#define AT_US_MAX (INT64_MAX / 4)

/* --- Life ----------------------------------------------------------------------------------- */

struct judge *judge_new(const struct bounds *bounds)
{
    struct judge *judge = hb_calloc(1, sizeof *judge);

    judge->bounds = *bounds;
    for (int bound = 0; bound < BOUND_COUNT; bound++) {
        judge->plain[bound] = bound_plain((enum bound)bound, bounds);
    }
    dues_init(&judge->dues);
    judge->redis.until_us = INT64_MIN;
    judge->database.until_us = INT64_MIN;
    judge->paused.until_us = INT64_MIN;
    judge->slow_us = INT64_MIN;
    judge->nobody_us = INT64_MIN;
    marker_truth_init(judge);
    back_truth_init(judge);
    focus_truth_init(judge);
    ord_truth_init(judge);
    hlc_truth_init(judge);
    syn_truth_init(judge);
    refusal_truth_init(judge);
    outbox_init(judge);
    rest_truth_init(judge);
    liv_truth_init(judge);
    attempts_init(judge);
    passage_init(judge);
    pre_init(judge);
    typ_init(judge);
    direct_init(judge);
    member_init(judge);
    stays_init(judge);
    taken_init(judge);
    rcp_init(judge);
    return judge;
}

void judge_free(struct judge **judge)
{
    if (*judge != NULL) {
        typ_deinit(*judge);
        direct_deinit(*judge);
        member_deinit(*judge);
        stays_deinit(*judge);
        taken_deinit(*judge);
        rcp_deinit(*judge);
        pre_deinit(*judge);
        passage_deinit(*judge);
        attempts_deinit(*judge);
        liv_truth_deinit(*judge);
        refusal_truth_deinit(*judge);
        outbox_deinit(*judge);
        rest_truth_deinit(*judge);
        syn_truth_deinit(*judge);
        hlc_truth_deinit(*judge);
        ord_truth_deinit(*judge);
        focus_truth_deinit(*judge);
        back_truth_deinit(*judge);
        marker_truth_deinit(*judge);
        truth_deinit(*judge);
        free(*judge);
        *judge = NULL;
    }
}

/* --- Dispatch ------------------------------------------------------------------------------- */

/* Those of commits first, then the others; each kind in its order of time. */
static void deadlines(struct judge *judge, int64_t now_us)
{
    struct due_commit commit;
    struct due due;

    while (due_commit_pop(&judge->dues, now_us, &commit)) {
        delivery_commit_due(judge, &commit);
    }
    while (due_pop(&judge->dues, now_us, &due)) {
        switch (due.kind) {
        case DUE_LATE:
            delivery_late_due(judge, due, now_us);
            break;
        case DUE_HELD:
            liv_held_due(judge, due, now_us);
            break;
        case DUE_ONLINE:
            liv_online_due(judge, due, now_us);
            break;
        case DUE_READY:
            door_ready_due(judge, due, now_us);
            break;
        case DUE_HELLO:
            door_hello_due(judge, due, now_us);
            break;
        case DUE_SYNC:
            sync_time_due(judge, due, now_us);
            break;
        case DUE_DRAIN:
            drain_due(judge, due, now_us);
            break;
        case DUE_SILENT:
            silence_due(judge, due, now_us);
            break;
        case DUE_UNAWARE:
            silence_unaware_due(judge, due, now_us);
            break;
        case DUE_ANSWER:
            refusal_due(judge, due, now_us);
            break;
        case DUE_PERSON:
        case DUE_ARRIVAL:
        case DUE_CHOICE:
            pre_due(judge, due);
            break;
        case DUE_TYPIST:
        case DUE_KEY:
            typ_due(judge, due);
            break;
        case DUE_RECEIPT:
            rcp_told_due(judge, due, now_us);
            break;
        case DUE_TOKEN:
            bearer_due(judge, due, now_us);
            break;
        case DUE_TAKEN:
            taken_due(judge, due, now_us);
            break;
        case DUE_OUT:
            outbox_due(judge, due);
            break;
        }
    }
}

void judge_observe(struct judge *judge, const struct obs *obs)
{
    judge->now = obs;
    if (obs->at_us < 0 || obs->at_us > AT_US_MAX) {
        judge->ignored++;
        judge->observations++;
        return;
    }
    if (obs->at_us > judge->dues.next_us) {
        deadlines(judge, obs->at_us);
    }
    judge->seen[obs->kind] = true;
    if (obs->kind == OBS_SHOWN) {
        shown_observe(judge, obs);
        if (judge->typ != NULL) {
            typ_observe(judge, obs);
        }
    } else {
        kinds_take(judge, obs);
    }
    judge->observations++;
}
