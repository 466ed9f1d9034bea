/* Channels of the Redis client: wanted, confirmed, refused, lost, asked for again. */
#include "server/base/mem.h"
#include "server/base/tests/test.h"
#include "server/redis/redis.h"
#include "server/redis/tests/rig.h"

#include <stdio.h>
#include <string.h>

#define SUBSCRIBED(name, count)   "*3^$9^subscribe^$1^" name "^:" count "^"
#define UNSUBSCRIBED(name, count) "*3^$11^unsubscribe^$1^" name "^:" count "^"
#define MESSAGE(name, text)       "*3^$7^message^$1^" name "^$2^" text "^"

static void a_confirmed_channel_gives_its_messages(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);

    rig_subscribe(rig, "a", 7);
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE a\n");
    assert_false(redis_subscribed(rig->redis, "a", 1));
    rig_bytes(rig, 2, SUBSCRIBED("a", "1") MESSAGE("a", "hi") MESSAGE("a", "ho"));
    EXPECT_TRACE(rig, "subscribed 7\nmessage 7 hi\nmessage 7 ho\n");
    assert_true(redis_subscribed(rig->redis, "a", 1));
    assert_false(redis_subscribed(rig->redis, "b", 1));
}

static void wanting_a_channel_twice_asks_once_and_keeps_the_first_tag(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 7);
    rig_subscribe(rig, "a", 8);
    rig_bytes(rig, 2, SUBSCRIBED("a", "1"));
    rig_subscribe(rig, "a", 9);
    rig_bytes(rig, 2, MESSAGE("a", "hi"));
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE a\nsubscribed 7\nmessage 7 hi\n");
}

static void subscription_bytes_may_be_cut_anywhere(void **state)
{
    (void)state;
    static const char bytes[] = "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
                                "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$4\r\n\r\n*3\r\n"
                                "*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n";
    const size_t len = sizeof bytes - 1;

    for (size_t first = 0; first <= len; first++) {
        struct rig rig;
        rig_init(&rig);
        rig_open(&rig);
        rig_subscribe(&rig, "a", 1);
        rig_subscribe(&rig, "b", 2);
        buf_clear(&rig.trace);
        rig_feed(&rig, 2, bytes, first);
        rig_feed(&rig, 2, bytes + first, len - first);
        EXPECT_TRACE(&rig, "subscribed 1\nmessage 1 \r\n*3\nsubscribed 2\n");
        rig_deinit(&rig);
    }
}

static void a_message_already_on_its_way_is_not_given(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 7);
    rig_bytes(rig, 2, SUBSCRIBED("a", "1"));
    rig_unsubscribe(rig, "a");
    rig_unsubscribe(rig, "a"); /* idempotent */
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE a\nsubscribed 7\nwrite 2 UNSUBSCRIBE a\n");
    assert_false(redis_subscribed(rig->redis, "a", 1));

    rig_bytes(rig, 2, MESSAGE("a", "hi") UNSUBSCRIBED("a", "0"));
    EXPECT_TRACE(rig, "");
}

static void a_channel_left_before_its_confirmation_is_never_confirmed(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 7);
    rig_unsubscribe(rig, "a");
    rig_bytes(rig, 2, SUBSCRIBED("a", "1") MESSAGE("a", "hi") UNSUBSCRIBED("a", "0"));
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE a\nwrite 2 UNSUBSCRIBE a\n");
    assert_false(redis_subscribed(rig->redis, "a", 1));
}

/* Left and wanted again while all is in flight: messages count from the second confirmation. */
static void only_the_last_subscribe_confirms(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 7);
    rig_unsubscribe(rig, "a");
    rig_subscribe(rig, "a", 8);
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE a\nwrite 2 UNSUBSCRIBE a\nwrite 2 SUBSCRIBE a\n");

    rig_bytes(rig, 2, SUBSCRIBED("a", "1") MESSAGE("a", "h1") UNSUBSCRIBED("a", "0"));
    EXPECT_TRACE(rig, "");
    assert_false(redis_subscribed(rig->redis, "a", 1));
    rig_bytes(rig, 2, SUBSCRIBED("a", "1") MESSAGE("a", "h2"));
    EXPECT_TRACE(rig, "subscribed 8\nmessage 8 h2\n");
}

