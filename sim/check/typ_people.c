/* See typ_people.h. */
#include "sim/check/typ_people.h"

#include "sim/check/marker.h"
#include "sim/check/path.h"

#include <stdlib.h>

void typ_people_init(struct judge *judge)
{
    static const struct typ_writer fresh = {.room = NONE,
                                            .key_us = INT64_MIN,
                                            .reset_us = INT64_MIN,
                                            .start_room = NONE,
                                            .start_us = INT64_MIN,
                                            .gap_us = INT64_MIN,
                                            .gone_conn = -1,
                                            .refused_us = NEVER_US};

    judge->typ = hb_calloc(1, sizeof *judge->typ);
    judge->typ->writers = (struct table){.bytes = sizeof fresh, .fresh = &fresh};
}

void typ_people_deinit(struct judge *judge)
{
    if (judge->typ != NULL) {
        u64map_deinit(&judge->typ->pair_by_key);
        u64map_deinit(&judge->typ->view_by_key);
        table_deinit(&judge->typ->writers);
        free(judge->typ->pairs);
        free(judge->typ->views);
        free(judge->typ);
        judge->typ = NULL;
    }
}

/* Names' keys are spread: rooms' numbers move them apart. */
static uint64_t pair_key(uint32_t room, uint64_t sender)
{
    return sender ^ ((uint64_t)room + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

struct typ_pair *typ_pair(struct judge *judge, uint32_t room, uint64_t sender)
{
    uint64_t index;

    return u64map_get(&judge->typ->pair_by_key, pair_key(room, sender), &index)
               ? &judge->typ->pairs[index]
               : NULL;
}

struct typ_pair *typ_pair_make(struct judge *judge, uint32_t room, uint32_t user)
{
    struct typ_truth *typ = judge->typ;

    if (truth_room(judge, room) == NULL || truth_user(judge, user) == NULL) {
        return NULL;
    }
    const uint64_t sender = truth_sender_of_user(judge, user);
    struct typ_pair *pair = typ_pair(judge, room, sender);
    if (pair == NULL) {
        HB_GROW(typ->pairs, typ->pairs_len, typ->pairs_cap);
        u64map_put(&typ->pair_by_key, pair_key(room, sender), typ->pairs_len);
        pair = &typ->pairs[typ->pairs_len++];
        *pair = (struct typ_pair){.room = room,
                                  .user = user,
                                  .first_view = NONE,
                                  .last_us = INT64_MIN,
                                  .beside_us = INT64_MIN,
                                  .device = NONE,
                                  .node = OBS_NODE_NONE,
                                  .run_us = NEVER_US,
                                  .end_us = INT64_MIN,
                                  .end_by = TYP_03,
                                  .commit_us = INT64_MIN};
        for (int i = 0; i < TYP_NODES_MAX; i++) {
            pair->start_us[i] = INT64_MIN;
        }
    }
    return pair;
}

static uint64_t view_key(const struct judge *judge, const struct typ_pair *pair, uint32_t device)
{
    return (uint64_t)(pair - judge->typ->pairs) << 32 | device;
}

struct typ_view *typ_view(struct judge *judge, const struct typ_pair *pair, uint32_t device)
{
    uint64_t index;

    return u64map_get(&judge->typ->view_by_key, view_key(judge, pair, device), &index)
               ? &judge->typ->views[index]
               : NULL;
}

struct typ_view *typ_view_make(struct judge *judge, struct typ_pair *pair, uint32_t device)
{
    struct typ_truth *typ = judge->typ;
    struct typ_view *view = typ_view(judge, pair, device);

    if (view == NULL) {
        HB_GROW(typ->views, typ->views_len, typ->views_cap);
        u64map_put(&typ->view_by_key, view_key(judge, pair, device), typ->views_len);
        view = &typ->views[typ->views_len];
        *view = (struct typ_view){.pair = (uint32_t)(pair - typ->pairs),
                                  .device = device,
                                  .next = pair->first_view,
                                  .message_us = NEVER_US,
                                  .told_node = OBS_NODE_NONE,
                                  .owed_us = NEVER_US,
                                  .due_us = NEVER_US};
        pair->first_view = typ->views_len++;
    }
    return view;
}

struct typ_writer *typ_writer(struct judge *judge, uint32_t device)
{
    return truth_device(judge, device) != NULL ? table_at(&judge->typ->writers, device) : NULL;
}

bool typ_member(const struct judge *judge, uint32_t room, uint32_t user)
{
    const struct room *of = &judge->rooms[room];

    for (uint32_t i = 0; i < of->members_len; i++) {
        if (of->members[i].user == user) {
            return of->members[i].from != SEQ_UNKNOWN;
        }
    }
    return false;
}

/* --- Whose words are on which way ------------------------------------------------------------ */

static bool heard_at(const struct judge *judge, const struct typ_pair *pair, uint16_t node,
                     int64_t since_us)
{
    return node < judge->nodes_len && pair->start_us[node % TYP_NODES_MAX] > since_us;
}

int64_t typ_from(const struct judge *judge, const struct typ_pair *pair, uint32_t device,
                 int64_t at_us)
{
    const struct device *to = &judge->devices[device];
    const int64_t since_us = at_us - 2 * judge->bounds.typing_us;
    const int64_t redis_us = judge_bound(judge, BOUND_REDIS);
    int64_t from_us = later(at_us, to->own.until_us);

    for (uint32_t i = 0; i < judge->nodes_len && from_us != NEVER_US; i++) {
        const struct node_truth *node = &judge->nodes[i];
        if (i == to->node || heard_at(judge, pair, (uint16_t)i, since_us)) {
            from_us = later(from_us, path_redis_from(judge, (uint16_t)i, at_us));
            from_us = later(from_us, path_paused_until(judge, (uint16_t)i));
            from_us = later(from_us, later(node->down_us, node->going_us));
            from_us = later(from_us, node->up_us + redis_us);
        }
    }
    return from_us;
}

bool typ_crossed(const struct judge *judge, const struct typ_pair *pair, uint16_t node,
                 int64_t at_us)
{
    const int64_t since_us = at_us - judge->bounds.typing_throttle_us - judge->bounds.redis_us;

    for (uint32_t i = 0; i < judge->nodes_len; i++) {
        if (i != node && heard_at(judge, pair, (uint16_t)i, since_us)) {
            return true;
        }
    }
    return false;
}

bool typ_has_messages(struct judge *judge, const struct typ_pair *pair, uint32_t device)
{
    const struct view *view = truth_view(judge, device, pair->room);

    return pair->commit_seq == 0 || (view != NULL && marker_shown(judge, view, pair->commit_seq));
}

bool typ_waits(struct judge *judge, const struct typ_view *view)
{
    const struct device *device = &judge->devices[view->device];
    const struct typ_writer *writer = typ_writer(judge, view->device);

    HB_ASSERT(writer != NULL); /* a view is of a device that is known */
    return view->told && device->live_us != NEVER_US && device->node == view->told_node &&
           device->connection == view->told_conn && device->own.until_us != NEVER_US &&
           writer->gone_conn < view->told_conn && !judge->nodes[view->told_node].is_down;
}
