/* Stories: a history in, a page out. The pages are in reports/tests/stories; one that differs is written to
 * build/NAME.txt, to be looked at and, if it is meant, copied there. */
#include "reports/story.h"
#include "reports/width.h"
#include "server/base/tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_MS INT64_C(1767225600000)

static const char *fault_word(uint64_t kind)
{
    return kind == 0 ? "clock_offset" : "redis_cut";
}

/* --- Histories ------------------------------------------------------------------------------------------ */

struct telling {
    struct keep keep;
    const char *said; /* what is written in the row that matters */
};

static void observe(struct telling *telling, struct obs obs)
{
    static const struct entry nothing = {.seq = 0};
    struct entry entry = nothing;

    if (obs.kind == OBS_SEND || obs.kind == OBS_COMMIT || obs.kind == OBS_SHOWN) {
        entry.content = (struct text){telling->said, (uint32_t)strlen(telling->said)};
        obs.entry = &entry;
    }
    keep_observe(&telling->keep, &obs);
}

static struct obs of(enum obs_kind kind, int64_t at_us, uint32_t device, uint16_t node)
{
    struct obs obs = OBS(kind, at_us);

    obs.device = device;
    obs.user = device == OBS_NONE ? OBS_NONE : device + 100;
    obs.node = node;
    return obs;
}

static struct obs of_row(enum obs_kind kind, int64_t at_us, uint32_t device, uint16_t node,
                         uint64_t seq)
{
    struct obs obs = of(kind, at_us, device, node);

    obs.room = 4;
    obs.seq = seq;
    obs.client_id = 7000 + seq;
    obs.hlc = (uint64_t)(EPOCH_MS + at_us / 1000) << 16;
    obs.value = EPOCH_MS + at_us / 1000;
    return obs;
}

static void tell(struct telling *telling, enum aside_kind kind, int64_t at_us, uint16_t node,
                 bool up, const char *text)
{
    struct aside aside = ASIDE(kind, at_us);

    aside.node = node;
    if (kind != ASIDE_NOTE) {
        aside.room = 4;
        aside.seq = 3;
        aside.of = ASIDE_OF_ROW;
    }
    aside.up = up;
    aside.text = text;
    keep_aside(&telling->keep, &aside);
}

static void fault(struct telling *telling, int64_t at_us, enum obs_kind kind)
{
    struct aside words = ASIDE(ASIDE_FAULT, at_us);
    struct obs obs = of(kind, at_us, OBS_NONE, 1);

    words.amount = 6;
    words.text = "redis_cut";
    keep_aside(&telling->keep, &words);
    obs.seq = 4;
    obs.value = 6;
    obs.flags = OBS_REDIS;
    keep_observe(&telling->keep, &obs);
}

/* Device 21 on node 2 writes; node 1, where device 22 is, is cut off from Redis and never reads what it missed. */
static void lost_publication(struct telling *telling)
{
    for (uint32_t device = 21; device <= 23; device++) {
        observe(telling, of(OBS_DEVICE, 0, device, OBS_NODE_NONE));
        struct obs member = of(OBS_MEMBER, 0, OBS_NONE, OBS_NODE_NONE);
        member.user = device + 100;
        member.room = 4;
        observe(telling, member);
        observe(telling, of(OBS_WELCOME, SECOND, device, device == 22 ? 1 : 2));
    }
    observe(telling, of_row(OBS_COMMIT, 2 * SECOND, OBS_NONE, 2, 2));
    observe(telling, of_row(OBS_SHOWN, 2 * SECOND + 40 * MS, 22, OBS_NODE_NONE, 2));
    fault(telling, 7 * SECOND, OBS_FAULT_BEGIN);
    tell(telling, ASIDE_NOTE, 7 * SECOND + 1 * MS, 1, false, "subscription link lost");
    struct obs send = of_row(OBS_SEND, 8 * SECOND, 21, OBS_NODE_NONE, 0);
    send.client_id = 7003;
    observe(telling, send);
    struct obs came = of_row(OBS_CAME, 8 * SECOND + 30 * MS, 21, 2, 3);
    observe(telling, came);
    struct obs commit = of_row(OBS_COMMIT, 8 * SECOND + 50 * MS, OBS_NONE, 2, 3);
    commit.user = 121;
    observe(telling, commit);
    tell(telling, ASIDE_PUBLISHED, 8 * SECOND + 51 * MS, 2, true, NULL);
    tell(telling, ASIDE_REDIS_HAS, 8 * SECOND + 53 * MS, 2, true, NULL);
    tell(telling, ASIDE_LOST, 8 * SECOND + 55 * MS, 1, false, NULL);
    observe(telling, of_row(OBS_ACK, 8 * SECOND + 80 * MS, 21, OBS_NODE_NONE, 3));
    observe(telling, of_row(OBS_SHOWN, 8 * SECOND + 81 * MS, 23, OBS_NODE_NONE, 3));
    fault(telling, 9 * SECOND, OBS_FAULT_END);
}

