/* Announcements among what a node writes to Redis. */
/* labels: sim */
#include "server/base/tests/test.h"
#include "sim/world/announced.h"
#include "sim/world/tests/small_plan.h"
#include "sim/world/world.h"

#include <string.h>

static struct announced_walk walk;
static int64_t key;
static uint64_t head;

static void reads(const char *bytes)
{
    walk = announced_begin(bytes, strlen(bytes));
    key = -1;
    head = 0;
}

static void assert_next(int64_t next_key, uint64_t next_head)
{
    assert_true(announced_next(&walk, &key, &head));
    assert_int_equal(key, next_key);
    assert_int_equal(head, next_head);
}

static void heads_are_found_among_other_commands(void **state)
{
    (void)state;
    reads("*1\r\n$4\r\nPING\r\n"
          "*3\r\n$7\r\nPUBLISH\r\n$23\r\n0000000000000001:room:a\r\n$7\r\nn 1 1 8\r\n"
          "*3\r\n$7\r\nPUBLISH\r\n$22\r\n0000000000000001:nodes\r\n$38\r\n01.0123456789abcdef n1 2 "
          "7 3 4:50 6:70\r\n"
          "*3\r\n$7\r\nPUBLISH\r\n$22\r\n0000000000000001:nodes\r\n$36\r\n01.0123456789abcdef n1 2 "
          "7 4 all 8:9\r\n");
    assert_next(4, 50);
    assert_next(6, 70);
    assert_next(8, 9);
    assert_false(announced_next(&walk, &key, &head));
}

static void an_announcement_may_name_none(void **state)
{
    (void)state;
    reads(
        "*3\r\n$7\r\nPUBLISH\r\n$22\r\n0000000000000001:nodes\r\n$28\r\n01.0123456789abcdef n1 2 7 "
        "3\r\n"
        "*3\r\n$7\r\nPUBLISH\r\n$22\r\n0000000000000001:nodes\r\n$20\r\n01.0123456789abcdef \r\n");
    assert_false(announced_next(&walk, &key, &head));
    assert_int_equal(key, -1);
}

static void what_is_no_command_ends_the_walk(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "*",
        "*3\r\n$7\r\nPUBLISH\r\n$22\r\n0000000000000001:nodes\r\n$199\r\n01.0123456789abcdef n1 2 "
        "7 3 4:5\r\n",
        "PUBLISH nodes 4:5\r\n",
        "*3\r\n$99999999999999999999\r\nPUBLISH\r\n$22\r\n0000000000000001:nodes\r\n$29\r\n01."
        "0123456789abcdef n1 2 7 3 "
        "4:5\r\n",
        "*3\r\n$7\r\nPUBLISH\r\n$22\r\n0000000000000001:nodes\r\n$37\r\n01.0123456789abcdef n1 2 7 "
        "3 x 4: :5 \r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        reads(bad[i]);
        assert_false(announced_next(&walk, &key, &head));
    }
}

/* --- In a world ----------------------------------------------------------------------------- */

struct seen {
    uint64_t heads[64]; /* by room */
    uint64_t announced;
};

static void observe(void *user, const struct obs *obs)
{
    struct seen *seen = user;

    if (obs->kind == OBS_COMMIT) {
        assert_in_range(obs->room, 0, 63);
        seen->heads[obs->room] = obs->seq;
    } else if (obs->kind == OBS_ANNOUNCED) {
        assert_in_range(obs->room, 0, 63);
        assert_in_range(obs->seq, 1, seen->heads[obs->room]);
        seen->announced++;
    }
}

static void a_world_tells_what_its_nodes_announce(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct plan plan = small_plan(7);
    struct world *world =
        world_new(&plan, (struct obs_sink){.observe = observe, .user = &seen}, false);

    while (world_step(world)) {
    }
    world_free(&world);
    plan_deinit(&plan);
    assert_true(seen.announced > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_found_among_other_commands),
        cmocka_unit_test(an_announcement_may_name_none),
        cmocka_unit_test(what_is_no_command_ends_the_walk),
        cmocka_unit_test(a_world_tells_what_its_nodes_announce),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
