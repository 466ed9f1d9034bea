/* A swarm's summary.json. Fields keep their names; more may come. */
#include "reports/swarm.h"

#include <inttypes.h>
#include <string.h>

static void put_text(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "\"%s\": ", name);
    buf_add_json(out, value, strlen(value));
}

void swarm_begin(const struct swarm_report *report, struct buf *out)
{
    const uint64_t wall = report->wall_us > 0 ? (uint64_t)report->wall_us : 0;

    buf_add_text(out, "{\n  ");
    put_text(out, "hubbub", report->version);
    buf_add_text(out, ",\n  ");
    put_text(out, "scenario", report->scenario);
    buf_add_text(out, ",\n  ");
    put_text(out, "verdict", report->verdict);
    buf_add_text(out, ",\n  ");
    put_text(out, "hash", report->hash);
    buf_printf(out,
               ",\n  \"seeds_run\": %" PRIu64 ",\n  \"messages\": %" PRIu64
               ",\n  \"deliveries\": %" PRIu64 ",\n  \"events\": %" PRIu64
               ",\n  \"frames\": %" PRIu64 ",\n  \"wall_us\": %" PRId64
               ",\n  \"deliveries_per_second\": %" PRIu64 ",\n  \"failures\": [",
               report->seeds_run, report->messages, report->deliveries, report->events,
               report->frames, report->wall_us, report->deliveries * 1000000 / (wall + 1));
}

void swarm_failure(const struct swarm_failure *failure, bool first, struct buf *out)
{
    buf_printf(out, "%s{\"seed\": %" PRIu64 ", ", first ? "" : ", ", failure->seed);
    put_text(out, "invariant", failure->invariant);
    buf_add_text(out, ", ");
    put_text(out, "group", failure->invariant);
    buf_add_text(out, ", ");
    put_text(out, "summary", failure->summary);
    buf_add_text(out, ", ");
    put_text(out, "repro", failure->repro);
    buf_add_char(out, '}');
}

void swarm_finish(struct buf *out)
{
    buf_add_text(out, "]\n}\n");
}
