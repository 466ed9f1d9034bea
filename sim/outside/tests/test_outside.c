/* For each invariant's form from outside the shortest story that breaks it, and near twins that do not. */
#include "server/base/tests/test.h"
#include "sim/outside/tests/story.h"

#include <stdlib.h>
#include <string.h>

#define SENDER   "{\"order\": \"sender\"}"
#define CAUSAL   "{\"order\": \"causal\"}"
#define NO_ORDER "{\"order\": \"none\"}"
#define AT_LEAST "{\"delivery\": \"at least once\"}"
#define AT_MOST  "{\"delivery\": \"at most once\"}"
#define RESUMES  "{\"reconnect\": \"resumes\"}"
#define ONE_S    "{\"deliver_within\": \"1s\"}"
#define OWN      "{\"own\": \"at once\"}"

struct story {
    const char *name, *profile;
    const char *violated; /* ids, in the order of the map */
    const char *lines[24];
};

static void judge_all(const struct story *stories, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct outside *outside = story_judged(stories[i].profile, stories[i].lines);
        char *violated = story_violated(outside);
        if (strcmp(violated, stories[i].violated) != 0) {
            const struct finding *findings;
            const size_t len = outside_findings(outside, &findings);
            for (size_t f = 0; f < len; f++) {
                print_message("    %s\n", findings[f].summary);
            }
            fail_msg("%s: expected \"%s\", got \"%s\"", stories[i].name, stories[i].violated,
                     violated);
        }
        free(violated);
        outside_free(&outside);
    }
}
#define JUDGE_ALL(stories) judge_all(stories, sizeof(stories) / sizeof(stories)[0])

static void test_duplicates(void **state)
{
    static const struct story stories[] = {
        {"shown twice", NULL, "ORD-08", {"1 bob saw id=a", "2 bob saw id=a"}},
        {"two messages", NULL, "", {"1 bob saw id=a", "2 bob saw id=b"}},
        {"one message on two devices", NULL, "", {"1 bob/1 saw id=a", "2 bob/2 saw id=a"}},
        {"the same id in two rooms", NULL, "", {"1 bob saw id=a", "2 bob saw id=a room=s"}},
        {"over a reconnect",
         NULL,
         "ORD-08",
         {"1 bob up", "2 bob saw id=a", "3 bob down", "4 bob up", "5 bob saw id=a"}},
        {"over a reload",
         NULL,
         "",
         {"1 bob up", "2 bob saw id=a", "3 bob down", "4 bob up fresh", "5 bob saw id=a"}},
        {"twice after a reload",
         NULL,
         "ORD-08",
         {"1 bob up", "2 bob up fresh", "3 bob saw id=a", "4 bob saw id=a"}},
        {"at least once", AT_LEAST, "", {"1 bob saw id=a", "2 bob saw id=a"}},
        {"the same words, without an id", NULL, "", {"1 bob saw text=ok", "2 bob saw text=ok"}},
        {"the same words, written once",
         NULL,
         "ORD-08",
         {"1 al sent text=ok", "1 bob saw text=ok", "2 bob saw text=ok"}},
        {"the same words, written twice",
         NULL,
         "",
         {"1 al sent text=ok", "1 al sent text=ok", "1 bob saw text=ok", "2 bob saw text=ok"}},
    };
    (void)state;
    JUDGE_ALL(stories);
}

