/* SEC-03: who bears a token is served until it ends, and no longer; who was revoked is cut, and stays out. */
#include "server/base/tests/test.h"
#include "sim/check/tests/edge_story.h"

static struct story s;

#define ISSUED_S   1000
#define END_MS     700 /* of the token T1, by a wall that shows WALL_MS at true time 0 */
#define TICK_MS    100 /* A */
#define REVOKED_MS 420 /* V + 2D */
#define READY_MS   40  /* retry + 2D: a database is well again */

#define T1 UINT64_C(0x71) /* bob's, as is device 1 */
#define T2 UINT64_C(0x72) /* the same, until 1200 */
#define T3 UINT64_C(0x73) /* ana's, until 1200 */
#define T4 UINT64_C(0x74) /* bob's, issued later */

static void issued(uint64_t id, uint32_t user, int64_t issued_s, int64_t until_ms)
{
    struct obs obs = OBS(OBS_ISSUED, 0);

    obs.user = user;
    obs.id = id;
    obs.seq = (uint64_t)issued_s;
    obs.value = WALL_MS + until_ms;
    tell(&s, obs);
}

static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    issued(T1, 1, ISSUED_S, END_MS);
    issued(T2, 1, ISSUED_S, 1200);
    issued(T3, 0, ISSUED_S, 1200);
    issued(T4, 1, ISSUED_S + 5, 1200);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static void token(uint64_t id, int64_t left_ms, uint8_t flags)
{
    struct obs obs = OBS(OBS_TOKEN, 0);

    obs.node = 0;
    obs.device = 1;
    obs.user = 1;
    obs.id = id;
    obs.seq = (uint64_t)left_ms;
    obs.value = (flags & OBS_HELD) != 0 ? 0 : 1;
    obs.flags = flags;
    obs.timestamp = s.now_us;
    tell(&s, obs);
}

static void comes(uint64_t id, int64_t left_ms)
{
    arrives(&s, 1);
    token(id, left_ms, 0);
    heard(&s, 1, "hello", 0, left_ms > 0 ? 0 : OBS_QUIET);
}

static void greets(uint64_t id, int64_t left_ms)
{
    comes(id, left_ms);
    said_head(&s, 1, 0, 2);
    said_head(&s, 1, 1, 2);
    said(&s, 1, "welcome", 0, 0);
}

static void refresh(uint64_t id, int64_t left_ms)
{
    token(id, left_ms, 0);
    heard(&s, 1, "refresh", 5, 0);
}

static void revoked(uint32_t user, uint64_t id, int64_t until_s)
{
    struct obs obs = OBS(OBS_REVOKED, 0);

    obs.user = user;
    obs.id = id;
    obs.seq = (uint64_t)until_s;
    tell(&s, obs);
}

static void wall(int64_t before_ms, int64_t after_ms)
{
    struct obs obs = OBS(OBS_WALL, 0);

    obs.node = 0;
    obs.value = before_ms;
    tell(&s, obs);
    obs.value = after_ms;
    tell(&s, obs);
}

/* --- The end -------------------------------------------------------------------------------- */

static void sec_03_something_said_at_the_end_fires(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, END_MS);
    said(&s, 1, "sync_response", 0, 0);
    assert_now(&s, SEC_03);
}

static void sec_03_the_last_word_before_it_does_not(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, END_MS - 1);
    heard(&s, 1, "sync_request", 3, 0);
    said(&s, 1, "sync_response", 3, 0);
    at(&s, END_MS);
    hangs_up(&s, 1, 4001);
    assert_held(&s, SEC_03);
    assert_held(&s, LIV_13);
}

static void sec_03_a_connection_that_stays_fires(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, END_MS + TICK_MS);
    heard(&s, 1, "presence", 0, 0);
    tick(&s, END_MS + TICK_MS + 1);
    assert_nothing(&s);
    at(&s, END_MS + TICK_MS + 2);
    heard(&s, 1, "presence", 0, 0);
    tick(&s, END_MS + 3 * TICK_MS);
    assert_only(&s, SEC_03);
}

static void sec_03_a_node_that_does_nothing_has_time_until_it_goes_on(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, 300);
    fault(&s, true, OBS_NONE, 0, OBS_HELD);
    at(&s, 1400);
    heard(&s, 1, "ping", 0, 0);
    fault(&s, false, OBS_NONE, 0, OBS_HELD);
    hangs_up(&s, 1, 4001);
    tick(&s, 2000);
    assert_int_equal(found(&s, SEC_03), 0);
}

