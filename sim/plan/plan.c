/* See plan.h. */
#include "sim/plan/plan.h"

#include "server/base/mem.h"

#include <stdlib.h>
#include <string.h>

const struct plan_section plan_sections[PLAN_SECTIONS] = {
    {"server", node_params, NODE_PARAMS_LEN, offsetof(struct plan, server), true},
    {"client", client_params, CLIENT_PARAMS_LEN, offsetof(struct plan, client), false},
};

void *plan_params(struct plan *plan, const struct plan_section *section)
{
    return (char *)plan + section->offset;
}

const void *plan_params_of(const struct plan *plan, const struct plan_section *section)
{
    return (const char *)plan + section->offset;
}

bool plan_drops_user(const struct plan *plan, uint32_t user)
{
    if (plan->drop_clients == NULL) {
        return false;
    }
    for (uint32_t d = 0; d < plan->devices_per_user; d++) {
        if (!plan->drop_clients[user * plan->devices_per_user + d]) {
            return false;
        }
    }
    return true;
}

bool plan_drops_fault(const struct plan *plan, const struct plan_fault *fault)
{
    if (fault->target < plan->nodes && plan->drop_nodes[fault->target]) {
        return true;
    }
    for (uint32_t i = 0; i < plan->drop_faults_len; i++) {
        if (plan->drop_faults[i] == fault->id) {
            return true;
        }
    }
    return false;
}

uint32_t plan_nodes_left(const struct plan *plan)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < plan->nodes; i++) {
        left += !plan->drop_nodes[i];
    }
    return left;
}

uint32_t plan_clients_left(const struct plan *plan)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < plan->clients; i++) {
        left += !plan_drops_client(plan, i);
    }
    return left;
}

const char *plan_drop_wrong(const struct plan *plan)
{
    const uint32_t nodes = plan_nodes_left(plan);

    if (nodes == 0) {
        return "at least one node that is left";
    }
    if (plan_clients_left(plan) == 0) {
        return "at least one client that is left";
    }
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        const struct plan_fault *fault = &plan->faults[i];
        if (nodes < 2 && fault_row(fault->kind)->ends_node && !plan_drops_fault(plan, fault)) {
            return "at least two nodes that are left: a fault ends one, and another must go on";
        }
    }
    return NULL;
}

const struct plan_generator *plan_generator(const struct plan *plan, enum fault_kind kind)
{
    for (uint32_t g = 0; g < plan->generators_len; g++) {
        if (plan->generators[g].kind == kind) {
            return &plan->generators[g];
        }
    }
    return NULL;
}

/* NULL stays NULL: of some lists it says that there is none. */
static void *copied(const void *items, size_t bytes)
{
    void *copy = items != NULL ? hb_malloc(bytes + 1) : NULL;

    if (copy != NULL) {
        memcpy(copy, items, bytes);
    }
    return copy;
}

void plan_copy(const struct plan *plan, struct plan *ret)
{
    size_t corpus_bytes = 0;

    *ret = *plan;
    ret->faults = copied(plan->faults, plan->faults_len * sizeof *plan->faults);
    ret->actions = copied(plan->actions, plan->actions_len * sizeof *plan->actions);
    ret->drop_faults = copied(plan->drop_faults, plan->drop_faults_len * sizeof(uint32_t));
    ret->drop_actions =
        copied(plan->drop_actions, plan->drop_actions_len * sizeof *plan->drop_actions);
    ret->drop_clients = copied(plan->drop_clients, plan->clients * sizeof(bool));
    ret->drop_rooms = copied(plan->drop_rooms, plan->rooms * sizeof(bool));
    for (uint32_t i = 0; i < plan->corpus_len; i++) {
        const size_t end =
            (size_t)(plan->corpus[i].bytes - plan->corpus_bytes) + plan->corpus[i].len;
        corpus_bytes = end > corpus_bytes ? end : corpus_bytes;
    }
    ret->corpus = copied(plan->corpus, plan->corpus_len * sizeof *plan->corpus);
    ret->corpus_bytes = copied(plan->corpus_bytes, corpus_bytes);
    for (uint32_t i = 0; i < plan->corpus_len; i++) {
        ret->corpus[i].bytes = ret->corpus_bytes + (plan->corpus[i].bytes - plan->corpus_bytes);
    }
}

void plan_deinit(struct plan *plan)
{
    free(plan->faults);
    free(plan->actions);
    free(plan->drop_clients);
    free(plan->drop_rooms);
    free(plan->drop_faults);
    free(plan->drop_actions);
    free(plan->corpus);
    free(plan->corpus_bytes);
    *plan = (struct plan){0};
}
