/* See presence_rooms.h. */
#include "server/node/presence_rooms.h"

#include "server/base/mem.h"
#include "server/node/entry.h"
#include "server/node/presence_crowd.h"
#include "server/node/presence_tell.h"
#include "server/node/user.h"
#include "server/protocol/id.h"

#include <stdlib.h>
#include <string.h>

static void list_remove(struct u32_list *list, uint32_t value)
{
    for (uint32_t i = 0; i < list->len; i++) {
        if (list->items[i] == value) {
            list->items[i] = list->items[--list->len];
            return;
        }
    }
}

static bool list_has(const struct u32_list *list, uint32_t value)
{
    for (uint32_t i = 0; i < list->len; i++) {
        if (list->items[i] == value) {
            return true;
        }
    }
    return false;
}

/* Snapshot before stream, overlapping: the channel first, then what stands in Redis. */
void presence_follow(struct node *node, struct person *person)
{
    if (!person->followed) {
        person->followed = true;
        person->loaded = false; /* what was read of them by the way may be old */
        bus_subscribe(node, BUS_PERSON, person->index, person->channel);
        person_queue(node, person);
    }
}

/* --- Rooms --- */

static void room_read(struct node *node, struct room *room)
{
    struct room_presence *own = &room->presence;

    if (own->reading) {
        own->again = true;
        return;
    }
    own->reading = true;
    own->again = false;
    if (!own->listed) {
        own->listed = true;
        u32_list_push(&node->people->room_list, room->index);
    }
    struct job *job = job_new(node, JOB_MEMBERS);
    job->room = room->index;
    job->life = room->life;
    members_start(node, job);
}

void members_start(struct node *node, struct job *job)
{
    struct db_tx *tx = job_tx(node, job, true);
    struct db_call *call = db_tx_call(tx, DB_ROOM_MEMBERS);

    db_tx_int(tx, call, node->rooms[job->room]->key);
    db_tx_int(tx, call, node->config.params.presence_room_max + 1);
    job_submit(node, tx);
}

static void room_drop(struct node *node, struct room *room, uint32_t index)
{
    list_remove(&node->people->items[index]->rooms, room->index);
}

static void room_clear(struct node *node, struct room *room)
{
    for (uint32_t i = 0; i < room->presence.people.len; i++) {
        room_drop(node, room, room->presence.people.items[i]);
    }
    room->presence.people.len = 0;
    room->presence.known = false;
}

static void member_add(struct node *node, struct room *room, struct person *person)
{
    if (!list_has(&person->rooms, room->index)) {
        u32_list_push(&person->rooms, room->index);
        presence_follow(node, person);
        presence_tell_room(node, room, person);
    }
}

/* Those who are members now, in place of those who were. */
static void members_take(struct node *node, struct room *room, const struct db_rows *rows)
{
    struct u32_list now = {0};
    struct u32_list *people = &room->presence.people;

    for (uint32_t i = 0; i < rows->rows_len; i++) {
        const struct text name = value_text(&rows->values[(size_t)i * rows->columns]);
        if (!id_valid(name)) {
            note(node, NOTE_ROW_BAD, DB_ROOM_MEMBERS, 0);
            continue;
        }
        struct person *person = person_add(node, name);
        u32_list_push(&now, person->index);
        member_add(node, room, person);
    }
    for (uint32_t i = 0; i < people->len; i++) {
        if (!list_has(&now, people->items[i])) {
            room_drop(node, room, people->items[i]);
        }
    }
    free(people->items);
    *people = now;
    room->presence.known = true;
}

void members_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct room *room = node->rooms[job->room];

    if (answer->err != HB_OK) {
        job_retry(node, job);
        return;
    }
    const bool present = room->life == job->life;
    job_free(node, job);
    room->presence.reading = false;
    if (!present || room->presence.again) {
        if (room_local(room)) {
            room_read(node, room);
        }
        return;
    }
    if (answer->calls[0].rows_len > node->config.params.presence_room_max) {
        if (!room->presence.crowd) {
            note(node, NOTE_PRESENCE_CROWD, room->key, answer->calls[0].rows_len);
            room->presence.crowd = true;
        }
        room_clear(node, room);
        return;
    }
    if (room->presence.crowd) {
        crowd_leave(node, room);
    }
    members_take(node, room, &answer->calls[0]);
}

