/* Somebody else writes to Redis: what no node of this installation sealed, or sealed for another place, or said
 * before, is dropped and counted, whatever it is about. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_bus.h"
#include "server/node/tests/fake_world.h"
#include "server/protocol/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N2 "http://n2.test"

static struct fake *fake;
static uint64_t said;

/* Ana is connection 1, bob 2; both are members of r1, ana alone of r3. */
static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){.presence = true, .url = "http://n1.test"});
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "bob", "");
    fake_pass_us(fake, 100000);
    (void)fake_trace(fake);
    said = 1000;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

/* What a metric of a note says now. */
static unsigned noted(const char *note)
{
    char line[256];

    (void)snprintf(line, sizeof line, "hubbub_notes_total{note=\"%s\"} ", note);
    fake_http(fake, 900, (struct fake_request){.method = "GET", .path = "/metrics"});
    const char *at = strstr(fake_last_json(fake), line);
    assert_non_null(at);
    (void)fake_trace(fake);
    return (unsigned)strtoul(at + strlen(line), NULL, 10);
}

#define FORGED   "from Redis, and not from a node: dropped"
#define FOREIGN  "from Redis, sealed with a key that is not held here: dropped"
#define REPLAYED "from Redis, said before: dropped"

/* Things to say in a channel that somebody would be shown or moved by. */
static const struct {
    const char *channel, *payload;
} words[] = {
    {"room:r1",
     "3 {\"type\":\"message\",\"id\":\"0000000f4241-0000-n2\",\"roomId\":\"r1\",\"seq\":3,"
     "\"senderId\":\"bob\",\"clientId\":\"k\",\"content\":\"not my words\",\"timestamp\":1000001,"
     "\"hlc\":\"0000000f4241-0000-n2\"}"},
    {"room:r1", "0 n2 {\"type\":\"typing_start\",\"roomId\":\"r1\",\"userId\":\"bob\"}"},
    {"room:r1", "r {\"type\":\"received\",\"roomId\":\"r1\",\"upTo\":1,\"userId\":\"bob\","
                "\"version\":1}"},
    {"presence:bob",
     "{\"type\":\"presence_update\",\"userId\":\"bob\",\"status\":\"busy\",\"version\":90000000}"},
    {"nodes", "n2 1 7 all 1:9"},
    {"user:bob", "rooms"},
};
#define WORDS_LEN (sizeof words / sizeof words[0])

/* The payload as a node would publish it. */
static void payload_of(size_t i, struct buf *out)
{
    buf_clear(out);
    fake_payload(words[i].channel, words[i].payload, &said, out);
}

/* Nothing came of it: nobody was told, nothing was asked of the database, and it was counted. */
static void dropped(const char *channel, const char *payload, const char *note)
{
    const unsigned before = noted(note);

    fake_show(fake, (struct fake_show){.dbs = true});
    fake_publish_raw(fake, channel, payload);
    fake_pass_us(fake, 100000); /* no tick of its own is in it */
    assert_string_equal(fake_trace(fake), "");
    fake_show(fake, (struct fake_show){0});
    assert_int_equal(noted(note), before + 1);
}

static void what_a_node_says_has_its_effect(void **state)
{
    struct buf payload = {0};

    (void)state;
    for (size_t i = 0; i < WORDS_LEN; i++) {
        payload_of(i, &payload);
        fake_show(fake, (struct fake_show){.dbs = true});
        fake_publish_raw(fake, words[i].channel, payload.bytes);
        fake_pass_us(fake, 100000);
        assert_string_not_equal(fake_trace(fake), ""); /* else what follows shows nothing */
        (void)teardown(state);
        (void)setup(state);
    }
    buf_deinit(&payload);
}

static void what_has_no_seal_of_a_held_key_is_dropped(void **state)
{
    const struct cursor_key wrong = {.id = 1, .bytes = {1}};
    const struct cursor_key other = {.id = 2, .bytes = {1}};
    struct seals *of_wrong = seals_new(&wrong, 1, NULL);
    struct seals *of_other = seals_new(&other, 1, NULL);
    struct buf payload = {0};

    (void)state;
    for (size_t i = 0; i < WORDS_LEN; i++) {
        struct buf channel = {0};
        const struct text plain = text_of(words[i].payload);
        dropped(words[i].channel, words[i].payload, FORGED);
        dropped(words[i].channel, "", FORGED);
        payload_of(i, &payload);
        dropped(words[i].channel, payload.bytes + SEAL_BYTES, FORGED);
        payload.bytes[payload.len - 2] ^= 1;
        dropped(words[i].channel, payload.bytes, FORGED);
        fake_name(text_of(words[i].channel), &channel);
        const struct seal_place place = {{channel.bytes, (uint32_t)channel.len}, {NULL, 0}};
        buf_clear(&payload);
        buf_add_text(&payload, "01.0123456789abcdef ");
        seal_make(of_wrong, place, plain, payload.bytes);
        buf_add(&payload, plain.bytes, plain.len);
        dropped(words[i].channel, payload.bytes, FORGED);
        seal_make(of_other, place, plain, payload.bytes);
        dropped(words[i].channel, payload.bytes, FOREIGN);
        buf_deinit(&channel);
    }
    buf_deinit(&payload);
    seals_free(&of_wrong);
    seals_free(&of_other);
}

