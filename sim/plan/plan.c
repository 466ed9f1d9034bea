/* See plan.h. */
#include "sim/plan/plan.h"

#include <stdlib.h>

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

void plan_deinit(struct plan *plan)
{
    free(plan->faults);
    free(plan->drop_faults);
    free(plan->drop_actions);
    free(plan->corpus);
    free(plan->corpus_bytes);
    *plan = (struct plan){0};
}
