/* See going.h. */
#include "sim/check/going.h"

/* After a node came or went: until when none serves. One that has just come registers first. */
static void look_who_serves(struct judge *judge, int64_t at_us)
{
    const int64_t start_us = judge_bound(judge, BOUND_START);
    int64_t serves_us = NEVER_US;

    for (uint32_t i = 0; i < judge->nodes_len; i++) {
        const struct node_truth *node = &judge->nodes[i];
        if (node->serves) {
            const int64_t from_us = node->up_us + start_us;
            serves_us = from_us < serves_us ? from_us : serves_us;
        }
    }
    if (serves_us > at_us) {
        judge->nobody_us = serves_us;
    }
}

static void on_fault(struct judge *judge, struct node_truth *node, const struct obs *obs)
{
    if (obs->kind == OBS_FAULT_BEGIN) {
        node->serves = false;
        node->asked = false; /* OBS_DRAIN says so next, or it is a crash */
        node->going_us = obs_until_us(obs);
        look_who_serves(judge, obs->at_us);
    } else if (node->down_us == obs_until_us(obs)) {
        node->in_order = false; /* its time to finish was over */
    }
}

void going_observe(struct judge *judge, const struct obs *obs)
{
    struct node_truth *node = truth_node(judge, obs->node);

    if (node == NULL) {
        return;
    }
    if (obs->kind == OBS_FAULT_BEGIN || obs->kind == OBS_FAULT_END) {
        on_fault(judge, node, obs);
        return;
    }
    node->is_down = obs->kind == OBS_NODE_DOWN;
    if (node->is_down) {
        node->in_order = node->asked;
        node->asked = false;
        node->down_us = obs_until_us(obs);
        node->going_us = node->down_us;
        node->serves = false;
    } else if (obs->kind == OBS_NODE_UP) {
        node->up_us = obs_until_us(obs);
        node->serves = true;
        node->asked = false;
    } else if (obs->kind == OBS_DRAIN) {
        node->asked = true;
    }
    look_who_serves(judge, obs->at_us);
}
