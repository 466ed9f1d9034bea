/* History files: what is written is read again, and a wrong line is refused by the field's name. */
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "sim/history/file.h"

#include <cJSON.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct buf out;
static struct buf why;

static int teardown(void **state)
{
    (void)state;
    buf_deinit(&out);
    buf_deinit(&why);
    return 0;
}

/* The line without its newline. */
static const char *line_of(const struct obs *obs, size_t *ret_len)
{
    buf_clear(&out);
    history_write_obs(obs, &out);
    assert_int_equal(out.bytes[out.len - 1], '\n');
    assert_null(memchr(out.bytes, '\n', out.len - 1));
    *ret_len = out.len - 1;
    return out.bytes;
}

static void assert_same(const struct obs *a, const struct obs *b)
{
    assert_int_equal(a->at_us, b->at_us);
    assert_int_equal(a->uncertain_us, b->uncertain_us);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->node, b->node);
    assert_int_equal(a->device, b->device);
    assert_int_equal(a->user, b->user);
    assert_int_equal(a->room, b->room);
    assert_true(a->seq == b->seq);
    assert_true(a->id == b->id);
    assert_true(a->sender == b->sender);
    assert_true(a->client_id == b->client_id);
    assert_true(a->content == b->content);
    assert_true(a->hlc == b->hlc);
    assert_true(a->value == b->value);
}

