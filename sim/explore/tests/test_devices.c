/* People with several devices: each is a client of its own and sees what its user may see. */
/* labels: sim */
#include "server/base/tests/test.h"
#include "sim/explore/run.h"
#include "sim/explore/scenario.h"

#include <stdio.h>
#include <string.h>

#define SEEDS   40
#define DEVICES 24
#define USERS   12
#define FAULTS                                                                                     \
    "{\"kind\":\"node_crash\",\"at\":[\"4s\",\"9s\"],\"for\":\"2s\"},"                             \
    "{\"kind\":\"redis_cut\",\"count\":2,\"at\":[\"3s\",\"10s\"],\"for\":[\"100ms\",\"2s\"]},"     \
    "{\"kind\":\"db_unknown\",\"at\":[\"3s\",\"9s\"],\"for\":\"2s\",\"permille\":200},"            \
    "{\"kind\":\"disconnect_clean\",\"every\":\"9s\",\"from\":\"2s\",\"to\":\"11s\","              \
    "\"away\":[\"200ms\",\"4s\"]},"                                                                \
    "{\"kind\":\"disconnect_abrupt\",\"every\":\"12s\",\"from\":\"2s\",\"to\":\"11s\"},"           \
    "{\"kind\":\"half_open\",\"every\":\"40s\",\"from\":\"2s\",\"to\":\"9s\",\"away\":\"3s\"}"

static struct plan plan_of(uint64_t seed, const char *faults)
{
    static const struct scenario_overrides none = {0};
    char text[2000];
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan = {0};

