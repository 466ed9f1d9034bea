/* Direct chats: the room of two people. See direct.h. */
#include "server/node/direct.h"

#include "server/node/commit.h"
#include "server/node/entry.h"
#include "server/node/invited.h"
#include "server/node/roomcmd.h"
#include "server/node/user.h"
#include "server/protocol/direct_name.h"

#define MAKE_TRIES_MAX 5 /* of what waits for no answer */

/* Where the calls stand in their transaction. */
#define CALL_LOCK  4
#define CALL_JOIN  5 /* of the one who asks */
#define CALL_OTHER 6
#define CALL_FOUND 9 /* an entry of the message's client id */

uint32_t direct_room(struct node *node, uint32_t user, struct text other)
{
    const struct text own = node->users[user]->name;
    char name[DIRECT_NAME_LEN + 1];

    if (text_equal(own, other)) {
        return INDEX_NONE;
    }
    direct_name(own, other, name);
    return room_named(node, text_of(name))->index;
}

static void id_add(struct db_tx *tx, struct db_call *call, struct text client_id)
{
    if (client_id.bytes != NULL) {
        db_tx_text(tx, call, client_id);
    } else {
        db_tx_null(tx, call);
    }
}

bool direct_build(struct node *node, struct job *job, struct text other, struct text client_id,
                  struct db_tx *tx)
{
    const struct user *user = node->users[job->user];
    const struct text room = node->rooms[job->room]->name;
    const bool first = text_compare(user->name, other) < 0;

    job->stamps_len = 0;
    if (command_stamp(node, job) == NULL || command_stamp(node, job) == NULL) {
        return false;
    }
    db_tx_text(tx, db_tx_call(tx, DB_USER_ADD), other);
    db_tx_text(tx, db_tx_call(tx, DB_USER_LOCK), first ? user->name : other);
    db_tx_text(tx, db_tx_call(tx, DB_USER_LOCK), first ? other : user->name);
    struct db_call *call = db_tx_call(tx, DB_DIRECT_CREATE);
    db_tx_text(tx, call, room);
    db_tx_text(tx, call, user->name);
    db_tx_int(tx, call, node->config.params.rooms_per_user);
    db_tx_text(tx, call, other);
    db_tx_int(tx, call, ROOMS_BY_OTHERS(&node->config.params));
    db_tx_int(tx, call, user->key);
    id_add(tx, call, client_id);
    db_tx_text(tx, db_tx_call(tx, DB_ROOM_LOCK_NAME), room);
    call = db_tx_call(tx, DB_CREATE_APPEND);
    db_tx_null(tx, call); /* the client id is the message's */
    db_tx_int(tx, call, node->key);
    db_tx_int(tx, call, (int64_t)job->stamps[0].packed);
    db_tx_int(tx, call, job->at_ms);
    db_tx_null(tx, call);
    db_tx_int(tx, call, user->key);
    db_tx_text(tx, call, room);
    call = db_tx_call(tx, DB_INVITE_APPEND);
    db_tx_int(tx, call, node->key);
    db_tx_int(tx, call, (int64_t)job->stamps[1].packed);
    db_tx_int(tx, call, job->at_ms);
    db_tx_text(tx, call, room);
    db_tx_int(tx, call, (int64_t)job->stamps[0].packed);
    db_tx_text(tx, call, other);
    db_tx_text(tx, db_tx_call(tx, DB_MEMBERS_JOINED), room);
    db_tx_text(tx, db_tx_call(tx, DB_ROOM_SETTLE), room);
    call = db_tx_call(tx, DB_ENTRY_FIND);
    db_tx_int(tx, call, user->key);
    id_add(tx, call, client_id);
    return true;
}

void direct_tell(struct node *node, const struct job *job, struct text other)
{
    invited_tell(node, node->users[job->user]->name);
    invited_tell(node, other);
}

enum hb_err direct_made(struct node *node, struct job *job, struct text other,
                        const struct db_answer *answer)
{
    const struct db_rows *lock = &answer->calls[CALL_LOCK];
    struct entry own = {.sender_id = node->users[job->user]->name};
    struct entry theirs = {.sender_id = other};
    int64_t key;

    if (lock->rows_len == 0) {
        return answer->calls[CALL_FOUND].rows_len > 0 ? HB_ECONFLICT : HB_ELIMIT;
    }
    if (!value_key(lock->values, &key)) {
        note(node, NOTE_ROW_BAD, DB_ROOM_LOCK_NAME, 0);
        return HB_EAGAIN;
    }
    struct room *room = room_add(node, key, node->rooms[job->room]->name);
    if (answer->calls[CALL_JOIN].rows_len == 0) {
        /* The other one made it, which may not have been heard here; or an earlier try of ours, whose
         * answer was lost: then nobody was told. */
        direct_tell(node, job, other);
    }
    roomcmd_joined(node, job, room, 0, &own, &answer->calls[CALL_JOIN]);
    roomcmd_joined(node, job, room, 1, &theirs, &answer->calls[CALL_OTHER]);
    return HB_OK;
}

/* --- A job of its own --- */

static struct text job_other(const struct job *job)
{
    return text_of(job->own);
}

static void end(struct node *node, struct job *job)
{
    node->rooms[job->room]->making = false;
    job_free(node, job);
}

/* A try whose outcome is not known may have made it: then nobody else tells who is in it, and a node that comes to
 * know the room otherwise makes it no more. */
static void given_up(struct node *node, struct job *job)
{
    if (job->tries > 0) {
        direct_tell(node, job, job_other(job));
    }
    end(node, job);
}

void direct_make(struct node *node, uint32_t user, uint32_t room, struct text other)
{
    if (node->rooms[room]->making) {
        return;
    }
    node->rooms[room]->making = true;
    struct job *job = job_new(node, JOB_DIRECT);
    job->user = user;
    job->room = room;
    job->own = hb_strndup(other.bytes, other.len);
    direct_start(node, job);
}

void direct_start(struct node *node, struct job *job)
{
    if (node->key == 0 || node->users[job->user]->key == 0) {
        given_up(node, job); /* the database became another one */
        return;
    }
    job->at_ms = node->wall.ms < 0 ? 0 : node->wall.ms;
    struct db_tx *tx = job_tx(node, job, false);
    if (!direct_build(node, job, job_other(job), (struct text){NULL, 0}, tx)) {
        db_tx_free(&tx);
        given_up(node, job);
        return;
    }
    job_submit(node, tx);
}

enum hb_err direct_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    const bool again = answer->err != HB_OK && answer->err != HB_EFENCED;

    if (answer->err == HB_ESTAMP && command_stamps_skip(node, job)) {
        direct_start(node, job);
        return HB_OK;
    }
    if (again && ++job->tries < MAKE_TRIES_MAX) {
        job_retry(node, job);
        return HB_OK;
    }
    if (answer->err != HB_OK) {
        given_up(node, job);
        return HB_EAGAIN;
    }
    const enum hb_err err = direct_made(node, job, job_other(job), answer);
    end(node, job);
    return err;
}
