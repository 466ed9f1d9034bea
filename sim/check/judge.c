/* Dispatch by kind of observation, and the results. See check.h. */
#include "sim/check/check.h"

#include "sim/check/truth.h"

#include <stdlib.h>
#include <string.h>

#define BIT(kind) (UINT64_C(1) << (kind))
_Static_assert(OBS_KIND_COUNT <= 64, "kinds are bits");

/* What each invariant needs to have come; and on clients' observations alone, where it can. */
static const struct {
    uint64_t needs, black_box;
} evidence[INVARIANT_COUNT] = {
    [ORD_01] = {BIT(OBS_COMMIT) | BIT(OBS_SHOWN), BIT(OBS_SHOWN)},
    [ORD_02] = {BIT(OBS_COMMIT), 0},
    [ORD_03] = {BIT(OBS_SHOWN), BIT(OBS_SHOWN)},
    [ORD_04] = {BIT(OBS_SHOWN), BIT(OBS_SHOWN)},
    [ORD_05] = {BIT(OBS_SEND) | BIT(OBS_COMMIT), BIT(OBS_SEND) | BIT(OBS_SHOWN)},
    [ORD_06] = {BIT(OBS_SEND) | BIT(OBS_COMMIT), BIT(OBS_SEND) | BIT(OBS_SHOWN)},
    [ORD_07] = {BIT(OBS_SEND) | BIT(OBS_COMMIT) | BIT(OBS_STAMP), 0},
    [ORD_08] = {BIT(OBS_SHOWN), BIT(OBS_SHOWN)},
    [ORD_10] = {BIT(OBS_SEND) | BIT(OBS_ACK), BIT(OBS_SEND) | BIT(OBS_ACK)},
    [ORD_11] = {BIT(OBS_SEND) | BIT(OBS_ACK) | BIT(OBS_COMMIT),
                BIT(OBS_SEND) | BIT(OBS_ACK) | BIT(OBS_SHOWN)},
    [HLC_01] = {BIT(OBS_STAMP) | BIT(OBS_NODE_UP), 0},
    [HLC_02] = {BIT(OBS_STAMP) | BIT(OBS_SEND), 0},
    [HLC_03] = {BIT(OBS_COMMIT), BIT(OBS_SHOWN)},
    [HLC_04] = {BIT(OBS_COMMIT), 0},
    [HLC_05] = {BIT(OBS_COMMIT) | BIT(OBS_STAMP), 0},
    [SYN_01] = {BIT(OBS_ACK) | BIT(OBS_FINAL), 0},
    [SYN_02] = {BIT(OBS_COMMIT) | BIT(OBS_WELCOME), 0},
    [SYN_03] = {BIT(OBS_SEND) | BIT(OBS_SHOWN), BIT(OBS_SEND) | BIT(OBS_SHOWN)},
    [SYN_04] = {BIT(OBS_SEND) | BIT(OBS_COMMIT), 0},
    [SYN_05] = {BIT(OBS_SYNC_BEGIN) | BIT(OBS_SYNC_PAGE), BIT(OBS_SYNC_BEGIN) | BIT(OBS_SYNC_PAGE)},
    [SYN_06] = {BIT(OBS_SYNC_BEGIN) | BIT(OBS_SYNC_PAGE), BIT(OBS_SYNC_BEGIN) | BIT(OBS_SYNC_PAGE)},
    [SYN_07] = {BIT(OBS_SYNC_PAGE), BIT(OBS_SYNC_PAGE)},
    [SYN_08] = {BIT(OBS_SYNC_CURSOR) | BIT(OBS_COMMIT), 0},
    [SYN_10] = {BIT(OBS_SHOWN) | BIT(OBS_WELCOME), BIT(OBS_SHOWN) | BIT(OBS_WELCOME)},
    [SYN_11] = {BIT(OBS_COMMIT) | BIT(OBS_END), 0},
    [SYN_16] = {BIT(OBS_ACK_SENT) | BIT(OBS_COMMIT), 0},
    [SEC_02] = {BIT(OBS_USER) | BIT(OBS_SEND) | BIT(OBS_SHOWN),
                BIT(OBS_USER) | BIT(OBS_SEND) | BIT(OBS_SHOWN)},
    [LIV_02] = {BIT(OBS_CONN_OPEN) | BIT(OBS_WELCOME), 0},
    [LIV_04] = {BIT(OBS_SHOWN) | BIT(OBS_RECV), BIT(OBS_SHOWN) | BIT(OBS_RECV)},
    [LIV_11] = {BIT(OBS_COMMIT) | BIT(OBS_WELCOME), 0},
};

