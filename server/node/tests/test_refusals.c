/* Refusals say what they refuse: the client id or the ref of a frame, as far as it could be read. */
#include "server/base/buf.h"
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;

static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){.presence = true});
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    (void)fake_trace(fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

#define EXPECT(lines) assert_string_equal(fake_trace(fake), lines)

static void a_refusal_names_its_frame(void **state)
{
    static const struct {
        const char *frame, *answer;
    } cases[] = {
        {"\"type\":\"send\",\"roomId\":\"r 1\",\"clientId\":\"k\",\"content\":\"x\"",
         "nack k bad_field field=roomId"},
        {"\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"\\u006b\",\"content\":null",
         "nack k bad_field field=content"},
        {"\"type\":\"send\",\"clientId\":\"k\",\"content\":\"x\"", "nack k bad_field field=roomId"},
        {"\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"\"",
         "nack k bad_field field=content"},
        {"\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"x\",\"seen\":\"1\"",
         "nack k bad_field field=seen"},
        {"\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k k\",\"content\":\"x\"",
         "error bad_field field=clientId"},
        {"\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":5,\"ref\":\"q\",\"content\":\"x\"",
         "error bad_field ref=q field=clientId"},
        {"\"type\":\"room_join\",\"roomId\":\"\",\"clientId\":\"k\"",
         "nack k bad_field field=roomId"},
        {"\"type\":\"room_leave\",\"clientId\":\"k\"", "nack k bad_field field=roomId"},
        {"\"type\":\"room_create\",\"roomId\":\"n\",\"clientId\":\"k\",\"open\":1",
         "nack k bad_field field=open"},
        {"\"type\":\"room_create\",\"roomId\":\"n\",\"clientId\":\"k\",\"members\":[\"a b\"]",
         "nack k bad_field field=members"},
        {"\"type\":\"edit\",\"clientId\":\"k\",\"ref\":\"q\"", "nack k unknown_type field=type"},
        {"\"type\":\"edit\",\"ref\":\"q\"", "error unknown_type ref=q field=type"},
        {"\"clientId\":\"k\"", "nack k bad_frame field=type"},
        {"\"type\":7,\"ref\":\"q\"", "error bad_frame ref=q field=type"},
        {"\"type\":\"ack\",\"clientId\":\"k\",\"roomId\":\"r1\",\"id\":\"x\",\"seq\":1",
         "nack k bad_field field=timestamp"},
        {"\"type\":\"pong\",\"ref\":\"q\"", "error unknown_type ref=q field=type"},
        {"\"type\":\"sync_request\",\"ref\":\"q\"", "error bad_field ref=q field=cursor"},
        {"\"type\":\"sync_request\",\"ref\":\"q\",\"cursor\":\"!\"",
         "error bad_cursor ref=q field=cursor"},
        {"\"type\":\"sync_request\",\"ref\":\"q\",\"roomId\":\"r1\",\"limit\":0",
         "error bad_field ref=q field=limit"},
        {"\"type\":\"sync_request\",\"ref\":\"q q\",\"roomId\":\"r1\"",
         "error bad_field field=ref"},
        {"\"type\":\"presence_subscribe\",\"ref\":\"q\",\"userIds\":\"bob\"",
         "error bad_field ref=q field=userIds"},
        /* What has a client id here is none of the commands: nobody waits for an ack of it. */
        {"\"type\":\"presence\",\"clientId\":\"k\",\"ref\":\"q\",\"status\":\"gone\"",
         "error bad_field ref=q field=status"},
        /* Whole frames that are refused for what they say. */
        {"\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"ref\":\"q\"", "error already ref=q"},
        {"\"type\":\"presence\",\"currentRoom\":\"r2\",\"ref\":\"q\"",
         "error denied ref=q field=currentRoom"},
        {"\"type\":\"typing_start\",\"roomId\":\"r2\",\"ref\":\"q\"",
         "error denied ref=q field=roomId"},
        {"\"type\":\"typing_start\",\"recipientId\":\"ana\",\"ref\":\"q\"",
         "error bad_field ref=q field=recipientId"},
        {"\"type\":\"receipts_request\",\"roomId\":\"r2\",\"ref\":\"q\"",
         "error denied ref=q field=roomId"},
        {"\"type\":\"read_receipt\",\"chatId\":\"r2\",\"messageIds\":[\"m\"],\"ref\":\"q\"",
         "error denied ref=q field=chatId"},
    };
    char line[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_say(fake, 1, "{%s}", cases[i].frame);
        (void)snprintf(line, sizeof line, "c1 < %s\n", cases[i].answer);
        EXPECT(line);
        fake_pass_us(fake, 15000000); /* few bad frames are borne */
        fake_say(fake, 1, "{\"type\":\"ping\"}");
        (void)fake_trace(fake);
    }
}

/* A frame whose `content` is so long. */
static void say_long(const char *id, size_t len)
{
    struct buf text = {0};

    buf_printf(&text, "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"%s\",\"content\":\"",
               id);
    for (size_t i = 0; i < len; i++) {
        buf_add_char(&text, 'x');
    }
    buf_add_text(&text, "\"}");
    fake_bytes(fake, 1, text.bytes, text.len);
    buf_deinit(&text);
}

static void a_text_that_is_too_long_ends_no_connection(void **state)
{
    char id[16];
    char line[80];

    (void)state;
    for (int i = 0; i < 20; i++) {
        (void)snprintf(id, sizeof id, "k%d", i);
        say_long(id, i % 2 == 0 ? 8193 : 60000);
        (void)snprintf(line, sizeof line, "c1 < nack %s too_large field=content\n", id);
        EXPECT(line);
        fake_say(fake, 1, "{\"type\":\"presence\",\"metadata\":{\"customStatus\":\"%0200d\"}}", i);
        EXPECT("c1 < error too_large field=customStatus\n");
    }
    say_long("k", 8192);
    assert_memory_equal(fake_trace(fake), "c1 < ack k r1#3\n", 16);
    for (int i = 0; i < 6; i++) { /* others count as ever */
        fake_say(fake, 1, "{}");
    }
    assert_non_null(strstr(fake_trace(fake), "c1 x 1008\n"));
}

static void a_request_that_is_refused_names_its_client_id(void **state)
{
    static const struct {
        const char *path, *body, *answer;
    } cases[] = {
        {"/api/rooms/r1/messages", "{\"clientId\":\"k\",\"content\":\"\"}",
         "400 error bad_field clientId=k field=content"},
        {"/api/rooms/r1/messages", "{\"clientId\":\"k\",\"roomId\":\"r2\",\"content\":\"x\"}",
         "400 error bad_json clientId=k"},
        {"/api/rooms/r%31/messages", "{\"clientId\":\"k\",\"content\":\"x\"}",
         "404 error denied clientId=k"},
        {"/api/messages", "{\"clientId\":\"k\",\"content\":\"x\"}",
         "400 error bad_field clientId=k field=roomId"},
        {"/api/rooms", "{\"clientId\":\"k\"}", "400 error bad_field clientId=k field=roomId"},
        {"/api/rooms", "{\"clientId\":\"k k\"}", "400 error bad_field field=roomId"},
        {"/api/rooms/r1/join", "{\"clientId\":7}", "400 error bad_field field=clientId"},
        {"/api/rooms/r1/join", "{\"clientId\":\"k\"", "400 error bad_json"},
    };
    char line[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_http(fake, i + 1,
                  (struct fake_request){.method = "POST",
                                        .path = cases[i].path,
                                        .type = "application/json",
                                        .token = fake_token(fake, "ana", 5000),
                                        .body = cases[i].body});
        (void)snprintf(line, sizeof line, "http %zu %s\n", i + 1, cases[i].answer);
        EXPECT(line);
    }
    fake_http(fake, 50,
              (struct fake_request){.method = "POST",
                                    .path = "/api/messages",
                                    .type = "application/json",
                                    .body = "{\"roomId\":\"r1\",\"clientId\":\"k\","
                                            "\"content\":\"x\"}"});
    EXPECT("http 50 401 error unauthenticated clientId=k\n");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_refusal_names_its_frame),
        TEST(a_text_that_is_too_long_ends_no_connection),
        TEST(a_request_that_is_refused_names_its_client_id),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