void presence_rooms_flush(struct node *node)
{
    for (uint32_t i = 0; i < node->arrivals_len; i++) {
        const struct settled arrival = node->arrivals[i];
        struct session *session = session_get(node, arrival.session);
        struct room *room = node->rooms[arrival.room];
        if (session == NULL || session->request != 0) {
            continue;
        }
        if (room->presence.crowd) {
            crowd_tell(node, room, session);
        } else if (room->presence.known) {
            presence_tell_people(node, session, (struct text){NULL, 0}, room->presence.people.items,
                                 room->presence.people.len);
        } else if (!room->presence.reading) {
            room_read(node, room);
        }
    }
    node->arrivals_len = 0;
    for (uint32_t i = 0; i < node->membership.len; i++) {
        struct room *room = node->rooms[node->membership.items[i]];
        if (room->presence.listed && room_local(room)) {
            room_read(node, room);
        }
    }
    node->membership.len = 0;
}

void presence_rooms_sweep(struct node *node)
{
    struct u32_list *list = &node->people->room_list;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < list->len; i++) {
        struct room *room = node->rooms[list->items[i]];
        if (room_local(room) || room->presence.reading || room->presence.asked) {
            list->items[kept++] = list->items[i];
            continue;
        }
        if (room->presence.crowd) {
            crowd_leave(node, room);
        }
        room_clear(node, room);
        room->presence.listed = false;
    }
    list->len = kept;
}

/* --- Those asked for --- */

static void watch_add(struct session *session, struct person *person)
{
    if (!list_has(&session->watches, person->index)) {
        u32_list_push(&session->watches, person->index);
        HB_GROW(person->watchers, person->watchers_len, person->watchers_cap);
        person->watchers[person->watchers_len++] = session_ref(session);
    }
}

static void watcher_remove(struct person *person, const struct session *session)
{
    for (uint32_t i = 0; i < person->watchers_len; i++) {
        if (person->watchers[i].serial == session->serial) {
            person->watchers[i] = person->watchers[--person->watchers_len];
            return;
        }
    }
}

static void watch_remove(struct session *session, struct person *person)
{
    if (list_has(&session->watches, person->index)) {
        list_remove(&session->watches, person->index);
        watcher_remove(person, session);
    }
}

void presence_unwatch_all(struct node *node, struct session *session)
{
    for (uint32_t i = 0; i < session->watches.len; i++) {
        watcher_remove(node->people->items[session->watches.items[i]], session);
    }
    free(session->watches.items);
    session->watches = (struct u32_list){0};
}

static void watch_job(struct node *node, struct session *session, struct text ref,
                      const uint32_t *people, uint32_t people_len)
{
    struct job *job = job_new(node, JOB_WATCH);

    job->session = session_ref(session);
    job->own = ref.bytes != NULL ? hb_strndup(ref.bytes, ref.len) : NULL;
    for (uint32_t i = 0; i < people_len; i++) {
        node->people->items[people[i]]->checks++;
        HB_GROW(job->refs, job->refs_len, job->refs_cap);
        job->refs[job->refs_len++] = (struct job_ref){.index = people[i]};
    }
    watch_start(node, job);
}

/* What is looked up for this session must not make it watch whom it gave up meanwhile. */
static void watch_jobs_leave(struct node *node, const struct session *session,
                             const uint32_t *people, uint32_t people_len)
{
    for (uint32_t i = 0; session->watches_asked > 0 && i < node->jobs_len; i++) {
        struct job *job = node->jobs[i];
        if (job->serial == 0 || job->kind != JOB_WATCH || job->session.serial != session->serial) {
            continue;
        }
        for (uint32_t r = 0; r < job->refs_len; r++) {
            for (uint32_t p = 0; p < people_len; p++) {
                job->refs[r].left = job->refs[r].left || job->refs[r].index == people[p];
            }
        }
    }
}

