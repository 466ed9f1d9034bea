/* See seats.h. */
#include "sim/plan/seats.h"

#include "server/base/mem.h"
#include "server/base/rng.h"
#include "server/protocol/limits.h"

#include <stdlib.h>
#include <string.h>

static void by_members(struct seats *seats, const struct plan *plan)
{
    const uint32_t users_len = plan_users(plan);
    const uint64_t len = (uint64_t)plan->rooms * plan->members_per_room;

    seats->users = hb_malloc(len * sizeof *seats->users);
    for (uint64_t seat = 0; seat < len; seat++) {
        seats->users[seat] = (uint32_t)(seat % users_len);
    }
    for (uint32_t room = 0; room <= plan->rooms; room++) {
        seats->first[room] = room * plan->members_per_room;
    }
}

/* How many rooms a person is in. */
static uint32_t draw_count(const struct plan *plan, struct rng *rng)
{
    const struct rooms_share *share = plan->rooms_per_person;
    int64_t among = rng_between(rng, 0, 999);

    while (among >= share->permille) {
        among -= share->permille;
        share++;
        HB_ASSERT(share < plan->rooms_per_person + plan->rooms_per_person_len);
    }
    const int64_t count = rng_between(rng, share->rooms.low, share->rooms.high);
    HB_ASSERT(count > 0 && count <= plan->rooms && count <= ROOMS_PER_USER_MAX);
    return (uint32_t)count;
}

/* Which; `in` is a place for each room, all false, and is left so. Of the rooms behind the first one,
 * each set of so many is as probable as any other (Floyd's way to draw it). */
static uint32_t draw_rooms(const struct plan *plan, uint32_t user, bool *in,
                           uint32_t ret[ROOMS_PER_USER_MAX])
{
    struct rng rng = rng_stream(plan->seed, "person.rooms", user, 0);
    const uint32_t count = draw_count(plan, &rng);
    const uint32_t others = plan->rooms - 1;

    ret[0] = user % plan->rooms;
    in[ret[0]] = true;
    for (uint32_t i = 1; i < count; i++) {
        const uint32_t last = others - (count - 1) + i; /* 1 and more: how far behind the first */
        const uint32_t drawn = (uint32_t)rng_between(&rng, 1, last);
        ret[i] = (uint32_t)(((uint64_t)ret[0] + drawn) % plan->rooms);
        if (in[ret[i]]) {
            ret[i] = (uint32_t)(((uint64_t)ret[0] + last) % plan->rooms);
        }
        HB_ASSERT(!in[ret[i]]);
        in[ret[i]] = true;
    }
    for (uint32_t i = 0; i < count; i++) {
        in[ret[i]] = false;
    }
    return count;
}

/* Two passes over the same draws: how many each room has, then who. */
static void by_person(struct seats *seats, const struct plan *plan)
{
    const uint32_t users_len = plan_users(plan);
    uint32_t rooms[ROOMS_PER_USER_MAX];
    bool *in = hb_calloc(plan->rooms, sizeof *in);
    uint32_t *at = hb_calloc(plan->rooms, sizeof *at);

    for (uint32_t user = 0; user < users_len; user++) {
        const uint32_t count = draw_rooms(plan, user, in, rooms);
        for (uint32_t i = 0; i < count; i++) {
            seats->first[rooms[i] + 1]++;
        }
    }
    for (uint32_t room = 0; room < plan->rooms; room++) {
        seats->first[room + 1] += seats->first[room];
        at[room] = seats->first[room];
    }
    seats->users = hb_malloc(seats->first[plan->rooms] * sizeof *seats->users);
    for (uint32_t user = 0; user < users_len; user++) {
        const uint32_t count = draw_rooms(plan, user, in, rooms);
        for (uint32_t i = 0; i < count; i++) {
            seats->users[at[rooms[i]]++] = user;
        }
    }
    free(in);
    free(at);
}

void seats_init(struct seats *seats, const struct plan *plan)
{
    seats->first = hb_calloc((size_t)plan->rooms + 1, sizeof *seats->first);
    if (plan->rooms_per_person_len > 0) {
        by_person(seats, plan);
    } else {
        by_members(seats, plan);
    }
}

void seats_deinit(struct seats *seats)
{
    free(seats->first);
    free(seats->users);
    *seats = (struct seats){NULL, NULL};
}
