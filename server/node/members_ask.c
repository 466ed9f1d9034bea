/* See members_ask.h. */
#include "server/node/members_ask.h"

#include "server/node/entry.h"
#include "server/node/http_route.h"
#include "server/node/room.h"
#include "server/node/user.h"
#include "server/protocol/id.h"

static struct http_page asked(const struct session *session, struct text *ret_room)
{
    struct http_page page;
    const char *field = NULL;

    if (http_members_read(text_of(session->query), ret_room, &page, &field) != HB_OK) {
        HB_UNREACHABLE("a query that was read before");
    }
    return page;
}

static void refuse(struct node *node, struct session *session)
{
    session_error(node, session, HB_EDENIED, (struct text){NULL, 0}, "room");
}

static const struct room *room_of(const struct node *node, const struct session *session,
                                  struct text name)
{
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        const struct room *room = node->rooms[session->rooms[i].room];
        if (text_equal(room->name, name)) {
            return room;
        }
    }
    return NULL;
}

void members_ask(struct node *node, struct session *session, struct text query)
{
    (void)query;
    struct job *job = job_new(node, JOB_MEMBERS_PAGE);
    job->session = session_ref(session);
    members_page_start(node, job);
}

void members_page_start(struct node *node, struct job *job)
{
    struct session *session = session_get(node, job->session);
    struct text name;

    if (session == NULL) {
        job_free(node, job);
        return;
    }
    const struct http_page page = asked(session, &name);
    const struct room *room = room_of(node, session, name);
    if (room == NULL) {
        job_free(node, job);
        refuse(node, session);
        return;
    }
    struct db_tx *tx = job_tx(node, job, true);
    struct db_call *call = db_tx_call(tx, DB_MEMBERS_PAGE);
    db_tx_int(tx, call, room->key);
    db_tx_text(tx, call, page.after.bytes != NULL ? page.after : TEXT(""));
    db_tx_int(tx, call, node->users[session->user]->key);
    db_tx_int(tx, call, (int64_t)page.limit + 1);
    job_submit(node, tx);
}

static void answer_page(struct node *node, struct session *session, const struct db_rows *rows,
                        uint32_t limit)
{
    struct buf *out = &node->scratch;
    struct text last = {NULL, 0};
    uint32_t said = 0;

    buf_clear(out);
    buf_add_text(out, "{\"members\":[");
    for (uint32_t i = 0; i < rows->rows_len && i < limit; i++) {
        const struct db_value *row = rows->values + (size_t)i * rows->columns;
        const struct text name = value_text(&row[0]);
        int64_t joined;
        if (!id_valid(name) || !value_key(&row[1], &joined)) {
            note(node, NOTE_ROW_BAD, DB_MEMBERS_PAGE, 0);
            continue;
        }
        buf_add_text(out, said++ > 0 ? ",{\"userId\":" : "{\"userId\":");
        buf_add_json(out, name.bytes, name.len);
        buf_add_text(out, ",\"joined\":");
        buf_add_u64(out, (uint64_t)joined);
        buf_add_char(out, '}');
        last = name;
    }
    buf_add_char(out, ']');
    if (rows->rows_len > limit && said > 0) {
        buf_add_text(out, ",\"next\":");
        buf_add_json(out, last.bytes, last.len);
    }
    buf_add_char(out, '}');
    session_answer(node, session, (struct reply){.status = 200});
}

void members_page_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct session *session = session_get(node, job->session);
    struct text name;

    if (answer->err != HB_OK && session != NULL) {
        job_retry(node, job); /* the session's deadline ends this */
        return;
    }
    job_free(node, job);
    if (session == NULL) {
        return;
    }
    const struct http_page page = asked(session, &name);
    if (answer->calls[0].rows_len == 0 && page.after.bytes == NULL) {
        refuse(node, session); /* they have left since: a member finds themselves */
        return;
    }
    answer_page(node, session, &answer->calls[0], page.limit);
}
