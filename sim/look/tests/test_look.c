/* What is told of a run by whoever looks on: lines, pages, and that the run stays as it is. */
#include "server/base/tests/test.h"
#include "sim/explore/plan_drop.h"
#include "sim/look/look.h"
#include "sim/look/tests/tiny.h"
#include "sim/look/trace.h"
#include "sim/plan/actions.h"
#include "sim/world/world.h"

#include <string.h>

static void take(void *user, const struct buf *lines)
{
    buf_add(user, lines->bytes, lines->len);
}

static struct buf looked(const struct plan *plan, struct look_wish wish)
{
    struct buf told = {0};

    wish.tell = take;
    wish.user = &told;
    look(plan, &wish);
    buf_reserve(&told, 1);
    return told;
}

static struct lens lens_of(const struct plan *plan, const char *list)
{
    struct lens lens = {.all = false};
    struct buf why = {0};

    if (!lens_read(&lens, list, plan, &why)) {
        fail_msg("%s", why.bytes);
    }
    return lens;
}

static struct show_wish wish_of(const struct plan *plan, const char *text)
{
    struct show_wish wish;
    struct buf why = {0};

    if (!show_read(text, plan, &wish, &why)) {
        fail_msg("%s", why.bytes);
    }
    return wish;
}

static void has(const struct buf *told, const char *line)
{
    if (strstr(told->bytes, line) == NULL) {
        fail_msg("no \"%s\" in:\n%s", line, told->bytes);
    }
}

static void has_not(const struct buf *told, const char *line)
{
    if (strstr(told->bytes, line) != NULL) {
        fail_msg("\"%s\" in:\n%s", line, told->bytes);
    }
}

static uint32_t lines_of(const struct buf *told)
{
    uint32_t lines = 0;

    for (size_t i = 0; i < told->len; i++) {
        lines += told->bytes[i] == '\n';
    }
    return lines;
}

static void a_room_is_shown_with_its_log_its_members_and_their_places(void **state)
{
    struct plan plan = tiny_plan("");
    const struct show_wish wish = wish_of(&plan, "room 0");
    (void)state;
    struct buf told =
        looked(&plan, (struct look_wish){.until_us = INT64_MAX, .shows = &wish, .shows_len = 1});
    has(&told, "room r0 at ");
    has(&told, "4 members: u0 u1 u2 u3");
    has(&told, "at n0: live, applied ");
    has(&told, "d3 (online): shown up to ");
    has(&told, "\"hello\"");
    has(&told, "the run is over");
    buf_deinit(&told);
    plan_deinit(&plan);
}

static void a_node_is_shown_with_its_clock_and_its_connections(void **state)
{
    struct plan plan = tiny_plan(
        "{\"kind\":\"clock_offset\",\"nodes\":\"all\",\"at\":\"0s\",\"amount\":\"250ms\"},"
        "{\"kind\":\"node_crash\",\"at\":\"2s\",\"for\":\"1s\"}");
    plan.faults[plan.faults_len - 1].target = 0;
    const struct show_wish wishes[] = {wish_of(&plan, "n0"), wish_of(&plan, "node 1")};
    (void)state;
    struct buf told =
        looked(&plan, (struct look_wish){.until_us = 2500000, .shows = wishes, .shows_len = 2});
    has(&told, "node n0 at 2.");
    has(&told, "s: down\n");
    has(&told, "node n1 at 2.");
    has(&told, "ready");
    has(&told, "wall +250 ms off");
    has(&told, " live as u");
    has(&told, "pingInterval ");
    buf_deinit(&told);
    plan_deinit(&plan);
}

static void an_action_is_traced_by_its_name_whatever_is_left_of_the_plan(void **state)
{
    struct plan plan = tiny_plan("");
    const struct lens all = {.all = true};
    (void)state;
    assert_true(plan_write_actions(&plan));
    assert_true(plan.actions_len > 10);
    const struct plan_action last = plan.actions[plan.actions_len - 1];
    char name[ACTION_NAME_BYTES];
    action_name_text(&last.name, name);
    assert_true(last.name.n > 0); /* not its place in a plan of one */
    plan.actions[0] = last;
    plan.actions_len = 1;
    struct buf told = looked(&plan, (struct look_wish){.lens = &all, .until_us = INT64_MAX});
    has(&told, name);
    buf_deinit(&told);
    plan_deinit(&plan);
}

