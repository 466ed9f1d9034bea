/* One client, driven by hand: frames go in encoded, and everything that leaves becomes text.
 *
 * Ana's device is "phone"; she is in the rooms "red" (10) and "blue" (11). The stamp of an entry is
 * 1000 ms + its seq, so that a trace can be read. What the driver promises a client is what the
 * world does: a wake comes exactly at wake_at, and a frame is gone after its step.
 *
 *    shown red 6 | recv red 8 held | recv red 4 had | reset red       what the person sees
 *    issued red phone-1 seen 1006 | acked ... | failed ...
 *    connect 1 | disconnect 1 1001
 *    > hello seen 1006 epoch e1 red:6 blue:9 | > send red phone-1 "hi" seen 1006 | > ping
 *    > sync s1 red:6 | > sync s2 cursor c1                            what was sent, decoded again
 *    focus red | back red below 9 | gap red 6..8 | no gap red 6..8 | > sync s1 red below 9 focus red
 *    view bob busy v3 "line" in a snapshot | stale | warning | present away in red | chooses busy chosen
 *    wants a token | > refresh by t2 | > hello by t2
 *    invites bob to green | asks room_create green | granted green | denied green limit
 *    key red | key red emptied | bob types in red | bob types no more in red, offline */
#ifndef HUBBUB_SIM_CLIENT_TESTS_DRIVE_H
#define HUBBUB_SIM_CLIENT_TESTS_DRIVE_H

#include "sim/client/client.h"

#define DRIVE_BACKOFF_US_MIN 1000000
#define DRIVE_BACKOFF_US_MAX 8000000
#define DRIVE_STABLE_US      60000000
#define DRIVE_GAP_US         500000
#define DRIVE_ANSWER_US      5000000
#define DRIVE_HELD_ENTRIES   512
#define DRIVE_NEWEST_FIRST   3 /* of drive_init_newest */
#define DRIVE_IDLE_US        INT64_C(300000000)
#define DRIVE_WARNING_US     60000000
#define DRIVE_CHECK_US       10000000
#define DRIVE_TOKEN_US       INT64_C(60000000)
#define DRIVE_REFRESH_US     10000000
#define DRIVE_PING_MS        20000
#define DRIVE_PONG_MS        10000 /* how much longer than the interval silence may last */

#define RED  10
#define BLUE 11

struct drive {
    struct client *client;
    struct client_out out;
    int64_t now_us;
    uint32_t conn; /* the last that the client asked for */
    int64_t wake_us;
    struct buf trace;
    char *taken; /* the last trace that was given */
};

void drive_init(struct drive *drive, uint64_t seed);
void drive_init_idle(struct drive *drive, uint64_t seed); /* its person may be away */
void drive_init_newest(struct drive *drive, uint64_t seed);
void drive_init_tokens(struct drive *drive, uint64_t seed); /* that end */
void drive_deinit(struct drive *drive);
/* What left since the last call, one line each; valid until the next call. */
const char *drive_trace(struct drive *drive);

void drive_kill(struct drive *drive, bool loses);
void drive_start(struct drive *drive);
void drive_stop(struct drive *drive);
void drive_connected(struct drive *drive, uint32_t conn);
void drive_closed(struct drive *drive, uint32_t conn, uint32_t code);
void drive_say(struct drive *drive, uint32_t room_ref, const char *content);
/* A room_create, room_join, room_leave; `member` NULL: with nobody. */
void drive_ask(struct drive *drive, enum frame_type type, const char *room, const char *member);
void drive_token(struct drive *drive, const char *token);
void drive_touch(struct drive *drive);
void drive_type(struct drive *drive, uint32_t room_ref, bool emptied);
void drive_type_to(struct drive *drive, const char *user, bool emptied);
void drive_write_to(struct drive *drive, const char *user, const char *content);
void drive_typing(struct drive *drive, enum frame_type type, const char *room, const char *user);
void drive_choose(struct drive *drive, struct frame_presence choice);
void drive_watch(struct drive *drive, const char *user, bool wanted);
/* Lets time pass, with every wake that the client asked for on the way. */
void drive_until(struct drive *drive, int64_t now_us);
void drive_pass(struct drive *drive, int64_t us);
/* To the next wake, however far. */
void drive_next_wake(struct drive *drive);
/* A wake that nobody asked for. */
void drive_wake_early(struct drive *drive);

void drive_bytes(struct drive *drive, uint32_t conn, const char *bytes);
void drive_frame(struct drive *drive, const struct frame *frame);
/* Each of `rooms` is "red:5" (recovered) or "red:5-" (not). */
void drive_welcome(struct drive *drive, const char *epoch, const char *rooms);
struct entry drive_entry(const char *room, uint64_t seq);
struct entry drive_event(const char *room, uint64_t seq, enum entry_kind kind, const char *user);
void drive_message(struct drive *drive, const char *room, uint64_t seq);
void drive_room_event(struct drive *drive, const char *room, uint64_t seq, enum entry_kind kind,
                      const char *user);
/* Of the rows first..last of a room; none if last < first. */
void drive_page(struct drive *drive, const char *ref, const char *room, uint64_t first,
                uint64_t last, bool has_more);
void drive_page_of(struct drive *drive, const char *ref, const char *epoch, struct entry *entries,
                   uint32_t entries_len, bool has_more);
void drive_ack(struct drive *drive, const char *room, const char *client_id, uint64_t seq);
void drive_nack(struct drive *drive, const char *client_id, enum hb_err code,
                uint32_t retry_after_ms);
void drive_error(struct drive *drive, const char *ref, enum hb_err code, uint32_t retry_after_ms);
struct presence drive_person(const char *user, enum presence_status status, uint64_t version);
void drive_update(struct drive *drive, struct presence person);
void drive_state(struct drive *drive, bool stale, struct presence *people, uint32_t people_len);

/* From the start to online, in rooms that stand as said, with the trace dropped. */
void drive_online(struct drive *drive, const char *rooms);
/* The connection is lost and the next is opened, up to its hello; the trace is dropped before the
 * hello. */
void drive_reconnect(struct drive *drive);

#endif
