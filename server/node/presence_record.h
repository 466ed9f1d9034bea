/* What Redis holds of one person, the hash presence:detail:{user}, and what it comes to.
 *
 * Every value that counts is sealed for its place (seal.h); what is not was written by somebody else, does not count
 * and is removed. Behind the seal:
 *
 *   c:<life>.<number>   a connection: "<online|away> <web|mobile|desktop> <active> <expires> [<room>]";
 *                       a life is people_life; instants are wall ms. It expires RECORD_CONN_MS after it was
 *                       said; one that ended is said with RECORD_CONN_ENDED, so that whoever removes it
 *                       still sees when
 *   m:<version>         what the person chose: "<status or -> <quiet until, wall ms> <line>"
 *   v                   not sealed, for Redis counts it: grows with each change of what is shown; a new record begins with the wall clock
 *                       (ms), which is beyond what an old one reached. Whoever knows a greater one raises it
 *   status, lastSeen, device, currentRoom, customStatus, doNotDisturbUntil
 *                       what is shown, folded of the above by whoever changed it last; `connected` with it
 *   seal                of all these together, by the same; nothing behind it
 *   server, subscriptions
 *                       the rest of the record as the document has it, for people; nothing reads it
 *
 * A connection's field is written by its own node, and removed by it or by whoever found that life ended.
 * What was chosen is numbered by the database; the greatest counts. So no write can undo another's, and the
 * fold of what stands there is right, whoever computes it. Pure. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_RECORD_H
#define HUBBUB_SERVER_NODE_PRESENCE_RECORD_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/frame_presence.h"
#include "server/protocol/limits.h"
#include "server/protocol/seal.h"

#define RECORD_CONNS_MAX                                                                           \
    64 /* more than CONNECTIONS_PER_USER_MAX: what is beyond it is seen to be */
#define RECORD_OLD_MAX     8
#define RECORD_FIELD_BYTES (NODE_ID_BYTES_MAX + 64)
#define RECORD_CONN_MS     INT64_C(86400000)
#define RECORD_CONN_ENDED  1
#define RECORD_V_MAX                                                                               \
    (UINT64_C(1) << 52)     /* no node counts beyond it: the wall clock of the year 144,000 */
#define RECORD_FALSE_MAX 16 /* fields of others that are removed at once */

struct record_conn {
    struct text field, life;
    uint64_t number;             /* of that life */
    enum presence_status status; /* online or away */
    enum presence_kind kind;
    int64_t active_ms, expires_ms;
    struct text room; /* NULL: none */
};
/* When it was there last. */
int64_t record_conn_seen_ms(const struct record_conn *conn);

struct record_choice {
    uint64_t version; /* 0: nothing was ever chosen */
    bool chosen;      /* a status */
    enum presence_status status;
    int64_t dnd_until_ms;
    struct text custom; /* NULL: none */
};

struct record {
    bool exists;
    uint64_t v;
    struct record_conn conns[RECORD_CONNS_MAX];
    uint32_t conns_len;
    struct record_choice choice;
    uint64_t old[RECORD_OLD_MAX]; /* versions of what was chosen before, still there */
    uint32_t old_len;
    /* Fields that are to be removed: those of somebody else, then, by who knows, those that count no more. */
    struct text dead[RECORD_CONNS_MAX + RECORD_FALSE_MAX];
    uint32_t dead_len;
    uint32_t foreign, forged; /* values that did not count */
    bool
        orphaned; /* some of these are of a life that ended, and may have said not all that was chosen */
    struct presence stored; /* what it says is shown; no user, no version */
    bool stored_said, connected;
};

/* `at`..`end`: a list of fields and values (redis_list_next) of this key. What is not of this form is passed over.
 * The texts lie in the list. */
void record_read(struct seals *seals, struct text key, const char *at, const char *end,
                 struct record *ret);
/* Whether its person has chosen to be shown as offline, and is: nothing that their connections do is told. */
bool record_hidden(const struct record *record);
/* What others are to be shown of this; no user, no version. Connections that are past their time do not count. */
struct presence record_fold(const struct record *record, int64_t now_ms);
/* Whether people are shown the same. */
bool presence_same(const struct presence *a, const struct presence *b);

/* The fields' names and values, appended. */
void record_conn_field(struct buf *out, struct text life, uint64_t number);
void record_conn_value(struct buf *out, const struct record_conn *conn);
void record_choice_field(struct buf *out, uint64_t version);
void record_choice_value(struct buf *out, const struct record_choice *choice);

/* The fields of what is shown, in the order of their seal. */
enum record_shown {
    RECORD_STATUS,
    RECORD_CONNECTED,
    RECORD_LAST_SEEN,
    RECORD_DEVICE,
    RECORD_QUIET,
    RECORD_ROOM,
    RECORD_CUSTOM,
    RECORD_SHOWN_COUNT
};
const char *record_shown_field(enum record_shown which);
#define RECORD_SEAL "seal"
/* What is sealed of them: a line each. */
void record_shown_text(struct buf *out, const struct text shown[RECORD_SHOWN_COUNT]);

#endif
