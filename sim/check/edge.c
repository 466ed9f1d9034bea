/* See edge.h. */
#include "sim/check/edge.h"

#include "server/protocol/id.h"
#include "sim/check/finding.h"
#include "sim/check/stays.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

struct stays {
    struct edge_stay *items;
    uint32_t len, cap;
};

struct edge_truth {
    struct table conns; /* by device: struct edge_conn *, the newest */
    struct table stays; /* by user */
    struct edge_words words;
};

void edge_truth_init(struct judge *judge)
{
    static struct edge_conn *const none = NULL;
    static const struct stays empty;
    struct edge_truth *edge = hb_calloc(1, sizeof *edge);

    edge->conns = (struct table){.bytes = sizeof none, .fresh = &none};
    edge->stays = (struct table){.bytes = sizeof empty, .fresh = &empty};
    edge->words = (struct edge_words){.hello = id_key(TEXT("hello")),
                                      .ping = id_key(TEXT("ping")),
                                      .sync_request = id_key(TEXT("sync_request")),
                                      .welcome = id_key(TEXT("welcome")),
                                      .page = id_key(TEXT("sync_response")),
                                      .draining = id_key(TEXT("draining")),
                                      .reset = id_key(TEXT("reset")),
                                      .refresh = id_key(TEXT("refresh")),
                                      .refreshed = id_key(TEXT("refreshed")),
                                      .unauthenticated = id_key(TEXT("unauthenticated"))};
    judge->edge = edge;
}

static void conn_free(struct edge_conn *conn)
{
    while (conn->requests != NULL) {
        struct edge_request *request = conn->requests;
        conn->requests = request->next;
        free(request);
    }
    free(conn->rooms);
    free(conn->owed);
    free(conn->parts);
    free(conn);
}

void edge_truth_deinit(struct judge *judge)
{
    struct edge_truth *edge = judge->edge;

    for (uint32_t i = 0; i < edge->conns.len; i++) {
        struct edge_conn **at = table_at(&edge->conns, i);
        while (*at != NULL) {
            struct edge_conn *conn = *at;
            *at = conn->next;
            conn_free(conn);
        }
    }
    for (uint32_t i = 0; i < edge->stays.len; i++) {
        free(((struct stays *)table_at(&edge->stays, i))->items);
    }
    table_deinit(&edge->conns);
    table_deinit(&edge->stays);
    free(edge);
}

const struct edge_words *edge_words(const struct judge *judge)
{
    return &judge->edge->words;
}

bool edge_answers_refresh(const struct judge *judge, const struct edge_conn *conn,
                          const struct obs *said)
{
    const struct edge_words *words = edge_words(judge);

    return said->content == words->refreshed ||
           (said->content == words->unauthenticated && conn->bearer.heard);
}

/* --- Who is in which room ------------------------------------------------------------------- */

struct edge_stay *edge_stay(struct judge *judge, uint32_t user, uint32_t room)
{
    if (truth_user(judge, user) == NULL) {
        return NULL;
    }
    const struct stays *stays = table_at(&judge->edge->stays, user);
    for (uint32_t i = 0; i < stays->len; i++) {
        if (stays->items[i].room == room) {
            return &stays->items[i];
        }
    }
    return NULL;
}

void edge_member(struct judge *judge, const struct obs *obs)
{
    struct edge_stay *stay = edge_stay(judge, obs->user, obs->room);

    if (truth_user(judge, obs->user) == NULL || truth_room(judge, obs->room) == NULL) {
        return;
    }
    if (stay == NULL) {
        struct stays *stays = table_at(&judge->edge->stays, obs->user);
        HB_GROW(stays->items, stays->len, stays->cap);
        stay = &stays->items[stays->len++];
        *stay = (struct edge_stay){.room = obs->room, .joined = SEQ_UNKNOWN};
    }
    if ((obs->flags & OBS_LEFT) != 0) {
        stay->joined = SEQ_UNKNOWN;
        stay->left = obs->seq;
    } else {
        stay->joined = obs->seq;
    }
}

void edge_acked(struct judge *judge, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);
    struct edge_stay *stay =
        device != NULL && device->user != NONE ? edge_stay(judge, device->user, obs->room) : NULL;

    if (stay != NULL && obs->seq > stay->acked) {
        stay->acked = obs->seq;
    }
}

/* --- Connections ---------------------------------------------------------------------------- */

static struct edge_conn **place_of(struct judge *judge, uint32_t device, int64_t value)
{
    struct edge_conn **at = table_at(&judge->edge->conns, device);

    while (*at != NULL && (*at)->value != value) {
        at = &(*at)->next;
    }
    return at;
}

struct edge_conn *edge_conn(struct judge *judge, const struct obs *obs)
{
    if (truth_device(judge, obs->device) == NULL) {
        return NULL;
    }
    return *place_of(judge, obs->device, obs->value);
}

uint32_t edge_devices(const struct judge *judge)
{
    return judge->edge->conns.len;
}

struct edge_conn *edge_newest(struct judge *judge, uint32_t device)
{
    return *(struct edge_conn **)table_at(&judge->edge->conns, device);
}

static void drop(struct edge_conn **at)
{
    struct edge_conn *conn = *at;

    if (conn != NULL) {
        *at = conn->next;
        conn_free(conn);
    }
}

void edge_ended(struct judge *judge, const struct obs *obs)
{
    if (edge_conn(judge, obs) != NULL) {
        drop(place_of(judge, obs->device, obs->value));
    }
}

void edge_node_down(struct judge *judge, uint16_t node)
{
    for (uint32_t i = 0; i < judge->edge->conns.len; i++) {
        struct edge_conn **at = table_at(&judge->edge->conns, i);
        while (*at != NULL) {
            if ((*at)->node == node) {
                drop(at);
            } else {
                at = &(*at)->next;
            }
        }
    }
}

