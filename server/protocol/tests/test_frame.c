/* Frames: what is encoded decodes to the same, and hostile bytes get their own answer. */
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "server/protocol/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAMP "019aefc1d2e3-0007-n1"

/* --- Round trips ---------------------------------------------------------------------------- */

static void fixed_point(const char *text, size_t len)
{
    struct frame *frame = NULL;
    struct buf first = {0};
    struct buf second = {0};
    const char *field = NULL;

    assert_int_equal(frame_decode(text, len, &frame, &field), HB_OK);
    frame_encode(frame, &first);
    frame_free(&frame);
    assert_int_equal(frame_decode(first.bytes, first.len, &frame, &field), HB_OK);
    frame_encode(frame, &second);
    frame_free(&frame);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.bytes, second.bytes, first.len);
    buf_deinit(&first);
    buf_deinit(&second);
}

#define ENTRY(type, rest)                                                                          \
    "{\"type\":\"" type "\",\"id\":\"" STAMP "\",\"roomId\":\"r1\",\"seq\":9007199254740991," rest \
    ",\"timestamp\":1767225600123,\"hlc\":\"" STAMP "\"}"

static void each_type_of_frame_is_written_as_it_is_read(void **state)
{
    (void)state;
    static const char *const frames[] = {
        "{\"type\":\"hello\",\"version\":1,\"token\":\"a.b.c\",\"device\":\"d1\",\"epoch\":\"e\","
        "\"positions\":{\"r1\":0,\"r2\":17},\"focus\":[\"r2\"],\"seen\":\"" STAMP "\"}",
        "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"d1-1\",\"content\":\"x\",\"seen\":"
        "\"" STAMP "\"}",
        "{\"type\":\"sync_request\",\"ref\":\"s1\",\"cursor\":\"abc\",\"limit\":7}",
        "{\"type\":\"sync_request\",\"epoch\":\"e\",\"positions\":{},\"limit\":100}",
        "{\"type\":\"sync_request\",\"lastSyncTimestamp\":1704067200000,\"limit\":100}",
        "{\"type\":\"sync_request\",\"roomId\":\"r1\",\"limit\":100}",
        "{\"type\":\"sync_request\",\"cursor\":\"abc\",\"focus\":[\"r1\",\"r2\"],\"limit\":7}",
        "{\"type\":\"sync_request\",\"ref\":\"s1\",\"roomId\":\"r1\",\"before\":17,\"limit\":50}",
        "{\"type\":\"room_create\",\"roomId\":\"r1\",\"clientId\":\"c\",\"open\":true,\"members\":["
        "\"u1\",\"u2\"]}",
        "{\"type\":\"room_join\",\"roomId\":\"r1\",\"clientId\":\"c\"}",
        "{\"type\":\"room_leave\",\"roomId\":\"r1\",\"clientId\":\"c\"}",
        "{\"type\":\"ping\"}",
        "{\"type\":\"pong\"}",
        ENTRY("message",
              "\"senderId\":\"u1\",\"clientId\":\"c\",\"content\":\"\\\"\\n\xf0\x9f\x91\x8b\""),
        ENTRY("room_event", "\"event\":\"leave\",\"userId\":\"u1\""),
        ENTRY("room_event", "\"event\":\"unknown\""),
        "{\"type\":\"ack\",\"clientId\":\"c\",\"roomId\":\"r1\",\"id\":\"" STAMP
        "\",\"seq\":1,\"timestamp\":-5,\"hlc\":\"" STAMP "\"}",
        "{\"type\":\"nack\",\"clientId\":\"c\",\"code\":\"denied\",\"temporary\":false,"
        "\"retryAfterMs\":0}",
        "{\"type\":\"refresh\",\"token\":\"a.b.c\",\"ref\":\"t1\"}",
        "{\"type\":\"refresh\",\"token\":\"a.b.c\"}",
        "{\"type\":\"refreshed\",\"ref\":\"t1\",\"expiresInMs\":9007199254740991}",
        "{\"type\":\"refreshed\",\"expiresInMs\":0}",
        "{\"type\":\"draining\",\"reconnectInMs\":500}",
        "{\"type\":\"draining\",\"reconnectInMs\":0,\"url\":\"https://n2.chat.example\"}",
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

static void what_a_newer_peer_says_of_an_entry_keeps_its_place_alone(void **state)
{
    (void)state;
    static const char *const events[] = {
        ENTRY("room_event", "\"event\":\"kicked\",\"userId\":\"u1\",\"by\":\"u2\""),
        ENTRY("room_event", "\"event\":\"\",\"userId\":7"),
    };
    static const char *const others[] = {
        ENTRY("reaction", "\"to\":{\"seq\":5,\"with\":[\"x\"]}"),
        ENTRY("message", "\"senderId\":\"u1\",\"content\":[\"rich\"]"),
        ENTRY("room_event", "\"event\":\"join\""),
        "{\"id\":\"" STAMP "\",\"roomId\":\"r1\",\"seq\":9007199254740991,"
        "\"timestamp\":1767225600123,\"hlc\":\"" STAMP "\"}",
    };
    static const char expected[] = ENTRY("room_event", "\"event\":\"unknown\"");
    for (size_t i = 0; i < 2 + sizeof others / sizeof others[0]; i++) {
        const char *text = i < 2 ? events[i] : others[i - 2];
        struct frame *frame = NULL;
        struct buf again = {0};
        if (i < 2) {
            assert_int_equal(frame_decode(text, strlen(text), &frame, NULL), HB_OK);
            assert_int_equal(frame->entry.kind, ENTRY_UNKNOWN);
            frame_free(&frame);
        } else {
            assert_int_not_equal(frame_decode(text, strlen(text), &frame, NULL), HB_OK);
        }
        assert_int_equal(frame_decode_any_entry(text, strlen(text), &frame), HB_OK);
        assert_int_equal(frame->entry.kind, ENTRY_UNKNOWN);
        assert_null(frame->entry.sender_id.bytes);
        assert_true(frame->entry.hlc.packed > 0);
        frame_encode(frame, &again);
        assert_string_equal(again.bytes, expected);
        frame_free(&frame);
        buf_deinit(&again);
    }
}

static void without_a_place_there_is_no_entry(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "7",
        "{\"type\":\"ping\"}",
        "{\"id\":\"" STAMP "\",\"roomId\":\"r:1\",\"seq\":1,\"timestamp\":1,\"hlc\":\"" STAMP "\"}",
        "{\"id\":\"" STAMP "\",\"roomId\":\"r1\",\"seq\":0,\"timestamp\":1,\"hlc\":\"" STAMP "\"}",
        "{\"id\":\"" STAMP "\",\"roomId\":\"r1\",\"seq\":1,\"timestamp\":\"1\",\"hlc\":\"" STAMP
        "\"}",
        "{\"id\":\"" STAMP "\",\"roomId\":\"r1\",\"seq\":1,\"timestamp\":1,\"hlc\":\"soon\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct frame *frame = NULL;
        print_message("text: %s\n", texts[i]);
        assert_int_not_equal(frame_decode_any_entry(texts[i], strlen(texts[i]), &frame), HB_OK);
        assert_null(frame);
    }
}

/* Text of every kind of character that JSON and UTF-8 know. */
static void random_text(struct rng *rng, struct buf *out, size_t most)
{
    static const char *const pieces[] = {"a",
                                         "\"",
                                         "\\",
                                         "\n",
                                         "\x01",
                                         "\x7f",
                                         "/",
                                         "\xc3\xa9",
                                         "e\xcc\x81",
                                         "\xd7\xa9",
                                         "\xe6\xbc\xa2",
                                         "\xf0\x9f\x91\x8b",
                                         "\xe2\x80\xae",
                                         "\xef\xbf\xbf",
                                         "\xf4\x8f\xbf\xbf",
                                         "</script>"};
    const size_t len = (size_t)rng_between(rng, 1, (int64_t)most);
    while (out->len < len) {
        buf_add_text(out, pieces[rng_between(rng, 0, 15)]);
    }
}

static void random_messages_are_a_fixed_point(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct rng rng = rng_stream(seed, "test.frame", 0, 0);
        struct buf content = {0};
        struct buf text = {0};
        struct frame frame = {.type = FRAME_SEND};
        struct frame *back = NULL;
        random_text(&rng, &content, 200);
        frame.send.room_id = TEXT("r1");
        frame.send.client_id = TEXT("d1-1");
        frame.send.content = (struct text){content.bytes, (uint32_t)content.len};
        frame_encode(&frame, &text);
        assert_int_equal(frame_decode(text.bytes, text.len, &back, NULL), HB_OK);
        assert_true(text_equal(back->send.content, frame.send.content));
        frame_free(&back);
        fixed_point(text.bytes, text.len);
        buf_deinit(&content);
        buf_deinit(&text);
    }
}

