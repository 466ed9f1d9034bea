/* What is told and kept of a violated run. See excerpt.h. */
#include "reports/excerpt.h"

#include "sim/history/file.h"

#include <inttypes.h>
#include <stdlib.h>

/* The first violation of each of the first few invariants. */
void excerpt_init(struct excerpt *excerpt, const struct judgement *judgement,
                  const char *(*fault_word)(uint64_t kind))
{
    *excerpt = (struct excerpt){.people_len = 0};
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        excerpt->more += judgement->invariants[i].violations;
    }
    for (size_t i = 0; i < judgement->violations_len && excerpt->people_len < EXCERPT_PEOPLE_MAX;
         i++) {
        const struct violation *violation = &judgement->violations[i];
        bool had = false;
        for (uint32_t p = 0; p < excerpt->people_len; p++) {
            had |= excerpt->people[p].violation->invariant == violation->invariant;
        }
        if (!had) {
            excerpt->people[excerpt->people_len++] =
                (struct people){.violation = violation, .fault_word = fault_word};
        }
    }
    excerpt->more -= excerpt->more > excerpt->people_len ? excerpt->people_len : excerpt->more;
}

void excerpt_keep_history(struct excerpt *excerpt, const struct bounds *bounds, uint32_t users,
                          bool whole)
{
    HB_ASSERT(excerpt->members == NULL);
    excerpt->whole = whole;
    excerpt->members_len = users;
    excerpt->members = hb_calloc(users > 0 ? users : 1, 1);
    history_write_header(bounds, &excerpt->history);
}

void excerpt_deinit(struct excerpt *excerpt)
{
    for (uint32_t i = 0; i < excerpt->people_len; i++) {
        people_deinit(&excerpt->people[i]);
    }
    free(excerpt->members);
    buf_deinit(&excerpt->history);
}

/* A city's whole history is hundreds of megabytes. What is kept judges alike: the rooms of the
 * violations with everyone in them, and what concerns everybody. */
static bool kept(struct excerpt *excerpt, const struct obs *obs)
{
    bool room = obs->room == OBS_NONE;

    for (uint32_t i = 0; i < excerpt->people_len; i++) {
        const uint32_t of = excerpt->people[i].violation->room;
        room = room || of == OBS_NONE || of == obs->room;
    }
    if (obs->kind == OBS_MEMBER && room && obs->user < excerpt->members_len) {
        excerpt->members[obs->user] = 1;
    }
    const bool declares = obs->kind == OBS_USER || obs->kind == OBS_DEVICE;
    const bool person = obs->device == OBS_NONE || obs->user >= excerpt->members_len ||
                        excerpt->members[obs->user] != 0;
    return room && (declares || person);
}

void excerpt_observe(void *user, const struct obs *obs)
{
    struct excerpt *excerpt = user;
    for (uint32_t i = 0; i < excerpt->people_len; i++) {
        people_observe(&excerpt->people[i], obs);
    }
    if (excerpt->members != NULL && (kept(excerpt, obs) || excerpt->whole)) {
        history_write_obs(obs, &excerpt->history);
    }
}

void excerpt_print(const struct excerpt *excerpt, const struct style *style, struct buf *out)
{
    for (uint32_t i = 0; i < excerpt->people_len; i++) {
        people_print(&excerpt->people[i], style, out);
    }
    if (excerpt->more > 0) {
        buf_printf(out,
                   "\nand %" PRIu64
                   " more violations: summary.json of --out lists the first of each "
                   "invariant\n",
                   excerpt->more);
    }
}