static void a_message_that_waits_is_shown_with_its_person(void **state)
{
    struct plan plan =
        tiny_plan("{\"kind\":\"db_refuse\",\"at\":\"1s\",\"for\":\"3s\",\"permille\":1000}");
    const struct show_wish wishes[] = {wish_of(&plan, "person 0"), wish_of(&plan, "d1"),
                                       wish_of(&plan, "u2"), wish_of(&plan, "client 3")};
    (void)state;
    struct buf told =
        looked(&plan, (struct look_wish){.until_us = 3500000, .shows = wishes, .shows_len = 4});
    has(&told, "person u0 at 3.");
    has(&told, "person u1 at 3.");
    has(&told, "d0 online, connection ");
    has(&told, "not acked: send r0 \"hello\"");
    has(&told, "on its way since ");
    buf_deinit(&told);
    plan_deinit(&plan);
}

static void a_channel_is_shown_with_who_listens_and_an_unknown_key_with_those_that_are(void **state)
{
    struct plan plan = tiny_plan("");
    const struct show_wish wishes[] = {wish_of(&plan, "key room:r0"), wish_of(&plan, "key x")};
    (void)state;
    struct buf told =
        looked(&plan, (struct look_wish){.until_us = 4000000, .shows = wishes, .shows_len = 2});
    has(&told, "a channel; who listens: n");
    has(&told, "no key and no channel is called so");
    has(&told, "channels: \"nodes\" ");
    buf_deinit(&told);
    plan_deinit(&plan);
}

static void a_trace_tells_a_message_on_its_whole_way(void **state)
{
    struct plan plan = tiny_plan("");
    struct lens lens = lens_of(&plan, "all");
    (void)state;
    struct buf told = looked(&plan, (struct look_wish){.lens = &lens, .until_us = 3000000});
    has(&told, ".send#0: the person writes to one of its rooms");
    has(&told, "writes its message 1 to r0");
    has(&told, "send r0 \"hello\" (id d0-1)");
    has(&told, "ROOM_LOCK 1, ENTRY_APPEND 1 ");
    has(&told, "committed: ");
    has(&told, "PUBLISH room:r0 (message r0 seq 5 of u");
    has(&told, "ack r0 seq 5 (id d0-1)");
    has(&told, "message room:r0 (message r0 seq 5 of u");
    has(&told, "shows message r0 seq 5 of u");
    buf_deinit(&told);
    lens_deinit(&lens);
    plan_deinit(&plan);
}

static void a_lens_sees_its_own_and_those_lines_alone(void **state)
{
    struct plan plan = tiny_plan("");
    struct lens one = lens_of(&plan, "c1");
    struct lens room = lens_of(&plan, "r0");
    (void)state;
    struct buf told =
        looked(&plan, (struct look_wish){.lens = &one, .from_us = 1000000, .until_us = 3000000});
    has(&told, "d1 <- n");
    has(&told, "-> d1");
    has_not(&told, "d2 <- ");
    has_not(&told, "database");
    has_not(&told, "   0.");
    buf_deinit(&told);
    told = looked(&plan, (struct look_wish){.lens = &room, .until_us = 3000000});
    has(&told, "room:r0");
    has_not(&told, "its timer");
    buf_deinit(&told);
    lens_deinit(&one);
    lens_deinit(&room);
    plan_deinit(&plan);
}

