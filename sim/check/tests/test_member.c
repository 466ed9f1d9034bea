/* Rooms that people make, join and leave: each way to break it, and the near twin. */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
#include "sim/check/tests/story.h"

static struct story s;

/* Ana is in rooms 0 and 1, as is bob. */
static int setup(void **state)
{
    (void)state;
    story_begin_rooms(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static void asks(uint32_t device, uint32_t room, enum obs_asked what, uint64_t client_id)
{
    struct obs obs = OBS(OBS_ASKS, 0);
    obs.device = device;
    obs.room = room;
    obs.seq = what;
    obs.client_id = client_id;
    tell(&s, obs);
}

static void granted(uint32_t device, uint32_t room, uint64_t seq, uint64_t client_id)
{
    struct obs obs = OBS(OBS_GRANTED, 0);
    obs.device = device;
    obs.room = room;
    obs.seq = seq;
    obs.client_id = client_id;
    tell(&s, obs);
}

static void denied(uint32_t device, uint32_t room, uint64_t client_id, const char *code)
{
    struct obs obs = OBS(OBS_DENIED, 0);
    obs.device = device;
    obs.room = room;
    obs.client_id = client_id;
    obs.content = id_key(text_of(code));
    tell(&s, obs);
}

/* An entry of the log, and what it makes of its person. */
static void moves(uint32_t user, uint32_t room, uint64_t seq, uint64_t client_id, bool leaves)
{
    struct obs obs = row_of(OBS_COMMIT, OBS_NONE, room, seq, user == 0 ? ANA : BOB, client_id);
    obs.user = user;
    obs.node = 0;
    obs.flags = OBS_EVENT;
    tell(&s, obs);
    struct obs member = OBS(OBS_MEMBER, 0);
    member.user = user;
    member.room = room;
    member.seq = seq;
    member.flags = leaves ? OBS_LEFT : 0;
    tell(&s, member);
}

static void ends(void)
{
    struct obs obs = OBS(OBS_END, 0);
    obs.flags = OBS_QUIET;
    tell(&s, obs);
}

/* --- MEM-01 --- */

static void mem_01_what_was_acked_is_in_the_log(void **state)
{
    (void)state;
    asks(0, 2, ASKED_CREATE, 71);
    moves(0, 2, 1, 71, false);
    granted(0, 2, 1, 71);
    asks(0, 2, ASKED_LEAVE, 72);
    moves(0, 2, 2, 72, true);
    granted(0, 2, 2, 72);
    granted(0, 2, 1, 71); /* said once more */
    assert_held(&s, MEM_01);
}

static void mem_01_an_ack_of_nothing_fires(void **state)
{
    (void)state;
    asks(0, 2, ASKED_CREATE, 71);
    granted(0, 2, 1, 71);
    assert_now(&s, MEM_01);
}

static void mem_01_an_ack_of_a_leave_by_a_join_fires(void **state)
{
    (void)state;
    asks(0, 2, ASKED_LEAVE, 71);
    moves(0, 2, 1, 71, false);
    granted(0, 2, 1, 71);
    assert_now(&s, MEM_01);
}

/* --- MEM-02 --- */

static void mem_02_who_was_refused_and_came_in_by_another_command_is_silent(void **state)
{
    (void)state;
    asks(0, 2, ASKED_JOIN, 71);
    denied(0, 2, 71, "denied");
    asks(0, 2, ASKED_JOIN, 72);
    moves(0, 2, 1, 72, false);
    assert_held(&s, MEM_02);
}

static void mem_02_a_commit_of_what_was_refused_before_fires(void **state)
{
    (void)state;
    asks(0, 2, ASKED_JOIN, 71);
    denied(0, 2, 71, "denied");
    moves(0, 2, 1, 71, false);
    assert_now(&s, MEM_02);
}

static void mem_02_a_refusal_of_what_was_committed_fires(void **state)
{
    (void)state;
    asks(0, 2, ASKED_JOIN, 71);
    moves(0, 2, 1, 71, false);
    denied(0, 2, 71, "already");
    assert_now(&s, MEM_02);
}

static void mem_02_a_limit_that_nobody_was_at_fires(void **state)
{
    (void)state;
    asks(0, 2, ASKED_JOIN, 71);
    denied(0, 2, 71, "limit");
    assert_now(&s, MEM_02);
}

static void mem_02_a_limit_that_was_left_meanwhile_is_silent(void **state)
{
    (void)state;
    moves(0, 2, 1, 70, false);
    asks(0, 3, ASKED_JOIN, 71);
    at(&s, 100);
    moves(0, 2, 2, 72, true);
    denied(0, 3, 71, "limit");
    assert_held(&s, MEM_02);
}

static void mem_02_a_limit_of_before_it_was_asked_fires(void **state)
{
    (void)state;
    moves(0, 2, 1, 70, false);
    at(&s, 100);
    moves(0, 2, 2, 72, true);
    at(&s, 200);
    asks(0, 3, ASKED_JOIN, 71);
    denied(0, 3, 71, "limit");
    assert_now(&s, MEM_02);
}

/* --- MEM-03 --- */

static void mem_03_one_room_beyond_the_limit_fires(void **state)
{
    (void)state;
    asks(0, 2, ASKED_JOIN, 71);
    moves(0, 2, 1, 71, false);
    assert_held(&s, MEM_03);
    moves(0, 3, 1, 72, false);
    assert_now(&s, MEM_03);
}

static void mem_03_a_room_that_was_left_makes_place(void **state)
{
    (void)state;
    asks(0, 2, ASKED_JOIN, 71);
    moves(0, 2, 1, 71, false);
    moves(0, 2, 2, 72, true);
    moves(0, 3, 1, 73, false);
    assert_held(&s, MEM_03);
}

static void mem_03_who_is_put_into_a_room_beyond_the_bound_fires(void **state)
{
    (void)state;
    asks(0, 2, ASKED_CREATE, 71);
    moves(0, 2, 1, 71, false);
    moves(1, 2, 2, 0, false); /* bob, who is in two */
    assert_now(&s, MEM_03);
}

static void mem_03_who_is_put_into_a_room_below_the_bound_is_silent(void **state)
{
    (void)state;
    asks(0, 2, ASKED_CREATE, 71);
    moves(1, 1, 3, 70, true);
    moves(0, 2, 1, 71, false);
    moves(1, 2, 2, 0, false);
    assert_held(&s, MEM_03);
}

static void mem_03_who_is_put_into_a_room_by_a_stranger_fires(void **state)
{
    (void)state;
    asks(0, 2, ASKED_CREATE, 71);
    moves(1, 0, 3, 69, true);
    moves(1, 1, 3, 70, true);
    moves(0, 2, 1, 71, false);
    moves(1, 2, 2, 0, false);
    assert_now(&s, MEM_03);
}

/* --- MEM-04 --- */

static void mem_04_what_has_no_answer_at_rest_fires(void **state)
{
    (void)state;
    asks(0, 2, ASKED_JOIN, 71);
    asks(0, 3, ASKED_JOIN, 72);
    denied(0, 3, 72, "denied");
    ends();
    assert_now(&s, MEM_04);
}

static void mem_04_what_its_device_forgot_is_silent(void **state)
{
    (void)state;
    asks(0, 2, ASKED_JOIN, 71);
    asks(1, 3, ASKED_JOIN, 72);
    denied(1, 3, 72, "denied");
    struct obs forgot = OBS(OBS_FORGOT, 0);
    forgot.device = 0;
    tell(&s, forgot);
    ends();
    assert_held(&s, MEM_04);
}

/* --- SYN-14 --- */

static void shows(uint64_t seq)
{
    shown(&s, 0, 0, seq, BOB, 80 + seq);
}

/* Ana leaves room 0 by entry 3 and is in it again from 5 on. */
static void away_and_back(void)
{
    online(&s, 0, 0);
    moves(0, 0, 3, 71, true);
    moves(1, 0, 4, 84, false);
    moves(0, 0, 5, 72, false);
    moves(1, 0, 6, 86, false);
}

static void syn_14_entries_of_each_stay_are_shown(void **state)
{
    (void)state;
    away_and_back();
    shown(&s, 0, 0, 3, ANA, 71);
    shown(&s, 0, 0, 5, ANA, 72);
    shows(6);
    assert_int_equal(found(&s, SYN_14), 0);
}

static void syn_14_an_entry_between_two_stays_fires(void **state)
{
    (void)state;
    away_and_back();
    shown(&s, 0, 0, 3, ANA, 71);
    shows(4);
    assert_now(&s, SYN_14);
}

static void syn_14_an_entry_behind_the_leave_fires(void **state)
{
    (void)state;
    online(&s, 0, 0);
    moves(0, 0, 3, 71, true);
    moves(1, 0, 4, 84, false);
    shows(4);
    assert_now(&s, SYN_14);
}

int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(mem_01_what_was_acked_is_in_the_log),
        TEST(mem_01_an_ack_of_nothing_fires),
        TEST(mem_01_an_ack_of_a_leave_by_a_join_fires),
        TEST(mem_02_who_was_refused_and_came_in_by_another_command_is_silent),
        TEST(mem_02_a_commit_of_what_was_refused_before_fires),
        TEST(mem_02_a_refusal_of_what_was_committed_fires),
        TEST(mem_02_a_limit_that_nobody_was_at_fires),
        TEST(mem_02_a_limit_that_was_left_meanwhile_is_silent),
        TEST(mem_02_a_limit_of_before_it_was_asked_fires),
        TEST(mem_03_one_room_beyond_the_limit_fires),
        TEST(mem_03_a_room_that_was_left_makes_place),
        TEST(mem_03_who_is_put_into_a_room_beyond_the_bound_fires),
        TEST(mem_03_who_is_put_into_a_room_below_the_bound_is_silent),
        TEST(mem_03_who_is_put_into_a_room_by_a_stranger_fires),
        TEST(mem_04_what_has_no_answer_at_rest_fires),
        TEST(mem_04_what_its_device_forgot_is_silent),
        TEST(syn_14_entries_of_each_stay_are_shown),
        TEST(syn_14_an_entry_between_two_stays_fires),
        TEST(syn_14_an_entry_behind_the_leave_fires),
    };
#undef TEST
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
