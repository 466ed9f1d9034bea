/* See scenario_swarm.h. */
#include "sim/explore/scenario_swarm.h"

#include "server/base/rng.h"
#include "sim/explore/fields.h"
#include "sim/explore/fits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE_LEAST       3
#define NODES_MORE         2   /* than are written */
#define ALWAYS_PERMILLE    750 /* of a kind of fault that the scenario always has on */
#define WORKLOAD_PERMILLE  667
#define TOGETHER_US_LEAST  (1 * MS)
#define TOGETHER_US_MOST   (5 * SECOND)
#define TIMES_LEAST        10   /* on the average, of what clients do */
#define FAULTS_OF_ONE_MOST 1000 /* as of `count` */

static struct rng stream(uint64_t seed, const char *what, const char *of, uint64_t number)
{
    char name[96];

    (void)snprintf(name, sizeof name, "swarm.%s.%s", what, of);
    return rng_stream(seed, name, number, 0);
}

/* About the square root of low * high: half of what lies between, as people see it, is below. */
static int64_t middle(struct range range)
{
    int64_t at = range.low;

    if (range.low <= 0) {
        return range.low + (range.high - range.low) / 8;
    }
    while (at <= range.high / at * range.low && at < range.high) {
        at += at / 8 + 1;
    }
    return at < range.high ? at : range.high;
}

/* All of it, its lower or upper part, or one value of it. */
static struct range part_of(struct range range, struct rng *rng)
{
    const int64_t which = rng_between(rng, 0, 3);
    const int64_t value = rng_between(rng, range.low, range.high);

    switch (which) {
    case 0:
        return range;
    case 1:
        return (struct range){range.low, middle(range)};
    case 2:
        return (struct range){middle(range), range.high};
    default:
        return (struct range){value, value};
    }
}

/* --- Sizes ---------------------------------------------------------------------------------- */

static int64_t size_of(uint64_t seed, const struct form *form, const char *what, int64_t least,
                       int64_t most, int64_t written)
{
    struct rng rng = stream(seed, "size", what, 0);
    const bool other = rng_chance(&rng, (uint32_t)form->swarm_sizes);

    return other && least < most ? rng_between(&rng, least, most) : written;
}

static void draw_sizes(uint64_t seed, struct form *form)
{
    const int64_t users = form->clients / form->devices_per_user;
    const int64_t users_least = users / 4 > PEOPLE_LEAST ? users / 4 : PEOPLE_LEAST;
    const int64_t nodes_most = form->nodes + NODES_MORE;
    const int64_t clients = form->clients;
    const int64_t rooms = form->rooms;

    form->clients =
        size_of(seed, form, "people", users_least, users, users) * form->devices_per_user;
    form->posters = form->posters * form->clients / clients;
    form->rooms = size_of(seed, form, "rooms", 1, rooms, rooms);
    form->nodes = size_of(seed, form, "nodes", 1,
                          nodes_most < PLAN_NODES_MAX ? nodes_most : PLAN_NODES_MAX, form->nodes);
    for (uint32_t i = 0; i < form->rooms_per_person.len; i++) {
        struct range *of = &form->rooms_per_person.items[i].rooms;
        of->low = of->low < form->rooms ? of->low : form->rooms;
        of->high = of->high < form->rooms ? of->high : form->rooms;
    }
    if (form->members_per_room > 0 && (form->clients != clients || form->rooms != rooms)) {
        const int64_t members = form->clients / form->devices_per_user / form->rooms;
        form->members_per_room = members > 0 ? members : 1;
    }
}

/* --- What people do, latencies, parameters -------------------------------------------------- */

static void draw_workloads(uint64_t seed, struct form *form)
{
    for (size_t i = 0; i < WORKLOADS; i++) {
        const char *word = fault_word(workloads[i].kind);
        struct range *every =
            (struct range *)(void *)((char *)form + workloads[i].fields.rows[0].offset);
        struct rng rng = stream(seed, "workload", word, 0);
        const bool on = rng_chance(&rng, WORKLOAD_PERMILLE) || workloads[i].kind == WORKLOAD_SEND;
        *every = on ? part_of(*every, &rng) : (struct range){0, 0};
    }
}

