/* One node and what it talks to: real SQL on SQLite, the Redis of server/engine, virtual time. What
 * leaves the node becomes a text trace, a line each:
 *
 *     c1 < welcome ana r1@3+        a frame to connection 1 (see fake_frame.c for each type)
 *     c1 x 1008                     closed by the node
 *     http 1 404 denied             an answer: status, then the code or the type of its frame
 *     ready 1                       readiness
 *     drained                       nothing is under way
 *     pub room:r1 4 {...}           a publication, with `pubs`; the control ones: `announces`
 *     sub room:r1 / unsub room:r1   with `subs`
 *     redis HSET k f v              with `commands`
 *     db USER_ADD USER_FIND ...     with `dbs`; but not that the node lives
 *     fenced by X since 5 again 0   a newer life has its name; "by" and so on: if the database says whose
 *     note <text> a b               with `notes`
 */
#ifndef HUBBUB_SERVER_NODE_TESTS_FAKE_WORLD_H
#define HUBBUB_SERVER_NODE_TESTS_FAKE_WORLD_H

#include "server/node/node.h"
#include "server/node/tests/sql_db.h"
#include "server/protocol/frame.h"

struct fake;

struct fake_options {
    uint32_t tail_entries; /* 0: 8 */
    uint32_t page_rows;    /* 0: 10 */
    uint32_t peers;        /* 0: as in production */
    int64_t held_entries;  /* 0: the default */
    int64_t per_user;      /* connections; 0: the default */
    const char *url;       /* its public one; NULL: none */
    bool presence;         /* is kept, in rooms of at most 2; grace 5 s */
    int64_t heartbeat_us;  /* of presence; 0: 30 s */
    bool
        writes; /* as in production: a node without a write for 2 s makes one, after 5 s it is not ready */
};

/* Node "n1" in a world with wall time 1,000,000 ms. Its database has the users ana, bob, eve; node
 * "n2"; room r1 of ana and bob (entries 1, 2), room r2 of eve (entry 1), r3 of ana (entry 1). */
struct fake *fake_new(struct fake_options options) HB_MUST_USE;
void fake_free(struct fake **fake);
void fake_start(struct fake *fake); /* until the node is ready */
/* The same, with ana on connection 1, bob on 2 and eve on 3; the trace dropped. */
struct fake *fake_of_three(void) HB_MUST_USE;

struct fake_show {
    bool notes, dbs, subs, pubs, announces, commands,
        looks; /* looks: those for what was revoked, with dbs */
};
void fake_show(struct fake *fake, struct fake_show show);
/* The trace since the last call; valid until the next. */
const char *fake_trace(struct fake *fake);
struct sql_db *fake_db(struct fake *fake);

/* Time passes; the node is woken whenever it wants. */
void fake_pass_us(struct fake *fake, int64_t us);
/* The same, but nothing of the node runs meanwhile: it sleeps, and wakes with the next event. */
void fake_sleep_us(struct fake *fake, int64_t us);
void fake_wall_set(struct fake *fake, int64_t ms);

/* Connections: 1, 2, ... */
void fake_open(struct fake *fake, uint64_t conn);
void fake_open_with_token(struct fake *fake, uint64_t conn, const char *token);
void fake_drop(struct fake *fake, uint64_t conn); /* the peer ends it */
void fake_say(struct fake *fake, uint64_t conn, const char *format, ...) HB_PRINTF(3, 4);
void fake_bytes(struct fake *fake, uint64_t conn, const char *bytes, size_t bytes_len);
/* Opens and greets as `user`; `more` is further fields (",\"a\":1") or "". */
void fake_hello(struct fake *fake, uint64_t conn, const char *user, const char *more);
const char *fake_token(struct fake *fake, const char *user, int64_t expires_s); /* till the next */
const char *fake_token_of(struct fake *fake, const struct token_draft *draft);  /* the same */
const char *fake_last_json(const struct fake *fake); /* of the last frame that left */
const char *fake_cursor(struct fake *fake);          /* of that frame; till the next call */

/* A request; `token` NULL: without one. */
struct fake_request {
    const char *method, *path, *query, *token, *type, *body;
    const struct transport_figures *transport;
};
void fake_http(struct fake *fake, uint64_t id, struct fake_request request);
void fake_http_gone(struct fake *fake, uint64_t id);
void fake_drain(struct fake *fake);

/* The database. Normally each transaction is answered at once. */
void fake_db_hold(struct fake *fake, bool hold); /* not even begun until released */
void fake_db_late(struct fake *fake, bool late); /* done at once, answered when released */
void fake_db_release(struct fake *fake);         /* all that waits, in order */
/* The next `count` writing transactions answer `err`; with `commit` they happen all the same. */
void fake_db_fail(struct fake *fake, uint32_t count, enum hb_err err, bool commit);

/* Another node commits a message of `sender` to `room`; *publish* it, or not (lost). Its seq. */
uint64_t fake_other_sends(struct fake *fake, const char *room, const char *sender,
                          const char *client_id, bool publish);
/* The same with a join or leave. */
uint64_t fake_other_moves(struct fake *fake, const char *room, const char *user,
                          enum entry_kind kind, bool publish);
/* The same with an entry and a frame of kinds that only a newer node knows. */
uint64_t fake_other_newer(struct fake *fake, const char *room, const char *sender,
                          const char *client_id, bool publish);
/* Publishes entry `seq` of `room` (again). */
void fake_publish_entry(struct fake *fake, const char *room, uint64_t seq);
/* Redis. Names stand without the installation's front, what another node of it says without its seal and number. */
void fake_publish(struct fake *fake, const char *channel, const char *payload);
/* Of anybody: as it stands. */
void fake_publish_raw(struct fake *fake, const char *channel, const char *payload);
/* A command of another node, its words apart by one space, a space in one is ~; what Redis answers, until the next: an element a
 * line, nothing for an absent one. */
const char *fake_redis(struct fake *fake, const char *format, ...) HB_PRINTF(2, 3);
/* Of anybody: with what seals there are. */
const char *fake_redis_raw(struct fake *fake, const char *format, ...) HB_PRINTF(2, 3);
void fake_redis_down(struct fake *fake); /* all links lost; further ones are refused */
void fake_redis_up(struct fake *fake);
void fake_redis_mute(struct fake *fake, bool mute);  /* what is published to it is lost */
void fake_redis_hang(struct fake *fake, bool hangs); /* what it is told meanwhile is lost */

#endif