/* Often an edge, else any. */
static uint64_t some_u64(struct rng *rng)
{
    static const uint64_t edges[] = {0, 1, 9, 10, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    return rng_chance(rng, 400) ? edges[rng_between(rng, 0, COUNT(edges) - 1)] : rng_u64(rng);
}

static struct obs some_obs(struct rng *rng)
{
    struct obs obs =
        OBS((uint8_t)rng_between(rng, 0, OBS_KIND_COUNT - 1), (int64_t)(some_u64(rng) & INT64_MAX));
    obs.uncertain_us = (uint32_t)(some_u64(rng) % UINT32_MAX);
    obs.flags = (uint8_t)some_u64(rng);
    obs.node = (uint16_t)(some_u64(rng) % OBS_NODE_NONE); /* always there: some kind needs it */
    obs.device = (uint32_t)(some_u64(rng) % OBS_NONE);
    obs.user = (uint32_t)(some_u64(rng) % OBS_NONE);
    obs.room = (uint32_t)(some_u64(rng) % OBS_NONE);
    obs.seq = some_u64(rng);
    obs.id = some_u64(rng);
    obs.sender = some_u64(rng);
    obs.client_id = some_u64(rng);
    obs.content = some_u64(rng);
    obs.hlc = some_u64(rng);
    obs.value = (int64_t)some_u64(rng);
    return obs;
}

static void every_observation_reads_as_it_was_written(void **state)
{
    (void)state;
    struct rng rng = rng_stream(1, "history", 0, 0);
    const struct entry entry = {.id = TEXT("000-1-n1"),
                                .sender_id = TEXT("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"),
                                .content = TEXT("say \"no\" \\ a=b\n\x01 \xf0\x9f\x98\x80 ")};

    for (int i = 0; i < 20000; i++) {
        struct obs obs = some_obs(&rng);
        struct obs read = {0};
        size_t len;
        obs.entry = i % 2 == 0 ? &entry : NULL; /* texts change nothing of what is read */
        const char *line = line_of(&obs, &len);
        if (history_read_obs(line, len, &read, &why) != HB_OK) {
            fail_msg("%s\n%s", why.bytes, line);
        }
        assert_same(&obs, &read);
        assert_null(read.entry);
    }
}

static void what_is_absent_is_not_written_and_reads_as_absent(void **state)
{
    (void)state;
    struct obs obs = OBS(OBS_CALM, 12);
    struct obs read = {0};
    size_t len;

    const char *line = line_of(&obs, &len);
    assert_string_equal(line, "12 calm\n");
    assert_int_equal(history_read_obs(line, len, &read, &why), HB_OK);
    assert_same(&obs, &read);
}

static void a_line_looks_as_the_format_says(void **state)
{
    (void)state;
    const struct entry entry = {.content = TEXT("hi \"x\""), .client_id = TEXT("d4-1")};
    struct obs obs = OBS(OBS_SHOWN, 7200000);
    obs.device = 4;
    obs.room = 0;
    obs.seq = 9;
    obs.id = 0xabc;
    obs.sender = 1;
    obs.hlc = UINT64_MAX;
    obs.flags = OBS_EVENT | OBS_HELD;
    obs.entry = &entry;

    size_t len;
    assert_string_equal(line_of(&obs, &len),
                        "7200000 shown flags=held+event device=4 room=0 seq=9 id=0000000000000abc "
                        "sender=0000000000000001 hlc=ffffffffffffffff client_text=\"d4-1\" "
                        "content_text=\"hi \\\"x\\\"\"\n");
}

static void zeros_that_a_kind_needs_are_written(void **state)
{
    (void)state;
    struct obs obs = OBS(OBS_SYNC_BEGIN, 0);
    obs.device = 0;
    obs.room = 0;

    size_t len;
    assert_string_equal(line_of(&obs, &len), "0 sync_begin device=0 room=0 seq=0 value=0\n");
}

static void a_wrong_line_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"", "at_us: expected a number from 0 to 9223372036854775807, got \"\""},
        {"-1 calm", "at_us: expected a number from 0 to 9223372036854775807, got \"-1\""},
        {"9223372036854775808 calm",
         "at_us: expected a number from 0 to 9223372036854775807, got \"9223372036854775808\""},
        {"07 calm", "at_us: expected a number from 0 to 9223372036854775807, got \"07\""},
        {"7", "kind: expected a kind of observation, got \"\""},
        {"7 quiet", "kind: expected a kind of observation, got \"quiet\""},
        {"7 Calm", "kind: expected a kind of observation, got \"Calm\""},
        {"7  calm", "kind: expected a kind of observation, got \"\""},
        {"7 calm ", "line: expected field=value after one space, got \"\""},
        {"7 calm  seq=1", "line: expected field=value after one space, got \"\""},
        {"7 calm seq", "line: expected field=value after one space, got \"seq\""},
        {"7 calm speed=1", "line: expected the name of a field, got \"speed\""},
        {"7 calm at_us=1", "line: expected the name of a field, got \"at_us\""},
        {"7 calm seq=1 seq=1", "line: expected each field once, got \"seq\""},
        {"7 calm seq=", "seq: expected a number from 0 to 18446744073709551615, got \"\""},
        {"7 calm seq=-1", "seq: expected a number from 0 to 18446744073709551615, got \"-1\""},
        {"7 calm seq=1x", "seq: expected a number from 0 to 18446744073709551615, got \"1x\""},
        {"7 calm seq=18446744073709551616",
         "seq: expected a number from 0 to 18446744073709551615, got \"18446744073709551616\""},
        {"7 calm node=65535", "node: expected a number from 0 to 65534, got \"65535\""},
        {"7 calm room=4294967295",
         "room: expected a number from 0 to 4294967294, got \"4294967295\""},
        {"7 calm value=--1", "value: expected a number of 64 bits, got \"--1\""},
        {"7 calm value=-0", "value: expected a number of 64 bits, got \"-0\""},
        {"7 calm value=9223372036854775808",
         "value: expected a number of 64 bits, got \"9223372036854775808\""},
        {"7 calm id=abc", "id: expected 16 hex digits, got \"abc\""},
        {"7 calm id=0000000000000ABC", "id: expected 16 hex digits, got \"0000000000000ABC\""},
        {"7 calm flags=", "flags: expected flags joined by '+', each once, got \"\""},
        {"7 calm flags=more+more",
         "flags: expected flags joined by '+', each once, got \"more+more\""},
        {"7 calm flags=more+", "flags: expected flags joined by '+', each once, got \"more+\""},
        {"7 calm content_text=hi", "content_text: expected a JSON string, got \"hi\""},
        {"7 calm content_text=\"hi", "content_text: expected a JSON string, got \"?hi\""},
        {"7 calm content_text=\"a\\x\"", "content_text: expected a JSON string, got \"?a\\x?\""},
        {"7 calm content_text=\"a\"x", "line: expected one space between fields, got \"x\""},
        {"7 calm content_text=\"a\" content_text=\"a\"",
         "line: expected each field once, got \"content_text\""},
        {"7 calm id_text=\"a\" id_text=\"a\"", "line: expected each field once, got \"id_text\""},
        {"7 head device=1 room=2", "seq: expected this field, got \"head\""},
        {"7 send device=1 client_id=0000000000000abc content=0000000000000abc",
         "room: expected this field, got \"send\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct obs read = OBS(OBS_END, 99);
        assert_int_equal(history_read_obs(cases[i].line, strlen(cases[i].line), &read, &why),
                         HB_EFIELD);
        assert_string_equal(why.bytes, cases[i].why);
        assert_int_equal(read.at_us, 99); /* nothing is written on an error */
    }
}

