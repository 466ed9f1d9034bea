/* A room that is made during a run is judged like the rooms that were there before. */
/* labels: sim */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
#include "sim/check/check.h"
#include "sim/explore/scenario.h"
#include "sim/plan/facts.h"
#include "sim/world/clients.h"
#include "sim/world/conns.h"
#include "sim/world/world.h"

#include <string.h>

#define S     INT64_C(1000000)
#define PEERS 4 /* in the made room: its maker, two who join, and one who was invited */

#define CLUB TEXT("club")

struct seen {
    struct judge *judge;
    uint32_t room; /* OBS_NONE: not declared yet */
    uint64_t in_room[OBS_KIND_COUNT];
    bool plant; /* what the first client is shown there first, it is shown twice */
};

static void observe(void *user, const struct obs *obs)
{
    struct seen *seen = user;

    if (obs->kind == OBS_ROOM && obs->id == id_key(CLUB)) {
        assert_int_equal(seen->room, OBS_NONE); /* once */
        seen->room = obs->room;
    }
    judge_observe(seen->judge, obs);
    if (seen->room == OBS_NONE || obs->room != seen->room) {
        return;
    }
    seen->in_room[obs->kind]++;
    if (obs->kind == OBS_SHOWN && obs->device == 0 && seen->plant) {
        seen->plant = false;
        judge_observe(seen->judge, obs);
    }
}

static void send_frame(struct world *world, uint32_t client, const struct frame *frame)
{
    struct buf bytes = {0};

    assert_true(world->clients[client].conn != CONN_NONE);
    frame_encode(frame, &bytes);
    world_net_send_up(world, world->clients[client].conn, wire_new(bytes.bytes, bytes.len));
    buf_deinit(&bytes);
}

static void step_until(struct world *world, int64_t at_us)
{
    while (world_now_us(world) < at_us && world_step(world)) {
    }
}

static struct plan plan_of(void)
{
    static const char text[] =
        "{\"name\":\"t\",\"clients\":8,\"rooms\":2,\"membersPerRoom\":4,\"nodes\":2,"
        "\"duration\":\"20s\",\"settle\":\"20s\",\"workload\":{\"send\":{\"every\":\"5s\"},"
        "\"corpus\":\"c\"},\"faults\":["
        "{\"kind\":\"node_crash\",\"at\":\"12s\",\"for\":\"2s\"},"
        "{\"kind\":\"disconnect_abrupt\",\"every\":\"10s\",\"from\":\"10s\",\"to\":\"18s\"}]}";
    static const struct scenario_overrides none = {0};
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan = {0};

    if (scenario_parse(text, strlen(text), &scenario, &why) != HB_OK ||
        scenario_plan(scenario, 3, &none, "hello\n", 6, &plan, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    scenario_free(&scenario);
    buf_deinit(&why);
    return plan;
}

/* At 4 s the first client makes the room, with an invited one, at 5 s others join, from 6 s on all write there. */
static void run(struct seen *seen)
{
    struct plan plan = plan_of();
    const struct bounds bounds = plan_bounds(&plan);

    seen->room = OBS_NONE;
    seen->judge = judge_new(&bounds);
    struct world *world =
        world_new(&plan, (struct obs_sink){.observe = observe, .user = seen}, false);
    step_until(world, 4 * S);
    struct frame frame = {.type = FRAME_ROOM_CREATE};
    struct text invited = TEXT("u3");
    frame.room = (struct frame_room){.room_id = CLUB,
                                     .client_id = TEXT("make"),
                                     .open = true,
                                     .members = &invited,
                                     .members_len = 1};
    send_frame(world, 0, &frame);
    step_until(world, 5 * S);
    frame = (struct frame){.type = FRAME_ROOM_JOIN};
    frame.room = (struct frame_room){.room_id = CLUB, .client_id = TEXT("join")};
    for (uint32_t i = 1; i < PEERS - 1; i++) {
        send_frame(world, i, &frame);
    }
    for (int64_t second = 6; second < 19; second++) {
        step_until(world, second * S);
        for (uint32_t i = 0; i < PEERS; i++) {
            struct client_event event = {.kind = CLIENT_SAY};
            event.say.room_ref = CLIENT_ROOM_NONE;
            event.say.room_id = CLUB;
            event.say.content = TEXT("hi");
            world_client_event(world, i, &event);
        }
    }
    while (world_step(world)) {
    }
    struct world_stats stats;
    world_stats(world, &stats);
    assert_true(stats.quiet);
    world_free(&world);
    plan_deinit(&plan);
}

static void what_a_made_room_shows_is_judged(void **state)
{
    (void)state;
    struct seen seen = {.plant = false};
    const struct violation *found;

    run(&seen);
    assert_int_equal(seen.room, 2); /* behind the two of the plan */
    assert_int_equal(seen.in_room[OBS_MEMBER], PEERS);
    assert_int_equal(seen.in_room[OBS_SEND], 13 * PEERS);
    assert_int_equal(seen.in_room[OBS_ACK], 13 * PEERS);
    assert_int_equal(seen.in_room[OBS_ACK_SENT] >= 13 * PEERS, 1);
    assert_int_equal(seen.in_room[OBS_COMMIT], 14 * PEERS);
    assert_int_equal(seen.in_room[OBS_FINAL], 14 * PEERS);
    assert_true(seen.in_room[OBS_SHOWN] >= 13 * PEERS * PEERS);
    assert_true(seen.in_room[OBS_HEAD] > 0);
    assert_int_equal(judge_violations(seen.judge, &found), 0);
    judge_free(&seen.judge);
}

static void a_duplicate_in_a_made_room_is_found(void **state)
{
    (void)state;
    struct seen seen = {.plant = true};
    const struct violation *found;

    run(&seen);
    assert_true(judge_violations(seen.judge, &found) > 0);
    bool twice = false;
    for (size_t i = 0; i < judge_violations(seen.judge, &found); i++) {
        assert_int_equal(found[i].room, seen.room);
        twice = twice || found[i].invariant == ORD_08;
    }
    assert_true(twice);
    judge_free(&seen.judge);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_made_room_shows_is_judged),
        cmocka_unit_test(a_duplicate_in_a_made_room_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
