/* What the judge knows: devices, rooms and their logs, what was written, whose path was disturbed.
 *
 * A room's log comes from commits (LOG evidence); in a black-box history the first who is shown a
 * place defines it. The record of a (device, room) is looked up once per observation.
 *
 * Invariant: a record's `last_shown` only grows within a display epoch. */
#ifndef HUBBUB_SIM_CHECK_TRUTH_H
#define HUBBUB_SIM_CHECK_TRUTH_H

#include "server/base/map.h"
#include "sim/check/check.h"

#define TRUTH_NODES_MAX 256
#define NO_SEND UINT32_MAX

struct t_entry {
    uint64_t id, hlc, client_id;
    int64_t commit_us;
    uint32_t send;  /* who wrote it; NO_SEND: nobody did, as far as is known */
    uint16_t node;
    uint8_t known;  /* 0: this place was not seen yet */
    uint8_t event;  /* a join or leave */
    uint8_t final;  /* it was there at the end */
    uint64_t repeats; /* black box: the place of another entry with the same client id; 0: none */
};

struct t_record { /* of a (device, room) */
    uint64_t last_shown; /* 0: nothing in this display epoch */
    uint64_t first_shown;
    uint64_t base;       /* the head that its first session started at */
    uint32_t device, room;
    uint64_t nth_committed, seq_committed; /* the greatest number of its writes that is committed */
    int64_t held_since_us; /* INT64_MAX: holds nothing */
    uint64_t held_max;
    bool member, resumed, based;
};

struct t_room {
    struct t_entry *log; /* of seq s at s - 1 */
    uint64_t log_len, log_cap;
    uint64_t acked_max; /* the greatest seq of an ack that anybody received */
    uint32_t *records;  /* of its members */
    uint32_t records_len, records_cap;
};

struct t_place { /* where a device's record of a room is */
    uint32_t room, record;
};

struct sync_session;

struct t_device {
    uint32_t user;
    uint16_t node;
    bool open, live;          /* transport open; session welcomed */
    uint32_t faults;          /* of its own, active */
    int64_t until_us;         /* disturbed until here; INT64_MAX while a fault is active */
    int64_t live_since_us;
    int64_t waiting_since_us; /* wants to be online since; INT64_MAX: it is, or never wanted */
    uint64_t frontier;        /* the greatest stamp in its causal past */
    struct t_place *places;
    uint32_t places_len, places_cap;
    struct sync_session *sync; /* owned */
};

struct t_send { /* a message that a person wrote */
    uint64_t client_id, content;
    uint32_t device, room;
    uint64_t nth;      /* on its device */
    uint64_t seen;     /* the stamp that travelled with it */
    uint64_t frontier; /* the greatest stamp in its causal past */
    uint64_t shown;    /* last seq of its room shown to the writer before */
    uint64_t acked;    /* greatest seq of its room that anybody had an ack for before */
    uint64_t seq, id, hlc; /* where it is in the log; 0: not committed */
    uint64_t ack_seq, ack_id;
    int64_t wall_ms;   /* of the node at the last stamp for it; INT64_MIN: none yet */
};

struct t_node {
    uint64_t stamp;           /* last own stamp of this life */
    uint64_t stamp_committed; /* greatest own stamp that was committed, of all lives */
    uint64_t floor;           /* the same when this life began */
    int64_t until_us;         /* the node itself was down or starting until here */
    int64_t dead_until_us;    /* what it committed before it died may be unknown until here */
    int64_t redis_until_us;
    uint32_t redis_faults;
};

struct deadline {
    int64_t at_us;
    uint64_t seq;
    uint32_t room;
    uint32_t again; /* how often it was put off */
};

struct judge {
    struct bounds bounds;
    int64_t rep_us; /* a lost publication is repaired within this */
    uint64_t seen; /* bits of enum obs_kind that came */
    uint64_t observations;
    bool log; /* there is LOG evidence */

