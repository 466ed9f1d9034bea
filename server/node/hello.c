/* Hello, the snapshot of a user's rooms, welcome and resume.
 *
 * The snapshot comes before the stream: the rooms are read, then each room here must have applied
 * at least the head that the read saw; the welcome names where each stream stands, and the session
 * is attached in the same step. So there is no hole between history and live. */
#include "server/node/hello.h"

#include "server/base/mem.h"
#include "server/node/bearer.h"
#include "server/node/entry.h"
#include "server/node/job.h"
#include "server/node/presence.h"
#include "server/node/room.h"
#include "server/node/session_end.h"
#include "server/node/trust.h"
#include "server/node/user.h"
#include "server/protocol/id.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HELLO_READS_MAX         16 /* reads of a user's rooms for one hello */
#define CONNECTION_ID_BYTES_MAX (NODE_ID_BYTES_MAX + 1 + 16 + 1 + 16)

_Static_assert(CONNECTION_ID_BYTES_MAX <= ID_BYTES_MAX + 2, "a connection id is nearly an id");

static void refuse(struct node *node, struct session *session, enum close_code code)
{
    note(node, NOTE_HELLO_REFUSED, code, 0);
    session_close(node, session, code);
}

static void take_seen(struct node *node, struct hlc_stamp seen)
{
    if (seen.packed != 0 && hlc_take(&node->hlc, node->wall, seen) != HB_OK) {
        note(node, NOTE_HLC_SKEW, hlc_ms(seen) - node->wall.ms, 0);
    }
}

void hello_start(struct node *node, struct job *job)
{
    const struct session *session = session_get(node, job->session);

    if (session == NULL) {
        job_free(node, job);
        return;
    }
    const struct user *user = node->users[session->user];
    job->registers = user->key == 0;
    struct db_tx *tx = job_tx(node, job, !job->registers);
    if (job->registers) {
        db_tx_text(tx, db_tx_call(tx, DB_USER_ADD), user->name);
        db_tx_text(tx, db_tx_call(tx, DB_USER_FIND), user->name);
    }
    db_tx_text(tx, db_tx_call(tx, DB_USER_ROOMS), user->name);
    job_submit(node, tx);
}

/* The wire was decoded and is a hello. */
void hello_frame(struct node *node, struct session *session, struct wire *wire)
{
    const struct frame *frame = NULL;
    struct token_claims claims;

    if (wire_decode(wire, &frame, NULL) != HB_OK || frame->type != FRAME_HELLO) {
        HB_UNREACHABLE("a hello that was decoded before");
    }
    const struct frame_hello *hello = &frame->hello;
    if (!node->ready) {
        session_error(node, session, HB_EAGAIN, (struct text){NULL, 0}, NULL);
        refuse(node, session, CLOSE_TRY_LATER);
        return;
    }
    if (hello->version != PROTOCOL_VERSION) {
        refuse(node, session, CLOSE_VERSION);
        return;
    }
    const bool carried = hello->token.bytes != NULL || session->token == NULL;
    const struct text token = carried ? hello->token : text_of(session->token);
    if (token_judge(node, token, &claims) != HB_OK) {
        session_error(node, session, HB_EAUTH, (struct text){NULL, 0}, NULL);
        refuse(node, session, CLOSE_BAD_TOKEN);
        return;
    }
    free(session->token);
    session->token = NULL;
    take_seen(node, hello->seen_hlc);
    session->asked = node->mono;
    bearer_take(node, session, &claims);
    session->state = SESSION_READING;
    session->hello = wire_ref(wire);
    user_enter(node, user_add(node, (struct text){claims.user, claims.user_len}), session);
    session_arm(node, session);
    struct job *job = job_new(node, JOB_HELLO);
    job->session = session_ref(session);
    hello_start(node, job);
}