static void after_a_loss_all_that_is_wanted_is_asked_for_again(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 1);
    rig_subscribe(rig, "b", 2);
    rig_subscribe(rig, "c", 3);
    rig_bytes(rig, 2, SUBSCRIBED("a", "1") SUBSCRIBED("b", "2") SUBSCRIBED("c", "3"));
    rig_unsubscribe(rig, "b");
    buf_clear(&rig->trace);

    rig_lost(rig, 2);
    EXPECT_TRACE(rig, "lost\n");
    assert_false(redis_subscribed(rig->redis, "a", 1));
    assert_true(redis_connected(rig->redis)); /* the other link is another matter */
    rig_subscribe(rig, "d", 4);               /* while reconnecting */
    rig_unsubscribe(rig, "c");
    EXPECT_TRACE(rig, "");
    rig_wait(rig, 1);
    rig_subscribe(rig, "e", 5); /* while opening */
    rig_opened(rig, 3);
    EXPECT_TRACE(rig, "open 3\nwrite 3 SUBSCRIBE a d e\n");
    rig_bytes(rig, 3, SUBSCRIBED("a", "1") SUBSCRIBED("d", "2") MESSAGE("d", "hi"));
    EXPECT_TRACE(rig, "subscribed 1\nsubscribed 4\nmessage 4 hi\n");
    rig_bytes(rig, 3, SUBSCRIBED("e", "3"));
    EXPECT_TRACE(rig, "subscribed 5\n");
}

static void a_second_reset_within_a_resubscribe_starts_over(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 1);
    rig_subscribe(rig, "b", 2);
    rig_bytes(rig, 2, SUBSCRIBED("a", "1") SUBSCRIBED("b", "2"));
    rig_lost(rig, 2);
    rig_wait(rig, 1);
    rig_opened(rig, 3);
    rig_bytes(rig, 3, SUBSCRIBED("a", "1") "*3^$9^subscribe^$1^");
    buf_clear(&rig->trace);

    rig_lost(rig, 3);
    rig_wait(rig, 1);
    rig_opened(rig, 4);
    EXPECT_TRACE(rig, "lost\nopen 4\nwrite 4 SUBSCRIBE a b\n");
    rig_bytes(rig, 3, "b^:2^"); /* the rest of the old link */
    rig_bytes(rig, 4, SUBSCRIBED("a", "1") SUBSCRIBED("b", "2"));
    EXPECT_TRACE(rig, "subscribed 1\nsubscribed 2\n");
}

/* Counts the channels of each SUBSCRIBE in the trace into `sizes`. */
static size_t batches(const char *trace, size_t *sizes, size_t sizes_cap)
{
    size_t count = 0;
    for (const char *at = trace; (at = strstr(at, "SUBSCRIBE")) != NULL; count++) {
        assert_true(count < sizes_cap);
        sizes[count] = 0;
        for (; *at != '\n'; at++) {
            sizes[count] += *at == ' ';
        }
    }
    return count;
}

static void a_resubscribe_goes_in_batches(void **state)
{
    (void)state;
    static const struct {
        int channels;
        size_t batches, last;
    } cases[] = {{1, 1, 1}, {63, 1, 63}, {64, 1, 64}, {65, 2, 1}, {200, 4, 8}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;
        size_t sizes[8] = {0};
        rig_init(&rig);
        rig_open(&rig);
        rig_lost(&rig, 2);
        for (int channel = 0; channel < cases[i].channels; channel++) {
            char name[16];
            (void)snprintf(name, sizeof name, "c%d", channel);
            rig_subscribe(&rig, name, (uint64_t)channel + 1);
        }
        rig_wait(&rig, 1);
        buf_clear(&rig.trace);
        rig_opened(&rig, 3);
        print_message("case: %d channels\n", cases[i].channels);
        assert_int_equal(batches(rig.trace.bytes, sizes, 8), cases[i].batches);
        for (size_t batch = 0; batch + 1 < cases[i].batches; batch++) {
            assert_int_equal(sizes[batch], REDIS_CHANNELS_PER_SUBSCRIBE);
        }
        assert_int_equal(sizes[cases[i].batches - 1], cases[i].last);
        rig_deinit(&rig);
    }
}

