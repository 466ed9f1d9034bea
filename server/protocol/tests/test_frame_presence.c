/* Frames of presence: what is read is written alike, each field that is wrong is named, and what is not said
 * is told from what is said to be nothing. */
#include "server/base/tests/test.h"
#include "server/protocol/frame.h"

#include <stdlib.h>
#include <string.h>

#define SAYS(fields)  "{\"type\":\"presence\"" fields "}"
#define TOLD(fields)  "{\"type\":\"presence_update\"" fields "}"
#define STATE(fields) "{\"type\":\"presence_state\"" fields "}"
#define ASKS(fields)  "{\"type\":\"presence_subscribe\"" fields "}"
#define ENDS(fields)  "{\"type\":\"presence_unsubscribe\"" fields "}"
#define CROWD(fields) "{\"type\":\"presence_room\"" fields "}"
#define HELLO(fields) "{\"type\":\"hello\",\"version\":1,\"device\":\"d1\"" fields "}"
#define BOB           ",\"userId\":\"bob\",\"status\":\"online\",\"version\":7"
#define TOP           "9007199254740991"
#define BEYOND        "9007199254740992"

static void each_is_written_as_it_is_read(void **state)
{
    (void)state;
    static const char *const frames[] = {
        SAYS(""),
        SAYS(",\"status\":\"online\""),
        SAYS(",\"status\":\"away\""),
        SAYS(",\"status\":\"away\",\"manual\":true"),
        SAYS(",\"status\":\"busy\",\"manual\":true"),
        SAYS(",\"status\":\"offline\",\"manual\":true"),
        SAYS(",\"status\":null"),
        SAYS(",\"currentRoom\":\"r1\""),
        SAYS(",\"currentRoom\":null"),
        SAYS(",\"metadata\":{\"customStatus\":\"at \\\"work\\\" \xf0\x9f\x91\x8b\","
             "\"doNotDisturbUntil\":" TOP "}"),
        SAYS(",\"metadata\":{\"customStatus\":null}"),
        SAYS(",\"metadata\":{\"doNotDisturbUntil\":null}"),
        SAYS(",\"metadata\":{\"doNotDisturbUntil\":5,\"customStatus\":null}"),
        SAYS(",\"metadata\":{\"customStatus\":null,\"doNotDisturbUntil\":null}"),
        ASKS(",\"ref\":\"p1\",\"userIds\":[\"bob\",\"eve\"]"),
        ASKS(",\"userIds\":[]"),
        ENDS(",\"userIds\":[\"bob\"]"),
        TOLD(BOB ",\"lastSeen\":1767225600123,\"device\":\"mobile\",\"currentRoom\":\"r1\","
                 "\"metadata\":{\"customStatus\":\"at work\",\"doNotDisturbUntil\":1}"),
        TOLD(BOB ",\"device\":\"web\""),
        TOLD(",\"userId\":\"bob\",\"status\":\"offline\",\"version\":0"),
        TOLD(",\"userId\":\"bob\",\"status\":\"offline\",\"version\":" TOP ",\"lastSeen\":" TOP
             ",\"metadata\":{\"customStatus\":\"back on monday\"}"),
        STATE(",\"users\":[]"),
        STATE(",\"stale\":true,\"users\":[]"),
        STATE(",\"ref\":\"p1\",\"users\":[{\"userId\":\"bob\",\"status\":\"away\",\"version\":7,"
              "\"device\":\"desktop\",\"metadata\":{\"doNotDisturbUntil\":5}},{\"userId\":\"eve\","
              "\"status\":\"offline\",\"version\":0}]"),
        CROWD(",\"roomId\":\"r1\",\"online\":4999"),
        HELLO(",\"deviceType\":\"mobile\""),
        HELLO(",\"deviceType\":\"desktop\""),
        HELLO(""),
    };
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        struct frame *frame = NULL;
        struct buf text = {0};
        print_message("frame: %s\n", frames[i]);
        assert_int_equal(frame_decode(frames[i], strlen(frames[i]), &frame, NULL), HB_OK);
        frame_encode(frame, &text);
        assert_string_equal(text.bytes, frames[i]);
        frame_free(&frame);
        buf_deinit(&text);
    }
}