const struct invariant_info *invariant_info(enum invariant invariant)
{
    static const struct invariant_info infos[] = {
#define X(name, id, sentence, bound) {id, sentence, bound},
        INVARIANT_MAP(X)
#undef X
    };
    HB_ASSERT(invariant < INVARIANT_COUNT);
    return &infos[invariant];
}

uint64_t invariant_needs(enum invariant invariant, bool black_box)
{
    HB_ASSERT(invariant < INVARIANT_COUNT);
    return black_box ? evidence[invariant].black_box : evidence[invariant].needs;
}

bool invariant_find(const char *id, enum invariant *ret)
{
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        if (strcmp(invariant_info((enum invariant)i)->id, id) == 0) {
            *ret = (enum invariant)i;
            return true;
        }
    }
    return false;
}

/* --- Life ----------------------------------------------------------------------------------- */

struct judge *judge_new(const struct bounds *bounds)
{
    struct judge *judge = hb_calloc(1, sizeof *judge);

    judge->bounds = *bounds;
    judge->rep_us = 2 * bounds->announce_us + bounds->gap_us + bounds->redis_us +
                    bounds->database_us + bounds->client_latency_us;
    return judge;
}

void judge_free(struct judge **judge_pointer)
{
    struct judge *judge = *judge_pointer;
    if (judge == NULL) {
        return;
    }
    for (uint32_t i = 0; i < judge->devices_len; i++) {
        syn_page_free(&judge->devices[i]);
        free(judge->devices[i].places);
    }
    for (uint32_t i = 0; i < judge->rooms_len; i++) {
        free(judge->rooms[i].log);
        free(judge->rooms[i].records);
    }
    free(judge->devices);
    free(judge->user_keys);
    free(judge->rooms);
    free(judge->records);
    free(judge->sends);
    free(judge->deadlines);
    free(judge->violations);
    u64map_deinit(&judge->send_of);
    u64map_deinit(&judge->place_of);
    u64map_deinit(&judge->stamps);
    free(judge);
    *judge_pointer = NULL;
}

/* --- Observations --------------------------------------------------------------------------- */

static void on_user(struct judge *judge, const struct obs *obs)
{
    while (obs->user >= judge->users_len) {
        HB_GROW(judge->user_keys, judge->users_len, judge->users_cap);
        judge->user_keys[judge->users_len++] = 0;
    }
    judge->user_keys[obs->user] = obs->sender;
}

static void on_member(struct judge *judge, const struct obs *obs)
{
    const bool left = (obs->flags & OBS_LEFT) != 0;
    judge->log = true;
    /* Devices are few a user, and memberships change rarely. */
    for (uint32_t i = 0; i < judge->devices_len; i++) {
        const uint32_t device = (obs->user + i) % judge->devices_len; /* often the same number */
        if (judge->devices[device].user == obs->user) {
            truth_record(judge, device, obs->room)->member = !left;
            return;
        }
    }
}

static void on_send(struct judge *judge, const struct obs *obs)
{
    struct t_device *device = truth_device(judge, obs->device);
    const struct t_record *record = truth_record(judge, obs->device, obs->room);
    const struct t_room *room = truth_room(judge, obs->room);

    device = truth_device(judge, obs->device);
    u64map_put(&judge->send_of, truth_mix(device->user, obs->client_id), judge->sends_len);
    HB_GROW(judge->sends, judge->sends_len, judge->sends_cap);
    judge->sends[judge->sends_len++] = (struct t_send){
        .client_id = obs->client_id,
        .content = obs->content,
        .device = obs->device,
        .room = obs->room,
        .nth = (uint64_t)obs->value,
        .seen = obs->hlc,
        .frontier = device->frontier,
        .shown = record->last_shown,
        .acked = room->acked_max,
        .wall_ms = INT64_MIN,
    };
}