/* Never all near the greatest: bounds are sums of these, and hold with what is seldom as long. */
static void draw_latencies(uint64_t seed, struct form *form)
{
    for (size_t i = 0; i < fields_of_latency.rows_len; i++) {
        const struct field *row = &fields_of_latency.rows[i];
        struct range *latency = (struct range *)(void *)((char *)form + row->offset);
        struct rng rng = stream(seed, "latency", row->word, 0);
        latency->high = rng_chance(&rng, 500) ? middle(*latency) : latency->high;
    }
}

static void draw_parameters(uint64_t seed, struct form *form)
{
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        const struct plan_section *section = &plan_sections[i];
        for (size_t j = 0; j < section->rows_len; j++) {
            const struct param *row = &section->rows[j];
            const struct param *floor = param_floor(section->rows, section->rows_len, row);
            struct rng rng = stream(seed, section->word, row->word, 0);
            if (form->named[i][j] || row->swarm_least == row->swarm_most ||
                !rng_chance(&rng, (uint32_t)form->swarm_parameters) ||
                (floor != NULL && row->swarm_least < form->params[i][floor - section->rows].high)) {
                continue;
            }
            form->params[i][j] = (struct range){row->swarm_least, row->swarm_most};
        }
    }
}

/* --- Faults --------------------------------------------------------------------------------- */

/* Whether the scenario has one of this kind on whatever the seed. */
static bool is_always_on(const struct form *form, enum fault_kind kind)
{
    for (uint32_t i = 0; i < form->faults_len; i++) {
        if (form->faults[i].kind == kind && form->faults[i].chance == 1000) {
            return true;
        }
    }
    return false;
}

static bool is_on(uint64_t seed, const struct form *form, enum fault_kind kind)
{
    struct rng rng = stream(seed, "kind", fault_word(kind), 0);
    const uint32_t permille =
        is_always_on(form, kind) ? ALWAYS_PERMILLE : (uint32_t)form->swarm_faults;

    return form->swarm_faults > 0 ? rng_chance(&rng, permille) : is_always_on(form, kind);
}

/* Of what clients do by chance, so much that no seed has none of it. */
static void draw_fault(uint64_t seed, int64_t people, struct fault_spec *spec)
{
    struct rng rng = stream(seed, "fault", fault_word(spec->kind), spec->number);
    struct range *ranges[] = {&spec->for_us, &spec->amount, &spec->every_us, &spec->away_us};

    if (rng_chance(&rng, 500) && spec->count > 0 && !spec->every_node) {
        const int64_t most = 2 * (int64_t)spec->count;
        spec->count =
            (uint32_t)rng_between(&rng, 1, most < FAULTS_OF_ONE_MOST ? most : FAULTS_OF_ONE_MOST);
    }
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        *ranges[i] = part_of(*ranges[i], &rng);
    }
    if (spec->every_us.high > 0) {
        const int64_t most_us = people * (spec->to_us - spec->from_us) / TIMES_LEAST;
        const struct range every = spec->every_us;
        spec->every_us.high = every.high < most_us ? every.high : most_us;
        spec->every_us.low = every.low < spec->every_us.high ? every.low : spec->every_us.high;
    }
}

static int64_t clamp(int64_t value, struct range range)
{
    return value < range.low ? range.low : value > range.high ? range.high : value;
}

/* What may come at any of many instants comes within some seconds. */
static void draw_together(uint64_t seed, struct form *form)
{
    const struct range lengths = {TOGETHER_US_LEAST, TOGETHER_US_MOST};
    struct rng rng = stream(seed, "together", "at", 0);
    const bool together = rng_chance(&rng, (uint32_t)form->swarm_together);
    const struct range length = part_of(lengths, &rng);
    const int64_t from_us = rng_between(&rng, 0, form->duration_us);
    const int64_t to_us = from_us + rng_between(&rng, length.low, length.high);

    for (uint32_t i = 0; together && i < form->faults_len; i++) {
        struct range *at = &form->faults[i].at_us;
        *at = (struct range){clamp(from_us, *at), clamp(to_us, *at)};
    }
}

