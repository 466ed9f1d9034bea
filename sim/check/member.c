/* See member.h. */
#include "sim/check/member.h"

#include "server/base/mem.h"
#include "server/protocol/id.h"
#include "sim/check/finding.h"
#include "sim/check/stays.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

struct asked { /* of a client id, by the send that it would be */
    int64_t at_us;
    uint64_t seq; /* its entry's; 0: none yet */
    uint32_t device, room;
    uint32_t entry_room;
    uint8_t what; /* enum obs_asked; 0: nothing was asked under it */
    bool left;    /* its entry is a leave */
    bool denied, answered;
    bool forgotten;    /* its device has lost what it had stored */
    uint32_t *invited; /* owned */
    uint32_t invited_len, invited_cap;
};

struct places {      /* of a user */
    uint32_t *rooms; /* owned; those that they are in */
    uint32_t len, cap;
    int64_t full_us; /* the last instant at which they were in as many as may be; NEVER_US: now */
    int64_t crowded_us; /* the same of as many as others may put them into */
};

struct member_truth {
    struct table asked;  /* by send */
    struct table places; /* by user */
    uint64_t limit;      /* the code's key */
    struct waits {
        uint32_t device, room;
    } * waits; /* owned; without an answer, each */
    uint32_t waits_len, waits_cap;
};

void member_init(struct judge *judge)
{
    static const struct asked asked = {.room = NONE, .entry_room = NONE};
    static const struct places places = {.full_us = INT64_MIN, .crowded_us = INT64_MIN};

    judge->member = hb_calloc(1, sizeof *judge->member);
    judge->member->asked = (struct table){.bytes = sizeof asked, .fresh = &asked};
    judge->member->places = (struct table){.bytes = sizeof places, .fresh = &places};
    judge->member->limit = id_key(TEXT("limit"));
}

void member_deinit(struct judge *judge)
{
    struct member_truth *member = judge->member;

    for (uint32_t i = 0; i < member->asked.len; i++) {
        free(((struct asked *)table_at(&member->asked, i))->invited);
    }
    for (uint32_t i = 0; i < member->places.len; i++) {
        free(((struct places *)table_at(&member->places, i))->rooms);
    }
    table_deinit(&member->asked);
    table_deinit(&member->places);
    free(member->waits);
    free(member);
}

static const char *word(const struct asked *asked)
{
    return asked->what == ASKED_CREATE ? "make" : asked->what == ASKED_JOIN ? "join" : "leave";
}

static struct places *places_of(struct judge *judge, uint32_t user)
{
    return table_at(&judge->member->places, user);
}

/* --- Answers: MEM-01, MEM-02 ------------------------------------------------------------------ */

static void judge_granted(struct judge *judge, const struct asked *asked, const struct obs *obs)
{
    judge->judged[MEM_01]++;
    if (asked->seq != obs->seq || asked->entry_room != obs->room || asked->room != obs->room ||
        asked->left != (asked->what == ASKED_LEAVE)) {
        judge_violated(judge, finding_of(MEM_01, obs->room, obs->device, obs->seq, obs->seq),
                       "device %u was told that it did %s room %u, by seq %" PRIu64
                       ", and the log has nothing of it there",
                       obs->device, word(asked), obs->room, obs->seq);
    }
}

static void judge_denied(struct judge *judge, const struct asked *asked)
{
    judge->judged[MEM_02]++;
    if (asked->denied && asked->seq != 0) {
        judge_violated(judge,
                       finding_of(MEM_02, asked->room, asked->device, asked->seq, asked->seq),
                       "device %u was refused for good to %s room %u, which stands in the log of "
                       "room %u at seq %" PRIu64,
                       asked->device, word(asked), asked->room, asked->entry_room, asked->seq);
    }
}

/* Somebody was, at some time since it was asked, in as many rooms as may be. */
static bool at_limit(struct judge *judge, const struct asked *asked, uint32_t user)
{
    bool full = places_of(judge, user)->full_us >= asked->at_us;

    for (uint32_t i = 0; i < asked->invited_len; i++) {
        full = full || places_of(judge, asked->invited[i])->crowded_us >= asked->at_us;
    }
    return full;
}