static void on_commit(struct judge *judge, const struct obs *obs)
{
    struct t_room *room = truth_room(judge, obs->room);

    judge->log = true;
    struct t_entry *entry = truth_entry_add(room, obs->seq);
    const uint64_t place = truth_mix(obs->room, obs->id);
    uint64_t other;
    judged(judge, ORD_01);
    if (entry->known ||
        (u64map_get(&judge->place_of, place, &other) && other != obs->seq)) {
        violation_say(truth_violation(judge, ORD_01, obs),
                      "room %u: one place, or one id, was committed twice", (unsigned)obs->room);
    }
    u64map_put(&judge->place_of, place, obs->seq);
    *entry = (struct t_entry){
        .id = obs->id,
        .hlc = obs->hlc,
        .client_id = obs->client_id,
        .commit_us = obs->at_us,
        .send = NO_SEND,
        .node = obs->node,
        .known = 1,
        .event = (obs->flags & OBS_EVENT) != 0,
    };
    syn_commit(judge, obs, entry);
    ord_commit(judge, obs, room, entry);
    hlc_commit(judge, obs, room);
}

/* In a black-box history the first who is shown a place defines it. */
static void define(struct judge *judge, const struct obs *obs, struct t_room *room)
{
    const uint64_t place = truth_mix(obs->room, obs->id);
    const uint64_t client = truth_mix(place ^ obs->id, truth_mix(obs->sender, obs->client_id));
    uint64_t other = 0;

    if (truth_entry(room, obs->seq) != NULL) {
        return;
    }
    struct t_entry *entry = truth_entry_add(room, obs->seq);
    *entry = (struct t_entry){.id = obs->id,
                              .hlc = obs->hlc,
                              .client_id = obs->client_id,
                              .commit_us = obs->at_us,
                              .send = NO_SEND,
                              .node = OBS_NODE_NONE,
                              .known = 1,
                              .event = (obs->flags & OBS_EVENT) != 0};
    if (u64map_get(&judge->place_of, place, &other)) {
        violation_say(truth_violation(judge, ORD_01, obs),
                      "device %u was shown at place %llu of room %u what stands at place %llu",
                      (unsigned)obs->device, (unsigned long long)obs->seq, (unsigned)obs->room,
                      (unsigned long long)other);
    }
    u64map_put(&judge->place_of, place, obs->seq);
    if (obs->client_id != 0) {
        if (u64map_get(&judge->place_of, client, &other)) {
            entry->repeats = other;
        } else {
            u64map_put(&judge->place_of, client, obs->seq);
        }
    }
    /* The author by name: users declared themselves. */
    for (uint32_t user = 0; user < judge->users_len && obs->client_id != 0; user++) {
        struct t_send *send =
            judge->user_keys[user] == obs->sender ? truth_send(judge, user, obs->client_id) : NULL;
        if (send != NULL) {
            send->seq = send->seq == 0 ? obs->seq : send->seq;
            entry->send = (uint32_t)(send - judge->sends);
            ord_placed(judge, obs, send);
        }
    }
    hlc_neighbours(judge, obs, room);
}

static void on_shown(struct judge *judge, const struct obs *obs)
{
    struct t_room *room = truth_room(judge, obs->room);

    if (!judge->log) {
        define(judge, obs, room);
    }
    struct shown shown = {.obs = obs, .room = room};
    shown.record = truth_record(judge, obs->device, obs->room);
    shown.device = &judge->devices[obs->device];
    shown.entry = truth_entry(room, obs->seq);
    if (shown.entry != NULL && shown.entry->send != NO_SEND) {
        shown.send = &judge->sends[shown.entry->send];
        if (shown.send->client_id != obs->client_id) {
            shown.send = NULL; /* another message than the one that stands there */
        }
    }
    ord_shown(judge, &shown);
    syn_shown(judge, &shown);
    sec_shown(judge, &shown);
    liv_shown(judge, &shown);
    struct t_record *record = shown.record;
    if (record->last_shown == 0) {
        record->first_shown = obs->seq;
    }
    if (obs->seq > record->last_shown) {
        record->last_shown = obs->seq;
    }
    record->resumed = false;
    if (obs->hlc > shown.device->frontier) {
        shown.device->frontier = obs->hlc;
    }
}

