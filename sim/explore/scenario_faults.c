/* Faults of a scenario: parsing, and drawing them for a seed.
 *
 * Each timed fault is drawn from a stream named after its kind and its number among those of its
 * kind, so that taking one kind out of a scenario leaves the others where they were. */
#include "sim/explore/scenario_faults.h"

#include "server/base/rng.h"
#include "sim/explore/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Milliseconds and the like are written as durations: what the plan holds is in the row's unit. */
static void parse_amount(const struct config *config, struct fault_spec *spec)
{
    static const struct range required = {1, 0};
    const struct fault_row *row = fault_row(spec->kind);
    const struct fault_unit_row *unit = fault_unit_row(row->unit);

    if (unit->field == NULL) {
        return;
    }
    if (unit->us == 0) {
        spec->amount = config_ints(config, unit->field, row->least, row->most, required);
        return;
    }
    spec->amount = config_durations(config, unit->field, row->least * unit->us,
                                    row->most * unit->us, required);
    spec->amount.low /= unit->us;
    spec->amount.high /= unit->us;
}

/* A parameter that would be ignored is a mistake. */
static void refuse_others(const struct config *config, const struct fault_spec *spec)
{
    const struct fault_row *row = fault_row(spec->kind);
    const char *own = fault_unit_row(row->unit)->field;

    for (int i = 0; i < FAULT_UNIT_COUNT; i++) {
        const char *field = fault_unit_row((enum fault_unit)i)->field;
        if (field != NULL && (own == NULL || strcmp(field, own) != 0) &&
            config_has(config, field)) {
            config_fail(config, field, "nothing: this fault has no such parameter");
        }
    }
    if (row->lasts == MOMENT && config_has(config, "for")) {
        config_fail(config, "for", "nothing: this fault is momentary");
    }
    if (spec->every_node && config_has(config, "count")) {
        config_fail(config, "count", "nothing: there is one for each node");
    }
}

static int64_t int_of(const struct config *config, const struct field *row)
{
    return config_int(config, row->word, row->least, row->most, row->fallback.low);
}

/* Every parameter that some timed fault has: which of them this one has is told after. */
static void timed_only(const struct config *config)
{
    const char *words[FAULT_UNIT_COUNT + 8] = {"kind", fault_count.word, "nodes", fault_at.word,
                                               fault_for.word};
    size_t len = 5;

    for (int i = 0; i < FAULT_UNIT_COUNT; i++) {
        const char *field = fault_unit_row((enum fault_unit)i)->field;
        if (field != NULL && strcmp(field, words[len - 1]) != 0) {
            words[len++] = field;
        }
    }
    words[len++] = fault_chance.word;
    HB_ASSERT(words[len] == NULL);
    config_only(config, words);
}

static void parse_timed(const struct config *config, const struct form *form,
                        struct fault_spec *spec)
{
    static const struct range start = {0, 0};
    static const struct range needed = {1, 0};
    const struct fault_row *row = fault_row(spec->kind);

    timed_only(config);
    spec->count = (uint32_t)int_of(config, &fault_count);
    const char *nodes = config_text(config, "nodes", " ");
    spec->every_node = strcmp(nodes, "all") == 0;
    if (!spec->every_node && nodes[0] != ' ') {
        config_fail(config, "nodes", "\"all\"");
    }
    if (spec->every_node && row->target != HITS_NODE) {
        config_fail(config, "nodes", "nothing: this fault does not hit a node");
    }
    spec->at_us = config_durations(config, fault_at.word, fault_at.least, form->duration_us - 1,
                                   row->lasts == MAY_STAY ? start : needed);
    spec->for_us = config_durations(config, fault_for.word, fault_for.least, fault_for.most,
                                    row->lasts == LASTS ? needed : start);
    parse_amount(config, spec);
    refuse_others(config, spec);
    if (row->ends_node && form->nodes < 2) {
        config_fail(config, "kind", "another fault: this one needs a second node to go on");
    }
}

static void parse_generated(const struct config *config, const struct form *form,
                            struct fault_spec *spec)
{
    const char *const words[] = {"kind",        fault_every.word, fault_from.word,
                                 fault_to.word, fault_away.word,  fault_chance.word,
                                 NULL};
    static const struct range needed = {1, 0};
    static const struct range none = {0, 0};
    const bool lasts = fault_row(spec->kind)->lasts != MOMENT;

