/* hubbub replay --why: what a failure needed, and from which instant on it was bound to happen. */
#include "sim/cli/replay.h"
#include "sim/explore/why.h"
#include "sim/pool/pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS    200
#define LIMIT_US   (30 * MINUTE) /* of one run */
#define BAR        20            /* columns of a share */
#define NAMES_MAX  24            /* of parts in a line; how many more there are is told */
#define SAMPLES_OF 64            /* a task's number holds an instant and a sample below this */

_Static_assert(WHY_SAMPLES <= SAMPLES_OF, "they fit");

struct asking {
    const struct plan *plan;
    const struct args *args;
    enum invariant invariant;
    int64_t at_us; /* of the violation */
    struct why_part *parts;
    uint32_t parts_len, parts_all;
    struct why_end *ends; /* of parts */
    bool *done;
    struct why_when when;
    struct why_point round[WHY_ROUND_MAX];
    uint32_t round_len;
    uint64_t runs;
    int64_t deadline_us; /* of the wall; INT64_MAX: none */
    bool out_of_time, broken;
};

/* --- In a worker ---------------------------------------------------------------------------- */

/* A part's place, or an instant and a sample: a worker knows what was there when it began. */
static uint64_t task_of_sample(int64_t at_us, uint32_t sample)
{
    return WHY_PARTS_MAX + (uint64_t)at_us * SAMPLES_OF + sample;
}

static void run(void *user, uint64_t task, void *ret_answer)
{
    const struct asking *asking = user;
    struct why_end *ret = ret_answer;

    hb_context()->exit_code = EXIT_HARNESS;
    if (task < WHY_PARTS_MAX) {
        why_without(asking->plan, &asking->parts[task], asking->invariant, ret);
    } else {
        const uint64_t number = task - WHY_PARTS_MAX;
        why_sample(asking->plan, asking->invariant, (int64_t)(number / SAMPLES_OF),
                   (uint32_t)(number % SAMPLES_OF), ret);
    }
}

/* --- What it came to ------------------------------------------------------------------------ */

static struct why_point *point_of(struct asking *asking, int64_t at_us)
{
    for (uint32_t i = 0; i < asking->round_len; i++) {
        if (asking->round[i].at_us == at_us) {
            return &asking->round[i];
        }
    }
    HB_UNREACHABLE("a sample of no instant");
}

/* A run that ended otherwise than by an answer failed, but not by the same invariant. */
static void take(struct asking *asking, const struct pool_end *end)
{
    struct why_end of = {.violated = true, .first = INVARIANT_COUNT};

    if (end->how == POOL_ANSWERED) {
        memcpy(&of, end->answer, sizeof of);
    }
    asking->runs++;
    if (end->task < WHY_PARTS_MAX) {
        asking->ends[end->task] = of;
        asking->done[end->task] = true;
        return;
    }
    struct why_point *point = point_of(asking, (int64_t)((end->task - WHY_PARTS_MAX) / SAMPLES_OF));
    point->samples++;
    point->failed += of.fails;
}

static void tell_progress(const struct asking *asking)
{
    if (asking->round_len == 0) {
        progress_print("leaving out one of %u after the other: %" PRIu64 " runs",
                       (unsigned)asking->parts_len, asking->runs);
    } else {
        progress_print("drawn anew from instants on: %" PRIu64 " runs", asking->runs);
    }
}

/* Gives the tasks and takes their ends. */
static void run_tasks(struct asking *asking, struct pool *pool, const uint64_t *tasks, size_t len)
{
    const bool told = progress_wanted(asking->args);
    struct pool_end end;
    size_t given = 0;

    while (given < len || pool_busy(pool) > 0) {
        const bool late = now_us() >= asking->deadline_us;
        asking->out_of_time = asking->out_of_time || (late && given < len);
        while (given < len && !asking->out_of_time && !asking->broken &&
               pool_give(pool, tasks[given], LIMIT_US)) {
            given++;
        }
        if (pool_busy(pool) == 0) {
            asking->broken = asking->broken || (given < len && !asking->out_of_time);
            return;
        }
        if (pool_wait(pool, WAIT_MS, &end)) {
            take(asking, &end);
        }
        if (told) {
            tell_progress(asking);
        }
    }
}

