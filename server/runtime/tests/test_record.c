/* The two worlds agree: what the simulator's node was given, this program's node is given too, and
 * wants the same to the byte. The record is made by `runtime.record_made` (see CMakeLists.txt). */
/* labels: runtime */
#include "server/base/tests/test.h"
#include "server/node/record.h"

#include <stdio.h>
#include <stdlib.h>

static struct record record;
static uint64_t draws;

static uint64_t draw(void *user)
{
    uint64_t bits = 0;

    (void)user;
    draws++;
    if (record_next_draw(&record, &bits) != HB_OK) {
        fail_msg("draw %u: none was recorded here", (unsigned)draws);
    }
    return bits;
}

static void read_file(const char *path, struct buf *out)
{
    char chunk[65536];
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        fail_msg("no record at %s", path);
        return;
    }
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, file)) > 0;) {
        buf_add(out, chunk, got);
    }
    (void)fclose(file);
}

static void the_same_events_give_the_same_effects_to_the_byte(void **state)
{
    (void)state;
    const char *path = getenv("HUBBUB_RECORD"); /* ctest sets it */
    struct node_config config;
    struct effects effects = {.wake_at = MONO_NEVER};
    struct buf text = {0};
    struct buf got = {0};
    uint64_t events = 0;
    uint64_t kinds = 0;

    assert_non_null(path);
    read_file(path, &text);
    assert_int_equal(record_open(&record, text.bytes, text.len, &config), HB_OK);
    config.entropy = (struct entropy){draw, NULL};
    struct node *node = node_new(&config);
    while (!record_at_end(&record)) {
        struct node_event event;
        assert_int_equal(record_next(&record, &event), HB_OK);
        events++;
        kinds |= UINT64_C(1) << event.kind;
        buf_clear(&got);
        node_step(node, &event, &effects);
        record_effects(&got, &effects);
        effects_clear(&effects);
        const struct text want = record_next_effects(&record);
        if (!text_equal(want, (struct text){got.bytes, (uint32_t)got.len})) {
            fail_msg("event %u of the record:\nwanted\n%.*s\ngot\n%s", (unsigned)events,
                     (int)want.len, want.bytes, got.bytes);
        }
    }
    print_message("%u events\n", (unsigned)events);
    assert_true(events > 1000);
    const enum node_event_kind all[] = {NODE_START,       NODE_CONN_OPEN,  NODE_CONN_FRAME,
                                        NODE_CONN_CLOSED, NODE_HTTP,       NODE_REDIS_OPENED,
                                        NODE_REDIS_BYTES, NODE_REDIS_LOST, NODE_DB_DONE,
                                        NODE_WAKE,        NODE_DRAIN};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(kinds >> all[i] & 1); /* a record that lacks one shows little */
    }
    node_free(&node);
    record_close(&record);
    effects_deinit(&effects);
    buf_deinit(&text);
    buf_deinit(&got);
}

static void a_text_that_is_no_record_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "hubbub-node-record 3\nconfig\n",
                                        "hubbub-node-record 2\n",
                                        "hubbub-node-record 2\nconfig 61\n"};
    struct node_config config;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(record_open(&record, texts[i], strlen(texts[i]), &config), HB_EFRAME);
        record_close(&record);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_events_give_the_same_effects_to_the_byte),
        cmocka_unit_test(a_text_that_is_no_record_is_refused),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