    config_only(config, words);
    spec->every_us =
        config_durations(config, fault_every.word, fault_every.least, fault_every.most, needed);
    spec->from_us =
        config_duration(config, fault_from.word, fault_from.least, form->duration_us - 1, 0);
    spec->to_us = config_duration(config, fault_to.word, fault_to.least, form->duration_us,
                                  form->duration_us);
    spec->away_us = config_durations(config, fault_away.word, fault_away.least, fault_away.most,
                                     lasts ? needed : none);
    if (!lasts && config_has(config, "away")) {
        config_fail(config, "away", "nothing: the device connects again by itself");
    }
    if (spec->to_us <= spec->from_us) {
        config_fail(config, "to", "an instant after `from`");
    }
}

void faults_fail_kind(const struct config *config, const char *said, bool by_client,
                      const char *expected)
{
    const char *words[FAULT_KIND_COUNT];
    size_t len = 0;

    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        const struct fault_row *row = fault_row((enum fault_kind)i);
        if (!row->workload || by_client) {
            words[len++] = row->word;
        }
    }
    if (!config_failed(config)) {
        config_fail(config, "kind", expected);
        config_mean(config, said, words, len);
    }
}

void faults_parse(const struct config *config, struct form *form)
{
    const uint32_t len = config_array_len(config, "faults");
    uint32_t numbers[FAULT_KIND_COUNT] = {0};

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
        const char *word = config_text(&item, "kind", NULL);
        if (!fault_find(word, strlen(word), &spec->kind) || fault_row(spec->kind)->workload) {
            faults_fail_kind(&item, word, false, "the name of a fault (hubbub list faults)");
            return;
        }
        spec->chance = (uint32_t)int_of(&item, &fault_chance);
        spec->number = numbers[spec->kind]++;
        if (fault_row(spec->kind)->target != HITS_CLIENT) {
            parse_timed(&item, form, spec);
        } else if (spec->number > 0) {
            config_fail(&item, "kind", "each kind of client action once");
        } else {
            parse_generated(&item, form, spec);
        }
        form->faults_len++;
    }
}

/* --- Drawing -------------------------------------------------------------------------------- */

static bool crash_fits(const struct plan *plan, const struct plan_fault *fault)
{
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        const struct plan_fault *other = &plan->faults[i];
        if (fault_row(other->kind)->ends_node &&
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
        (fault_row(fault.kind)->ends_node && !crash_fits(plan, &fault))) {
        return;
    }
    plan->faults = hb_realloc(plan->faults, (plan->faults_len + 1) * sizeof *plan->faults);
    plan->faults[plan->faults_len++] = fault;
}

static void draw_timed(const struct fault_spec *spec, uint64_t seed, uint32_t *next_id,
                       struct plan *plan)
{
    const struct fault_row *row = fault_row(spec->kind);
    const uint32_t count = spec->every_node ? plan->nodes : spec->count;
    char stream[48];

    (void)snprintf(stream, sizeof stream, "fault.%s", row->word);
    for (uint32_t n = 0; n < count; n++) {
        struct rng rng = rng_stream(seed, stream, spec->number, n + 1);
        struct plan_fault fault = {.id = (*next_id)++, .kind = spec->kind, .target = OBS_NONE};
        const int64_t node = rng_between(&rng, 0, (int64_t)plan->nodes - 1);
        fault.at_us = rng_between(&rng, spec->at_us.low, spec->at_us.high);
        fault.for_us = rng_between(&rng, spec->for_us.low, spec->for_us.high);
        fault.amount = rng_between(&rng, spec->amount.low, spec->amount.high);
        if (row->target == HITS_NODE) {
            fault.target = spec->every_node ? n : (uint32_t)node;
        }
        /* A crash beside another is tried at a few other instants. */
        for (int again = 0; again < 20 && row->ends_node && !crash_fits(plan, &fault); again++) {
            fault.at_us = rng_between(&rng, spec->at_us.low, spec->at_us.high);
        }
        add(plan, fault);
    }
}

static void draw_generator(const struct fault_spec *spec, uint64_t seed, struct plan *plan)
{
    struct rng rng = rng_stream(seed, fault_word(spec->kind), UINT32_MAX, 0);
    const int64_t to = spec->to_us < plan->duration_us ? spec->to_us : plan->duration_us;

    if (spec->from_us < to) {
        plan->generators[plan->generators_len++] = (struct plan_generator){
            .kind = spec->kind,
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
        const struct fault_row *row = fault_row(spec->kind);
        struct rng rng = rng_stream(seed, row->word, spec->number, UINT32_MAX);
        const bool on = rng_chance(&rng, spec->chance);
        const uint32_t first = next_id;
        if (row->target == HITS_CLIENT) {
            if (on) {
                draw_generator(spec, seed, plan);
            }
            continue;
        }
        if (on) {
            draw_timed(spec, seed, &next_id, plan);
        }
        next_id = first + (spec->every_node ? (uint32_t)form->nodes
                                            : spec->count); /* ids stay, on or off */
    }
}
