/* See plan_events.h. */
#include "sim/explore/plan_events.h"

#include "sim/explore/fields.h"
#include "sim/explore/scenario_faults.h"
#include "sim/plan/facts.h"

#include <inttypes.h>
#include <stdio.h>
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

void plan_read_events(const struct config *drawn, struct plan *plan)
{
    read_faults(drawn, plan);
    read_generators(drawn, plan);
}

/* --- What is dropped ------------------------------------------------------------------------ */

static bool read_number(const char **at, uint32_t *ret)
{
    uint64_t value = 0;
    const char *from = *at;
    for (; **at >= '0' && **at <= '9' && *at - from < 10; (*at)++) {
        value = value * 10 + (uint64_t)(**at - '0');
    }
    *ret = (uint32_t)value;
    return *at > from && value <= UINT32_MAX;
}

/* "fault4" */
static bool read_fault_name(const char *name, uint32_t *ret)
{
    const char *at = name + 5;
    return strncmp(name, "fault", 5) == 0 && read_number(&at, ret) && *at == 0;
}

/* "c17.send#3" */
static bool read_action_name(const char *name, struct plan_action_name *ret)
{
    const char *at = name + 1;
    if (name[0] != 'c' || !read_number(&at, &ret->client) || *at != '.') {
        return false;
    }
    const char *word = at + 1;
    const char *mark = strchr(word, '#');
    if (mark == NULL || !kind_of_word(word, (size_t)(mark - word), true, &ret->kind)) {
        return false;
    }
    at = mark + 1;
    return read_number(&at, &ret->n) && *at == 0;
}

static bool has_fault(const struct plan *plan, uint32_t id)
{
    uint32_t from = 0;
    uint32_t to = plan->faults_len; /* ids ascend */
    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        if (plan->faults[middle].id < id) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < plan->faults_len && plan->faults[from].id == id;
}

/* Why an action is not there, as what was expected of its name; false: it is there. */
static bool action_missing(const struct plan *plan, const struct plan_action_name *name,
                           struct plan_action_place *place, char ret[96])
{
    if (name->client >= plan->clients) {
        (void)snprintf(ret, 96, "one of the clients c0 to c%u", (unsigned)plan->clients - 1);
        return true;
    }
    if (plan_has_action(plan, name, place)) {
        return false;
    }
    if (place->count == 0) {
        (void)snprintf(ret, 96, "what the client does: it has no \"%s\"", fault_word(name->kind));
    } else {
        (void)snprintf(ret, 96, "what the client does: its last one is c%u.%s#%u",
                       (unsigned)name->client, fault_word(name->kind), place->count - 1);
    }
    return true;
}

void plan_read_drop(const struct config *root, struct plan *plan)
{
    const uint32_t len = config_array_len(root, "drop");
    struct plan_action_place place = {.count = 0};
    char missing[96];

    plan->drop_faults = hb_calloc(len + 1, sizeof *plan->drop_faults);
    plan->drop_actions = hb_calloc(len + 1, sizeof *plan->drop_actions);
    for (uint32_t i = 0; i < len && !config_failed(root); i++) {
        const char *name = config_array_text(root, "drop", i);
        struct plan_action_name action;
        uint32_t id;
        if (read_fault_name(name, &id)) {
            plan->drop_faults[plan->drop_faults_len++] = id;
            if (!has_fault(plan, id)) {
                config_fail_entry(root, "drop", i, "the name of one of the plan's faults");
            }
        } else if (read_action_name(name, &action)) {
            plan->drop_actions[plan->drop_actions_len++] = action;
            if (action_missing(plan, &action, &place, missing)) {
                config_fail_entry(root, "drop", i, missing);
            }
        } else {
            config_fail_entry(root, "drop", i, "a name such as \"fault4\" or \"c17.send#3\"");
        }
    }
}
