/* Readiness. See ready.h. */
#include "server/node/ready.h"

#include "server/node/revoked.h"
#include "server/node/timer.h"

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

/* Whether the database took a write lately. */
static bool writes(const struct node *node)
{
    return node->mono.us - node->written.us < node->config.params.ready_write_us;
}

void ready_written(struct node *node)
{
    node->written = node->mono;
    if (!node->ready) {
        ready_check(node);
    }
}

void ready_timer(struct node *node)
{
    const int64_t most_us = node->config.params.ready_write_us;
    const int64_t quiet_us = most_us / 5 * 2;

    if (node->mono.us - node->written.us >= quiet_us) {
        node->write_wanted = true;
    }
    ready_check(node);
    timer_add(node, node->mono.us + (node->ready ? quiet_us : most_us / 5), TIMER_WRITTEN, 0, 0);
}

bool redis_away(const struct node *node)
{
    return node->redis_lost.us != MONO_NEVER.us;
}

void ready_check(struct node *node)
{
    const bool well = redis_connected(node->redis) &&
                      redis_subscribed(node->redis, node->control, strlen(node->control));
    const bool serves = node->key != 0 && node->revoked->complete && !node->draining &&
                        !node->fenced && writes(node);

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