    struct t_device *devices;
    uint32_t devices_len, devices_cap;
    uint64_t *user_keys;
    uint32_t users_len, users_cap;
    struct t_room *rooms;
    uint32_t rooms_len, rooms_cap;
    struct t_record *records;
    uint32_t records_len, records_cap;
    struct t_send *sends;
    uint32_t sends_len, sends_cap;
    struct u64map send_of;  /* user and client id -> send */
    struct u64map place_of; /* room and entry id -> seq: black box and uniqueness */
    struct u64map stamps;   /* room, stamp and node: seen */
    struct t_node nodes[TRUTH_NODES_MAX];
    int64_t database_until_us, redis_until_us;
    uint32_t database_faults, redis_faults;
    int64_t wall_max_ms; /* of all nodes, at any stamp */
    uint64_t stamps_count;
    struct deadline *deadlines; /* heap by at_us */
    size_t deadlines_len, deadlines_cap;

    struct invariant_result results[INVARIANT_COUNT];
    struct violation *violations;
    size_t violations_len, violations_cap;
    struct violation overflow; /* beyond VIOLATIONS_KEPT_MAX: written, not kept */
};

struct shown { /* one OBS_SHOWN, looked up */
    const struct obs *obs;
    struct t_device *device;
    struct t_record *record;
    struct t_room *room;
    struct t_entry *entry; /* NULL: no such place in the log */
    struct t_send *send;   /* NULL: nobody wrote it */
};

static inline void judged(struct judge *judge, enum invariant invariant)
{
    judge->results[invariant].judged++;
}

/* A bounded clause was put to the test: `used` of `bound`. */
static inline void margin(struct judge *judge, enum invariant invariant, int64_t used_us,
                          int64_t bound_us)
{
    struct invariant_result *result = &judge->results[invariant];
    result->judged++;
    if (used_us > result->used_us) {
        result->used_us = used_us;
    }
    result->bound_us = bound_us;
}

/* Records a violation of `obs`' instant; fill in what else is known. Never NULL: beyond
 * VIOLATIONS_KEPT_MAX it is counted, and a scratch place is given. */
struct violation *truth_violation(struct judge *judge, enum invariant invariant,
                                  const struct obs *obs);
void violation_device(struct violation *violation, uint32_t device);
void violation_say(struct violation *violation, const char *format, ...) HB_PRINTF(2, 3);

struct t_device *truth_device(struct judge *judge, uint32_t device);
struct t_room *truth_room(struct judge *judge, uint32_t room);
struct t_record *truth_record(struct judge *judge, uint32_t device, uint32_t room);
struct t_entry *truth_entry(struct t_room *room, uint64_t seq); /* NULL: not there */
struct t_entry *truth_entry_add(struct t_room *room, uint64_t seq);
struct t_send *truth_send(struct judge *judge, uint32_t user, uint64_t client_id);
uint64_t truth_mix(uint64_t a, uint64_t b);

/* The instant from which a bound counts for `device`, for what node `committer` committed at
 * `from_us` (OBS_NODE_NONE: nobody); INT64_MAX: the path is disturbed right now. */
int64_t truth_start(const struct judge *judge, const struct t_device *device, uint16_t committer,
                    int64_t from_us);

/* The families: what each makes of an observation. */
void ord_shown(struct judge *judge, const struct shown *shown);
void ord_commit(struct judge *judge, const struct obs *obs, const struct t_room *room,
                const struct t_entry *entry);
/* A message has found its place: in the log, or as the first saw it. */
void ord_placed(struct judge *judge, const struct obs *obs, const struct t_send *send);
void ord_ack(struct judge *judge, const struct obs *obs);
void hlc_commit(struct judge *judge, const struct obs *obs, const struct t_room *room);
void hlc_neighbours(struct judge *judge, const struct obs *obs, const struct t_room *room);
void hlc_stamp_seen(struct judge *judge, const struct obs *obs);
void syn_shown(struct judge *judge, const struct shown *shown);
void syn_commit(struct judge *judge, const struct obs *obs, struct t_entry *entry);
void syn_ack_sent(struct judge *judge, const struct obs *obs);
void syn_final(struct judge *judge, const struct obs *obs);
void syn_deadlines(struct judge *judge, const struct obs *obs);
void syn_end(struct judge *judge, const struct obs *obs);
void syn_page_observe(struct judge *judge, const struct obs *obs);
void syn_page_free(struct t_device *device);
void sec_shown(struct judge *judge, const struct shown *shown);
void liv_observe(struct judge *judge, const struct obs *obs);
void liv_shown(struct judge *judge, const struct shown *shown);
void liv_end(struct judge *judge, const struct obs *obs);

#endif
