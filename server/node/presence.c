/* See presence.h. */
#include "server/node/presence.h"

#include "server/base/mem.h"
#include "server/node/presence_answer.h"
#include "server/node/presence_choice.h"
#include "server/node/presence_crowd.h"
#include "server/node/presence_lease.h"
#include "server/node/presence_rooms.h"
#include "server/node/presence_say.h"
#include "server/node/presence_tell.h"
#include "server/node/presence_words.h"
#include "server/node/ready.h"
#include "server/node/timer.h"
#include "server/node/user.h"

#include <stdlib.h>
#include <string.h>

static bool off(const struct node *node)
{
    return node->config.params.presence == 0;
}

/* --- Connections --- */

/* That of a session which has one. */
static struct person_conn *conn_of(const struct person *person, const struct session *session)
{
    uint32_t at = 0;

    while (at < person->conns_len && person->conns[at].session != session->index) {
        at++;
    }
    HB_ASSERT(at < person->conns_len);
    return &person->conns[at];
}

static void active(const struct node *node, struct person_conn *conn)
{
    if (node->wall.ms > conn->active_ms) {
        conn->active_ms = node->wall.ms;
    }
}

void presence_enter(struct node *node, struct session *session, enum presence_kind kind,
                    uint64_t number)
{
    if (off(node)) {
        return;
    }
    struct person *person = person_add(node, node->users[session->user]->name);
    for (uint32_t i = 0; i < person->conns_len;
         i++) { /* what waits for its grace need not any more */
        person->conns[i].gone = person->conns[i].gone || person->conns[i].session == INDEX_NONE;
    }
    HB_GROW(person->conns, person->conns_len, person->conns_cap);
    person->conns[person->conns_len++] = (struct person_conn){.number = number,
                                                              .session = session->index,
                                                              .status = PRESENCE_ONLINE,
                                                              .kind = kind,
                                                              .active_ms = node->wall.ms};
    session->person = person->index;
    if (person->rooms.len == 0) { /* else that of the room has them */
        presence_tell_people(node, session, (struct text){NULL, 0}, &person->index, 1);
    }
    if (!person->followed) {
        person->followed = true;
        bus_subscribe(node, BUS_PERSON, person->index, person->channel);
    }
    if (node->people->stale) {
        session_say(
            node, session,
            &(struct frame){.type = FRAME_PRESENCE_STATE, .presence_state = {.stale = true}});
    }
    if (person->choice_known) {
        person_queue(node, person);
    } else {
        choice_read(node, person, session, NULL); /* nothing is shown that they did not choose */
    }
}

void presence_leave(struct node *node, struct session *session)
{
    if (session->person == INDEX_NONE) {
        return;
    }
    struct person *person = node->people->items[session->person];
    struct person_conn *conn = conn_of(person, session);
    conn->session = INDEX_NONE;
    conn->left_ms = node->wall.ms > conn->active_ms ? node->wall.ms : conn->active_ms;
    conn->ended = node->mono;
    timer_add(node, node->mono.us + node->config.params.presence_grace_us, TIMER_PRESENCE,
              person->index, 0);
    presence_unwatch_all(node, session);
    session->person = INDEX_NONE;
}

void presence_timer(struct node *node, uint32_t index)
{
    struct person *person = index < node->people->items_len ? node->people->items[index] : NULL;

    for (uint32_t i = 0; person != NULL && i < person->conns_len; i++) {
        struct person_conn *conn = &person->conns[i];
        if (conn->session == INDEX_NONE && !conn->gone &&
            node->mono.us - conn->ended.us >= node->config.params.presence_grace_us) {
            conn->gone = true;
            person_queue(node, person);
        }
    }
}

/* --- What they say --- */

static bool chooses(const struct frame_presence *said)
{
    return (said->chosen && (said->status_said || said->status_cleared)) || said->custom_said ||
           said->dnd_said;
}

static void room_set(struct node *node, struct session *session, struct person_conn *conn,
                     struct text room)
{
    conn->room[0] = '\0';
    if (room.bytes == NULL) {
        return;
    }
    const uint32_t index = interner_find(&node->room_names, room.bytes, room.len);
    if (index == INTERNER_NONE || session_room_find(session, index) == NULL) {
        session_error(node, session, HB_EDENIED, (struct text){NULL, 0}, "currentRoom");
        return;
    }
    memcpy(conn->room, room.bytes, room.len);
    conn->room[room.len] = '\0';
}