/* --- Hostile bytes -------------------------------------------------------------------------- */

#define SEND(fields) "{\"type\":\"send\"," fields "}"

static const struct {
    const char *text;
    enum hb_err want;
    const char *field; /* NULL: none is named */
} hostile[] = {
    {"", HB_EJSON, NULL},
    {"   ", HB_EJSON, NULL},
    {"{\"type\":\"ping\"}x", HB_EJSON, NULL},
    {"{\"type\":\"ping\"}{\"type\":\"ping\"}", HB_EJSON, NULL},
    {"null", HB_EFRAME, NULL},
    {"[]", HB_EFRAME, NULL},
    {"\"x\"", HB_EFRAME, NULL},
    {"1", HB_EFRAME, NULL},
    {"{}", HB_EFRAME, "type"},
    {"{\"type\":5}", HB_EFRAME, "type"},
    {"{\"type\":null}", HB_EFRAME, "type"},
    {"{\"type\":\"nothing\"}", HB_ETYPE, "type"},
    {"{\"TYPE\":\"ping\"}", HB_EFRAME, "type"},
    {"{\"type\":\"ping\",\"type\":\"send\"}", HB_EJSON, NULL},
    {"{\"t\\u0079pe\":\"ping\"}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":[[[[[[[]]]]]]]}", HB_OK, NULL},
    {"{\"type\":\"ping\",\"a\":[[[[[[[[]]]]]]]]}", HB_EDEPTH, NULL},
    {"{\"type\":\"ping\",\"a\":\"\\u0000\"}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":\"\\ud800\"}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":\"\\ud800\\u0041\"}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":\"\\udc00\"}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":\"\\ud83d\\udc4b\"}", HB_OK, NULL},
    {"{\"type\":\"ping\",\"a\":\"\n\"}", HB_EJSON, NULL},
    {"\xef\xbb\xbf{\"type\":\"ping\"}", HB_EJSON, NULL},
    {"{'type':'ping'}", HB_EJSON, NULL},
    {"{\"type\":\"ping\"/**/}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":[1,]}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":01}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":1.}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":1e999}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":NaN}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":-Infinity}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":0x10}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":+1}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":\"\xff\"}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":\"\xc0\x80\"}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":\"\xed\xa0\x80\"}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":\"\xf5\x80\x80\x80\"}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"a\":\"\xe2\x82\"}", HB_EJSON, NULL},
    {"{\"type\":\"ping\",\"unknown\":{\"x\":[1,2]}}", HB_OK, NULL},
    {SEND("\"roomId\":\"../x\",\"clientId\":\"c\",\"content\":\"x\""), HB_EFIELD, "roomId"},
    {SEND("\"roomId\":\"a:b\",\"clientId\":\"c\",\"content\":\"x\""), HB_EFIELD, "roomId"},
    {SEND("\"roomId\":\"*\",\"clientId\":\"c\",\"content\":\"x\""), HB_EFIELD, "roomId"},
    {SEND("\"roomId\":\"\",\"clientId\":\"c\",\"content\":\"x\""), HB_EFIELD, "roomId"},
    {SEND("\"roomId\":7,\"clientId\":\"c\",\"content\":\"x\""), HB_EFIELD, "roomId"},
    {SEND("\"clientId\":\"c\",\"content\":\"x\""), HB_EFIELD, "roomId"},
    {SEND("\"recipientId\":\"bob\",\"clientId\":\"c\",\"content\":\"x\""), HB_OK, NULL},
    {SEND("\"roomId\":\"r\",\"recipientId\":\"bob\",\"clientId\":\"c\",\"content\":\"x\""),
     HB_EFIELD, "recipientId"},
    {SEND("\"recipientId\":\"b b\",\"clientId\":\"c\",\"content\":\"x\""), HB_EFIELD,
     "recipientId"},
    {SEND("\"roomId\":\"r\",\"clientId\":\"c\",\"content\":\"\""), HB_EFIELD, "content"},
    {SEND("\"roomId\":\"r\",\"clientId\":\"c\",\"content\":\"x\",\"seen\":\"later\""), HB_EFIELD,
     "seen"},
    /* What the server alone may say is not even read. */
    {SEND("\"roomId\":\"r\",\"clientId\":\"c\",\"content\":\"x\",\"senderId\":5,\"seq\":[],\"hlc\":"
          "{}"),
     HB_OK, NULL},
    {"{\"type\":\"sync_request\"}", HB_EFIELD, "cursor"},
    {"{\"type\":\"sync_request\",\"cursor\":\"\"}", HB_EFIELD, "cursor"},
    {"{\"type\":\"sync_request\",\"cursor\":5}", HB_EFIELD, "cursor"},
    {"{\"type\":\"sync_request\",\"cursor\":\"a\",\"lastSyncTimestamp\":1}", HB_EFIELD, "cursor"},
    {"{\"type\":\"sync_request\",\"positions\":{\"r1\":1}}", HB_EFIELD, "epoch"},
    {"{\"type\":\"sync_request\",\"epoch\":\"e\",\"positions\":{\"r:1\":1}}", HB_EFIELD,
     "positions"},
    {"{\"type\":\"sync_request\",\"epoch\":\"e\",\"positions\":{\"r1\":-1}}", HB_EFIELD,
     "positions"},
    {"{\"type\":\"sync_request\",\"epoch\":\"e\",\"positions\":{\"r1\":9007199254740993}}",
     HB_EFIELD, "positions"},
    {"{\"type\":\"sync_request\",\"lastSyncTimestamp\":-1}", HB_EFIELD, "lastSyncTimestamp"},
    {"{\"type\":\"sync_request\",\"lastSyncTimestamp\":1.5}", HB_EFIELD, "lastSyncTimestamp"},
    {"{\"type\":\"sync_request\",\"lastSyncTimestamp\":\"1704067200000\"}", HB_EFIELD,
     "lastSyncTimestamp"},
    {"{\"type\":\"sync_request\",\"cursor\":\"a\",\"focus\":\"r1\"}", HB_EFIELD, "focus"},
    {"{\"type\":\"sync_request\",\"cursor\":\"a\",\"focus\":[1]}", HB_EFIELD, "focus"},
    {"{\"type\":\"sync_request\",\"cursor\":\"a\",\"focus\":[\"r:1\"]}", HB_EFIELD, "focus"},
    {"{\"type\":\"sync_request\",\"cursor\":\"a\",\"focus\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
     "\"a\",\"a\","
     "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"]}",
     HB_ELARGE, "focus"},
    {"{\"type\":\"sync_request\",\"before\":17}", HB_EFIELD, "roomId"},
    {"{\"type\":\"sync_request\",\"cursor\":\"a\",\"before\":17}", HB_EFIELD, "roomId"},
    {"{\"type\":\"sync_request\",\"roomId\":\"r:1\"}", HB_EFIELD, "roomId"},
    {"{\"type\":\"sync_request\",\"roomId\":\"r1\",\"before\":0}", HB_EFIELD, "before"},
    {"{\"type\":\"sync_request\",\"roomId\":\"r1\",\"before\":-1}", HB_EFIELD, "before"},
    {"{\"type\":\"sync_request\",\"roomId\":\"r1\",\"before\":1.5}", HB_EFIELD, "before"},
    {"{\"type\":\"sync_request\",\"roomId\":\"r1\",\"before\":\"17\"}", HB_EFIELD, "before"},
    {"{\"type\":\"sync_request\",\"roomId\":\"r1\",\"before\":9007199254740992}", HB_EFIELD,
     "before"},
    {"{\"type\":\"sync_request\",\"roomId\":\"r1\",\"cursor\":\"a\"}", HB_EFIELD, "cursor"},
    {"{\"type\":\"sync_request\",\"roomId\":\"r1\",\"lastSyncTimestamp\":1}", HB_EFIELD, "cursor"},
    {"{\"type\":\"sync_request\",\"lastSyncTimestamp\":1,\"limit\":0}", HB_EFIELD, "limit"},
    {"{\"type\":\"sync_request\",\"lastSyncTimestamp\":1,\"limit\":-1}", HB_EFIELD, "limit"},
    {"{\"type\":\"sync_request\",\"lastSyncTimestamp\":1,\"limit\":1.5}", HB_EFIELD, "limit"},
    {"{\"type\":\"sync_request\",\"lastSyncTimestamp\":1,\"limit\":\"100\"}", HB_EFIELD, "limit"},
    {"{\"type\":\"room_create\",\"roomId\":\"r\",\"clientId\":\"c\",\"members\":[null]}", HB_EFIELD,
     "members"},
    {"{\"type\":\"room_create\",\"roomId\":\"r\",\"clientId\":\"c\",\"open\":\"yes\"}", HB_EFIELD,
     "open"},
    {"{\"type\":\"hello\",\"version\":\"1\",\"token\":\"t\",\"device\":\"d\"}", HB_EFIELD,
     "version"},
    {"{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"\"}", HB_EFIELD, "token"},
    {"{\"type\":\"refresh\"}", HB_EFIELD, "token"},
    {"{\"type\":\"refresh\",\"token\":\"\"}", HB_EFIELD, "token"},
    {"{\"type\":\"refresh\",\"token\":null}", HB_EFIELD, "token"},
    {"{\"type\":\"refresh\",\"token\":\"t\",\"ref\":\"a b\"}", HB_EFIELD, "ref"},
    {"{\"type\":\"refreshed\"}", HB_EFIELD, "expiresInMs"},
    {"{\"type\":\"refreshed\",\"expiresInMs\":-1}", HB_EFIELD, "expiresInMs"},
    {"{\"type\":\"draining\",\"reconnectInMs\":5,\"url\":7}", HB_EFIELD, "url"},
    {"{\"type\":\"draining\",\"reconnectInMs\":5,\"url\":\"\"}", HB_EFIELD, "url"},
};