static void what_was_sealed_for_another_channel_is_dropped(void **state)
{
    static const char *const channels[] = {"room:r1", "room:r3",  "presence:bob", "presence:ana",
                                           "nodes",   "user:bob", "user:ana"};
    struct buf payload = {0};

    (void)state;
    for (size_t i = 0; i < WORDS_LEN; i++) {
        for (size_t c = 0; c < sizeof channels / sizeof channels[0]; c++) {
            if (strcmp(channels[c], words[i].channel) != 0) {
                payload_of(i, &payload);
                dropped(channels[c], payload.bytes, FORGED);
            }
        }
    }
    buf_deinit(&payload);
}

/* Another installation of the same keys, and what stands under names without any: not even heard. */
static void what_is_said_under_another_installations_names_is_not_heard(void **state)
{
    (void)state;
    for (size_t i = 0; i < WORDS_LEN; i++) {
        char channel[128];
        (void)snprintf(channel, sizeof channel, "0000000000000008:%s", words[i].channel);
        fake_publish_raw(fake, channel, words[i].payload);
        fake_pass_us(fake, 100000);
        assert_string_equal(fake_trace(fake), "");
    }
    assert_int_equal(noted(FORGED) + noted(FOREIGN), 0);
}

/* What is in a log or has a version says itself that it is old. */
static void what_was_said_before_is_dropped(void **state)
{
    struct buf payload = {0};

    (void)state;
    for (size_t i = 0; i < WORDS_LEN; i++) {
        const bool numbered = strncmp(words[i].payload, "3 ", 2) != 0 && words[i].payload[0] != 'r';
        payload_of(i, &payload);
        fake_publish_raw(fake, words[i].channel, payload.bytes);
        fake_pass_us(fake, 100000);
        (void)fake_trace(fake);
        if (numbered) {
            dropped(words[i].channel, payload.bytes, REPLAYED);
            fake_pass_us(fake, 10000000); /* long after */
            (void)fake_trace(fake);
            dropped(words[i].channel, payload.bytes, REPLAYED);
        } else {
            fake_publish_raw(fake, words[i].channel, payload.bytes);
            fake_pass_us(fake, 0);
            assert_string_equal(fake_trace(fake), "");
        }
    }
    buf_deinit(&payload);
}

static void an_earlier_life_of_a_node_is_not_heard_any_more(void **state)
{
    static const char typing[] = "{\"type\":\"typing_start\",\"roomId\":\"r1\",\"userId\":\"bob\"}";
    const char *const lives[] = {"0 n2 2 1 ", "0 n2 1 99 ", "0 n2 2 1 ", "0 n2 2 2 ", "0 n3 1 1 "};
    const bool heard[] = {true, false, false, true, true};

    (void)state;
    for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
        struct buf text = {0};
        struct buf sealed = {0};
        buf_printf(&text, "%s%s", lives[i], typing);
        fake_seal(TEXT("room:r1"), (struct text){NULL, 0},
                  (struct text){text.bytes, (uint32_t)text.len}, &sealed);
        const unsigned before = noted(REPLAYED);
        fake_publish_raw(fake, "room:r1", sealed.bytes);
        fake_pass_us(fake, 2000000);
        assert_int_equal(noted(REPLAYED), before + !heard[i]);
        buf_deinit(&text);
        buf_deinit(&sealed);
    }
}

/* --- What presence keeps -------------------------------------------------------------------- */

static const char *hget(const char *field)
{
    return fake_redis(fake, "HGET presence:detail:bob %s", field);
}

/* A heartbeat of everybody, and what it comes to. */
static const char *after_a_heartbeat(void)
{
    for (int i = 0; i < 4; i++) {
        fake_pass_us(fake, 9000000);
        fake_say(fake, 1, "{\"type\":\"ping\"}");
        fake_say(fake, 2, "{\"type\":\"ping\"}");
    }
    return fake_trace(fake);
}

static void told_nothing_of_bob(const char *trace)
{
    assert_null(strstr(trace, "bob=")); /* nor is what he is shown as told again */
}

