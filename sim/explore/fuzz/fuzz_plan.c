/* Any bytes as a plan and as a scenario: refused with a line, or taken. What is taken is written and read
 * again the same; what is also small is run, and no limit that was missed may end in an assertion. */
#include "sim/explore/plan_file.h"
#include "sim/explore/run.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_small(const struct plan *plan)
{
    bool seldom = true; /* nobody does anything all the time */
    for (uint32_t i = 0; i < plan->generators_len; i++) {
        seldom = seldom && plan->generators[i].mean_us >= 100000;
    }
    return seldom && plan->clients <= 8 && plan->rooms <= 8 && plan->nodes <= 4 &&
           plan->faults_len <= 20 && plan->duration_us <= 2 * SECOND &&
           plan->settle_us <= 4 * SECOND && plan->server.ping_interval_us >= SECOND &&
           plan->server.announce_us >= 100000 && plan->server.sweep_us >= 100000;
}

static void use(struct plan *plan, struct scenario *scenario)
{
    struct buf text = {0};
    struct buf again = {0};
    struct buf why = {0};
    struct scenario *other = NULL;
    struct run_result result;
    struct plan read;

    plan_write(plan, scenario, NULL, &text);
    HB_ASSERT(plan_read(text.bytes, text.len, &read, &other, NULL, &why) == HB_OK);
    plan_write(&read, other, NULL, &again);
    HB_ASSERT(again.len == text.len && memcmp(again.bytes, text.bytes, text.len) == 0);
    if (is_small(plan)) {
        run_plan(plan, NULL, 0, (struct obs_sink){.observe = NULL},
                 (struct run_progress){NULL, NULL}, &result);
        run_result_deinit(&result);
    }
    plan_deinit(&read);
    scenario_free(&other);
    buf_deinit(&text);
    buf_deinit(&again);
    buf_deinit(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct scenario_overrides none = {0};
    char *bytes = hb_malloc(size); /* exact, so that a read too far is seen */
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan;

    if (size > 0) {
        memcpy(bytes, data, size);
    }
    if (plan_read(bytes, size, &plan, &scenario, NULL, &why) == HB_OK) {
        use(&plan, scenario);
        plan_deinit(&plan);
    } else {
        HB_ASSERT(why.len > 0 && memchr(why.bytes, '\n', why.len) == NULL);
        if (scenario_parse(bytes, size, &scenario, &why) == HB_OK &&
            scenario_plan(scenario, 1, &none, "a\nb\n", 4, &plan, &why) == HB_OK) {
            use(&plan, scenario);
            plan_deinit(&plan);
        }
    }
    scenario_free(&scenario);
    buf_deinit(&why);
    free(bytes);
    return 0;
}
