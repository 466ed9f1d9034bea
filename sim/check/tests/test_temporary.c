/* What a device shows of what its person wrote: first as that, then in its place as the entry, and once. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

static struct story s;

/* Device 0 wrote 31 to room 0, and it stands there at 3. */
static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    at(&s, 1000);
    online(&s, 0, 0);
    writes(&s, 0, 0, 31);
    commits(&s, (struct commit){.seq = 3, .client_id = 31});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static void replaced_by(uint64_t client_id, uint64_t seq, uint64_t id)
{
    struct obs obs = OBS(OBS_REPLACED, 0);
    obs.device = 0;
    obs.user = 0;
    obs.room = 0;
    obs.client_id = client_id;
    obs.seq = seq;
    obs.id = id;
    tell(&s, obs);
}

static uint64_t id_of(uint64_t seq, uint64_t client_id)
{
    return row_of(OBS_COMMIT, OBS_NONE, 0, seq, ANA, client_id).id;
}

static void replaced(void)
{
    replaced_by(31, 3, id_of(3, 31));
}

static void ends(void)
{
    simple(&s, OBS_END, OBS_NONE, OBS_NONE, 0, 0, 0);
}

static void syn_19_by_the_ack_and_then_shown_is_none(void **state)
{
    (void)state;
    replaced();
    acked(&s, 0, 0, 3, 31);
    shown(&s, 0, 0, 3, ANA, 31);
    ends();
    assert_int_equal(found(&s, SYN_19), 0);
    assert_true(judge_result(s.judge, SYN_19).judged > 0);
}

static void syn_19_by_itself_and_then_acked_is_none(void **state)
{
    (void)state;
    replaced();
    shown(&s, 0, 0, 3, ANA, 31);
    acked(&s, 0, 0, 3, 31);
    ends();
    assert_int_equal(found(&s, SYN_19), 0);
}

static void syn_19_twice_fires(void **state)
{
    (void)state;
    replaced();
    acked(&s, 0, 0, 3, 31);
    shown(&s, 0, 0, 3, ANA, 31);
    replaced();
    assert_only(&s, SYN_19);
}

static void syn_19_both_rows_for_a_while_fire(void **state)
{
    (void)state;
    shown(&s, 0, 0, 3, ANA, 31);
    assert_nothing(&s);
    replaced();
    assert_only(&s, SYN_19);
}

static void syn_19_both_rows_to_the_end_fire(void **state)
{
    (void)state;
    writes(&s, 0, 0, 32);
    replaced_by(32, 4, id_of(4, 32)); /* it says so of others */
    shown(&s, 0, 0, 3, ANA, 31);
    ends();
    assert_int_equal(found(&s, SYN_19), 1);
}

static void syn_19_an_ack_that_replaces_nothing_fires(void **state)
{
    (void)state;
    writes(&s, 0, 0, 32);
    replaced_by(32, 4, id_of(4, 32));
    acked(&s, 0, 0, 3, 31);
    assert_only(&s, SYN_19);
}

static void syn_19_another_entry_fires(void **state)
{
    (void)state;
    writes(&s, 0, 0, 32);
    replaced_by(32, 3, id_of(3, 31));
    assert_only(&s, SYN_19);
}

static void syn_19_what_is_shown_as_failed_needs_no_entry(void **state)
{
    struct obs failed = OBS(OBS_FAILED, 0);

    (void)state;
    replaced();
    shown(&s, 0, 0, 3, ANA, 31);
    writes(&s, 0, 0, 32);
    failed.device = 0;
    failed.user = 0;
    failed.room = 0;
    failed.client_id = 32;
    tell(&s, failed);
    ends();
    assert_int_equal(found(&s, SYN_19), 0);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(syn_19_by_the_ack_and_then_shown_is_none),
        TEST(syn_19_by_itself_and_then_acked_is_none),
        TEST(syn_19_twice_fires),
        TEST(syn_19_both_rows_for_a_while_fire),
        TEST(syn_19_both_rows_to_the_end_fire),
        TEST(syn_19_an_ack_that_replaces_nothing_fires),
        TEST(syn_19_another_entry_fires),
        TEST(syn_19_what_is_shown_as_failed_needs_no_entry),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
