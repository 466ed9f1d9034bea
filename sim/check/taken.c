/* See taken.h. */
#include "sim/check/taken.h"

#include "server/base/mem.h"
#include "sim/check/finding.h"
#include "sim/check/path.h"
#include "sim/check/table.h"

#include <stdlib.h>

struct taken {        /* of a node */
    int64_t since_us; /* NEVER_US: it has its name */
    uint32_t times;
};

struct taken_truth {
    struct table nodes; /* by node */
};

void taken_init(struct judge *judge)
{
    static const struct taken none = {.since_us = NEVER_US};

    judge->taken = hb_calloc(1, sizeof *judge->taken);
    judge->taken->nodes = (struct table){.bytes = sizeof none, .fresh = &none};
}

void taken_deinit(struct judge *judge)
{
    table_deinit(&judge->taken->nodes);
    free(judge->taken);
}

/* Whoever does nothing, or cannot ask the database, finds it afterwards. */
static int64_t counts_from(const struct judge *judge, uint16_t node, int64_t since_us)
{
    return later(path_database_from(judge, node, since_us), path_paused_until(judge, node));
}

void taken_observe(struct judge *judge, const struct obs *obs)
{
    const bool begins = obs->kind == OBS_FAULT_BEGIN;

    if (judge->bounds.probe_us == 0 || truth_node(judge, obs->node) == NULL ||
        (!begins && obs->kind != OBS_NODE_UP && obs->kind != OBS_NODE_DOWN)) {
        return;
    }
    struct taken *taken = table_at(&judge->taken->nodes, obs->node);
    if (begins) {
        if ((obs->flags & OBS_LEFT) != 0 && !judge->nodes[obs->node].is_down &&
            taken->since_us == NEVER_US) {
            taken->since_us = obs_until_us(obs);
            taken->times++;
            due_push(&judge->dues, (struct due){taken->since_us + judge_bound(judge, BOUND_TAKEN),
                                                DUE_TAKEN, obs->node, taken->times});
        }
        return;
    }
    if (obs->kind == OBS_NODE_DOWN && taken->since_us != NEVER_US &&
        taken->since_us != obs_until_us(obs)) {
        const int64_t from_us = counts_from(judge, obs->node, taken->since_us);
        judge->judged[LIV_17]++;
        if (from_us <= obs->at_us) {
            judge_margin(judge, LIV_17, obs->at_us - from_us, judge_bound(judge, BOUND_TAKEN));
        }
    }
    taken->since_us = NEVER_US;
}

void taken_due(struct judge *judge, struct due due, int64_t now_us)
{
    const uint16_t node = (uint16_t)due.a;
    struct taken *taken = table_at(&judge->taken->nodes, due.a);
    const int64_t bound_us = judge_bound(judge, BOUND_TAKEN);

    if (taken->since_us == NEVER_US || taken->times != due.b || judge->nodes[node].asked) {
        return; /* asked to go, it has LIV-07's time */
    }
    const int64_t from_us = counts_from(judge, node, taken->since_us);
    if (from_us == NEVER_US || from_us + bound_us >= now_us) {
        due.at_us = (from_us == NEVER_US ? now_us : from_us) + bound_us;
        due_push(&judge->dues, due);
        return;
    }
    struct finding finding = finding_of(LIV_17, NONE, NONE, 0, 0);
    finding.at_us = from_us + bound_us;
    finding.node = node;
    judge->judged[LIV_17]++;
    judge_violated(judge, finding,
                   "node %u has been another process's name since %lld us, and did not end within "
                   "%lld us of %lld us",
                   (unsigned)node, (long long)taken->since_us, (long long)bound_us,
                   (long long)from_us);
}
