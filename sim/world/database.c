/* See database.h. */
#include "sim/world/database.h"

#include "server/node/revoked.h"
#include "server/protocol/id.h"
#include "sim/world/clocks.h"
#include "sim/world/lives.h"

#include <stdlib.h>
#include <string.h>

void world_tx_free(struct world_tx **tx)
{
    if (*tx != NULL) {
        db_tx_free(&(*tx)->tx);
        free((*tx)->rows);
        free(*tx);
        *tx = NULL;
    }
}

/* Where the number of this key stands. */
static uint32_t *number_of(struct key_numbers *numbers, int64_t key)
{
    HB_ASSERT(key > 0);
    while ((size_t)key >= numbers->len) {
        const uint32_t len = numbers->len > 0 ? numbers->len * 2 : 1024;
        numbers->items = hb_realloc(numbers->items, len * sizeof *numbers->items);
        for (uint32_t i = numbers->len; i < len; i++) {
            numbers->items[i] = OBS_NONE;
        }
        numbers->len = len;
    }
    return &numbers->items[key];
}

static uint32_t user_of_key(struct world *world, int64_t key)
{
    uint32_t *number = number_of(&world->user_of_key, key);
    struct text name;

    if (*number == OBS_NONE && vdb_user_name(world->vdb, key, &name)) {
        *number = world_user_number(world, name);
    }
    return *number;
}

uint32_t world_db_room(struct world *world, int64_t key)
{
    const uint32_t known = world_db_room_known(world, key);
    struct text name;

    if (known != OBS_NONE) {
        return known;
    }
    if (!vdb_room_name(world->vdb, key, &name)) {
        return OBS_NONE;
    }
    uint32_t *number = number_of(&world->room_of_key, key);
    *number = world_room_number(world, name);
    return *number;
}

/* Where the parameters of the statements that append to the log stand: from 1, as in their texts;
 * 0: there is none. */
static const struct append {
    uint8_t stamp, client_id;
    uint8_t user;      /* its key */
    uint8_t user_name; /* of one whose key is not known */
} appends[DB_STMT_COUNT] = {
    [DB_ENTRY_APPEND] = {.stamp = 7, .client_id = 3, .user = 2},
    [DB_CREATE_APPEND] = {.stamp = 3, .client_id = 1, .user = 6},
    [DB_JOIN_APPEND] = {.stamp = 3, .client_id = 1, .user = 6},
    [DB_INVITE_APPEND] = {.stamp = 2, .user_name = 6},
};

/* An own stamp goes out with a transaction: the stamp and the author are what the log will say. */
static void observe_stamps(struct world *world, uint16_t node, const struct db_tx *tx)
{
    for (uint32_t i = 0; i < tx->calls_len; i++) {
        const struct db_call *call = &tx->calls[i];
        const struct append *append = &appends[call->stmt];
        if (append->stamp == 0) {
            continue;
        }
        HB_ASSERT(call->params_len == db_stmt_info(call->stmt)->params);
        struct obs obs = OBS(OBS_STAMP, world_now(world));
        obs.node = node;
        obs.user = append->user > 0
                       ? user_of_key(world, call->params[append->user - 1].integer)
                       : world_user_number(world, call->params[append->user_name - 1].text);
        if (append->client_id > 0) {
            obs.client_id = id_key(call->params[append->client_id - 1].text);
        }
        obs.hlc = (uint64_t)call->params[append->stamp - 1].integer;
        obs.value = world_node_wall_ms(world, node);
        world_observe(world, &obs);
    }
}

/* What a transaction weighs on its way to the database; looked at only when something lies there. */
static size_t tx_bytes(const struct world *world, const struct db_tx *tx)
{
    size_t bytes = 0;

    for (uint32_t i = 0; world->pipes.spans_len > 0 && i < tx->calls_len; i++) {
        const struct db_call *call = &tx->calls[i];
        for (uint32_t p = 0; p < call->params_len; p++) {
            const struct db_value *param = &call->params[p];
            bytes += param->kind == DB_TEXT ? param->text.len : sizeof param->integer;
        }
    }
    return bytes;
}

