/* See storm.h. */
#include "sim/shrink/tests/storm.h"

#include "server/base/tests/test.h"

#include <string.h>

static const char text[] =
    "{\"name\":\"storm\",\"clients\":16,\"devicesPerUser\":2,\"rooms\":4,\"membersPerRoom\":3,"
    "\"posters\":2,\"nodes\":3,\"duration\":\"12s\",\"settle\":\"20s\",\"connectSpread\":\"1s\","
    "\"server\":{\"pageRows\":[2,9],\"gap\":\"70ms\"},"
    "\"latency\":{\"client\":[\"1ms\",\"30ms\"]},"
    "\"workload\":{\"send\":{\"every\":\"2s\"},\"read\":{\"every\":\"5s\"},\"corpus\":\"c\"},"
    "\"faults\":[{\"kind\":\"redis_cut\",\"nodes\":\"all\",\"at\":[\"1s\",\"9s\"],\"for\":\"1s\"},"
    "{\"kind\":\"node_crash\",\"count\":2,\"at\":[\"1s\",\"9s\"],\"for\":\"700ms\"},"
    "{\"kind\":\"clock_jump\",\"count\":3,\"at\":[\"1s\",\"9s\"],\"amount\":\"-5s\"},"
    "{\"kind\":\"db_unknown\",\"at\":\"3s\",\"for\":\"2s\",\"permille\":300},"
    "{\"kind\":\"app_kill\",\"every\":\"9s\",\"away\":[\"100ms\",\"900ms\"]},"
    "{\"kind\":\"disconnect_abrupt\",\"every\":\"9s\"}]}";

void storm_init(struct storm *storm, uint64_t seed)
{
    static const struct scenario_overrides none = {0};
    static const char corpus[] = "hello\nhow are you\nwell\n";
    struct buf why = {0};

    *storm = (struct storm){.scenario = NULL};
    if (scenario_parse(text, strlen(text), &storm->scenario, &why) != HB_OK ||
        scenario_plan(storm->scenario, seed, &none, corpus, strlen(corpus), &storm->plan, &why) !=
            HB_OK) {
        fail_msg("%s", why.bytes);
    }
    buf_deinit(&why);
}

void storm_deinit(struct storm *storm)
{
    plan_deinit(&storm->plan);
    scenario_free(&storm->scenario);
}