static void a_line_that_is_too_long_is_refused(void **state)
{
    (void)state;
    struct obs read;

    buf_clear(&out);
    buf_add_text(&out, "7 calm content_text=\"");
    while (out.len < HISTORY_LINE_BYTES_MAX - 1) {
        buf_add_char(&out, 'a');
    }
    buf_add_char(&out, '"');
    assert_int_equal(history_read_obs(out.bytes, out.len, &read, &why), HB_OK);
    out.len--;
    buf_add_text(&out, "a\"");
    assert_int_equal(history_read_obs(out.bytes, out.len, &read, &why), HB_EFIELD);
    assert_non_null(strstr(why.bytes, "line: expected at most 65536 bytes"));
}

/* Whatever the bytes are, reading ends in one of two ways, and what it took writes the same. */
static void broken_lines_never_pass_as_something_else(void **state)
{
    (void)state;
    struct rng rng = rng_stream(2, "history", 0, 0);
    struct buf broken = {0};
    int taken = 0;

    for (int i = 0; i < 20000; i++) {
        struct obs obs = some_obs(&rng);
        struct obs read;
        struct obs again;
        size_t len;
        const char *line = line_of(&obs, &len);
        buf_clear(&broken);
        buf_add(&broken, line, len);
        broken.bytes[rng_between(&rng, 0, (int64_t)len - 1)] = (char)rng_u64(&rng);
        if (history_read_obs(broken.bytes, broken.len, &read, &why) != HB_OK) {
            assert_null(memchr(why.bytes, '\n', why.len));
            continue;
        }
        taken++;
        line = line_of(&read, &len);
        assert_int_equal(history_read_obs(line, len, &again, &why), HB_OK);
        assert_same(&read, &again);
    }
    assert_in_range(taken, 1, 19999);
    buf_deinit(&broken);
}

/* --- The header ----------------------------------------------------------------------------- */

static struct bounds some_bounds(void)
{
    struct bounds bounds;
    int64_t next = 1;
#define X(name) bounds.name = next++;
    BOUNDS_MAP(X)
#undef X
    return bounds;
}

static void the_header_reads_as_it_was_written(void **state)
{
    (void)state;
    const struct bounds bounds = some_bounds();
    struct bounds read = {0};

    buf_clear(&out);
    history_write_header(&bounds, &out);
    assert_int_equal(history_read_header(out.bytes, out.len - 1, &read, &why), HB_OK);
#define X(name) assert_int_equal(read.name, bounds.name);
    BOUNDS_MAP(X)
#undef X
}

static void a_header_of_the_first_format_is_read(void **state)
{
    (void)state;
    const struct bounds bounds = some_bounds();
    struct bounds read = {0};

    buf_clear(&out);
    history_write_header(&bounds, &out);
    out.bytes[strlen("hubbub-history ")] = '1';
    assert_int_equal(history_read_header(out.bytes, out.len - 1, &read, &why), HB_OK);
    assert_int_equal(read.skew_ms, bounds.skew_ms);
}

/* Nodes waited so long, and read so many rows, when files did not say it. */
static void a_header_that_lacks_what_came_later_means_what_was_so_then(void **state)
{
    (void)state;
    const struct bounds bounds = some_bounds();
    struct bounds read = {0};

    buf_clear(&out);
    history_write_header(&bounds, &out);
    const char *at = strstr(out.bytes, " hello_us=");
    assert_non_null(at);
    assert_int_equal(history_read_header(out.bytes, (size_t)(at - out.bytes), &read, &why), HB_OK);
    assert_int_equal(read.hello_us, 10000000);
    assert_int_equal(read.repair_rows, 100);
}

