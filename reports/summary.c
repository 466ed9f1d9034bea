/* summary.json: the machine-readable result of a run. Fields keep their names; more may come. */
#include "reports/json_lines.h"
#include "reports/pairs.h"
#include "reports/report.h"

static void put_invariants(struct buf *out, const struct report *report)
{
    static const char *const states[] = {"held", "violated", "not exercised", "not judged"};
    buf_add_text(out, "  \"invariants\": {");
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_result *result = &report->judgement->invariants[i];
        buf_printf(out,
                   "%s\n    \"%s\": {\"state\": \"%s\", \"judged\": %llu, \"violations\": %llu, "
                   "\"margin_permille\": ",
                   i > 0 ? "," : "", invariant_info((enum invariant)i)->id, states[result->state],
                   (unsigned long long)result->judged, (unsigned long long)result->violations);
        if (result->bound_us > 0) {
            buf_add_i64(out, result->used_us * 1000 / result->bound_us);
        } else {
            buf_add_text(out, "null");
        }
        buf_add_char(out, '}');
    }
    buf_add_text(out, "\n  },\n");
}

static void put_violations(struct buf *out, const struct report *report)
{
    buf_add_text(out, "  \"violations\": [");
    for (size_t i = 0; i < report->judgement->violations_len; i++) {
        const struct violation *violation = &report->judgement->violations[i];
        bool comma = false;
        buf_printf(out, "%s\n    {\"invariant\": \"%s\", \"at_us\": %lld, \"entities\": [",
                   i > 0 ? "," : "", invariant_info(violation->invariant)->id,
                   (long long)violation->at_us);
        for (uint32_t d = 0; d < violation->devices_len; d++, comma = true) {
            buf_printf(out, "%s\"d%u\"", comma ? ", " : "", (unsigned)violation->devices[d]);
        }
        if (violation->room != OBS_NONE) {
            buf_printf(out, "%s\"r%u\"", comma ? ", " : "", (unsigned)violation->room);
            comma = true;
        }
        if (violation->node != OBS_NODE_NONE) {
            buf_printf(out, "%s\"n%u\"", comma ? ", " : "", (unsigned)violation->node);
        }
        buf_add_text(out, "], \"summary\": ");
        shown_json(out, violation->summary);
        buf_add_char(out, '}');
    }
    buf_add_text(out, report->judgement->violations_len > 0 ? "\n  ],\n" : "],\n");
    uint64_t all = 0;
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        all += report->judgement->invariants[i].violations;
    }
    const uint64_t listed = report->judgement->violations_len;
    put_int(out, "violations_not_listed", all > listed ? all - listed : 0);
}

static void put_faults(struct buf *out, const struct report *report)
{
    buf_add_text(out, "  \"faults\": {");
    bool any = false;
    for (size_t i = 0; i < report->tally->faults_len; i++) {
        const struct tally_fault *fault = &report->tally->faults[i];
        if (fault->planned == 0) {
            continue;
        }
        buf_add_text(out, any ? ",\n    " : "\n    ");
        shown_json(out, fault->name);
        buf_printf(out, ": {\"planned\": %llu, \"fired\": %llu, \"mattered\": %llu}",
                   (unsigned long long)fault->planned, (unsigned long long)fault->fired,
                   (unsigned long long)fault->mattered);
        any = true;
    }
    buf_add_text(out, any ? "\n  },\n" : "},\n");
}

static void put_coverage(struct buf *out, const struct report *report)
{
    buf_add_text(out, "  \"coverage\": {");
    for (size_t i = 0; i < report->tally->points_len; i++) {
        buf_add_text(out, i > 0 ? ",\n    " : "\n    ");
        shown_json(out, report->tally->points[i].name);
        buf_printf(out, ": %llu", (unsigned long long)report->tally->points[i].count);
    }
    buf_add_text(out, report->tally->points_len > 0 ? "\n  },\n" : "},\n");
}

void report_summary(const struct report *report, struct buf *out)
{
    const struct tally *tally = report->tally;
    const uint64_t wall = report->wall_us > 0 ? (uint64_t)report->wall_us : 1;

    buf_add_text(out, "{\n");
    put_text(out, "hubbub", report->version);
    put_text(out, "scenario", report->scenario);
    put_int(out, "seed", report->seed);
    put_seed_text(out, report->seed);
    put_text(out, "form", report->form);
    put_text(out, "verdict", report->verdict);
    put_int(out, "exit_code", (uint64_t)report->exit_code);
    if (report->known[0] != 0) {
        put_text(out, "known", report->known);
    }
    if (report->failed[0] != 0) {
        put_text(out, "failed", report->failed);
    }
    if (report->replay[0] != 0) {
        put_text(out, "replay", report->replay);
        put_text(out, "replay_why", report->replay_why);
    }
    if (report->judgement->inconclusive_why[0] != 0) {
        put_text(out, "inconclusive", report->judgement->inconclusive_why);
    }
    put_text(out, "hash", report->hash);
    put_int(out, "virtual_us", (uint64_t)tally->length_us);
    put_int(out, "clients", report->clients);
    put_int(out, "nodes", report->nodes);
    put_int(out, "rooms", report->rooms);
    put_int(out, "messages", tally->messages);
    put_int(out, "deliveries", tally->deliveries);
    put_int(out, "frames", tally->frames);
    put_int(out, "events", tally->events);
    put_int(out, "resends", tally->resends);
    put_int(out, "reconnects", tally->reconnects);
    put_int(out, "sync_pages", tally->sync_pages);
    put_int(out, "transactions", tally->transactions);
    put_int(out, "wall_us", (uint64_t)report->wall_us);
    put_int(out, "deliveries_per_second",
            (uint64_t)((__extension__(unsigned __int128) tally->deliveries * 1000000) / wall));
    put_int(out, "peak_rss_bytes", report->peak_rss_bytes);
    put_invariants(out, report);
    report_pairs_json(&report->judgement->pairs, out);
    put_violations(out, report);
    put_faults(out, report);
    put_coverage(out, report);
    put_text(out, "command", report->command);
    buf_add_text(out, "  \"repro\": ");
    if (report->repro != NULL) {
        shown_json(out, report->repro);
    } else {
        buf_add_text(out, "null");
    }
    buf_add_text(out, "\n}\n");
}