static void run_parts(struct asking *asking, struct pool *pool)
{
    uint64_t tasks[WHY_PARTS_MAX];

    for (uint32_t i = 0; i < asking->parts_len; i++) {
        tasks[i] = i;
    }
    run_tasks(asking, pool, tasks, asking->parts_len);
}

/* One round of instants. False: that was all. */
static bool run_round(struct asking *asking, struct pool *pool)
{
    uint64_t tasks[WHY_ROUND_MAX * WHY_SAMPLES];
    int64_t instants[WHY_ROUND_MAX];
    size_t len = 0;

    asking->round_len = why_next(&asking->when, instants);
    for (uint32_t i = 0; i < asking->round_len; i++) {
        asking->round[i] = (struct why_point){.at_us = instants[i]};
        for (uint32_t sample = 0; sample < WHY_SAMPLES; sample++) {
            tasks[len++] = task_of_sample(instants[i], sample);
        }
    }
    run_tasks(asking, pool, tasks, len);
    for (uint32_t i = 0; i < asking->round_len; i++) {
        if (asking->round[i].samples == WHY_SAMPLES) { /* else its time was over */
            why_tell(&asking->when, asking->round[i]);
        }
    }
    return asking->round_len > 0 && !asking->out_of_time && !asking->broken;
}

/* --- The page ------------------------------------------------------------------------------- */

static void add_part(const struct asking *asking, uint32_t i, struct buf *out)
{
    const struct plan *plan = asking->plan;
    const struct why_part *part = &asking->parts[i];
    char name[ACTION_NAME_BYTES];
    char for_us[PARAM_TEXT_BYTES];

    why_part_name(plan, part, name);
    buf_printf(out, "  %-22s ", name);
    if (part->action) {
        buf_add_text(out, fault_row(part->name.kind)->what);
    } else {
        const struct plan_fault *fault = &plan->faults[part->fault];
        buf_printf(out, "%s", fault_word(fault->kind));
        if (fault->target != OBS_NONE) {
            buf_printf(out, " of n%u", (unsigned)fault->target);
        }
        buf_printf(out, " at %" PRId64 ".%06" PRId64 "s", fault->at_us / SECOND,
                   fault->at_us % SECOND);
        if (fault->for_us > 0) {
            duration_text(fault->for_us, for_us);
            buf_printf(out, " for %s", for_us);
        }
    }
    const struct why_end *end = &asking->ends[i];
    buf_printf(out, "; without it %s\n",
               !end->violated                  ? "all holds"
               : end->first == INVARIANT_COUNT ? "the run itself fails"
                                               : invariant_info(end->first)->id);
}

static void add_names(const struct asking *asking, struct buf *out)
{
    uint32_t told = 0;
    char name[ACTION_NAME_BYTES];

    for (uint32_t i = 0; i < asking->parts_len; i++) {
        if (!asking->done[i] || !asking->ends[i].fails) {
            continue;
        }
        if (told++ < NAMES_MAX) {
            why_part_name(asking->plan, &asking->parts[i], name);
            buf_printf(out, "%s %s", told == 1 ? "Not necessary, each by itself:" : ",", name);
        }
    }
    if (told > NAMES_MAX) {
        buf_printf(out, " and %u more", (unsigned)(told - NAMES_MAX));
    }
    buf_add_text(out, told > 0 ? "\n" : "");
}

static void add_necessary(const struct asking *asking, struct buf *out)
{
    const char *id = invariant_info(asking->invariant)->id;
    uint32_t tried = 0;
    uint32_t needed = 0;

    for (uint32_t i = 0; i < asking->parts_len; i++) {
        tried += asking->done[i];
        needed += asking->done[i] && !asking->ends[i].fails;
    }
    buf_printf(out,
               "\nNecessary: without any one of these %s holds (%u of %u faults before it tried)\n",
               id, (unsigned)tried, (unsigned)asking->parts_all);
    for (uint32_t i = 0; i < asking->parts_len; i++) {
        if (asking->done[i] && !asking->ends[i].fails) {
            add_part(asking, i, out);
        }
    }
    if (needed == 0) {
        buf_add_text(out, tried > 0
                              ? "  none: it fails without any one of them, or would without all\n"
                              : "  there are no faults\n");
    }
    add_names(asking, out);
}

