/* Readiness. See ready.h. */
#include "server/node/ready.h"

#include "server/node/bus.h"

static void ready_set(struct node *node, bool ready)
{
    struct effect *effect = effect_push(node);

    node->ready = ready;
    effect->kind = EFFECT_READY;
    effect->ready = ready;
    if (ready) {
        note(node, NOTE_READY, (int64_t)node->incarnation, 0);
    } else {
        note(node, NOTE_NOT_READY, HB_EAGAIN, 0);
    }
}

void ready_check(struct node *node)
{
    const bool well = redis_connected(node->redis) &&
                      redis_subscribed(node->redis, CHANNEL_CONTROL, sizeof CHANNEL_CONTROL - 1);

    if (well) {
        node->redis_lost = MONO_NEVER;
    } else if (node->redis_lost.us == MONO_NEVER.us) {
        node->redis_lost = node->mono;
    }
    const bool serves = node->key != 0 && !node->draining && !node->fenced;
    if (!node->ready && well && serves) {
        ready_set(node, true);
    } else if (node->ready && (!serves || (!well && node->mono.us - node->redis_lost.us >
                                                        node->config.params.lease_us))) {
        ready_set(node, false);
    }
}
