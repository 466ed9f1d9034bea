/* A swarm's summary.json. Fields keep their names; more may come. */
#include "reports/swarm.h"

#include "reports/json_lines.h"
#include "reports/pairs.h"

#include <inttypes.h>
#include <string.h>

static void put_list(struct buf *out, const char *name, const char *const *texts, size_t len)
{
    buf_printf(out, "  \"%s\": [", name);
    for (size_t i = 0; i < len; i++) {
        buf_add_text(out, i > 0 ? ", " : "");
        buf_add_json(out, texts[i], strlen(texts[i]));
    }
    buf_add_text(out, "],\n");
}

void swarm_begin(const struct swarm_report *report, struct buf *out)
{
    const uint64_t wall_us = report->wall_us > 0 ? (uint64_t)report->wall_us : 0;

    buf_add_text(out, "{\n");
    put_text(out, "hubbub", report->version);
    put_text(out, "scenario", report->scenario);
    put_text(out, "verdict", report->verdict);
    put_int(out, "exit_code", (uint64_t)report->exit_code);
    buf_printf(out, "  \"interrupted\": %s,\n", report->interrupted ? "true" : "false");
    if (report->early[0] != 0) {
        put_text(out, "ended", report->early);
    }
    put_text(out, "hash", report->hash);
    put_text(out, "form", report->form);
    buf_printf(out, "  \"seeds\": \"%" PRIu64 "..%" PRIu64 "\",\n", report->seed_from,
               report->seed_to);
    put_int(out, "seeds_planned", report->seeds_planned);
    put_int(out, "seeds_run", report->seeds_run);
    put_int(out, "seeds_full", report->seeds_full);
    put_int(out, "held", report->held);
    put_int(out, "violated", report->violated);
    put_int(out, "known", report->known);
    put_int(out, "stuck", report->stuck);
    put_int(out, "crashed", report->crashed);
    put_int(out, "out_of_memory", report->no_memory);
    put_int(out, "inconclusive", report->inconclusive);
    put_int(out, "harness_failed", report->harness_failed);
    put_int(out, "messages", report->messages);
    put_int(out, "deliveries", report->deliveries);
    put_int(out, "events", report->events);
    put_int(out, "frames", report->frames);
    put_int(out, "wall_us", wall_us);
    put_list(out, "never_reached", report->never_reached, report->never_reached_len);
    put_int(out, "deliveries_per_second", report->deliveries * 1000000 / (wall_us + 1));
}

void swarm_invariants(const struct swarm_invariant invariants[INVARIANT_COUNT],
                      const struct pairs *pairs, struct buf *out)
{
    static const char *const words[JUDGED_COUNT] = {"held", "violated", "not_exercised",
                                                    "no_evidence"};
    buf_add_text(out, "  \"invariants\": {");
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        buf_printf(out, "%s\n    \"%s\": {", i > 0 ? "," : "",
                   invariant_info((enum invariant)i)->id);
        for (int state = 0; state < JUDGED_COUNT; state++) {
            buf_printf(out, "\"%s\": %" PRIu64 ", ", words[state], invariants[i].states[state]);
        }
        buf_add_text(out, "\"margin_permille\": ");
        if (invariants[i].margin_permille >= 0) {
            buf_add_i64(out, invariants[i].margin_permille);
        } else {
            buf_add_text(out, "null");
        }
        buf_add_char(out, '}');
    }
    buf_add_text(out, "\n  },\n");
    report_pairs_json(pairs, out);
    buf_add_text(out, "  \"failures\": [");
}

static void put_rules(const char *name, const bool *violated, struct buf *out)
{
    bool comma = false;

    buf_printf(out, ", \"%s\": [", name);
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        if (violated[i]) {
            buf_printf(out, "%s\"%s\"", comma ? ", " : "", invariant_info((enum invariant)i)->id);
            comma = true;
        }
    }
    buf_add_char(out, ']');
}

void swarm_failure(const struct swarm_failure *failure, bool first, struct buf *out)
{
    const char *rule = failure->invariant[0] != 0 ? failure->invariant : failure->end;
    const struct {
        const char *name, *value;
    } texts[] = {
        {"scenario", failure->scenario}, {"file", failure->file},   {"form", failure->form},
        {"end", failure->end},           {"invariant", rule},       {"group", failure->group},
        {"summary", failure->summary},   {"repro", failure->repro}, {"command", failure->command}};

    buf_printf(out, "%s{\"seed\": %" PRIu64 ", \"seedText\": \"%" PRIu64 "\"",
               first ? "" : ",\n    ", failure->seed, failure->seed);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        buf_printf(out, ", \"%s\": ", texts[i].name);
        shown_json(out, texts[i].value);
    }
    put_rules("invariants", failure->violated, out);
    buf_add_char(out, '}');
}

void swarm_groups(struct buf *out)
{
    buf_add_text(out, "],\n  \"groups\": [");
}

void swarm_group(const struct swarm_group *group, bool first, struct buf *out)
{
    const struct {
        const char *name, *value;
    } texts[] = {{"summary", group->summary},
                 {"smallestRepro", group->repro},
                 {"smallestCommand", group->command}};

    buf_add_text(out, first ? "{\"group\": " : ",\n    {\"group\": ");
    shown_json(out, group->name);
    buf_printf(out,
               ", \"seeds\": %" PRIu64 ", \"firstSeed\": \"%" PRIu64
               "\", \"smallestSeed\": \"%" PRIu64 "\", \"events\": %" PRIu64,
               group->seeds, group->first_seed, group->smallest_seed, group->events);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        buf_printf(out, ", \"%s\": ", texts[i].name);
        shown_json(out, texts[i].value);
    }
    put_rules("invariants", group->rules, out);
    buf_add_char(out, '}');
}

void swarm_finish(struct buf *out)
{
    buf_add_text(out, "]\n}\n");
}
