/* In which states of a node the faults of a swarm began, over all its seeds: a hole is what was not tested. See
 * swarm.h. */
#include "sim/cli/swarm.h"

#include <inttypes.h>
#include <string.h>

#define HOLES_TOLD_MAX 6

static const char *const words[NODE_STATE_COUNT] = {
#define X(name, word) word,
    NODE_STATE_MAP(X)
#undef X
};

void states_add(struct swarm *swarm, const uint16_t met[FAULT_KIND_COUNT])
{
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        for (int state = 0; state < NODE_STATE_COUNT; state++) {
            swarm->met[kind][state] += met[kind] >> state & 1;
        }
    }
}

/* Those that a form which was run has on, but the clocks' that are wrong from the start. */
static uint64_t kinds_on(const struct swarm *swarm)
{
    uint64_t kinds = 0;

    for (uint32_t i = 0; i < swarm->args.files_len; i++) {
        for (int small = 0; small < 2; small++) {
            if (swarm->loaded[i].reached[small].seeds > 0) {
                kinds |= reach_of(swarm->loaded[i].scenario, small != 0).faults;
            }
        }
    }
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        if (fault_row((enum fault_kind)kind)->lasts == MAY_STAY) {
            kinds &= ~(UINT64_C(1) << kind);
        }
    }
    return kinds;
}

/* One node ends at a time, and who ends is there. */
static bool can_meet(enum fault_kind kind, enum node_state state)
{
    const struct fault_row *row = fault_row(kind);

    return !(row->ends_node && (state == STATE_DOWN || state == STATE_DRAINING));
}

/* A pair of a kind that is on and a state, in order; false: there is none any more. */
struct pair {
    enum fault_kind kind;
    int state;
};
static bool next_pair(uint64_t kinds, struct pair *pair)
{
    do {
        pair->state++;
        if (pair->state == NODE_STATE_COUNT) {
            pair->state = 0;
            pair->kind++;
        }
    } while (pair->kind < FAULT_KIND_COUNT &&
             ((kinds >> pair->kind & 1) == 0 || !can_meet(pair->kind, pair->state)));
    return pair->kind < FAULT_KIND_COUNT;
}

void states_line(const struct swarm *swarm, struct buf *out)
{
    const uint64_t kinds = kinds_on(swarm);
    struct pair pair = {.state = -1};
    uint32_t pairs = 0;
    uint32_t holes = 0;
    struct buf named = {0};

    while (next_pair(kinds, &pair)) {
        pairs++;
        if (swarm->met[pair.kind][pair.state] > 0) {
            continue;
        }
        if (holes++ < HOLES_TOLD_MAX) {
            buf_printf(&named, "%s%s: %s", holes > 1 ? "; " : "; never ", fault_word(pair.kind),
                       words[pair.state]);
        }
    }
    if (pairs > 0) {
        buf_printf(out, "states  faults began in %u of %u pairs of a kind and a node's state",
                   (unsigned)(pairs - holes), (unsigned)pairs);
        if (holes > 0) {
            buf_add(out, named.bytes, named.len);
        }
        if (holes > HOLES_TOLD_MAX) {
            buf_printf(out, "; and %u more%s", (unsigned)(holes - HOLES_TOLD_MAX),
                       swarm->args.results != NULL ? " in states.txt" : "");
        }
        buf_add_char(out, '\n');
    }
    buf_deinit(&named);
}

void states_json(const struct swarm *swarm, struct buf *out)
{
    const uint64_t kinds = kinds_on(swarm);
    struct pair pair = {.state = -1};
    const char *comma = "";

    buf_add_text(out, "  \"fault_states\": {");
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        if ((kinds >> kind & 1) == 0) {
            continue;
        }
        buf_printf(out, "%s\n    \"%s\": {", comma, fault_word((enum fault_kind)kind));
        for (int state = 0; state < NODE_STATE_COUNT; state++) {
            buf_printf(out, "%s\"%s\": %" PRIu64, state > 0 ? ", " : "", words[state],
                       swarm->met[kind][state]);
        }
        buf_add_char(out, '}');
        comma = ",";
    }
    buf_add_text(out, "\n  },\n  \"fault_state_holes\": [");
    comma = "";
    while (next_pair(kinds, &pair)) {
        if (swarm->met[pair.kind][pair.state] == 0) {
            buf_printf(out, "%s\"%s: %s\"", comma, fault_word(pair.kind), words[pair.state]);
            comma = ", ";
        }
    }
    buf_add_text(out, "],\n");
}

bool states_write(const struct swarm *swarm)
{
    const uint64_t kinds = kinds_on(swarm);
    struct buf text = {0};

    buf_add_text(&text,
                 "Seeds in which a fault began while a node was in a state; of clients' faults, "
                 "the node that the\nclient was connected to. Several states may hold at once. "
                 "\"-\": it cannot be, \"HOLE\": no seed came to it.\n\n");
    buf_printf(&text, "%-20s", "state");
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        if ((kinds >> kind & 1) != 0) {
            buf_printf(&text, " %s", fault_word((enum fault_kind)kind));
        }
    }
    buf_add_char(&text, '\n');
    for (int state = 0; state < NODE_STATE_COUNT; state++) {
        buf_printf(&text, "%-20s", words[state]);
        for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
            const int width = (int)strlen(fault_word((enum fault_kind)kind));
            const uint64_t seeds = swarm->met[kind][state];
            if ((kinds >> kind & 1) == 0) {
                continue;
            }
            if (seeds > 0) {
                buf_printf(&text, " %*" PRIu64, width, seeds);
            } else {
                const bool can = can_meet((enum fault_kind)kind, (enum node_state)state);
                buf_printf(&text, " %*s", width, can ? "HOLE" : "-");
            }
        }
        buf_add_char(&text, '\n');
    }
    const bool good = out_write(&swarm->args, "states.txt", &text);
    buf_deinit(&text);
    return good;
}
