/* The page of a run, for a person. */
#include "reports/report.h"
#include "reports/shown.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define GREEN "\x1b[32m"
#define RED   "\x1b[31m"
#define AMBER "\x1b[33m"
#define BOLD  "\x1b[1m"
#define DIM   "\x1b[2m"
#define PLAIN "\x1b[0m"

#define SENTENCE_COLUMNS 64 /* what is left of a line of 100 */

static void colour(struct buf *out, bool colours, const char *code)
{
    if (colours) {
        buf_add_text(out, code);
    }
}

/* 2812345 -> "2,812,345" */
static void add_count(struct buf *out, uint64_t value, int columns)
{
    char digits[32];
    char text[48];
    const int len = snprintf(digits, sizeof digits, "%" PRIu64, value);
    int at = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            text[at++] = ',';
        }
        text[at++] = digits[i];
    }
    text[at] = 0;
    buf_printf(out, "%*s", columns, text);
}

static void add_seconds(struct buf *out, int64_t us)
{
    buf_printf(out, "%" PRId64 ".%02" PRId64 " s", us / 1000000, us % 1000000 / 10000);
}

static void add_invariants(struct buf *out, const struct report *report, bool colours)
{
    static const struct {
        const char *word, *code;
    } states[] = {{"held", GREEN}, {"VIOLATED", RED}, {"not exercised", DIM}, {"not judged", DIM}};
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_result *result = &report->judgement->invariants[i];
        const struct invariant_info *info = invariant_info((enum invariant)i);
        buf_printf(out, "  %s  ", info->id);
        colour(out, colours, states[result->state].code);
        buf_printf(out, "%-13s", states[result->state].word);
        colour(out, colours, PLAIN);
        if (result->judged > 0) {
            add_count(out, result->judged, 11);
        } else {
            buf_printf(out, "%11s", "");
        }
        if (result->state == JUDGED_VIOLATED) {
            buf_printf(out, "  %" PRIu64 " times: %s", result->violations, info->sentence);
        } else if (result->bound_us > 0 && result->judged > 0) {
            buf_add_text(out, "  margin used ");
            add_seconds(out, result->used_us);
            buf_add_text(out, " of ");
            add_seconds(out, result->bound_us);
        } else {
            const bool fits = strlen(info->sentence) <= SENTENCE_COLUMNS;
            buf_printf(out, "  %.*s%s", fits ? SENTENCE_COLUMNS : SENTENCE_COLUMNS - 1,
                       info->sentence, fits ? "" : "\xe2\x80\xa6");
        }
        buf_add_char(out, '\n');
    }
}

static void add_faults(struct buf *out, const struct report *report)
{
    bool any = false;
    for (size_t i = 0; i < report->tally->faults_len; i++) {
        const struct tally_fault *fault = &report->tally->faults[i];
        if (fault->planned == 0) {
            continue;
        }
        if (!any) {
            buf_printf(out, "\n  %-22s%10s%10s%10s\n", "faults", "planned", "fired", "mattered");
        }
        any = true;
        buf_printf(out, "  %-22s%10" PRIu64 "%10" PRIu64 "%10" PRIu64 "\n", fault->name,
                   fault->planned, fault->fired, fault->mattered);
    }
    if (!any) {
        buf_add_text(out, "\nFaults: none in this plan\n");
    }
}

static void add_coverage(struct buf *out, const struct report *report)
{
    uint32_t column = 0;
    buf_add_text(out, "\n  reached: ");
    for (size_t i = 0; i < report->tally->points_len; i++) {
        const struct tally_point *point = &report->tally->points[i];
        if (point->count == 0) {
            continue;
        }
        const uint32_t len = (uint32_t)strlen(point->name) + 10;
        if (column + len > 84) {
            buf_add_text(out, "\n           ");
            column = 0;
        }
        buf_printf(out, "%s (%" PRIu64 "); ", point->name, point->count);
        column += len;
    }
    column = 0;
    buf_add_text(out, "\n  not reached: ");
    for (size_t i = 0; i < report->tally->points_len; i++) {
        const uint32_t len = (uint32_t)strlen(report->tally->points[i].name) + 2;
        if (report->tally->points[i].count > 0) {
            continue;
        }
        if (column + len > 80) {
            buf_add_text(out, "\n           ");
            column = 0;
        }
        buf_printf(out, "%s; ", report->tally->points[i].name);
        column += len;
    }
    buf_add_char(out, '\n');
}

static void add_figure(struct buf *out, const char *name, uint64_t value, const char *unit)
{
    buf_printf(out, "  %-22s", name);
    add_count(out, value, 14);
    buf_printf(out, " %s\n", unit);
}

static void add_figures(struct buf *out, const struct report *report)
{
    const struct tally *tally = report->tally;

    buf_add_char(out, '\n');
    add_figure(out, "messages", tally->messages, "");
    add_figure(out, "deliveries", tally->deliveries, "");
    add_figure(out, "frames to clients", tally->frames, "");
    add_figure(out, "resends", tally->resends, "");
    add_figure(out, "reconnects", tally->reconnects, "");
    add_figure(out, "sync pages", tally->sync_pages, "");
    add_figure(out, "transactions", tally->transactions, "");
    add_figure(out, "events", tally->events, "");
    if (report->wall_us > 0) {
        add_figure(out, "deliveries per second",
                   (uint64_t)((__extension__(unsigned __int128) tally->deliveries * 1000000) /
                              (uint64_t)report->wall_us),
                   "(wall time, one core)");
        buf_printf(out, "  %-22s%14s ", "wall time", "");
        add_seconds(out, report->wall_us);
        buf_add_text(out, " for ");
        add_seconds(out, tally->length_us);
        buf_add_text(out, " of virtual time\n");
    }
    add_figure(out, "peak memory", report->peak_rss_bytes >> 20, "MiB");
    buf_printf(out, "  %-22s%s\n", "hash", report->hash);
}

void report_terminal(const struct report *report, bool colours, struct buf *out)
{
    static const char *const codes[] = {GREEN, RED, AMBER}; /* by verdict */

    colour(out, colours, BOLD);
    shown_text(out, report->scenario);
    buf_printf(out, ", seed %" PRIu64, report->seed);
    colour(out, colours, PLAIN);
    buf_printf(out, ": %" PRIu64 " clients, %" PRIu64 " rooms, %" PRIu64 " nodes, ",
               report->clients, report->rooms, report->nodes);
    add_seconds(out, report->tally->length_us);
    buf_add_text(out, " virtual\n\n");
    add_invariants(out, report, colours);
    add_figures(out, report);
    add_faults(out, report);
    add_coverage(out, report);
    buf_add_text(out, "\nVerdict: ");
    const bool failed = report->failed[0] != 0;
    const bool known = report->judgement->verdict == VERDICT_VIOLATED && report->exit_code == 0;
    const char *why = failed                  ? report->failed
                      : report->known[0] != 0 ? report->known
                                              : report->judgement->inconclusive_why;
    colour(out, colours, failed ? RED : known ? AMBER : codes[report->judgement->verdict]);
    buf_add_text(out, report->verdict);
    colour(out, colours, PLAIN);
    if (why[0] != 0) {
        buf_add_text(out, " (");
        shown_text(out, why);
        buf_add_char(out, ')');
    }
    buf_printf(out, "\nAgain:   %s\n", report->command);
}
