/* The page of a run, for a person. */
#include "reports/pairs.h"
#include "reports/report.h"
#include "reports/shown.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define BEFORE_SENTENCE 36 /* columns of an invariant's line */
#define CUT_FROM        76 /* columns that a page has at least, for a sentence to be cut */

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

static void add_invariants(struct buf *out, const struct report *report, const struct style *style)
{
    static const struct {
        const char *word;
        enum style_colour code;
    } states[] = {{"held", STYLE_GREEN},
                  {"VIOLATED", STYLE_RED},
                  {"not exercised", STYLE_DIM},
                  {"not judged", STYLE_DIM}};
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_result *result = &report->judgement->invariants[i];
        const struct invariant_info *info = invariant_info((enum invariant)i);
        buf_printf(out, "  %s  ", info->id);
        style_begin(style, states[result->state].code, out);
        buf_printf(out, "%-13s", states[result->state].word);
        style_end(style, out);
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
            const uint32_t room = style_columns(style) - BEFORE_SENTENCE;
            const bool fits = style_columns(style) < CUT_FROM || strlen(info->sentence) <= room;
            buf_printf(out, "  %.*s%s", fits ? INT_MAX : (int)room - 1, info->sentence,
                       fits ? "" : "\xe2\x80\xa6");
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

static void add_coverage(struct buf *out, const struct report *report, const struct style *style)
{
    uint32_t column = 0;
    buf_add_text(out, "\n  reached: ");
    for (size_t i = 0; i < report->tally->points_len; i++) {
        const struct tally_point *point = &report->tally->points[i];
        if (point->count == 0) {
            continue;
        }
        const uint32_t len = (uint32_t)strlen(point->name) + 10;
        if (column + len > style_columns(style) - 16) {
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
        if (column + len > style_columns(style) - 20) {
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

void report_terminal(const struct report *report, const struct style *style, struct buf *out)
{
    static const enum style_colour codes[] = {STYLE_GREEN, STYLE_RED, STYLE_AMBER}; /* by verdict */

    style_begin(style, STYLE_BOLD, out);
    shown_text(out, report->scenario);
    buf_printf(out, ", seed %" PRIu64, report->seed);
    style_end(style, out);
    buf_printf(out, ": %" PRIu64 " clients, %" PRIu64 " rooms, %" PRIu64 " nodes, ",
               report->clients, report->rooms, report->nodes);
    add_seconds(out, report->tally->length_us);
    buf_add_text(out, " virtual\n\n");
    add_invariants(out, report, style);
    report_pairs_text(&report->judgement->pairs, out);
    add_figures(out, report);
    add_faults(out, report);
    add_coverage(out, report, style);
    buf_add_text(out, "\nVerdict: ");
    const bool failed = report->failed[0] != 0;
    const bool known = report->known[0] != 0 && report->exit_code == 0;
    const char *why = failed                  ? report->failed
                      : report->known[0] != 0 ? report->known
                                              : report->judgement->inconclusive_why;
    style_begin(style,
                failed  ? STYLE_RED
                : known ? STYLE_AMBER
                        : codes[report->judgement->verdict],
                out);
    buf_add_text(out, report->verdict);
    style_end(style, out);
    if (why[0] != 0) {
        buf_add_text(out, " (");
        shown_text(out, why);
        buf_add_char(out, ')');
    }
    buf_printf(out, "\nAgain:   %s\n", report->command);
}
