/* Deadlines, the earliest first. What they are about, the judge's switch says.
 *
 * Commits get theirs in the order in which they come, so these are a queue; all others are a binary
 * heap. `next_us` is looked at before each observation. */
#ifndef HUBBUB_SIM_CHECK_DUE_H
#define HUBBUB_SIM_CHECK_DUE_H

#include "server/base/base.h"
#include "server/base/mem.h"

#define NEVER_US INT64_MAX

/* A deadline that is not the same for all: a binary heap. */
enum due_kind {
    DUE_LATE,
    DUE_HELD,
    DUE_ONLINE,
    DUE_ANSWER,
    DUE_READY,
    DUE_DRAIN,
    DUE_SYNC,
    DUE_SILENT,
    DUE_UNAWARE,
    DUE_HELLO,
    DUE_PERSON,
    DUE_ARRIVAL,
    DUE_CHOICE,
    DUE_TYPIST,
    DUE_KEY,
    DUE_RECEIPT,
    DUE_OUT,
    DUE_TOKEN,
    DUE_TAKEN,
};
struct due {
    int64_t at_us;
    enum due_kind kind;
    uint32_t a, b; /* LATE: room, view; HELD: held, generation; ONLINE: device, its waits;
                      ANSWER: send, its attempt; READY, DRAIN: node, its lives; TAKEN: node, how often it lost its name;
                      SYNC: device, how often it asked anew;
                      SILENT, HELLO, TOKEN: device, its connection; UNAWARE: device, its half-open ones;
                      PERSON: user; ARRIVAL: device, its connection; CHOICE: user, its frame;
                      TYPIST: its record; KEY: device; RECEIPT: its number;
                      OUT: queue, what happened to it */
};

/* Deadlines of commits: all as long, so a queue. */
struct due_commit {
    int64_t at_us;
    uint64_t seq;
    uint32_t room;
};

struct dues {
    int64_t next_us; /* the next deadline of any kind; NEVER_US: none */
    struct due *heap;
    uint32_t heap_len, heap_cap;
    struct due_commit *commits;
    uint32_t commits_at, commits_len, commits_cap;
};

void dues_init(struct dues *dues);
void dues_deinit(struct dues *dues);

void due_push(struct dues *dues, struct due due);
/* The earliest that is before `now_us`; false: none. */
bool due_pop(struct dues *dues, int64_t now_us, struct due *ret);
void due_commit_push(struct dues *dues, struct due_commit due);
bool due_commit_pop(struct dues *dues, int64_t now_us, struct due_commit *ret);

#endif