struct session *hello_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct session *session = session_get(node, job->session);

    if (session == NULL) {
        job_free(node, job);
        return NULL;
    }
    if (answer->err != HB_OK) {
        note(node, NOTE_DB_RETRY, ++job->tries, 0);
        job_retry(node, job); /* the session's deadline ends this */
        return NULL;
    }
    HB_ASSERT(session->state == SESSION_READING && session->rooms_len == 0);
    const struct db_rows *rows = &answer->calls[job->registers ? 2 : 0];
    if (job->registers && (answer->calls[1].rows_len != 1 ||
                           !value_key(answer->calls[1].values, &node->users[session->user]->key))) {
        note(node, NOTE_ROW_BAD, DB_USER_FIND, 0);
        job_retry(node, job);
        return NULL;
    }
    job_free(node, job);
    session->state = SESSION_JOINING;
    const bool joins = session->request == 0;
    for (uint32_t i = 0; i < rows->rows_len && i < node->config.params.rooms_per_user; i++) {
        const struct db_value *row = rows->values + (size_t)i * rows->columns;
        struct session_room place = {.slot = INDEX_NONE, .waiting = joins};
        const struct room *room = room_of_row(node, row, &place.need, &place.joined);
        if (room == NULL) {
            continue;
        }
        place.room = room->index;
        HB_GROW(session->rooms, session->rooms_len, session->rooms_cap);
        session->rooms[session->rooms_len++] = place;
        session->rooms_waiting += joins;
    }
    if (!joins) {
        return session;
    }
    if (session->rooms_len == 0) {
        HB_GROW(node->settled, node->settled_len, node->settled_cap);
        node->settled[node->settled_len++] = (struct settled){session_ref(session), INDEX_NONE};
    }
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        struct room *room = node->rooms[session->rooms[i].room];
        room_want(node, room, UINT64_MAX);
        room_wait(node, room, session);
    }
    return NULL;
}

/* A leave or join may lie between the read and now, where nobody remembers: read once more. */
static void read_again(struct node *node, struct session *session)
{
    HB_ASSERT(session->rooms_waiting == 0);
    session->rooms_len = 0;
    session->state = SESSION_READING;
    if (++session->hello_reads == HELLO_READS_MAX) {
        refuse(node, session, CLOSE_RESYNC);
        return;
    }
    struct job *job = job_new(node, JOB_HELLO);
    job->session = session_ref(session);
    hello_start(node, job);
}

/* False: the rooms must be read again. */
static bool rooms_judge(struct node *node, struct session *session)
{
    const uint64_t key = node->users[session->user]->id_key;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < session->rooms_len; i++) {
        const struct session_room place = session->rooms[i];
        const struct room *room = node->rooms[place.room];
        HB_ASSERT(!place.waiting);
        if (room->state != ROOM_LIVE || room->applied < place.need) {
            return false; /* released and wanted again since */
        }
        switch (user_membership_since(room, room_tail_cap(node), place.need, key)) {
        case MEMBERSHIP_KEPT:
            session->rooms[kept++] = place;
            break;
        case MEMBERSHIP_LEFT:
            break;
        case MEMBERSHIP_UNCLEAR:
            return false;
        }
    }
    session->rooms_len = kept;
    return true;
}

/* Where the client stands in this room; false: it says nothing about it. */
static bool position_find(const struct frame_hello *hello, const struct room *room, uint64_t *ret)
{
    for (uint32_t i = 0; i < hello->positions_len; i++) {
        if (text_equal(hello->positions[i].room_id, room->name)) {
            *ret = hello->positions[i].seq;
            return true;
        }
    }
    return false;
}