static void each_hostile_text_gets_its_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct frame *frame = NULL;
        const char *field = NULL;
        print_message("case: %s\n", hostile[i].text);
        assert_int_equal(frame_decode(hostile[i].text, strlen(hostile[i].text), &frame, &field),
                         hostile[i].want);
        if (hostile[i].want == HB_OK) {
            frame_free(&frame);
        } else if (hostile[i].field != NULL) {
            assert_non_null(field);
            assert_string_equal(field, hostile[i].field);
        } else {
            assert_null(field);
        }
    }
}

static void a_limit_above_the_largest_page_is_clamped(void **state)
{
    (void)state;
    static const char text[] = "{\"type\":\"sync_request\",\"cursor\":\"a\",\"limit\":1000000000}";
    struct frame *frame = NULL;
    assert_int_equal(frame_decode(text, sizeof text - 1, &frame, NULL), HB_OK);
    assert_int_equal(frame->sync_request.limit, PAGE_ROWS_MAX);
    frame_free(&frame);
}

/* --- Limits: at, one past ------------------------------------------------------------------- */

static enum hb_err decode_send(size_t id_len, size_t content_len, const char **ret_field)
{
    struct buf text = {0};
    struct frame *frame = NULL;
    buf_add_text(&text, "{\"type\":\"send\",\"roomId\":\"r\",\"clientId\":\"");
    for (size_t i = 0; i < id_len; i++) {
        buf_add_char(&text, 'c');
    }
    buf_add_text(&text, "\",\"content\":\"");
    for (size_t i = 0; i < content_len; i++) {
        buf_add_char(&text, 'x');
    }
    buf_add_text(&text, "\"}");
    const enum hb_err err = frame_decode(text.bytes, text.len, &frame, ret_field);
    frame_free(&frame);
    buf_deinit(&text);
    return err;
}

