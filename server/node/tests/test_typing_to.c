/* Typing to somebody: the room of the two is made by it, and what is said before it is there waits for it. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

#define MS_US 1000
#define AB    "dm-vCikivS9QXB57XAmwkT5l_ElFEPM-dwb6MJvmkKE" /* of ana and bob */

static struct fake *fake;

/* Ana is connections 1 and 3; bob is 2. */
static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){0});
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "bob", "");
    fake_hello(fake, 3, "ana", "");
    (void)fake_trace(fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

static void says(int conn, const char *word, const char *to)
{
    fake_say(fake, (uint64_t)conn, "{\"type\":\"typing_%s\",\"recipientId\":\"%s\"}", word, to);
}

static void writes(int conn, const char *to)
{
    fake_say(fake, (uint64_t)conn,
             "{\"type\":\"send\",\"recipientId\":\"%s\",\"clientId\":\"k%d\",\"content\":\"hi\"}",
             to, conn);
}

static void after_ms(int64_t ms)
{
    fake_pass_us(fake, ms * MS_US);
}

static void held(bool is_held)
{
    fake_db_hold(fake, is_held);
    if (!is_held) {
        fake_db_release(fake);
        after_ms(0);
    }
}

static int64_t rooms_of_two(void)
{
    return sql_db_int(fake_db(fake), "SELECT COUNT(*) FROM rooms WHERE open = 2");
}

static void assert_waiting(int count)
{
    char line[64];

    fake_http(fake, 1, (struct fake_request){.method = "GET", .path = "/metrics"});
    (void)snprintf(line, sizeof line, "\nhubbub_typing_waiting %d\n", count);
    assert_non_null(strstr(fake_last_json(fake), line));
    (void)fake_trace(fake);
}

#define TOLD(lines) assert_string_equal(fake_trace(fake), lines)

#define TO_ALL(line) "c1 < " line "c3 < " line "c2 < " line
#define JOINS                                                                                      \
    "c1 < room_event " AB "#1 join ana\nc3 < room_event " AB                                       \
    "#1 join ana\n" TO_ALL("room_event " AB "#2 join bob\n")

static void the_first_key_makes_the_room_and_the_other_one_is_told(void **state)
{
    (void)state;
    says(1, "start", "bob");
    TOLD(JOINS "c2 < typing_start " AB " ana\n");
    assert_int_equal(rooms_of_two(), 1);
    says(1, "stop", "bob");
    TOLD("c2 < typing_stop " AB " ana\n");
    assert_waiting(0);
}

static void in_a_room_that_is_there_it_is_typing_there(void **state)
{
    (void)state;
    writes(2, "ana");
    (void)fake_trace(fake);
    says(1, "start", "bob");
    TOLD("c2 < typing_start " AB " ana\n");
    fake_say(fake, 1, "{\"type\":\"typing_stop\",\"roomId\":\"" AB "\"}");
    TOLD("c2 < typing_stop " AB " ana\n");
}

static void both_at_once_come_to_one_room(void **state)
{
    (void)state;
    held(true);
    says(1, "start", "bob");
    says(2, "start", "ana");
    assert_waiting(2);
    held(false);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "c2 < typing_start " AB " ana\n"));
    assert_non_null(strstr(trace, "c1 < typing_start " AB " bob\n"));
    assert_non_null(strstr(trace, "c3 < typing_start " AB " bob\n"));
    assert_int_equal(rooms_of_two(), 1);
}

static void one_who_types_and_one_who_writes_come_to_one_room(void **state)
{
    (void)state;
    held(true);
    says(1, "start", "bob");
    writes(2, "ana");
    held(false);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "c2 < typing_start " AB " ana\n"));
    assert_non_null(strstr(trace, "c1 < message " AB "#3 bob/k2 'hi'\n"));
    assert_int_equal(rooms_of_two(), 1);
}

static void a_stop_ends_what_waits_from_whichever_device(void **state)
{
    (void)state;
    for (int device = 1; device <= 3; device += 2) {
        held(true);
        says(1, "start", "zoe");
        says(device, "stop", "zoe");
        assert_waiting(0);
        held(false);
        assert_null(strstr(fake_trace(fake), "typing"));
    }
    held(true);
    says(1, "start", "bob");
    says(1, "stop", "eve"); /* somebody else */
    says(2, "stop", "ana"); /* by somebody else */
    assert_waiting(1);
    held(false);
    assert_non_null(strstr(fake_trace(fake), "c2 < typing_start " AB " ana\n"));
}

static void a_message_ends_what_waits(void **state)
{
    (void)state;
    held(true);
    says(1, "start", "bob");
    writes(1, "bob");
    assert_waiting(0);
    held(false);
    assert_null(strstr(fake_trace(fake), "typing"));
    after_ms(10000);
    TOLD("");
}

