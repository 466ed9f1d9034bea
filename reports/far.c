/* See far.h. */
#include "reports/far.h"

#include "reports/terms.h"

#include <inttypes.h>

/* Where a row is on its way to `device`, which is on `node`. */
static enum far_stage stage_of(const struct keep *keep, const struct cast *cast,
                               const struct kept *kept, const struct cast_message *message,
                               uint32_t device, uint32_t node)
{
    const struct obs *obs = &kept->obs;
    const bool own = message != NULL && cast_message(cast, keep, obs) == message;

    if (own && (obs->kind == OBS_SEND || obs->kind == OBS_CAME || obs->kind == OBS_COMMIT)) {
        return obs->kind == OBS_SEND   ? FAR_WRITTEN
               : obs->kind == OBS_CAME ? FAR_CAME
                                       : FAR_COMMITTED;
    }
    if (obs->room != keep->violation->room || obs->seq != keep->violation->seq_low) {
        return FAR_STAGES;
    }
    if (kept_told(kept, ASIDE_PUBLISHED)) {
        return FAR_PUBLISHED;
    }
    if (kept_told(kept, ASIDE_REDIS_HAS)) {
        return FAR_IN_REDIS;
    }
    if (kept_told(kept, ASIDE_HEARD) && obs->node == node) {
        return FAR_HEARD;
    }
    if (obs->device != device || kept_is_aside(kept)) {
        return FAR_STAGES;
    }
    return obs->kind == OBS_SENT || obs->kind == OBS_SYNC_ROW ? FAR_SENT
           : obs->kind == OBS_SHOWN                           ? FAR_SHOWN
                                                              : FAR_STAGES;
}

static uint32_t node_at(const struct keep *keep, uint32_t device)
{
    uint32_t node = OBS_NODE_NONE;

    for (size_t i = 0; i < keep->len && keep->items[i].obs.at_us <= keep->violation->at_us; i++) {
        const struct obs *obs = &keep->items[i].obs;
        if (obs->device == device && (obs->kind == OBS_CONN_OPEN || obs->kind == OBS_WELCOME)) {
            node = obs->node;
        }
    }
    return node;
}

const char *far_word(enum far_stage stage)
{
    static const char *const words[FAR_STAGES] = {"written",
                                                  "at its writer's node",
                                                  "committed",
                                                  "published",
                                                  "in Redis",
                                                  "heard by the receiver's node",
                                                  "sent to the receiver",
                                                  "shown"};
    HB_ASSERT(stage < FAR_STAGES);
    return words[stage];
}

bool far_of(const struct keep *keep, const struct cast *cast, struct far *ret)
{
    const struct violation *violation = keep->violation;
    const struct cast_message *message = NULL;

    if (cast->rows_len == 0 || violation->devices_len == 0) {
        return false;
    }
    for (uint32_t i = 0; i < cast->messages_len; i++) {
        message = cast->messages[i].seq == violation->seq_low ? &cast->messages[i] : message;
    }
    *ret = (struct far){.no_bus = !keep->told_asides};
    for (int i = 0; i < FAR_STAGES; i++) {
        ret->at_us[i] = INT64_MAX;
    }
    const uint32_t node = node_at(keep, violation->devices[0]);
    for (size_t i = 0; i < keep->len; i++) {
        const struct kept *kept = &keep->items[i];
        const enum far_stage stage =
            stage_of(keep, cast, kept, message, violation->devices[0], node);
        if (stage < FAR_STAGES && ret->at_us[stage] == INT64_MAX) {
            ret->at_us[stage] = kept->obs.at_us;
            ret->no_bus = ret->no_bus || (stage == FAR_COMMITTED && kept->obs.node == node);
        }
    }
    return message != NULL &&
           ret->at_us[FAR_COMMITTED] > 0; /* of the initial state, or of nobody */
}

enum far_stage far_last(const struct far *far, int64_t broke_us)
{
    enum far_stage last = FAR_WRITTEN;

    for (int i = 0; i < FAR_STAGES; i++) {
        last = far->at_us[i] <= broke_us ? (enum far_stage)i : last;
    }
    return last;
}

/* What it reached, and what it never did. */
static void add_stages(const struct far *far, int64_t broke_us, struct buf *out)
{
    const char *comma = "";

    for (int missing = 0; missing < 2; missing++) {
        for (int i = 0; i < FAR_STAGES; i++) {
            const bool bus = i == FAR_PUBLISHED || i == FAR_IN_REDIS || i == FAR_HEARD;
            if ((far->at_us[i] == INT64_MAX) != (missing == 1) || (bus && far->no_bus)) {
                continue;
            }
            buf_printf(out, "%s%s", comma, far_word((enum far_stage)i));
            comma = ", ";
            if (missing == 0) {
                buf_add_char(out, ' ');
                terms_instant(out, far->at_us[i]);
                buf_add_text(out, far->at_us[i] > broke_us ? " (too late)" : "");
            }
        }
        comma = missing == 0 ? "; NEVER " : comma;
    }
    buf_add_char(out, '\n');
}

void far_print(const struct keep *keep, const struct cast *cast, struct buf *out)
{
    const struct violation *violation = keep->violation;
    struct far far;

    if (far_of(keep, cast, &far)) {
        buf_printf(out, "  how far place %" PRIu64 " came to device %u: ", violation->seq_low,
                   (unsigned)violation->devices[0]);
        add_stages(&far, violation->at_us, out);
    }
}
