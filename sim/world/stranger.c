/* See stranger.h. */
#include "sim/world/stranger.h"

#include "server/node/bus.h"
#include "server/node/entry.h"
#include "server/protocol/seal.h"
#include "sim/world/database.h"
#include "sim/world/link_arrivals.h"
#include "sim/world/overheard.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 16

struct stranger { /* one writing of theirs */
    struct world *world;
    struct rng rng;
    char front[BUS_FRONT_BYTES + 1];
    struct buf words[WORDS_MAX];
    uint32_t words_len;
    uint64_t client;
};

/* --- Commands ------------------------------------------------------------------------------- */

static void word(struct stranger *stranger, struct text text)
{
    HB_ASSERT(stranger->words_len < WORDS_MAX);
    buf_add(&stranger->words[stranger->words_len++], text.bytes, text.len);
}

static void HB_PRINTF(2, 3) print(struct stranger *stranger, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    const int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    HB_ASSERT(len >= 0 && (size_t)len < sizeof text);
    word(stranger, (struct text){text, (uint32_t)len});
}

/* Ends the command and gives it to Redis. */
static void done(struct stranger *stranger)
{
    struct buf bytes = {0};

    buf_printf(&bytes, "*%u\r\n", (unsigned)stranger->words_len);
    for (uint32_t i = 0; i < stranger->words_len; i++) {
        buf_printf(&bytes, "$%zu\r\n", stranger->words[i].len);
        if (stranger->words[i].len > 0) {
            buf_add(&bytes, stranger->words[i].bytes, stranger->words[i].len);
        }
        buf_add_text(&bytes, "\r\n");
        buf_clear(&stranger->words[i]);
    }
    stranger->words_len = 0;
    world_redis_feed(stranger->world, stranger->client, bytes.bytes, bytes.len);
    buf_deinit(&bytes);
}

/* --- Whom, where and what they heard -------------------------------------------------------- */

static uint32_t below(struct stranger *stranger, uint32_t count)
{
    return (uint32_t)rng_between(&stranger->rng, 0, (int64_t)count - 1);
}

static const char *some_user(struct stranger *stranger)
{
    const uint32_t user = below(stranger, plan_users(stranger->world->plan));

    return names_text(&stranger->world->names, NAME_USER, user).bytes;
}

static const char *some_room(struct stranger *stranger)
{
    const uint32_t room = below(stranger, stranger->world->plan->rooms);

    return names_text(&stranger->world->names, NAME_ROOM, room).bytes;
}

static int64_t now_ms(const struct stranger *stranger)
{
    return WORLD_EPOCH_MS + world_now(stranger->world) / 1000;
}

/* NULL: nothing yet. */
static const struct publication *heard(struct stranger *stranger)
{
    const struct overheard *overheard = stranger->world->overheard;

    HB_ASSERT(overheard != NULL);
    return overheard->len > 0 ? &overheard->items[below(stranger, overheard->len)] : NULL;
}

static void publish(struct stranger *stranger, struct text channel, struct text payload)
{
    word(stranger, TEXT("PUBLISH"));
    word(stranger, channel);
    word(stranger, payload);
    done(stranger);
}

/* --- Words in others' mouths ---------------------------------------------------------------- */

/* With a seal that is none of this text: none at all, that of other words, of another key, or any. */
static void put_seal(struct stranger *stranger, const char *seal, struct buf *out)
{
    const uint32_t how = below(stranger, 4);

    if (how == 0) {
        return;
    }
    buf_add(out, seal, SEAL_BYTES);
    if (how == 2) {
        out->bytes[0] = 'f';
    } else if (how == 3) {
        out->bytes[4] = out->bytes[4] == '0' ? '1' : '0';
    }
}

