/* Lines of recordings: what is taken, and for everything else the place and what was expected. */
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "sim/recording/recording.h"
#include "sim/recording/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct recording *recording;
    struct recorded event;
    struct buf why;
    enum record_line kind;
};

static void reader_init(struct reader *reader)
{
    *reader = (struct reader){.recording = recording_new()};
}

static void reader_deinit(struct reader *reader)
{
    recording_free(&reader->recording);
    buf_deinit(&reader->why);
}

static enum record_line read_bytes(struct reader *reader, const char *line, size_t len)
{
    reader->kind = recording_read(reader->recording, line, len, &reader->event, &reader->why);
    return reader->kind;
}

static void same_text(struct text text, const char *expected)
{
    if (expected == NULL) {
        assert_null(text.bytes);
        return;
    }
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.len);
}

/* One line alone is refused, with exactly this. */
static void refused(const char *line, const char *why)
{
    struct reader reader;
    reader_init(&reader);
    assert_int_equal(read_bytes(&reader, line, strlen(line)), RECORD_WRONG);
    assert_string_equal(reader.why.bytes, why);
    reader_deinit(&reader);
}

static void test_taken(void **state)
{
    static const char line[] =
        "{\"t\": 12.5, \"who\": \"bob/phone\", \"saw\": \"h\\u00e9 \\\"\\n\","
        " \"room\": \"lobby\", \"id\": \"m1\", \"from\": \"al\", \"seq\": 7,"
        " \"hlc\": \"019aefc1d2e3-0007-n1\", \"client\": 12, \"note\": [1]}";
    struct reader reader;
    (void)state;
    reader_init(&reader);
    assert_int_equal(read_bytes(&reader, line, strlen(line)), RECORD_EVENT);
    assert_int_equal(reader.event.verb, RECORD_SAW);
    assert_int_equal(reader.event.at_us, 12500);
    same_text(reader.event.who, "bob/phone");
    same_text(reader.event.value, "h\xc3\xa9 \"\n");
    same_text(reader.event.room, "lobby");
    same_text(reader.event.id, "m1");
    same_text(reader.event.from, "al");
    same_text(reader.event.client, "12");
    assert_int_equal(reader.event.seq, 7);
    assert_int_equal(reader.event.hlc, UINT64_C(0x019aefc1d2e3) << 16 | 7);
    reader_deinit(&reader);
}

static void test_verbs(void **state)
{
    static const struct {
        const char *line;
        enum record_verb verb;
        const char *value;
    } rows[] = {
        {"{\"t\":0,\"who\":\"a\",\"sent\":\"\",\"id\":1}", RECORD_SENT, ""},
        {"{\"t\":0,\"who\":\"a\",\"sent\":\"x\"}", RECORD_SENT, "x"},
        {"{\"t\":0,\"who\":\"a\",\"acked\":true,\"id\":\"m\"}", RECORD_ACKED, NULL},
        {"{\"t\":0,\"who\":\"a\",\"refused\":\"full\",\"client\":\"m\"}", RECORD_REFUSED, "full"},
        {"{\"t\":0,\"who\":\"a\",\"saw\":true,\"id\":\"m\"}", RECORD_SAW, NULL},
        {"{\"t\":0,\"who\":\"a\",\"joined\":true,\"room\":\"r\"}", RECORD_JOINED, NULL},
        {"{\"t\":0,\"who\":\"a\",\"left\":\"b/1\"}", RECORD_LEFT, "b/1"},
        {"{\"t\":0,\"who\":\"a\",\"up\":true,\"fresh\":true}", RECORD_UP, NULL},
        {"{\"t\":0,\"who\":\"a\",\"down\":\"ping timeout\"}", RECORD_DOWN, "ping timeout"},
        {"  {\"t\":0,\"who\":\"a\",\"up\":true}\t\r", RECORD_UP, NULL},
    };
    struct reader reader;
    (void)state;
    reader_init(&reader);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(read_bytes(&reader, rows[i].line, strlen(rows[i].line)), RECORD_EVENT);
        assert_int_equal(reader.event.verb, rows[i].verb);
        same_text(reader.event.value, rows[i].value);
    }
    assert_int_equal(recording_lines(reader.recording), sizeof rows / sizeof rows[0]);
    reader_deinit(&reader);
}

