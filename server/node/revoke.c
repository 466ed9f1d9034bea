/* See revoke.h. */
#include "server/node/revoke.h"

#include "server/base/mem.h"
#include "server/node/announce.h"
#include "server/node/entry.h"
#include "server/node/http_route.h"
#include "server/node/ready.h"
#include "server/node/reply.h"
#include "server/node/revoked.h"
#include "server/node/session_end.h"
#include "server/node/timer.h"
#include "server/node/user.h"
#include "server/protocol/json.h"
#include "server/protocol/operator_key.h"
#include "server/protocol/user_id.h"

#include <inttypes.h>
#include <string.h>

#define LOOK_ROWS 1000  /* of one look; more are read by the next, at once */
#define DAY_S     86400 /* a wall may be wrong by so much before what is needed is forgotten */

/* --- Looking -------------------------------------------------------------------------------- */

void revoke_look_call(struct db_tx *tx, uint64_t version)
{
    struct db_call *call = db_tx_call(tx, DB_REVOKED_AFTER);

    db_tx_int(tx, call, (int64_t)version);
    db_tx_int(tx, call, LOOK_ROWS);
}

void revoke_look_start(struct node *node, struct job *job)
{
    struct db_tx *tx = job_tx(node, job, true);

    revoke_look_call(tx, node->revoked->version);
    job_submit(node, tx);
}

static void look(struct node *node)
{
    node->revoked->wanted = node->revoked->looking;
    if (!node->revoked->looking) {
        node->revoked->looking = true;
        revoke_look_start(node, job_new(node, JOB_REVOKED));
    }
}

void revoke_timer(struct node *node)
{
    if (node->key != 0) {
        look(node);
    }
    revoked_forget(node->revoked, node->wall.ms / 1000 - DAY_S);
    timer_add(node, node->mono.us + node->config.params.revocation_us, TIMER_REVOKED, 0, 0);
}

/* What another node knows, or may have told, and this one does not have. */
void revoke_flush(struct node *node)
{
    const struct revoked *revoked = node->revoked;

    if (node->key != 0 && !revoked->looking &&
        (revoked->wanted || revoked->heard > revoked->version)) {
        look(node);
    }
}

/* Those whose token it is about, here and now. */
static void cut(struct node *node)
{
    for (uint32_t i = 0; i < node->sessions_len; i++) {
        struct session *session = node->sessions[i];
        if (session->state != SESSION_FREE && session->bears &&
            revoked_has(node->revoked, node->users[session->user]->name, text_of(session->token_id),
                        session->issued_s)) {
            note(node, NOTE_REVOKED, 0, 0);
            session_close(node, session, CLOSE_TOKEN_EXPIRED);
        }
    }
}

static bool row_take(struct node *node, const struct db_value *row)
{
    const struct text name = value_text(&row[1]);
    const bool good = row[0].kind == DB_INT && row[2].kind == DB_INT && row[3].kind == DB_INT &&
                      row[0].integer >= 0 && row[0].integer < REVOKED_KIND_COUNT &&
                      name.bytes != NULL && name.len > 0;

    if (!good) {
        note(node, NOTE_ROW_BAD, DB_REVOKED_AFTER, 0);
        return false;
    }
    revoked_add(node->revoked, (enum revoked_kind)row[0].integer, name,
                (struct revoked_one){row[2].integer, row[3].integer});
    return true;
}

static void rows_take(struct node *node, const struct db_rows *rows)
{
    bool changed = false;

    for (uint32_t i = 0; i < rows->rows_len; i++) {
        const struct db_value *row = rows->values + (size_t)i * rows->columns;
        uint64_t version = 0;
        changed = row_take(node, row) || changed;
        if (value_seq(&row[4], &version) && version > node->revoked->version) {
            node->revoked->version = version;
        }
    }
    if (changed) {
        cut(node);
    }
    if (rows->rows_len >= LOOK_ROWS) {
        node->revoked->wanted = true;
    } else {
        node->revoked->complete = true;
        ready_check(node);
    }
}

void revoke_registered(struct node *node, const struct db_rows *rows, bool same_database)
{
    if (!same_database) {
        revoked_forget_all(node->revoked);
    }
    rows_take(node, rows);
    node->revoked->said = node->revoked->version; /* the others have a database, too */
}

void revoke_look_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    if (answer->err != HB_OK) {
        note(node, NOTE_DB_RETRY, ++job->tries, 0);
        job_retry(node, job);
        return;
    }
    node->revoked->looking = false;
    job_free(node, job);
    rows_take(node, &answer->calls[0]);
}

/* --- Revoking ------------------------------------------------------------------------------- */

void revoke_calls(struct db_tx *tx, const struct revocation *revocation)
{
    (void)db_tx_call(tx, DB_REVOKED_ADVANCE);
    struct db_call *call = db_tx_call(tx, DB_REVOKED_ADD);
    db_tx_int(tx, call, revocation->of_token ? REVOKED_TOKEN : REVOKED_USER);
    db_tx_text(tx, call, revocation->name);
    db_tx_int(tx, call, revocation->issued_until_s);
    db_tx_int(tx, call, revocation->kept_until_s);
    call = db_tx_call(tx, DB_REVOKED_FORGET);
    db_tx_int(tx, call, revocation->now_s - DAY_S);
}

