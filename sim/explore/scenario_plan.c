/* (scenario, seed) -> plan. */
#include "server/base/rng.h"
#include "server/protocol/frame.h"
#include "server/protocol/json.h"
#include "sim/explore/fields.h"
#include "sim/explore/scenario.h"
#include "sim/explore/scenario_faults.h"
#include "sim/explore/scenario_form.h"
#include "sim/explore/scenario_swarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t drawn(uint64_t seed, const char *name, struct range range)
{
    struct rng rng = rng_stream(seed, name, 0, 0);
    return rng_between(&rng, range.low, range.high);
}

/* Each from a stream of its own, named after it. */
static void draw_parameters(const struct form *form, uint64_t seed, struct plan *plan)
{
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        const struct plan_section *section = &plan_sections[i];
        for (size_t j = 0; j < section->rows_len; j++) {
            const struct param *row = &section->rows[j];
            char stream[64];
            (void)snprintf(stream, sizeof stream, "%s.%s", section->word, row->word);
            param_set(row, plan_params(plan, section), drawn(seed, stream, form->params[i][j]));
        }
    }
}

/* Lines of text; every one must be content that may be sent. */
static enum hb_err take_corpus(const char *bytes, size_t bytes_len, struct plan *plan,
                               struct buf *why)
{
    uint32_t cap = 0;
    uint32_t line_number = 1;

    plan->corpus_bytes = hb_strndup(bytes, bytes_len);
    const char *at = plan->corpus_bytes;
    const char *end = at + bytes_len;
    /* What an editor or a checkout puts before the text and at its lines' ends is nobody's message. */
    at += bytes_len >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline != NULL ? newline : end;
        const char *stop = next > at && next[-1] == '\r' ? next - 1 : next;
        if (stop > at) {
            struct buf quoted = {0};
            buf_add_json(&quoted, at, (size_t)(stop - at));
            const bool good = stop - at <= CONTENT_BYTES_MAX &&
                              memchr(at, 0, (size_t)(stop - at)) == NULL &&
                              json_check(quoted.bytes, quoted.len) == HB_OK;
            buf_deinit(&quoted);
            if (!good) {
                buf_printf(why,
                           "line %u of the corpus: expected UTF-8 text of at most %d bytes "
                           "without NUL",
                           (unsigned)line_number, CONTENT_BYTES_MAX);
                return HB_EFIELD;
            }
            HB_GROW(plan->corpus, plan->corpus_len, cap);
            plan->corpus[plan->corpus_len++] = (struct text){at, (uint32_t)(stop - at)};
        }
        line_number++;
        at = next + 1;
    }
    if (plan->corpus_len == 0) {
        buf_add_text(why, "the corpus: expected at least one line of text, got an empty file");
        return HB_EFIELD;
    }
    return HB_OK;
}

static enum hb_err apply_overrides(const struct scenario_overrides *overrides, struct plan *plan,
                                   struct buf *why)
{
    if (overrides->nodes > 0) {
        plan->nodes = overrides->nodes;
    }
    if (overrides->rooms > 0) {
        plan->rooms = overrides->rooms;
    }
    if (overrides->clients > 0) {
        plan->posters = (uint32_t)((uint64_t)plan->posters * overrides->clients / plan->clients);
        plan->clients = overrides->clients;
    }
    for (uint32_t i = 0; i < plan->rooms_per_person_len; i++) {
        struct range *rooms = &plan->rooms_per_person[i].rooms;
        rooms->high = rooms->high < plan->rooms ? rooms->high : plan->rooms;
        rooms->low = rooms->low < plan->rooms ? rooms->low : plan->rooms;
    }
    if (plan->members_per_room > 0 && (overrides->clients > 0 || overrides->rooms > 0)) {
        /* Each user keeps one seat in a room, as far as rooms go. */
        const uint32_t users = plan_users(plan);
        plan->members_per_room = users / plan->rooms > 0 ? users / plan->rooms : 1;
    }
    if (overrides->duration_us > 0) {
        plan->duration_us = overrides->duration_us;
    }
    if (plan->clients > PLAN_CLIENTS_MAX || plan->rooms > PLAN_ROOMS_MAX ||
        plan->nodes > PLAN_NODES_MAX) {
        buf_printf(why, "too large: at most %d clients, %d rooms, %d nodes", PLAN_CLIENTS_MAX,
                   PLAN_ROOMS_MAX, PLAN_NODES_MAX);
        return HB_EFIELD;
    }
    if (plan->clients % plan->devices_per_user != 0) {
        buf_printf(why, "%u clients: not a multiple of devicesPerUser, which is %u",
                   (unsigned)plan->clients, (unsigned)plan->devices_per_user);
        return HB_EFIELD;
    }
    if (plan->members_per_room > 0 &&
        plan->rooms > plan_users(plan) * (uint64_t)ROOMS_PER_USER_MAX) {
        buf_add_text(why, "too many rooms for so few users: at most 256 a user");
        return HB_EFIELD;
    }
    return HB_OK;
}

