/* Frames of receipts: what is read is written alike, and each field that is wrong is named. */
#include "server/base/tests/test.h"
#include "server/protocol/frame.h"

#include <stdlib.h>
#include <string.h>

#define RECEIVED(fields) "{\"type\":\"received\"" fields "}"
#define READ(fields)     "{\"type\":\"read_receipt\"" fields "}"
#define ASKS(fields)     "{\"type\":\"receipts_request\"" fields "}"
#define TOLD(fields)     "{\"type\":\"receipts\"" fields "}"
#define ID               "\"019aefc1d2e3-0007-n1\""

static void each_is_written_as_it_is_read(void **state)
{
    (void)state;
    static const char *const frames[] = {
        RECEIVED(",\"roomId\":\"r1\",\"upTo\":17"),
        RECEIVED(",\"roomId\":\"r1\",\"upTo\":17,\"userId\":\"bob\",\"version\":4"),
        READ(",\"messageIds\":[" ID ",\"msg2\"],\"chatId\":\"r1\""),
        READ(",\"messageIds\":[" ID "],\"chatId\":\"r1\",\"readBy\":\"bob\",\"readAt\":-5,"
             "\"version\":4"),
        READ(",\"messageIds\":[" ID "],\"chatId\":\"r1\",\"readBy\":\"bob\","
             "\"readAt\":1767225600123,\"upTo\":17,\"version\":5"),
        ASKS(",\"roomId\":\"r1\""),
        ASKS(",\"roomId\":\"r1\",\"after\":0"),
        TOLD(",\"roomId\":\"r1\",\"version\":0,\"hasMore\":true"),
    };
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        struct frame *frame = NULL;
        struct buf text = {0};
        print_message("%s\n", frames[i]);
        assert_int_equal(frame_decode(frames[i], strlen(frames[i]), &frame, NULL), HB_OK);
        frame_encode(frame, &text);
        buf_add_char(&text, '\0');
        assert_string_equal(text.bytes, frames[i]);
        buf_deinit(&text);
        frame_free(&frame);
    }
}

static void each_field_that_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
        enum hb_err err;
    } cases[] = {
        {RECEIVED(",\"upTo\":17"), "roomId", HB_EFIELD},
        {RECEIVED(",\"roomId\":\"r1\",\"upTo\":0"), "upTo", HB_EFIELD},
        {RECEIVED(",\"roomId\":\"r1\",\"upTo\":1.5"), "upTo", HB_EFIELD},
        {RECEIVED(",\"roomId\":\"r1\",\"upTo\":1,\"userId\":\"bob\""), "version", HB_EFIELD},
        {READ(",\"messageIds\":[],\"chatId\":\"r1\""), "messageIds", HB_EFIELD},
        {READ(",\"messageIds\":[7],\"chatId\":\"r1\""), "messageIds", HB_EFIELD},
        {READ(",\"messageIds\":[\"a:b\"],\"chatId\":\"r1\""), "messageIds", HB_EFIELD},
        {READ(",\"messageIds\":[" ID "]"), "chatId", HB_EFIELD},
        {READ(",\"messageIds\":[" ID "],\"chatId\":\"dm:alice:bob\""), "chatId", HB_EFIELD},
        {READ(",\"messageIds\":[" ID "],\"chatId\":\"r1\",\"readBy\":\"bob\",\"version\":1"),
         "readAt", HB_EFIELD},
        {ASKS(",\"after\":1"), "roomId", HB_EFIELD},
        {ASKS(",\"roomId\":\"r1\",\"after\":-1"), "after", HB_EFIELD},
        {TOLD(",\"roomId\":\"r1\",\"hasMore\":true"), "version", HB_EFIELD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame *frame = NULL;
        const char *field = NULL;
        print_message("%s\n", cases[i].text);
        assert_int_equal(frame_decode(cases[i].text, strlen(cases[i].text), &frame, &field),
                         cases[i].err);
        assert_string_equal(field, cases[i].field);
    }
}

static enum hb_err decode_ids(uint32_t count)
{
    struct buf text = {0};
    struct frame *frame = NULL;

    buf_add_text(&text, "{\"type\":\"read_receipt\",\"chatId\":\"r1\",\"messageIds\":[");
    for (uint32_t i = 0; i < count; i++) {
        buf_add_text(&text, i > 0 ? "," ID : ID);
    }
    buf_add_text(&text, "]}");
    const enum hb_err err = frame_decode(text.bytes, text.len, &frame, NULL);
    frame_free(&frame);
    buf_deinit(&text);
    return err;
}

static void so_many_messages_are_named_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(decode_ids(RECEIPT_IDS_MAX), HB_OK);
    assert_int_equal(decode_ids(RECEIPT_IDS_MAX + 1), HB_ELARGE);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_written_as_it_is_read),
        cmocka_unit_test(each_field_that_is_wrong_is_named),
        cmocka_unit_test(so_many_messages_are_named_and_no_more),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
