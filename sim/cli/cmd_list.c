/* hubbub list: what is checked, what can go wrong, be tuned and be reached. */
#include "server/base/near.h"
#include "server/node/effects.h"
#include "sim/cli/cli.h"
#include "sim/cli/mutants.h"
#include "sim/explore/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: hubbub list [invariants | faults | parameters | coverage | scenarios | schema | ID]\n"
    "\n"
    "Lists the invariants with their bounds, the faults, the parameters of node and client with\n"
    "their defaults and ranges, the coverage points, the scenarios that have a name, or the JSON\n"
    "schema of scenarios. With the id of an invariant, such as ORD-05: that one with its bound, "
    "the\n"
    "observations that it needs, and the mutants of fixtures/mutants that it kills;\n"
    "hubbub explain ID says what it means.\n"
    "\n"
    "  --quiet  only the names, one a line\n";

static void print_kinds(struct buf *out, const struct evidence *evidence)
{
    for (uint32_t i = 0; i < evidence->len; i++) {
        buf_printf(out, " %s", obs_kind_word(evidence->kinds[i]));
    }
    buf_printf(out, "\n");
}

static void print_bound(struct buf *out, enum bound bound)
{
    const struct bound_info *info = bound_info(bound);
    buf_printf(out, "%s%s%s: %s\n", info->formula, info->unit[0] != 0 ? " " : "", info->unit,
               info->what);
}

static void list_invariants(bool quiet, struct buf *out)
{
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_info *info = invariant_info((enum invariant)i);
        buf_printf(out, "%s%s%s\n", info->id, quiet ? "" : "  ", quiet ? "" : info->sentence);
        for (uint32_t b = 0; b < info->bounds_len && !quiet; b++) {
            buf_printf(out, "        bound: ");
            print_bound(out, info->bounds[b]);
        }
    }
}

/* "amount -1s to 5s": what a scenario may write. */
static void print_amount(struct buf *out, const struct fault_row *row)
{
    const struct fault_unit_row *unit = fault_unit_row(row->unit);
    char least[PARAM_TEXT_BYTES];
    char most[PARAM_TEXT_BYTES];

    if (unit->field == NULL) {
        return;
    }
    if (unit->us > 0) {
        duration_text(row->least * unit->us, least);
        duration_text(row->most * unit->us, most);
        buf_printf(out, "; %s %s to %s", unit->field, least, most);
    } else {
        buf_printf(out, "; %s %" PRId64 " to %" PRId64, unit->field, row->least, row->most);
    }
}

static void list_faults(bool quiet, struct buf *out)
{
    static const char *const targets[] = {
        [HITS_ALL] = "everywhere", [HITS_NODE] = "a node", [HITS_CLIENT] = "each client"};
    static const char *const lengths[] = {
        [MOMENT] = "a moment", [LASTS] = "for a time", [MAY_STAY] = "for a time or for good"};

    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        const struct fault_row *row = fault_row((enum fault_kind)i);
        if (!row->workload && quiet) {
            buf_printf(out, "%s\n", row->word);
        } else if (!row->workload) {
            buf_printf(out, "%-18s %s: %s; %s", row->word, targets[row->target], row->what,
                       lengths[row->lasts]);
            print_amount(out, row);
            buf_printf(out, "\n");
        }
    }
}

static void list_parameters(bool quiet, struct buf *out)
{
    char least[PARAM_TEXT_BYTES];
    char most[PARAM_TEXT_BYTES];
    char value[PARAM_TEXT_BYTES];

    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        const struct plan_section *section = &plan_sections[i];
        for (size_t j = 0; j < section->rows_len; j++) {
            const struct param *row = &section->rows[j];
            if (quiet) {
                buf_printf(out, "%s.%s\n", section->word, row->word);
                continue;
            }
            param_text(row, row->least, least);
            param_text(row, row->most, most);
            param_text(row, row->simulated, value);
            buf_printf(out, "%s.%s  %s\n        %s to %s, default %s", section->word, row->word,
                       row->what, least, most, value);
            if (section->in_production) {
                param_text(row, row->production, value);
                buf_printf(out, "; hubbubd %s", value);
            }
            if (row->swarm_least != row->swarm_most) {
                param_text(row, row->swarm_least, least);
                param_text(row, row->swarm_most, most);
                buf_printf(out, "; swarms %s to %s", least, most);
            }
            buf_printf(out, "\n");
        }
    }
}

