/* What a node holds at rest. See rest.h. */
#include "sim/check/rest.h"

#include "sim/check/finding.h"
#include "sim/check/pre_watch.h"
#include "sim/check/table.h"

#include <stdlib.h>

struct served { /* by a node */
    int64_t count[HOLDING_COUNT];
    int64_t rooms_held;
    int64_t closed_us; /* the last end of a connection; INT64_MIN */
    int64_t
        watched_us; /* the last time that somebody asked to be told of a person, or no more; INT64_MIN */
};

struct rest_truth {
    struct table served; /* by node */
};

void rest_truth_init(struct judge *judge)
{
    static const struct served fresh = {.closed_us = INT64_MIN, .watched_us = INT64_MIN};
    judge->rest = hb_calloc(1, sizeof *judge->rest);
    judge->rest->served = (struct table){.bytes = sizeof fresh, .fresh = &fresh};
}

void rest_truth_deinit(struct judge *judge)
{
    table_deinit(&judge->rest->served);
    free(judge->rest);
}

void rest_closed(struct judge *judge, const struct obs *obs)
{
    if (truth_node(judge, obs->node) != NULL) {
        struct served *served = table_at(&judge->rest->served, obs->node);
        served->closed_us = obs_until_us(obs);
    }
}

void rest_watched(struct judge *judge, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);

    if (device != NULL && device->live_us != NEVER_US) {
        struct served *served = table_at(&judge->rest->served, device->node);
        served->watched_us = obs_until_us(obs);
    }
}

/* The rooms that a member who is online at this node is in. */
static int64_t rooms_read(const struct judge *judge, uint16_t node)
{
    int64_t rooms = 0;

    for (uint32_t r = 0; r < judge->rooms_len; r++) {
        const struct room *room = &judge->rooms[r];
        bool read = false;
        for (uint32_t v = 0; v < room->views_len && !read; v++) {
            const struct device *device = &judge->devices[room->views[v].device];
            read = room->views[v].from != SEQ_UNKNOWN && device->live_us != NEVER_US &&
                   device->node == node;
        }
        rooms += read;
    }
    return rooms;
}

static bool within(int64_t at_us, int64_t since_us, int64_t bound_us)
{
    return since_us != INT64_MIN && at_us <= since_us + bound_us;
}

/* Whether a room that nobody reads any more, or a person whom nobody is told of, may still be followed. */
static bool lingers(const struct judge *judge, const struct served *served, const struct obs *obs)
{
    if (obs->seq == HOLDING_FOLLOWED) {
        return obs->value > served->count[HOLDING_FOLLOWED] &&
               within(obs->at_us, later(served->closed_us, served->watched_us),
                      judge_bound(judge, BOUND_FOLLOWED));
    }
    return obs->seq == HOLDING_ROOMS && obs->value > served->count[HOLDING_ROOMS] &&
           within(obs->at_us, served->closed_us, judge_bound(judge, BOUND_LINGER));
}

/* Of what the world did not count there is nothing at rest. */
static void judge_held(struct judge *judge, const struct obs *obs, int64_t there)
{
    static const char *const words[HOLDING_COUNT] = {
        [HOLDING_CONNECTIONS] = "connections",   [HOLDING_ROOMS] = "rooms",
        [HOLDING_ENTRIES] = "entries that wait", [HOLDING_COMMANDS] = "commands",
        [HOLDING_CHANNELS] = "channels",         [HOLDING_FOLLOWED] = "followed people",
    };

    judge->judged[LIV_09]++;
    const bool at_most = obs->seq == HOLDING_CHANNELS || obs->seq == HOLDING_FOLLOWED;
    if (obs->value == there || (at_most && obs->value < there)) {
        return;
    }
    judge_violated(judge, finding_of(LIV_09, NONE, NONE, 0, 0),
                   "at rest, node %u holds %lld %s for those who are there; there are %lld",
                   (unsigned)obs->node, (long long)obs->value, words[obs->seq], (long long)there);
}

void rest_astray(struct judge *judge, const struct obs *obs)
{
    judge->judged[LIV_09]++;
    judge_violated(judge, finding_of(LIV_09, NONE, NONE, 0, 0),
                   "node %u spoke to a connection that it was told has ended, or ended itself",
                   (unsigned)obs->node);
}

void rest_observe(struct judge *judge, const struct obs *obs)
{
    if (truth_node(judge, obs->node) == NULL || obs->seq >= HOLDING_COUNT) {
        judge->ignored++;
        return;
    }
    struct served *served = table_at(&judge->rest->served, obs->node);
    if (obs->kind == OBS_SERVES) {
        served->count[obs->seq] = obs->value;
    } else {
        HB_ASSERT(obs->kind == OBS_HOLDS);
        if (obs->seq == HOLDING_ROOMS) {
            served->count[HOLDING_ROOMS] = rooms_read(judge, obs->node);
            served->rooms_held = obs->value;
        } else if (obs->seq == HOLDING_CHANNELS) { /* of all, of each room, of each one's */
            served->count[HOLDING_CHANNELS] =
                1 + served->rooms_held + served->count[HOLDING_CONNECTIONS];
        } else if (obs->seq == HOLDING_FOLLOWED) {
            served->count[HOLDING_FOLLOWED] =
                judge->bounds.heartbeat_us != 0 ? pre_followed_at(judge, obs->node) : 0;
        }
        if (!lingers(judge, served, obs)) {
            judge_held(judge, obs, served->count[obs->seq]);
        }
    }
}
