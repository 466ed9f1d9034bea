/* LIV-02 and LIV-04: what must happen in time. Formulas: bound.h. */
#include "sim/check/liv.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

struct waiting {      /* of a device */
    int64_t since_us; /* offline since; NEVER_US: is not waiting */
    int64_t lost_us;  /* when its last try ended with the node that it was made to; INT64_MIN */
    int64_t tried_us; /* when its last try got through to a node */
    uint32_t waits;   /* how often it began to wait */
    bool wanted;      /* it asked for a connection, or had one: it wants to be online */
};

struct held {
    uint64_t seq;
    int64_t at_us;
    int64_t bound_us; /* what was allowed when it was received */
    uint32_t room, view;
    uint32_t next;       /* of the same view, or of the free ones */
    uint32_t generation; /* grows when it is freed */
    bool used;
};

struct liv_truth {
    struct table waitings; /* by device */
    struct held *held;     /* of all views; each view has the first of its own */
    uint32_t held_len, held_cap, held_free;
};

void liv_truth_init(struct judge *judge)
{
    static const struct waiting fresh = {.since_us = NEVER_US, .lost_us = INT64_MIN};
    judge->liv = hb_calloc(1, sizeof *judge->liv);
    judge->liv->held_free = NONE;
    judge->liv->waitings = (struct table){.bytes = sizeof fresh, .fresh = &fresh};
}

void liv_truth_deinit(struct judge *judge)
{
    table_deinit(&judge->liv->waitings);
    free(judge->liv->held);
    free(judge->liv);
}

/* --- Connections: LIV-02 -------------------------------------------------------------------- */

static void wait_begin(struct judge *judge, uint32_t index, int64_t at_us)
{
    struct waiting *waiting = table_at(&judge->liv->waitings, index);
    if (waiting->since_us == NEVER_US) {
        waiting->since_us = at_us;
        waiting->lost_us = INT64_MIN;
        waiting->waits++;
        due_push(&judge->dues,
                 (struct due){at_us + path_online_us(judge), DUE_ONLINE, index, waiting->waits});
    }
}

static int64_t online_from(const struct judge *judge, const struct device *device,
                           const struct waiting *waiting)
{
    return path_online_from(judge, device, later(waiting->since_us, waiting->lost_us));
}

/* A try that ended before its welcome, because its node was made to go while it was under way. */
static bool went_with_its_node(const struct judge *judge, const struct device *device,
                               const struct waiting *waiting)
{
    return device->node < judge->nodes_len &&
           judge->nodes[device->node].going_us >=
               waiting->tried_us - 2 * judge->bounds.client_latency_us;
}

void liv_online_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct waiting *waiting = table_at(&judge->liv->waitings, due.a);
    const int64_t bound = path_online_us(judge);

    if (waiting->since_us == NEVER_US || waiting->waits != due.b) {
        return;
    }
    const int64_t from = online_from(judge, &judge->devices[due.a], waiting);
    if (from == NEVER_US || from + bound >= now_us) {
        due.at_us = from == NEVER_US ? now_us + bound : from + bound;
        due_push(&judge->dues, due);
        return;
    }
    judge->judged[LIV_02]++;
    struct finding finding = finding_of(LIV_02, NONE, due.a, 0, 0);
    finding.at_us = from + bound;
    judge_violated(judge, finding,
                   "device %u wants to be online since %lld us and was not welcomed within %lld us",
                   due.a, (long long)from, (long long)bound);
}

static void forget_all_held(struct judge *judge, const struct device *device)
{
    struct view *view;
    uint32_t room;

    for (uint32_t i = 0; (view = truth_view_at(judge, device, i, &room)) != NULL; i++) {
        liv_held_forget(judge, view);
    }
}

static void on_welcome(struct judge *judge, struct device *device, const struct obs *obs)
{
    struct waiting *waiting = table_at(&judge->liv->waitings, obs->device);

    judge->live_count += device->live_us == NEVER_US;
    device->live_us = obs_until_us(obs);
    device->node = obs->node;
    if (waiting->since_us != NEVER_US) {
        const int64_t from = online_from(judge, device, waiting);
        judge->judged[LIV_02]++;
        if (from <= obs->at_us) {
            judge_margin(judge, LIV_02, obs->at_us - from, path_online_us(judge));
        }
        waiting->since_us = NEVER_US;
    }
    struct view *view;
    uint32_t room;
    for (uint32_t i = 0; (view = truth_view_at(judge, device, i, &room)) != NULL; i++) {
        view->flags |= VIEW_RESUMED;
    }
}