/* A node has many streams to the database: its transactions do not wait for each other. `way_us` is
 * half of what it takes without spans. One that a cut takes away was surely not committed. */
static int64_t arrival_up(struct world *world, uint16_t node, struct world_tx *way, int64_t way_us)
{
    struct pipe pipe = {0};
    const struct hop hop = {.now_us = world_now(world),
                            .from = place_node(node),
                            .to = place_database(),
                            .bytes = tx_bytes(world, way->tx)};
    const int64_t nominal_us = hop.now_us + way_us;
    const int64_t at_us = pipe_arrival_at(&world->pipes, &pipe, &hop, nominal_us);

    if (at_us == PIPE_NEVER) {
        way->err = HB_EAGAIN;
        return nominal_us;
    }
    way->answer_us += at_us - nominal_us;
    return at_us;
}

/* False: a cut takes the answer away, so that the node does not know. */
static bool answer_arrives(struct world *world, uint16_t node, struct world_tx *way)
{
    struct pipe pipe = {0};
    const struct hop hop = {
        .now_us = world_now(world), .from = place_database(), .to = place_node(node)};
    const int64_t at_us = pipe_arrival_at(&world->pipes, &pipe, &hop, way->answer_us);

    if (at_us == PIPE_NEVER) {
        return false;
    }
    way->answer_us = at_us;
    return true;
}

/* One that takes longer than the database should keeps its node waiting, also when what made it slow is over:
 * a read that began in a slow time brings nothing before it ends. */
static void observe_slow(struct world *world, uint16_t node, int64_t answer_us)
{
    const int64_t takes_us = answer_us - world_now(world);

    if (takes_us > world->plan->database_latency_us.high) {
        struct obs obs = OBS(OBS_TX_SLOW, world_now(world));
        obs.node = node;
        obs.value = takes_us;
        world_observe(world, &obs);
    }
}

/* That a node lives is said by the clock, whatever people do: it draws from a stream of its own, so that
 * what they do does not depend on how often. */
static struct rng *rng_of(struct world_node *node, const struct db_tx *tx)
{
    return tx->calls[0].stmt == DB_NODE_BEAT ? &node->rng_beat : &node->rng_db;
}

void world_db_submit(struct world *world, uint16_t node, struct db_tx *tx)
{
    struct world_node *from = &world->nodes[node];
    const struct range latency = world->plan->database_latency_us;
    struct rng *rng = rng_of(from, tx);
    const int64_t takes = rng_between(rng, latency.low, latency.high) + world->db_slow_us;
    struct world_tx *way = hb_malloc(sizeof *way); /* calloc is served from no cache */

    *way = (struct world_tx){
        .tx = tx, .life = from->life, .as = from->as, .answer_us = world_now(world) + takes};

    /* Two draws a transaction, whether a fault is on or not: a dropped fault moves no other. */
    const int64_t lot = rng_between(rng, 0, 999);
    if (lot < world->db_refuse_permille) {
        way->err = HB_EAGAIN;
    } else if (lot < world->db_refuse_permille + world->db_unknown_permille) {
        way->err = HB_EUNKNOWN;
    }
    observe_stamps(world, node, tx);
    const int64_t run_us = arrival_up(world, node, way, takes / 2);
    observe_slow(world, node, way->answer_us);
    sched_push(&world->sched, run_us,
               (struct sched_event){.kind = EV_DB_RUN, .node = node, .tx = way});
}

struct writer { /* of a transaction: the row has only a name */
    uint16_t node, as;
};

