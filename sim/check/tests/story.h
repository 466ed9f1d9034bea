/* Histories for tests of the judge, told in few words.
 *
 * Two users, `ana` (user 0: devices 0 and 2) and `bob` (user 1: device 1), rooms 0 and 1, nodes 0
 * and 1. Times are in ms. Both are members of both rooms, by the entries 1 and 2 of their logs.
 * Bounds: L 10, R 10, D 10, A 100, gap 50, client gap 50, Bk 50 to 1000, answer 500, K 2000, S 500,
 * Redis back-off 200, retry 20 ms; pages of 3 rows; W 1000 ms; F 500, full pass 300, V 400 ms. */
#ifndef HUBBUB_SIM_CHECK_TESTS_STORY_H
#define HUBBUB_SIM_CHECK_TESTS_STORY_H

#include "sim/check/check.h"

#define WALL_MS 1000000 /* what walls show at true time 0, where a story does not say otherwise */

/* A stamp from its parts. */
#define HLC(ms, counter) ((uint64_t)(ms) << 16 | (uint64_t)(counter))

/* Names as keys. */
#define ANA              UINT64_C(0xa)
#define BOB              UINT64_C(0xb)
#define TEXT_OF(k)       (UINT64_C(0x1000) + (k)) /* what the message with client id k says */
#define ID_OF(room, seq) (UINT64_C(0x100000) * ((room) + 1) + (seq))

struct story {
    struct judge *judge;
    struct bounds bounds;
    uint64_t next; /* number of the next observation */
    int64_t now_us;
    int64_t written;
};

void story_begin(struct story *story);
/* Without declarations of the log: only users, devices and rooms. */
void story_begin_black_box(struct story *story);
/* With presence: heartbeat 300, grace 200, rooms of at most 2; walls differ by 50 ms. */
void story_begin_presence(struct story *story);
/* Where people type: expiry 5000, throttle 1000, a client says it again after 2000, and no more after 3000. */
void story_begin_typing(struct story *story);
/* Where people make, join and leave rooms: nobody is in more than 3, others put nobody into more than 2.
 * Nodes look at their names each second. */
void story_begin_rooms(struct story *story);
void story_end(struct story *story);

void tell(struct story *story, struct obs obs);
void at(struct story *story, int64_t ms);

/* --- What happens ---------------------------------------------------------------------------- */

void opens(struct story *story, uint32_t device, uint16_t node);
void welcomed(struct story *story, uint32_t device, uint64_t head0, uint64_t head1);
void online(struct story *story, uint32_t device, uint16_t node); /* both, at the rooms' start */
void closes(struct story *story, uint32_t device);

/* `client_id` says TEXT_OF(client_id). */
void writes(struct story *story, uint32_t device, uint32_t room, uint64_t client_id);
void writes_seen(struct story *story, uint32_t device, uint32_t room, uint64_t client_id,
                 uint64_t seen);
/* The node stamps it with its wall and commits it: id, stamp and hlc follow from room and seq,
 * unless given. */
struct commit {
    uint32_t user, room;
    uint64_t seq, client_id;
    uint16_t node;
    uint64_t stamp;  /* 0: the usual one of this place */
    uint64_t hlc;    /* 0: the stamp */
    int64_t wall_ms; /* 0: usual */
    bool unstamped;  /* no OBS_STAMP: told before, or never */
};
void commits(struct story *story, struct commit commit);
void stamps(struct story *story, uint16_t node, uint32_t user, uint64_t client_id, uint64_t hlc,
            int64_t wall_ms);

/* A row as the log has it after commits() of that author, room, seq and client id. */
struct obs row_of(enum obs_kind kind, uint32_t device, uint32_t room, uint64_t seq, uint64_t sender,
                  uint64_t client_id);
void shown(struct story *story, uint32_t device, uint32_t room, uint64_t seq, uint64_t sender,
           uint64_t client_id);
void shown_join(struct story *story, uint32_t device, uint32_t room, uint64_t seq);
void acked(struct story *story, uint32_t device, uint32_t room, uint64_t seq, uint64_t client_id);
/* Device 0 of ana writes, node 0 commits, and everybody who is online is shown it. */
void says(struct story *story, uint32_t device, uint32_t room, uint64_t seq, uint64_t client_id);

void simple(struct story *story, enum obs_kind kind, uint32_t device, uint32_t room, uint64_t seq,
            int64_t value, uint8_t flags);

/* --- What is found --------------------------------------------------------------------------- */

uint64_t found(const struct story *story, enum invariant invariant);
/* Exactly this invariant is broken, once, and at the last observation told. */
void assert_only(const struct story *story, enum invariant invariant);
void assert_held(const struct story *story, enum invariant invariant); /* and exercised */
void assert_nothing(const struct story *story);
/* This one is broken for the first time at the last observation told; others may be too. */
void assert_now(const struct story *story, enum invariant invariant);

/* Nothing that any invariant looks at; the clock moves. */
void tick(struct story *story, int64_t ms);
void fault(struct story *story, bool begins, uint32_t device, uint16_t node, uint8_t flags);
/* OBS_NODE_UP, OBS_NODE_DOWN. */
void node_is(struct story *story, enum obs_kind kind, uint16_t node, int64_t life);

#endif
