/* See doings.h. */
#include "sim/world/doings.h"

#include "sim/world/actions.h"
#include "sim/world/keys.h"
#include "sim/world/token_arrivals.h"

void world_doing(struct world *world, const struct sched_event *event)
{
    switch ((int)event->kind) {
    case EV_ACTION:
        world_client_action(world, event);
        return;
    case EV_KEY:
        world_keys_next(world, event->client);
        return;
    case EV_TOKEN:
        world_token_give(world, event->client);
        return;
    case EV_REVOKE:
        world_revoke(world, event);
        return;
    case EV_AWAY_END:
        world_client_away_end(world, event);
        return;
    case EV_CLIENT_START:
        world_client_start(world, event->client);
        return;
    }
    HB_UNREACHABLE("an event of nobody");
}