static struct obs obs_of_commit(struct world *world, enum obs_kind kind,
                                const struct vdb_commit *commit, struct writer writer)
{
    struct obs obs = OBS(kind, world_now(world));
    char id[HLC_TEXT_BYTES_MAX];
    struct text node = {NULL, 0};

    obs.room = world_db_room(world, commit->room);
    obs.seq = commit->seq;
    obs.user = user_of_key(world, commit->sender);
    obs.sender = id_key(names_text(&world->names, NAME_USER, obs.user));
    obs.client_id = id_key(commit->client_id);
    obs.content = id_key(commit->content);
    obs.hlc = commit->hlc;
    obs.value = (int64_t)commit->stamp;
    obs.timestamp = commit->at_ms;
    obs.flags = commit->kind == ENTRY_MESSAGE ? 0 : OBS_EVENT;
    if (vdb_node_name(world->vdb, commit->node, &node)) {
        const size_t len = hlc_format((struct hlc_stamp){commit->stamp}, node, id);
        obs.id = id_key((struct text){id, (uint32_t)len});
        const uint32_t number = names_find(&world->names, NAME_NODE, node);
        obs.node = number != OBS_NONE ? (uint16_t)number : OBS_NODE_NONE; /* the initial state's */
        obs.node = obs.node == writer.as ? writer.node : obs.node;
    }
    return obs;
}

static const struct writer nobody = {OBS_NODE_NONE, OBS_NODE_NONE};

static void observe_commits(struct world *world, struct writer writer)
{
    const struct vdb_commit *commits;
    const uint32_t len = vdb_commits(world->vdb, &commits);

    world->committed_us = len > 0 ? world_now(world) : world->committed_us;
    for (uint32_t i = 0; i < len; i++) {
        struct obs obs = obs_of_commit(world, OBS_COMMIT, &commits[i], writer);
        const struct entry entry = {.content = commits[i].content,
                                    .client_id = commits[i].client_id};
        obs.entry = &entry;
        world->stats.messages += commits[i].kind == ENTRY_MESSAGE;
        world_observe(world, &obs);
        if (commits[i].kind == ENTRY_JOIN || commits[i].kind == ENTRY_LEAVE) {
            struct obs member = OBS(OBS_MEMBER, world_now(world));
            member.user = obs.user;
            member.room = obs.room;
            member.seq = obs.seq;
            member.flags = commits[i].kind == ENTRY_LEAVE ? OBS_LEFT : 0;
            world_observe(world, &member);
        }
    }
}

static void observe_rewrites(struct world *world)
{
    const struct vdb_rewrite *rewrites;
    const uint32_t len = vdb_rewrites(world->vdb, &rewrites);

    for (uint32_t i = 0; i < len; i++) {
        struct obs obs = OBS(OBS_REWRITTEN, world_now(world));
        obs.room = world_db_room(world, rewrites[i].room);
        obs.seq = rewrites[i].seq;
        obs.flags = rewrites[i].removed ? OBS_LEFT : 0;
        world_observe(world, &obs);
    }
}

static void observe_receipts(struct world *world, uint16_t node)
{
    const struct vdb_receipt *receipts;
    const uint32_t len = vdb_receipts(world->vdb, &receipts);

    for (uint32_t i = 0; i < len; i++) {
        struct obs obs = OBS(receipts[i].read ? OBS_READ_ROW : OBS_ARRIVED_ROW, world_now(world));
        obs.node = node;
        obs.room = world_db_room(world, receipts[i].room);
        obs.user = user_of_key(world, receipts[i].user);
        obs.seq = receipts[i].seq;
        obs.timestamp = receipts[i].at_ms;
        obs.value = WORLD_EPOCH_MS + world_now(world) / 1000;
        obs.flags = receipts[i].changed ? OBS_LEFT : 0;
        world_observe(world, &obs);
    }
}

void world_db_seed_room(struct world *world, struct text room, const struct text *members,
                        uint32_t members_len)
{
    vdb_seed_room(world->vdb, room, members, members_len, WORLD_EPOCH_MS - 1000);
    observe_commits(world, nobody);
}