/* The entry behind one that was heard, in other words. */
static void forge_entry(struct stranger *stranger)
{
    static const char seq_field[] = "\"seq\":";
    static const char content_field[] = "\"content\":\"";
    const struct publication *of = heard(stranger);
    struct buf text = {0};
    struct buf out = {0};
    uint64_t seq;

    if (of == NULL || of->payload.len <= SEAL_BYTES) {
        return;
    }
    buf_add(&text, of->payload.bytes + SEAL_BYTES, of->payload.len - SEAL_BYTES);
    const char *at = text.bytes;
    const char *place = strstr(text.bytes, seq_field);
    const char *content = place != NULL ? strstr(place, content_field) : NULL;
    if (content != NULL && parse_u64(&at, text.bytes + text.len, &seq) && seq > 0) {
        const char *behind = place + strlen(seq_field);
        const char *words = content + strlen(content_field);
        put_seal(stranger, of->payload.bytes, &out);
        buf_add_u64(&out, seq + 1);
        buf_add(&out, at, (size_t)(place - at));
        buf_add_text(&out, seq_field);
        buf_add_u64(&out, seq + 1);
        buf_add(&out, behind + strspn(behind, "0123456789"),
                (size_t)(words - behind) - strspn(behind, "0123456789"));
        buf_add_text(&out, "not their words, but: ");
        buf_add_text(&out, words);
        publish(stranger, of->channel, (struct text){out.bytes, (uint32_t)out.len});
    }
    buf_deinit(&text);
    buf_deinit(&out);
}

static void forge_typing(struct stranger *stranger)
{
    const char *room = some_room(stranger);

    word(stranger, TEXT("PUBLISH"));
    print(stranger, "%sroom:%s", stranger->front, room);
    print(stranger,
          "00.0123456789abcdef 0 n0 99 1 {\"type\":\"typing_start\",\"roomId\":\"%s\",\"userId\":"
          "\"%s\"}",
          room, some_user(stranger));
    done(stranger);
}

static void forge_presence(struct stranger *stranger)
{
    const char *user = some_user(stranger);

    word(stranger, TEXT("PUBLISH"));
    print(stranger, "%spresence:%s", stranger->front, user);
    print(stranger,
          "01.0123456789abcdef n0 99 1 {\"type\":\"presence_update\",\"userId\":\"%s\","
          "\"status\":\"busy\",\"customStatus\":\"not their words\",\"version\":%" PRId64 "}",
          user, now_ms(stranger) * 2);
    done(stranger);
}

static void forge_announcement(struct stranger *stranger)
{
    word(stranger, TEXT("PUBLISH"));
    print(stranger, "%s" BUS_CONTROL_WORD, stranger->front);
    print(stranger, "01.0123456789abcdef n0 99 1 1 all 1:%u", (unsigned)below(stranger, 100000));
    done(stranger);
}

/* --- What was said, again or elsewhere ------------------------------------------------------ */

static void say_again(struct stranger *stranger)
{
    const struct publication *of = heard(stranger);

    if (of != NULL) {
        publish(stranger, of->channel, of->payload);
    }
}

static void say_elsewhere(struct stranger *stranger)
{
    const struct publication *of = heard(stranger);
    const struct publication *to = heard(stranger);

    if (of != NULL && to != NULL && !text_equal(of->channel, to->channel)) {
        publish(stranger, to->channel, of->payload);
    }
}

/* Another installation, in which everybody has the same name. */
static void say_in_another_installation(struct stranger *stranger)
{
    const struct publication *of = heard(stranger);
    char front[BUS_FRONT_BYTES + 1];
    struct buf channel = {0};

    if (of != NULL) {
        bus_front(WORLD_DB_EPOCH + 1, front);
        buf_add_text(&channel, front);
        buf_add(&channel, of->channel.bytes + BUS_FRONT_BYTES, of->channel.len - BUS_FRONT_BYTES);
        publish(stranger, (struct text){channel.bytes, (uint32_t)channel.len}, of->payload);
        buf_deinit(&channel);
    }
}

/* --- What stands there ---------------------------------------------------------------------- */

