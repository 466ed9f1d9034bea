/* Plans side by side in forked workers. See shrink.h. */
#include "sim/cli/shrink.h"
#include "sim/pool/pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A candidate with so many more events than the plan that was given is not simpler, and may never end: it is left.
 * Counted in events, not in time, so that it is the same on any machine. */
#define EVENTS_MORE   4
#define EVENTS_FREE   262144
#define EXIT_TOO_LONG 77 /* of a worker */

#define WAIT_MS 100 /* a signal that comes between a look and a wait is seen after this */

_Static_assert(sizeof(struct shrink_run) <= POOL_ANSWER_BYTES_MAX,
               "an answer goes through a pipe whole");

/* --- In a worker ---------------------------------------------------------------------------- */

/* Which of a run's violations is meant: the wanted reason; of the wanted invariant; the first. */
static const struct violation *violation_of(const struct shrink_ask_state *state,
                                            const struct judgement *judgement)
{
    const struct violation *found = &judgement->violations[0];

    for (size_t i = judgement->violations_len; i-- > 0;) {
        const struct violation *violation = &judgement->violations[i];
        struct reason reason;
        reason_of((int32_t)violation->invariant, violation->summary, &reason);
        if (state->wanted != NULL ? reason_same(&reason, state->wanted)
                                  : reason.invariant == state->invariant) {
            found = violation;
        }
    }
    return found;
}

static void fill(const struct shrink_ask_state *state, const struct run_result *result,
                 struct shrink_run *ret)
{
    const struct judgement *judgement = &result->judgement;

    ret->end = judgement->verdict == VERDICT_HELD ? SHRINK_HOLDS : SHRINK_UNCLEAR;
    ret->hash = result->hash;
    ret->messages = result->messages_until;
    ret->events = result->tally.events;
    ret->room = OBS_NONE;
    if (judgement->violations_len > 0) {
        const struct violation *violation = violation_of(state, judgement);
        ret->end = SHRINK_FAILS;
        reason_of((int32_t)violation->invariant, violation->summary, &ret->reason);
        ret->at_us = violation->at_us;
        ret->room = violation->room;
        ret->devices_len = violation->devices_len;
        memcpy(ret->devices, violation->devices, sizeof ret->devices);
    }
}

struct span {
    uint64_t looks, looks_max; /* 0: no end */
};

static void look(void *user, int64_t virtual_us, uint64_t deliveries)
{
    struct span *span = user;

    (void)virtual_us;
    (void)deliveries;
    if (++span->looks == span->looks_max) {
        _exit(EXIT_TOO_LONG);
    }
}

static void run_task(void *user, uint64_t task, void *ret_answer)
{
    const struct shrink_ask_state *state = user;
    const struct plan *plan = &state->plans[task];
    struct span span = {.looks_max =
                            (state->events_max + RUN_PROGRESS_EVENTS - 1) / RUN_PROGRESS_EVENTS};
    struct run_result result;
    char what[SEED_WHAT_CAP];

    (void)dup2(state->errors[task], STDERR_FILENO);
    seed_begin(plan->seed, plan->scenario, what);
    run_plan(plan, NULL, 0, (struct obs_sink){.observe = NULL}, (struct run_progress){look, &span},
             &result);
    fill(state, &result, ret_answer);
    run_result_deinit(&result);
    hb_context()->what = NULL;
}

/* --- Who asks ------------------------------------------------------------------------------- */

/* The first line of what a run wrote to its standard error: the assertion that failed. */
static void first_line(int fd, char ret[REASON_TEXT])
{
    const ssize_t len = pread(fd, ret, REASON_TEXT - 1, 0);

    ret[len > 0 ? len : 0] = 0;
    ret[strcspn(ret, "\n")] = 0;
}

/* A run whose process ended before it failed, too: for what it said last, or how it ended. */
static void end_of(const struct shrink_ask_state *state, const struct pool_end *end,
                   struct shrink_run *ret)
{
    char text[REASON_TEXT];

    if (end->how == POOL_ANSWERED) {
        *ret = *(const struct shrink_run *)end->answer;
        return;
    }
    if (end->how == POOL_EXITED && end->status == EXIT_TOO_LONG) {
        *ret = (struct shrink_run){.end = SHRINK_UNCLEAR, .room = OBS_NONE};
        return;
    }
    *ret = (struct shrink_run){.end = SHRINK_FAILS, .room = OBS_NONE};
    first_line(state->errors[end->task], text);
    if (end->how == POOL_STUCK) {
        (void)snprintf(text, sizeof text, "stuck");
    } else if (text[0] == 0) {
        pool_describe(end, text, sizeof text);
    }
    reason_of(REASON_ENDED, text, &ret->reason);
}

