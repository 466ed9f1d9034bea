/* hubbub list: what is checked, what can go wrong, be tuned and be reached. */
#include "server/node/effects.h"
#include "sim/cli/cli.h"
#include "sim/explore/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: hubbub list [invariants | faults | parameters | coverage | schema | ID]\n"
    "\n"
    "Lists the invariants with their bounds, the faults, the parameters of node and client with\n"
    "their defaults and ranges, the coverage points, or the JSON schema of scenarios. With the id "
    "of\n"
    "an invariant, such as ORD-05: that one with the observations that it needs.\n";

static void print_kinds(const struct evidence *evidence)
{
    for (uint32_t i = 0; i < evidence->len; i++) {
        (void)printf(" %s", obs_kind_word(evidence->kinds[i]));
    }
    (void)printf("\n");
}

static void print_bound(enum bound bound)
{
    const struct bound_info *info = bound_info(bound);
    (void)printf("%s%s%s: %s\n", info->formula, info->unit[0] != 0 ? " " : "", info->unit,
                 info->what);
}

static void list_invariants(void)
{
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_info *info = invariant_info((enum invariant)i);
        (void)printf("%s  %s\n", info->id, info->sentence);
        for (uint32_t b = 0; b < info->bounds_len; b++) {
            (void)printf("        bound: ");
            print_bound(info->bounds[b]);
        }
    }
}

/* "amount -1s to 5s": what a scenario may write. */
static void print_amount(const struct fault_row *row)
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
        (void)printf("; %s %s to %s", unit->field, least, most);
    } else {
        (void)printf("; %s %" PRId64 " to %" PRId64, unit->field, row->least, row->most);
    }
}

static void list_faults(void)
{
    static const char *const targets[] = {
        [HITS_ALL] = "everywhere", [HITS_NODE] = "a node", [HITS_CLIENT] = "each client"};
    static const char *const lengths[] = {
        [MOMENT] = "a moment", [LASTS] = "for a time", [MAY_STAY] = "for a time or for good"};

    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        const struct fault_row *row = fault_row((enum fault_kind)i);
        if (!row->workload) {
            (void)printf("%-18s %s: %s; %s", row->word, targets[row->target], row->what,
                         lengths[row->lasts]);
            print_amount(row);
            (void)printf("\n");
        }
    }
}

static void list_parameters(void)
{
    char least[PARAM_TEXT_BYTES];
    char most[PARAM_TEXT_BYTES];
    char value[PARAM_TEXT_BYTES];

    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        const struct plan_section *section = &plan_sections[i];
        for (size_t j = 0; j < section->rows_len; j++) {
            const struct param *row = &section->rows[j];
            param_text(row, row->least, least);
            param_text(row, row->most, most);
            param_text(row, row->simulated, value);
            (void)printf("%s.%s  %s\n        %s to %s, default %s", section->word, row->word,
                         row->what, least, most, value);
            if (section->in_production) {
                param_text(row, row->production, value);
                (void)printf("; hubbubd %s", value);
            }
            (void)printf("\n");
        }
    }
}

static enum exit_code list_one(const char *id)
{
    enum invariant invariant;
    if (!invariant_find(id, &invariant)) {
        (void)fprintf(
            stderr,
            "hubbub list: %s: expected invariants, faults, parameters, coverage, schema or an id "
            "such as ORD-05\n",
            id);
        return EXIT_INPUT;
    }
    const struct invariant_info *info = invariant_info(invariant);
    (void)printf("%s  %s\n", info->id, info->sentence);
    for (uint32_t b = 0; b < info->bounds_len; b++) {
        (void)printf("bound:     ");
        print_bound(info->bounds[b]);
    }
    (void)printf("needs:    ");
    print_kinds(&info->evidence);
    (void)printf("black box:");
    if (info->black_box.len != 0) {
        print_kinds(&info->black_box);
    } else {
        (void)printf(" it has no form on clients' observations alone\n");
    }
    return EXIT_HELD;
}

enum exit_code cmd_list(int argc, char **argv)
{
    const char *what = argc > 0 ? argv[0] : "invariants";

    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            (void)fputs(help, stdout);
            return EXIT_HELD;
        }
    }
    if (what[0] == '-') {
        (void)fprintf(stderr, "hubbub list: unknown flag %s; see hubbub list --help\n", what);
        return EXIT_INPUT;
    }
    if (argc > 1) {
        (void)fprintf(stderr,
                      "hubbub list: expected at most one name, got %d; see hubbub list "
                      "--help\n",
                      argc);
        return EXIT_INPUT;
    }
    if (strcmp(what, "invariants") == 0) {
        list_invariants();
    } else if (strcmp(what, "faults") == 0) {
        list_faults();
    } else if (strcmp(what, "parameters") == 0) {
        list_parameters();
    } else if (strcmp(what, "schema") == 0) {
        struct buf schema = {0};
        schema_write(&schema);
        (void)fwrite(schema.bytes, 1, schema.len, stdout);
        buf_deinit(&schema);
    } else if (strcmp(what, "coverage") == 0) {
        for (int i = 0; i < NOTE_COUNT; i++) {
            (void)printf("%s\n", note_text((enum note_code)i));
        }
    } else {
        return list_one(what);
    }
    return EXIT_HELD;
}
