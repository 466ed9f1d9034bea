/* The bare limit: what the reference workload costs without a server.
 *
 * The same event loop, the same SQL per message, the same frame encoded and decoded once per
 * message, one event, one order check and one hash fold per delivery: nothing else. `ci/bench`
 * prints it beside the simulator, so that a speed is read as a share of what was possible here.
 *
 * usage: bare CLIENTS ROOMS SECONDS */
#include "server/base/hash.h"
#include "server/base/mem.h"
#include "server/base/rng.h"
#include "server/node/db.h"
#include "server/protocol/frame.h"
#include "server/protocol/wire.h"
#include "sim/vdb/vdb.h"
#include "sim/world/sched.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EV_SAY, EV_COMMIT, EV_FRAME };

struct person {
    struct rng rng;
    int64_t last_us; /* arrival of the last frame */
    uint32_t room;
    uint64_t seq; /* shown */
};

struct room {
    uint64_t seq;
    char name[16];
};

struct bare {
    struct sched sched;
    struct vdb *vdb;
    struct person *people;
    struct room *rooms;
    uint32_t people_len, rooms_len, members;
    struct hash128 hash;
    uint64_t deliveries, messages, stamps;
    struct buf text;
};

static void say_later(struct bare *bare, uint32_t person)
{
    struct rng *rng = &bare->people[person].rng;
    sched_push(&bare->sched, bare->sched.now_us + rng_exponential(rng, 10000000),
               (struct sched_event){.kind = EV_SAY, .a = person});
}

/* The node's transaction for one message. */
static void commit(struct bare *bare, uint32_t person, const char *client_id)
{
    struct db_tx *tx = db_tx_new(1, false);
    const int64_t room = bare->people[person].room + 1;
    const int64_t stamp = (INT64_C(1767225600000) << 16) + (int64_t)++bare->stamps;
    tx->fence = (struct db_life){1, 1}; /* the node of the initial state */
    static const char content[] = "about a hundred bytes of text, as in the reference workload, "
                                  "so that the same rows are written";
    struct db_call *call = db_tx_call(tx, DB_ROOM_LOCK);
    db_tx_int(tx, call, room);
    call = db_tx_call(tx, DB_ENTRY_APPEND);
    db_tx_int(tx, call, room);
    db_tx_int(tx, call, person + 1);
    db_tx_text(tx, call, text_of(client_id));
    db_tx_int(tx, call, ENTRY_MESSAGE);
    db_tx_text(tx, call, text_of(content));
    db_tx_int(tx, call, 1);
    db_tx_int(tx, call, stamp);
    db_tx_int(tx, call, INT64_C(1767225600000));
    db_tx_int(tx, call, stamp); /* a digest, as any */
    call = db_tx_call(tx, DB_ROOM_ADVANCE);
    db_tx_int(tx, call, room);
    call = db_tx_call(tx, DB_ROOM_HEAD);
    db_tx_int(tx, call, room);
    call = db_tx_call(tx, DB_ENTRY_FIND);
    db_tx_int(tx, call, person + 1);
    db_tx_text(tx, call, text_of(client_id));
    struct db_answer answer;
    vdb_run(bare->vdb, tx, true, &answer);
    HB_ASSERT(answer.err == HB_OK && answer.calls[4].rows_len == 1);
    db_tx_free(&tx);
}

static void on_commit(struct bare *bare, uint32_t person)
{
    struct room *room = &bare->rooms[bare->people[person].room];
    char client_id[32];
    char hlc[HLC_TEXT_BYTES_MAX];

    (void)snprintf(client_id, sizeof client_id, "d%u-%" PRIu64, (unsigned)person, room->seq);
    commit(bare, person, client_id);
    const uint32_t hlc_len =
        (uint32_t)hlc_format((struct hlc_stamp){bare->stamps}, TEXT("n1"), hlc);
    struct frame frame = {.type = FRAME_MESSAGE};
    frame.entry.id = (struct text){hlc, hlc_len};
    frame.entry.hlc_text = frame.entry.id;
    frame.entry.room_id = text_of(room->name);
    frame.entry.seq = ++room->seq;
    frame.entry.sender_id = TEXT("u1");
    frame.entry.client_id = text_of(client_id);
    frame.entry.content = TEXT("about a hundred bytes of text, as in the reference workload, so "
                               "that the same rows are written");
    frame.entry.timestamp_ms = INT64_C(1767225600000);
    buf_clear(&bare->text);
    frame_encode(&frame, &bare->text);
    struct wire *wire = wire_new(bare->text.bytes, bare->text.len);
    const uint32_t first = bare->people[person].room * bare->members;
    for (uint32_t i = first; i < first + bare->members; i++) {
        struct person *to = &bare->people[i];
        const int64_t at = bare->sched.now_us + rng_between(&to->rng, 5000, 50000);
        to->last_us = at > to->last_us ? at : to->last_us;
        sched_push(&bare->sched, to->last_us,
                   (struct sched_event){.kind = EV_FRAME, .a = i, .p = wire_ref(wire)});
    }
    wire_unref(&wire);
    bare->messages++;
}