static void unwatch(struct node *node, struct session *session,
                    const struct frame_presence_users *asked)
{
    uint32_t people[PRESENCE_USERS_MAX];
    uint32_t people_len = 0;

    for (uint32_t i = 0; i < asked->users_len; i++) {
        struct person *person = person_find(node, asked->users[i]);
        if (person != NULL) {
            watch_remove(session, person);
            people[people_len++] = person->index;
        }
    }
    watch_jobs_leave(node, session, people, people_len);
}

void presence_watch_frame(struct node *node, struct session *session, const struct frame *frame)
{
    const struct frame_presence_users *asked = &frame->presence_users;
    uint32_t people[PRESENCE_USERS_MAX];

    if (frame->type == FRAME_PRESENCE_UNSUBSCRIBE) {
        unwatch(node, session, asked);
        return;
    }
    if (session->watches.len + session->watches_asked + asked->users_len > PRESENCE_WATCHES_MAX) {
        session_error(node, session, HB_ELARGE, asked->ref, "userIds");
        return;
    }
    for (uint32_t i = 0; i < asked->users_len; i++) {
        people[i] = person_add(node, asked->users[i])->index;
    }
    session->watches_asked += asked->users_len;
    for (uint32_t i = 0; i < asked->users_len || i == 0; i += BATCH_MAX) {
        const uint32_t left = asked->users_len - i;
        watch_job(node, session, asked->ref, people + i, left < BATCH_MAX ? left : BATCH_MAX);
    }
}

void presence_recheck(struct node *node, struct session *session)
{
    const struct u32_list *watches = &session->watches;

    for (uint32_t i = 0; i < watches->len; i += BATCH_MAX) {
        const uint32_t left = watches->len - i;
        session->watches_asked += left < BATCH_MAX ? left : BATCH_MAX;
        watch_job(node, session, (struct text){NULL, 0}, watches->items + i,
                  left < BATCH_MAX ? left : BATCH_MAX);
    }
}

static void watch_end(struct node *node, struct job *job)
{
    struct session *session = session_get(node, job->session);

    for (uint32_t i = 0; i < job->refs_len; i++) {
        node->people->items[job->refs[i].index]->checks--;
    }
    if (session != NULL) {
        session->watches_asked -= job->refs_len;
    }
    job_free(node, job);
}

void watch_start(struct node *node, struct job *job)
{
    const struct session *session = session_get(node, job->session);

    if (session == NULL) {
        watch_end(node, job);
        return;
    }
    struct db_tx *tx = job_tx(node, job, true);
    for (uint32_t i = 0; i < job->refs_len; i++) {
        struct db_call *call = db_tx_call(tx, DB_SHARES_ROOM);
        db_tx_text(tx, call, node->people->items[job->refs[i].index]->name);
        db_tx_int(tx, call, node->users[session->user]->key);
    }
    job_submit(node, tx);
}

void watch_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct session *session = session_get(node, job->session);
    uint32_t people[BATCH_MAX];
    uint32_t people_len = 0;

    if (answer->err != HB_OK && session != NULL) {
        job_retry(node, job);
        return;
    }
    if (session == NULL) {
        watch_end(node, job);
        return;
    }
    const struct text ref = job->own != NULL ? text_of(job->own) : (struct text){NULL, 0};
    bool refused = false;
    for (uint32_t i = 0; i < job->refs_len; i++) {
        struct person *person = node->people->items[job->refs[i].index];
        const bool shares = answer->calls[i].rows_len > 0 ||
                            text_equal(person->name, node->users[session->user]->name);
        if (!shares) {
            watch_remove(session, person);
            refused = true;
            continue;
        }
        if (job->refs[i].left) {
            continue;
        }
        if (ref.bytes != NULL || !list_has(&session->watches, person->index)) {
            watch_add(session, person);
            presence_follow(node, person);
            people[people_len++] = person->index;
        }
    }
    presence_tell_people(node, session, ref, people, people_len);
    if (refused) {
        session_error(node, session, HB_EDENIED, ref, "userIds");
    }
    watch_end(node, job);
}