static void add_point(const struct why_point *point, struct buf *out)
{
    const uint32_t columns = point->failed * BAR / point->samples;

    buf_printf(out, "  %5" PRId64 ".%06" PRId64 "s  %2u of %2u  ", point->at_us / SECOND,
               point->at_us % SECOND, (unsigned)point->failed, (unsigned)point->samples);
    for (uint32_t i = 0; i < BAR; i++) {
        buf_add_char(out, i < columns || (i == 0 && point->failed > 0) ? '#' : '.');
    }
    buf_add_char(out, '\n');
}

static void add_when(const struct asking *asking, struct buf *out)
{
    const struct why_when *when = &asking->when;
    const char *id = invariant_info(asking->invariant)->id;
    int64_t bound_us;

    if (when->points_len == 0) {
        return;
    }
    buf_printf(
        out,
        "\nWhen: of %d runs that are drawn anew from an instant on, the plan's faults staying, "
        "so many violate %s\n",
        WHY_SAMPLES, id);
    for (uint32_t i = 0; i < when->points_len; i++) {
        add_point(&when->points[i], out);
    }
    if (!why_bound(when, &bound_us) && asking->out_of_time) {
        buf_add_text(out, "From when on it was bound to happen was not found in its time\n");
    } else if (!why_bound(when, &bound_us)) {
        buf_printf(out,
                   "Open to the end: at none of these instants it was bound to happen; it did "
                   "at %" PRId64 ".%06" PRId64 "s\n",
                   asking->at_us / SECOND, asking->at_us % SECOND);
    } else if (bound_us == 0) {
        buf_printf(out,
                   "Bound to happen from the start (%d of %d): the plan's faults alone do it\n",
                   WHY_SAMPLES, WHY_SAMPLES);
    } else {
        buf_printf(out, "Bound to happen from %" PRId64 ".%06" PRId64 "s on (%d of %d)\n",
                   bound_us / SECOND, bound_us % SECOND, WHY_SAMPLES, WHY_SAMPLES);
    }
}

static void tell(const struct asking *asking)
{
    struct buf out = {0};

    buf_printf(&out, "%s violated at %" PRId64 ".%06" PRId64 "s: %s\n",
               invariant_info(asking->invariant)->id, asking->at_us / SECOND,
               asking->at_us % SECOND, invariant_info(asking->invariant)->sentence);
    add_necessary(asking, &out);
    add_when(asking, &out);
    buf_printf(&out, "%s%" PRIu64 " runs\n", asking->out_of_time ? "Its time was over after " : "",
               asking->runs);
    page_print(out.bytes);
    buf_deinit(&out);
}

static enum exit_code ask(struct asking *asking)
{
    const struct args *args = asking->args;
    const struct pool_work work = {
        .run = run, .user = asking, .answer_bytes = sizeof(struct why_end)};

    asking->parts_len = why_parts(asking->plan, asking->at_us, &asking->parts, &asking->parts_all);
    asking->ends = hb_calloc(WHY_PARTS_MAX, sizeof *asking->ends);
    asking->done = hb_calloc(WHY_PARTS_MAX, sizeof *asking->done);
    why_when_init(&asking->when, asking->at_us);
    struct pool *pool = pool_new(&work, args->jobs > 0 ? args->jobs : cores());
    run_parts(asking, pool);
    while (!asking->out_of_time && !asking->broken && run_round(asking, pool)) {
    }
    pool_free(&pool);
    if (progress_wanted(args)) {
        progress_clear();
    }
    if (asking->broken) {
        say_error("hubbub replay: cannot start a process: %s\n", strerror(errno));
    }
    tell(asking);
    free(asking->parts);
    free(asking->ends);
    free(asking->done);
    return asking->broken ? EXIT_HARNESS : EXIT_VIOLATED;
}

enum exit_code replay_why(const char *path, const struct args *args)
{
    struct loaded_plan loaded;
    enum exit_code code = EXIT_HELD;
    char what[SEED_WHAT_CAP];

    if (!plan_load(path, &loaded)) {
        return EXIT_INPUT;
    }
    struct asking asking = {.plan = &loaded.plan,
                            .args = args,
                            .deadline_us =
                                args->time_us > 0 ? now_us() + args->time_us : INT64_MAX};
    seed_begin(loaded.plan.seed, loaded.plan.scenario, what);
    if (why_fails(&loaded.plan, &asking.invariant, &asking.at_us)) {
        code = ask(&asking);
    } else {
        say("Nothing is violated: there is no why\n");
    }
    plan_unload(&loaded);
    return code;
}