static void on_frame(struct bare *bare, uint32_t person, struct wire *wire)
{
    const struct frame *frame;
    struct person *to = &bare->people[person];

    if (wire_decode(wire, &frame, NULL) != HB_OK || frame->entry.seq != to->seq + 1) {
        (void)fprintf(stderr, "bare: out of order\n");
        exit(3);
    }
    to->seq = frame->entry.seq;
    hash128_fold(&bare->hash, (uint64_t)bare->sched.now_us, frame->entry.id_key ^ person);
    bare->deliveries++;
    wire_unref(&wire);
}

static void prepare(struct bare *bare)
{
    struct text *members = hb_calloc(bare->members, sizeof *members);
    char(*names)[16] = hb_calloc(bare->members, sizeof *names);

    sched_init(&bare->sched);
    bare->vdb = vdb_new(1);
    bare->people = hb_calloc(bare->people_len, sizeof *bare->people);
    bare->rooms = hb_calloc(bare->rooms_len, sizeof *bare->rooms);
    for (uint32_t r = 0; r < bare->rooms_len; r++) {
        (void)snprintf(bare->rooms[r].name, sizeof bare->rooms[r].name, "r%u", (unsigned)r);
        for (uint32_t k = 0; k < bare->members; k++) {
            const uint32_t person = r * bare->members + k;
            (void)snprintf(names[k], sizeof names[k], "u%u", (unsigned)person);
            members[k] = text_of(names[k]);
            bare->people[person].room = r;
            bare->people[person].rng = rng_stream(1, "bare", person, 0);
            say_later(bare, person);
        }
        vdb_seed_room(bare->vdb, text_of(bare->rooms[r].name), members, bare->members,
                      INT64_C(1767225599000));
    }
    free(members);
    free(names);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fprintf(stderr, "usage: bare CLIENTS ROOMS SECONDS\n");
        return 2;
    }
    vdb_single_thread();
    struct bare bare = {.people_len = (uint32_t)strtoul(argv[1], NULL, 10),
                        .rooms_len = (uint32_t)strtoul(argv[2], NULL, 10)};
    const int64_t end_us = strtoll(argv[3], NULL, 10) * 1000000;
    if (bare.rooms_len == 0 || bare.people_len < bare.rooms_len || end_us <= 0) {
        (void)fprintf(stderr, "bare: expected at least one client a room and one second\n");
        return 2;
    }
    bare.members = bare.people_len / bare.rooms_len;
    bare.people_len = bare.members * bare.rooms_len;
    prepare(&bare);

    struct timespec from;
    struct timespec to;
    struct sched_event event;
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    while (sched_pop(&bare.sched, &event) && bare.sched.now_us < end_us) {
        if (event.kind == EV_FRAME) {
            on_frame(&bare, event.a, event.p);
        } else if (event.kind == EV_COMMIT) {
            on_commit(&bare, event.a);
        } else {
            struct rng *rng = &bare.people[event.a].rng;
            say_later(&bare, event.a);
            sched_push(&bare.sched, bare.sched.now_us + rng_between(rng, 6000, 55000),
                       (struct sched_event){.kind = EV_COMMIT, .a = event.a});
        }
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    const int64_t us = (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
    char hex[HASH128_HEX_LEN + 1];
    hash128_hex(bare.hash, hex);
    (void)printf("{\"messages\":%" PRIu64 ",\"deliveries\":%" PRIu64 ",\"wall_us\":%" PRId64
                 ",\"deliveries_per_second\":%" PRIu64 ",\"hash\":\"%s\"}\n",
                 bare.messages, bare.deliveries, us,
                 us > 0 ? bare.deliveries * 1000000 / (uint64_t)us : 0, hex);
    return 0;
}