static void what_is_wanted_together_is_asked_for_together(void **state)
{
    struct rig *rig = *state;
    size_t sizes[8] = {0};

    rig_open(rig);
    buf_clear(&rig->trace);
    for (int channel = 0; channel < 70; channel++) {
        char name[16];
        const int len = snprintf(name, sizeof name, "c%d", channel);
        redis_subscribe(rig->redis, name, (size_t)len, (uint64_t)channel + 1);
        redis_subscribe(rig->redis, name, (size_t)len, 99);
    }
    redis_unsubscribe(rig->redis, "c3", 2, rig->now, &rig->out);
    redis_unsubscribe(rig->redis, "c4", 2, rig->now, &rig->out);
    redis_subscribe(rig->redis, "c4", 2, 5);
    assert_int_equal(rig->out.items_len, 0);
    redis_ask(rig->redis, rig->now, &rig->out);
    redis_ask(rig->redis, rig->now, &rig->out);
    rig_subscribe(rig, "d", 1);
    assert_int_equal(batches(rig->trace.bytes, sizes, 8), 3);
    assert_int_equal(sizes[0], REDIS_CHANNELS_PER_SUBSCRIBE);
    assert_int_equal(sizes[1], 69 - REDIS_CHANNELS_PER_SUBSCRIBE);
    assert_int_equal(sizes[2], 1);
    assert_null(strstr(rig->trace.bytes, " c3 "));
}

static void a_refused_subscribe_is_tried_again_later(void **state)
{
    struct rig *rig = *state;
    static const int64_t most[] = {1000, 2000, 4000, 8000, 8000};
    rig_open(rig);
    rig_subscribe(rig, "a", 7);
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE a\n");

    for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
        rig->draw = (uint64_t)most[i] - 1;
        rig_bytes(rig, 2, "-NOPERM this user has no permissions^");
        EXPECT_TRACE(rig, "refused 7 NOPERM this user has no permissions\n");
        assert_false(redis_subscribed(rig->redis, "a", 1));
        rig_wait(rig, most[i] - 1);
        EXPECT_TRACE(rig, "");
        rig_wait(rig, 1);
        EXPECT_TRACE(rig, "write 2 SUBSCRIBE a\n");
    }
    rig_bytes(rig, 2, SUBSCRIBED("a", "1"));
    EXPECT_TRACE(rig, "subscribed 7\n");
    assert_true(redis_wake_at(rig->redis).us >
                rig->now.us + RIG_BACKOFF_US_MAX); /* no retry left */
}

static void an_error_refuses_the_oldest_batch_only(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_lost(rig, 2);
    rig_subscribe(rig, "a", 1);
    rig_subscribe(rig, "b", 2);
    rig_wait(rig, 1);
    rig_opened(rig, 3);
    rig_subscribe(rig, "c", 3);
    EXPECT_TRACE(rig, "lost\nopen 3\nwrite 3 SUBSCRIBE a b\nwrite 3 SUBSCRIBE c\n");

    rig_bytes(rig, 3, "-LOADING Redis is loading^" SUBSCRIBED("c", "1"));
    EXPECT_TRACE(rig, "refused 1 LOADING Redis is loading\nrefused 2 LOADING Redis is loading\n"
                      "subscribed 3\n");
    rig_wait(rig, 1); /* each alone: one that is forbidden for good holds nobody back */
    EXPECT_TRACE(rig, "write 3 SUBSCRIBE a\nwrite 3 SUBSCRIBE b\n");
    rig_bytes(rig, 3, "-NOPERM no^" SUBSCRIBED("b", "2"));
    EXPECT_TRACE(rig, "refused 1 NOPERM no\nsubscribed 2\n");
}

static void a_refused_channel_that_is_left_is_not_asked_for(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 7);
    rig_bytes(rig, 2, "-NOPERM no^");
    rig_unsubscribe(rig, "a");
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE a\nrefused 7 NOPERM no\n"); /* there is nothing to leave */
    rig_wait(rig, RIG_BACKOFF_US_MAX);
    EXPECT_TRACE(rig, "");
    rig_subscribe(rig, "a", 8);
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE a\n");
}

static void a_refusal_that_was_left_meanwhile_is_not_told(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 7);
    rig_unsubscribe(rig, "a");
    rig_subscribe(rig, "a", 8);
    buf_clear(&rig->trace);
    rig_bytes(rig, 2, "-LOADING wait^" UNSUBSCRIBED("a", "0") SUBSCRIBED("a", "1"));
    EXPECT_TRACE(rig, "subscribed 8\n");
}

static void a_loss_forgets_refusals_that_wait(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 7);
    rig->draw = 999;
    rig_bytes(rig, 2, "-LOADING wait^");
    rig->draw = 1999;
    rig_lost(rig, 2);
    buf_clear(&rig->trace);
    rig_wait(rig, 2000);
    rig_opened(rig, 3);
    EXPECT_TRACE(rig, "open 3\nwrite 3 SUBSCRIBE a\n"); /* once */
}

