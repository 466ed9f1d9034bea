/* What is left of a plan. See shrink.h. */
#include "reports/shown.h"
#include "sim/cli/shrink.h"
#include "sim/explore/plan_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define NAME_COLUMNS    22
#define WITHOUT_COLUMNS 28
#define HASH_DIGITS     16 /* of a hash, for a person: certificate.json has all */

static const char *reason_id(const struct reason *reason)
{
    return reason->invariant >= 0 ? invariant_info((enum invariant)reason->invariant)->id : "crash";
}

static void count(struct buf *out, const char *before, uint64_t value, const char *one,
                  const char *many)
{
    buf_printf(out, "%s%" PRIu64 " %s", before, value, value == 1 ? one : many);
}

/* "2 faults, 3 people, 1 room, 2 nodes, 4 messages, 6 s" */
static void tell_size(struct buf *out, const struct plan *plan, uint64_t messages)
{
    const struct plan_size size = plan_size(plan);
    char length[PARAM_TEXT_BYTES];

    count(out, "", size.faults, "fault", "faults");
    for (uint32_t i = 0; i < plan->generators_len && !plan->written_out; i++) {
        if (!fault_row(plan->generators[i].kind)->workload) {
            buf_printf(out, " and %s", fault_word(plan->generators[i].kind));
        }
    }
    count(out, ", ", size.people, "person", "people");
    count(out, ", ", size.rooms, "room", "rooms");
    count(out, ", ", size.nodes, "node", "nodes");
    count(out, ", ", messages, "message", "messages");
    duration_text(plan->duration_us, length);
    buf_printf(out, ", %s", length);
}

static void add_seconds(struct buf *out, int64_t us)
{
    buf_printf(out, "%" PRId64 ".%" PRId64 " s", us / SECOND, us % SECOND / (100 * MS));
}

/* "held  0123..", "fails otherwise: LIV-11" */
static void tell_without(struct buf *out, const struct shrink_left *left,
                         const struct reason *wanted)
{
    char hash[HASH128_HEX_LEN + 1];

    hash128_hex(left->without.hash, hash);
    switch (left->without.end) {
    case SHRINK_HOLDS:
        buf_printf(out, "held %.*s", HASH_DIGITS, hash);
        return;
    case SHRINK_FAILS:
        buf_printf(out, "%s %s", reason_same(&left->without.reason, wanted) ? "fails" : "otherwise",
                   reason_id(&left->without.reason));
        return;
    case SHRINK_UNCLEAR:
        buf_printf(out, "unclear %.*s", HASH_DIGITS, hash);
        return;
    case SHRINK_WRONG:
        buf_printf(out, "needs %s", left->why);
        return;
    }
    HB_UNREACHABLE("a run without an end");
}

/* Parameters that are not at their defaults. */
static void tell_settings(struct buf *out, const struct plan *plan)
{
    const char *comma = "\nSettings that are not at their defaults: ";

    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        for (size_t j = 0; j < plan_sections[i].rows_len; j++) {
            const struct param *row = &plan_sections[i].rows[j];
            const int64_t value = param_get(row, plan_params_of(plan, &plan_sections[i]));
            char text[PARAM_TEXT_BYTES];
            char usual[PARAM_TEXT_BYTES];
            if (value == row->simulated) {
                continue;
            }
            param_text(row, value, text);
            param_text(row, row->simulated, usual);
            buf_printf(out, "%s%s.%s %s (%s)", comma, plan_sections[i].word, row->word, text,
                       usual);
            comma = ", ";
        }
    }
    if (comma[0] == ',') {
        buf_add_char(out, '\n');
    }
}

