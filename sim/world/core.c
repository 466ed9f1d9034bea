/* See core.h. */
#include "sim/world/core.h"

/* The last ones have numbers of their own, so that a new kind before them moves no hash. */
static uint64_t kind_number(enum obs_kind kind)
{
    return kind < OBS_CALM ? kind : UINT8_MAX - (OBS_KIND_COUNT - 1 - kind);
}

void world_observe(struct world *world, const struct obs *obs)
{
    hash128_fold(&world->hash,
                 kind_number(obs->kind) << 56 ^ (uint64_t)obs->device << 24 ^ obs->room,
                 obs->seq ^ obs->id ^ obs->hlc);
    if (obs->kind != OBS_SHOWN) { /* what is shown is pinned by its id, and the commit's content */
        hash128_fold(&world->hash, obs->client_id ^ obs->content,
                     (uint64_t)obs->value ^ (uint64_t)obs->timestamp);
    }
    if (world->sink.observe != NULL) {
        world->sink.observe(world->sink.user, obs);
    }
}

void world_aside(struct world *world, const struct aside *aside)
{
    if (world->sink.aside != NULL) {
        world->sink.aside(world->sink.user, aside);
    }
}

void world_tell(struct world *world)
{
    for (size_t i = 0; i < world->seen.len; i++) {
        world_observe(world, &world->seen.items[i]);
    }
    world->seen.len = 0;
}

void world_observe_edge(struct world *world, const struct obs *obs)
{
    if (obs->kind == OBS_USER || obs->kind == OBS_ROOM) { /* that is met for the first time */
        world_observe(world, obs);
    } else if (world->sink.observe != NULL) {
        world->sink.observe(world->sink.user, obs);
    }
}

void world_tell_edge(struct world *world)
{
    for (size_t i = 0; i < world->seen.len; i++) {
        world_observe_edge(world, &world->seen.items[i]);
    }
    world->seen.len = 0;
}

struct obs world_obs_of_device(const struct world *world, enum obs_kind kind, uint32_t device)
{
    return witness_about(world->witness, kind, device, world_now(world));
}

uint32_t world_user_number(struct world *world, struct text name)
{
    HB_ASSERT(world->seen.len == 0);
    const uint32_t user = witness_user(world->witness, name, world_now(world), &world->seen);

    world_tell(world);
    return user;
}

uint32_t world_room_number(struct world *world, struct text name)
{
    HB_ASSERT(world->seen.len == 0);
    const uint32_t room = witness_room(world->witness, name, world_now(world), &world->seen);

    world_tell(world);
    return room;
}

const struct client_room_config *world_seat(const struct world_user *user, int64_t nth)
{
    if (user->seats == NULL) {
        return user->rooms_len > 0 ? &user->rooms[nth % user->rooms_len] : NULL;
    }
    const uint32_t place = user->seats[nth % user->seats_len];
    return place != ROOM_LEFT_OUT ? &user->rooms[place] : NULL;
}