static void whoever_looks_on_changes_nothing(void **state)
{
    struct plan plan = tiny_plan("{\"kind\":\"redis_restart\",\"at\":\"2s\",\"for\":\"1s\"}");
    struct lens lens = lens_of(&plan, "all");
    struct world *watched = world_new(&plan, (struct obs_sink){.observe = NULL}, false);
    struct world *alone = world_new(&plan, (struct obs_sink){.observe = NULL}, false);
    struct trace trace;
    struct buf page = {0};
    (void)state;
    trace_init(&trace, &lens);
    trace.on = trace.effects = true;
    world_watch(watched, &trace.watch);
    while (world_step(watched)) {
        for (enum show_what what = SHOW_ROOM; what <= SHOW_KEY; what++) {
            show(watched, &(struct show_wish){.what = what, .key = "nodes"}, &page);
        }
        buf_clear(&page);
    }
    while (world_step(alone)) {
    }
    assert_true(trace.lines.len > 10000);
    assert_int_equal(world_hash(watched).lo, world_hash(alone).lo);
    assert_int_equal(world_hash(watched).hi, world_hash(alone).hi);
    buf_deinit(&page);
    trace_deinit(&trace);
    world_free(&watched);
    world_free(&alone);
    lens_deinit(&lens);
    plan_deinit(&plan);
}

static void steps_go_on_by_as_many_events_from_an_instant_or_a_number(void **state)
{
    struct plan plan = tiny_plan("");
    (void)state;
    struct buf told =
        looked(&plan, (struct look_wish){.until_us = INT64_MAX, .until_event = 100, .steps = 7});
    has(&told, "-- after event 100, at ");
    has(&told, "\n      101 ");
    has(&told, "\n      107 ");
    assert_int_equal(lines_of(&told), 1 + 7);
    buf_deinit(&told);
    told = looked(&plan, (struct look_wish){.until_us = 2000000, .steps = 3});
    assert_int_equal(lines_of(&told), 1 + 3);
    buf_deinit(&told);
    plan_deinit(&plan);
}

static void what_is_none_is_refused_with_what_there_is(void **state)
{
    struct plan plan = tiny_plan("");
    struct lens lens = {.all = false};
    struct show_wish wish;
    struct buf why = {0};
    (void)state;
    assert_false(lens_read(&lens, "n0,n2", &plan, &why));
    has(&why, "nodes n0 to n1");
    has(&why, "got \"n2\"");
    buf_clear(&why);
    assert_false(lens_read(&lens, "", &plan, &why));
    assert_false(lens_read(&lens, "n0,", &plan, &why));
    assert_false(lens_read(&lens, "c4", &plan, &why));
    assert_false(lens_read(&lens, "n4294967296", &plan, &why));
    assert_false(lens_read(&lens, "n", &plan, &why));
    assert_false(lens_read(&lens, "alle", &plan, &why));
    buf_clear(&why);
    assert_false(show_read("room", &plan, &wish, &why));
    has(&why, "expected 'room 3', 'node 2', 'person 17' or 'key K', got \"room\"");
    buf_clear(&why);
    assert_false(show_read("node 2", &plan, &wish, &why));
    has(&why, "expected a node from 0 to 1, got 2");
    assert_false(show_read("person 4", &plan, &wish, &why));
    assert_false(show_read("key ", &plan, &wish, &why));
    assert_false(show_read("room 99999999999999999999", &plan, &wish, &why));
    assert_true(show_read("room 99", &plan, &wish, &why)); /* one may be made on the way */
    buf_deinit(&why);
    lens_deinit(&lens);
    plan_deinit(&plan);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_room_is_shown_with_its_log_its_members_and_their_places),
        cmocka_unit_test(a_node_is_shown_with_its_clock_and_its_connections),
        cmocka_unit_test(an_action_is_traced_by_its_name_whatever_is_left_of_the_plan),
        cmocka_unit_test(a_message_that_waits_is_shown_with_its_person),
        cmocka_unit_test(
            a_channel_is_shown_with_who_listens_and_an_unknown_key_with_those_that_are),
        cmocka_unit_test(a_trace_tells_a_message_on_its_whole_way),
        cmocka_unit_test(a_lens_sees_its_own_and_those_lines_alone),
        cmocka_unit_test(whoever_looks_on_changes_nothing),
        cmocka_unit_test(steps_go_on_by_as_many_events_from_an_instant_or_a_number),
        cmocka_unit_test(what_is_none_is_refused_with_what_there_is),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
