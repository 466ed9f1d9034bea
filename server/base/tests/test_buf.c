/* What is written to a byte buffer, byte by byte. */
#include "server/base/mem.h"
#include "server/base/tests/test.h"

#include <stdlib.h>
#include <string.h>

static void an_unwritten_buffer_owns_nothing(void **state)
{
    struct buf buf = {0};
    (void)state;

    buf_clear(&buf);
    buf_drop_front(&buf, 0);
    buf_deinit(&buf);

    assert_null(buf.bytes);
    assert_int_equal(buf.cap, 0);
}

static void bytes_come_out_as_they_went_in_and_a_nul_follows(void **state)
{
    struct buf buf = {0};
    (void)state;

    for (size_t i = 0; i < 10000; i++) {
        const char byte = (char)(i * 7 % 256);
        if (i % 2 == 0) {
            buf_add_char(&buf, byte);
        } else {
            buf_add(&buf, &byte, 1);
        }
        assert_int_equal(buf.len, i + 1);
        assert_true(buf.cap > buf.len);
        assert_int_equal(buf.bytes[buf.len], 0);
    }
    for (size_t i = 0; i < 10000; i++) {
        assert_int_equal(buf.bytes[i], (char)(i * 7 % 256));
    }
    buf_deinit(&buf);
}

static void adding_nothing_still_ends_in_a_nul(void **state)
{
    struct buf buf = {0};
    (void)state;

    buf_add(&buf, NULL, 0);

    assert_string_equal(buf.bytes, "");
    buf_deinit(&buf);
}

static void reserved_room_does_not_move(void **state)
{
    struct buf buf = {0};
    (void)state;

    buf_add_text(&buf, "ab");
    buf_reserve(&buf, 1000);
    const char *before = buf.bytes;
    for (size_t i = 0; i < 1000; i++) {
        buf_add_char(&buf, 'x');
    }

    assert_ptr_equal(buf.bytes, before);
    assert_int_equal(buf.len, 1002);
    assert_memory_equal(buf.bytes, "abx", 3);
    buf_deinit(&buf);
}

static void clearing_keeps_the_memory(void **state)
{
    struct buf buf = {0};
    (void)state;

    buf_add_text(&buf, "something");
    const char *before = buf.bytes;
    buf_clear(&buf);
    assert_int_equal(buf.len, 0);
    assert_string_equal(buf.bytes, "");
    buf_add_text(&buf, "else");

    assert_ptr_equal(buf.bytes, before);
    assert_string_equal(buf.bytes, "else");
    buf_deinit(&buf);
}

static void dropping_the_front_moves_the_rest_to_it(void **state)
{
    struct buf buf = {0};
    (void)state;

    buf_add_text(&buf, "headtail");
    buf_drop_front(&buf, 4);
    assert_string_equal(buf.bytes, "tail");
    assert_int_equal(buf.len, 4);
    buf_drop_front(&buf, 0);
    assert_string_equal(buf.bytes, "tail");
    buf_drop_front(&buf, 4);

    assert_string_equal(buf.bytes, "");
    assert_int_equal(buf.len, 0);
    buf_deinit(&buf);
}

static void numbers_are_written_in_full(void **state)
{
    struct buf buf = {0};
    (void)state;

    buf_add_u64(&buf, 0);
    buf_add_char(&buf, ' ');
    buf_add_u64(&buf, 10);
    buf_add_char(&buf, ' ');
    buf_add_u64(&buf, UINT64_MAX);
    buf_add_char(&buf, ' ');
    buf_add_i64(&buf, 0);
    buf_add_char(&buf, ' ');
    buf_add_i64(&buf, -1);
    buf_add_char(&buf, ' ');
    buf_add_i64(&buf, INT64_MIN);
    buf_add_char(&buf, ' ');
    buf_add_i64(&buf, INT64_MAX);

    assert_string_equal(buf.bytes, "0 10 18446744073709551615 0 -1 -9223372036854775808 "
                                   "9223372036854775807");
    buf_deinit(&buf);
}

static void hexadecimal_has_exactly_its_digits(void **state)
{
    struct buf buf = {0};
    (void)state;

    buf_add_hex(&buf, 0xab, 1);
    buf_add_char(&buf, ' ');
    buf_add_hex(&buf, 0xab, 4);
    buf_add_char(&buf, ' ');
    buf_add_hex(&buf, UINT64_C(0x0123456789abcdef), 16);

    assert_string_equal(buf.bytes, "b 00ab 0123456789abcdef");
    buf_deinit(&buf);
}