static void draw_faults(uint64_t seed, struct form *form)
{
    const struct form written = *form;

    for (uint32_t i = 0; i < form->faults_len; i++) {
        struct fault_spec *spec = &form->faults[i];
        const bool on = spec->chance > 0 && is_on(seed, &written, spec->kind);
        spec->chance = on ? 1000 : 0;
        draw_fault(seed, form->clients - form->posters, spec);
    }
    draw_together(seed, form);
}

/* --- Told ----------------------------------------------------------------------------------- */

static void tell_size(struct buf *out, const char *what, int64_t drawn, int64_t written)
{
    if (drawn != written) {
        buf_printf(out, "%s%" PRId64 " %s for %" PRId64, out->len > 0 ? ", " : "", drawn, what,
                   written);
    }
}

static void tell_word(struct buf *out, const char *head, const char *section, const char *word,
                      bool *begun)
{
    buf_printf(out, "%s%s%s%s",
               *begun         ? ", "
               : out->len > 0 ? head
                              : head + 2,
               section, section[0] != 0 ? "." : "", word);
    *begun = true;
}

static void tell_off(const struct form *written, const struct form *form, struct buf *out)
{
    bool begun = false;

    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        bool on = false;
        bool was = false;
        for (uint32_t i = 0; i < form->faults_len; i++) {
            const bool of_kind = form->faults[i].kind == (enum fault_kind)kind;
            on = on || (of_kind && form->faults[i].chance > 0);
            was = was || (of_kind && written->faults[i].chance > 0);
        }
        if (was && !on) {
            tell_word(out, "; off: ", "", fault_word((enum fault_kind)kind), &begun);
        }
    }
    for (size_t i = 0; i < WORKLOADS; i++) {
        const size_t offset = workloads[i].fields.rows[0].offset;
        const struct range *every =
            (const struct range *)(const void *)((const char *)form + offset);
        const struct range *was =
            (const struct range *)(const void *)((const char *)written + offset);
        if (was->high > 0 && every->high == 0) {
            tell_word(out, "; off: ", "", fault_word(workloads[i].kind), &begun);
        }
    }
}

void swarm_tell(const struct form *written, uint64_t seed, struct buf *out)
{
    struct form *form = hb_calloc(1, sizeof *form);
    bool begun = false;

    if (swarm_draw(written, seed, form)) {
        tell_size(out, "clients", form->clients, written->clients);
        tell_size(out, "rooms", form->rooms, written->rooms);
        tell_size(out, "nodes", form->nodes, written->nodes);
        tell_off(written, form, out);
        for (size_t i = 0; i < PLAN_SECTIONS; i++) {
            for (size_t j = 0; j < plan_sections[i].rows_len; j++) {
                if (memcmp(&form->params[i][j], &written->params[i][j], sizeof(struct range)) !=
                    0) {
                    tell_word(out, "; other: ", plan_sections[i].word,
                              plan_sections[i].rows[j].word, &begun);
                }
            }
        }
    }
    free(form);
}

/* --- All of it ------------------------------------------------------------------------------ */

bool swarm_draw(const struct form *written, uint64_t seed, struct form *ret)
{
    struct rng rng = stream(seed, "seeds", "drawn", 0);
    struct buf why = {0};

    *ret = *written;
    if (!rng_chance(&rng, (uint32_t)written->swarm_seeds)) {
        return false;
    }
    draw_sizes(seed, ret);
    draw_workloads(seed, ret);
    draw_latencies(seed, ret);
    draw_faults(seed, ret);
    draw_parameters(seed, ret);
    const int64_t rest_us = form_rest_us(ret);
    ret->settle_us = ret->settle_us > rest_us ? ret->settle_us : rest_us;
    if (!form_fits(ret, "", &why)) { /* by the parameters: latencies are no greater than written */
        memcpy(ret->params, written->params, sizeof ret->params);
    }
    buf_deinit(&why);
    return true;
}
