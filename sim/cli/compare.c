/* See compare.h. */
#include "sim/cli/compare.h"

#include "sim/explore/plan_file.h"
#include "sim/look/apart.h"
#include "sim/look/sides.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_COLUMNS  24
#define VALUE_COLUMNS 24
#define LISTED_MAX    4 /* invariants in a cell */

static void row(struct buf *out, const char *name, const char *one, const char *other)
{
    const char *mark = strcmp(one, other) == 0 ? " " : "*";

    buf_printf(out, "%s ", mark);
    style_cell(name, NAME_COLUMNS, out);
    buf_add_char(out, ' ');
    style_cell(one, VALUE_COLUMNS, out);
    buf_printf(out, " %s\n", other);
}

static void count(struct buf *out, const char *name, uint64_t one, uint64_t other)
{
    char a[24];
    char b[48];

    (void)snprintf(a, sizeof a, "%" PRIu64, one);
    (void)snprintf(b, sizeof b, "%" PRIu64, other);
    row(out, name, a, b);
}

/* "ORD-05 SYN-02", or "-". */
static void violated(const struct judgement *judgement, char ret[96])
{
    size_t len = 0;
    uint32_t told = 0;

    (void)snprintf(ret, 96, "-");
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_result *result = &judgement->invariants[i];
        if (result->state == JUDGED_VIOLATED && told++ < LISTED_MAX) {
            len += (size_t)snprintf(ret + len, 96 - len, "%s%s", told > 1 ? " " : "",
                                    invariant_info((enum invariant)i)->id);
        }
    }
    if (told > LISTED_MAX) {
        (void)snprintf(ret + len, 96 - len, " ...");
    }
}

static void add_faults(struct buf *out, const struct tally *one, const struct tally *other)
{
    for (size_t i = 0; i < one->faults_len && i < other->faults_len; i++) {
        if (one->faults[i].fired != other->faults[i].fired) {
            char name[NAME_COLUMNS + 8];
            (void)snprintf(name, sizeof name, "%s fired", one->faults[i].name);
            count(out, name, one->faults[i].fired, other->faults[i].fired);
        }
    }
}

/* What happened in one alone is often the cause: of the points that differ, the first. */
static void add_points(struct buf *out, const struct tally *one, const struct tally *other)
{
    for (size_t i = 0; i < one->points_len && i < other->points_len; i++) {
        if ((one->points[i].count == 0) != (other->points[i].count == 0)) {
            count(out, one->points[i].name, one->points[i].count, other->points[i].count);
        }
    }
}

static void add_table(struct buf *out, const struct compared *compared,
                      const struct run_result results[2])
{
    const struct judgement *a = &results[0].judgement;
    const struct judgement *b = &results[1].judgement;
    const struct tally *one = &results[0].tally;
    const struct tally *other = &results[1].tally;
    char left[96];
    char right[96];

    buf_printf(out, "%*s ", NAME_COLUMNS + 2, "");
    style_cell(compared->titles[0], VALUE_COLUMNS, out);
    buf_printf(out, " %s\n", compared->titles[1]);
    row(out, "verdict", verdict_word(a->verdict), verdict_word(b->verdict));
    violated(a, left);
    violated(b, right);
    row(out, "violated", left, right);
    (void)snprintf(left, sizeof left, "%" PRId64 ".%06" PRId64 " s", one->length_us / SECOND,
                   one->length_us % SECOND);
    (void)snprintf(right, sizeof right, "%" PRId64 ".%06" PRId64 " s", other->length_us / SECOND,
                   other->length_us % SECOND);
    row(out, "virtual time", left, right);
    count(out, "messages committed", one->messages, other->messages);
    count(out, "entries shown", one->deliveries, other->deliveries);
    count(out, "messages sent again", one->resends, other->resends);
    count(out, "reconnects", one->reconnects, other->reconnects);
    count(out, "pages of syncs", one->sync_pages, other->sync_pages);
    count(out, "transactions", one->transactions, other->transactions);
    count(out, "events", one->events, other->events);
    add_faults(out, one, other);
    add_points(out, one, other);
}

static void add_first(struct buf *out, const char *title, const struct judgement *judgement)
{
    if (judgement->violations_len > 0) {
        const struct violation *of = &judgement->violations[0];
        buf_printf(out, "%s: %s at %" PRId64 ".%06" PRId64 "s: %s\n", title,
                   invariant_info(of->invariant)->id, of->at_us / SECOND, of->at_us % SECOND,
                   of->summary);
    }
}

static void add_parting(struct buf *out, const struct compared *compared)
{
    const struct style style = style_of(STDOUT_FILENO);
    struct apart apart;

    apart_find(compared->plans[0], compared->plans[1], &apart);
    HB_ASSERT(apart.parted);
    buf_printf(out,
               "\nThey part at event %" PRIu64 ", at %" PRId64 ".%06" PRId64
               "s; what is before it is of both, - of %s, + of %s:\n",
               apart.event, apart.at_us / SECOND, apart.at_us % SECOND, compared->titles[0],
               compared->titles[1]);
    sides(out, &apart.before, &apart.before, 0);
    sides(out, &apart.after[0], &apart.after[1], style.columns);
    apart_deinit(&apart);
}

/* Both files know what their runs came to, of this very node library. */
static bool known_same(const struct compared *compared)
{
    char digest[EXPECT_PLAN_LEN + 1];

    for (int i = 0; i < 2; i++) {
        const struct expect *expect = compared->expects[i];
        if (expect == NULL || expect->hash[0] == 0 ||
            strcmp(expect->library, node_library_hash) != 0) {
            return false;
        }
        plan_digest(compared->plans[i], compared->scenarios[i], digest);
        if (strcmp(expect->plan, digest) != 0) {
            return false;
        }
    }
    return strcmp(compared->expects[0]->hash, compared->expects[1]->hash) == 0;
}

static void run_both(const struct compared *compared, struct run_result results[2])
{
    char what[SEED_WHAT_CAP];

    for (int i = 0; i < 2; i++) {
        const struct execution execution = {.plan = compared->plans[i],
                                            .scenario = compared->scenarios[i],
                                            .small = compared->small[i]};
        seed_begin(compared->plans[i]->seed, compared->plans[i]->scenario, what);
        execute_plan(&execution, (struct run_progress){NULL, NULL}, &results[i]);
        hb_context()->what = NULL;
    }
}

enum exit_code compare(const struct compared *compared, bool *ret_parted)
{
    struct run_result results[2];
    struct buf out = {0};

    if (known_same(compared)) {
        say("The same run, by the hash that both plans have of theirs: %s\n",
            compared->expects[0]->hash);
        *ret_parted = false;
        return EXIT_HELD;
    }
    run_both(compared, results);
    *ret_parted =
        results[0].hash.lo != results[1].hash.lo || results[0].hash.hi != results[1].hash.hi;
    add_table(&out, compared, results);
    add_first(&out, compared->titles[0], &results[0].judgement);
    add_first(&out, compared->titles[1], &results[1].judgement);
    if (*ret_parted) {
        add_parting(&out, compared);
    } else {
        buf_add_text(&out, "\nThe same run, bit for bit\n");
    }
    page_print(out.bytes);
    const enum exit_code code = exit_of(results[1].judgement.verdict);
    buf_deinit(&out);
    run_result_deinit(&results[0]);
    run_result_deinit(&results[1]);
    return code;
}
