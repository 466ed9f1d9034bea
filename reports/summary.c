/* summary.json: the machine-readable result of a run. Fields keep their names; more may come. */
#include "reports/report.h"

#include <string.h>

static void put_text(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "  \"%s\": ", name);
    buf_add_json(out, value, strlen(value));
    buf_add_text(out, ",\n");
}

static void put_int(struct buf *out, const char *name, uint64_t value)
{
    buf_printf(out, "  \"%s\": %llu,\n", name, (unsigned long long)value);
}

static void put_invariants(struct buf *out, const struct report *report)
{
    static const char *const states[] = {"held", "violated", "not exercised", "not judged"};
    buf_add_text(out, "  \"invariants\": {");
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_result *result = &report->invariants[i];
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
    for (size_t i = 0; i < report->violations_len; i++) {
        const struct violation *violation = &report->violations[i];
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
        buf_add_json(out, violation->summary, strlen(violation->summary));
        buf_add_char(out, '}');
    }
    buf_add_text(out, report->violations_len > 0 ? "\n  ],\n" : "],\n");
}

static void put_faults(struct buf *out, const struct report *report)
{
    buf_add_text(out, "  \"faults\": {");
    for (size_t i = 0; i < report->faults_len; i++) {
        const struct report_fault *fault = &report->faults[i];
        buf_printf(out, "%s\n    \"%s\": {\"planned\": %llu, \"fired\": %llu, \"mattered\": %llu}",
                   i > 0 ? "," : "", fault->name, (unsigned long long)fault->planned,
                   (unsigned long long)fault->fired, (unsigned long long)fault->mattered);
    }
    buf_add_text(out, report->faults_len > 0 ? "\n  },\n" : "},\n");
}

static void put_coverage(struct buf *out, const struct report *report)
{
    buf_add_text(out, "  \"coverage\": {");
    for (size_t i = 0; i < report->coverage_len; i++) {
        buf_add_text(out, i > 0 ? ",\n    " : "\n    ");
        buf_add_json(out, report->coverage[i].name, strlen(report->coverage[i].name));
        buf_printf(out, ": %llu", (unsigned long long)report->coverage[i].count);
    }
    buf_add_text(out, report->coverage_len > 0 ? "\n  },\n" : "},\n");
}

void report_summary(const struct report *report, struct buf *out)
{
    const uint64_t wall = report->wall_us > 0 ? (uint64_t)report->wall_us : 1;

    buf_add_text(out, "{\n");
    put_text(out, "hubbub", report->version);
    put_text(out, "scenario", report->scenario);
    put_int(out, "seed", report->seed);
    put_text(out, "verdict", report->verdict);
    if (report->why[0] != 0) {
        put_text(out, "inconclusive", report->why);
    }
    put_text(out, "hash", report->hash);
    put_int(out, "virtual_us", (uint64_t)report->virtual_us);
    put_int(out, "clients", report->clients);
    put_int(out, "nodes", report->nodes);
    put_int(out, "rooms", report->rooms);
    put_int(out, "messages", report->messages);
    put_int(out, "deliveries", report->deliveries);
    put_int(out, "frames", report->frames);
    put_int(out, "events", report->events);
    put_int(out, "resends", report->resends);
    put_int(out, "reconnects", report->reconnects);
    put_int(out, "sync_pages", report->sync_pages);
    put_int(out, "transactions", report->transactions);
    put_int(out, "wall_us", (uint64_t)report->wall_us);
    put_int(out, "deliveries_per_second",
            (uint64_t)((__extension__(unsigned __int128) report->deliveries * 1000000) / wall));
    put_int(out, "peak_rss_bytes", report->peak_rss_bytes);
    put_invariants(out, report);
    put_violations(out, report);
    put_faults(out, report);
    put_coverage(out, report);
    buf_add_text(out, "  \"repro\": ");
    if (report->repro != NULL) {
        buf_add_json(out, report->repro, strlen(report->repro));
    } else {
        buf_add_text(out, "null");
    }
    buf_add_text(out, "\n}\n");
}
