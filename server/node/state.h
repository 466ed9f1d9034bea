/* What every file of the node stands on: what it remembers, and how anything is given out.
 *
 * A file calls and includes what stands before it in the module's ORDER (CMakeLists.txt), never what
 * comes later. What a file above has to do is left in a list here, which node_step sweeps: `settled`,
 * `begins`, `late`, `answered`, `heads`, `tells`, `users_dirty`, `arrivals`, `membership`,
 * `excess`.
 *
 * Life: objects are reached by (index, serial). A serial is never used again, so an answer or a timer
 * for an object of the past finds nothing. What a feature remembers for itself stands behind one
 * pointer of its own; what it knows of a session, room or user is a small struct by value in that
 * object, so that a place that is used again forgets it. */
#ifndef HUBBUB_SERVER_NODE_STATE_H
#define HUBBUB_SERVER_NODE_STATE_H

#include "server/base/base.h"
#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/node/config.h"
#include "server/node/effects.h"
#include "server/protocol/digest.h"
#include "server/protocol/frame.h"
#include "server/protocol/hlc.h"
#include "server/protocol/seal.h"
#include "server/protocol/wire.h"
#include "server/redis/redis.h"

#define INDEX_NONE UINT32_MAX

#define BUS_FRONT_BYTES   17 /* of every name on Redis: the identity and a colon */
#define CHANNEL_BYTES_MAX (BUS_FRONT_BYTES + 9 + ID_BYTES_MAX)

struct session_ref {
    uint32_t index;
    uint64_t serial;
};

struct settled { /* of a session: a room that it waited for, or may send to, is ready */
    struct session_ref session;
    uint32_t room;
};

struct u32_list {
    uint32_t *items;
    uint32_t len, cap;
};

struct node_counts { /* since the node began */
    uint64_t frames_received, frames_sent, entries_committed, http_requests;
    uint64_t typing_published, typing_told;
    uint64_t receipts_told;
    uint64_t presence_writes, presence_published, presence_told;
    uint64_t notes[NOTE_COUNT];
};

struct node {
    struct node_config config;
    struct text name;
    char front[BUS_FRONT_BYTES + 1];     /* see bus.h */
    char control[CHANNEL_BYTES_MAX + 1]; /* the channel of all nodes */
    struct siphash *siphash;             /* owned */
    struct digest_key digest_key;
    struct token_keys *token_keys; /* of config.trust */
    struct seals *seals;           /* owned */
    struct heard *heard;           /* who said what number last; owned */
    uint64_t said;                 /* the number of what this life said last that is numbered */
    struct buf sealed;             /* of the bus: what is published now */
    struct mono mono;              /* of this step */
    struct wall wall;
    struct effects *out;
    struct wire *hearing; /* the frame that is taken in now; NULL: none */
    struct conn_id hearing_from;
    int64_t key; /* 0: not registered */
    uint64_t incarnation, epoch;
    char epoch_text[17];
    bool ready, control_seen; /* the control channel was confirmed once */
    struct mono written;      /* when the database took a write last */
    struct mono redis_lost;   /* since when it is away; MONO_NEVER: both links are well */
    struct hlc hlc;
    uint64_t serial;
    uint64_t connections; /* so far */
    struct node_counts counts;
    bool draining, drained;
    bool fenced;       /* a newer life of this node has registered */
    bool probe_wanted; /* at once: something says that one may have */
    bool write_wanted; /* to see whether the database takes one */
    int64_t since_ms;  /* of this life, by its wall */
    int64_t expires_us,
        until_ms; /* the first end of a token that a connection stands on, or sooner */

    struct timer *timers; /* binary heap */
    uint32_t timers_len, timers_cap;
    uint64_t timers_order;

    struct job **jobs;
    uint32_t jobs_len, jobs_cap;
    uint32_t commands_count; /* jobs that write the log */
    struct u32_list jobs_free;

    struct session **sessions;
    uint32_t sessions_len, sessions_cap;
    struct u32_list sessions_free;
    struct u64map session_by_conn, session_by_request;
    struct session_ref *answered; /* requests that end with this step */
    uint32_t answered_len, answered_cap;
    struct settled *settled;
    uint32_t settled_len, settled_cap;
    struct settled *late; /* who lacks what stands before the tail */
    uint32_t late_len, late_cap;
    struct settled *begins; /* where the next command may be submitted */
    uint32_t begins_len, begins_cap;

    struct interner user_names;
    struct user **users;
    uint32_t users_len, users_cap;
    struct u32_list users_dirty;
    bool users_reading;

    struct interner room_names;
    struct room **rooms;
    uint32_t rooms_len, rooms_cap;
    struct u64map room_by_key;
    struct u32_list active; /* rooms that are not idle */
    struct u32_list heads;  /* rooms to compare with the log */
    struct mono forget_at;  /* when it is next looked who is not needed any more */
    struct u32_list tells;  /* rooms whose heads are to be read and announced */

    struct redis *redis;
    struct redis_out bus, bus_work;
    struct mono redis_refused_told; /* when it was told last that Redis refuses us; 0: not yet */
    int64_t redis_refused;          /* times since then */
    uint64_t subscriptions_life;    /* grows when the subscription link is lost */
    struct revoked *revoked;        /* owned */
    struct announce *announce;      /* what it says of itself, and heard of others; owned */

    struct beat *beat; /* that it lives, and who else does; owned */

    struct sync_work *sync; /* owned */

    struct invited *invited; /* who came into a room, and may not have been told; owned */
    uint32_t invited_len, invited_cap;
    uint64_t invited_number;

    struct typing_waits *typing_waits; /* starts that wait for a direct chat; owned */

    struct session_ref *excess; /* connections that their user may not have */
    uint32_t excess_len, excess_cap;

    struct people *people;    /* whose presence is known; owned */
    struct settled *arrivals; /* connections that were attached to a room in this step */
    uint32_t arrivals_len, arrivals_cap;
    struct u32_list membership; /* rooms that somebody joined or left in this step */

    struct buf scratch;
};

void u32_list_push(struct u32_list *list, uint32_t value);

static inline struct effect *effect_push(struct node *node)
{
    HB_GROW(node->out->items, node->out->len, node->out->cap);
    return &node->out->items[node->out->len++];
}

static inline void note(struct node *node, enum note_code code, int64_t a, int64_t b)
{
    struct effect *effect = effect_push(node);

    node->counts.notes[code]++;
    effect->kind = EFFECT_NOTE;
    effect->note.code = code;
    effect->note.offset = 0;
    effect->note.len = 0;
    effect->note.a = a;
    effect->note.b = b;
}

/* With a text: a name, or a place. */
static inline void note_about(struct node *node, enum note_code code, int64_t a, struct text about)
{
    note(node, code, a, 0);
    struct effect *effect = &node->out->items[node->out->len - 1];
    effect->note.offset = (uint32_t)node->out->bytes.len;
    effect->note.len = about.len;
    if (about.len > 0) {
        buf_add(&node->out->bytes, about.bytes, about.len);
    }
}

/* Shares the wire. */
static inline void send_wire(struct node *node, struct conn_id conn, struct wire *wire)
{
    struct effect *effect = effect_push(node);

    node->counts.frames_sent++;
    effect->kind = EFFECT_SEND;
    effect->send.conn = conn;
    effect->send.wire = wire_ref(wire);
}

#endif