void presence_frame(struct node *node, struct session *session, struct wire *wire,
                    const struct frame *frame)
{
    const struct frame_presence *said = &frame->presence;

    if (session->person == INDEX_NONE) {
        return; /* it is switched off */
    }
    struct person *person = node->people->items[session->person];
    struct person_conn *conn = conn_of(person, session);
    active(node, conn);
    if (said->status_said && !said->status_cleared && !said->chosen) {
        conn->status = said->status;
    }
    if (said->room_said) {
        room_set(node, session, conn, said->current_room);
    }
    if (chooses(said)) {
        choice_read(node, person, session, wire);
    } else if (person->choice_known) {
        person_queue(node, person);
    }
}

void presence_watch(struct node *node, struct session *session, const struct frame *frame)
{
    if (session->person != INDEX_NONE) {
        presence_watch_frame(node, session, frame);
    }
}

/* --- Redis --- */

void presence_reply(struct node *node, const struct redis_item *item, const char *text)
{
    const uint32_t index = (uint32_t)item->tag;

    switch ((enum presence_tag)(item->tag >> 56)) {
    case PRESENCE_TAG_PERSON:
        presence_answered(node, node->people->items[index], item, text);
        return;
    case PRESENCE_TAG_LIVES:
        lease_lives_answered(node, item, text);
        return;
    case PRESENCE_TAG_LEASE:
        lease_answered(node, index, item, text);
        return;
    case PRESENCE_TAG_OWN_LEASE:
        lease_own_answered(node, item);
        return;
    case PRESENCE_TAG_CROWD:
        crowd_answered(node, index, item, text);
        return;
    case PRESENCE_TAG_LIFE:
        lease_life_answered(node, index, item, text);
        return;
    }
    HB_UNREACHABLE("no such tag");
}

void presence_message(struct node *node, uint32_t index, struct text sealed)
{
    struct person *person = node->people->items[index];
    struct text payload;

    if (bus_open(node, BUS_PLACE_CHANNEL, (struct seal_place){.name = text_of(person->channel)},
                 sealed, &payload) == SEAL_GOOD) {
        presence_heard(node, person, payload);
    }
}

/* What was published before may be lost. */
void presence_subscribed(struct node *node, uint32_t index)
{
    person_queue(node, node->people->items[index]);
}

/* --- Time --- */

/* So many a tick that everybody comes once in a heartbeat. */
static void beat(struct node *node)
{
    const struct node_params *params = &node->config.params;
    struct people *people = node->people;
    people->beat_share += (int64_t)people->items_len * params->announce_us;
    int64_t left = people->beat_share / params->presence_heartbeat_us;

    people->beat_share %= params->presence_heartbeat_us;
    left = left < people->items_len ? left : people->items_len;
    for (; left > 0; left--) {
        people->beat_next = people->beat_next + 1 < people->items_len ? people->beat_next + 1 : 0;
        struct person *person = people->items[people->beat_next];
        if (person == NULL) {
            continue;
        }
        for (uint32_t i = 0; i < person->conns_len; i++) {
            struct person_conn *conn = &person->conns[i];
            if (conn->session != INDEX_NONE) {
                presence_recheck(node, node->sessions[conn->session]);
            }
        }
        if (person_needed(person)) {
            person_beat(node, person);
        } else if (person->asked == PERSON_IDLE && !person->queued && !person->beating &&
                   person->checks == 0 && node->mono.us - person->checked.us > params->lease_us) {
            person_forget(node, person);
        }
    }
}

void presence_tick(struct node *node)
{
    if (!off(node)) {
        beat(node);
        crowd_tick(node);
    }
}

void presence_sweep(struct node *node)
{
    struct people *people = node->people;

    if (off(node)) {
        return;
    }
    lease_sweep(node);
    presence_rooms_sweep(node);
    const bool stale =
        redis_away(node) && node->mono.us - node->redis_lost.us > node->config.params.lease_us;
    if (stale && !people->stale) {
        presence_tell_stale(node, true);
    } else if (people->stale && !redis_away(node) && people->queue.len + people->asking == 0) {
        presence_tell_stale(node, false); /* everybody was read again */
    }
}

void presence_flush(struct node *node)
{
    if (!off(node)) {
        presence_rooms_flush(node);
        choice_flush(node);
        lease_look(node);
        presence_ask(node);
    }
}

void presence_drained(struct node *node)
{
    if (!off(node)) {
        lease_end(node);
    }
}

void presence_needs(const struct node *node, bool *rooms)
{
    for (uint32_t i = 0; i < node->people->room_list.len; i++) {
        rooms[node->people->room_list.items[i]] = true;
    }
}