static struct violation not_shown(void)
{
    struct violation violation = {.invariant = SYN_02,
                                  .at_us = 9 * SECOND + 185 * MS,
                                  .room = 4,
                                  .devices = {22},
                                  .devices_len = 1,
                                  .user = OBS_NONE,
                                  .seq_low = 3,
                                  .seq_high = 3,
                                  .node = OBS_NODE_NONE};
    (void)snprintf(violation.summary, sizeof violation.summary, "%s",
                   "seq 3 of room 4, committed at 8050000 us, was not shown within 1134502 us to "
                   "device 22");
    return violation;
}

static void page_of(const char *said, const struct style *style, struct buf *out)
{
    const struct violation violation = not_shown();
    struct telling telling = {.said = said};
    struct buf page = {0};

    keep_init(&telling.keep, &violation);
    lost_publication(&telling);
    story_print(&telling.keep, fault_word, style, &page);
    style_fold(style, page.bytes, out);
    keep_deinit(&telling.keep);
    buf_deinit(&page);
}

/* --- Pages ---------------------------------------------------------------------------------------------- */

static void read_page(const char *name, struct buf *out)
{
    char path[120];
    char bytes[4096];
    size_t len;

    (void)snprintf(path, sizeof path, "reports/tests/stories/%s.txt", name);
    FILE *file = fopen(path, "rb");
    buf_add_text(out, "");
    while (file != NULL && (len = fread(bytes, 1, sizeof bytes, file)) > 0) {
        buf_add(out, bytes, len);
    }
    if (file != NULL) {
        assert_int_equal(fclose(file), 0);
    }
}

static void compare(const char *name, const struct buf *page)
{
    struct buf expected = {0};
    char path[120];

    read_page(name, &expected);
    const bool same =
        expected.len == page->len && memcmp(expected.bytes, page->bytes, page->len) == 0;
    buf_deinit(&expected);
    if (!same) {
        (void)snprintf(path, sizeof path, "build/%s.txt", name);
        FILE *file = fopen(path, "wb");
        if (file != NULL) {
            (void)fwrite(page->bytes, 1, page->len, file);
            (void)fclose(file);
        }
        print_error("%s: the page is another one now: see %s\n", name, path);
    }
    assert_true(same);
}

static void a_lost_publication_is_told_at_any_width(void **state)
{
    static const struct {
        const char *name;
        struct style style;
    } table[] = {{"lost-publication-120", {.columns = 120}},
                 {"lost-publication-80", {.columns = 80}},
                 {"lost-publication-60", {.columns = 60}},
                 {"lost-publication-ascii", {.columns = 80, .ascii = true}}};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buf page = {0};
        page_of("did you see it?", &table[i].style, &page);
        compare(table[i].name, &page);
        buf_deinit(&page);
    }
}