static void on_reset(struct judge *judge, const struct obs *obs)
{
    struct t_record *record = truth_record(judge, obs->device, obs->room);
    record->last_shown = 0;
    record->first_shown = 0;
    record->resumed = false;
    record->held_since_us = INT64_MAX;
}

static void on_cold(struct judge *judge, const struct obs *obs)
{
    switch ((enum obs_kind)obs->kind) {
    case OBS_USER:
        on_user(judge, obs);
        return;
    case OBS_DEVICE:
        truth_device(judge, obs->device)->user = obs->user;
        return;
    case OBS_ROOM:
        (void)truth_room(judge, obs->room);
        return;
    case OBS_MEMBER:
        on_member(judge, obs);
        return;
    case OBS_COMMIT:
        on_commit(judge, obs);
        return;
    case OBS_FINAL:
        syn_final(judge, obs);
        return;
    case OBS_SEND:
        on_send(judge, obs);
        return;
    case OBS_ACK:
        ord_ack(judge, obs);
        return;
    case OBS_SHOWN:
        on_shown(judge, obs);
        return;
    case OBS_RESET:
        on_reset(judge, obs);
        return;
    case OBS_STAMP:
        hlc_stamp_seen(judge, obs);
        return;
    case OBS_ACK_SENT:
        syn_ack_sent(judge, obs);
        return;
    case OBS_SYNC_BEGIN:
    case OBS_SYNC_ROW:
    case OBS_SYNC_HEAD:
    case OBS_SYNC_PAGE:
    case OBS_SYNC_CURSOR:
        syn_page_observe(judge, obs);
        return;
    case OBS_RECV:
    case OBS_WELCOME:
    case OBS_HEAD:
    case OBS_CONN_OPEN:
    case OBS_CONN_CLOSE:
    case OBS_NODE_UP:
    case OBS_NODE_DOWN:
    case OBS_FAULT_BEGIN:
    case OBS_FAULT_END:
        liv_observe(judge, obs);
        return;
    case OBS_END:
        syn_end(judge, obs);
        liv_end(judge, obs);
        return;
    case OBS_NODE:
    case OBS_RESEND:
    case OBS_NACK:
    case OBS_FAILED:
    case OBS_CALM:
        return;
    case OBS_KIND_COUNT:
        break;
    }
    HB_UNREACHABLE("an observation of no kind");
}

void judge_observe(struct judge *judge, const struct obs *obs)
{
    judge->seen |= BIT(obs->kind);
    if (judge->deadlines_len > 0 && judge->deadlines[0].at_us < obs->at_us) {
        syn_deadlines(judge, obs);
    }
    if (obs->kind == OBS_SHOWN) {
        on_shown(judge, obs);
    } else {
        on_cold(judge, obs);
    }
    judge->observations++;
}

/* --- Results -------------------------------------------------------------------------------- */

struct invariant_result judge_result(const struct judge *judge, enum invariant invariant)
{
    struct invariant_result result = judge->results[invariant];
    const uint64_t needs = evidence[invariant].needs;
    const uint64_t black_box = evidence[invariant].black_box;
    const bool full = (judge->seen & needs) == needs;
    const bool half = !judge->log && black_box != 0 && (judge->seen & black_box) == black_box;

    if (result.violations > 0) {
        result.state = JUDGED_VIOLATED;
    } else if (!full && !half) {
        result.state = JUDGED_NO_EVIDENCE;
        result.judged = 0;
    } else if (result.judged == 0) {
        result.state = JUDGED_NOT_EXERCISED;
    } else {
        result.state = JUDGED_HELD;
    }
    return result;
}

size_t judge_violations(const struct judge *judge, const struct violation **ret)
{
    *ret = judge->violations;
    return judge->violations_len;
}