static void on_arrived(struct judge *judge, const struct obs *obs)
{
    if (edge_conn(judge, obs) != NULL) {
        judge->ignored++; /* two connections of one number */
        return;
    }
    struct edge_conn **at = table_at(&judge->edge->conns, obs->device);
    struct edge_conn *conn = hb_calloc(1, sizeof *conn);
    conn->value = obs->value;
    conn->arrived_us = obs->at_us;
    conn->hello_us = NEVER_US;
    conn->arrived = obs->timestamp;
    conn->heard = INT64_MIN;
    conn->heard_us = INT64_MIN;
    conn->pinged_us = INT64_MIN;
    conn->hello = INT64_MIN;
    conn->greeted = INT64_MIN;
    conn->asked_us = INT64_MIN;
    conn->node = obs->node;
    conn->next = *at;
    *at = conn;
}

struct edge_room *edge_room(struct edge_conn *conn, uint32_t room)
{
    for (uint32_t i = 0; i < conn->rooms_len; i++) {
        if (conn->rooms[i].room == room) {
            return &conn->rooms[i];
        }
    }
    HB_GROW(conn->rooms, conn->rooms_len, conn->rooms_cap);
    conn->rooms[conn->rooms_len] =
        (struct edge_room){.room = room, .had = SEQ_UNKNOWN, .head = SEQ_UNKNOWN};
    return &conn->rooms[conn->rooms_len++];
}

/* --- What is heard and said ----------------------------------------------------------------- */

static void on_part(struct judge *judge, const struct obs *obs)
{
    struct edge_conn *conn = edge_conn(judge, obs);

    if (conn == NULL || truth_room(judge, obs->room) == NULL) {
        judge->ignored++;
        return;
    }
    HB_GROW(conn->parts, conn->parts_len, conn->parts_cap);
    conn->parts[conn->parts_len++] = (struct edge_part){obs->seq, obs->room, obs->kind, obs->flags};
}

void edge_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    const bool hello = obs->content == edge_words(judge)->hello;

    for (uint32_t i = 0; hello && i < conn->parts_len; i++) {
        edge_room(conn, conn->parts[i].room)->had = conn->parts[i].seq;
    }
    if (hello && conn->hello == INT64_MIN) {
        conn->hello = obs->timestamp;
        conn->hello_flags = obs->flags;
    }
    conn->heard = obs->timestamp;
    conn->heard_us = obs->at_us;
    conn->bad += obs->content == 0;
    conn->parts_len = 0;
}

/* Where each stream begins. */
static void greet(struct edge_conn *conn, const struct obs *obs)
{
    for (uint32_t i = 0; i < conn->parts_len; i++) {
        const struct edge_part *part = &conn->parts[i];
        struct edge_room *room = edge_room(conn, part->room);
        const bool follows = (part->flags & OBS_MORE) != 0 && room->had != SEQ_UNKNOWN;
        room->next = (follows ? room->had : part->seq) + 1;
    }
    conn->greeted = obs->timestamp;
}

void edge_said(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    if (obs->content == edge_words(judge)->welcome) {
        greet(conn, obs);
    }
    conn->parts_len = 0;
}

/* --- ORD-14 --------------------------------------------------------------------------------- */

static void broken(struct judge *judge, const struct obs *obs, uint64_t low, const char *what)
{
    struct finding finding = finding_of(ORD_14, obs->room, obs->device, low, obs->seq);

    if (low != obs->seq) {
        judge_violated(judge, finding,
                       "node %u sent device %u seq %" PRIu64 " of room %u; %s, seq %" PRIu64
                       " was next",
                       (unsigned)obs->node, obs->device, obs->seq, obs->room, what, low);
    } else {
        judge_violated(judge, finding, "node %u sent device %u seq %" PRIu64 " of room %u %s",
                       (unsigned)obs->node, obs->device, obs->seq, obs->room, what);
    }
}

static void on_sent(struct judge *judge, const struct obs *obs)
{
    struct edge_conn *conn = edge_conn(judge, obs);
    const struct device *device = truth_device(judge, obs->device);

    if (device == NULL || device->user == NONE || truth_room(judge, obs->room) == NULL) {
        judge->ignored++;
        return;
    }
    judge->judged[ORD_14]++;
    if (conn == NULL || conn->greeted == INT64_MIN) {
        broken(judge, obs, obs->seq, conn == NULL ? "after it closed" : "before the welcome");
        return;
    }
    if (!stays_hold(judge, obs->device, obs->room, obs->seq)) {
        broken(judge, obs, obs->seq, "which its user may not see");
        return;
    }
    struct edge_room *room = edge_room(conn, obs->room);
    const uint64_t next = room->next;
    if ((obs->flags & OBS_MORE) != 0) {
        judge->judged[ORD_14] += obs->seq > next ? obs->seq - next : 0;
    } else if (next != 0 && obs->seq != next &&
               !(obs->seq > next &&
                 stays_hide(judge, obs->device, obs->room, next, obs->seq - 1))) {
        broken(judge, obs, next,
               obs->seq < next ? "which it had been sent" : "the stream has a hole");
    }
    room->next = obs->seq >= next ? obs->seq + 1 : next;
}

void edge_observe(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_ARRIVED) {
        if (truth_device(judge, obs->device) != NULL) {
            on_arrived(judge, obs);
        }
    } else if (obs->kind == OBS_SENT) {
        on_sent(judge, obs);
    } else {
        HB_ASSERT(obs->kind == OBS_POSITION || obs->kind == OBS_SAID_HEAD ||
                  obs->kind == OBS_SAID_CURSOR);
        on_part(judge, obs);
    }
}
