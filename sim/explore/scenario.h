/* Scenarios: what a user writes (JSON, scenarios/schema.json), and the plan that (scenario, seed)
 * yields.
 *
 * Reading is strict: an unknown field, a wrong type or an absurd number is one error that names
 * the field's path and what was expected: `faults[2].at: expected a duration such as "5s", got
 * "soon"`. Durations and sizes have units. Each drawn value comes from a stream of its own, named
 * after the value, so that a new one never moves the others. */
#ifndef HUBBUB_SIM_EXPLORE_SCENARIO_H
#define HUBBUB_SIM_EXPLORE_SCENARIO_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/plan/plan.h"

struct scenario;

/* Overrides from the command line; 0: none. */
struct scenario_overrides {
    uint32_t clients, rooms, nodes;
    int64_t duration_us;
    bool small;   /* the scenario's small form for swarms */
    bool written; /* as it is written: nothing that swarms draw of it (scenario_swarm.h) */
};

/* Parses `text`. Gives *ret. HB_EFIELD: `why` has the one line. */
HB_MUST_USE enum hb_err scenario_parse(const char *text, size_t text_len, struct scenario **ret,
                                       struct buf *why);
void scenario_free(struct scenario **scenario);
const char *scenario_name(const struct scenario *scenario);
const char *scenario_description(const struct scenario *scenario);
const char *scenario_corpus_path(const struct scenario *scenario); /* relative to the scenario */
bool scenario_has_small(const struct scenario *scenario);
/* The `must_reach` list: note words or fault words. */
uint32_t scenario_must_reach(const struct scenario *scenario, const char *const **ret);

/* HB_EFIELD: settings that cannot hold together; `why` has one line with the field, the least value that
 * works, and why. */
HB_MUST_USE enum hb_err scenario_fits(const struct scenario *scenario, struct buf *why);

/* What swarms draw of this seed's small form other than it is written, as one clause; nothing: all is as it is. */
void scenario_drawn(const struct scenario *scenario, uint64_t seed, struct buf *out);

/* Draws the plan. `corpus`: the corpus file's bytes, copied. HB_EFIELD: overrides that do not fit. */
HB_MUST_USE enum hb_err scenario_plan(const struct scenario *scenario, uint64_t seed,
                                      const struct scenario_overrides *overrides,
                                      const char *corpus, size_t corpus_len, struct plan *ret,
                                      struct buf *why);

#endif