static void liv_13_an_end_before_the_token_s_fires(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, END_MS - 2);
    hangs_up(&s, 1, 4001);
    assert_only(&s, LIV_13);
}

static void sec_03_a_wall_that_is_set_back_prolongs_nothing(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, 300);
    wall(WALL_MS + 300, WALL_MS - 5000);
    at(&s, END_MS);
    said(&s, 1, "sync_response", 0, 0);
    assert_now(&s, SEC_03);
}

static void liv_13_a_wall_that_is_set_forward_ends_it_sooner(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, 300);
    wall(WALL_MS + 300, WALL_MS + 300 + 400);
    hangs_up(&s, 1, 4001);
    assert_held(&s, LIV_13);
}

static void liv_13_a_wall_that_is_not_set_far_enough_is_no_cause(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, 300);
    wall(WALL_MS + 300, WALL_MS + 300 + 398);
    hangs_up(&s, 1, 4001);
    assert_only(&s, LIV_13);
}

static void liv_13_a_wall_that_was_set_back_again_is_none(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, 300);
    wall(WALL_MS + 300, WALL_MS + 900);
    wall(WALL_MS + 900, WALL_MS + 300);
    hangs_up(&s, 1, 4001);
    assert_only(&s, LIV_13);
}

/* --- Another token -------------------------------------------------------------------------- */

static void sec_03_a_refresh_prolongs(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, 400);
    refresh(T2, 800);
    said(&s, 1, "refreshed", 5, 0);
    at(&s, 1000);
    heard(&s, 1, "sync_request", 3, 0);
    said(&s, 1, "sync_response", 3, 0);
    assert_held(&s, SEC_03);
    at(&s, 1200);
    said(&s, 1, "sync_response", 4, 0);
    assert_now(&s, SEC_03);
}

static void liv_13_a_refresh_that_does_not_prolong_fires(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, 400);
    refresh(T2, 800);
    said(&s, 1, "refreshed", 5, 0);
    at(&s, END_MS);
    hangs_up(&s, 1, 4001);
    assert_only(&s, LIV_13);
}

static void sec_03_a_refresh_prolongs_by_what_it_ends_later_whatever_the_wall_shows(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, 400);
    wall(WALL_MS + 400, WALL_MS - 600);
    refresh(T2, 1800);
    said(&s, 1, "refreshed", 5, 0);
    at(&s, 1199);
    heard(&s, 1, "sync_request", 3, 0);
    said(&s, 1, "sync_response", 3, 0);
    assert_held(&s, SEC_03);
    at(&s, 1200);
    heard(&s, 1, "sync_request", 4, 0);
    said(&s, 1, "sync_response", 4, 0);
    assert_only(&s, SEC_03);
}

static void sec_03_a_refresh_that_ends_sooner_shortens_nothing(void **state)
{
    (void)state;
    greets(T2, 1200);
    at(&s, 100);
    refresh(T1, 600);
    said(&s, 1, "refreshed", 5, 0);
    at(&s, 1199);
    heard(&s, 1, "ping", 0, 0);
    tick(&s, 1199);
    assert_held(&s, SEC_03);
    at(&s, 1200);
    hangs_up(&s, 1, 4001);
    assert_held(&s, LIV_13);
}

static void sec_03_a_refresh_by_somebody_else_s_token_fires(void **state)
{
    (void)state;
    greets(T1, END_MS);
    refresh(T3, 1200);
    said(&s, 1, "refreshed", 5, 0);
    assert_only(&s, SEC_03);
}

static void sec_03_its_refusal_does_not(void **state)
{
    (void)state;
    greets(T1, END_MS);
    refresh(T3, 1200);
    said(&s, 1, "unauthenticated", 5, 0);
    heard(&s, 1, "ping", 0, 0);
    assert_held(&s, SEC_03);
}

static void sec_03_a_refresh_by_a_token_that_is_over_fires(void **state)
{
    (void)state;
    greets(T2, 1200);
    at(&s, 800);
    refresh(T1, 0);
    said(&s, 1, "refreshed", 5, 0);
    assert_only(&s, SEC_03);
}

static void sec_03_a_good_refresh_that_is_refused_fires(void **state)
{
    (void)state;
    greets(T1, END_MS);
    refresh(T2, 1200);
    said(&s, 1, "unauthenticated", 5, 0);
    assert_only(&s, SEC_03);
}

static void sec_03_a_refresh_without_an_answer_fires(void **state)
{
    (void)state;
    greets(T1, END_MS);
    refresh(T2, 1200);
    at(&s, 10);
    heard(&s, 1, "ping", 0, 0);
    assert_only(&s, SEC_03);
}