/* What a newer peer adds is passed over, what says nothing new is not said again. */
static void what_says_no_more_is_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written;
    } cases[] = {
        {SAYS(",\"manual\":true"), SAYS("")},
        {SAYS(",\"status\":\"busy\""), SAYS(",\"status\":\"busy\",\"manual\":true")},
        {SAYS(",\"status\":\"busy\",\"manual\":false"),
         SAYS(",\"status\":\"busy\",\"manual\":true")},
        {SAYS(",\"status\":\"online\",\"manual\":false"), SAYS(",\"status\":\"online\"")},
        {SAYS(",\"metadata\":{}"), SAYS("")},
        {SAYS(",\"metadata\":{\"mood\":[1]},\"userId\":\"eve\",\"version\":-1"), SAYS("")},
        {TOLD(BOB ",\"event\":\"online\",\"server\":\"WS-1\",\"lastSeen\":0"),
         TOLD(BOB ",\"device\":\"web\"")},
        {TOLD(",\"userId\":\"bob\",\"status\":\"offline\",\"version\":1,\"device\":\"mobile\","
              "\"currentRoom\":\"r1\",\"metadata\":[]"),
         TOLD(",\"userId\":\"bob\",\"status\":\"offline\",\"version\":1")},
        {STATE(",\"stale\":false,\"users\":[]"), STATE(",\"users\":[]")},
        {HELLO(",\"deviceType\":\"web\""), HELLO("")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame *frame = NULL;
        struct buf text = {0};
        print_message("frame: %s\n", cases[i].text);
        assert_int_equal(frame_decode(cases[i].text, strlen(cases[i].text), &frame, NULL), HB_OK);
        frame_encode(frame, &text);
        assert_string_equal(text.bytes, cases[i].written);
        frame_free(&frame);
        buf_deinit(&text);
    }
}

