/* Faults of a scenario: parsing, and drawing them for a seed.
 *
 * Each timed fault is drawn from a stream named after its kind and its number among those of its
 * kind, so that taking one kind out of a scenario leaves the others where they were. */
#include "sim/explore/scenario_faults.h"

#include "server/base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BREATH_US 1000000 /* between two ends of nodes: never two nodes down at once */

static bool find_kind(const char *word, struct fault_spec *spec)
{
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        if (strcmp(fault_kind_word((enum fault_kind)i), word) == 0) {
            spec->fault = (enum fault_kind)i;
            return true;
        }
    }
    for (int i = 0; i < ACTION_KIND_COUNT; i++) {
        if (action_kind_is_fault((enum action_kind)i) &&
            strcmp(action_kind_word((enum action_kind)i), word) == 0) {
            spec->action = (enum action_kind)i;
            spec->is_action = true;
            return true;
        }
    }
    return false;
}

static bool is_clock(enum fault_kind kind)
{
    return kind == FAULT_CLOCK_OFFSET || kind == FAULT_CLOCK_DRIFT || kind == FAULT_CLOCK_JUMP;
}

static void parse_amount(const struct config *config, struct fault_spec *spec)
{
    static const struct range none = {0, 0};
    static const struct range required = {1, 0};

    switch (spec->fault) {
    case FAULT_CLOCK_OFFSET:
    case FAULT_CLOCK_JUMP:
        spec->amount = config_durations(config, "amount", -24 * HOUR, 24 * HOUR, required);
        spec->amount.low /= 1000;
        spec->amount.high /= 1000;
        return;
    case FAULT_CLOCK_DRIFT:
        spec->amount = config_ints(config, "ppm", -100000, 100000, required);
        return;
    case FAULT_DB_REFUSE:
    case FAULT_DB_UNKNOWN:
    case FAULT_CLIENT_CUT:
        spec->amount = config_ints(config, "permille", 1, 1000, required);
        return;
    case FAULT_DB_SLOW:
        spec->amount = config_durations(config, "amount", 1, HOUR, required);
        return;
    case FAULT_NODE_CRASH:
    case FAULT_NODE_DRAIN:
    case FAULT_REDIS_CUT:
    case FAULT_REDIS_RESTART:
        spec->amount = none;
        return;
    case FAULT_KIND_COUNT:
        break;
    }
    HB_UNREACHABLE("a fault of no kind");
}

/* A parameter that would be ignored is a mistake. */
static void refuse_others(const struct config *config, const struct fault_spec *spec)
{
    static const char *const amounts[] = {"amount", "ppm", "permille"};
    const bool in_ppm = spec->fault == FAULT_CLOCK_DRIFT;
    const bool in_permille = spec->fault == FAULT_DB_REFUSE || spec->fault == FAULT_DB_UNKNOWN ||
                             spec->fault == FAULT_CLIENT_CUT;
    const bool in_time = spec->fault == FAULT_CLOCK_OFFSET || spec->fault == FAULT_CLOCK_JUMP ||
                         spec->fault == FAULT_DB_SLOW;
    const bool taken[] = {in_time, in_ppm, in_permille};

    for (size_t i = 0; i < 3; i++) {
        if (!taken[i] && config_has(config, amounts[i])) {
            config_fail(config, amounts[i], "nothing: this fault has no such parameter");
        }
    }
    if ((spec->fault == FAULT_CLOCK_JUMP || spec->fault == FAULT_CLIENT_CUT) &&
        config_has(config, "for")) {
        config_fail(config, "for", "nothing: this fault is momentary");
    }
    if (spec->every_node && config_has(config, "count")) {
        config_fail(config, "count", "nothing: there is one for each node");
    }
}

static void parse_timed(const struct config *config, const struct form *form,
                        struct fault_spec *spec)
{
    static const char *const fields[] = {"kind",   "count", "nodes",    "at",     "for",
                                         "amount", "ppm",   "permille", "chance", NULL};
    const int64_t last_us = form->duration_us - 1;
    const bool lasts = !is_clock(spec->fault) && spec->fault != FAULT_CLIENT_CUT;

    config_only(config, fields);
    spec->count = (uint32_t)config_int(config, "count", 1, 1000, 1);
    const char *nodes = config_text(config, "nodes", " ");
    spec->every_node = strcmp(nodes, "all") == 0;
    if (!spec->every_node && nodes[0] != ' ') {
        config_fail(config, "nodes", "\"all\"");
    }
    if (spec->every_node && !fault_kind_hits_node(spec->fault)) {
        config_fail(config, "nodes", "nothing: this fault does not hit a node");
    }
    const struct range start = {0, 0};
    const struct range needed = {1, 0};
    const bool may_start = spec->fault == FAULT_CLOCK_OFFSET || spec->fault == FAULT_CLOCK_DRIFT;
    spec->at_us = config_durations(config, "at", 0, last_us, may_start ? start : needed);
    spec->for_us = config_durations(config, "for", 1, HOUR, lasts ? needed : start);
    parse_amount(config, spec);
    refuse_others(config, spec);
    if (FAULT_ENDS_NODE(spec->fault) && form->nodes < 2) {
        config_fail(config, "kind", "another fault: this one needs a second node to go on");
    }
}

static void parse_action(const struct config *config, const struct form *form,
                         struct fault_spec *spec)
{
    static const char *const fields[] = {"kind", "every", "from", "to", "away", "chance", NULL};
    const struct range needed = {1, 0};
    const struct range none = {0, 0};

