/* ORD-07 against a reference. */
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

static struct story s;

static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

/* A frontier says what a full account of causality says: random histories of several devices and
 * rooms, judged beside sets of all that lies in each device's past. */

#define ENTRIES_MAX 64
#define DEVICES     3
#define ROOMS       2

struct world {
    struct rng rng;
    uint64_t past[DEVICES]; /* what lies in the device's past: bit e for entry e */
    uint64_t entry_past[ENTRIES_MAX];
    uint64_t entry_hlc[ENTRIES_MAX];
    uint64_t entry_client_id[ENTRIES_MAX];
    uint32_t entry_room[ENTRIES_MAX], entry_device[ENTRIES_MAX];
    uint64_t entry_seq[ENTRIES_MAX];
    bool entry_acked[ENTRIES_MAX];
    uint32_t entries;
    uint64_t heads[ROOMS];
    uint64_t at[DEVICES][ROOMS]; /* the last place shown */
};

static uint64_t sender_of(uint32_t device)
{
    return device % 2 == 0 ? ANA : BOB;
}

/* Whether anything in the past of entry `e` is stamped as high as it is. */
static bool oracle_broken(const struct world *world, uint32_t e)
{
    for (uint32_t x = 0; x < e; x++) {
        if ((world->entry_past[e] >> x & 1) != 0 && world->entry_hlc[x] >= world->entry_hlc[e]) {
            return true;
        }
    }
    return false;
}

static bool write_one(struct world *world)
{
    const uint32_t device = (uint32_t)rng_between(&world->rng, 0, DEVICES - 1);
    const uint32_t room = (uint32_t)rng_between(&world->rng, 0, ROOMS - 1);
    const uint32_t e = world->entries++;
    /* Mostly above all before it, sometimes below some. */
    const uint64_t hlc = HLC(WALL_MS, 4 * e + 100 -
                                          (uint64_t)rng_between(&world->rng, 0, 1) *
                                              (uint64_t)rng_between(&world->rng, 0, 24));
    world->entry_past[e] = world->past[device];
    world->entry_hlc[e] = hlc;
    world->entry_client_id[e] = 1000 + e;
    world->entry_room[e] = room;
    world->entry_device[e] = device;
    world->entry_seq[e] = ++world->heads[room];
    world->entry_acked[e] = false;
    const uint64_t before = found(&s, ORD_07);
    writes(&s, device, room, 1000 + e);
    commits(&s, (struct commit){.user = device % 2,
                                .room = room,
                                .seq = world->entry_seq[e],
                                .client_id = 1000 + e,
                                .node = (uint16_t)rng_between(&world->rng, 0, 1),
                                .stamp = hlc,
                                .hlc = hlc,
                                .wall_ms = WALL_MS});
    const bool broken = oracle_broken(world, e);
    assert_int_equal(found(&s, ORD_07) - before, broken);
    return broken;
}

static uint32_t entry_at(const struct world *world, uint32_t room, uint64_t seq)
{
    for (uint32_t e = 0; e < world->entries; e++) {
        if (world->entry_room[e] == room && world->entry_seq[e] == seq) {
            return e;
        }
    }
    return ENTRIES_MAX;
}

static void learn(struct world *world, uint32_t device, uint32_t e)
{
    world->past[device] |= world->entry_past[e] | UINT64_C(1) << e;
}

static void show_one(struct world *world)
{
    const uint32_t device = (uint32_t)rng_between(&world->rng, 0, DEVICES - 1);
    const uint32_t room = (uint32_t)rng_between(&world->rng, 0, ROOMS - 1);
    const uint32_t e = entry_at(world, room, world->at[device][room] + 1);
    if (e == ENTRIES_MAX) {
        return;
    }
    struct obs obs = row_of(OBS_SHOWN, device, room, ++world->at[device][room],
                            sender_of(world->entry_device[e]), world->entry_client_id[e]);
    obs.hlc = world->entry_hlc[e];
    tell(&s, obs);
    learn(world, device, e);
}

static void ack_one(struct world *world)
{
    for (uint32_t e = 0; e < world->entries; e++) {
        if (!world->entry_acked[e] && rng_chance(&world->rng, 300)) {
            struct obs obs = row_of(OBS_ACK, world->entry_device[e], world->entry_room[e],
                                    world->entry_seq[e], 0, world->entry_client_id[e]);
            obs.hlc = world->entry_hlc[e];
            tell(&s, obs);
            world->entry_acked[e] = true;
            learn(world, world->entry_device[e], e);
            return;
        }
    }
}

/* A history ends at its first break: after it, a frontier need not remember what was below. */
static bool history(uint64_t seed)
{
    struct world world = {.rng = rng_stream(seed, "causality", 0, 0), .heads = {2, 2}};
    for (uint32_t d = 0; d < DEVICES; d++) {
        world.at[d][0] = 2;
        world.at[d][1] = 2;
    }
    while (world.entries < ENTRIES_MAX) {
        switch (rng_between(&world.rng, 0, 3)) {
        case 0:
            if (write_one(&world)) {
                return true;
            }
            break;
        case 1:
            ack_one(&world);
            break;
        default:
            show_one(&world);
            break;
        }
    }
    return false;
}

static void a_frontier_judges_as_a_full_account_of_causality_does(void **state)
{
    (void)state;
    uint32_t broken = 0;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        story_end(&s);
        story_begin(&s);
        broken += history(seed);
    }
    assert_in_range(broken, 50, 499); /* both verdicts were put to the test */
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_frontier_judges_as_a_full_account_of_causality_does,
                                        setup, teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