static void tell_left(struct buf *out, const struct shrink_result *result,
                      const struct style *style)
{
    struct buf name = {0};
    struct buf told = {0};

    if (result->left_len > 0) {
        buf_printf(out, "\nWhat is left, and the run without it:\n");
    }
    for (uint32_t i = 0; i < result->left_len; i++) {
        const struct shrink_left *left = &result->left[i];
        buf_clear(&name);
        buf_clear(&told);
        piece_name(&left->piece, &result->plan, &name);
        piece_tell(&left->piece, &result->plan, &told);
        buf_printf(out, "  %-*s ", NAME_COLUMNS, name.bytes);
        buf_clear(&name);
        tell_without(&name, left, &result->run.reason);
        style_begin(style, left->without.end == SHRINK_HOLDS ? STYLE_GREEN : STYLE_DIM, out);
        buf_printf(out, "%-*s", WITHOUT_COLUMNS, name.bytes);
        style_end(style, out);
        buf_printf(out, " %s\n", told.bytes);
    }
    buf_deinit(&name);
    buf_deinit(&told);
}

static void tell_others(struct buf *out, const struct shrink_ending *ending)
{
    const struct shrink_result *result = ending->result;

    if (result->others_len > 0) {
        buf_add_text(out, "\nOther failures that were met on the way:\n");
    }
    for (uint32_t i = 0; i < result->others_len; i++) {
        const struct shrink_other *other = &result->others[i];
        buf_printf(out, "  %s %" PRIu64 " times: ", reason_id(&other->reason), other->count);
        shown_text(out, other->reason.text);
        if (ending->task->args->results != NULL) {
            buf_printf(out, " (%sother-%u.json)", ending->task->under, (unsigned)i + 1);
        }
        buf_add_char(out, '\n');
    }
}

void shrink_page(const struct shrink_ending *ending, struct buf *out)
{
    const struct style style = style_of(STDOUT_FILENO);
    const struct shrink_result *result = ending->result;
    const struct reason *reason = &result->run.reason;
    char at[PARAM_TEXT_BYTES];

    shown_text(out, result->plan.scenario);
    buf_printf(out, ", seed %" PRIu64 ", shrunk to ", result->plan.seed);
    style_begin(&style, STYLE_BOLD, out);
    tell_size(out, &result->plan, result->run.messages);
    style_end(&style, out);
    buf_add_text(out, "\n  from ");
    tell_size(out, &ending->task->loaded->plan, result->was.messages);
    duration_text(result->run.at_us, at);
    buf_printf(out, "\n%s", reason_id(reason));
    if (reason->invariant >= 0) {
        buf_printf(out, " at %s: %s", at,
                   invariant_info((enum invariant)reason->invariant)->sentence);
    }
    buf_add_text(out, "\n  ");
    shown_text(out, reason->text);
    buf_add_char(out, '\n');
    tell_left(out, result, &style);
    tell_settings(out, &result->plan);
    tell_others(out, ending);
    buf_printf(out, "\n%" PRIu64 " runs in ", result->runs);
    add_seconds(out, ending->wall_us);
    buf_printf(out, "; %s\n",
               result->whole ? "nothing more goes: without any one of these it does not fail so"
                             : "it may become smaller still");
    if (ending->early[0] != 0) {
        buf_printf(out, "ended: %s\n", ending->early);
    }
    if (ending->repro[0] != 0) {
        buf_printf(out, "Replay:  %s\n", ending->repro);
    } else {
        buf_add_text(out, "--out DIR keeps the plan, for hubbub replay\n");
    }
}

void shrink_line(const struct shrink_ending *ending, struct buf *out)
{
    const struct shrink_result *result = ending->result;

    shown_text(out, ending->task->file);
    buf_printf(out, ": %s: ", reason_id(&result->run.reason));
    tell_size(out, &result->plan, result->run.messages);
    buf_printf(out, "; %" PRIu64 " runs, ", result->runs);
    add_seconds(out, ending->wall_us);
    buf_printf(out, "%s%s%s\n", result->whole ? "" : "; it may become smaller still",
               ending->early[0] != 0 ? ": " : "", ending->early);
}

/* --- JSON ----------------------------------------------------------------------------------- */

