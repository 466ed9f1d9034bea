/* See presence.h. */
#include "server/node/presence.h"

#include "server/base/mem.h"
#include "server/node/entry.h"
#include "server/node/presence_answer.h"
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

static struct job *choice_job(struct node *node, const struct person *person)
{
    struct job *job = job_new(node, JOB_CHOICE);

    HB_GROW(job->refs, job->refs_len, job->refs_cap);
    job->refs[job->refs_len++] = (struct job_ref){person->index, 0};
    return job;
}

static void choice_read(struct node *node, struct person *person, struct session *session,
                        struct wire *written)
{
    struct job *job = choice_job(node, person);

    job->session = session_ref(session);
    job->user = session->user;
    person->checks++;
    person->choices++;
    job->frame = written != NULL ? wire_ref(written) : NULL;
    choice_start(node, job);
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

void choice_start(struct node *node, struct job *job)
{
    const struct person *person = node->people->items[job->refs[0].index];
    const struct frame *frame = NULL;
    struct db_tx *tx = job_tx(node, job, job->frame == NULL);

    if (job->frame != NULL) {
        if (wire_decode(job->frame, &frame, NULL) != HB_OK) {
            HB_UNREACHABLE("a frame that was decoded before");
        }
        const struct frame_presence *said = &frame->presence;
        const bool status = said->chosen && (said->status_said || said->status_cleared);
        struct db_call *call = db_tx_call(tx, DB_PRESENCE_CHOOSE);
        db_tx_int(tx, call, node->users[job->user]->key);
        if (status && !said->status_cleared) {
            db_tx_text(tx, call, text_of(presence_status_word(said->status)));
        } else {
            db_tx_null(tx, call);
        }
        if (said->custom_status.bytes != NULL) {
            db_tx_text(tx, call, said->custom_status);
        } else {
            db_tx_null(tx, call);
        }
        if (said->dnd_until_ms != 0) {
            db_tx_int(tx, call, said->dnd_until_ms);
        } else {
            db_tx_null(tx, call);
        }
        db_tx_int(tx, call, status);
        db_tx_int(tx, call, said->custom_said);
        db_tx_int(tx, call, said->dnd_said);
    }
    db_tx_text(tx, db_tx_call(tx, DB_PRESENCE_CHOICE), person->name);
    job_submit(node, tx);
}

/* False: the row says no choice. */
static bool choice_of_row(const struct db_value *row, struct record_choice *ret)
{
    const bool status = row[0].kind == DB_TEXT;

    *ret = (struct record_choice){.chosen = status};
    if ((status && !presence_status_of(row[0].text, &ret->status)) ||
        !value_seq(&row[3], &ret->version) || ret->version == 0) {
        return false;
    }
    if (row[1].kind == DB_TEXT && row[1].text.len <= CUSTOM_BYTES_MAX) {
        ret->custom = row[1].text;
    }
    if (row[2].kind == DB_INT && row[2].integer > 0 && row[2].integer <= JSON_INT_MAX) {
        ret->dnd_until_ms = row[2].integer;
    }
    return true;
}

void choice_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct person *person = node->people->items[job->refs[0].index];
    struct record_choice choice;

    if (answer->err == HB_EAGAIN || answer->err == HB_EUNKNOWN) {
        job_retry(node, job); /* to choose the same twice is to choose it */
        return;
    }
    person->checks--;
    person->choices--;
    const struct db_rows *rows =
        answer->err == HB_OK ? &answer->calls[job->frame != NULL ? 1 : 0] : NULL;
    job_free(node, job);
    if (rows == NULL) {
        return; /* this life was fenced off, or the user is not known any more */
    }
    person->choice_known = person->choice_known || person->conns_len > 0;
    person->choice_fresh = true;
    if (rows->rows_len > 0) {
        if (choice_of_row(rows->values, &choice)) {
            presence_choice_take(person, &choice);
        } else {
            note(node, NOTE_ROW_BAD, DB_PRESENCE_CHOICE, 0);
        }
    }
    person->choice_unsaid = person->conns_len == 0 && person->choice.version > 0;
    if (person->conns_len > 0 || person->choice_unsaid) {
        person_queue(node, person);
    }
}

static void unsure_flush(struct node *node)
{
    struct u32_list *unsure = &node->people->unsure;

    for (uint32_t i = 0; i < unsure->len; i++) {
        choice_start(node, choice_job(node, node->people->items[unsure->items[i]]));
    }
    unsure->len = 0;
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

void presence_message(struct node *node, uint32_t index, const char *bytes, size_t bytes_len)
{
    presence_heard(node, node->people->items[index], bytes, bytes_len);
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
        unsure_flush(node);
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
