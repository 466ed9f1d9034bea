/* The groups of a swarm, on its page and in its summary. See swarm.h. */
#include "reports/swarm.h"
#include "reports/terms.h"
#include "sim/cli/swarm.h"

#include <inttypes.h>
#include <string.h>

#define GROUPS_TOLD_MAX 12

static void tell_group(const struct swarm *swarm, const struct group *group, struct buf *out)
{
    const struct outcome *smallest = &swarm->outcomes[group->smallest];
    const char *comma = ", with ";

    buf_printf(out, "%6" PRIu64 "  %s", group->count, group->name);
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const char *id = invariant_info((enum invariant)i)->id;
        if (group->rules[i] && strncmp(group->name, id, strlen(id)) != 0) {
            buf_printf(out, "%s%s", comma, id);
            comma = ", ";
        }
    }
    comma = "; under way in all: ";
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        if ((group->faults >> i & 1) != 0) {
            buf_printf(out, "%s%s", comma, fault_word((enum fault_kind)i));
            comma = ", ";
        }
    }
    buf_printf(out, "\n        %" PRIu64 " events: ", smallest->events);
    terms_sentence(out, smallest->what);
    buf_add_text(out, "\n        Again:  ");
    place_command(swarm, group->smallest, out);
    buf_add_char(out, '\n');
}

void groups_tell(const struct swarm *swarm, const struct groups *groups, struct buf *out)
{
    if (groups->len > 0) {
        buf_printf(out, "groups  %u, by the rule and how far its rows came:\n",
                   (unsigned)groups->len);
    }
    for (uint32_t i = 0; i < groups->len && i < GROUPS_TOLD_MAX; i++) {
        tell_group(swarm, &groups->items[i], out);
    }
    if (groups->len > GROUPS_TOLD_MAX) {
        buf_printf(out, "        and %u more: summary.json of --out has them\n",
                   (unsigned)groups->len - GROUPS_TOLD_MAX);
    }
}

static void add_group(const struct swarm *swarm, const struct group *group, bool first,
                      struct buf *out)
{
    struct buf command = {0};
    char repro[REPRO_CAP];
    struct buf path = {0};

    place_repro(swarm, group->smallest, repro);
    out_path(&swarm->args, repro, &path);
    place_command(swarm, group->smallest, &command);
    const struct swarm_group told = {.name = group->name,
                                     .rules = group->rules,
                                     .seeds = group->count,
                                     .first_seed = place_seed(swarm, group->first),
                                     .smallest_seed = place_seed(swarm, group->smallest),
                                     .events = swarm->outcomes[group->smallest].events,
                                     .summary = swarm->outcomes[group->smallest].what,
                                     .repro = path.bytes,
                                     .command = command.bytes};
    swarm_group(&told, first, out);
    buf_deinit(&command);
    buf_deinit(&path);
}

void groups_summary(const struct swarm *swarm, const struct groups *groups, struct buf *out)
{
    swarm_groups(out);
    for (uint32_t i = 0; i < groups->len; i++) {
        add_group(swarm, &groups->items[i], i == 0, out);
    }
}