static void judge_limit(struct judge *judge, const struct asked *asked, const struct obs *obs)
{
    const uint32_t user = judge->devices[asked->device].user;

    if (obs->content == judge->member->limit && judge->bounds.rooms_max != 0 && user != NONE &&
        !at_limit(judge, asked, user)) {
        judge_violated(judge, finding_of(MEM_02, asked->room, asked->device, 0, 0),
                       "device %u was refused to %s room %u, for a limit that nobody was at",
                       asked->device, word(asked), asked->room);
    }
}

static void wait_add(struct judge *judge, const struct obs *obs)
{
    struct member_truth *member = judge->member;

    HB_GROW(member->waits, member->waits_len, member->waits_cap);
    member->waits[member->waits_len++] = (struct waits){obs->device, obs->room};
}

static void wait_end(struct judge *judge, const struct obs *obs)
{
    struct member_truth *member = judge->member;

    for (uint32_t i = 0; i < member->waits_len; i++) {
        if (member->waits[i].device == obs->device && member->waits[i].room == obs->room) {
            member->waits[i] = member->waits[--member->waits_len];
            return;
        }
    }
}

bool member_waits(const struct judge *judge, uint32_t device, uint32_t room)
{
    const struct member_truth *member = judge->member;

    for (uint32_t i = 0; i < member->waits_len; i++) {
        if (member->waits[i].device == device && member->waits[i].room == room) {
            return true;
        }
    }
    return false;
}

void member_observe(struct judge *judge, const struct obs *obs)
{
    if (truth_device(judge, obs->device) == NULL || obs->client_id == 0 ||
        judge->devices[obs->device].user == NONE) {
        judge->ignored++;
        return;
    }
    const struct send *send =
        truth_send_make(judge, truth_sender_of_device(judge, obs->device), obs->client_id);
    struct asked *asked = table_at(&judge->member->asked, truth_send_index(judge, send));
    if (obs->kind == OBS_INVITES) {
        if (truth_user(judge, obs->user) != NULL) {
            HB_GROW(asked->invited, asked->invited_len, asked->invited_cap);
            asked->invited[asked->invited_len++] = obs->user;
        }
    } else if (obs->kind == OBS_ASKS) {
        asked->what = (uint8_t)obs->seq;
        asked->at_us = obs->at_us;
        asked->device = obs->device;
        asked->room = obs->room;
        wait_add(judge, obs);
    } else if (asked->what == 0) {
        judge->ignored++;
    } else if (obs->kind == OBS_GRANTED) {
        asked->answered = true;
        wait_end(judge, obs);
        judge_granted(judge, asked, obs);
    } else {
        HB_ASSERT(obs->kind == OBS_DENIED);
        asked->answered = true;
        wait_end(judge, obs);
        asked->denied = true;
        judge_denied(judge, asked);
        judge_limit(judge, asked, obs);
    }
}

/* --- Places: MEM-03 --------------------------------------------------------------------------- */

static bool is_in(const struct places *places, uint32_t room)
{
    for (uint32_t i = 0; i < places->len; i++) {
        if (places->rooms[i] == room) {
            return true;
        }
    }
    return false;
}

static bool share(const struct places *a, const struct places *b, uint32_t but)
{
    for (uint32_t i = 0; i < a->len; i++) {
        if (a->rooms[i] != but && is_in(b, a->rooms[i])) {
            return true;
        }
    }
    return false;
}

/* Put there by whoever made the room. */
static void judge_put(struct judge *judge, const struct obs *obs, const struct places *places)
{
    const struct row *first = truth_row(&judge->rooms[obs->room], 1);
    const uint32_t maker = first != NULL ? truth_user_of_sender(judge, first->sender) : NONE;
    const struct finding finding = finding_of(MEM_03, obs->room, NONE, obs->seq, obs->seq);

    if ((int64_t)places->len > judge->bounds.rooms_by_others) {
        judge_violated(judge, finding,
                       "user %u was put into room %u, and is in %u now: others may put nobody into "
                       "more than %lld",
                       obs->user, obs->room, places->len, (long long)judge->bounds.rooms_by_others);
    }
    const bool direct =
        first != NULL && first->client_id == 0; /* they are two, and were written to */
    if (maker != NONE && maker != obs->user && !direct) {
        (void)places_of(judge, maker); /* made: those below stay */
        if (!share(places_of(judge, maker), places_of(judge, obs->user), obs->room)) {
            judge_violated(judge, finding,
                           "user %u was put into room %u by user %u, with whom they share no room",
                           obs->user, obs->room, maker);
        }
    }
}

