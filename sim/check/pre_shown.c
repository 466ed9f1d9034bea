/* See pre_shown.h. */
#include "sim/check/pre_shown.h"

#include "sim/check/path.h"
#include "sim/check/pre_path.h"

/* --- Connections ---------------------------------------------------------------------------- */

bool pre_conn_counts(const struct judge *judge, const struct pre_conn *conn, int64_t at_us)
{
    return conn->live_us <= at_us &&
           (conn->ended_us == NEVER_US || at_us < conn->ended_us + judge->bounds.grace_us) &&
           !pre_path_leaseless(judge, conn->node, at_us) &&
           !pre_path_kept(judge, conn->node, conn->live_us, at_us);
}

/* NEVER_US: nobody can tell yet. */
static int64_t may_count_until(const struct judge *judge, const struct pre_conn *conn)
{
    if (conn->gone_us == NEVER_US) {
        return NEVER_US;
    }
    return conn->crashed ? pre_path_ghost(judge, conn->gone_us)
                         : conn->gone_us + judge->bounds.grace_us;
}

bool pre_conn_may_count(const struct judge *judge, const struct pre_conn *conn, int64_t at_us)
{
    const int64_t until_us = may_count_until(judge, conn);

    return until_us == NEVER_US || at_us < until_us;
}

bool pre_conn_unheard(const struct judge *judge, const struct pre_conn *conn)
{
    const struct disturbance *own = &judge->devices[conn->device].own;
    const int64_t there_us = conn->said_us + judge->bounds.client_latency_us;

    return conn->unheard || (conn->said_us != INT64_MIN &&
                             (there_us >= conn->ended_us ||
                              (own->until_us >= conn->said_us && own->since_us <= there_us)));
}

/* From when on it has been over for so long that all were told, if nothing kept that from them; NEVER_US. */
static int64_t over_from(const struct judge *judge, const struct pre_conn *conn)
{
    const int64_t kept_us = judge_bound(judge, BOUND_SEEN_REPAIR);
    const int64_t until_us = may_count_until(judge, conn);
    const int64_t way_us =
        path_database_from(judge, conn->node, path_redis_from(judge, conn->node, INT64_MIN));

    if (until_us == NEVER_US || way_us == NEVER_US) {
        return NEVER_US;
    }
    return later(until_us + kept_us, way_us == INT64_MIN ? way_us : way_us + 2 * kept_us);
}

/* Those are forgotten. */
static void conns_forget(struct judge *judge, struct pre_person *person, int64_t now_us)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < person->conns_len; i++) {
        const struct pre_conn conn = person->conns[i];
        if (over_from(judge, &conn) > now_us) {
            person->conns[kept++] = conn;
        }
    }
    if (kept < person->conns_len) {
        pre_person_moved(person, INT64_MIN); /* what they left in doubt was so until long ago */
    }
    person->conns_len = kept;
}

/* --- What may be shown ---------------------------------------------------------------------- */

int64_t pre_conn_heard_by(const struct judge *judge, const struct pre_conn *conn)
{
    return conn->said_us == INT64_MIN ? INT64_MIN : conn->said_us + judge->bounds.client_latency_us;
}

/* The worst status that it may have for its node; a bit for each that it may. */
static uint32_t conn_worst(const struct judge *judge, const struct pre_conn *conn, int64_t now_us,
                           uint32_t *ret_may)
{
    uint32_t worst = conn->status;

    *ret_may = 1U << conn->status;
    if (now_us < pre_conn_heard_by(judge, conn) || pre_conn_unheard(judge, conn) ||
        pre_path_kept(judge, conn->node, conn->said_us, now_us)) {
        *ret_may |= conn->before;
    }
    while (*ret_may >> (worst + 1) != 0) {
        worst++;
    }
    return worst;
}

/* One bit for each status that the connections may come to. Of those within their grace, all but one may have
 * been given up: whoever comes again needs no grace. */
static uint32_t bases(struct judge *judge, const struct pre_person *person, int64_t now_us)
{
    uint32_t there = PRESENCE_OFFLINE;
    uint32_t graced = PRESENCE_ONLINE;
    bool any_graced = false;
    uint32_t said = 0;

    for (uint32_t i = 0; i < person->conns_len; i++) {
        const struct pre_conn *conn = &person->conns[i];
        uint32_t may;
        const uint32_t worst = conn_worst(judge, conn, now_us, &may);
        said |= pre_conn_may_count(judge, conn, now_us) ? may : 0;
        if (!pre_conn_counts(judge, conn, now_us)) {
            /* For its own node it may count, which then gave up what waits for its grace. */
            graced = conn->live_us <= now_us && conn->ended_us == NEVER_US && worst > graced
                         ? worst
                         : graced;
            continue;
        }
        if (conn->ended_us == NEVER_US) {
            there = worst < there ? worst : there;
        } else {
            graced = worst > graced ? worst : graced;
            any_graced = true;
        }
    }
    const uint32_t base = there != PRESENCE_OFFLINE || !any_graced ? there : graced;
    return (said & ((1U << base) - 1)) | 1U << base;
}

