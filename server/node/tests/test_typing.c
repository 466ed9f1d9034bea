/* Who is typing, at one node: whom it tells, what it publishes, what ends it. The other nodes are the test. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

#define MS_US 1000

static struct fake *fake;

/* Bob, who shares r1 with ana, is connections 1 and 3; ana is 2. */
static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){0});
    fake_start(fake);
    fake_hello(fake, 1, "bob", "");
    fake_hello(fake, 2, "ana", "");
    fake_hello(fake, 3, "bob", "");
    (void)fake_trace(fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

static void says(int conn, const char *word)
{
    fake_say(fake, (uint64_t)conn, "{\"type\":\"typing_%s\",\"roomId\":\"r1\"}", word);
}

static void after_ms(int64_t ms)
{
    fake_pass_us(fake, ms * MS_US);
}

static void other_node(const char *word, const char *user)
{
    char text[256];

    (void)snprintf(text, sizeof text,
                   "0 n2 {\"type\":\"typing_%s\",\"roomId\":\"r1\",\"userId\":\"%s\"}", word, user);
    fake_publish(fake, "room:r1", text);
    fake_pass_us(fake, 0);
}

#define TOLD(lines) assert_string_equal(fake_trace(fake), lines)

static void others_are_told_at_once_and_ones_own_devices_never(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.pubs = true});
    says(1, "start");
    TOLD("c2 < typing_start r1 bob\n"
         "pub room:r1 0 n1 {\"type\":\"typing_start\",\"roomId\":\"r1\",\"userId\":\"bob\"}\n");
    says(1, "stop");
    TOLD("c2 < typing_stop r1 bob\n"
         "pub room:r1 0 n1 {\"type\":\"typing_stop\",\"roomId\":\"r1\",\"userId\":\"bob\"}\n");
}

static void a_start_is_told_once_a_second_over_stops_and_devices(void **state)
{
    (void)state;
    says(1, "start");
    says(1, "stop");
    TOLD("c2 < typing_start r1 bob\nc2 < typing_stop r1 bob\n");
    after_ms(500);
    says(3, "start");
    says(1, "start");
    after_ms(499);
    TOLD("");
    after_ms(1);
    TOLD("c2 < typing_start r1 bob\n");
}

static void a_start_that_was_not_told_yet_needs_no_stop(void **state)
{
    (void)state;
    says(1, "start");
    says(1, "stop");
    (void)fake_trace(fake);
    says(1, "start");
    says(1, "stop");
    after_ms(10000);
    TOLD("");
}

static void a_stop_is_never_held_back(void **state)
{
    (void)state;
    says(1, "start");
    after_ms(999);
    says(1, "start");
    (void)fake_trace(fake);
    says(1, "stop");
    TOLD("c2 < typing_stop r1 bob\n");
    says(1, "stop");
    TOLD("");
}

static void a_refresh_within_the_throttle_counts_and_is_told_at_its_end(void **state)
{
    (void)state;
    says(1, "start");
    after_ms(999);
    says(1, "start");
    after_ms(1);
    TOLD("c2 < typing_start r1 bob\nc2 < typing_start r1 bob\n");
    after_ms(4998);
    TOLD("");
    after_ms(1);
    TOLD("c2 < typing_stop r1 bob\n");
}

static void who_says_nothing_more_has_stopped_after_five_seconds(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.pubs = true});
    says(1, "start");
    (void)fake_trace(fake);
    after_ms(4999);
    TOLD("");
    after_ms(1);
    TOLD("c2 < typing_stop r1 bob\n"
         "pub room:r1 0 n1 {\"type\":\"typing_stop\",\"roomId\":\"r1\",\"userId\":\"bob\"}\n");
}

static void what_another_node_says_is_told_here_and_not_published_again(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.pubs = true, .notes = true});
    other_node("start", "bob");
    TOLD("c2 < typing_start r1 bob\n");
    after_ms(5000);
    TOLD("c2 < typing_stop r1 bob\n");
    other_node("start", "bob");
    other_node("stop", "bob");
    TOLD("c2 < typing_start r1 bob\nc2 < typing_stop r1 bob\n");
}

static void what_came_from_here_is_passed_over_when_it_comes_back(void **state)
{
    (void)state;
    fake_publish(fake, "room:r1",
                 "0 n1 {\"type\":\"typing_start\",\"roomId\":\"r1\",\"userId\":\"bob\"}");
    fake_pass_us(fake, 0);
    TOLD("");
}