static void a_field_that_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } cases[] = {
        {SAYS(",\"status\":\"\""), "status"},
        {SAYS(",\"status\":\"Online\""), "status"},
        {SAYS(",\"status\":\"idle\""), "status"},
        {SAYS(",\"status\":1"), "status"},
        {SAYS(",\"status\":true"), "status"},
        {SAYS(",\"status\":[\"busy\"]"), "status"},
        {SAYS(",\"status\":\"away\",\"manual\":1"), "manual"},
        {SAYS(",\"status\":\"away\",\"manual\":null"), "manual"},
        {SAYS(",\"currentRoom\":\"\""), "currentRoom"},
        {SAYS(",\"currentRoom\":\"r:1\""), "currentRoom"},
        {SAYS(",\"currentRoom\":7"), "currentRoom"},
        {SAYS(",\"metadata\":null"), "metadata"},
        {SAYS(",\"metadata\":\"busy\""), "metadata"},
        {SAYS(",\"metadata\":[]"), "metadata"},
        {SAYS(",\"metadata\":{\"customStatus\":\"\"}"), "customStatus"},
        {SAYS(",\"metadata\":{\"customStatus\":7}"), "customStatus"},
        {SAYS(",\"metadata\":{\"doNotDisturbUntil\":0}"), "doNotDisturbUntil"},
        {SAYS(",\"metadata\":{\"doNotDisturbUntil\":-1}"), "doNotDisturbUntil"},
        {SAYS(",\"metadata\":{\"doNotDisturbUntil\":1.5}"), "doNotDisturbUntil"},
        {SAYS(",\"metadata\":{\"doNotDisturbUntil\":\"5\"}"), "doNotDisturbUntil"},
        {SAYS(",\"metadata\":{\"doNotDisturbUntil\":" BEYOND "}"), "doNotDisturbUntil"},
        {ASKS(""), "userIds"},
        {ASKS(",\"userIds\":null"), "userIds"},
        {ASKS(",\"userIds\":\"bob\""), "userIds"},
        {ASKS(",\"userIds\":{\"bob\":1}"), "userIds"},
        {ASKS(",\"userIds\":[7]"), "userIds"},
        {ASKS(",\"userIds\":[null]"), "userIds"},
        {ASKS(",\"userIds\":[\"bob\",\"\"]"), "userIds"},
        {ASKS(",\"userIds\":[\"*\"]"), "userIds"},
        {ASKS(",\"ref\":\"a b\",\"userIds\":[\"bob\"]"), "ref"},
        {ENDS(",\"userIds\":[[\"bob\"]]"), "userIds"},
        {TOLD(",\"status\":\"online\",\"version\":7"), "userId"},
        {TOLD(",\"userId\":\"b b\",\"status\":\"online\",\"version\":7"), "userId"},
        {TOLD(",\"userId\":\"bob\",\"version\":7"), "status"},
        {TOLD(",\"userId\":\"bob\",\"status\":null,\"version\":7"), "status"},
        {TOLD(",\"userId\":\"bob\",\"status\":\"online\""), "version"},
        {TOLD(",\"userId\":\"bob\",\"status\":\"online\",\"version\":-1"), "version"},
        {TOLD(",\"userId\":\"bob\",\"status\":\"online\",\"version\":" BEYOND), "version"},
        {TOLD(BOB ",\"lastSeen\":-1"), "lastSeen"},
        {TOLD(BOB ",\"device\":\"watch\""), "device"},
        {TOLD(BOB ",\"currentRoom\":\"r 1\""), "currentRoom"},
        {TOLD(BOB ",\"metadata\":{\"customStatus\":\"\"}"), "customStatus"},
        {TOLD(BOB ",\"metadata\":{\"doNotDisturbUntil\":0}"), "doNotDisturbUntil"},
        {STATE(""), "users"},
        {STATE(",\"users\":{}"), "users"},
        {STATE(",\"users\":[7]"), "users"},
        {STATE(",\"users\":[{}]"), "userId"},
        {STATE(",\"stale\":\"yes\",\"users\":[]"), "stale"},
        {CROWD(",\"online\":1"), "roomId"},
        {CROWD(",\"roomId\":\"r1\""), "online"},
        {CROWD(",\"roomId\":\"r1\",\"online\":-1"), "online"},
        {CROWD(",\"roomId\":\"r1\",\"online\":" BEYOND), "online"},
        {HELLO(",\"deviceType\":\"watch\""), "deviceType"},
        {HELLO(",\"deviceType\":7"), "deviceType"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame *frame = NULL;
        const char *field = NULL;
        print_message("case: %s\n", cases[i].text);
        assert_int_equal(frame_decode(cases[i].text, strlen(cases[i].text), &frame, &field),
                         HB_EFIELD);
        assert_non_null(field);
        assert_string_equal(field, cases[i].field);
    }
}

static struct frame_presence read_presence(const char *text)
{
    struct frame *frame = NULL;

    assert_int_equal(frame_decode(text, strlen(text), &frame, NULL), HB_OK);
    const struct frame_presence said = frame->presence;
    frame_free(&frame);
    return said;
}

static void what_is_not_said_is_not_what_is_said_to_be_nothing(void **state)
{
    (void)state;
    const struct frame_presence nothing = read_presence(SAYS(""));
    assert_false(nothing.status_said || nothing.room_said || nothing.custom_said ||
                 nothing.dnd_said || nothing.chosen);

    const struct frame_presence cleared = read_presence(
        SAYS(",\"status\":null,\"currentRoom\":null,\"metadata\":{\"customStatus\":null,"
             "\"doNotDisturbUntil\":null}"));
    assert_true(cleared.status_said && cleared.status_cleared && cleared.chosen);
    assert_true(cleared.room_said && cleared.current_room.bytes == NULL);
    assert_true(cleared.custom_said && cleared.custom_status.bytes == NULL);
    assert_true(cleared.dnd_said && cleared.dnd_until_ms == 0);
}

/* No device can see that somebody is busy, or wants to be shown as offline. */
static void what_no_device_can_see_was_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool chosen;
    } cases[] = {
        {SAYS(",\"status\":\"online\""), false},
        {SAYS(",\"status\":\"away\""), false},
        {SAYS(",\"status\":\"busy\""), true},
        {SAYS(",\"status\":\"offline\""), true},
        {SAYS(",\"status\":null"), true},
        {SAYS(",\"status\":\"online\",\"manual\":true"), true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("frame: %s\n", cases[i].text);
        assert_int_equal(read_presence(cases[i].text).chosen, cases[i].chosen);
    }
}

