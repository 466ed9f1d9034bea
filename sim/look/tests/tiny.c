/* See tiny.h. */
#include "sim/look/tests/tiny.h"

#include "server/base/tests/test.h"
#include "sim/explore/scenario.h"

#include <stdio.h>
#include <string.h>

struct plan tiny_plan(const char *faults)
{
    static const struct scenario_overrides none = {0};
    char text[1000];
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan = {0};

    (void)snprintf(
        text, sizeof text,
        "{\"name\":\"tiny\",\"clients\":4,\"rooms\":1,\"membersPerRoom\":4,"
        "\"nodes\":2,\"duration\":\"5s\",\"settle\":\"20s\",\"connectSpread\":\"100ms\","
        "\"workload\":{\"send\":{\"every\":\"500ms\"},\"corpus\":\"c\"},\"faults\":[%s]}",
        faults);
    if (scenario_parse(text, strlen(text), &scenario, &why) != HB_OK ||
        scenario_plan(scenario, 1, &none, "hello\n", 6, &plan, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    scenario_free(&scenario);
    buf_deinit(&why);
    return plan;
}
