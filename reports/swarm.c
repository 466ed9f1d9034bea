/* A swarm's summary.json. Fields keep their names; more may come. */
#include "reports/swarm.h"

#include "reports/json_lines.h"

#include <inttypes.h>

void swarm_begin(const struct swarm_report *report, struct buf *out)
{
    const uint64_t wall_us = report->wall_us > 0 ? (uint64_t)report->wall_us : 0;

    buf_add_text(out, "{\n");
    put_text(out, "hubbub", report->version);
    put_text(out, "scenario", report->scenario);
    put_text(out, "verdict", report->verdict);
    put_text(out, "hash", report->hash);
    put_int(out, "seeds_run", report->seeds_run);
    put_int(out, "messages", report->messages);
    put_int(out, "deliveries", report->deliveries);
    put_int(out, "events", report->events);
    put_int(out, "frames", report->frames);
    put_int(out, "wall_us", wall_us);
    put_int(out, "deliveries_per_second", report->deliveries * 1000000 / (wall_us + 1));
    buf_add_text(out, "  \"failures\": [");
}

void swarm_failure(const struct swarm_failure *failure, bool first, struct buf *out)
{
    const struct {
        const char *name, *value;
    } texts[] = {{"invariant", failure->invariant},
                 {"group", failure->invariant},
                 {"summary", failure->summary},
                 {"repro", failure->repro}};

    buf_printf(out, "%s{\"seed\": %" PRIu64, first ? "" : ", ", failure->seed);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        buf_printf(out, ", \"%s\": ", texts[i].name);
        buf_add_json(out, texts[i].value, strlen(texts[i].value));
    }
    buf_add_char(out, '}');
}

void swarm_finish(struct buf *out)
{
    buf_add_text(out, "]\n}\n");
}