static void an_error_belongs_to_the_oldest_request_whatever_it_is(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 1);
    rig_bytes(rig, 2, SUBSCRIBED("a", "1"));
    rig_wait(rig, RIG_PING_US);
    rig_bytes(rig, 1, "+PONG^");
    rig_unsubscribe(rig, "a");
    rig_subscribe(rig, "b", 2);
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE a\nsubscribed 1\nwrite 1 PING\nwrite 2 PING\n"
                      "write 2 UNSUBSCRIBE a\nwrite 2 SUBSCRIBE b\n");

    rig_bytes(rig, 2, "-ERR of the ping^-ERR of the unsubscribe^" SUBSCRIBED("b", "2"));
    EXPECT_TRACE(rig, "subscribed 2\n");
    rig_bytes(rig, 2, MESSAGE("a", "hi")); /* Redis still sends it, and nobody wants it */
    EXPECT_TRACE(rig, "");
}

static void a_channel_that_was_left_can_be_forgotten_when_redis_said_so(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    assert_true(redis_forget(rig->redis, "a", 1)); /* never heard of */
    rig_subscribe(rig, "a", 1);
    rig_subscribe(rig, "b", 2);
    rig_unsubscribe(rig, "a");
    assert_false(redis_forget(rig->redis, "a", 1)); /* both answers are on their way */
    rig_bytes(rig, 2, SUBSCRIBED("a", "1") SUBSCRIBED("b", "2"));
    assert_false(redis_forget(rig->redis, "a", 1));
    rig_bytes(rig, 2, UNSUBSCRIBED("a", "1"));
    assert_int_equal(redis_channels(rig->redis), 2);
    assert_true(redis_forget(rig->redis, "a", 1));
    assert_true(redis_forget(rig->redis, "a", 1));
    assert_int_equal(redis_channels(rig->redis), 1);
    assert_false(redis_subscribed(rig->redis, "a", 1));
    buf_clear(&rig->trace);

    rig_subscribe(rig, "c", 3); /* in its place */
    rig_bytes(rig, 2, MESSAGE("a", "hi") SUBSCRIBED("c", "2") MESSAGE("c", "ho"));
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE c\nsubscribed 3\nmessage 3 ho\n");
    rig_lost(rig, 2);
    rig_wait(rig, 1);
    rig_opened(rig, 3);
    assert_non_null(strstr(rig->trace.bytes, "write 3 SUBSCRIBE c b\n"));
}

static void a_refused_or_lost_leave_can_be_forgotten_too(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 1);
    rig_bytes(rig, 2, SUBSCRIBED("a", "1"));
    rig_unsubscribe(rig, "a");
    rig_bytes(rig, 2, "-ERR of the unsubscribe^");
    assert_true(redis_forget(rig->redis, "a", 1));

    rig_subscribe(rig, "b", 2);
    rig_bytes(rig, 2, SUBSCRIBED("b", "1"));
    rig_unsubscribe(rig, "b");
    rig_lost(rig, 2);
    assert_true(redis_forget(rig->redis, "b", 1));
    assert_int_equal(redis_channels(rig->redis), 0);
}

static void channels_that_come_and_go_leave_nothing(void **state)
{
    struct rig *rig = *state;
    char name[32];
    char answer[160];
    rig_open(rig);
    for (unsigned i = 0; i < 100000; i++) {
        const int len = snprintf(name, sizeof name, "user:%u", i);
        rig_subscribe(rig, name, i);
        rig_unsubscribe(rig, name);
        (void)snprintf(answer, sizeof answer,
                       "*3^$9^subscribe^$%d^%s^:1^*3^$11^unsubscribe^$%d^%s^:0^", len, name, len,
                       name);
        rig_bytes(rig, 2, answer);
        assert_true(redis_forget(rig->redis, name, (size_t)len));
        buf_clear(&rig->trace);
    }
    assert_int_equal(redis_channels(rig->redis), 0);
}

static void an_unexpected_answer_closes_the_subscription_link(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "+OK^",
        "+PONG^", /* nobody asked */
        ":1^",
        "$-1^",
        "*0^",
        "*2^$4^pong^$0^^",
        "*2^:1^:2^",
        "*4^$8^pmessage^$1^*^$1^a^$2^hi^",
        "*3^$7^message^$1^a^:5^",
        SUBSCRIBED("b", "1"), /* not what was asked for first */
        UNSUBSCRIBED("a", "1"),
        "*2^$9^subscribe^$1^a^",
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;
        print_message("case: %s\n", cases[i]);
        rig_init(&rig);
        rig_open(&rig);
        rig_subscribe(&rig, "a", 1);
        rig_subscribe(&rig, "b", 2);
        buf_clear(&rig.trace);
        rig_bytes(&rig, 2, cases[i]);
        EXPECT_TRACE(&rig, "close 2\nlost\n");
        rig_wait(&rig, 1);
        rig_opened(&rig, 3);
        EXPECT_TRACE(&rig, "open 3\nwrite 3 SUBSCRIBE a b\n");
        rig_deinit(&rig);
    }
}