static void test_one_order(void **state)
{
    static const struct story stories[] = {
        {"two see two the other way round",
         NULL,
         "ORD-01",
         {"1 bob saw id=a", "2 bob saw id=b", "3 al saw id=b", "4 al saw id=a"}},
        {"alike", NULL, "", {"1 bob saw id=a", "2 bob saw id=b", "3 al saw id=a", "4 al saw id=b"}},
        {"order none",
         NO_ORDER,
         "",
         {"1 bob saw id=a", "2 bob saw id=b", "3 al saw id=b", "4 al saw id=a"}},
        {"order causal, and no cause",
         CAUSAL,
         "",
         {"1 bob saw id=a", "2 bob saw id=b", "3 al saw id=b", "4 al saw id=a"}},
        {"with others between",
         NULL,
         "ORD-01",
         {"1 bob saw id=a", "2 bob saw id=b", "3 bob saw id=c", "4 bob saw id=d", "5 al saw id=d",
          "6 al saw id=a"}},
        {"no order explains three",
         NULL,
         "ORD-01",
         {"1 bob saw id=a", "2 bob saw id=b", "3 al saw id=b", "4 al saw id=c", "5 eve saw id=c",
          "6 eve saw id=a"}},
        {"each misses another one",
         AT_MOST,
         "",
         {"1 bob saw id=a", "2 bob saw id=c", "3 al saw id=a", "4 al saw id=b", "5 al saw id=c",
          "6 eve saw id=b", "7 eve saw id=c"}},
        {"a place has two messages",
         NULL,
         "ORD-01",
         {"1 bob saw id=a seq=7", "2 al saw id=b seq=7"}},
        {"a message has two places",
         NULL,
         "ORD-01",
         {"1 bob saw id=a seq=7", "2 al saw id=a seq=8"}},
        {"places in two rooms", NULL, "", {"1 bob saw id=a seq=7", "2 al saw id=b seq=7 room=s"}},
        {"places fall", NULL, "ORD-03", {"1 bob saw id=a seq=2", "2 bob saw id=b seq=1"}},
        {"places grow with holes", NULL, "", {"1 bob saw id=a seq=2", "2 bob saw id=b seq=9"}},
        {"places fall, and may", SENDER, "", {"1 bob saw id=a seq=2", "2 bob saw id=b seq=1"}},
        {"place 0 is one", NULL, "ORD-03", {"1 bob saw id=a seq=1", "2 bob saw id=b seq=0"}},
    };
    (void)state;
    JUDGE_ALL(stories);
}

static void test_written_order(void **state)
{
    static const struct story stories[] = {
        {"the second first",
         SENDER,
         "ORD-05",
         {"1 al sent id=a", "2 al sent id=b", "3 bob saw id=b", "4 bob saw id=a"}},
        {"in order",
         SENDER,
         "",
         {"1 al sent id=a", "2 al sent id=b", "3 bob saw id=a", "4 bob saw id=b"}},
        {"of two devices",
         SENDER,
         "",
         {"1 al/1 sent id=a", "2 al/2 sent id=b", "3 bob saw id=b", "4 bob saw id=a"}},
        {"of two rooms",
         SENDER,
         "",
         {"1 al sent id=a", "2 al sent id=b room=s", "3 bob saw id=b room=s", "4 bob saw id=a"}},
        {"the first was refused, and written again",
         SENDER,
         "",
         {"1 al sent id=a", "2 al sent id=b", "3 al refused id=a", "4 bob saw id=b",
          "5 al sent id=a", "6 bob saw id=a"}},
        {"resent without a refusal",
         SENDER,
         "ORD-05",
         {"1 al sent id=a", "2 al sent id=b", "4 bob saw id=b", "5 al sent id=a",
          "6 bob saw id=a"}},
        {"order none",
         NO_ORDER,
         "",
         {"1 al sent id=a", "2 al sent id=b", "3 bob saw id=b", "4 bob saw id=a"}},
        {"own ones shown at once",
         OWN,
         "",
         {"1 bob saw id=x", "2 al sent id=a", "3 al saw id=a", "4 al saw id=x", "5 bob saw id=a"}},
        {"known by acks that come later",
         NULL,
         "ORD-05",
         {"1 al sent client=1", "2 al sent client=2", "3 bob saw id=s2", "4 bob saw id=s1",
          "5 al acked client=1 id=s1", "6 al acked client=2 id=s2"}},
        {"known by acks that come later, in order",
         NULL,
         "",
         {"1 al sent client=1", "2 al sent client=2", "3 bob saw id=s1", "4 bob saw id=s2",
          "5 al acked client=2 id=s2", "6 al acked client=1 id=s1"}},
        {"known by places and late acks",
         NULL,
         "ORD-05",
         {"1 al sent client=1", "2 al sent client=2", "3 bob saw id=s2 seq=1",
          "4 bob saw id=s1 seq=2", "5 al acked client=1 id=s1", "6 al acked client=2 id=s2"}},
    };
    (void)state;
    JUDGE_ALL(stories);
}