static void fields_that_no_node_sealed_do_not_count_and_are_removed(void **state)
{
    static const struct {
        const char *field, *value;
    } fields[] = {
        {"c:n2.1-1.5", "online~mobile~999~99999999999"},
        {"c:n2.1-1.6", "01.0123456789abcdef~online~mobile~999~99999999999"},
        {"m:99", "busy~0~not~my~words"},
        {"m:98", ""},
        {"v", "9007199254740000"},
        {"v", "x"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        (void)fake_redis_raw(fake, "HSET presence:detail:bob %s %s", fields[i].field,
                             fields[i].value);
        told_nothing_of_bob(after_a_heartbeat());
        if (fields[i].field[0] == 'v') {
            assert_int_equal(strlen(hget("v")), sizeof "1000000"); /* as a clock begins it */
        } else {
            assert_string_equal(hget(fields[i].field), "\n");
        }
    }
    assert_true(noted(FORGED) >= 4);
}

static void what_is_shown_is_folded_again_when_somebody_else_wrote_it(void **state)
{
    static const struct {
        const char *field, *value, *is;
    } fields[] = {
        {"status", "busy", "online\n"},
        {"customStatus", "not~my~words", "\n"},
        {"lastSeen", "99999999999", NULL},
        {"currentRoom", "r3", "\n"},
        {"doNotDisturbUntil", "99999999999", "0\n"},
        {"device", "mobile", "web\n"},
        {"connected", "false", "true\n"},
        {"seal", "01.0123456789abcdef", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        (void)fake_redis_raw(fake, "HSET presence:detail:bob %s %s", fields[i].field,
                             fields[i].value);
        told_nothing_of_bob(after_a_heartbeat());
        const char *now = hget(fields[i].field);
        if (fields[i].is != NULL) {
            assert_string_equal(now, fields[i].is);
        } else {
            assert_null(strstr(now, fields[i].value));
        }
    }
}

/* Sealed once, for this very place: of a connection that ended since. */
static void a_connection_that_ended_is_not_said_again_by_another(void **state)
{
    (void)state;
    char once[256];
    (void)snprintf(once, sizeof once, "%s",
                   fake_redis_raw(fake, "HGET presence:detail:bob c:n1.1-1.2"));
    assert_non_null(strstr(once, "online"));
    once[strlen(once) - 1] = '\0';
    for (char *at = once; *at != '\0'; at++) {
        *at = *at == ' ' ? '~' : *at;
    }
    fake_drop(fake, 2);
    fake_pass_us(fake, 6000000);
    assert_non_null(strstr(fake_trace(fake), "bob=offline"));
    (void)fake_redis_raw(fake, "HSET presence:detail:bob c:n1.1-1.2 %s", once);
    told_nothing_of_bob(after_a_heartbeat());
    assert_string_equal(hget("c:n1.1-1.2"), "\n");
}

static void leases_and_lives_that_no_node_sealed_are_none(void **state)
{
    (void)state;
    (void)fake_redis_raw(fake, "HSET presence:lives n2.1-1 1");
    (void)fake_redis_raw(fake, "SET presence:lease:n2 1-1~" N2);
    (void)after_a_heartbeat();
    assert_string_equal(fake_redis(fake, "HGET presence:lives n2.1-1"), "\n");
    /* A life that is known, with a lease that is not its own: nobody is sent to that address. */
    (void)fake_redis(fake, "HSET presence:lives n2.1-1 1");
    (void)after_a_heartbeat();
    fake_http(fake, 7,
              (struct fake_request){
                  .method = "GET", .path = "/api/route", .query = "userId=eve", .token = NULL});
    for (int i = 0; i < 20; i++) {
        char query[32];
        (void)snprintf(query, sizeof query, "userId=u%d", i);
        fake_http(fake, 800,
                  (struct fake_request){.method = "GET",
                                        .path = "/api/route",
                                        .query = query,
                                        .token = fake_token(fake, "ana", 1000000)});
        assert_null(strstr(fake_last_json(fake), N2));
    }
}

static void who_is_connected_in_a_life_only_its_node_says(void **state)
{
    (void)state;
    (void)fake_redis(fake, "HSET presence:lives n2.1-1 1");
    (void)after_a_heartbeat(); /* it has no lease: it is over */
    (void)fake_redis(fake, "HSET presence:lives n2.1-1 1");
    (void)fake_redis_raw(fake, "HSET presence:life:n2.1-1 zoe 1");
    (void)after_a_heartbeat();
    assert_string_equal(fake_redis(fake, "EXISTS presence:life:n2.1-1"), "0\n");
    assert_string_equal(fake_redis(fake, "EXISTS presence:detail:zoe"), "0\n");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_a_node_says_has_its_effect),
        TEST(what_has_no_seal_of_a_held_key_is_dropped),
        TEST(what_was_sealed_for_another_channel_is_dropped),
        TEST(what_is_said_under_another_installations_names_is_not_heard),
        TEST(what_was_said_before_is_dropped),
        TEST(an_earlier_life_of_a_node_is_not_heard_any_more),
        TEST(fields_that_no_node_sealed_do_not_count_and_are_removed),
        TEST(what_is_shown_is_folded_again_when_somebody_else_wrote_it),
        TEST(a_connection_that_ended_is_not_said_again_by_another),
        TEST(leases_and_lives_that_no_node_sealed_are_none),
        TEST(who_is_connected_in_a_life_only_its_node_says),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