static void a_message_to_somebody_else_does_not(void **state)
{
    (void)state;
    held(true);
    says(1, "start", "bob");
    writes(1, "eve");
    fake_say(fake, 1, "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"r\",\"content\":\"x\"}");
    assert_waiting(1);
    held(false);
    assert_non_null(strstr(fake_trace(fake), "c2 < typing_start " AB " ana\n"));
}

static void the_end_of_the_connection_ends_what_waits(void **state)
{
    (void)state;
    held(true);
    says(1, "start", "bob");
    fake_drop(fake, 1);
    assert_waiting(0);
    held(false);
    assert_null(strstr(fake_trace(fake), "typing"));
}

static void what_waits_for_five_seconds_is_over(void **state)
{
    (void)state;
    held(true);
    says(1, "start", "bob");
    after_ms(4999);
    assert_waiting(1);
    after_ms(1);
    held(false);
    assert_null(strstr(fake_trace(fake), "typing"));
    assert_waiting(0);
}

/* Said at 0 and at 3 s, the room is there at 4 s: it lasts until 8 s. */
static void the_expiry_counts_from_the_last_word_and_not_from_the_room(void **state)
{
    (void)state;
    held(true);
    says(1, "start", "bob");
    after_ms(3000);
    says(1, "start", "bob");
    assert_waiting(1);
    after_ms(1000);
    held(false);
    TOLD(JOINS "c2 < typing_start " AB " ana\n");
    after_ms(3999);
    TOLD("");
    after_ms(1);
    TOLD("c2 < typing_stop " AB " ana\n");
}

static void a_device_that_waited_takes_nothing_from_one_that_said_so_later(void **state)
{
    (void)state;
    held(true);
    says(1, "start", "bob");
    after_ms(2000);
    says(3, "start", "bob");
    held(false);
    TOLD(JOINS "c2 < typing_start " AB " ana\n");
    fake_drop(fake, 1); /* it was not the last */
    after_ms(4999);
    TOLD("c2 < typing_start " AB " ana\n"); /* the later word, behind the throttle */
    after_ms(1);
    TOLD("c2 < typing_stop " AB " ana\n");
}

static void to_oneself_and_to_two_places_is_refused(void **state)
{
    (void)state;
    says(1, "start", "ana");
    says(1, "stop", "ana");
    says(1, "start", "a:b");
    fake_say(fake, 1, "{\"type\":\"typing_start\",\"recipientId\":\"bob\",\"roomId\":\"r1\"}");
    fake_say(fake, 1, "{\"type\":\"typing_stop\"}");
    TOLD("c1 < error bad_field field=recipientId\nc1 < error bad_field field=recipientId\n"
         "c1 < error bad_field field=recipientId\nc1 < error bad_field field=recipientId\n"
         "c1 < error bad_field field=roomId\n");
    assert_int_equal(rooms_of_two(), 0);
}

static void to_one_in_too_many_rooms_is_refused(void **state)
{
    (void)state;
    sql_db_exec(fake_db(fake),
                "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 355) "
                "INSERT INTO rooms(id, name, open, head, hlc) SELECT i, 'x' || i, 0, 1, 1 FROM n");
    sql_db_exec(fake_db(fake), "INSERT INTO members(room, usr, joined_seq) SELECT r.id, u.id, 1 "
                               "FROM rooms r, users u WHERE r.id >= 100 AND u.name = 'bob'");
    says(1, "start", "bob");
    TOLD("c1 < error limit field=recipientId\n"); /* and not temporary */
    assert_waiting(0);
    assert_int_equal(rooms_of_two(), 0);
}

static void a_room_that_cannot_be_made_for_now_is_refused_for_now(void **state)
{
    (void)state;
    fake_db_fail(fake, 5, HB_EUNKNOWN, false);
    says(1, "start", "bob");
    after_ms(3000);
    TOLD("c1 < error try_again field=recipientId retry=200\n");
    assert_waiting(0);
    says(1, "start", "bob");
    TOLD(JOINS "c2 < typing_start " AB " ana\n");
}

static void a_room_that_was_made_and_given_up_is_told_all_the_same(void **state)
{
    (void)state;
    fake_db_fail(fake, 5, HB_EUNKNOWN, true);
    says(1, "start", "bob");
    after_ms(3000);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "c1 < error try_again field=recipientId retry=200\n"));
    assert_non_null(strstr(trace, "c1 < room_event " AB "#1 join ana\n"));
    assert_non_null(strstr(trace, "c2 < room_event " AB "#2 join bob\n"));
    assert_int_equal(rooms_of_two(), 1);
}