static void printing_appends_at_every_length(void **state)
{
    struct buf buf = {0};
    (void)state;

    for (int width = 1; width < 300; width++) {
        buf_clear(&buf);
        buf_add_text(&buf, "<");
        buf_printf(&buf, "%*d%s", width, 7, ">");
        assert_int_equal(buf.len, (size_t)width + 2);
        assert_int_equal(strlen(buf.bytes), buf.len);
        assert_int_equal(buf.bytes[0], '<');
        assert_int_equal(buf.bytes[width], '7');
        assert_int_equal(buf.bytes[width + 1], '>');
    }
    buf_deinit(&buf);
}

static void json_escapes_what_it_must_and_nothing_else(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"\"", "\"\\\"\""},
        {"\\", "\"\\\\\""},
        {"/", "\"/\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01", "\"\\u0001\""},
        {"\x0b", "\"\\u000b\""},
        {"\x1f", "\"\\u001f\""},
        {"\x1f ", "\"\\u001f \""},
        {"\x7f", "\"\x7f\""},
        {"a\nb\"c", "\"a\\nb\\\"c\""},
        {"\n\n", "\"\\n\\n\""},
        {"\xc3\xa9", "\"\xc3\xa9\""},
        {"\xe2\x80\xa8", "\"\xe2\x80\xa8\""},
        {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
         "\"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\""},
        {"\\u0000", "\"\\\\u0000\""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf buf = {0};
        buf_add_json(&buf, cases[i].text, strlen(cases[i].text));
        assert_string_equal(buf.bytes, cases[i].json);
        assert_int_equal(buf.len, strlen(cases[i].json));
        buf_deinit(&buf);
    }
}

static void json_takes_the_given_length_and_appends(void **state)
{
    struct buf buf = {0};
    (void)state;

    buf_add_text(&buf, "{\"x\":");
    buf_add_json(&buf, "ab\"cd", 3);
    buf_add_text(&buf, "}");

    assert_string_equal(buf.bytes, "{\"x\":\"ab\\\"\"}");
    buf_deinit(&buf);
}

static void every_control_character_stays_out_of_json(void **state)
{
    (void)state;
    for (int c = 1; c < 0x20; c++) {
        struct buf buf = {0};
        const char text[] = {'x', (char)c, 'y'};
        buf_add_json(&buf, text, sizeof text);
        for (size_t i = 0; i < buf.len; i++) {
            assert_true((unsigned char)buf.bytes[i] >= 0x20);
        }
        assert_memory_equal(buf.bytes, "\"x\\", 3);
        assert_memory_equal(buf.bytes + buf.len - 2, "y\"", 2);
        buf_deinit(&buf);
    }
}

static void a_growable_array_keeps_what_it_had(void **state)
{
    uint32_t *items = NULL;
    uint32_t items_len = 0;
    uint32_t items_cap = 0;
    (void)state;

    for (uint32_t i = 0; i < 1000; i++) {
        HB_GROW(items, items_len, items_cap);
        items[items_len++] = i * i;
        assert_true(items_cap >= items_len);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(items[i], i * i);
    }
    assert_int_equal(items_cap, 1024);
    free(items);
}

static void memory_of_no_bytes_is_still_memory(void **state)
{
    (void)state;
    void *a = hb_malloc(0);
    void *b = hb_calloc(0, 8);
    a = hb_realloc(a, 0);
    assert_non_null(a);
    assert_non_null(b);
    free(a);
    free(b);

    char *copy = hb_strndup("abcdef", 3);
    assert_string_equal(copy, "abc");
    free(copy);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unwritten_buffer_owns_nothing),
        cmocka_unit_test(bytes_come_out_as_they_went_in_and_a_nul_follows),
        cmocka_unit_test(adding_nothing_still_ends_in_a_nul),
        cmocka_unit_test(reserved_room_does_not_move),
        cmocka_unit_test(clearing_keeps_the_memory),
        cmocka_unit_test(dropping_the_front_moves_the_rest_to_it),
        cmocka_unit_test(numbers_are_written_in_full),
        cmocka_unit_test(hexadecimal_has_exactly_its_digits),
        cmocka_unit_test(printing_appends_at_every_length),
        cmocka_unit_test(json_escapes_what_it_must_and_nothing_else),
        cmocka_unit_test(json_takes_the_given_length_and_appends),
        cmocka_unit_test(every_control_character_stays_out_of_json),
        cmocka_unit_test(a_growable_array_keeps_what_it_had),
        cmocka_unit_test(memory_of_no_bytes_is_still_memory),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
