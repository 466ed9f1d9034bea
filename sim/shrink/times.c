/* See times.h. */
#include "sim/shrink/times.h"

#include "server/base/mem.h"
#include "server/base/sort.h"
#include "sim/explore/fits.h"
#include "sim/plan/actions.h"

#include <stdlib.h>

#define DURATION_LEAST (1 * SECOND) /* of a plan, and of its settle */
#define EVENTS_MAX     48           /* of more than so many, only all together are moved */

/* From the simplest to the least simple. */
static const int64_t round_us[] = {1 * SECOND, 100 * MS, 10 * MS, 1 * MS};
#define ROUNDS (sizeof round_us / sizeof round_us[0])
static const int64_t short_us[] = {0,          1 * MS,     10 * MS,    50 * MS,
                                   100 * MS,   200 * MS,   500 * MS,   1 * SECOND,
                                   2 * SECOND, 3 * SECOND, 5 * SECOND, 10 * SECOND};
#define SHORTS (sizeof short_us / sizeof short_us[0])

static int64_t round_up(int64_t us, int64_t unit)
{
    return (us + unit - 1) / unit * unit;
}

/* --- The end -------------------------------------------------------------------------------- */

/* What would come later goes. */
static void set_duration(struct plan *plan, int64_t duration_us)
{
    uint32_t kept = 0;

    plan->duration_us = duration_us;
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        if (plan->faults[i].at_us < duration_us) {
            plan->faults[kept++] = plan->faults[i];
        }
    }
    plan->faults_len = kept;
    kept = 0;
    for (uint32_t i = 0; i < plan->actions_len; i++) {
        if (plan->actions[i].at_us < duration_us) {
            plan->actions[kept++] = plan->actions[i];
        }
    }
    plan->actions_len = kept;
    kept = 0;
    for (uint32_t i = 0; i < plan->generators_len; i++) {
        struct plan_generator generator = plan->generators[i];
        if (plan->written_out) { /* its actions were moved, and it draws none */
            generator.from_us = 0;
            generator.to_us = duration_us;
        }
        generator.to_us = generator.to_us < duration_us ? generator.to_us : duration_us;
        if (generator.from_us < generator.to_us) {
            plan->generators[kept++] = generator;
        }
    }
    plan->generators_len = kept;
}

static void add_duration(struct candidates *candidates, const struct plan *best, int64_t us)
{
    if (us >= DURATION_LEAST && us < best->duration_us) {
        struct plan *plan = candidates_add(candidates, best, 0);
        set_duration(plan, us);
    }
}

static int64_t last_event_us(const struct plan *plan)
{
    int64_t last = 0;

    for (uint32_t i = 0; i < plan->faults_len; i++) {
        const int64_t end = plan->faults[i].at_us + plan->faults[i].for_us;
        last = end > last ? end : last;
    }
    for (uint32_t i = 0; i < plan->actions_len; i++) {
        const int64_t end = plan->actions[i].at_us + plan->actions[i].for_us;
        last = end > last ? end : last;
    }
    return last;
}

void times_cut(struct shrink *shrink)
{
    const struct plan *best = &shrink->best;
    const int64_t duration_us = best->duration_us;
    const int64_t at_us = shrink->best_run.at_us;
    struct candidates candidates = {.len = 0};

    add_duration(&candidates, best, DURATION_LEAST);
    if (best->written_out) {
        add_duration(&candidates, best, round_up(last_event_us(best) + 1, SECOND));
    }
    if (at_us < duration_us) {
        add_duration(&candidates, best, round_up(at_us + 1, SECOND));
        add_duration(&candidates, best, round_up(at_us + 1, 100 * MS));
    } else {
        add_duration(&candidates, best, round_up(duration_us / 4, SECOND));
        add_duration(&candidates, best, round_up(duration_us / 2, SECOND));
        add_duration(&candidates, best, round_up(duration_us * 3 / 4, SECOND));
    }
    (void)ask(shrink, &candidates, false);
    const int64_t least_us = round_up(plan_settle_least_us(best), SECOND);
    if (shrink->any && best->settle_us > DURATION_LEAST) {
        candidates_add(&candidates, best, 0)->settle_us = DURATION_LEAST;
    }
    if (least_us < best->settle_us) {
        candidates_add(&candidates, best, 0)->settle_us = least_us;
    }
    (void)ask(shrink, &candidates, false);
}

/* --- Instants ------------------------------------------------------------------------------- */

static int64_t *instant_at(struct plan *plan, uint32_t at)
{
    return at < plan->faults_len ? &plan->faults[at].at_us
                                 : &plan->actions[at - plan->faults_len].at_us;
}

static uint32_t instants_len(const struct plan *plan)
{
    return plan->faults_len + plan->actions_len;
}

static int by_value(const void *a, const void *b)
{
    const int64_t one = *(const int64_t *)a;
    const int64_t two = *(const int64_t *)b;
    return (one > two) - (one < two);
}

/* All instants, in order. The caller frees them. */
static int64_t *instants_of(struct plan *plan, uint32_t *ret_len)
{
    const uint32_t len = instants_len(plan);
    int64_t *instants = hb_calloc((size_t)len + 1, sizeof *instants);

    for (uint32_t i = 0; i < len; i++) {
        instants[i] = *instant_at(plan, i);
    }
    hb_sort(instants, len, sizeof *instants, by_value);
    *ret_len = len;
    return instants;
}

/* Everything from an instant on comes earlier. */
static void shift(struct plan *plan, int64_t from_us, int64_t by_us)
{
    for (uint32_t i = 0; i < instants_len(plan); i++) {
        int64_t *at = instant_at(plan, i);
        *at -= *at >= from_us ? by_us : 0;
    }
    plan_sort_actions(plan);
}

