/* A device that lost what it had stored: what is not asked of it any more, and what is all the same. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

static struct story s;

static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    at(&s, 1000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static void put(uint32_t room, uint64_t client_id)
{
    struct obs obs = OBS(OBS_PUT, 0);
    obs.device = 0;
    obs.user = 0;
    obs.room = room;
    obs.client_id = client_id;
    obs.node = 0;
    tell(&s, obs);
}

/* Device 0 was shown 3, wrote 31 (on the wire) and 32, and is gone. */
static void dies(bool forgets)
{
    online(&s, 0, 0);
    says(&s, 0, 0, 3, 30);
    put(0, 30);
    acked(&s, 0, 0, 3, 30);
    shown(&s, 0, 0, 3, ANA, 30);
    writes(&s, 0, 0, 31);
    put(0, 31);
    writes(&s, 0, 0, 32);
    fault(&s, true, 0, OBS_NODE_NONE, 0);
    closes(&s, 0);
    if (forgets) {
        simple(&s, OBS_FORGOT, 0, OBS_NONE, 0, 0, 0);
    }
    fault(&s, false, 0, OBS_NODE_NONE, 0);
}

static void returns(uint64_t head)
{
    opens(&s, 0, 0);
    welcomed(&s, 0, head, 2);
}

static void end(void)
{
    simple(&s, OBS_END, OBS_NONE, OBS_NONE, 0, 0, OBS_QUIET);
}

static void what_was_lost_is_neither_acked_nor_failed(void **state)
{
    (void)state;
    dies(true);
    returns(3);
    at(&s, 5000);
    end();
    assert_int_equal(found(&s, SYN_12), 0);
    assert_int_equal(found(&s, LIV_05), 0);
}

static void what_was_kept_is(void **state)
{
    (void)state;
    dies(false);
    returns(3);
    at(&s, 5000);
    end();
    assert_int_equal(found(&s, SYN_12), 2);
    assert_true(found(&s, LIV_05) > 0);
}

static void what_is_written_after_a_loss_is(void **state)
{
    (void)state;
    dies(true);
    returns(3);
    writes(&s, 0, 0, 41);
    at(&s, 5000);
    end();
    assert_int_equal(found(&s, SYN_12), 1);
    assert_true(found(&s, LIV_05) > 0);
}

/* What was on the wire is committed behind what the new installation wrote. */
static void overtaken(bool forgets)
{
    dies(forgets);
    returns(3);
    writes(&s, 0, 0, 41);
    put(0, 41);
    commits(&s, (struct commit){.seq = 4, .client_id = 41});
    commits(&s, (struct commit){.seq = 5, .client_id = 31});
}

static void ord_05_is_of_what_one_installation_wrote(void **state)
{
    (void)state;
    overtaken(true);
    assert_int_equal(found(&s, ORD_05), 0);
}

static void ord_05_fires_where_nothing_was_lost(void **state)
{
    (void)state;
    overtaken(false);
    assert_int_equal(found(&s, ORD_05), 1);
}

/* It begins at the head, or with what it had been shown before: each is a beginning. */
static void the_display_begins_anew_wherever_the_welcome_says(void **state)
{
    (void)state;
    dies(true);
    commits(&s, (struct commit){.seq = 4, .user = 1, .client_id = 77, .node = 1});
    returns(4);
    commits(&s, (struct commit){.seq = 5, .user = 1, .client_id = 78, .node = 1});
    shown(&s, 0, 0, 5, BOB, 78);
    assert_int_equal(found(&s, ORD_04), 0);
    assert_int_equal(found(&s, SYN_10), 0);
}

static void syn_10_fires_where_nothing_was_lost(void **state)
{
    (void)state;
    dies(false);
    commits(&s, (struct commit){.seq = 4, .user = 1, .client_id = 77, .node = 1});
    returns(4);
    commits(&s, (struct commit){.seq = 5, .user = 1, .client_id = 78, .node = 1});
    shown(&s, 0, 0, 5, BOB, 78);
    assert_true(found(&s, SYN_10) > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_lost_is_neither_acked_nor_failed),
        TEST(what_was_kept_is),
        TEST(what_is_written_after_a_loss_is),
        TEST(ord_05_is_of_what_one_installation_wrote),
        TEST(ord_05_fires_where_nothing_was_lost),
        TEST(the_display_begins_anew_wherever_the_welcome_says),
        TEST(syn_10_fires_where_nothing_was_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