/* Whose tokens, or which one, are good no longer from now on. */
static void observe_revoked(struct world *world, const struct db_tx *tx)
{
    for (uint32_t i = 0; i < tx->calls_len; i++) {
        const struct db_call *call = &tx->calls[i];
        if (call->stmt != DB_REVOKED_ADD) {
            continue;
        }
        struct obs obs = OBS(OBS_REVOKED, world_now(world));
        const struct text name = call->params[1].text;
        if (call->params[0].integer == REVOKED_USER) {
            obs.user = names_find(&world->names, NAME_USER, name);
        } else {
            obs.id = id_key(name);
        }
        obs.seq = (uint64_t)call->params[2].integer;
        world_observe_edge(world, &obs);
    }
}

/* Copies an answer's rows into one block, so that it can travel. */
static void answer_copy(struct world_tx *way, const struct db_answer *answer)
{
    size_t values = 0;
    size_t texts = 0;
    for (uint32_t c = 0; c < answer->calls_len; c++) {
        const size_t count = (size_t)answer->calls[c].rows_len * answer->calls[c].columns;
        values += count;
        for (size_t v = 0; v < count; v++) {
            const struct db_value *value = &answer->calls[c].values[v];
            texts += value->kind == DB_TEXT ? value->text.len : 0;
        }
    }
    struct db_rows *calls =
        hb_malloc(answer->calls_len * sizeof *calls + values * sizeof(struct db_value) + texts + 1);
    struct db_value *value = (struct db_value *)(void *)(calls + answer->calls_len);
    char *text = (char *)(value + values);
    for (uint32_t c = 0; c < answer->calls_len; c++) {
        const size_t count = (size_t)answer->calls[c].rows_len * answer->calls[c].columns;
        calls[c] = answer->calls[c];
        calls[c].values = value;
        for (size_t v = 0; v < count; v++, value++) {
            *value = answer->calls[c].values[v];
            if (value->kind == DB_TEXT && value->text.len > 0) {
                memcpy(text, value->text.bytes, value->text.len);
                value->text.bytes = text;
                text += value->text.len;
            }
        }
    }
    way->rows = calls;
    way->answer = *answer;
    way->answer.calls = calls;
}

void world_db_run(struct world *world, uint16_t node, struct world_tx *way)
{
    struct world_node *from = &world->nodes[node];
    struct db_answer answer = {.token = way->tx->token, .err = way->err, .epoch = WORLD_DB_EPOCH};
    const bool orphan = from->life != way->life || from->node == NULL;
    bool commit = way->err == HB_OK;

    world->stats.transactions++;
    if (way->err == HB_EUNKNOWN || (orphan && commit)) {
        commit = rng_chance(rng_of(from, way->tx), 500);
    }
    if (way->err != HB_EAGAIN) {
        struct db_answer ran;
        vdb_run(world->vdb, way->tx, commit, &ran);
        if (commit) {
            observe_commits(world, (struct writer){node, way->as});
            observe_rewrites(world);
            observe_receipts(world, node);
            observe_revoked(world, way->tx);
        }
        if (commit) {
            world_lives_committed(world, node, way->as, orphan, way->tx);
        }
        if (way->err == HB_OK) {
            answer = ran;
        }
    }
    if (orphan) {
        world_tx_free(&way);
        return;
    }
    const int64_t said_us = way->answer_us;
    if (!answer_arrives(world, node, way) && way->err == HB_OK) {
        answer = (struct db_answer){
            .token = way->tx->token, .err = HB_EUNKNOWN, .epoch = WORLD_DB_EPOCH};
    }
    if (way->answer_us > said_us) {
        observe_slow(world, node, way->answer_us);
    }
    answer_copy(way, &answer);
    sched_push(&world->sched, way->answer_us,
               (struct sched_event){.kind = EV_DB_ANSWER, .node = node, .tx = way});
}

static void final_row(void *user, const struct vdb_commit *entry)
{
    struct world *world = user;
    struct obs obs = obs_of_commit(world, OBS_FINAL, entry, nobody);
    world_observe(world, &obs);
}

void world_db_final(struct world *world)
{
    vdb_log(world->vdb, final_row, world);
}