/* No gap between two neighbours is longer. False: none was. */
static bool cap_gaps(struct plan *plan, int64_t gap_us)
{
    uint32_t len;
    int64_t *instants = instants_of(plan, &len);
    int64_t gone = 0;
    int64_t before = 0;

    for (uint32_t i = 0; i < len; i++) {
        const int64_t gap = instants[i] - before;
        before = instants[i];
        if (gap > gap_us) {
            shift(plan, instants[i] - gone, gap - gap_us);
            gone += gap - gap_us;
        }
    }
    free(instants);
    return gone > 0;
}

static void cap_all_gaps(struct shrink *shrink)
{
    static const int64_t caps[] = {10 * MS, 100 * MS, 300 * MS, 1 * SECOND, 3 * SECOND};
    struct candidates candidates = {.len = 0};

    for (size_t i = 0; i < sizeof caps / sizeof caps[0]; i++) {
        if (!cap_gaps(candidates_add(&candidates, &shrink->best, 0), caps[i])) {
            candidates_drop_last(&candidates);
        }
    }
    (void)ask(shrink, &candidates, false);
}

/* Gap by gap, from the last one on: what is late is seldom what it hangs on. */
static void close_gaps(struct shrink *shrink)
{
    uint32_t len;
    int64_t *instants = instants_of(&shrink->best, &len);

    for (uint32_t i = len; i-- > 0 && !shrink->over;) {
        const int64_t gap = instants[i] - (i > 0 ? instants[i - 1] : 0);
        struct candidates candidates = {.len = 0};
        for (size_t s = 0; s < SHORTS && short_us[s] < gap; s++) {
            shift(candidates_add(&candidates, &shrink->best, 0), instants[i], gap - short_us[s]);
            s += s >= 2 ? 1 : 0; /* every other of the longer ones */
        }
        (void)ask(shrink, &candidates, false);
    }
    free(instants);
}

static int64_t rounded(int64_t us, int64_t unit)
{
    return us / unit * unit;
}

/* All instants rounded alike; else one by one. */
static void round_instants(struct shrink *shrink, bool singly)
{
    struct candidates candidates = {.len = 0};

    for (size_t r = 0; r < ROUNDS; r++) {
        struct plan *plan = candidates_add(&candidates, &shrink->best, 0);
        bool moved = false;
        for (uint32_t i = 0; i < instants_len(plan); i++) {
            int64_t *at = instant_at(plan, i);
            moved = moved || *at % round_us[r] != 0;
            *at = rounded(*at, round_us[r]);
        }
        plan_sort_actions(plan);
        if (!moved) {
            candidates_drop_last(&candidates);
        }
    }
    (void)ask(shrink, &candidates, false);
    for (uint32_t i = 0; singly && i < instants_len(&shrink->best) && !shrink->over; i++) {
        const int64_t at = *instant_at(&shrink->best, i);
        for (size_t r = 0; r < ROUNDS && at % round_us[r] != 0; r++) {
            struct plan *plan = candidates_add(&candidates, &shrink->best, 0);
            *instant_at(plan, i) = rounded(at, round_us[r]);
            plan_sort_actions(plan);
        }
        (void)ask(shrink, &candidates, false);
    }
}

/* --- Durations and amounts ------------------------------------------------------------------ */

static void shorten(struct shrink *shrink)
{
    struct candidates candidates = {.len = 0};

    for (uint32_t i = 0; i < instants_len(&shrink->best) && !shrink->over; i++) {
        const bool fault = i < shrink->best.faults_len;
        const uint32_t nth = fault ? i : i - shrink->best.faults_len;
        const int64_t now_us =
            fault ? shrink->best.faults[nth].for_us : shrink->best.actions[nth].for_us;
        for (size_t s = 1; s < SHORTS && short_us[s] < now_us; s++) {
            struct plan *plan = candidates_add(&candidates, &shrink->best, 0);
            *(fault ? &plan->faults[nth].for_us : &plan->actions[nth].for_us) = short_us[s];
        }
        const int64_t second = rounded(now_us, 100 * MS);
        if (second > 0 && second < now_us) {
            struct plan *plan = candidates_add(&candidates, &shrink->best, 0);
            *(fault ? &plan->faults[nth].for_us : &plan->actions[nth].for_us) = second;
        }
        (void)ask(shrink, &candidates, false);
    }
}

/* The least power of ten that still does it, with its sign; of shares, all. */
static void simplify_amounts(struct shrink *shrink)
{
    struct candidates candidates = {.len = 0};

    for (uint32_t i = 0; i < shrink->best.faults_len && !shrink->over; i++) {
        const struct plan_fault *fault = &shrink->best.faults[i];
        const struct fault_row *row = fault_row(fault->kind);
        const int64_t size = fault->amount < 0 ? -fault->amount : fault->amount;
        if (row->unit == NO_AMOUNT) {
            continue;
        }
        if (row->unit == IN_PERMILLE) {
            if (fault->amount != row->most) {
                candidates_add(&candidates, &shrink->best, 0)->faults[i].amount = row->most;
            }
        } else {
            for (int64_t power = 1; power < size; power *= 10) {
                if (power >= row->least) {
                    candidates_add(&candidates, &shrink->best, 0)->faults[i].amount =
                        fault->amount < 0 ? -power : power;
                }
            }
        }
        (void)ask(shrink, &candidates, false);
    }
}

void times_move(struct shrink *shrink)
{
    const bool singly = instants_len(&shrink->best) <= EVENTS_MAX;

    cap_all_gaps(shrink);
    if (singly) {
        close_gaps(shrink);
    }
    times_cut(shrink);
    shorten(shrink);
    round_instants(shrink, singly);
    simplify_amounts(shrink);
    times_cut(shrink);
}