static void test_header(void **state)
{
    static const char line[] =
        "\xef\xbb\xbf{\"hubbub\": 1, \"recorder\": \"node 1\", \"uncertain\": 20.5,"
        " \"bounds\": {\"deliver_within\": \"5s\"}, \"rooms\": {\"r\": [\"al\", \"bob/1\"]}}\r";
    static const char event[] = "{\"t\":0,\"who\":\"a\",\"up\":true}";
    struct reader reader;
    (void)state;
    reader_init(&reader);
    assert_int_equal(read_bytes(&reader, line, strlen(line)), RECORD_HEADER);
    const struct record_header *header = recording_header(reader.recording);
    same_text(header->recorder, "node 1");
    assert_int_equal(header->uncertain_us, 20500);
    assert_int_equal(header->deliver_within_us, 5000000);
    assert_int_equal(header->members_len, 2);
    same_text(header->members[1].room, "r");
    same_text(header->members[1].who, "bob/1");
    assert_int_equal(read_bytes(&reader, "", 0), RECORD_NOTHING);
    assert_int_equal(read_bytes(&reader, " \r", 2), RECORD_NOTHING);
    assert_int_equal(read_bytes(&reader, event, strlen(event)), RECORD_EVENT);
    assert_int_equal(read_bytes(&reader, "{\"hubbub\": 1}", 13), RECORD_WRONG);
    assert_string_equal(reader.why.bytes,
                        "line 5, column 1: a header: expected it on the first line only (files of "
                        "several recorders are put together by --merge)");
    reader_deinit(&reader);
}

static void test_wrong_headers(void **state)
{
    (void)state;
    refused("{\"hubbub\": 2}", "line 1, column 12: hubbub: expected 1, the format's number, got 2");
    refused("{\"hubbub\": 1, \"uncertian\": 3}",
            "line 1, column 15: the header has an unknown key: did you mean \"uncertain\"?");
    refused("{\"hubbub\": 1, \"uncertain\": \"3 days\"}",
            "line 1, column 28: uncertain: expected milliseconds, or a duration such as \"20ms\", "
            "got \"3 days\"");
    refused("{\"hubbub\": 1, \"rooms\": [\"r\"]}",
            "line 1, column 24: rooms: expected an object such as {\"lobby\": [\"alice\", "
            "\"bob\"]}, got [\"r\"]");
    refused("{\"hubbub\": 1, \"bounds\": {\"deliver\": 1}}",
            "line 1, column 26: bounds: expected \"deliver_within\" and nothing else");
}

static void test_wrong_lines(void **state)
{
    (void)state;
    refused("{\"who\": \"a\", \"up\": true}",
            "line 1, column 1: expected \"t\", the time in milliseconds, which is not here");
    refused("{\"t\": 1, \"up\": true}",
            "line 1, column 1: expected \"who\", such as \"bob/phone\", which is not here");
    refused("{\"t\": 1, \"who\": \"a\"}",
            "line 1, column 1: expected one of sent, acked, refused, saw, joined, left, up, down, "
            "which is not here");
    refused("{\"t\": 1, \"who\": \"a\", \"up\": true, \"saw\": \"x\"}",
            "line 1, column 1: two verbs: expected one of sent, acked, refused, saw, joined, left, "
            "up, down");
    refused("{\"t\": 1, \"who\": \"a\", \"received\": \"x\"}",
            "line 1, column 22: unknown key \"received\": did you mean \"saw\"?");
    refused("{\"t\": 1, \"who\": \"a\", \"saww\": \"x\"}",
            "line 1, column 22: unknown key \"saww\": did you mean \"saw\"?");
    refused("{\"t\": 1, \"who\": \"a\", \"colour\": \"x\"}",
            "line 1, column 22: unknown key \"colour\": expected t, who, room, id, client, from, "
            "seq, hlc, fresh, note or a verb");
    refused("{\"t\": 1, \"who\": \"a\", \"saw\": true}",
            "line 1, column 1: saw: expected the message's \"id\", or its text");
    refused("{\"t\": 1, \"who\": \"a\", \"up\": true, \"id\": \"m\"}",
            "line 1, column 1: up: expected no id, client, from, seq and hlc: these are a "
            "message's");
    refused("{\"t\": 1, \"who\": \"a\", \"saw\": 5, \"id\": \"m\"}",
            "line 1, column 29: saw: expected true or the message's text, got 5");
    refused("{\"t\": 1, \"who\": \"a\", \"saw\": false, \"id\": \"m\"}",
            "line 1, column 29: saw: expected true or the message's text, got false");
    refused("{\"t\": 1, \"who\": \"a\", \"saw\": true, \"client\": \"m\"}",
            "line 1, column 1: saw: expected \"from\" beside \"client\": that id is its writer's "
            "own");
    refused("{\"t\": 1, \"who\": \"\", \"up\": true}",
            "line 1, column 17: who: expected a text of 1 to 256 bytes, got \"\"");
    refused("{\"t\": 1, \"who\": {\"name\": \"a\"}, \"up\": true}",
            "line 1, column 17: who: expected a text of 1 to 256 bytes, got {\"name\": \"a\"}");
    refused("{\"t\": 1, \"who\": \"a\", \"down\": true, \"fresh\": true}",
            "line 1, column 1: fresh: expected it with up only");
    refused("5", "line 1, column 1: expected one JSON object a line, such as "
                 "{\"t\": 12.5, \"who\": \"bob\", \"saw\": \"hi\"}");
}