/* --- Who comes in --------------------------------------------------------------------------- */

static void sec_03_who_comes_with_a_token_that_is_over_and_is_let_in_fires(void **state)
{
    (void)state;
    at(&s, 800);
    greets(T1, 0);
    assert_now(&s, SEC_03);
}

static void sec_03_who_comes_with_somebody_else_s_and_is_let_in_fires(void **state)
{
    (void)state;
    greets(T3, 1200);
    assert_now(&s, SEC_03);
}

static void sec_03_what_is_posted_with_a_token_that_is_over_and_acked_fires(void **state)
{
    (void)state;
    writes(&s, 1, 0, 7);
    at(&s, 800);
    token(T1, 0, OBS_HELD);
    commits(&s, (struct commit){.user = 1, .room = 0, .seq = 3, .client_id = 7});
    struct obs obs = OBS(OBS_ACK_SENT, 0);
    obs.node = 0;
    obs.device = 1;
    obs.user = 1;
    obs.room = 0;
    obs.seq = 3;
    obs.client_id = 7;
    tell(&s, obs);
    assert_now(&s, SEC_03);
}

static void sec_03_what_is_posted_with_a_good_one_does_not(void **state)
{
    (void)state;
    writes(&s, 1, 0, 7);
    token(T1, END_MS, OBS_HELD);
    at(&s, 800); /* judged when it came */
    commits(&s, (struct commit){.user = 1, .room = 0, .seq = 3, .client_id = 7});
    struct obs obs = OBS(OBS_ACK_SENT, 0);
    obs.node = 0;
    obs.device = 1;
    obs.user = 1;
    obs.room = 0;
    obs.seq = 3;
    obs.client_id = 7;
    tell(&s, obs);
    assert_int_equal(found(&s, SEC_03), 0);
}

/* --- Revoked -------------------------------------------------------------------------------- */

static void sec_03_who_is_revoked_and_not_cut_fires(void **state)
{
    (void)state;
    greets(T2, 1200);
    at(&s, 200);
    revoked(1, 0, ISSUED_S);
    tick(&s, 200 + REVOKED_MS);
    assert_nothing(&s);
    tick(&s, 201 + REVOKED_MS);
    assert_only(&s, SEC_03);
}

static void sec_03_who_is_cut_at_the_last_instant_is_cut_in_time(void **state)
{
    (void)state;
    greets(T2, 1200);
    at(&s, 200);
    revoked(1, 0, ISSUED_S);
    at(&s, 200 + REVOKED_MS);
    hangs_up(&s, 1, 4001);
    tick(&s, 1000);
    assert_held(&s, SEC_03);
    assert_held(&s, LIV_13);
    assert_int_equal(judge_result(s.judge, SEC_03).used_us, REVOKED_MS * 1000);
}

