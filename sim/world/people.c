/* See people.h. Read as anybody could with redis-cli, over a connection of its own. */
#include "sim/world/people.h"

#include "server/base/buf.h"
#include "server/node/bus.h"
#include "server/protocol/seal.h"
#include "sim/world/database.h"

#include <stdlib.h>
#include <string.h>

/* --- An answer ------------------------------------------------------------------------------ */

struct answer {
    const char *at, *end;
    int64_t left; /* texts of its list */
};

/* A sign, a number and the end of its line. False: something else stands there. */
static bool take_count(struct answer *answer, char sign, int64_t *ret)
{
    int64_t count = 0;
    const char *at = answer->at;

    if (at == answer->end || *at++ != sign) {
        return false;
    }
    while (at < answer->end && *at >= '0' && *at <= '9') {
        count = count * 10 + (*at++ - '0');
    }
    if (answer->end - at < 2 || at[0] != '\r' || at[1] != '\n') {
        return false;
    }
    answer->at = at + 2;
    *ret = count;
    return true;
}

static bool take_text(struct answer *answer, struct text *ret)
{
    int64_t len;

    if (answer->left == 0) {
        return false;
    }
    answer->left--;
    const bool whole = take_count(answer, '$', &len) && len + 2 <= answer->end - answer->at;
    HB_ASSERT(whole); /* the engine is ours */
    *ret = (struct text){answer->at, (uint32_t)len};
    answer->at += len + 2;
    return true;
}

struct question {
    const char *word, *key;
    struct text name; /* behind the key's front */
    const char *rest;
};

/* The list that Redis answers to a command. It stands in `engine_out`, which the caller clears. */
static struct answer ask(struct world *world, uint64_t id, struct question command)
{
    struct engine_out *out = &world->engine_out;
    char front[BUS_FRONT_BYTES + 1];
    struct answer answer = {.left = 0};

    HB_ASSERT(out->items_len == 0);
    buf_clear(&world->scratch);
    bus_front(WORLD_DB_EPOCH, front);
    buf_printf(&world->scratch, "%s %s%s%.*s%s\r\n", command.word, front, command.key,
               (int)command.name.len, command.name.bytes, command.rest);
    engine_feed(world->engine, id, world->scratch.bytes, world->scratch.len,
                WORLD_EPOCH_MS + world_now(world) / 1000, out);
    HB_ASSERT(out->items_len == 1 && out->items[0].client == id);
    answer.at = out->bytes.bytes + out->items[0].offset;
    answer.end = answer.at + out->items[0].len;
    const bool list = take_count(&answer, '*', &answer.left);
    HB_ASSERT(list);
    return answer;
}

static int64_t number_of(struct text text)
{
    int64_t number = 0;

    for (uint32_t i = 0; i < text.len && text.bytes[i] >= '0' && text.bytes[i] <= '9'; i++) {
        number = number * 10 + (text.bytes[i] - '0');
    }
    return number;
}

/* --- People --------------------------------------------------------------------------------- */

/* Connections that nobody of the installation wrote are none. */
static bool sealed(struct seals *seals, struct text key, struct text field, struct text value)
{
    struct text payload;

    return seal_check(seals, (struct seal_place){key, field}, value, &payload) == SEAL_GOOD;
}

static void tell_record(struct world *world, struct seals *seals, uint64_t id, uint32_t user)
{
    const struct text name = names_text(&world->names, NAME_USER, user);
    struct buf key = {0};
    char front[BUS_FRONT_BYTES + 1];
    struct obs obs = OBS(OBS_RECORD, world_now(world));
    struct answer answer =
        ask(world, id,
            (struct question){"HGETALL",
                              "presence:detail:", names_text(&world->names, NAME_USER, user), ""});
    struct text field;
    struct text value;

    bus_front(WORLD_DB_EPOCH, front);
    buf_printf(&key, "%spresence:detail:%.*s", front, (int)name.len, name.bytes);
    obs.user = user;
    obs.seq = PRESENCE_OFFLINE;
    obs.flags = answer.left == 0 ? OBS_LEFT : 0;
    while (take_text(&answer, &field) && take_text(&answer, &value)) {
        enum presence_status status;
        if (field.len > 2 && memcmp(field.bytes, "c:", 2) == 0) {
            obs.value += sealed(seals, (struct text){key.bytes, (uint32_t)key.len}, field, value);
        } else if (text_equal(field, TEXT("v"))) {
            obs.id = (uint64_t)number_of(value);
        } else if (text_equal(field, TEXT("lastSeen"))) {
            obs.timestamp = number_of(value);
        } else if (text_equal(field, TEXT("status")) && presence_status_of(value, &status)) {
            obs.seq = status;
        }
    }
    engine_out_clear(&world->engine_out);
    buf_deinit(&key);
    world_observe(world, &obs);
}

static void tell_listed(struct world *world, uint64_t id)
{
    struct answer answer =
        ask(world, id, (struct question){"ZRANGE", "presence:users", TEXT(""), " 0 -1 WITHSCORES"});
    struct text name;
    struct text score;

    while (take_text(&answer, &name) && take_text(&answer, &score)) {
        struct obs obs = OBS(OBS_LISTED, world_now(world));
        obs.user = names_find(&world->names, NAME_USER, name);
        obs.timestamp = number_of(score);
        if (obs.user != OBS_NONE) {
            world_observe(world, &obs);
        }
    }
    engine_out_clear(&world->engine_out);
}

void world_people_tell(struct world *world)
{
    const uint64_t id = ++world->redis_next;
    struct seals *seals = seals_new(&world->cursor_key, 1, NULL);

    engine_connect(world->engine, id);
    for (uint32_t user = 0; user < plan_users(world->plan); user++) {
        tell_record(world, seals, id, user);
    }
    tell_listed(world, id);
    engine_disconnect(world->engine, id);
    seals_free(&seals);
}
