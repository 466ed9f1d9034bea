/* A seed of a swarm: its plan, its run, its outcome. See swarm.h. */
#include "server/base/rng.h"
#include "sim/cli/swarm.h"
#include "sim/explore/run.h"
#include "sim/explore/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool swarm_small(const struct swarm *swarm, const struct task *task)
{
    struct rng rng = rng_stream(task->seed, "swarm.full", task->scenario, 0);
    return !rng_chance(&rng, swarm->args.full_permille);
}

static bool verify_wanted(const struct swarm *swarm, const struct task *task)
{
    struct rng rng = rng_stream(task->seed, "swarm.verify", task->scenario, 0);
    return rng_chance(&rng, swarm->args.verify_permille);
}

bool swarm_plan(const struct swarm *swarm, const struct task *task, struct plan *ret)
{
    const struct loaded *loaded = &swarm->loaded[task->scenario];
    struct scenario_overrides overrides = swarm->args.overrides;
    struct buf why = {0};

    overrides.small = swarm_small(swarm, task);
    const enum hb_err err = scenario_plan(loaded->scenario, task->seed, &overrides,
                                          loaded->corpus.bytes, loaded->corpus.len, ret, &why);
    if (err != HB_OK) {
        say_error("hubbub swarm: %s: %s\n", loaded->path, why.bytes);
    }
    buf_deinit(&why);
    return err == HB_OK;
}

void swarm_task(const struct swarm *swarm, const struct task *task, struct outcome *ret)
{
    struct plan plan;
    struct run_result result;
    char what[128];
    const char *const *must_reach;
    const struct scenario *scenario = swarm->loaded[task->scenario].scenario;
    const int64_t started_us = now_us();

    memset(ret, 0, sizeof *ret);
    ret->task = *task;
    ret->invariant = -1;
    ret->code = EXIT_HARNESS;
    if (!swarm_plan(swarm, task, &plan)) {
        return;
    }
    (void)snprintf(what, sizeof what, "seed %" PRIu64 " of %s", task->seed, plan.scenario);
    *hb_context() = (struct hb_context){.what = what, .exit_code = EXIT_HARNESS};
    /* What a seed must reach is asked of the scenario's full size only. */
    const uint32_t must_reach_len =
        swarm_small(swarm, task) ? 0 : scenario_must_reach(scenario, &must_reach);
    run_plan(&plan, must_reach_len > 0 ? must_reach : NULL, must_reach_len,
             (struct obs_sink){.observe = NULL}, (struct run_progress){NULL, NULL}, &result);
    ret->code = (int32_t)exit_of(result.judgement.verdict);
    ret->hash = result.hash;
    ret->messages = result.tally.messages;
    ret->deliveries = result.tally.deliveries;
    ret->events = result.tally.events;
    ret->frames = result.tally.frames;
    (void)snprintf(ret->what, sizeof ret->what, "%s", result.judgement.inconclusive_why);
    if (result.judgement.violations_len > 0) {
        ret->invariant = (int32_t)result.judgement.violations[0].invariant;
        (void)snprintf(ret->what, sizeof ret->what, "%.199s",
                       result.judgement.violations[0].summary);
    }
    if (verify_wanted(swarm, task)) {
        char where[300];
        if (!run_verify(&plan, 0, where, sizeof where)) {
            ret->code = EXIT_HARNESS;
            (void)snprintf(ret->what, sizeof ret->what, "not deterministic: %.170s", where);
        }
    }
    ret->wall_us = now_us() - started_us;
    run_result_deinit(&result);
    plan_deinit(&plan);
}