static void sec_03_counts_from_the_end_of_the_database_fault(void **state)
{
    (void)state;
    greets(T2, 1200);
    fault(&s, true, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    at(&s, 200);
    revoked(1, 0, ISSUED_S);
    at(&s, 300);
    fault(&s, false, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    tick(&s, 300 + READY_MS + REVOKED_MS);
    assert_nothing(&s);
    tick(&s, 301 + READY_MS + REVOKED_MS);
    assert_only(&s, SEC_03);
}

static void sec_03_somebody_else_stays(void **state)
{
    (void)state;
    greets(T2, 1200);
    at(&s, 200);
    revoked(0, 0, ISSUED_S);
    tick(&s, 1000);
    assert_held(&s, SEC_03);
    hangs_up(&s, 1, 4001);
    assert_only(&s, LIV_13);
}

static void sec_03_a_token_that_is_revoked_alone_is_cut(void **state)
{
    (void)state;
    greets(T2, 1200);
    at(&s, 200);
    revoked(OBS_NONE, T2, ISSUED_S);
    tick(&s, 201 + REVOKED_MS);
    assert_only(&s, SEC_03);
}

static void sec_03_another_token_of_theirs_is_not(void **state)
{
    (void)state;
    greets(T2, 1200);
    at(&s, 200);
    revoked(OBS_NONE, T1, ISSUED_S);
    tick(&s, 1000);
    assert_held(&s, SEC_03);
}

static void sec_03_who_is_revoked_and_comes_back_fires(void **state)
{
    (void)state;
    revoked(1, 0, ISSUED_S);
    at(&s, 1 + REVOKED_MS);
    greets(T2, 700);
    assert_now(&s, SEC_03);
}

static void sec_03_who_comes_back_before_all_know_is_cut_in_time(void **state)
{
    (void)state;
    revoked(1, 0, ISSUED_S);
    at(&s, 100);
    greets(T2, 1100);
    at(&s, REVOKED_MS);
    hangs_up(&s, 1, 4001);
    tick(&s, 1000);
    assert_held(&s, SEC_03);
}

static void liv_13_who_is_revoked_may_be_refused_at_once(void **state)
{
    (void)state;
    revoked(1, 0, ISSUED_S);
    comes(T2, 1200);
    hangs_up(&s, 1, 4500);
    assert_held(&s, LIV_13);
}

static void sec_03_what_is_issued_later_is_good(void **state)
{
    (void)state;
    revoked(1, 0, ISSUED_S + 4);
    at(&s, 500);
    greets(T4, 700);
    tick(&s, 1000);
    assert_held(&s, SEC_03);
}

static void liv_13_what_is_issued_later_and_refused_fires(void **state)
{
    (void)state;
    revoked(1, 0, ISSUED_S + 4);
    at(&s, 500);
    comes(T4, 700);
    hangs_up(&s, 1, 4500);
    assert_only(&s, LIV_13);
}

static void sec_03_a_refresh_by_a_revoked_token_fires_once_all_know(void **state)
{
    (void)state;
    greets(T4, 1200);
    revoked(OBS_NONE, T2, ISSUED_S);
    at(&s, 1 + REVOKED_MS);
    refresh(T2, 700);
    said(&s, 1, "refreshed", 5, 0);
    assert_only(&s, SEC_03);
}

static void sec_03_a_refresh_saves_who_stood_on_a_revoked_token(void **state)
{
    (void)state;
    greets(T1, END_MS);
    at(&s, 100);
    revoked(OBS_NONE, T1, ISSUED_S);
    at(&s, 110);
    refresh(T4, 1090);
    said(&s, 1, "refreshed", 5, 0);
    tick(&s, 1000);
    assert_held(&s, SEC_03);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(sec_03_something_said_at_the_end_fires),
        TEST(sec_03_the_last_word_before_it_does_not),
        TEST(sec_03_a_connection_that_stays_fires),
        TEST(sec_03_a_node_that_does_nothing_has_time_until_it_goes_on),
        TEST(liv_13_an_end_before_the_token_s_fires),
        TEST(sec_03_a_wall_that_is_set_back_prolongs_nothing),
        TEST(liv_13_a_wall_that_is_set_forward_ends_it_sooner),
        TEST(liv_13_a_wall_that_is_not_set_far_enough_is_no_cause),
        TEST(liv_13_a_wall_that_was_set_back_again_is_none),
        TEST(sec_03_a_refresh_prolongs),
        TEST(liv_13_a_refresh_that_does_not_prolong_fires),
        TEST(sec_03_a_refresh_prolongs_by_what_it_ends_later_whatever_the_wall_shows),
        TEST(sec_03_a_refresh_that_ends_sooner_shortens_nothing),
        TEST(sec_03_a_refresh_by_somebody_else_s_token_fires),
        TEST(sec_03_its_refusal_does_not),
        TEST(sec_03_a_refresh_by_a_token_that_is_over_fires),
        TEST(sec_03_a_good_refresh_that_is_refused_fires),
        TEST(sec_03_a_refresh_without_an_answer_fires),
        TEST(sec_03_who_comes_with_a_token_that_is_over_and_is_let_in_fires),
        TEST(sec_03_who_comes_with_somebody_else_s_and_is_let_in_fires),
        TEST(sec_03_what_is_posted_with_a_token_that_is_over_and_acked_fires),
        TEST(sec_03_what_is_posted_with_a_good_one_does_not),
        TEST(sec_03_who_is_revoked_and_not_cut_fires),
        TEST(sec_03_who_is_cut_at_the_last_instant_is_cut_in_time),
        TEST(sec_03_counts_from_the_end_of_the_database_fault),
        TEST(sec_03_somebody_else_stays),
        TEST(sec_03_a_token_that_is_revoked_alone_is_cut),
        TEST(sec_03_another_token_of_theirs_is_not),
        TEST(sec_03_who_is_revoked_and_comes_back_fires),
        TEST(sec_03_who_comes_back_before_all_know_is_cut_in_time),
        TEST(liv_13_who_is_revoked_may_be_refused_at_once),
        TEST(sec_03_what_is_issued_later_is_good),
        TEST(liv_13_what_is_issued_later_and_refused_fires),
        TEST(sec_03_a_refresh_by_a_revoked_token_fires_once_all_know),
        TEST(sec_03_a_refresh_saves_who_stood_on_a_revoked_token),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