static void what_is_no_typing_of_this_room_is_noted_and_told_to_nobody(void **state)
{
    static const char *const wrong[] = {
        "0",
        "0 ",
        "0 n2",
        "0 n2 ",
        "0 n2 {}",
        "0 n2 {\"type\":\"typing_start\",\"roomId\":\"r2\",\"userId\":\"bob\"}",
        "0 n2 {\"type\":\"typing_start\",\"roomId\":\"r1\"}",
        "0 n2 {\"type\":\"ping\"}",
    };
    (void)state;
    fake_show(fake, (struct fake_show){.notes = true});
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        fake_publish(fake, "room:r1", wrong[i]);
        fake_pass_us(fake, 0);
        const char *trace = fake_trace(fake);
        assert_non_null(strstr(trace, "note "));
        assert_null(strstr(trace, "typing"));
    }
}

static void a_message_ends_it_and_nothing_more_is_said_of_it(void **state)
{
    (void)state;
    says(1, "start");
    (void)fake_trace(fake);
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"c1\",\"content\":\"x\"}");
    assert_null(strstr(fake_trace(fake), "typing"));
    after_ms(10000);
    TOLD("");
}

static void a_message_that_another_node_committed_ends_it_too(void **state)
{
    (void)state;
    says(1, "start");
    (void)fake_other_sends(fake, "r1", "bob", "c9", true);
    (void)fake_trace(fake);
    after_ms(10000);
    TOLD("");
}

/* Another node may have had the message before it heard of the start. */
static void what_silenced_them_here_need_not_have_done_so_elsewhere(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.pubs = true});
    for (int by_stop = 0; by_stop < 2; by_stop++) {
        says(1, "start");
        if (by_stop != 0) {
            other_node("stop", "bob");
        } else {
            (void)fake_other_sends(fake, "r1", "bob", "c9", true);
        }
        (void)fake_trace(fake);
        says(1, "stop");
        TOLD("pub room:r1 0 n1 {\"type\":\"typing_stop\",\"roomId\":\"r1\",\"userId\":\"bob\"}\n");
        says(1, "stop");
        TOLD("");
        after_ms(10000);
    }
    says(1, "start");
    (void)fake_other_sends(fake, "r1", "bob", "c10", true);
    (void)fake_trace(fake);
    fake_drop(fake, 1);
    assert_non_null(strstr(fake_trace(fake), "pub room:r1 0 n1 {\"type\":\"typing_stop\""));
}

static void a_leave_ends_it(void **state)
{
    (void)state;
    says(1, "start");
    fake_say(fake, 1, "{\"type\":\"room_leave\",\"roomId\":\"r1\",\"clientId\":\"c1\"}");
    (void)fake_trace(fake);
    after_ms(10000);
    TOLD("");
    says(1, "start");
    TOLD("c1 < error denied field=roomId\n");
}

static void the_end_of_the_connection_that_said_it_last_ends_it(void **state)
{
    (void)state;
    says(1, "start");
    after_ms(100);
    says(3, "start");
    (void)fake_trace(fake);
    fake_drop(fake, 1);
    TOLD("");
    fake_drop(fake, 3);
    TOLD("c2 < typing_stop r1 bob\n");
}

static void a_newer_connection_at_another_node_is_not_ended_by_the_old_one(void **state)
{
    (void)state;
    says(1, "start");
    after_ms(100);
    other_node("start", "bob");
    (void)fake_trace(fake);
    fake_drop(fake, 1);
    TOLD("");
}

static void who_is_no_member_gets_an_error_and_nobody_hears_of_it(void **state)
{
    (void)state;
    fake_hello(fake, 4, "eve", "");
    (void)fake_trace(fake);
    says(4, "start");
    says(4, "stop");
    fake_say(fake, 4, "{\"type\":\"typing_start\",\"roomId\":\"none\"}");
    TOLD("c4 < error denied field=roomId\nc4 < error denied field=roomId\nc4 < error denied "
         "field=roomId\n");
}