    (void)snprintf(text, sizeof text,
                   "{\"name\":\"devices\",\"clients\":%d,\"devicesPerUser\":2,\"rooms\":3,"
                   "\"membersPerRoom\":6,\"posters\":3,\"nodes\":2,\"duration\":\"12s\","
                   "\"settle\":\"30s\",\"connectSpread\":\"100ms\","
                   "\"workload\":{\"send\":{\"every\":\"2s\"},\"corpus\":\"c\"},\"faults\":[%s]}",
                   DEVICES, faults);
    if (scenario_parse(text, strlen(text), &scenario, &why) != HB_OK ||
        scenario_plan(scenario, seed, &none, "hello\nwhat\n", 11, &plan, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    scenario_free(&scenario);
    buf_deinit(&why);
    return plan;
}

struct seen {
    uint32_t user_of[DEVICES];
    uint64_t sender_of[USERS]; /* key of the user's name */
    uint64_t shown[DEVICES], sent[DEVICES];
    uint64_t own[DEVICES]; /* messages of the device's own user that it showed */
    uint32_t users, devices;
};

static void observe(void *user, const struct obs *obs)
{
    struct seen *seen = user;

    if (obs->kind == OBS_USER) {
        assert_in_range(obs->user, 0, USERS - 1);
        seen->sender_of[obs->user] = obs->sender;
        seen->users++;
    } else if (obs->kind == OBS_DEVICE) {
        seen->user_of[obs->device] = obs->user;
        seen->devices++;
    } else if (obs->device != OBS_NONE) {
        assert_int_equal(obs->user, seen->user_of[obs->device]);
        const bool message = (obs->flags & OBS_EVENT) == 0;
        seen->sent[obs->device] += obs->kind == OBS_SEND;
        seen->shown[obs->device] += obs->kind == OBS_SHOWN && message;
        seen->own[obs->device] +=
            obs->kind == OBS_SHOWN && message && obs->sender == seen->sender_of[obs->user];
    }
}

static const struct run_progress silent = {NULL, NULL};

static void both_devices_of_a_user_show_what_either_writes(void **state)
{
    (void)state;
    struct plan plan = plan_of(1, "");
    struct seen seen = {.users = 0};
    struct run_result result;

    plan.posters = 0;
    run_plan(&plan, NULL, 0, (struct obs_sink){.observe = observe, .user = &seen}, silent, &result);
    assert_int_equal(result.judgement.verdict, VERDICT_HELD);
    assert_int_equal(seen.users, USERS);
    assert_int_equal(seen.devices, DEVICES);
    for (uint32_t d = 0; d < DEVICES; d += 2) {
        assert_int_equal(seen.user_of[d], d / 2);
        assert_int_equal(seen.user_of[d + 1], d / 2);
        assert_true(seen.shown[d] > 0);
        assert_true(seen.sent[d] > 0);
        /* The other may have connected a message later. */
        assert_in_range(seen.shown[d] + 2 - seen.shown[d + 1], 0, 4);
        assert_in_range(seen.own[d], seen.sent[d] + seen.sent[d + 1] - 2,
                        seen.sent[d] + seen.sent[d + 1]);
    }
    run_result_deinit(&result);
    plan_deinit(&plan);
}

static void dozens_of_seeds_with_two_devices_each_are_held(void **state)
{
    (void)state;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct plan plan = plan_of(seed, FAULTS);
        struct run_result result;
        run_plan(&plan, NULL, 0, (struct obs_sink){.observe = NULL}, silent, &result);
        if (result.judgement.violations_len > 0) {
            fail_msg("seed %d: %s", (int)seed, result.judgement.violations[0].summary);
        }
        assert_int_equal(result.judgement.invariants[SYN_04].state, JUDGED_HELD);
        assert_int_equal(result.judgement.invariants[SYN_11].state, JUDGED_HELD);
        assert_true(result.quiet);
        run_result_deinit(&result);
        plan_deinit(&plan);
    }
}

static void clients_are_whole_users(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"{\"name\":\"t\",\"clients\":9,\"devicesPerUser\":2,\"rooms\":1,\"membersPerRoom\":2,"
         "\"nodes\":1,\"duration\":\"5s\",\"workload\":{\"send\":{\"every\":\"1s\"},"
         "\"corpus\":\"c\"}}",
         "devicesPerUser: expected a divisor of clients: each is a device of a user, got 2"},
        {"{\"name\":\"t\",\"clients\":8,\"devicesPerUser\":17,\"rooms\":1,\"membersPerRoom\":2,"
         "\"nodes\":1,\"duration\":\"5s\",\"workload\":{\"send\":{\"every\":\"1s\"},"
         "\"corpus\":\"c\"}}",
         "devicesPerUser: expected an integer from 1 to 16, got 17"},
        {"{\"name\":\"t\",\"clients\":8,\"devicesPerUser\":2,\"rooms\":1,\"membersPerRoom\":5,"
         "\"nodes\":1,\"duration\":\"5s\",\"workload\":{\"send\":{\"every\":\"1s\"},"
         "\"corpus\":\"c\"}}",
         "membersPerRoom: expected no more members of a room than users, got 5"},
    };
    struct buf why = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario *scenario = NULL;
        assert_int_equal(scenario_parse(cases[i].text, strlen(cases[i].text), &scenario, &why),
                         HB_EFIELD);
        assert_string_equal(why.bytes, cases[i].why);
    }
    buf_deinit(&why);
}

static void fewer_clients_by_the_command_line_must_be_whole_users_too(void **state)
{
    (void)state;
    static const char text[] =
        "{\"name\":\"t\",\"clients\":8,\"devicesPerUser\":4,\"rooms\":1,\"membersPerRoom\":2,"
        "\"nodes\":1,\"duration\":\"5s\",\"workload\":{\"send\":{\"every\":\"1s\"},"
        "\"corpus\":\"c\"}}";
    const struct scenario_overrides ten = {.clients = 10};
    const struct scenario_overrides twelve = {.clients = 12};
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan = {0};

    assert_int_equal(scenario_parse(text, strlen(text), &scenario, &why), HB_OK);
    assert_int_equal(scenario_plan(scenario, 1, &ten, "a\n", 2, &plan, &why), HB_EFIELD);
    assert_string_equal(why.bytes, "10 clients: not a multiple of devicesPerUser, which is 4");
    assert_int_equal(scenario_plan(scenario, 1, &twelve, "a\n", 2, &plan, &why), HB_OK);
    assert_int_equal(plan_users(&plan), 3);
    assert_int_equal(plan.members_per_room, 3);
    plan_deinit(&plan);
    scenario_free(&scenario);
    buf_deinit(&why);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_devices_of_a_user_show_what_either_writes),
        cmocka_unit_test(dozens_of_seeds_with_two_devices_each_are_held),
        cmocka_unit_test(clients_are_whole_users),
        cmocka_unit_test(fewer_clients_by_the_command_line_must_be_whole_users_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
