/* Seeds to workers, outcomes from them, until something ends it. See swarm.h. */
#include "sim/cli/swarm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 200 /* a signal that comes between a look and a wait is seen after this */

/* --- Outcomes ------------------------------------------------------------------------------- */

static void tell_failure(struct swarm *swarm, uint64_t place)
{
    const struct outcome *outcome = &swarm->outcomes[place];
    const char *id = outcome->end == SEED_KNOWN ? "" : outcome_id(outcome); /* its words have it */

    if (swarm->args.quiet) {
        return;
    }
    if (swarm->told++ < SEEDS_TOLD_MAX) {
        say("seed %" PRIu64 " of %s (%s): %s%s%s: %s\n", place_seed(swarm, place),
            swarm->loaded[place_scenario(swarm, place)].path,
            place_small(swarm, place) ? "small" : "full", seed_word(outcome->end),
            id[0] != 0 ? " " : "", id, outcome->what);
        (void)fflush(stdout);
    }
}

static struct outcome outcome_of(const struct pool_end *end, char what[400])
{
    struct outcome ret = {.done = true, .invariant = -1, .wall_us = end->wall_us};
    const struct answer *answer = end->answer;

    pool_describe(end, what, 400);
    switch (end->how) {
    case POOL_ANSWERED:
        ret.end = answer->end;
        ret.invariant = answer->invariant;
        ret.hash = answer->hash;
        ret.messages = answer->messages;
        ret.deliveries = answer->deliveries;
        ret.events = answer->events;
        ret.frames = answer->frames;
        if (answer->invariant >= 0) {
            ret.shape = hb_malloc(sizeof *ret.shape);
            *ret.shape = answer->shape;
        }
        (void)snprintf(what, 400, "%s", answer->what);
        break;
    case POOL_EXITED: /* by a failed assertion: in a node it is a finding, elsewhere the harness' fault */
        ret.end = end->status == EXIT_VIOLATED ? SEED_VIOLATED : SEED_HARNESS;
        (void)snprintf(what, 400, "an assertion of %s failed; the standard error has which",
                       end->status == EXIT_VIOLATED ? "the node" : "the harness");
        break;
    case POOL_CRASHED:
        ret.end = SEED_CRASHED;
        break;
    case POOL_STUCK:
        ret.end = SEED_STUCK;
        break;
    case POOL_NO_MEMORY:
        ret.end = SEED_NO_MEMORY;
        break;
    }
    return ret;
}

/* A violated seed that is listed is known; one that was, in a swarm that is resumed, and is no longer
 * listed, is violated. `states` as in struct known_subject. */
static void look_up(struct swarm *swarm, uint64_t place, const uint8_t *states, char what[400])
{
    struct outcome *outcome = &swarm->outcomes[place];
    const char *const name = scenario_name(swarm->loaded[place_scenario(swarm, place)].scenario);
    struct known_subject subject = {
        .what = KNOWN_SCENARIO, .names = &name, .names_len = 1, .seed = place_seed(swarm, place)};
    struct known_words words;

    memcpy(subject.states, states, sizeof subject.states);
    const bool known = known_look(&swarm->args, &subject, &words);
    if (known && outcome->end == SEED_VIOLATED) {
        outcome->end = SEED_KNOWN;
        (void)snprintf(what, 400, "%s", words.text);
    } else if (!known && outcome->end == SEED_KNOWN) {
        outcome->end = SEED_VIOLATED;
        swarm->failed++;
    }
}

/* Of the seeds that a swarm goes on from only the first violation is remembered. */
static void look_up_done(struct swarm *swarm)
{
    for (uint64_t place = 0; place < swarm->places; place++) {
        const struct outcome *outcome = &swarm->outcomes[place];
        uint8_t states[INVARIANT_COUNT];
        char what[400];
        if (outcome->end == SEED_KNOWN && outcome->invariant >= 0) {
            memset(states, JUDGED_NOT_EXERCISED, sizeof states);
            states[outcome->invariant] = JUDGED_VIOLATED;
            look_up(swarm, place, states, what);
        }
    }
}