static uint32_t widest(const char *page)
{
    uint32_t most = 0;

    while (*page != 0) {
        const size_t len = strcspn(page, "\n");
        const uint32_t columns = text_columns(page, len);
        most = columns > most ? columns : most;
        page += len + (page[len] == '\n');
    }
    return most;
}

static void no_line_is_wider_than_the_page(void **state)
{
    (void)state;
    for (uint32_t columns = 60; columns <= 160; columns += 7) {
        struct buf page = {0};
        const struct style style = {.columns = columns};
        page_of(
            "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0",
            &style, &page);
        assert_in_range(widest(page.bytes), 1, columns);
        buf_deinit(&page);
    }
}

static void hostile_texts_stay_harmless(void **state)
{
    /* An escape sequence, a carriage return, an override of the direction, and letters of Hebrew. */
    static const char said[] =
        "\x1b[2Jgone\rover\nnext\xe2\x80\xae\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d";
    const struct style styles[] = {{.columns = 100}, {.columns = 60, .ascii = true}};
    (void)state;
    for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++) {
        struct buf page = {0};
        page_of(said, &styles[i], &page);
        for (size_t c = 0; c < page.len; c++) {
            const unsigned char byte = (unsigned char)page.bytes[c];
            assert_true(byte == '\n' || (byte >= 0x20 && byte != 0x7f));
            assert_true(!styles[i].ascii || byte < 0x80);
        }
        assert_null(strstr(page.bytes, "\xe2\x80\xae"));
        assert_non_null(strstr(page.bytes, "place 3"));
        buf_deinit(&page);
    }
}

static void what_the_page_needs_to_say_is_on_it(void **state)
{
    static const char *const said[] = {
        "expected: what was committed is shown to every member who is connected",
        "happened: place 3 of room 4, committed at 8.050s, was not shown within 1.134 s to device "
        "22",
        "fault: redis_cut on node 1 (fault6)",
        "node 1 notes: subscription link lost",
        "LOST: what Redis has of place 3 never reaches node 1",
        "in Redis 8.053s; NEVER heard by the receiver's node, sent to the receiver, shown",
        "device 21 of person 121: wrote it",
        "place 3 was shown on 1 more devices",
    };
    struct buf page = {0};
    (void)state;
    page_of("x", &(struct style){.columns = 400}, &page);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        if (strstr(page.bytes, said[i]) == NULL) {
            print_error("the page does not say: %s\n", said[i]);
        }
        assert_non_null(strstr(page.bytes, said[i]));
    }
    buf_deinit(&page);
}

static void a_failed_assertion_has_the_same_page(void **state)
{
    struct violation violation = {.at_us = 8 * SECOND + 31 * MS,
                                  .room = OBS_NONE,
                                  .user = OBS_NONE,
                                  .node = 2,
                                  .summary = "server/node/room.c:12: room->head > 0"};
    struct telling telling = {.said = "hello"};
    struct buf page = {0};
    (void)state;
    keep_init(&telling.keep, &violation);
    telling.keep.died = true;
    lost_publication(&telling);
    story_print(&telling.keep, fault_word, &(struct style){.columns = 100}, &page);
    assert_non_null(strstr(page.bytes, "A failed assertion of node 2 ended the run at 8.031s"));
    assert_non_null(strstr(page.bytes, "happened: server/node/room.c:12: room->head > 0\n"));
    assert_non_null(strstr(page.bytes, "reaches node 2, whose clock shows"));
    assert_non_null(strstr(page.bytes, "the assertion fails here"));
    keep_deinit(&telling.keep);
    buf_deinit(&page);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_publication_is_told_at_any_width),
        cmocka_unit_test(no_line_is_wider_than_the_page),
        cmocka_unit_test(hostile_texts_stay_harmless),
        cmocka_unit_test(a_failed_assertion_has_the_same_page),
        cmocka_unit_test(what_the_page_needs_to_say_is_on_it),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