static void put_size(struct buf *out, const char *name, const struct plan *plan, uint64_t messages)
{
    const struct plan_size size = plan_size(plan);

    buf_printf(out,
               "  \"%s\": {\"faults\": %u, \"people\": %u, \"devices\": %u, \"rooms\": %u, "
               "\"nodes\": %u, \"messages\": %" PRIu64 ", \"durationUs\": %" PRId64,
               name, (unsigned)size.faults, (unsigned)size.people, (unsigned)size.devices,
               (unsigned)size.rooms, (unsigned)size.nodes, messages, plan->duration_us);
    if (plan->written_out) {
        buf_printf(out, ", \"actions\": %u", (unsigned)size.actions);
    }
    buf_add_text(out, "},\n");
}

static void put_reason(struct buf *out, const struct reason *reason)
{
    buf_printf(out, "{\"invariant\": \"%s\", \"text\": ", reason_id(reason));
    shown_json(out, reason->text);
    buf_add_char(out, '}');
}

static void put_left(struct buf *out, const struct shrink_result *result)
{
    static const char *const words[] = {"held", "violated", "inconclusive", "not a plan"};
    struct buf text = {0};

    buf_add_text(out, "  \"left\": [");
    for (uint32_t i = 0; i < result->left_len; i++) {
        const struct shrink_left *left = &result->left[i];
        char hash[HASH128_HEX_LEN + 1];
        buf_clear(&text);
        piece_name(&left->piece, &result->plan, &text);
        buf_printf(out, "%s\n    {\"name\": \"%s\", \"what\": ", i > 0 ? "," : "", text.bytes);
        buf_clear(&text);
        piece_tell(&left->piece, &result->plan, &text);
        shown_json(out, text.bytes);
        buf_printf(out, ", \"without\": \"%s\"", words[left->without.end]);
        hash128_hex(left->without.hash, hash);
        if (left->without.end == SHRINK_WRONG) {
            buf_printf(out, ", \"needs\": \"%s\"", left->why);
        } else {
            buf_printf(out, ", \"hash\": \"%s\"", hash);
        }
        if (left->without.end == SHRINK_FAILS) {
            buf_add_text(out, ", \"for\": ");
            put_reason(out, &left->without.reason);
        }
        buf_add_char(out, '}');
    }
    buf_add_text(out, "\n  ],\n");
    buf_deinit(&text);
}

void shrink_json(const struct shrink_ending *ending, struct buf *out)
{
    const struct shrink_result *result = ending->result;
    char hash[HASH128_HEX_LEN + 1];

    hash128_hex(result->run.hash, hash);
    buf_add_text(out, "{\n  \"scenario\": ");
    shown_json(out, result->plan.scenario);
    buf_printf(out, ",\n  \"seed\": \"%" PRIu64 "\",\n  \"fails\": ", result->plan.seed);
    put_reason(out, &result->run.reason);
    buf_printf(out, ",\n  \"atUs\": %" PRId64 ",\n  \"hash\": \"%s\",\n", result->run.at_us, hash);
    put_size(out, "was", &ending->task->loaded->plan, result->was.messages);
    put_size(out, "is", &result->plan, result->run.messages);
    put_left(out, result);
    buf_add_text(out, "  \"others\": [");
    for (uint32_t i = 0; i < result->others_len; i++) {
        buf_printf(out, "%s\n    {\"count\": %" PRIu64 ", \"for\": ", i > 0 ? "," : "",
                   result->others[i].count);
        put_reason(out, &result->others[i].reason);
        buf_printf(out, ", \"plan\": \"other-%u.json\"}", (unsigned)i + 1);
    }
    buf_printf(out,
               "%s],\n  \"runs\": %" PRIu64 ",\n  \"wallUs\": %" PRId64 ",\n  \"whole\": %s\n}\n",
               result->others_len > 0 ? "\n  " : "", result->runs, ending->wall_us,
               result->whole ? "true" : "false");
}
