/* See presence_tell.h. The room that somebody is in is told to those who are in it too. */
#include "server/node/presence_tell.h"

/* A frame that says of a person what a receiver may know, made once for all of a kind. */
struct telling {
    const struct person *person;
    struct wire *wires[2]; /* without the room, and with it */
};

static struct presence told_of(const struct node *node, const struct person *person, bool room_too)
{
    struct presence told = person->shown;

    if (!room_too) {
        told.current_room = (struct text){NULL, 0};
    }
    if (told.dnd_until_ms <= node->wall.ms) {
        told.dnd_until_ms = 0; /* it ended by itself */
    }
    return told;
}

static bool in_room(struct node *node, struct session *session, const struct person *person)
{
    const struct text name = person->shown.current_room;

    if (name.bytes == NULL) {
        return false;
    }
    const uint32_t index = interner_find(&node->room_names, name.bytes, name.len);
    const struct session_room *place =
        index == INTERNER_NONE ? NULL : session_room_find(session, index);
    /* A request is in no stream: its rooms were read for it. */
    return place != NULL && (place->slot != INDEX_NONE || session->request != 0);
}

struct presence presence_told(struct node *node, struct session *session,
                              const struct person *person)
{
    return told_of(node, person, in_room(node, session, person));
}

static void tell(struct node *node, struct telling *telling, struct session *session)
{
    if (session->state != SESSION_LIVE || session->told == node->people->telling) {
        return;
    }
    session->told = node->people->telling;
    const bool room_too = in_room(node, session, telling->person);
    if (telling->wires[room_too] == NULL) {
        const struct frame frame = {.type = FRAME_PRESENCE_UPDATE,
                                    .person = told_of(node, telling->person, room_too)};
        buf_clear(&node->scratch);
        frame_encode(&frame, &node->scratch);
        telling->wires[room_too] = wire_new(node->scratch.bytes, node->scratch.len);
    }
    node->counts.presence_told++;
    send_wire(node, session->conn, telling->wires[room_too]);
}

static void tell_room(struct node *node, struct telling *telling, const struct room *room)
{
    for (uint32_t i = 0; i < room->attached_len; i++) {
        tell(node, telling, node->sessions[room->attached[i].session]);
    }
}

static void telling_end(struct telling *telling)
{
    for (int i = 0; i < 2; i++) {
        if (telling->wires[i] != NULL) {
            wire_unref(&telling->wires[i]);
        }
    }
}

static void tell_watchers(struct node *node, const struct person *person)
{
    struct telling telling = {.person = person};

    node->people->telling++;
    for (uint32_t i = 0; i < person->rooms.len; i++) {
        tell_room(node, &telling, node->rooms[person->rooms.items[i]]);
    }
    for (uint32_t i = 0; i < person->watchers_len; i++) {
        struct session *session = session_get(node, person->watchers[i]);
        if (session != NULL) {
            tell(node, &telling, session);
        }
    }
    for (uint32_t i = 0; i < person->conns_len; i++) {
        if (person->conns[i].session != INDEX_NONE) {
            tell(node, &telling, node->sessions[person->conns[i].session]);
        }
    }
    telling_end(&telling);
}

void presence_tell_room(struct node *node, const struct room *room, const struct person *person)
{
    struct telling telling = {.person = person};

    if (person->loaded) {
        node->people->telling++;
        tell_room(node, &telling, room);
        telling_end(&telling);
    }
}

void presence_take(struct node *node, struct person *person, const struct presence *now,
                   uint64_t version)
{
    if (person->loaded && version <= person->shown.version) {
        return;
    }
    const bool changed = !person->loaded || !presence_same(&person->shown, now);
    const int64_t seen_ms = person->loaded ? person->shown.last_seen_ms : 0;
    presence_copy(&person->shown, now, person->room, person->custom);
    if (person->shown.last_seen_ms < seen_ms) { /* whoever folded it knew less */
        person->shown.last_seen_ms = seen_ms;
    }
    person->shown.version = version;
    person->loaded = true;
    if (changed) {
        tell_watchers(node, person);
    }
}

void presence_tell_people(struct node *node, struct session *session, struct text ref,
                          const uint32_t *people, uint32_t people_len)
{
    struct presence told[PRESENCE_USERS_MAX];
    uint32_t told_len = 0;
    struct frame frame = {.type = FRAME_PRESENCE_STATE};

    frame.presence_state.ref = ref;
    frame.presence_state.stale = node->people->stale;
    frame.presence_state.people = told;
    for (uint32_t i = 0; i < people_len; i++) {
        const struct person *person = node->people->items[people[i]];
        if (!person->loaded) {
            continue; /* told as soon as it is known */
        }
        told[told_len++] = presence_told(node, session, person);
        if (told_len == PRESENCE_USERS_MAX / 2) { /* each may take 400 bytes: within one frame */
            frame.presence_state.people_len = told_len;
            session_say(node, session, &frame);
            told_len = 0;
        }
    }
    if (told_len > 0 || ref.bytes != NULL) {
        frame.presence_state.people_len = told_len;
        session_say(node, session, &frame);
    }
}

void presence_tell_stale(struct node *node, bool stale)
{
    const struct frame frame = {.type = FRAME_PRESENCE_STATE, .presence_state = {.stale = stale}};

    node->people->stale = stale;
    buf_clear(&node->scratch);
    frame_encode(&frame, &node->scratch);
    struct wire *wire = wire_new(node->scratch.bytes, node->scratch.len);
    for (uint32_t i = 0; i < node->sessions_len; i++) {
        const struct session *session = node->sessions[i];
        if (session->state == SESSION_LIVE && session->request == 0) {
            send_wire(node, session->conn, wire);
        }
    }
    wire_unref(&wire);
}