static void a_line_may_have_128_bytes(void **state)
{
    (void)state;
    for (size_t len = CUSTOM_BYTES_MAX; len <= CUSTOM_BYTES_MAX + 1; len++) {
        static const char *const around[][2] = {
            {"{\"type\":\"presence\",\"metadata\":{\"customStatus\":\"", "\"}}"},
            {"{\"type\":\"presence_update\"" BOB ",\"metadata\":{\"customStatus\":\"", "\"}}"}};
        for (size_t i = 0; i < 2; i++) {
            struct buf text = {0};
            struct frame *frame = NULL;
            const char *field = "";
            buf_add_text(&text, around[i][0]);
            for (size_t at = 0; at < len; at++) {
                buf_add_char(&text, 'x');
            }
            buf_add_text(&text, around[i][1]);
            const bool fits = len == CUSTOM_BYTES_MAX;
            assert_int_equal(frame_decode(text.bytes, text.len, &frame, &field),
                             fits ? HB_OK : HB_ELARGE);
            assert_string_equal(field, fits ? "" : "customStatus");
            frame_free(&frame);
            buf_deinit(&text);
        }
    }
}

static void no_more_than_256_can_be_asked_for_or_told_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *front, *item, *field;
    } kinds[] = {{"{\"type\":\"presence_subscribe\",\"userIds\":[", "\"u%u\"", "userIds"},
                 {"{\"type\":\"presence_unsubscribe\",\"userIds\":[", "\"u%u\"", "userIds"},
                 {"{\"type\":\"presence_state\",\"users\":[",
                  "{\"userId\":\"u%u\",\"status\":\"away\",\"version\":1}", "users"}};
    for (size_t kind = 0; kind < 3; kind++) {
        for (uint32_t len = PRESENCE_USERS_MAX; len <= PRESENCE_USERS_MAX + 1; len++) {
            struct buf text = {0};
            struct frame *frame = NULL;
            const char *field = "";
            buf_add_text(&text, kinds[kind].front);
            for (uint32_t i = 0; i < len; i++) {
                buf_add_text(&text, i > 0 ? "," : "");
                const char *percent = strstr(kinds[kind].item, "%u");
                buf_add(&text, kinds[kind].item, (size_t)(percent - kinds[kind].item));
                buf_add_u64(&text, i);
                buf_add_text(&text, percent + 2);
            }
            buf_add_text(&text, "]}");
            const bool fits = len == PRESENCE_USERS_MAX;
            assert_int_equal(frame_decode(text.bytes, text.len, &frame, &field),
                             fits ? HB_OK : HB_ELARGE);
            assert_string_equal(field, fits ? "" : kinds[kind].field);
            frame_free(&frame);
            buf_deinit(&text);
        }
    }
}

/* Under a sanitizer: none is read past its end. */
static void a_cut_frame_is_refused_at_every_byte(void **state)
{
    (void)state;
    static const char *const frames[] = {
        SAYS(",\"status\":\"busy\",\"currentRoom\":null,\"metadata\":{\"customStatus\":"
             "\"\\u00e9\"}"),
        ASKS(",\"ref\":\"p\",\"userIds\":[\"b\\u006fb\",\"eve\"]"),
        STATE(",\"users\":[{\"userId\":\"b\\u006fb\",\"status\":\"away\",\"version\":7}]")};
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        for (size_t len = 0; len < strlen(frames[i]); len++) {
            char *copy = hb_strndup(frames[i], len);
            struct frame *frame = NULL;
            assert_int_equal(frame_decode(copy, len, &frame, NULL), HB_EJSON);
            free(copy);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_written_as_it_is_read),
        cmocka_unit_test(what_says_no_more_is_left_out),
        cmocka_unit_test(a_field_that_is_wrong_is_named),
        cmocka_unit_test(what_is_not_said_is_not_what_is_said_to_be_nothing),
        cmocka_unit_test(what_no_device_can_see_was_chosen),
        cmocka_unit_test(a_line_may_have_128_bytes),
        cmocka_unit_test(no_more_than_256_can_be_asked_for_or_told_at_once),
        cmocka_unit_test(a_cut_frame_is_refused_at_every_byte),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