/* n1 tells three by name. */
static void of_many_the_first_are_named_and_the_others_counted(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < 5; i++) {
        (void)snprintf(name, sizeof name, "u%d", i);
        other_node("start", name);
    }
    TOLD("c1 < typing_start r1 u0\nc2 < typing_start r1 u0\nc3 < typing_start r1 u0\n"
         "c1 < typing_start r1 u1\nc2 < typing_start r1 u1\nc3 < typing_start r1 u1\n"
         "c1 < typing_start r1 u2\nc2 < typing_start r1 u2\nc3 < typing_start r1 u2\n"
         "c1 < typing_room r1 +1\nc2 < typing_room r1 +1\nc3 < typing_room r1 +1\n");
    after_ms(1000);
    TOLD("c1 < typing_room r1 +2\nc2 < typing_room r1 +2\nc3 < typing_room r1 +2\n");
    other_node("stop", "u4");
    TOLD("");
    after_ms(1000);
    TOLD("c1 < typing_room r1 +1\nc2 < typing_room r1 +1\nc3 < typing_room r1 +1\n");
    other_node("stop", "u0");
    other_node("start", "u3"); /* the name is free */
    TOLD("c1 < typing_stop r1 u0\nc2 < typing_stop r1 u0\nc3 < typing_stop r1 u0\n"
         "c1 < typing_start r1 u3\nc2 < typing_start r1 u3\nc3 < typing_start r1 u3\n");
    after_ms(1000);
    TOLD("c1 < typing_room r1 +0\nc2 < typing_room r1 +0\nc3 < typing_room r1 +0\n");
}

static void who_asks_by_http_is_told_of_their_own_rooms(void **state)
{
    (void)state;
    says(1, "start");
    (void)fake_trace(fake);
    fake_http(fake, 1,
              (struct fake_request){
                  .method = "GET", .path = "/api/typing", .token = fake_token(fake, "ana", 2000)});
    assert_non_null(strstr(fake_trace(fake), "http 1 200"));
    assert_string_equal(fake_last_json(fake),
                        "{\"rooms\":[{\"roomId\":\"r1\",\"users\":[\"bob\"],\"others\":0}]}");
    fake_http(fake, 2,
              (struct fake_request){.method = "GET",
                                    .path = "/api/typing",
                                    .query = "room=r1",
                                    .token = fake_token(fake, "eve", 2000)});
    assert_non_null(strstr(fake_trace(fake), "http 2 404 error denied"));
    fake_http(fake, 3,
              (struct fake_request){.method = "GET",
                                    .path = "/api/typing",
                                    .query = "room=a:b",
                                    .token = fake_token(fake, "ana", 2000)});
    assert_non_null(strstr(fake_trace(fake), "http 3 400 error bad_field"));
}

static void nothing_is_kept_of_who_was_silent_for_a_second(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < 300; i++) {
        (void)snprintf(name, sizeof name, "u%d", i);
        other_node("start", name);
        other_node("stop", name);
    }
    after_ms(1000);
    (void)fake_trace(fake);
    fake_http(fake, 1, (struct fake_request){.method = "GET", .path = "/metrics"});
    assert_non_null(strstr(fake_last_json(fake), "\nhubbub_typing_people 0\n"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        STORY(others_are_told_at_once_and_ones_own_devices_never),
        STORY(a_start_is_told_once_a_second_over_stops_and_devices),
        STORY(a_start_that_was_not_told_yet_needs_no_stop),
        STORY(a_stop_is_never_held_back),
        STORY(a_refresh_within_the_throttle_counts_and_is_told_at_its_end),
        STORY(who_says_nothing_more_has_stopped_after_five_seconds),
        STORY(what_another_node_says_is_told_here_and_not_published_again),
        STORY(what_came_from_here_is_passed_over_when_it_comes_back),
        STORY(what_is_no_typing_of_this_room_is_noted_and_told_to_nobody),
        STORY(a_message_ends_it_and_nothing_more_is_said_of_it),
        STORY(a_message_that_another_node_committed_ends_it_too),
        STORY(what_silenced_them_here_need_not_have_done_so_elsewhere),
        STORY(a_leave_ends_it),
        STORY(the_end_of_the_connection_that_said_it_last_ends_it),
        STORY(a_newer_connection_at_another_node_is_not_ended_by_the_old_one),
        STORY(who_is_no_member_gets_an_error_and_nobody_hears_of_it),
        STORY(of_many_the_first_are_named_and_the_others_counted),
        STORY(who_asks_by_http_is_told_of_their_own_rooms),
        STORY(nothing_is_kept_of_who_was_silent_for_a_second),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
