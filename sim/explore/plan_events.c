/* See plan_events.h. */
#include "sim/explore/plan_events.h"

#include "sim/explore/fields.h"
#include "sim/explore/scenario_faults.h"
#include "sim/plan/actions.h"

#include <string.h>

/* The kind of a fault, or of what a client does by itself. */
static bool kind_of_word(const char *word, size_t word_len, bool by_client, enum fault_kind *ret)
{
    return fault_find(word, word_len, ret) && (fault_row(*ret)->target == HITS_CLIENT) == by_client;
}

/* --- Faults --------------------------------------------------------------------------------- */

static int64_t zero_or(const struct config *item, const char *field, const struct range *limits,
                       const char *none)
{
    if (limits->low <= limits->high) {
        return config_int(item, field, limits->low, limits->high, limits->low - 1);
    }
    if (config_int(item, field, INT64_MIN, INT64_MAX, 0) != 0) {
        config_fail(item, field, none);
    }
    return 0;
}

static void read_fault(const struct config *item, const struct plan *plan, struct plan_fault *fault)
{
    static const char *const fields[] = {"id", "kind", "atUs", "forUs", "node", "amount", NULL};
    static const struct range none = {1, 0};
    const char *kind = config_text(item, "kind", NULL);

    config_only(item, fields);
    if (!kind_of_word(kind, strlen(kind), false, &fault->kind)) {
        faults_fail_kind(item, kind, false, "the name of a fault (hubbub list faults)");
        return;
    }
    const struct fault_row *row = fault_row(fault->kind);
    if (row->ends_node && plan->nodes < 2) {
        config_fail(item, "kind", "another fault: this one needs a second node to go on");
    }
    fault->id = (uint32_t)config_int(item, "id", 0, PLAN_FAULT_ID_MAX, -1);
    fault->at_us = config_int(item, "atUs", fault_at.least, plan->duration_us - 1, -1);
    const struct range lasts = {row->lasts == LASTS ? fault_for.least : 0, fault_for.most};
    fault->for_us =
        zero_or(item, "forUs", row->lasts == MOMENT ? &none : &lasts, "0: this fault is momentary");
    const struct range amount = {row->least, row->most};
    fault->amount = zero_or(item, "amount", row->unit == NO_AMOUNT ? &none : &amount,
                            "0: this fault has no such parameter");
    fault->target = OBS_NONE;
    if (row->target == HITS_NODE) {
        fault->target = (uint32_t)config_int(item, "node", 0, (int64_t)plan->nodes - 1, -1);
    } else if (config_has(item, "node")) {
        config_fail(item, "node", "nothing: this fault does not hit a node");
    }
}

static void read_faults(const struct config *drawn, struct plan *plan)
{
    const uint32_t len = config_array_len(drawn, "faults");

    if (len > PLAN_FAULTS_MAX) {
        config_fail(drawn, "faults", "at most 10000 faults");
        return;
    }
    plan->faults = hb_calloc(len + 1, sizeof *plan->faults);
    for (uint32_t i = 0; i < len && !config_failed(drawn); i++) {
        const struct config item = config_array_at(drawn, "faults", i);
        struct plan_fault *fault = &plan->faults[plan->faults_len];
        read_fault(&item, plan, fault);
        if (i > 0 && fault->id <= fault[-1].id) {
            config_fail(&item, "id", "a greater number than that of the fault before it");
        }
        plan->faults_len++;
    }
}

/* --- What clients do ------------------------------------------------------------------------ */

static void read_generator(const struct config *item, const struct plan *plan,
                           struct plan_generator *ret)
{
    static const char *const fields[] = {"kind", "meanUs", "fromUs", "toUs", "awayUs", NULL};
    const char *kind = config_text(item, "kind", NULL);

    config_only(item, fields);
    if (!kind_of_word(kind, strlen(kind), true, &ret->kind)) {
        faults_fail_kind(item, kind, true, "the name of an action");
        return;
    }
    for (uint32_t i = 0; i < plan->generators_len; i++) {
        if (plan->generators[i].kind == ret->kind) {
            config_fail(item, "kind", "each kind of action once");
        }
    }
    const struct field *every = &fault_every;
    for (size_t i = 0; i < WORKLOADS; i++) {
        every = ret->kind == workloads[i].kind ? &workloads[i].fields.rows[0] : every;
    }
    const bool lasts = fault_row(ret->kind)->lasts != MOMENT;
    ret->mean_us = config_int(item, "meanUs", every->least, every->most, every->least - 1);
    ret->from_us = config_int(item, "fromUs", 0, plan->duration_us - 1, -1);
    ret->to_us = config_int(item, "toUs", ret->from_us + 1, plan->duration_us, -1);
    ret->away_us = config_ints(item, "awayUs", lasts ? fault_away.least : 0,
                               lasts ? fault_away.most : 0, (struct range){1, 0});
}

static void read_generators(const struct config *drawn, struct plan *plan)
{
    const uint32_t len = config_array_len(drawn, "generators");

    if (len > GENERATORS_MAX) {
        config_fail(drawn, "generators", "each kind of action once");
        return;
    }
    for (uint32_t i = 0; i < len && !config_failed(drawn); i++) {
        const struct config item = config_array_at(drawn, "generators", i);
        struct plan_generator generator = {.kind = WORKLOAD_SEND};
        read_generator(&item, plan, &generator);
        plan->generators[plan->generators_len++] = generator;
    }
}

/* --- Actions that are written out ----------------------------------------------------------- */

static void read_action(const struct config *item, const struct plan *plan, struct plan_action *ret)
{
    static const char *const fields[] = {"client", "kind", "n", "atUs", "forUs", NULL};
    const char *kind = config_text(item, "kind", NULL);

    config_only(item, fields);
    if (!kind_of_word(kind, strlen(kind), true, &ret->name.kind) ||
        plan_generator(plan, ret->name.kind) == NULL) {
        config_fail(item, "kind", "a kind of one of the generators");
        return;
    }
    const struct fault_row *row = fault_row(ret->name.kind);
    const uint32_t who = row->posters ? plan->clients : plan->clients - plan->posters;
    if (who == 0) {
        config_fail(item, "kind", "what those do who write by HTTP alone");
        return;
    }
    ret->name.client = (uint32_t)config_int(item, "client", 0, (int64_t)who - 1, -1);
    ret->name.n = (uint32_t)config_int(item, "n", 0, INT32_MAX, -1);
    ret->at_us = config_int(item, "atUs", 0, plan->duration_us - 1, -1);
    ret->for_us = row->lasts != MOMENT
                      ? config_int(item, "forUs", fault_away.least, fault_away.most, -1)
                      : config_int(item, "forUs", 0, 0, 0);
}

static void read_actions(const struct config *drawn, struct plan *plan)
{
    const uint32_t len = config_array_len(drawn, "actions");

    plan->written_out = config_has(drawn, "actions");
    if (len > PLAN_ACTIONS_MAX) {
        config_fail(drawn, "actions", "at most 1000000 actions");
        return;
    }
    plan->actions = hb_calloc(len + 1, sizeof *plan->actions);
    for (uint32_t i = 0; i < len && !config_failed(drawn); i++) {
        const struct config item = config_array_at(drawn, "actions", i);
        read_action(&item, plan, &plan->actions[plan->actions_len]);
        plan->actions_len++;
    }
    plan_sort_actions(plan);
}

void plan_read_events(const struct config *drawn, struct plan *plan)
{
    read_faults(drawn, plan);
    read_generators(drawn, plan);
    if (!config_failed(drawn)) {
        read_actions(drawn, plan);
    }
}