static void test_causes(void **state)
{
    static const struct story stories[] = {
        {"a reply above what it answers",
         CAUSAL,
         "ORD-06",
         {"1 al sent id=q", "2 bob saw id=q", "3 bob sent id=r", "4 eve saw id=r",
          "5 eve saw id=q"}},
        {"below it",
         CAUSAL,
         "",
         {"1 al sent id=q", "2 bob saw id=q", "3 bob sent id=r", "4 eve saw id=q",
          "5 eve saw id=r"}},
        {"written before it was seen",
         CAUSAL,
         "",
         {"1 al sent id=q", "2 bob sent id=r", "3 bob saw id=q", "4 eve saw id=r",
          "5 eve saw id=q"}},
        {"by way of a third",
         CAUSAL,
         "ORD-06",
         {"1 al sent id=q", "2 bob saw id=q", "3 bob sent id=r", "4 dan saw id=r",
          "5 dan sent id=s", "6 eve saw id=s", "7 eve saw id=q"}},
        {"nobody recorded who wrote it",
         CAUSAL,
         "ORD-06",
         {"2 bob saw id=q", "3 bob sent id=r", "4 eve saw id=r", "5 eve saw id=q"}},
        {"order sender",
         SENDER,
         "",
         {"1 al sent id=q", "2 bob saw id=q", "3 bob sent id=r", "4 eve saw id=r",
          "5 eve saw id=q"}},
        {"in another room",
         CAUSAL,
         "",
         {"1 al sent id=q room=s", "2 bob saw id=q room=s", "3 bob sent id=r", "4 eve saw id=r",
          "5 eve saw id=q room=s"}},
        {"written after the ack",
         NULL,
         "ORD-11",
         {"1 al sent id=a", "2 al acked id=a", "3 bob sent id=b", "4 eve saw id=b",
          "5 eve saw id=a"}},
        {"written before the ack",
         NULL,
         "",
         {"1 al sent id=a", "2 bob sent id=b", "3 al acked id=a", "4 eve saw id=b",
          "5 eve saw id=a"}},
        {"a stamp below what its writer had seen",
         CAUSAL,
         "ORD-07",
         {"1 bob saw id=q hlc=900", "2 bob sent id=r", "3 al saw id=r hlc=800 room=r"}},
        {"a stamp above it",
         CAUSAL,
         "",
         {"1 bob saw id=q hlc=900", "2 bob sent id=r", "3 al saw id=r hlc=901 room=r"}},
        {"stamps against places",
         NULL,
         "HLC-03",
         {"1 bob saw id=a seq=1 hlc=900", "2 bob saw id=b seq=2 hlc=900"}},
        {"stamps with places",
         NULL,
         "",
         {"1 bob saw id=a seq=1 hlc=900", "2 bob saw id=b seq=2 hlc=901"}},
    };
    (void)state;
    JUDGE_ALL(stories);
}

static void test_one_thing(void **state)
{
    static const struct story stories[] = {
        {"other words than were written",
         NULL,
         "SYN-03",
         {"1 al sent id=a text=yes", "2 bob saw id=a text=no"}},
        {"the words that were written",
         NULL,
         "",
         {"1 al sent id=a text=yes", "2 bob saw id=a text=yes"}},
        {"two see different words",
         NULL,
         "SYN-03",
         {"1 al saw id=a text=yes", "2 bob saw id=a text=no"}},
        {"another writer", NULL, "SEC-02", {"1 al sent id=a", "2 bob saw id=a from=eve"}},
        {"its writer's other device", NULL, "", {"1 al/1 sent id=a", "2 bob saw id=a from=al/2"}},
        {"two see different writers",
         NULL,
         "SEC-02",
         {"1 al saw id=a from=x", "2 bob saw id=a from=y"}},
        {"other words, as the ack tells",
         NULL,
         "SYN-03 SEC-02",
         {"1 al sent client=1 text=yes", "2 bob saw id=a text=no from=eve",
          "3 al acked client=1 id=a"}},
        {"the same, as the ack tells",
         NULL,
         "",
         {"1 al sent client=1 text=yes", "2 bob saw id=a text=yes from=al",
          "3 al acked client=1 id=a"}},
        {"acks of two ids",
         NULL,
         "ORD-10",
         {"1 al sent client=1", "2 al acked client=1 id=a", "3 al acked client=1 id=b"}},
        {"acks of one id",
         NULL,
         "",
         {"1 al sent client=1", "2 al acked client=1 id=a", "3 al acked client=1 id=a"}},
        {"acks of two places",
         NULL,
         "ORD-10",
         {"1 al sent id=a", "2 al acked id=a seq=1", "3 al acked id=a seq=2"}},
        {"an ack of another place than is shown",
         NULL,
         "ORD-10",
         {"1 al sent id=a", "2 al acked id=a seq=1", "3 bob saw id=a seq=2"}},
        {"one id for two messages",
         NULL,
         "ORD-10",
         {"1 al sent client=1", "2 al sent client=2", "3 al acked client=1 id=a",
          "4 al acked client=2 id=a"}},
        {"written once, there twice",
         NULL,
         "SYN-04",
         {"1 al sent client=1", "2 bob saw id=a from=al client=1",
          "3 bob saw id=b from=al client=1"}},
        {"two writers count from 1",
         NULL,
         "",
         {"1 al sent client=1", "1 eve sent client=1", "2 bob saw id=a from=al client=1",
          "3 bob saw id=b from=eve client=1"}},
        {"ids that two writers share are left out",
         NULL,
         "",
         {"1 al sent id=1 text=x", "1 eve sent id=1 text=y", "2 bob saw id=1 text=x",
          "3 bob saw id=1 text=y"}},
    };
    (void)state;
    JUDGE_ALL(stories);
}