/* Its plan is there before it counts as done. */
static void take(struct swarm *swarm, const struct pool_end *end)
{
    const uint64_t place = end->task;
    const struct answer *answer = end->answer;
    char what[400];

    HB_ASSERT(!swarm->outcomes[place].done);
    swarm->outcomes[place] = outcome_of(end, what);
    struct outcome *outcome = &swarm->outcomes[place];
    swarm->finished++;
    if (end->how == POOL_ANSWERED) {
        pace_add(swarm, place, end->wall_us);
        if (answer->judged) {
            sums_add(swarm, &answer->told, outcome->violated);
            reach_add(swarm, place, &answer->reached);
            states_add(swarm, answer->met);
            canary_add(swarm, place, answer->canary);
        }
        look_up(swarm, place, answer->told.states, what);
    }
    if (outcome->end != SEED_HELD) {
        outcome->what = hb_strndup(what, strlen(what));
        swarm->failed += outcome->end != SEED_KNOWN;
        swarm->failed_now += outcome->end != SEED_KNOWN;
        if (swarm->args.results != NULL &&
            !place_write(swarm, place, answer != NULL ? &answer->course : NULL)) {
            swarm->unwritten = true;
        }
        tell_failure(swarm, place);
    }
    if (!seeds_add(swarm, place,
                   end->how == POOL_ANSWERED && answer->judged ? &answer->told : NULL)) {
        swarm->unwritten = true;
    }
}

static void tell_progress(struct swarm *swarm, uint64_t before)
{
    const int64_t now = now_us();
    const uint64_t done = swarm->finished - before;

    if (!progress_wanted(&swarm->args) || now - swarm->told_us < PROGRESS_US || done == 0) {
        return;
    }
    swarm->told_us = now;
    const uint64_t spent = (uint64_t)(now - swarm->started_us);
    uint64_t left = spent / done * (swarm->places - swarm->finished);
    if (swarm->args.time_us > 0 && left > (uint64_t)swarm->args.time_us - spent) {
        left = (uint64_t)swarm->args.time_us - spent;
    }
    progress_print("%" PRIu64 " of %" PRIu64 " seeds, %" PRIu64 " failed, %" PRIu64
                   " seeds a minute, about %" PRIu64 " s left",
                   swarm->finished, swarm->places, swarm->failed, done * 60000000 / (spent + 1),
                   left / 1000000);
}

/* --- The loop ------------------------------------------------------------------------------- */

/* Seed by seed, all scenarios of one before the next: a swarm that ends early has been at each. */
static bool next_place(struct swarm *swarm, uint64_t *ret)
{
    while (swarm->next < swarm->places) {
        const uint64_t scenarios = swarm->args.files_len;
        *ret = swarm->next % scenarios * swarm->seeds + swarm->next / scenarios;
        if (!swarm->outcomes[*ret].done) {
            return true;
        }
        swarm->next++;
    }
    return false;
}

/* Whether something other than its last seed ends the swarm. */
static bool is_over(struct swarm *swarm)
{
    if (signal_caught() != 0) {
        swarm->ended = ENDED_SIGNAL;
        swarm->signal = signal_caught();
        return true;
    }
    if (swarm->args.time_us > 0 && now_us() - swarm->started_us >= swarm->args.time_us) {
        swarm->ended = ENDED_TIME;
        return true;
    }
    if (swarm->args.fail_fast > 0 && swarm->failed_now >= swarm->args.fail_fast) {
        swarm->ended = ENDED_FAILURES;
        return true;
    }
    return false;
}

void swarm_run(struct swarm *swarm)
{
    const struct pool_work work = {.run = swarm_task,
                                   .begin = swarm_begin_worker,
                                   .user = swarm,
                                   .answer_bytes = sizeof(struct answer)};
    const uint64_t before = swarm->finished;
    struct pool_end end;
    uint64_t place;

    look_up_done(swarm);
    signals_listen();
    struct pool *pool = pool_new(&work, swarm->args.jobs);
    swarm->ended = ENDED_ALL;
    swarm->told_us = swarm->started_us;
    while (swarm->finished < swarm->places && !is_over(swarm)) {
        errno = 0;
        while (next_place(swarm, &place) && pool_give(pool, place, pace_limit_us(swarm, place))) {
            swarm->next++;
        }
        if (pool_busy(pool) == 0) {
            say_error("hubbub swarm: cannot start a worker: %s\n", strerror(errno));
            swarm->ended = ENDED_WORKERS;
            break;
        }
        if (pool_wait(pool, WAIT_MS, &end)) {
            take(swarm, &end);
        }
        tell_progress(swarm, before);
    }
    pool_free(&pool);
    if (progress_wanted(&swarm->args)) {
        progress_clear();
    }
}