/* Whether what the client lacks up to here can follow as live frames; from *ret_from on. */
static bool recover(struct node *node, const struct frame_hello *hello, const struct room *room,
                    uint64_t joined, uint64_t *ret_from)
{
    uint64_t position = room->applied;

    *ret_from = room->applied + 1;
    if (!position_find(hello, room, &position)) {
        return true; /* it starts at the head */
    }
    const bool same_epoch =
        hello->epoch.bytes != NULL && text_equal(hello->epoch, text_of(node->epoch_text));
    if (same_epoch && position <= room->applied && position + 1 >= joined &&
        room_tail_covers(room, position + 1)) {
        *ret_from = position + 1;
        if (position < room->applied) {
            note(node, NOTE_RESUME_TAIL, room->key, (int64_t)(room->applied - position));
        }
        return true;
    }
    if (same_epoch && position == room->applied) {
        return true;
    }
    note(node, NOTE_RESUME_SYNC, room->key, (int64_t)room->applied - (int64_t)position);
    return false;
}

static void welcome_say(struct node *node, struct session *session, struct welcome_room *rooms)
{
    char id[CONNECTION_ID_BYTES_MAX + 1];

    (void)snprintf(id, sizeof id, "%s-%" PRIx64 "-%" PRIx64, node->config.name, node->incarnation,
                   ++node->connections);
    session_say(
        node, session,
        &(struct frame){
            .type = FRAME_WELCOME,
            .welcome = {.version = PROTOCOL_VERSION,
                        .user_id = node->users[session->user]->name,
                        .connection_id = text_of(id),
                        .epoch = text_of(node->epoch_text),
                        .expires_in_ms = bearer_left_ms(node, session),
                        .rooms = rooms,
                        .rooms_len = session->rooms_len,
                        .ping_interval_ms = (uint32_t)(node->config.params.ping_interval_us / 1000),
                        .ping_timeout_ms =
                            (uint32_t)(node->config.params.ping_timeout_us / 1000)}});
}

/* Of the rooms in focus, or of the others: what is missing `from` there, and from now on what comes. */
static void streams_begin(struct node *node, struct session *session, const struct focus *focus,
                          const uint64_t *from, bool in_focus)
{
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        struct session_room *place = &session->rooms[i];
        struct room *room = node->rooms[place->room];
        if (focus_has(focus, room->name) == in_focus) {
            room_tail_send(node, room, session->conn, from[i]);
            room_attach(node, room, session, place);
        }
    }
}

static void welcome(struct node *node, struct session *session)
{
    struct welcome_room rooms[ROOMS_PER_USER_MAX];
    uint64_t from[ROOMS_PER_USER_MAX] = {0};
    const struct frame *frame = NULL;

    if (!rooms_judge(node, session)) {
        read_again(node, session);
        return;
    }
    if (wire_decode(session->hello, &frame, NULL) != HB_OK) {
        HB_UNREACHABLE("a hello that was decoded before");
    }
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        const struct session_room *place = &session->rooms[i];
        const struct room *room = node->rooms[place->room];
        rooms[i] = (struct welcome_room){.room_id = room->name, .head = room->applied};
        rooms[i].recovered = recover(node, &frame->hello, room, place->joined, &from[i]);
    }
    welcome_say(node, session, rooms);
    streams_begin(node, session, &frame->hello.focus, from, true);
    streams_begin(node, session, &frame->hello.focus, from, false);
    const enum presence_kind kind = frame->hello.kind;
    wire_unref(&session->hello);
    session->state = SESSION_LIVE;
    session->heard = node->mono; /* until now it waited for us: that was not its silence */
    session_arm(node, session);
    presence_enter(node, session, kind, node->connections);
    if (session->reread) {
        session->reread = false;
        user_dirty(node, session->user);
    }
}

void hello_settle(struct node *node)
{
    for (uint32_t i = 0; i < node->settled_len; i++) {
        const struct settled settled = node->settled[i];
        struct session *session = session_get(node, settled.session);
        if (session == NULL) {
            continue;
        }
        if (session->state == SESSION_JOINING && session->rooms_waiting == 0) {
            welcome(node, session);
        } else if (session->state == SESSION_LIVE && settled.room != INDEX_NONE) {
            user_room_attach(node, session, node->rooms[settled.room]);
        }
    }
    node->settled_len = 0;
}