    config_only(config, fields);
    spec->every_us = config_durations(config, "every", 10000, HOUR, needed);
    spec->from_us = config_duration(config, "from", 0, form->duration_us - 1, 0);
    spec->to_us = config_duration(config, "to", 1, form->duration_us, form->duration_us);
    spec->away_us =
        config_durations(config, "away", 1, HOUR, spec->action == ACTION_ABORT ? none : needed);
    if (spec->action == ACTION_ABORT && config_has(config, "away")) {
        config_fail(config, "away", "nothing: the device connects again by itself");
    }
    if (spec->to_us <= spec->from_us) {
        config_fail(config, "to", "an instant after `from`");
    }
}

void faults_parse(const struct config *config, struct form *form)
{
    const uint32_t len = config_array_len(config, "faults");
    uint32_t numbers[FAULT_KIND_COUNT] = {0};
    bool actions[ACTION_KIND_COUNT] = {false};

    if (len > SCENARIO_FAULTS_MAX) {
        config_fail(config, "faults", "at most 64 faults");
        return;
    }
    for (uint32_t i = 0; i < len && !config_failed(config); i++) {
        struct fault_spec *spec = &form->faults[form->faults_len];
        const struct config item = config_array_at(config, "faults", i);
        if (config_failed(config)) {
            return;
        }
        *spec = (struct fault_spec){.chance = 1000};
        if (!find_kind(config_text(&item, "kind", NULL), spec)) {
            config_fail(&item, "kind", "the name of a fault (hubbub list faults)");
            return;
        }
        spec->chance = (uint32_t)config_int(&item, "chance", 0, 1000, 1000);
        if (!spec->is_action) {
            spec->number = numbers[spec->fault]++;
            parse_timed(&item, form, spec);
        } else if (actions[spec->action]) {
            config_fail(&item, "kind", "each kind of client action once");
        } else {
            actions[spec->action] = true;
            parse_action(&item, form, spec);
        }
        form->faults_len++;
    }
}

/* --- Drawing -------------------------------------------------------------------------------- */

static bool crash_fits(const struct plan *plan, const struct plan_fault *fault)
{
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        const struct plan_fault *other = &plan->faults[i];
        if (FAULT_ENDS_NODE(other->kind) &&
            fault->at_us < other->at_us + other->for_us + BREATH_US &&
            other->at_us < fault->at_us + fault->for_us + BREATH_US) {
            return false;
        }
    }
    return true;
}

/* A fault that does not fit into the duration, or beside another crash, is left out. */
static void add(struct plan *plan, struct plan_fault fault)
{
    if (fault.at_us >= plan->duration_us || plan->faults_len == PLAN_FAULTS_MAX ||
        (FAULT_ENDS_NODE(fault.kind) && !crash_fits(plan, &fault))) {
        return;
    }
    plan->faults = hb_realloc(plan->faults, (plan->faults_len + 1) * sizeof *plan->faults);
    plan->faults[plan->faults_len++] = fault;
}

static void draw_timed(const struct fault_spec *spec, uint64_t seed, uint32_t *next_id,
                       struct plan *plan)
{
    const uint32_t count = spec->every_node ? plan->nodes : spec->count;
    char stream[48];

    (void)snprintf(stream, sizeof stream, "fault.%s", fault_kind_word(spec->fault));
    for (uint32_t n = 0; n < count; n++) {
        struct rng rng = rng_stream(seed, stream, spec->number, n + 1);
        struct plan_fault fault = {.id = (*next_id)++, .kind = spec->fault, .target = OBS_NONE};
        const int64_t node = rng_between(&rng, 0, (int64_t)plan->nodes - 1);
        fault.at_us = rng_between(&rng, spec->at_us.low, spec->at_us.high);
        fault.for_us = rng_between(&rng, spec->for_us.low, spec->for_us.high);
        fault.amount = rng_between(&rng, spec->amount.low, spec->amount.high);
        if (fault_kind_hits_node(spec->fault)) {
            fault.target = spec->every_node ? n : (uint32_t)node;
        }
        /* A crash beside another is tried at a few other instants. */
        for (int again = 0; again < 20 && FAULT_ENDS_NODE(fault.kind) && !crash_fits(plan, &fault);
             again++) {
            fault.at_us = rng_between(&rng, spec->at_us.low, spec->at_us.high);
        }
        add(plan, fault);
    }
}

static void draw_action(const struct fault_spec *spec, uint64_t seed, struct plan *plan)
{
    struct rng rng = rng_stream(seed, action_kind_word(spec->action), UINT32_MAX, 0);
    const int64_t to = spec->to_us < plan->duration_us ? spec->to_us : plan->duration_us;

    if (spec->from_us < to) {
        plan->generators[plan->generators_len++] = (struct plan_generator){
            .kind = spec->action,
            .mean_us = rng_between(&rng, spec->every_us.low, spec->every_us.high),
            .from_us = spec->from_us,
            .to_us = to,
            .away_us = spec->away_us};
    }
}

void faults_draw(const struct form *form, uint64_t seed, struct plan *plan)
{
    uint32_t next_id = 0;

    for (uint32_t i = 0; i < form->faults_len; i++) {
        const struct fault_spec *spec = &form->faults[i];
        const char *word =
            spec->is_action ? action_kind_word(spec->action) : fault_kind_word(spec->fault);
        struct rng rng = rng_stream(seed, word, spec->number, UINT32_MAX);
        const bool on = rng_chance(&rng, spec->chance);
        const uint32_t first = next_id;
        if (spec->is_action) {
            if (on) {
                draw_action(spec, seed, plan);
            }
            continue;
        }
        if (on) {
            draw_timed(spec, seed, &next_id, plan);
        }
        next_id = first + (spec->every_node ? form->nodes : spec->count); /* ids stay, on or off */
    }
}
