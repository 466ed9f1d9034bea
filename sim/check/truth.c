/* Growth and look-ups of what is known. See truth.h. */
#include "sim/check/truth.h"

#include <stdlib.h>
#include <string.h>

/* --- By number ------------------------------------------------------------------------------ */

/* Makes room for `index` in an array of plain elements; false: beyond the limit. */
static bool grow(void **items, uint32_t *cap, uint32_t index, uint32_t limit, size_t bytes)
{
    if (index >= limit) {
        return false;
    }
    if (index >= *cap) {
        uint32_t more = *cap != 0 ? *cap : 16;
        while (more <= index) {
            more *= 2;
        }
        *items = hb_realloc(*items, more * bytes);
        *cap = more;
    }
    return true;
}

#define GROW_TO(judge, items, index, limit, fresh)                                                 \
    do {                                                                                           \
        void *grown = (judge)->items;                                                              \
        if (!grow(&grown, &(judge)->items##_cap, (index), (limit), sizeof *(judge)->items)) {      \
            (judge)->ignored++;                                                                    \
            return NULL;                                                                           \
        }                                                                                          \
        (judge)->items = grown;                                                                    \
        while ((judge)->items##_len <= (index)) {                                                  \
            (judge)->items[(judge)->items##_len++] = (fresh);                                      \
        }                                                                                          \
    } while (0)

static const struct device device_fresh = {.live_us = NEVER_US,
                                           .since_us = NEVER_US,
                                           .closed_us = INT64_MIN,
                                           .user = NONE,
                                           .node = OBS_NODE_NONE,
                                           .own = {.until_us = INT64_MIN},
                                           .sync = {.end_us = INT64_MIN},
                                           .next_of_user = NONE};
static const struct link link_fresh = {NONE, NONE};
static const struct user user_fresh = {.first_device = NONE};
static const struct room room_fresh = {.base = 1};
static const struct node_truth node_fresh = {.wall_jump_us = INT64_MIN,
                                             .down_us = INT64_MIN,
                                             .going_us = INT64_MIN,
                                             .slow_us = INT64_MIN,
                                             .redis = {.until_us = INT64_MIN},
                                             .paused = {.until_us = INT64_MIN}};

struct device *truth_device(struct judge *judge, uint32_t device)
{
    if (device >= judge->devices_len) {
        GROW_TO(judge, devices, device, DEVICES_MAX, device_fresh);
        GROW_TO(judge, links, device, DEVICES_MAX, link_fresh);
    }
    return &judge->devices[device];
}

struct user *truth_user(struct judge *judge, uint32_t user)
{
    if (user >= judge->users_len) {
        GROW_TO(judge, users, user, DEVICES_MAX, user_fresh);
    }
    return &judge->users[user];
}

struct room *truth_room(struct judge *judge, uint32_t room)
{
    if (room >= judge->rooms_len) {
        GROW_TO(judge, rooms, room, DEVICES_MAX, room_fresh);
    }
    return &judge->rooms[room];
}

struct node_truth *truth_node(struct judge *judge, uint16_t node)
{
    if (node >= judge->nodes_len) {
        GROW_TO(judge, nodes, node, OBS_NODE_NONE, node_fresh);
    }
    return &judge->nodes[node];
}

/* --- Who is in which room ------------------------------------------------------------------- */

static uint64_t member_from(const struct room *room, uint32_t user)
{
    for (uint32_t i = 0; user != NONE && i < room->members_len; i++) {
        if (room->members[i].user == user) {
            return room->members[i].from;
        }
    }
    return SEQ_UNKNOWN;
}

static struct view *view_add(struct judge *judge, uint32_t index, uint32_t room_index)
{
    struct device *device = &judge->devices[index];
    struct room *room = &judge->rooms[room_index];
    const struct link link = {room_index, room->views_len};

    HB_GROW(room->views, room->views_len, room->views_cap);
    struct view *view = &room->views[room->views_len++];
    *view = (struct view){.held = NONE,
                          .base = SEQ_UNKNOWN,
                          .from = member_from(room, device->user),
                          .device = index,
                          .newest_send = NONE,
                          .node = device->node,
                          .since_us = device->since_us};
    if (judge->links[index].room == NONE) {
        judge->links[index] = link;
    } else {
        HB_GROW(device->links, device->links_len, device->links_cap);
        device->links[device->links_len++] = link;
    }
    return view;
}

struct view *truth_view_other(struct judge *judge, uint32_t device_index, uint32_t room_index)
{
    const struct device *device = truth_device(judge, device_index);
    struct room *room = truth_room(judge, room_index);

    if (device == NULL || room == NULL) {
        return NULL;
    }
    if (judge->links[device_index].room == room_index) {
        return &room->views[judge->links[device_index].view];
    }
    for (uint32_t i = 0; i < device->links_len; i++) {
        if (device->links[i].room == room_index) {
            return &room->views[device->links[i].view];
        }
    }
    return view_add(judge, device_index, room_index);
}

uint64_t truth_frontier(const struct judge *judge, uint32_t device)
{
    uint64_t frontier = judge->devices[device].acked;
    const struct view *view;
    uint32_t room;

    for (uint32_t i = 0; (view = truth_view_at(judge, &judge->devices[device], i, &room)) != NULL;
         i++) {
        frontier = view->frontier > frontier ? view->frontier : frontier;
    }
    return frontier;
}

uint32_t truth_view_index(const struct room *room, const struct view *view)
{
    HB_ASSERT(view >= room->views && view < room->views + room->views_len);
    return (uint32_t)(view - room->views);
}

static void members_put(struct room *room, uint32_t user, uint64_t from)
{
    for (uint32_t i = 0; i < room->members_len; i++) {
        if (room->members[i].user == user) {
            room->members[i].from = from;
            return;
        }
    }
    HB_GROW(room->members, room->members_len, room->members_cap);
    room->members[room->members_len++] = (struct member){from, user};
}

void truth_member(struct judge *judge, uint32_t user_index, uint32_t room_index, uint64_t from)
{
    struct user *user = truth_user(judge, user_index);
    struct room *room = truth_room(judge, room_index);

    if (user == NULL || room == NULL) {
        return;
    }
    user->memberships++;
    members_put(room, user_index, from);
    for (uint32_t d = user->first_device; d != NONE; d = judge->devices[d].next_of_user) {
        truth_view(judge, d, room_index)->from = from;
    }
}

void truth_device_add(struct judge *judge, uint32_t index, uint32_t user_index)
{
    struct user *user = truth_user(judge, user_index);
    struct device *device = truth_device(judge, index);

    if (user == NULL || device == NULL || (device->flags & DEVICE_DECLARED) != 0) {
        judge->ignored += user != NULL && device != NULL; /* declared twice */
        return;
    }
    device->flags |= DEVICE_DECLARED;
    device->user = user_index;
    device->next_of_user = user->first_device;
    user->first_device = index;
    for (uint32_t r = 0; user->memberships > 0 && r < judge->rooms_len; r++) {
        const uint64_t from = member_from(&judge->rooms[r], user_index);
        if (from != SEQ_UNKNOWN) {
            truth_view(judge, index, r)->from = from;
        }
    }
}

uint64_t truth_sender_of_user(const struct judge *judge, uint32_t user)
{
    return user < judge->users_len ? judge->users[user].sender : 0;
}

uint32_t truth_user_of_sender(const struct judge *judge, uint64_t sender)
{
    uint64_t user;

    return u64map_get(&judge->users_by_sender, sender, &user) ? (uint32_t)user : NONE;
}

uint64_t truth_sender_of_device(const struct judge *judge, uint32_t device)
{
    return device < judge->devices_len ? truth_sender_of_user(judge, judge->devices[device].user)
                                       : 0;
}

/* --- Logs ----------------------------------------------------------------------------------- */

static void log_make_room(struct room *room, uint32_t len)
{
    if (len > room->log_cap) {
        uint32_t cap = room->log_cap != 0 ? room->log_cap : 64;
        while (cap < len) {
            cap *= 2;
        }
        room->log = hb_realloc(room->log, cap * sizeof *room->log);
        room->log_cap = cap;
    }
}

struct row *truth_row_make(struct room *room, uint64_t seq)
{
    if (room->log_len == 0 && seq > LOG_JUMP_MAX) {
        room->base = seq; /* somebody else's server, whose log is old */
    }
    if (seq < room->base) {
        const uint64_t more = room->base - seq;
        if (seq == 0 || more > LOG_JUMP_MAX) {
            return NULL;
        }
        log_make_room(room, room->log_len + (uint32_t)more);
        memmove(room->log + more, room->log, room->log_len * sizeof *room->log);
        memset(room->log, 0, more * sizeof *room->log);
        room->log_len += (uint32_t)more;
        room->base = seq;
    }
    const uint64_t at = seq - room->base;
    if (at >= room->log_len) {
        if (at - room->log_len > LOG_JUMP_MAX || at > UINT32_MAX / 4) {
            return NULL;
        }
        log_make_room(room, (uint32_t)at + 1);
        memset(room->log + room->log_len, 0, (at + 1 - room->log_len) * sizeof *room->log);
        room->log_len = (uint32_t)at + 1;
    }
    return &room->log[at];
}

/* --- Sends ---------------------------------------------------------------------------------- */

uint32_t truth_send_index(const struct judge *judge, const struct send *send)
{
    HB_ASSERT(send >= judge->sends && send < judge->sends + judge->sends_len);
    return (uint32_t)(send - judge->sends);
}

/* Client ids are counters of devices: everybody has the same ones, so a chain of an id is as long as the
 * city is large. */
static uint64_t send_key(uint64_t sender, uint64_t client_id)
{
    return client_id + sender * UINT64_C(0x9e3779b97f4a7c15);
}

struct send *truth_send(struct judge *judge, uint64_t sender, uint64_t client_id)
{
    uint64_t at;

    if (client_id == 0) {
        return NULL;
    }
    if (sender == 0) {
        return u64map_get(&judge->sends_by_id, client_id, &at) ? &judge->sends[at] : NULL;
    }
    if (!u64map_get(&judge->sends_by_key, send_key(sender, client_id), &at)) {
        return NULL;
    }
    struct send *send = &judge->sends[at];
    return send->sender == sender && send->client_id == client_id ? send : NULL;
}

static void send_name(struct judge *judge, uint32_t at, uint64_t sender)
{
    struct send *send = &judge->sends[at];

    send->sender = sender;
    if (sender != 0) {
        u64map_put(&judge->sends_by_key, send_key(sender, send->client_id), at);
    }
}

struct send *truth_send_make(struct judge *judge, uint64_t sender, uint64_t client_id)
{
    struct send *send = truth_send(judge, sender, client_id);
    HB_ASSERT(client_id != 0);
    if (send != NULL) {
        return send;
    }
    uint64_t first = NONE;
    const bool known = u64map_get(&judge->sends_by_id, client_id, &first);
    HB_ASSERT(!known || judge->sends != NULL);
    if (known && judge->sends[first].sender == 0) {
        send_name(judge, (uint32_t)first, sender);
        return &judge->sends[first];
    }
    HB_GROW(judge->sends, judge->sends_len, judge->sends_cap);
    HB_ASSERT(judge->sends != NULL);
    send = &judge->sends[judge->sends_len];
    *send = (struct send){.client_id = client_id,
                          .sent_us = INT64_MIN,
                          .came.node = OBS_NODE_NONE,
                          .device = NONE,
                          .room = NONE,
                          .next_same = (uint32_t)first,
                          .stamps = NONE};
    u64map_put(&judge->sends_by_id, client_id, judge->sends_len);
    send_name(judge, judge->sends_len, sender);
    judge->sends_len++;
    return send;
}

bool row_faithful(const struct judge *judge, const struct row *row, uint32_t room)
{
    if ((row->flags & ROW_EVENT) != 0 || row->send == NONE) {
        return false;
    }
    const struct send *send = &judge->sends[row->send];
    return (send->flags & SEND_WRITTEN) != 0 && send->sender == row->sender &&
           send->client_id == row->client_id && send->content == row->content && send->room == room;
}

/* --- The end -------------------------------------------------------------------------------- */

void truth_deinit(struct judge *judge)
{
    for (uint32_t i = 0; i < judge->devices_len; i++) {
        free(judge->devices[i].links);
    }
    for (uint32_t i = 0; i < judge->rooms_len; i++) {
        free(judge->rooms[i].log);
        free(judge->rooms[i].views);
        free(judge->rooms[i].members);
    }
    free(judge->devices);
    free(judge->links);
    free(judge->users);
    free(judge->rooms);
    free(judge->nodes);
    free(judge->sends);
    free(judge->stamps);
    u64map_deinit(&judge->users_by_sender);
    u64map_deinit(&judge->sends_by_key);
    u64map_deinit(&judge->sends_by_id);
    dues_deinit(&judge->dues);
    free(judge->violations);
}