static bool is_good(const struct reason *wanted, uint64_t messages_max,
                    const struct shrink_run *run)
{
    return run->end == SHRINK_FAILS && (wanted == NULL || reason_same(&run->reason, wanted)) &&
           run->messages <= messages_max;
}

static bool is_over(struct shrink_ask_state *state)
{
    state->timed_out = state->timed_out || now_us() >= state->until_us;
    return state->timed_out || state->broken || signal_caught() != 0;
}

static void tell_progress(struct shrink_ask_state *state)
{
    const int64_t now = now_us();
    char left[64] = "";

    if (!state->progress || now - state->told_us < PROGRESS_US) {
        return;
    }
    state->told_us = now;
    if (state->until_us < INT64_MAX) {
        (void)snprintf(left, sizeof left, ", %" PRId64 " s at most",
                       (state->until_us - now) / SECOND);
    }
    progress_print("%" PRIu64 " runs; left: %u faults, %u people, %u rooms, %u nodes, %" PRIu64
                   " messages%s",
                   state->runs, (unsigned)state->left.faults, (unsigned)state->left.people,
                   (unsigned)state->left.rooms, (unsigned)state->left.nodes, state->messages, left);
}

/* So long that it is over when all is, too. */
static int64_t limit_us(const struct shrink_ask_state *state)
{
    const int64_t left_us = state->until_us - now_us();
    return left_us < state->run_us ? (left_us > 0 ? left_us : 1) : state->run_us;
}

/* Until all before the first good one are done. Gives how many are known, in order. */
static uint32_t run_all(struct shrink_ask_state *state, uint32_t len, uint64_t messages_max,
                        struct shrink_run *ret)
{
    const struct pool_work work = {
        .run = run_task, .user = state, .answer_bytes = sizeof(struct shrink_run)};
    struct pool *pool = pool_new(&work, state->jobs < len ? state->jobs : len);
    bool *done = hb_calloc(len, sizeof *done);
    uint32_t next = 0;
    uint32_t needed = len;
    uint32_t known = 0;

    while (known < needed && !is_over(state)) {
        struct pool_end end;
        while (next < needed && pool_give(pool, next, limit_us(state))) {
            next++;
        }
        if (pool_busy(pool) == 0) {
            say_error("hubbub shrink: cannot start a worker: %s\n", strerror(errno));
            state->broken = true;
        } else if (pool_wait(pool, WAIT_MS, &end)) {
            end_of(state, &end, &ret[end.task]);
            done[end.task] = end.how != POOL_STUCK || !is_over(state);
            state->runs++;
            if (is_good(state->wanted, messages_max, &ret[end.task]) && end.task < needed) {
                needed = (uint32_t)end.task + 1;
            }
        }
        while (known < needed && done[known]) {
            known++;
        }
        tell_progress(state);
    }
    pool_free(&pool);
    free(done);
    return known;
}

uint32_t shrink_ask(void *user, const struct plan *plans, uint32_t plans_len,
                    const struct reason *wanted, uint64_t messages_max, struct shrink_run *ret)
{
    struct shrink_ask_state *state = user;

    state->plans = plans;
    state->wanted = wanted;
    state->errors = hb_calloc(plans_len, sizeof *state->errors);
    for (uint32_t i = 0; i < plans_len; i++) {
        state->errors[i] = memfd_create("hubbub-shrink", MFD_CLOEXEC);
    }
    const uint32_t known = run_all(state, plans_len, messages_max, ret);
    if (state->events_max == 0 && known > 0 && ret[0].events > 0) {
        state->events_max = ret[0].events * EVENTS_MORE + EVENTS_FREE;
    }
    for (uint32_t i = 0; i < plans_len; i++) {
        (void)close(state->errors[i]);
    }
    free(state->errors);
    return known;
}

void shrink_told(void *user, const struct plan *best, const struct shrink_run *run, uint64_t runs)
{
    struct shrink_ask_state *state = user;

    (void)runs;
    state->left = plan_size(best);
    state->messages = run->messages;
}
