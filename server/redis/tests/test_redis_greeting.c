/* How a link begins where a user, a password or a database is asked for. */
#include "server/base/tests/test.h"
#include "server/redis/redis.h"
#include "server/redis/tests/rig.h"

#include <stdio.h>
#include <string.h>

static void auth_and_select_come_first_and_nothing_else_until_both_are_confirmed(void **state)
{
    static const struct {
        const char *user, *password;
        int64_t database;
        const char *words;
        const char *answers;
    } cases[] = {
        {NULL, "p w", 0, "write L AUTH p w\n", "+OK^"},
        {"ada", "pw", 0, "write L AUTH ada pw\n", "+OK^"},
        {"ada", NULL, 0, "write L AUTH ada \n", "+OK^"}, /* one who needs none */
        {NULL, NULL, 12, "write L SELECT 12\n", "+OK^"},
        {"ada", "pw", 3, "write L AUTH ada pw\nwrite L SELECT 3\n", "+OK^+OK^"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;
        rig_init_as(&rig, cases[i].user, cases[i].password, cases[i].database);
        redis_start(rig.redis, rig.now, &rig.out);
        redis_out_clear(&rig.out);
        rig_subscribe(&rig, "a", 7);
        for (char link = '1'; link <= '2'; link++) {
            char words[64];
            (void)snprintf(words, sizeof words, "%s", cases[i].words);
            for (char *at = strstr(words, "write L"); at != NULL; at = strstr(at, "write L")) {
                at[strlen("write ")] = link;
            }
            rig_opened(&rig, (uint64_t)(link - '0'));
            EXPECT_TRACE(&rig, words);
        }
        assert_false(redis_connected(rig.redis));
        assert_int_equal(rig_command(&rig, 1, "GET", "k"), HB_EAGAIN);
        rig_bytes(&rig, 1, cases[i].answers);
        EXPECT_TRACE(&rig, "connected\n");
        assert_int_equal(rig_command(&rig, 1, "GET", "k"), HB_OK);
        EXPECT_TRACE(&rig, "write 1 GET k\n");
        rig_bytes(&rig, 2, cases[i].answers);
        EXPECT_TRACE(&rig, "write 2 SUBSCRIBE a\n");
        rig_bytes(&rig, 2, "*3^$9^subscribe^$1^a^:1^");
        EXPECT_TRACE(&rig, "subscribed 7\n");
        rig_deinit(&rig);
    }
}

static void a_refusal_is_told_in_redis_words_and_tried_again_after_the_longest_pause(void **state)
{
    static const char *const refusals[] = {
        "-WRONGPASS invalid username-password pair or user is disabled.^",
        "-NOAUTH Authentication required.^",
        "-ERR DB index is out of range^",
    };

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct rig rig;
        char line[160];
        rig_init_as(&rig, NULL, "pw", 99);
        rig.draw = RIG_BACKOFF_US_MAX - 1; /* each pause is as long as it may be */
        redis_start(rig.redis, rig.now, &rig.out);
        redis_out_clear(&rig.out);
        rig_opened(&rig, 1);
        EXPECT_TRACE(&rig, "write 1 AUTH pw\nwrite 1 SELECT 99\n");
        rig_bytes(&rig, 1, refusals[i]);
        (void)snprintf(line, sizeof line, "greeting refused %.*s\nclose 1\n",
                       (int)strlen(refusals[i]) - 2, refusals[i] + 1);
        EXPECT_TRACE(&rig, line);
        rig_wait(&rig, RIG_BACKOFF_US_MAX - 1);
        EXPECT_TRACE(&rig, "");
        rig_wait(&rig, 1);
        EXPECT_TRACE(&rig, "open 3\n");
        rig_opened(&rig, 3);
        rig_bytes(&rig, 3, "+OK^+OK^"); /* it was mended */
        EXPECT_TRACE(&rig, "write 3 AUTH pw\nwrite 3 SELECT 99\nconnected\n");
        rig_deinit(&rig);
    }
}

static void half_a_greeting_is_none(void **state)
{
    struct rig rig;

    (void)state;
    rig_init_as(&rig, NULL, "pw", 1);
    redis_start(rig.redis, rig.now, &rig.out);
    redis_out_clear(&rig.out);
    rig_opened(&rig, 1);
    rig_bytes(&rig, 1, "+OK^");
    EXPECT_TRACE(&rig, "write 1 AUTH pw\nwrite 1 SELECT 1\n");
    rig_lost(&rig, 1); /* nobody was told that it is connected */
    EXPECT_TRACE(&rig, "");
    rig_wait(&rig, 1);
    EXPECT_TRACE(&rig, "open 3\n");
    rig_opened(&rig, 3);
    EXPECT_TRACE(&rig, "write 3 AUTH pw\nwrite 3 SELECT 1\n");
    rig_wait(&rig, RIG_TIMEOUT_US - 1); /* silence: too long */
    assert_null(strstr(rig.trace.bytes, "close 3"));
    rig_wait(&rig, 1);
    assert_non_null(strstr(rig.trace.bytes, "close 3\n"));
    buf_clear(&rig.trace);
    rig_deinit(&rig);
}

static void what_is_no_answer_to_it_ends_the_link(void **state)
{
    static const char *const answers[] = {":1^", "$2^OK^", "*1^+OK^", "HTTP/1.1 400 Bad^^",
                                          "+OK^:1^"};

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct rig rig;
        rig_init_as(&rig, "ada", "pw", 1);
        redis_start(rig.redis, rig.now, &rig.out);
        redis_out_clear(&rig.out);
        rig_opened(&rig, 2);
        rig_bytes(&rig, 2, answers[i]);
        assert_non_null(strstr(rig.trace.bytes, "close 2\n"));
        assert_null(strstr(rig.trace.bytes, "connected"));
        rig_deinit(&rig);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auth_and_select_come_first_and_nothing_else_until_both_are_confirmed),
        cmocka_unit_test(a_refusal_is_told_in_redis_words_and_tried_again_after_the_longest_pause),
        cmocka_unit_test(half_a_greeting_is_none),
        cmocka_unit_test(what_is_no_answer_to_it_ends_the_link),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