static void hset(struct stranger *stranger, const char *kind, const char *name, const char *field)
{
    word(stranger, TEXT("HSET"));
    print(stranger, "%s%s%s", stranger->front, kind, name);
    word(stranger, text_of(field));
}

static void keep_connection(struct stranger *stranger)
{
    char field[64];

    (void)snprintf(field, sizeof field, "c:n%u.1-1.%u", (unsigned)below(stranger, 9),
                   1000 + (unsigned)below(stranger, 99));
    hset(stranger, "presence:detail:", some_user(stranger), field);
    print(stranger, "01.0123456789abcdef online mobile %" PRId64 " %" PRId64, now_ms(stranger),
          now_ms(stranger) + 86400000);
    done(stranger);
}

static void keep_choice(struct stranger *stranger)
{
    hset(stranger, "presence:detail:", some_user(stranger), "m:900000");
    word(stranger, TEXT("busy 0 not their words"));
    done(stranger);
}

static void keep_shown(struct stranger *stranger)
{
    hset(stranger, "presence:detail:", some_user(stranger), "status");
    word(stranger, TEXT("busy"));
    word(stranger, TEXT("customStatus"));
    word(stranger, TEXT("not their words"));
    word(stranger, TEXT("lastSeen"));
    print(stranger, "%" PRId64, now_ms(stranger) + 3600000);
    done(stranger);
}

static void keep_life(struct stranger *stranger)
{
    hset(stranger, "presence:lives", "", "n77.1-1");
    word(stranger, TEXT("01.0123456789abcdef 1"));
    done(stranger);
    word(stranger, TEXT("SET"));
    print(stranger, "%spresence:lease:n77", stranger->front);
    word(stranger, TEXT("01.0123456789abcdef 1-1 http://stranger.test"));
    done(stranger);
    hset(stranger, "presence:life:", "n77.1-1", some_user(stranger));
    word(stranger, TEXT("1"));
    done(stranger);
}

static void keep_crowd(struct stranger *stranger)
{
    hset(stranger, "presence:crowd:", some_room(stranger), "n77.1-1");
    word(stranger, TEXT("01.0123456789abcdef 400"));
    done(stranger);
}

/* --- When ----------------------------------------------------------------------------------- */

static void (*const acts[])(struct stranger *stranger) = {
    forge_entry,     forge_entry,        forge_typing,
    forge_presence,  forge_announcement, say_again,
    say_again,       say_elsewhere,      say_in_another_installation,
    keep_connection, keep_choice,        keep_shown,
    keep_life,       keep_crowd,
};

void world_stranger_begin(struct world *world, uint32_t fault)
{
    world_overheard_begin(world);
    sched_push(&world->sched, world_now(world) + world->plan->faults[fault].amount,
               (struct sched_event){.kind = EV_STRANGER, .fault = fault});
}

void world_stranger_writes(struct world *world, uint32_t fault)
{
    const struct plan_fault *of = &world->plan->faults[fault];
    struct stranger stranger = {
        .world = world,
        .rng = rng_stream(world->plan->seed, "fault.redis_stranger", of->id,
                          (uint64_t)world_now(world)),
    };

    if (world->faults_active[fault] == 0) {
        return;
    }
    if (world_now(world) >= world->redis_down_until_us) {
        stranger.client = ++world->redis_next;
        bus_front(WORLD_DB_EPOCH, stranger.front);
        engine_connect(world->engine, stranger.client);
        acts[below(&stranger, sizeof acts / sizeof acts[0])](&stranger);
        engine_disconnect(world->engine, stranger.client);
    }
    for (uint32_t i = 0; i < WORDS_MAX; i++) {
        buf_deinit(&stranger.words[i]);
    }
    sched_push(&world->sched,
               world_now(world) + rng_between(&stranger.rng, of->amount / 2 + 1, of->amount + 1),
               (struct sched_event){.kind = EV_STRANGER, .fault = fault});
}
