/* Readiness. See ready.h. */
#include "server/node/ready.h"

#include "server/node/revoked.h"

#include <string.h>

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

bool redis_away(const struct node *node)
{
    return node->redis_lost.us != MONO_NEVER.us;
}

void ready_check(struct node *node)
{
    const bool well = redis_connected(node->redis) &&
                      redis_subscribed(node->redis, node->control, strlen(node->control));
    const bool serves =
        node->key != 0 && node->revoked->complete && !node->draining && !node->fenced;

    if (well) {
        node->redis_lost = MONO_NEVER;
    } else if (!redis_away(node)) {
        node->redis_lost = node->mono;
        note(node, NOTE_REDIS_AWAY, 0, 0);
    }
    if (node->ready != serves) {
        ready_set(node, serves);
    }
}