static void judge_places(struct judge *judge, const struct obs *obs, const struct row *row)
{
    const struct places *places = places_of(judge, obs->user);

    if (judge->bounds.rooms_max == 0 || row->node == OBS_NODE_NONE) {
        return; /* not known, or so it was from the start */
    }
    judge->judged[MEM_03]++;
    if ((int64_t)places->len > judge->bounds.rooms_max) {
        judge_violated(judge, finding_of(MEM_03, obs->room, NONE, obs->seq, obs->seq),
                       "user %u is in room %u, and in %u in all: nobody may be in more than %lld",
                       obs->user, obs->room, places->len, (long long)judge->bounds.rooms_max);
    } else if (row->client_id == 0 && obs->seq > 1) {
        judge_put(judge, obs, places);
    }
}

static void move(struct judge *judge, const struct obs *obs, bool in)
{
    struct places *places = places_of(judge, obs->user);

    if (in && !is_in(places, obs->room)) {
        HB_GROW(places->rooms, places->len, places->cap);
        places->rooms[places->len++] = obs->room;
    }
    for (uint32_t i = 0; !in && i < places->len; i++) {
        if (places->rooms[i] == obs->room) {
            places->rooms[i] = places->rooms[--places->len];
        }
    }
    const bool full = (int64_t)places->len >= judge->bounds.rooms_max;
    const bool crowded = (int64_t)places->len >= judge->bounds.rooms_by_others;
    if (full || places->full_us == NEVER_US) {
        places->full_us = full ? NEVER_US : obs->at_us;
    }
    if (crowded || places->crowded_us == NEVER_US) {
        places->crowded_us = crowded ? NEVER_US : obs->at_us;
    }
}

void member_placed(struct judge *judge, const struct obs *obs)
{
    const bool in = (obs->flags & OBS_LEFT) == 0;

    if (truth_user(judge, obs->user) == NULL || truth_room(judge, obs->room) == NULL) {
        return;
    }
    stays_member(judge, obs);
    move(judge, obs, in);
    const struct row *row = truth_row(&judge->rooms[obs->room], obs->seq);
    if (row == NULL || (row->flags & ROW_COMMITTED) == 0) {
        return;
    }
    if (in) {
        judge_places(judge, obs, row);
    }
    if (row->send != NONE) {
        struct asked *asked = table_at(&judge->member->asked, row->send);
        asked->seq = obs->seq;
        asked->entry_room = obs->room;
        asked->left = !in;
        judge_denied(judge, asked);
    }
}

/* --- At rest: MEM-04 -------------------------------------------------------------------------- */

void member_forgot(struct judge *judge, uint32_t device)
{
    for (uint32_t i = 0; i < judge->member->asked.len; i++) {
        struct asked *asked = table_at(&judge->member->asked, i);
        asked->forgotten = asked->forgotten || (asked->what != 0 && asked->device == device);
    }
}

void member_end(struct judge *judge, const struct obs *obs)
{
    if ((obs->flags & OBS_QUIET) == 0) {
        return;
    }
    for (uint32_t i = 0; i < judge->member->asked.len; i++) {
        const struct asked *asked = table_at(&judge->member->asked, i);
        if (asked->what == 0 || asked->forgotten) {
            continue;
        }
        judge->judged[MEM_04]++;
        if (!asked->answered) {
            judge_violated(judge, finding_of(MEM_04, asked->room, asked->device, 0, 0),
                           "device %u asked to %s room %u, and at rest has no answer",
                           asked->device, word(asked), asked->room);
        }
    }
}
