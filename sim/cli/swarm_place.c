/* A seed of a swarm: its form, its plan, its names in the folder. See swarm.h. */
#include "server/base/rng.h"
#include "sim/cli/swarm.h"
#include "sim/explore/plan_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MILLION INT64_C(1000000)

static const struct {
    const char *text;
    enum exit_code code;
} ends[] = {
#define X(name, word, text, code) {text, code},
    SEED_END_MAP(X)
#undef X
};

const char *seed_word(enum seed_end end)
{
    HB_ASSERT(end < SEED_ENDS);
    return ends[end].text;
}

enum exit_code seed_code(enum seed_end end)
{
    HB_ASSERT(end < SEED_ENDS);
    return ends[end].code;
}

const char *outcome_id(const struct outcome *outcome)
{
    return outcome->invariant >= 0 ? invariant_info((enum invariant)outcome->invariant)->id : "";
}

uint32_t place_scenario(const struct swarm *swarm, uint64_t place)
{
    HB_ASSERT(place < swarm->places);
    return (uint32_t)(place / swarm->seeds);
}

uint64_t place_seed(const struct swarm *swarm, uint64_t place)
{
    return swarm->args.seed_from + place % swarm->seeds;
}

bool place_small(const struct swarm *swarm, uint64_t place)
{
    const uint32_t scenario = place_scenario(swarm, place);
    struct rng rng = rng_stream(place_seed(swarm, place), "swarm.full", scenario, 0);
    return scenario_has_small(swarm->loaded[scenario].scenario) &&
           rng_between(&rng, 0, MILLION - 1) >= swarm->loaded[scenario].full_ppm;
}

/* `how`: small, and whether nothing is drawn of it but what is written. */
static bool plan_of(const struct swarm *swarm, uint32_t scenario, uint64_t seed,
                    struct scenario_overrides how, struct plan *ret)
{
    const struct loaded *loaded = &swarm->loaded[scenario];
    struct scenario_overrides overrides = swarm->args.overrides;
    struct buf why = {0};

    overrides.small = how.small;
    overrides.written = how.written;
    const enum hb_err err = scenario_plan(loaded->scenario, seed, &overrides, loaded->corpus.bytes,
                                          loaded->corpus.len, ret, &why);
    if (err != HB_OK) {
        say_error("hubbub swarm: %s: %s\n", loaded->path, why.bytes);
    }
    buf_deinit(&why);
    return err == HB_OK;
}

bool place_plan(const struct swarm *swarm, uint64_t place, struct plan *ret)
{
    return plan_of(swarm, place_scenario(swarm, place), place_seed(swarm, place),
                   (struct scenario_overrides){.small = place_small(swarm, place)}, ret);
}

/* What a seed costs, as far as its plan tells: people times virtual milliseconds. */
static bool work_of(const struct swarm *swarm, uint32_t scenario, bool small, uint64_t *ret)
{
    struct plan plan;

    const struct scenario_overrides how = {.small = small, .written = true};
    if (!plan_of(swarm, scenario, swarm->args.seed_from, how, &plan)) {
        return false;
    }
    *ret = (uint64_t)plan.clients * (uint64_t)((plan.duration_us + plan.settle_us) / 1000);
    plan_deinit(&plan);
    return true;
}

/* p of full size F and 1 - p of small S: p F = (p F + (1 - p) S) / 10, so p = S / (9 F + S). */
bool full_rate(const struct swarm *swarm, uint32_t scenario, uint32_t *ret_ppm)
{
    uint64_t full;
    uint64_t small;

    if (!work_of(swarm, scenario, false, &full) || !work_of(swarm, scenario, true, &small)) {
        return false;
    }
    const uint64_t all = 9 * full + small;
    *ret_ppm = all > 0 ? (uint32_t)((small * MILLION + all - 1) / all) : 0;
    return true;
}

void place_repro(const struct swarm *swarm, uint64_t place, char ret[REPRO_CAP])
{
    (void)snprintf(ret, REPRO_CAP, "%s-seed-%" PRIu64 "/plan.json",
                   swarm->loaded[place_scenario(swarm, place)].name, place_seed(swarm, place));
}

void place_command(const struct swarm *swarm, uint64_t place, struct buf *out)
{
    char repro[REPRO_CAP];
    struct buf path = {0};

    if (swarm->args.results != NULL) {
        place_repro(swarm, place, repro);
        out_path(&swarm->args, repro, &path);
        command_add(out, "hubbub replay", path.bytes);
        buf_deinit(&path);
    } else {
        struct args args = swarm->args;
        args.files = &swarm->loaded[place_scenario(swarm, place)].path;
        args.seed = place_seed(swarm, place);
        args.overrides.small = place_small(swarm, place);
        args_command(&args, out);
    }
}

/* A seed that ended before its verdict expects nothing. */
static struct expect expect_after(const struct swarm *swarm, uint64_t place,
                                  const struct course *course, const struct plan *plan)
{
    const struct outcome *outcome = &swarm->outcomes[place];
    struct expect ret = {.given = true, .small = place_small(swarm, place)};
    char hash[HASH128_HEX_LEN + 1] = "";

    if ((outcome->end == SEED_VIOLATED || outcome->end == SEED_KNOWN) && outcome->invariant >= 0) {
        ret.verdict = EXPECT_VIOLATED;
        ret.invariant = (enum invariant)outcome->invariant;
    }
    if (outcome->events > 0) {
        hash128_hex(outcome->hash, hash);
    }
    if (course != NULL) {
        ret.course = *course;
    }
    expect_seal(&ret, plan, swarm->loaded[place_scenario(swarm, place)].scenario, hash);
    return ret;
}

bool place_write(const struct swarm *swarm, uint64_t place, const struct course *course)
{
    struct plan plan;
    struct buf text = {0};
    char repro[REPRO_CAP];

    if (!place_plan(swarm, place, &plan)) {
        return false;
    }
    const struct expect expect = expect_after(swarm, place, course, &plan);
    plan_write(&plan, swarm->loaded[place_scenario(swarm, place)].scenario, &expect, &text);
    place_repro(swarm, place, repro);
    const bool good = out_write(&swarm->args, repro, &text);
    plan_deinit(&plan);
    buf_deinit(&text);
    return good;
}