static void a_wrong_header_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *why; /* the first is replaced by the second */
    } cases[] = {
        {"hubbub-history", "history", "header: expected \"hubbub-history\", got \"history\""},
        {"history 2", "history 3", "format: expected 1 or 2, got \"3\""},
        {"history 2", "history 0", "format: expected 1 or 2, got \"0\""},
        {"history 2", "history 02", "format: expected 1 or 2, got \"02\""},
        {" skew_ms=16", "", "skew_ms: expected this parameter, got \"nothing\""},
        {"skew_ms=16", "skew_ms=-1",
         "skew_ms: expected a number from 0 to 1000000000000, got \"-1\""},
        {"skew_ms=16", "skew_ms=1000000000001",
         "skew_ms: expected a number from 0 to 1000000000000, got \"1000000000001\""},
        {"skew_ms=16", "skew_ms=16 skew_ms=16",
         "header: expected each parameter once, got \"skew_ms\""},
        {"skew_ms=16", "skew_ms",
         "header: expected parameter=value after one space, got "
         "\"skew_ms\""},
        {"skew_ms", "skew_us", "header: expected the name of a parameter, got \"skew_us\""},
    };
    const struct bounds bounds = some_bounds();
    struct buf changed = {0};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bounds read = {.skew_ms = 77};
        buf_clear(&out);
        history_write_header(&bounds, &out);
        const char *at = strstr(out.bytes, cases[i].from);
        assert_non_null(at);
        buf_clear(&changed);
        buf_add(&changed, out.bytes, (size_t)(at - out.bytes));
        buf_add_text(&changed, cases[i].to);
        buf_add_text(&changed, at + strlen(cases[i].from));
        assert_int_equal(history_read_header(changed.bytes, changed.len - 1, &read, &why),
                         HB_EFIELD);
        assert_string_equal(why.bytes, cases[i].why);
        assert_int_equal(read.skew_ms, 77);
    }
    buf_deinit(&changed);
}

static void every_kind_has_its_own_word(void **state)
{
    (void)state;
    for (enum obs_kind a = 0; a < OBS_KIND_COUNT; a++) {
        assert_null(strpbrk(obs_kind_word(a), " =\n"));
        for (enum obs_kind b = 0; b < a; b++) {
            assert_string_not_equal(obs_kind_word(a), obs_kind_word(b));
        }
    }
}

static void another_reader_finds_the_texts_of_a_line(void **state)
{
    static const char nasty[] =
        "\"q' \\ \b\f\n\r\t\x01\x1f\x7f \xe2\x80\xa8\xe2\x80\xa9 </script> \xd7\xa9";
    const struct entry entry = {.content = {nasty, sizeof nasty - 1}};
    struct obs obs = OBS(OBS_SHOWN, 1);
    const char *end = NULL;
    size_t len;
    (void)state;
    obs.entry = &entry;
    const char *line = line_of(&obs, &len);
    const char *at = strstr(line, " content_text=");
    assert_non_null(at);
    cJSON *text = cJSON_ParseWithOpts(at + strlen(" content_text="), &end, false);
    assert_string_equal(cJSON_GetStringValue(text), nasty);
    assert_ptr_equal(end, line + len);
    cJSON_Delete(text);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(another_reader_finds_the_texts_of_a_line, teardown),
        cmocka_unit_test_teardown(every_observation_reads_as_it_was_written, teardown),
        cmocka_unit_test_teardown(what_is_absent_is_not_written_and_reads_as_absent, teardown),
        cmocka_unit_test_teardown(a_line_looks_as_the_format_says, teardown),
        cmocka_unit_test_teardown(zeros_that_a_kind_needs_are_written, teardown),
        cmocka_unit_test_teardown(a_wrong_line_is_refused_by_name, teardown),
        cmocka_unit_test_teardown(a_line_that_is_too_long_is_refused, teardown),
        cmocka_unit_test_teardown(broken_lines_never_pass_as_something_else, teardown),
        cmocka_unit_test_teardown(the_header_reads_as_it_was_written, teardown),
        cmocka_unit_test_teardown(a_header_of_the_first_format_is_read, teardown),
        cmocka_unit_test_teardown(a_header_that_lacks_what_came_later_means_what_was_so_then,
                                  teardown),
        cmocka_unit_test_teardown(a_wrong_header_is_refused_by_name, teardown),
        cmocka_unit_test(every_kind_has_its_own_word),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
