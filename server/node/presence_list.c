/* See presence_list.h. */
#include "server/node/presence_list.h"

#include "server/base/mem.h"
#include "server/node/entry.h"
#include "server/node/http_route.h"
#include "server/node/presence_rooms.h"
#include "server/node/presence_tell.h"
#include "server/node/ready.h"
#include "server/node/user.h"
#include "server/protocol/id.h"

#include <stdlib.h>
#include <string.h>

static struct http_people asked(const struct session *session)
{
    struct http_people people;
    const char *field;

    if (http_people_read(text_of(session->query), &people, &field) != HB_OK) {
        HB_UNREACHABLE("a query that was read before");
    }
    return people;
}

/* The asker's room of this name; NULL: they are in none. */
static struct room *room_of(struct node *node, struct session *session, struct text name)
{
    const uint32_t index = interner_find(&node->room_names, name.bytes, name.len);

    if (index == INTERNER_NONE || session_room_find(session, index) == NULL) {
        return NULL;
    }
    return node->rooms[index];
}

void presence_list_ask(struct node *node, struct session *session, struct text query)
{
    (void)query;
    if (node->config.params.presence == 0) {
        session_explain(node, session, HB_EDENIED,
                        "this server does not keep who is there (parameter presence)");
        return;
    }
    const struct http_people people = asked(session);
    if (people.room.bytes != NULL && room_of(node, session, people.room) == NULL) {
        session_error(node, session, HB_EDENIED, (struct text){NULL, 0}, "room");
        return;
    }
    struct job *job = job_new(node, JOB_LIST);
    job->session = session_ref(session);
    list_start(node, job);
}

void list_start(struct node *node, struct job *job)
{
    struct session *session = session_get(node, job->session);
    const int64_t most = node->config.params.presence_room_max;

    if (session == NULL) {
        job_free(node, job);
        return;
    }
    const struct http_people people = asked(session);
    const struct room *room =
        people.room.bytes != NULL ? room_of(node, session, people.room) : NULL;
    struct db_tx *tx = job_tx(node, job, true);
    struct db_call *call = db_tx_call(tx, DB_PEOPLE_SHARED);
    db_tx_int(tx, call, node->users[session->user]->key);
    db_tx_int(tx, call, room != NULL ? room->key : 0);
    db_tx_text(tx, call, people.after.bytes != NULL ? people.after : TEXT(""));
    db_tx_int(tx, call, most);
    db_tx_int(tx, call, (int64_t)people.limit + 1);
    if (room != NULL) { /* whether it is one of too many */
        call = db_tx_call(tx, DB_ROOM_MEMBERS);
        db_tx_int(tx, call, room->key);
        db_tx_int(tx, call, most + 1);
    }
    job_submit(node, tx);
}

/* --- The answer --- */

static void answer(struct node *node, struct session *session, const struct presence_list *list,
                   const struct room *crowd)
{
    struct presence told[PRESENCE_USERS_MAX];
    struct frame_presence_state state = {.stale = redis_away(node) || node->people->stale,
                                         .people = told};
    struct buf *out = &node->scratch;

    for (uint32_t i = 0; i < list->people.len; i++) {
        const struct person *person = node->people->items[list->people.items[i]];
        const struct presence *shown = &person->shown;
        const bool since = list->since_ms >= 0 && shown->last_seen_ms >= list->since_ms;
        state.stale = state.stale || !person->loaded;
        if (person->loaded && (shown->status != PRESENCE_OFFLINE || since)) {
            told[state.people_len++] = presence_told(node, session, person);
        }
    }
    buf_clear(out);
    frame_put_presence_state(out, &state);
    out->bytes[0] = '{'; /* in the place of the first comma */
    if (list->next[0] != '\0') {
        buf_add_text(out, ",\"next\":");
        buf_add_json(out, list->next, strlen(list->next));
    }
    if (crowd != NULL) {
        buf_add_text(out, ",\"crowd\":true");
        if (crowd->presence.online > 0) { /* known where members are connected */
            buf_add_text(out, ",\"online\":");
            buf_add_u64(out, crowd->presence.online);
        }
    }
    buf_add_char(out, '}');
    session_answer(node, session, (struct reply){.status = 200});
}

static void list_free(struct presence_list *list)
{
    free(list->people.items);
    free(list);
}

/* --- Whom it is of --- */

static void add(struct node *node, struct presence_list *list, struct text name)
{
    struct person *person = person_add(node, name);

    person->checks++; /* until it is answered */
    u32_list_push(&list->people, person->index);
    if (!person->followed) {
        presence_follow(node, person);
    } else if (!person->loaded) {
        person_queue(node, person);
    }
}

static void take(struct node *node, struct presence_list *list, const struct db_rows *rows,
                 uint32_t limit)
{
    for (uint32_t i = 0; i < rows->rows_len; i++) {
        const struct text name = value_text(&rows->values[(size_t)i * rows->columns]);
        if (!id_valid(name)) {
            note(node, NOTE_ROW_BAD, DB_PEOPLE_SHARED, 0);
        } else if (list->people.len == limit) {
            const struct text last = node->people->items[list->people.items[limit - 1]]->name;
            memcpy(list->next, last.bytes, last.len);
            return;
        } else {
            add(node, list, name);
        }
    }
}

void list_done(struct node *node, struct job *job, const struct db_answer *answered)
{
    struct session *session = session_get(node, job->session);

    if (answered->err != HB_OK && session != NULL) {
        job_retry(node, job); /* the session's deadline ends this */
        return;
    }
    job_free(node, job);
    if (session == NULL) {
        return;
    }
    const struct http_people people = asked(session);
    const bool of_room = people.room.bytes != NULL;
    struct presence_list *list = hb_calloc(1, sizeof *list);
    list->session = session_ref(session);
    list->since_ms = people.since_ms;
    if (of_room && answered->calls[1].rows_len > node->config.params.presence_room_max) {
        answer(node, session, list, room_of(node, session, people.room));
        list_free(list);
        return;
    }
    take(node, list, &answered->calls[0], people.limit);
    HB_GROW(node->people->lists, node->people->lists_len, node->people->lists_cap);
    node->people->lists[node->people->lists_len++] = list;
}

/* --- Waiting --- */

static bool complete(struct node *node, struct presence_list *list)
{
    while (list->at < list->people.len &&
           node->people->items[list->people.items[list->at]]->loaded) {
        list->at++;
    }
    return list->at == list->people.len || redis_away(node);
}

void presence_list_flush(struct node *node)
{
    struct people *people = node->people;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < people->lists_len; i++) {
        struct presence_list *list = people->lists[i];
        struct session *session = session_get(node, list->session);
        if (session != NULL && !complete(node, list)) {
            people->lists[kept++] = list;
            continue;
        }
        if (session != NULL) {
            answer(node, session, list, NULL);
        }
        for (uint32_t at = 0; at < list->people.len; at++) {
            people->items[list->people.items[at]]->checks--;
        }
        list_free(list);
    }
    people->lists_len = kept;
}