static void list_schema(bool quiet, struct buf *out)
{
    (void)quiet;
    schema_write(out);
}

static void list_coverage(bool quiet, struct buf *out)
{
    (void)quiet;
    for (int i = 0; i < NOTE_COUNT; i++) {
        buf_printf(out, "%s\n", note_text((enum note_code)i));
    }
}

static const struct {
    const char *word;
    void (*list)(bool quiet, struct buf *out);
} topics[] = {{"invariants", list_invariants}, {"faults", list_faults},
              {"parameters", list_parameters}, {"coverage", list_coverage},
              {"scenarios", list_scenarios},   {"schema", list_schema}};
#define TOPICS_LEN (sizeof topics / sizeof topics[0])

static void tell_unknown(const char *what)
{
    const char *words[TOPICS_LEN + INVARIANT_COUNT];
    struct buf meant = {0};

    for (size_t i = 0; i < TOPICS_LEN; i++) {
        words[i] = topics[i].word;
    }
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        words[TOPICS_LEN + (size_t)i] = invariant_info((enum invariant)i)->id;
    }
    near_tell(&meant, text_of(what), words, TOPICS_LEN + INVARIANT_COUNT);
    if (meant.len == 0) {
        buf_add_text(&meant, ": expected");
        for (size_t i = 0; i < TOPICS_LEN; i++) {
            buf_printf(&meant, " %s,", topics[i].word);
        }
        buf_add_text(&meant, " or an id such as ORD-05");
    }
    say_error("hubbub list: %s%s\n", what, meant.bytes);
    buf_deinit(&meant);
}

static void print_mutants(struct buf *out, const char *id)
{
    const size_t len = out->len;

    for (const struct mutant *mutant = mutants; mutant->id != NULL; mutant++) {
        if (strcmp(mutant->id, id) == 0) {
            buf_printf(out, "%s %s", out->len > len ? "" : "mutants: ", mutant->name);
        }
    }
    buf_printf(out, "%s\n", out->len > len ? "" : "mutants:   none of fixtures/mutants names it");
}

static void list_one(struct buf *out, enum invariant invariant)
{
    const struct invariant_info *info = invariant_info(invariant);
    buf_printf(out, "%s  %s\n", info->id, info->sentence);
    for (uint32_t b = 0; b < info->bounds_len; b++) {
        buf_printf(out, "bound:     ");
        print_bound(out, info->bounds[b]);
    }
    buf_printf(out, "needs:    ");
    print_kinds(out, &info->evidence);
    buf_printf(out, "black box:");
    if (info->black_box.len != 0) {
        print_kinds(out, &info->black_box);
    } else {
        buf_printf(out, " it has no form on clients' observations alone\n");
    }
    print_mutants(out, info->id);
}

static void print(const struct buf *page)
{
    page_print(page->len > 0 ? page->bytes : "");
}

enum exit_code cmd_list(int argc, char **argv)
{
    struct args args;
    enum invariant invariant;
    struct buf out = {0};

    if (wants_help(argc, argv)) {
        page_print(help);
        return EXIT_HELD;
    }
    if (!args_parse("list", "--quiet", argc, argv, &args)) {
        return EXIT_INPUT;
    }
    if (args.files_len > 1) {
        say_error("hubbub list: expected at most one name, got %u; see hubbub list --help\n",
                  (unsigned)args.files_len);
        return EXIT_INPUT;
    }
    const char *what = args.files_len > 0 ? args.files[0] : topics[0].word;
    for (size_t i = 0; i < TOPICS_LEN; i++) {
        if (strcmp(what, topics[i].word) == 0) {
            topics[i].list(args.quiet, &out);
            topics[i].list == list_schema ? (void)fputs(out.bytes, stdout) : print(&out);
            buf_deinit(&out);
            return EXIT_HELD;
        }
    }
    if (!invariant_find(what, &invariant)) {
        tell_unknown(what);
        return EXIT_INPUT;
    }
    list_one(&out, invariant);
    print(&out);
    buf_deinit(&out);
    return EXIT_HELD;
}