static void test_times(void **state)
{
    static const struct {
        const char *t;
        int64_t us;
    } rows[] = {
        {"0", 0},
        {"0.001", 1},
        {"0.25", 250000 / 1000},
        {"1.5", 1500},
        {"12.345", 12345},
        {"1767225600123.250", INT64_C(1767225600123250)},
        {"9000000000000", INT64_C(9000000000000000)},
    };
    static const char *const bad[] = {
        "-1",    "1e3",  "1.2345", "9000000000001", "9007199254740993",
        "\"5\"", "null", "1E0",    "0.0001"};
    struct reader reader;
    char line[120];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        reader_init(&reader);
        (void)snprintf(line, sizeof line, "{\"t\":%s,\"who\":\"a\",\"up\":true}", rows[i].t);
        assert_int_equal(read_bytes(&reader, line, strlen(line)), RECORD_EVENT);
        assert_int_equal(reader.event.at_us, rows[i].us);
        reader_deinit(&reader);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        reader_init(&reader);
        (void)snprintf(line, sizeof line, "{\"t\":%s,\"who\":\"a\",\"up\":true}", bad[i]);
        assert_int_equal(read_bytes(&reader, line, strlen(line)), RECORD_WRONG);
        assert_non_null(strstr(reader.why.bytes, "t: expected milliseconds from 0, with at most "
                                                 "three digits after the point, got "));
        reader_deinit(&reader);
    }
}

static void test_time_goes_back(void **state)
{
    struct reader reader;
    const char first[] = "{\"t\":13,\"who\":\"a\",\"up\":true}";
    const char second[] = "{\"t\":12.999,\"who\":\"a\",\"up\":true}";
    (void)state;
    reader_init(&reader);
    assert_int_equal(read_bytes(&reader, first, strlen(first)), RECORD_EVENT);
    assert_int_equal(read_bytes(&reader, first, strlen(first)), RECORD_EVENT);
    assert_int_equal(read_bytes(&reader, second, strlen(second)), RECORD_WRONG);
    assert_string_equal(reader.why.bytes, "line 3, column 6: t goes back: expected at least "
                                          "13.000, the time of the line before");
    reader_deinit(&reader);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *seq;
        int64_t value; /* RECORD_SEQ_NONE: refused */
    } rows[] = {
        {"0", 0},
        {"9007199254740991", INT64_C(9007199254740991)},
        {"9007199254740992", RECORD_SEQ_NONE},
        {"\"9007199254740993\"", INT64_C(9007199254740993)},
        {"\"9223372036854775807\"", INT64_MAX},
        {"\"9223372036854775808\"", RECORD_SEQ_NONE},
        {"\"\"", RECORD_SEQ_NONE},
        {"\"-1\"", RECORD_SEQ_NONE},
        {"-1", RECORD_SEQ_NONE},
        {"1.5", RECORD_SEQ_NONE},
    };
    struct reader reader;
    char line[120];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        reader_init(&reader);
        (void)snprintf(line, sizeof line, "{\"t\":1,\"who\":\"a\",\"saw\":\"x\",\"seq\":%s}",
                       rows[i].seq);
        assert_int_equal(read_bytes(&reader, line, strlen(line)),
                         rows[i].value != RECORD_SEQ_NONE ? RECORD_EVENT : RECORD_WRONG);
        if (reader.kind == RECORD_EVENT) {
            assert_int_equal(reader.event.seq, rows[i].value);
        }
        reader_deinit(&reader);
    }
    refused("{\"t\":1,\"who\":\"a\",\"saw\":\"x\",\"id\":9007199254740993}",
            "line 1, column 33: id: expected a text, or an integer below 2^53 (a larger one is not "
            "exact in JSON: write it as a text), got 9007199254740993");
}