static void draw_workloads(const struct form *form, uint64_t seed, struct plan *plan)
{
    for (size_t i = 0; i < WORKLOADS; i++) {
        const struct field *row = &workloads[i].fields.rows[0];
        const struct range every =
            *(const struct range *)(const void *)((const char *)form + row->offset);
        char stream[64];
        (void)snprintf(stream, sizeof stream, "workload.%s.%s", fault_word(workloads[i].kind),
                       row->word);
        if (every.high > 0) {
            plan->generators[plan->generators_len++] =
                (struct plan_generator){.kind = workloads[i].kind,
                                        .mean_us = drawn(seed, stream, every),
                                        .from_us = 0,
                                        .to_us = plan->duration_us};
        }
    }
}

static void drop_nodeless(struct plan *plan)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        const struct plan_fault *fault = &plan->faults[i];
        const bool ends_the_last = fault_row(fault->kind)->ends_node && plan->nodes < 2;
        if ((fault->target == OBS_NONE || fault->target < plan->nodes) && !ends_the_last) {
            plan->faults[kept++] = *fault;
        }
    }
    plan->faults_len = kept;
}

void scenario_drawn(const struct scenario *scenario, uint64_t seed, struct buf *out)
{
    if (scenario->has_small) {
        swarm_tell(&scenario->small, seed, out);
    }
}

/* NOLINTNEXTLINE(readability-function-size): bytes and their length are one thing */
enum hb_err scenario_plan(const struct scenario *scenario, uint64_t seed,
                          const struct scenario_overrides *overrides, const char *corpus,
                          size_t corpus_len, struct plan *ret, struct buf *why)
{
    const struct form *written =
        overrides->small && scenario->has_small ? &scenario->small : &scenario->full;
    struct form *form = hb_calloc(1, sizeof *form); /* of this seed */
    if (overrides->written) {
        *form = *written;
    } else {
        (void)swarm_draw(written, seed, form);
    }
    struct plan plan = {
        .seed = seed,
        .clients = (uint32_t)form->clients,
        .devices_per_user = (uint32_t)form->devices_per_user,
        .rooms = (uint32_t)form->rooms,
        .members_per_room = (uint32_t)form->members_per_room,
        .rooms_per_person_len = form->rooms_per_person.len,
        .posters = (uint32_t)form->posters,
        .nodes = (uint32_t)form->nodes,
        .duration_us = form->duration_us,
        .settle_us = form->settle_us,
        .client_latency_us = form->client_latency_us,
        .publish_latency_us = form->publish_latency_us,
        .redis_latency_us = form->redis_latency_us,
        .database_latency_us = form->database_latency_us,
        .connect_spread_us = form->connect_spread_us,
    };
    buf_clear(why);
    memcpy(plan.rooms_per_person, form->rooms_per_person.items, sizeof plan.rooms_per_person);
    memcpy(plan.scenario, scenario->name, sizeof plan.scenario);
    draw_parameters(form, seed, &plan);
    enum hb_err err = apply_overrides(overrides, &plan, why);
    if (err == HB_OK) {
        draw_workloads(form, seed, &plan);
        faults_draw(form, seed, &plan);
        drop_nodeless(&plan);
        err = take_corpus(corpus, corpus_len, &plan, why);
    }
    free(form);
    if (err != HB_OK) {
        plan_deinit(&plan);
        return err;
    }
    *ret = plan;
    return HB_OK;
}