static void test_loss(void **state)
{
    static const struct story stories[] = {
        {"acked, and nobody is shown it",
         NULL,
         "SYN-01 SYN-02 LIV-11",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a"}},
        {"acked, and shown",
         NULL,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "3 bob saw id=a"}},
        {"shown before the ack",
         NULL,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 bob saw id=a", "3 al acked id=a"}},
        {"neither acked nor shown: it may have been lost on the way",
         NULL,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al up"}},
        {"one of two is shown it",
         NULL,
         "SYN-02 LIV-11",
         {"0 bob up", "0 bob joined", "0 eve up", "0 eve joined", "1 al sent id=a",
          "2 bob saw id=a"}},
        {"one in the middle",
         NULL,
         "SYN-01 SYN-02",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "3 al sent id=b",
          "4 al acked id=b", "5 bob saw id=b"}},
        {"at most once",
         AT_MOST,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a"}},
        {"connected later",
         NULL,
         "",
         {"0 bob joined", "0 bob up", "0 bob down", "1 al sent id=a", "2 bob up",
          "3 al acked id=a"}},
        {"joined later",
         NULL,
         "",
         {"0 bob up", "1 al sent id=a", "2 bob joined", "3 al acked id=a"}},
        {"in another room",
         NULL,
         "",
         {"0 bob up", "0 bob joined room=s", "1 al sent id=a", "2 al acked id=a"}},
        {"left",
         NULL,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "3 bob left"}},
        {"whoever comes when another has left is asked for what came later only",
         NULL,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "3 bob left", "4 cid up",
          "4 cid joined", "5 al sent id=b", "6 al acked id=b", "7 cid saw id=b"}},
        {"and for that",
         NULL,
         "SYN-01 SYN-02 LIV-11",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "3 bob left", "4 cid up",
          "4 cid joined", "5 al sent id=b", "6 al acked id=b"}},
        {"somebody says that bob is in the room",
         NULL,
         "SYN-01 SYN-02 LIV-11",
         {"0 bob/1 up", "0 al joined whom=bob", "1 al sent id=a", "2 al acked id=a"}},
        {"went away",
         NULL,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "3 bob down",
          "4 bob up"}},
        {"went away, and should be shown it when back",
         RESUMES,
         "SYN-01 SYN-11 LIV-11",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "3 bob down",
          "4 bob up"}},
        {"went away, and was shown it when back",
         RESUMES,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "3 bob down", "4 bob up",
          "5 bob saw id=a"}},
        {"is away at the end",
         RESUMES,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "3 bob down"}},
        {"came back afresh",
         RESUMES,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "3 bob down",
          "4 bob up fresh"}},
        {"who is there by its deeds",
         NULL,
         "SYN-01 SYN-02 LIV-11",
         {"0 bob saw id=x", "1 al sent id=a", "2 al acked id=a", "3 bob sent id=y"}},
        {"nobody knows whether it was still there",
         NULL,
         "",
         {"0 bob saw id=x", "1 al sent id=a", "2 al acked id=a"}},
        {"too close to the end",
         "{\"settle\": \"1s\"}",
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "1001 al up"}},
        {"not that close to the end",
         "{\"settle\": \"1s\"}",
         "SYN-01 SYN-02 LIV-11",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "1002 al up"}},
        {"later than promised",
         ONE_S,
         "SYN-02",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a",
          "1002.001 bob saw id=a"}},
        {"just in time",
         ONE_S,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "1002 bob saw id=a"}},
        {"overdue",
         ONE_S,
         "SYN-02",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "1003 eve up",
          "1004 bob down"}},
        {"overdue, and never shown",
         ONE_S,
         "SYN-01 SYN-02 LIV-11",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "1003 eve up",
          "1004 eve down"}},
        {"not due before the end",
         ONE_S,
         "",
         {"0 bob up", "0 bob joined", "1 al sent id=a", "2 al acked id=a", "900 eve up"}},
    };
    (void)state;
    JUDGE_ALL(stories);
}