struct asked { /* of a job */
    bool of_token;
    uint32_t name_len;
    int64_t issued_until_s, now_s;
    char name[ID_BYTES_MAX + 1];
};

void revoke_start(struct node *node, struct job *job)
{
    const struct asked *asked = job->own;
    const struct node_params *params = &node->config.params;
    struct db_tx *tx = job_tx(node, job, false);
    const int64_t until_s =
        asked->issued_until_s > asked->now_s ? asked->issued_until_s : asked->now_s;

    const struct revocation revocation = {.of_token = asked->of_token,
                                          .name = {asked->name, asked->name_len},
                                          .issued_until_s = asked->issued_until_s,
                                          .kept_until_s = until_s + params->token_lifetime_s +
                                                          params->token_leeway_s,
                                          .now_s = asked->now_s};

    revoke_calls(tx, &revocation);
    revoke_look_call(tx, node->revoked->version);
    job_submit(node, tx);
}

static void tell(struct node *node, struct session *session, const struct asked *asked)
{
    struct buf *out = &node->scratch;

    buf_clear(out);
    buf_add_text(out, asked->of_token ? "{\"tokenId\":" : "{\"userId\":");
    buf_add_json(out, asked->name, asked->name_len);
    buf_printf(out, ",\"issuedUntil\":%" PRIi64 "}", asked->issued_until_s);
    session_answer(node, session, (struct reply){.status = 200});
}

void revoke_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct session *session = session_get(node, job->session);

    if (answer->err != HB_OK && session != NULL && node->key != 0 && !node->fenced) {
        note(node, NOTE_DB_RETRY, ++job->tries, 0);
        job_retry(node, job); /* the request's deadline ends this */
        return;
    }
    if (answer->err == HB_OK) {
        rows_take(node, &answer->calls[answer->calls_len - 1]);
        announce_tick(node);
        if (session != NULL) {
            tell(node, session, job->own);
        }
    }
    job_free(node, job);
}

/* Whom or what it names: one of these. NULL: it names none, several, or what can be none. */
static const char *name_read(const struct json *json, struct asked *ret)
{
    static const char *const words[] = {"userId", "subject", "tokenId"};
    const struct json_token *named = NULL;
    char text[TOKEN_BYTES_MAX];
    uint32_t count = 0;
    const char *word = NULL;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const struct json_token *found = json_member(json, json->tokens, words[i], NULL);
        count += found != NULL;
        named = found != NULL ? found : named;
        word = found != NULL ? words[i] : word;
    }
    if (count != 1 || named->kind != JSON_STRING || named->len == 0 || named->len > sizeof text) {
        return NULL;
    }
    const struct text name = {text, json_string(json, named, text)};
    ret->of_token = word == words[2];
    if (word != words[0]) {
        ret->name_len = user_id_of_subject(name, ret->name); /* as the claims have it */
    } else if (id_valid(name)) {
        memcpy(ret->name, name.bytes, name.len);
        ret->name_len = name.len;
    } else {
        return NULL;
    }
    return word;
}

/* NULL: it is good; else the field that is not. */
static const char *asked_read(struct text body, struct asked *ret)
{
    struct json json;
    const char *wrong = "userId";

    if (body.bytes == NULL) {
        return wrong;
    }
    if (json_read(&json, body.bytes, body.len) == HB_OK && json.tokens[0].kind == JSON_OBJECT) {
        const struct json_token *until = json_member(&json, json.tokens, "issuedUntil", NULL);
        int64_t until_s = ret->issued_until_s;
        const bool good = until == NULL || (json_integer(&json, until, &until_s) && until_s >= 0 &&
                                            until_s <= ret->issued_until_s + DAY_S);
        ret->issued_until_s = until_s;
        wrong = name_read(&json, ret) == NULL ? "userId" : good ? NULL : "issuedUntil";
    }
    json_deinit(&json);
    return wrong;
}

void revoke_ask(struct node *node, const struct http_request *request)
{
    const int64_t now_s = node->wall.ms / 1000;
    struct asked asked = {.issued_until_s = now_s, .now_s = now_s};

    if (!node->config.operator_key.said) {
        reply_explain(node, request->id, HB_EDENIED,
                      "nobody may revoke here: the keys have no operatorKey");
        return;
    }
    if (!operator_key_is(&node->config.operator_key, http_bearer(request->authorization))) {
        reply_refuse(node, request->id, HB_EAUTH, NULL);
        return;
    }
    const char *wrong = asked_read(request->body, &asked);
    if (wrong != NULL) {
        reply_refuse(node, request->id, HB_EFIELD, wrong);
        return;
    }
    if (!node->ready) {
        reply_refuse(node, request->id, HB_EAGAIN, NULL);
        return;
    }
    struct session *session = session_add(node);
    session->request = request->id;
    session->state = SESSION_READING;
    u64map_put(&node->session_by_request, request->id, session->index);
    session_arm(node, session);
    struct job *job = job_new(node, JOB_REVOKE);
    job->session = session_ref(session);
    job->own = hb_malloc(sizeof asked);
    memcpy(job->own, &asked, sizeof asked);
    revoke_start(node, job);
}