static void an_error_to_nothing_closes_the_subscription_link(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_bytes(rig, 2, "-ERR max number of clients reached^");
    EXPECT_TRACE(rig, "close 2\nlost\n");
}

static void a_late_confirmation_closes_the_subscription_link(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 1);
    rig_subscribe(rig, "b", 2);
    rig_wait(rig, RIG_TIMEOUT_US - 1);
    rig_bytes(rig, 2, SUBSCRIBED("a", "1") MESSAGE("a", "hi"));
    buf_clear(&rig->trace);
    rig_wait(rig, 1);
    EXPECT_TRACE(rig, "close 2\nlost\n");
}

static void a_silent_subscription_link_is_pinged(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 1);
    rig_bytes(rig, 2, SUBSCRIBED("a", "1"));
    (void)rig_command(rig, 0, "GET", "k");
    rig_wait(rig, RIG_TIMEOUT_US - 1);
    rig_bytes(rig, 1, "$-1^"); /* so that this one is not silent */
    rig_wait(rig, RIG_PING_US - RIG_TIMEOUT_US);
    buf_clear(&rig->trace);

    rig_wait(rig, 1);
    EXPECT_TRACE(rig, "write 2 PING\n");
    rig_subscribe(rig, "b", 2); /* behind the PING */
    rig_bytes(rig, 2, MESSAGE("a", "hi") "*2^$4^pong^$0^^" SUBSCRIBED("b", "2"));
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE b\nmessage 1 hi\nsubscribed 2\n");
}

static void a_subscription_link_without_an_answer_to_ping_is_closed(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "a", 1);
    rig_bytes(rig, 2, SUBSCRIBED("a", "1"));
    rig_wait(rig, RIG_PING_US);
    rig_bytes(rig, 1, "+PONG^");
    buf_clear(&rig->trace);
    rig_wait(rig, RIG_TIMEOUT_US - 1);
    rig_bytes(rig, 2, MESSAGE("a", "hi")); /* late, and no answer */
    EXPECT_TRACE(rig, "message 1 hi\n");
    rig_wait(rig, 1);
    EXPECT_TRACE(rig, "close 2\nlost\n");
}

static void an_empty_channel_and_an_empty_message_are_given(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_subscribe(rig, "", 3);
    rig_bytes(rig, 2, "*3^$9^subscribe^$0^^:1^*3^$7^message^$0^^$0^^");
    EXPECT_TRACE(rig, "write 2 SUBSCRIBE \nsubscribed 3\nmessage 3 \n");
}

int main(int argc, char **argv)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_confirmed_channel_gives_its_messages),
        CASE(wanting_a_channel_twice_asks_once_and_keeps_the_first_tag),
        CASE(subscription_bytes_may_be_cut_anywhere),
        CASE(a_message_already_on_its_way_is_not_given),
        CASE(a_channel_left_before_its_confirmation_is_never_confirmed),
        CASE(only_the_last_subscribe_confirms),
        CASE(after_a_loss_all_that_is_wanted_is_asked_for_again),
        CASE(a_second_reset_within_a_resubscribe_starts_over),
        CASE(a_resubscribe_goes_in_batches),
        CASE(what_is_wanted_together_is_asked_for_together),
        CASE(a_refused_subscribe_is_tried_again_later),
        CASE(an_error_refuses_the_oldest_batch_only),
        CASE(a_refused_channel_that_is_left_is_not_asked_for),
        CASE(a_refusal_that_was_left_meanwhile_is_not_told),
        CASE(a_loss_forgets_refusals_that_wait),
        CASE(an_error_belongs_to_the_oldest_request_whatever_it_is),
        CASE(a_channel_that_was_left_can_be_forgotten_when_redis_said_so),
        CASE(a_refused_or_lost_leave_can_be_forgotten_too),
        CASE(channels_that_come_and_go_leave_nothing),
        CASE(an_unexpected_answer_closes_the_subscription_link),
        CASE(an_error_to_nothing_closes_the_subscription_link),
        CASE(a_late_confirmation_closes_the_subscription_link),
        CASE(a_silent_subscription_link_is_pinged),
        CASE(a_subscription_link_without_an_answer_to_ping_is_closed),
        CASE(an_empty_channel_and_an_empty_message_are_given),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