/* Two recorders, whose clocks may be 50 ms off: what that could explain is not called broken. */
static void test_uncertain_clocks(void **state)
{
    static const struct story stories[] = {
        {"perhaps bob came too late",
         NULL,
         "",
         {"source 0 uncertain=50", "source 1 uncertain=50", "@1 900 bob up", "@1 900 bob joined",
          "@0 1000 al sent id=a", "@0 1001 al acked id=a", "@1 2000 eve up"}},
        {"bob was there for sure",
         NULL,
         "SYN-01 SYN-02 LIV-11",
         {"source 0 uncertain=50", "source 1 uncertain=50", "@1 899 bob up", "@1 899 bob joined",
          "@0 1000 al sent id=a", "@0 1001 al acked id=a", "@1 2000 eve up"}},
        {"perhaps it was written before the ack",
         NULL,
         "",
         {"source 0 uncertain=50", "source 1 uncertain=50", "@0 1 al sent id=a",
          "@0 10 al acked id=a", "@1 110 bob sent id=b", "@1 111 eve saw id=b",
          "@1 112 eve saw id=a"}},
        {"it was written after the ack",
         NULL,
         "ORD-11",
         {"source 0 uncertain=50", "source 1 uncertain=50", "@0 1 al sent id=a",
          "@0 10 al acked id=a", "@1 111 bob sent id=b", "@1 112 eve saw id=b",
          "@1 113 eve saw id=a"}},
        {"late by less than the clocks may differ",
         ONE_S,
         "",
         {"source 0 uncertain=50", "source 1 uncertain=50", "@1 100 bob up", "@1 100 bob joined",
          "@0 900 al sent id=a", "@0 1000 al acked id=a", "@1 2100 bob saw id=a"}},
        {"late by more",
         ONE_S,
         "SYN-02",
         {"source 0 uncertain=50", "source 1 uncertain=50", "@1 100 bob up", "@1 100 bob joined",
          "@0 900 al sent id=a", "@0 1000 al acked id=a", "@1 2101 bob saw id=a"}},
        {"shown before it was sent, by another clock",
         NULL,
         "",
         {"source 0 uncertain=50", "source 1 uncertain=50", "@1 10 bob saw id=a text=x from=al",
          "@0 20 al sent id=a text=x", "@0 21 al acked id=a"}},
        {"... with another writer",
         NULL,
         "SEC-02",
         {"source 0 uncertain=50", "source 1 uncertain=50", "@1 10 bob saw id=a text=x from=eve",
          "@0 20 al sent id=a text=x", "@0 21 al acked id=a"}},
    };
    (void)state;
    JUDGE_ALL(stories);
}

/* What nobody could judge says why, and does not count as held. */
static void test_not_judged(void **state)
{
    static const char *const lines[] = {"1 bob saw id=a", "2 bob saw id=b", NULL};
    (void)state;
    struct outside *outside = story_judged(SENDER, lines);
    assert_int_equal(outside_result(outside, ORD_08).state, JUDGED_HELD);
    assert_int_equal(outside_result(outside, ORD_01).state, JUDGED_NO_EVIDENCE);
    assert_string_equal(outside_why(outside, ORD_01), "not promised: order is sender");
    assert_string_equal(outside_why(outside, ORD_05), "no line says what anybody sent");
    assert_string_equal(outside_why(outside, ORD_02), "it has no form from outside");
    assert_int_equal(outside_result(outside, SYN_02).state, JUDGED_NOT_EXERCISED);
    assert_string_equal(outside_why(outside, ORD_08), "");
    outside_free(&outside);
}

static void test_nothing(void **state)
{
    static const char *const lines[] = {NULL};
    (void)state;
    struct outside *outside = story_judged(NULL, lines);
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        assert_true(outside_result(outside, (enum invariant)i).state >= JUDGED_NOT_EXERCISED);
    }
    outside_free(&outside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duplicates),       cmocka_unit_test(test_one_order),
        cmocka_unit_test(test_written_order),    cmocka_unit_test(test_causes),
        cmocka_unit_test(test_one_thing),        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_uncertain_clocks), cmocka_unit_test(test_not_judged),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