static uint32_t statuses(struct judge *judge, const struct pre_person *person, int64_t now_us)
{
    const uint32_t base = bases(judge, person, now_us);
    const uint32_t there = base & ~(1U << PRESENCE_OFFLINE);
    uint32_t ret = base & 1U << PRESENCE_OFFLINE;

    for (uint32_t i = 0; there != 0 && i < person->choices_len[PRE_STATUS]; i++) {
        const struct pre_choice *choice = &person->choices[PRE_STATUS][i];
        if (choice->until_us == NEVER_US) {
            ret |= choice->value == PRE_NOT_CHOSEN ? there : 1U << choice->value;
        }
    }
    return ret;
}

/* True: until now they might be there too. */
static bool place_see(struct pre_person *person, uint32_t room, int64_t now_us)
{
    for (uint32_t i = 0; i < person->places_len; i++) {
        if (person->places[i].room == room) {
            const bool was = person->places[i].until_us == now_us;
            person->places[i].until_us = NEVER_US;
            return was;
        }
    }
    HB_GROW(person->places, person->places_len, person->places_cap);
    person->places[person->places_len++] = (struct pre_place){NEVER_US, room};
    return false;
}

static void look_places(struct judge *judge, struct pre_person *person, int64_t now_us)
{
    uint32_t before = 0;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < person->places_len; i++) {
        struct pre_place *place = &person->places[i];
        before += place->until_us == NEVER_US;
        place->until_us = place->until_us == NEVER_US ? now_us : place->until_us;
    }
    for (uint32_t i = 0; i < person->conns_len; i++) {
        const struct pre_conn *conn = &person->conns[i];
        if (pre_conn_may_count(judge, conn, now_us)) {
            kept += place_see(person, conn->room, now_us);
        }
    }
    if (kept < before) {
        pre_person_moved(person, now_us);
    }
}

/* When those that were there for certain ended, and the last instant at which any may have been. */
static void look_there(const struct judge *judge, struct pre_person *person, int64_t now_us)
{
    for (uint32_t i = 0; i < person->conns_len; i++) {
        const struct pre_conn *conn = &person->conns[i];
        if (conn->live_us <= now_us && conn->ended_us <= now_us) {
            const int64_t said_us = pre_path_said(judge, conn->node, conn->ended_us);
            person->there_us =
                later(person->there_us, said_us > conn->live_us ? said_us : INT64_MIN);
        }
        person->last_us = later(person->last_us, earlier(conn->gone_us, now_us));
    }
}

/* How many count for certain, and how many may. */
static uint64_t counted(struct judge *judge, const struct pre_person *person, int64_t now_us)
{
    uint64_t ret = 0;

    for (uint32_t i = 0; i < person->conns_len; i++) {
        ret += (uint64_t)pre_conn_counts(judge, &person->conns[i], now_us) << 32;
        ret += pre_conn_may_count(judge, &person->conns[i], now_us);
    }
    return ret;
}

/* Of what was possible until what was said got there, the time to tell counts from its being said. */
static int64_t said_since(const struct judge *judge, const struct pre_person *person,
                          int64_t now_us, int64_t since_us)
{
    for (uint32_t i = 0; i < person->conns_len; i++) {
        if (pre_conn_heard_by(judge, &person->conns[i]) == now_us) {
            since_us = earlier(since_us, person->conns[i].said_us);
        }
    }
    return since_us;
}

void pre_person_look(struct judge *judge, uint32_t user, int64_t now_us, int64_t since_us)
{
    struct pre_person *person = pre_person(judge, user);
    const uint64_t count = counted(judge, person, now_us);
    bool changed = count != person->counted;

    person->counted = count;
    conns_forget(judge, person, now_us);
    look_there(judge, person, now_us);
    look_places(judge, person, now_us);
    const uint32_t now = statuses(judge, person, now_us);
    since_us = said_since(judge, person, now_us, since_us);
    for (uint32_t s = 0; s < PRESENCE_STATUS_COUNT; s++) {
        const bool may = (now >> s & 1) != 0;
        if (may != (person->until_us[s] == NEVER_US)) {
            if (may && s == PRESENCE_OFFLINE) {
                person->absent_us = person->until_us[s];
            }
            person->until_us[s] = may ? NEVER_US : since_us;
            pre_person_moved(person, since_us);
            changed = true;
        }
    }
    if (changed) {
        person->changed_us = later(person->changed_us, now_us);
        pre_person_changed(person, now_us);
    }
}

int64_t pre_person_next(const struct judge *judge, const struct pre_person *person, int64_t now_us)
{
    const int64_t grace_us = judge->bounds.grace_us;
    int64_t next_us = NEVER_US;

    for (uint32_t i = 0; i < person->conns_len; i++) {
        const struct pre_conn *conn = &person->conns[i];
        const int64_t all_us[] = {
            pre_path_next(judge, conn->node, now_us),
            pre_conn_heard_by(judge, conn),
            conn->ended_us == NEVER_US ? NEVER_US : conn->ended_us + grace_us,
            may_count_until(judge, conn),
            over_from(judge, conn),
        };
        for (size_t k = 0; k < sizeof all_us / sizeof all_us[0]; k++) {
            next_us = all_us[k] > now_us ? earlier(next_us, all_us[k]) : next_us;
        }
    }
    return next_us;
}

void pre_person_wake(struct judge *judge, uint32_t user, int64_t at_us)
{
    struct pre_person *person = pre_person(judge, user);

    if (at_us < person->due_us) {
        person->due_us = at_us;
        due_push(&judge->dues, (struct due){at_us, DUE_PERSON, user, 0});
    }
}