static void limits_hold_exactly(void **state)
{
    (void)state;
    const char *field = NULL;
    assert_int_equal(decode_send(ID_BYTES_MAX, 1, &field), HB_OK);
    assert_int_equal(decode_send(ID_BYTES_MAX + 1, 1, &field), HB_EFIELD);
    assert_string_equal(field, "clientId");
    assert_int_equal(decode_send(1, CONTENT_BYTES_MAX, &field), HB_OK);
    assert_int_equal(decode_send(1, CONTENT_BYTES_MAX + 1, &field), HB_ELARGE);
    assert_string_equal(field, "content");
    assert_int_equal(decode_send(1, FRAME_BYTES_MAX, &field), HB_ELARGE);
}

static void positions_of_more_rooms_than_a_user_may_have_are_refused(void **state)
{
    (void)state;
    for (int len = ROOMS_PER_USER_MAX; len <= ROOMS_PER_USER_MAX + 1; len++) {
        struct buf text = {0};
        struct frame *frame = NULL;
        const char *field = NULL;
        buf_add_text(&text, "{\"type\":\"sync_request\",\"epoch\":\"e\",\"positions\":{");
        for (int i = 0; i < len; i++) {
            buf_printf(&text, "%s\"r%d\":%d", i > 0 ? "," : "", i, i);
        }
        buf_add_text(&text, "}}");
        const enum hb_err err = frame_decode(text.bytes, text.len, &frame, &field);
        assert_int_equal(err, len == ROOMS_PER_USER_MAX ? HB_OK : HB_ELARGE);
        frame_free(&frame);
        buf_deinit(&text);
    }
}

/* No prefix of a good frame is good, and none is read past its end (under a sanitizer). */
static void a_cut_frame_is_refused_at_every_byte(void **state)
{
    (void)state;
    static const char text[] =
        ENTRY("message", "\"senderId\":\"u1\",\"content\":\"\xf0\x9f\x91\x8b\\u00e9\"");
    for (size_t len = 0; len + 1 < sizeof text; len++) {
        char *copy = hb_strndup(text, len);
        struct frame *frame = NULL;
        assert_int_equal(frame_decode(copy, len, &frame, NULL), HB_EJSON);
        free(copy);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_of_frame_is_written_as_it_is_read),
        cmocka_unit_test(what_a_newer_peer_says_of_an_entry_keeps_its_place_alone),
        cmocka_unit_test(without_a_place_there_is_no_entry),
        cmocka_unit_test(random_messages_are_a_fixed_point),
        cmocka_unit_test(each_hostile_text_gets_its_answer),
        cmocka_unit_test(a_limit_above_the_largest_page_is_clamped),
        cmocka_unit_test(limits_hold_exactly),
        cmocka_unit_test(positions_of_more_rooms_than_a_user_may_have_are_refused),
        cmocka_unit_test(a_cut_frame_is_refused_at_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