static void an_unknown_outcome_leaves_one_room(void **state)
{
    (void)state;
    fake_db_fail(fake, 1, HB_EUNKNOWN, true);
    says(1, "start", "bob");
    TOLD("");
    after_ms(1000);
    assert_non_null(strstr(fake_trace(fake), "c2 < typing_start " AB " ana\n"));
    assert_int_equal(rooms_of_two(), 1);
}

static void one_connection_has_eight_that_wait_and_no_more(void **state)
{
    char name[16];

    (void)state;
    held(true);
    for (int i = 0; i < 8; i++) {
        (void)snprintf(name, sizeof name, "u%d", i);
        says(1, "start", name);
    }
    TOLD("");
    says(1, "start", "u0"); /* it waits already */
    TOLD("");
    says(1, "start", "u8");
    TOLD("c1 < error limit field=recipientId retry=200\n");
    says(3, "start", "u8"); /* another connection has its own */
    TOLD("");
    assert_waiting(9);
    says(1, "stop", "u0");
    says(1, "start", "u9");
    TOLD("");
    held(false);
}

static void one_node_has_a_thousand_that_wait_and_no_more(void **state)
{
    char name[16];
    uint64_t conn = 10;

    (void)state;
    for (int i = 0; i < 129; i++) {
        (void)snprintf(name, sizeof name, "p%d", i);
        fake_hello(fake, conn + (uint64_t)i, name, "");
    }
    held(true);
    for (int i = 0; i < 1024; i++) {
        (void)snprintf(name, sizeof name, "u%d", i);
        says((int)conn + i / 8, "start", name);
    }
    assert_waiting(1024);
    says((int)conn + 128, "start", "bob");
    TOLD("c138 < error limit field=recipientId retry=200\n");
    after_ms(5000);
    says((int)conn + 128, "start", "bob"); /* the others are over */
    TOLD("");
    assert_waiting(1);
}

static void a_stop_to_whom_nobody_types_says_and_keeps_nothing(void **state)
{
    char known[64];

    (void)state;
    fake_http(fake, 1, (struct fake_request){.method = "GET", .path = "/metrics"});
    const char *at = strstr(fake_last_json(fake), "\nhubbub_rooms_known ");
    assert_non_null(at);
    (void)snprintf(known, sizeof known, "%.*s", (int)strcspn(at + 1, "\n") + 2, at);
    (void)fake_trace(fake);
    says(1, "stop", "nobody");
    TOLD("");
    fake_http(fake, 2, (struct fake_request){.method = "GET", .path = "/metrics"});
    assert_non_null(strstr(fake_last_json(fake), known));
    assert_int_equal(rooms_of_two(), 0);
}

/* What ana has under way keeps her connection. */
static void a_node_that_drains_makes_no_room_and_passes_on_every_stop(void **state)
{
    (void)state;
    says(1, "start", "bob");
    held(true);
    writes(1, "eve");
    writes(2, "eve");
    (void)fake_trace(fake);
    fake_drain(fake);
    (void)fake_trace(fake);
    says(1, "start", "zoe");
    says(1, "stop", "bob");
    TOLD("c1 < error try_again field=recipientId retry=200\nc2 < typing_stop " AB " ana\n");
    held(false);
}

static void before_the_welcome_it_is_refused_for_now(void **state)
{
    (void)state;
    held(true);
    fake_hello(fake, 4, "eve", "");
    says(4, "start", "bob");
    TOLD("c4 < error try_again field=recipientId retry=200\n");
    held(false);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        STORY(the_first_key_makes_the_room_and_the_other_one_is_told),
        STORY(in_a_room_that_is_there_it_is_typing_there),
        STORY(both_at_once_come_to_one_room),
        STORY(one_who_types_and_one_who_writes_come_to_one_room),
        STORY(a_stop_ends_what_waits_from_whichever_device),
        STORY(a_message_ends_what_waits),
        STORY(a_message_to_somebody_else_does_not),
        STORY(the_end_of_the_connection_ends_what_waits),
        STORY(a_room_that_was_made_and_given_up_is_told_all_the_same),
        STORY(what_waits_for_five_seconds_is_over),
        STORY(the_expiry_counts_from_the_last_word_and_not_from_the_room),
        STORY(a_device_that_waited_takes_nothing_from_one_that_said_so_later),
        STORY(to_oneself_and_to_two_places_is_refused),
        STORY(to_one_in_too_many_rooms_is_refused),
        STORY(a_room_that_cannot_be_made_for_now_is_refused_for_now),
        STORY(an_unknown_outcome_leaves_one_room),
        STORY(one_connection_has_eight_that_wait_and_no_more),
        STORY(one_node_has_a_thousand_that_wait_and_no_more),
        STORY(a_stop_to_whom_nobody_types_says_and_keeps_nothing),
        STORY(a_node_that_drains_makes_no_room_and_passes_on_every_stop),
        STORY(before_the_welcome_it_is_refused_for_now),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
