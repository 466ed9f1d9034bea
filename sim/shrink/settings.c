/* See settings.h. */
#include "sim/shrink/settings.h"

#include "server/base/mem.h"
#include "sim/explore/fits.h"

#include <stdlib.h>
#include <string.h>

/* A parameter by its place among those of all sections. */
struct setting {
    const struct plan_section *section;
    const struct param *row;
};
#define SETTINGS_MAX (PLAN_SECTIONS * PLAN_PARAMS_MAX)

static uint32_t settings_all(struct setting ret[SETTINGS_MAX])
{
    uint32_t len = 0;

    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        for (size_t j = 0; j < plan_sections[i].rows_len; j++) {
            ret[len++] = (struct setting){&plan_sections[i], &plan_sections[i].rows[j]};
        }
    }
    return len;
}

static int64_t value_of(const struct plan *plan, const struct setting *setting)
{
    return param_get(setting->row, plan_params_of(plan, setting->section));
}

/* False: another parameter forbids it, and nothing is changed. */
static bool set(struct plan *plan, const struct setting *setting, int64_t value)
{
    void *params = plan_params(plan, setting->section);
    const int64_t before = param_get(setting->row, params);

    param_set(setting->row, params, value);
    if (params_wrong(setting->section->rows, setting->section->rows_len, params) != NULL) {
        param_set(setting->row, params, before);
        return false;
    }
    return true;
}

/* --- One to another value, in chunks that halve --------------------------------------------- */

typedef bool setting_moves(const struct plan *plan, const struct setting *setting, int64_t *ret);

static bool to_default(const struct plan *plan, const struct setting *setting, int64_t *ret)
{
    *ret = setting->row->simulated;
    return value_of(plan, setting) != *ret;
}

/* Of what is a number of things; switches are settled by their default. */
static bool to_least(const struct plan *plan, const struct setting *setting, int64_t *ret)
{
    *ret = setting->row->least;
    return setting->row->unit == PARAM_COUNT && setting->row->most > 1 && *ret > 0 &&
           value_of(plan, setting) > *ret;
}

static bool from_default_to_least(const struct plan *plan, const struct setting *setting,
                                  int64_t *ret)
{
    const int64_t value = value_of(plan, setting);

    *ret = setting->row->least;
    return value != setting->row->simulated && value > *ret;
}

/* Moves a chunk; false: nothing of it moves. */
static bool move(struct plan *plan, const struct setting *settings, uint32_t len,
                 setting_moves *moves)
{
    bool moved = false;

    for (uint32_t i = 0; i < len; i++) {
        int64_t value;
        if (moves(plan, &settings[i], &value)) {
            moved = set(plan, &settings[i], value) || moved;
        }
    }
    const int64_t settle_us = plan_settle_least_us(plan);
    plan->settle_us = plan->settle_us > settle_us ? plan->settle_us : settle_us;
    return moved;
}

static uint32_t movable(const struct plan *plan, setting_moves *moves,
                        struct setting ret[SETTINGS_MAX])
{
    const uint32_t all = settings_all(ret);
    uint32_t len = 0;
    int64_t value;

    for (uint32_t i = 0; i < all; i++) {
        if (moves(plan, &ret[i], &value)) {
            ret[len++] = ret[i];
        }
    }
    return len;
}

static void move_all(struct shrink *shrink, setting_moves *moves)
{
    struct setting settings[SETTINGS_MAX];
    const uint32_t len = movable(&shrink->best, moves, settings);

    for (uint32_t size = len; size > 0 && !shrink->over; size /= 2) {
        struct candidates candidates = {.len = 0};
        for (uint32_t from = 0; from < len && !shrink->over;) {
            const uint32_t chunk = len - from < size ? len - from : size;
            if (!move(candidates_add(&candidates, &shrink->best, from + chunk), settings + from,
                      chunk, moves)) {
                candidates_drop_last(&candidates);
            }
            from += chunk;
            if (candidates.len > 0 && (candidates.len == CANDIDATES_MAX / 2 || from >= len)) {
                const uint32_t went = ask(shrink, &candidates, true);
                from = went != ASK_NONE ? went : from;
            }
        }
    }
}

void settings_least(struct shrink *shrink)
{
    move_all(shrink, to_least);
}

/* --- Latencies and the like ----------------------------------------------------------------- */

static void simplify_range(struct shrink *shrink, size_t offset)
{
    static const int64_t simple_us[] = {1 * MS, 10 * MS, 100 * MS};
    const struct range *range = (const void *)((const char *)&shrink->best + offset);
    struct candidates candidates = {.len = 0};

    if (range->low == range->high && range->low % MS == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof simple_us / sizeof simple_us[0]; i++) {
        struct plan *plan = candidates_add(&candidates, &shrink->best, 0);
        *(struct range *)(void *)((char *)plan + offset) =
            (struct range){simple_us[i], simple_us[i]};
    }
    (void)ask(shrink, &candidates, true);
}

void settings_default(struct shrink *shrink)
{
    struct candidates candidates = {.len = 0};

    move_all(shrink, to_default);
    move_all(shrink, from_default_to_least);
    if (shrink->best.connect_spread_us > 0) {
        candidates_add(&candidates, &shrink->best, 0)->connect_spread_us = 0;
        (void)ask(shrink, &candidates, true);
    }
    simplify_range(shrink, offsetof(struct plan, client_latency_us));
    simplify_range(shrink, offsetof(struct plan, publish_latency_us));
    simplify_range(shrink, offsetof(struct plan, redis_latency_us));
    simplify_range(shrink, offsetof(struct plan, database_latency_us));
}

void settings_text(struct shrink *shrink)
{
    struct candidates candidates = {.len = 0};

    if (shrink->best.corpus_len <= 1) {
        return;
    }
    candidates_add(&candidates, &shrink->best, 0)->corpus_len = 1;
    (void)ask(shrink, &candidates, false);
}

/* --- Sizes ---------------------------------------------------------------------------------- */

/* Behind the last that is left. */
static uint32_t needed(const bool *dropped, uint32_t len)
{
    while (dropped != NULL && len > 1 && dropped[len - 1]) {
        len--;
    }
    return len;
}

void settings_sizes(struct shrink *shrink)
{
    const struct plan *best = &shrink->best;
    const uint32_t devices = best->devices_per_user;
    const uint32_t clients =
        (needed(best->drop_clients, best->clients) + devices - 1) / devices * devices;
    const uint32_t rooms = needed(best->drop_rooms, best->rooms);
    const uint32_t nodes = needed(best->drop_nodes, best->nodes);
    struct candidates candidates = {.len = 0};

    if (clients < best->clients && clients <= best->clients - best->posters &&
        clients / devices >= best->members_per_room) {
        struct plan *plan = candidates_add(&candidates, best, 0);
        plan->clients = clients;
        plan->posters = 0;
        (void)ask(shrink, &candidates, true);
    }
    if (rooms < best->rooms && best->rooms_per_person_len == 0) {
        candidates_add(&candidates, best, 0)->rooms = rooms;
        (void)ask(shrink, &candidates, true);
    }
    if (nodes < best->nodes) {
        candidates_add(&candidates, best, 0)->nodes = nodes;
        (void)ask(shrink, &candidates, true);
    }
}
