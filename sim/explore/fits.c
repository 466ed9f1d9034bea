/* See fits.h. To add a setting that needs room: a row. */
#include "sim/explore/fits.h"

#include "sim/check/bound.h"
#include "sim/explore/scenario.h"
#include "sim/explore/scenario_faults.h"
#include "sim/plan/facts.h"

#include <string.h>

/* section.word, the least that works, why. The letters are the worst of the form: L client latency,
 * R node to Redis and on to a node, D a transaction, rest BOUND_REST
 * with a sync of one page, and without faults BOUND_REPAIR; where presence is kept, no less than
 * BOUND_PRESENCE_REST. */
#define FITS_MAP(X)                                                                                \
    X("client", "answer", 2 * L + 2 * D,                                                           \
      "a frame, what a sync asks of the database, and the answer")                                 \
    X("server", "redisTimeout", R, "a word to Redis and back")                                     \
    X("server", "lease", 2 * R, "Redis is waited for half a lease at most")                        \
    X("server", "pingTimeout", 2 * L, "a ping and its answer")                                     \
    X("server", "hello", 2 * L, "a connection is made, and the hello follows")                     \
    X("", "settle", rest, "what may be under way after the end comes to rest")

struct place { /* of a parameter among the rows of its section */
    size_t section, row;
};

/* False: it is `settle`, which is none. */
static bool place_of(const char *section, const char *word, struct place *ret)
{
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        for (size_t j = 0; j < plan_sections[i].rows_len; j++) {
            if (strcmp(plan_sections[i].word, section) == 0 &&
                strcmp(plan_sections[i].rows[j].word, word) == 0) {
                *ret = (struct place){i, j};
                return true;
            }
        }
    }
    HB_ASSERT(section[0] == 0);
    return false;
}

/* How long what may be under way takes to come to rest. */
static int64_t rest_us(const struct bounds *bounds, bool presence, bool faults)
{
    const int64_t people_us = presence ? bound_plain(BOUND_PRESENCE_REST, bounds) : 0;
    /* Without faults nobody has to connect again: what is under way has to arrive. */
    const int64_t all_us = bound_value(faults ? BOUND_REST : BOUND_REPAIR, bounds,
                                       (struct amounts){.pages = 1, .rooms = 1});
    return all_us > people_us ? all_us : people_us;
}

/* --- Of a form ------------------------------------------------------------------------------ */

/* The drawn values of a parameter. */
static struct range param_of(const struct form *form, const char *section, const char *word)
{
    struct place at;

    return place_of(section, word, &at) ? form->params[at.section][at.row]
                                        : (struct range){form->settle_us, form->settle_us};
}

int64_t form_rest_us(const struct form *form)
{
    const struct bounds bounds = {
        .client_latency_us = form->client_latency_us.high,
        .redis_us = form->publish_latency_us.high + form->redis_latency_us.high,
        .database_us = form->database_latency_us.high,
        .announce_us = param_of(form, "server", "announce").high,
        .gap_us = param_of(form, "server", "gap").high,
        .client_gap_us = param_of(form, "client", "gap").high,
        .backoff_us = param_of(form, "client", "backoffMax").high,
        .answer_us = param_of(form, "client", "answer").high,
        .lease_us = param_of(form, "server", "lease").high,
        .sweep_us = param_of(form, "server", "sweep").high,
        .redis_backoff_us = param_of(form, "server", "redisBackoffMax").high,
        .database_retry_us = param_of(form, "server", "databaseRetry").high,
        .page_rows = param_of(form, "server", "pageRows").low,
        .heartbeat_us = param_of(form, "server", "presenceHeartbeat").high,
        .grace_us = param_of(form, "server", "presenceGrace").high,
        .repair_rows = param_of(form, "server", "repairRows").low,
    };
    return rest_us(&bounds, param_of(form, "server", "presence").high != 0, form->faults_len > 0);
}

bool form_fits(const struct form *form, const char *where, struct buf *why)
{
    const int64_t L = form->client_latency_us.high;
    const int64_t R = form->publish_latency_us.high + form->redis_latency_us.high;
    const int64_t D = form->database_latency_us.high;
    const int64_t rest = form_rest_us(form);
    const struct {
        const char *section, *word, *formula, *what;
        int64_t least_us;
    } rows[] = {
#define X(section, word, formula, what) {section, word, #formula, what, formula},
        FITS_MAP(X)
#undef X
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct range got = param_of(form, rows[i].section, rows[i].word);
        char least[PARAM_TEXT_BYTES];
        char low[PARAM_TEXT_BYTES];
        if (got.low >= rows[i].least_us) {
            continue;
        }
        duration_text(rows[i].least_us, least);
        duration_text(got.low, low);
        buf_printf(why, "%s%s%s%s: expected at least %s (%s: %s), got %s", where, rows[i].section,
                   rows[i].section[0] != 0 ? "." : "", rows[i].word, least, rows[i].formula,
                   rows[i].what, low);
        return false;
    }
    return true;
}

enum hb_err scenario_fits(const struct scenario *scenario, struct buf *why)
{
    const bool fits = form_fits(&scenario->full, "", why) &&
                      (!scenario->has_small || form_fits(&scenario->small, "small: ", why));

    return fits ? HB_OK : HB_EFIELD;
}

/* --- Of a plan ------------------------------------------------------------------------------ */

static bool has_faults(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->actions_len; i++) {
        if (!fault_row(plan->actions[i].name.kind)->workload) {
            return true;
        }
    }
    for (uint32_t g = 0; g < plan->generators_len && !plan->written_out; g++) {
        if (!fault_row(plan->generators[g].kind)->workload) {
            return true;
        }
    }
    return plan->faults_len > 0;
}

int64_t plan_settle_least_us(const struct plan *plan)
{
    const struct bounds bounds = plan_bounds(plan);

    return rest_us(&bounds, plan->server.presence != 0, has_faults(plan));
}

static int64_t value_of(const struct plan *plan, const char *section, const char *word)
{
    struct place at;

    if (!place_of(section, word, &at)) {
        return plan->settle_us;
    }
    const struct plan_section *of = &plan_sections[at.section];
    return param_get(&of->rows[at.row], plan_params_of(plan, of));
}

static bool nodes_end_apart(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        for (uint32_t j = 0; j < i; j++) {
            const struct plan_fault *one = &plan->faults[i];
            const struct plan_fault *two = &plan->faults[j];
            if (fault_row(one->kind)->ends_node && fault_row(two->kind)->ends_node &&
                one->at_us < two->at_us + two->for_us + BREATH_US &&
                two->at_us < one->at_us + one->for_us + BREATH_US) {
                return false;
            }
        }
    }
    return true;
}

const char *plan_misfit(const struct plan *plan)
{
    const int64_t L = plan->client_latency_us.high;
    const int64_t R = plan->publish_latency_us.high + plan->redis_latency_us.high;
    const int64_t D = plan->database_latency_us.high;
    const int64_t rest = plan_settle_least_us(plan);
    const struct {
        const char *section, *word, *why;
        int64_t least_us;
    } rows[] = {
#define X(section, word, formula, what) {section, word, "a longer " word ": " what, formula},
        FITS_MAP(X)
#undef X
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (value_of(plan, rows[i].section, rows[i].word) < rows[i].least_us) {
            return rows[i].why;
        }
    }
    return nodes_end_apart(plan) ? NULL : "more time between two ends of nodes";
}