void liv_opened(struct judge *judge, const struct obs *obs)
{
    struct device *device = truth_device(judge, obs->device);

    if (device == NULL) {
        return;
    }
    if (obs->kind == OBS_WELCOME) {
        on_welcome(judge, device, obs);
    } else {
        HB_ASSERT(obs->kind == OBS_WANT || obs->kind == OBS_CONN_OPEN);
        struct waiting *waiting = table_at(&judge->liv->waitings, obs->device);
        waiting->wanted = true;
        if (obs->kind == OBS_CONN_OPEN) {
            waiting->tried_us = obs->at_us;
            device->connection = obs->value;
            device->node = obs->node;
        }
        if (device->live_us == NEVER_US) {
            wait_begin(judge, obs->device, obs_until_us(obs));
        }
    }
}

void liv_closed(struct judge *judge, struct device *device, const struct obs *obs)
{
    struct waiting *waiting = table_at(&judge->liv->waitings, obs->device);

    HB_ASSERT(device->connection == obs->value);
    if (device->live_us == NEVER_US && went_with_its_node(judge, device, waiting)) {
        waiting->lost_us = obs_until_us(obs);
    }
    judge->live_count -= device->live_us != NEVER_US;
    device->live_us = NEVER_US;
    forget_all_held(judge, device);
    if (waiting->wanted) {
        wait_begin(judge, obs->device, obs_until_us(obs));
    }
}

/* --- Held entries: LIV-04 ------------------------------------------------------------------- */

static uint32_t held_new(struct judge *judge)
{
    struct liv_truth *liv = judge->liv;
    if (liv->held_free != NONE) {
        const uint32_t index = liv->held_free;
        liv->held_free = liv->held[index].next;
        return index;
    }
    HB_GROW(liv->held, liv->held_len, liv->held_cap);
    liv->held[liv->held_len] = (struct held){0};
    return liv->held_len++;
}

static void held_free(struct judge *judge, uint32_t index)
{
    struct held *held = &judge->liv->held[index];
    HB_ASSERT(held->used);
    held->used = false;
    held->generation++;
    held->next = judge->liv->held_free;
    judge->liv->held_free = index;
}

void liv_held(struct judge *judge, const struct obs *obs)
{
    struct view *view = truth_view(judge, obs->device, obs->room);

    if (view == NULL || obs->seq <= view->last) {
        return;
    }
    for (uint32_t i = view->held; i != NONE; i = judge->liv->held[i].next) {
        if (judge->liv->held[i].seq == obs->seq) {
            return;
        }
    }
    const struct device *device = &judge->devices[obs->device];
    const uint32_t index = held_new(judge);
    struct held *held = &judge->liv->held[index];
    held->seq = obs->seq;
    held->at_us = obs_until_us(obs);
    held->room = obs->room;
    held->view = truth_view_index(&judge->rooms[obs->room], view);
    held->used = true;
    held->next = view->held;
    view->held = index;
    held->bound_us = path_held_us(judge, device);
    due_push(&judge->dues,
             (struct due){held->at_us + held->bound_us, DUE_HELD, index, held->generation});
}

void liv_held_shown(struct judge *judge, struct view *view, uint64_t seq)
{
    const struct device *device = &judge->devices[view->device];
    uint32_t *at = &view->held;

    while (*at != NONE) {
        struct held *held = &judge->liv->held[*at];
        if (held->seq > seq) {
            at = &held->next;
            continue;
        }
        const uint32_t index = *at;
        const int64_t from = path_held_from(judge, device, held->at_us);
        judge->judged[LIV_04]++;
        if (from <= judge->now->at_us) {
            judge_margin(judge, LIV_04, judge->now->at_us - from,
                         later(held->bound_us, path_held_us(judge, device)));
        }
        *at = held->next;
        held_free(judge, index);
    }
}

void liv_held_forget(struct judge *judge, struct view *view)
{
    while (view->held != NONE) {
        const uint32_t index = view->held;
        view->held = judge->liv->held[index].next;
        held_free(judge, index);
    }
}

void liv_held_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct held *held = &judge->liv->held[due.a];

    if (!held->used || held->generation != due.b) {
        return;
    }
    const struct view *view = &judge->rooms[held->room].views[held->view];
    const struct device *device = &judge->devices[view->device];
    const int64_t bound = later(held->bound_us, path_held_us(judge, device));
    const int64_t from = path_held_from(judge, device, held->at_us);
    if (from == NEVER_US || from + bound >= now_us) {
        due.at_us = from == NEVER_US ? now_us + bound : from + bound;
        due_push(&judge->dues, due);
        return;
    }
    judge->judged[LIV_04]++;
    struct finding finding =
        finding_of(LIV_04, held->room, view->device, view->last + 1, held->seq);
    finding.at_us = from + bound;
    judge_violated(judge, finding,
                   "device %u holds seq %" PRIu64
                   " of room %u since %lld us; it was shown up to seq %" PRIu64,
                   view->device, held->seq, held->room, (long long)held->at_us, view->last);
}