/* The rules of JSON have their own table: protocol.json_wrong. */
static void test_wrong_json(void **state)
{
    (void)state;
    refused("{\"t\": 1, \"who\": \"a\", \"up\": true",
            "line 1, column 32: it ends here: expected the rest of its JSON");
    refused("{\"t\": 1, \"t\": 2, \"who\": \"a\"}",
            "line 1, column 11: the key \"t\" is there twice");
    refused(
        "{\"t\": 1}{\"t\": 2}",
        "line 1, column 9: something stands behind the end: expected one JSON value and nothing "
        "else");
    refused("[{\"t\": 1}", "line 1, column 1: expected one JSON object a line, got an array: write "
                           "each of its members on a line of its own");
    refused("{\"who\": \"\xff\"}", "line 1, column 10: these bytes are not UTF-8");
    refused("\xff\xfe{", "line 1, column 1: this is UTF-16: expected UTF-8");
}

static void test_hostile_lengths(void **state)
{
    const size_t len = RECORDING_LINE_BYTES_MAX + 1;
    char *line = hb_malloc(len + 1);
    struct reader reader;
    char small[600];
    char name[300];
    (void)state;
    memset(line, '[', len);
    reader_init(&reader);
    assert_int_equal(read_bytes(&reader, line, len), RECORD_WRONG);
    assert_non_null(strstr(reader.why.bytes, "a line of more than 1048576 bytes"));
    assert_int_equal(read_bytes(&reader, line, len - 1), RECORD_WRONG);
    /* The longest text that fits, every byte of it an escape. */
    const char front[] = "{\"t\":1,\"who\":\"a\",\"id\":\"m\",\"saw\":\"";
    memcpy(line, front, sizeof front - 1);
    size_t at = sizeof front - 1;
    while (at + 8 < len) {
        memcpy(line + at, "\\u00e9", 6);
        at += 6;
    }
    memcpy(line + at, "\"}", 2);
    assert_int_equal(read_bytes(&reader, line, at + 2), RECORD_EVENT);
    assert_int_equal(reader.event.value.len, (at - sizeof front + 1) / 3);
    memset(name, 'n', sizeof name);
    (void)snprintf(small, sizeof small, "{\"t\":1,\"who\":\"%.*s\",\"up\":true}",
                   RECORDING_NAME_BYTES_MAX, name);
    assert_int_equal(read_bytes(&reader, small, strlen(small)), RECORD_EVENT);
    (void)snprintf(small, sizeof small, "{\"t\":1,\"who\":\"%.*s\",\"up\":true}",
                   RECORDING_NAME_BYTES_MAX + 1, name);
    assert_int_equal(read_bytes(&reader, small, strlen(small)), RECORD_WRONG);
    reader_deinit(&reader);
    free(line);
}

/* Whatever the bytes are: taken, or refused with a place. */
static void test_broken_bytes(void **state)
{
    static const char good[] = "{\"t\":12.5,\"who\":\"bob/1\",\"saw\":\"h\\u00e9\",\"room\":\"r\","
                               "\"id\":\"m1\",\"from\":\"al\",\"seq\":7,\"client\":\"c\"}";
    struct rng rng = rng_stream(1, "test.recording", 0, 0);
    (void)state;
    for (int i = 0; i < 60000; i++) {
        struct reader reader;
        char line[sizeof good];
        size_t len = sizeof good - 1;
        reader_init(&reader);
        memcpy(line, good, sizeof good);
        for (int64_t changes = rng_between(&rng, 1, 3); changes > 0; changes--) {
            line[rng_between(&rng, 0, (int64_t)len - 1)] = (char)rng_between(&rng, 0, 255);
        }
        for (size_t b = 0; b < len; b++) {
            line[b] = line[b] == '\n' ? ' ' : line[b]; /* else it would be two lines */
        }
        len = rng_chance(&rng, 300) ? (size_t)rng_between(&rng, 0, (int64_t)len) : len;
        if (read_bytes(&reader, line, len) == RECORD_WRONG) {
            assert_memory_equal(reader.why.bytes, "line 1, column ", 15);
        }
        reader_deinit(&reader);
    }
}

static void test_meant(void **state)
{
    (void)state;
    assert_string_equal(record_key_meant(TEXT("SAW")), "saw");
    assert_string_equal(record_key_meant(TEXT("timestamp")), "t");
    assert_string_equal(record_key_meant(TEXT("messageId")), "id");
    assert_string_equal(record_key_meant(TEXT("rooom")), "room");
    assert_null(record_key_meant(TEXT("qwertyuiop")));
    assert_null(record_key_meant(TEXT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),          cmocka_unit_test(test_verbs),
        cmocka_unit_test(test_header),         cmocka_unit_test(test_wrong_headers),
        cmocka_unit_test(test_wrong_lines),    cmocka_unit_test(test_times),
        cmocka_unit_test(test_time_goes_back), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_wrong_json),     cmocka_unit_test(test_hostile_lengths),
        cmocka_unit_test(test_broken_bytes),   cmocka_unit_test(test_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
