/* A recorded history judged again says the same: of runs that hold, and of runs in which one thing that
 * was observed is twisted, so that they are red by many invariants. */
/* labels: sim */
/* timeout: 300 */
#include "server/base/tests/test.h"
#include "sim/explore/run.h"
#include "sim/explore/scenario.h"
#include "sim/history/file.h"
#include "sim/plan/facts.h"
#include "sim/world/world.h"

#include <stdio.h>
#include <string.h>

#define SEEDS 12

static void read_file(const char *path, struct buf *ret)
{
    char chunk[65536];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t len = 1; len > 0;) {
        len = fread(chunk, 1, sizeof chunk, file);
        buf_add(ret, chunk, len);
    }
    (void)fclose(file);
}

static struct plan plan_of(uint64_t seed)
{
    const struct scenario_overrides overrides = {.small = true};
    struct scenario *scenario = NULL;
    struct buf text = {0};
    struct buf corpus = {0};
    struct buf why = {0};
    struct plan plan;

    read_file("scenarios/city.json", &text);
    read_file("fixtures/corpus/messages.txt", &corpus);
    assert_int_equal(scenario_parse(text.bytes, text.len, &scenario, &why), HB_OK);
    assert_int_equal(
        scenario_plan(scenario, seed, &overrides, corpus.bytes, corpus.len, &plan, &why), HB_OK);
    scenario_free(&scenario);
    buf_deinit(&text);
    buf_deinit(&corpus);
    buf_deinit(&why);
    return plan;
}

struct recorded {
    struct judge *judge;
    struct buf text;
    uint64_t twist; /* which way; 0: none */
    uint64_t shown; /* so far */
};

/* False: it is left out. */
static bool twisted(struct recorded *recorded, struct obs *obs)
{
    if (recorded->twist == 1 && obs->kind == OBS_ACK && obs->seq % 5 == 0) {
        obs->seq++;
    }
    if (recorded->twist == 2 && obs->kind == OBS_STAMP && obs->hlc % 3 == 0) {
        return false;
    }
    if (obs->kind != OBS_SHOWN) {
        return true;
    }
    recorded->shown++;
    if (recorded->twist == 3 && recorded->shown % 400 == 0) {
        return false;
    }
    if (recorded->twist == 4 && recorded->shown % 300 == 0) {
        obs->sender ^= 1;
    }
    if (recorded->twist == 5 && recorded->shown % 200 == 0) {
        obs->seq++;
    }
    return true;
}

static void record(void *user, const struct obs *obs)
{
    struct recorded *recorded = user;
    struct obs own = *obs;

    if (twisted(recorded, &own)) {
        history_write_obs(&own, &recorded->text);
        judge_observe(recorded->judge, &own);
    }
}

static struct judge *judged_again(const struct bounds *bounds, const struct buf *text)
{
    struct judge *judge = judge_new(bounds);
    struct buf why = {0};
    struct obs obs;

    for (const char *line = text->bytes; line < text->bytes + text->len;) {
        const char *end = memchr(line, '\n', (size_t)(text->bytes + text->len - line));
        assert_non_null(end);
        assert_int_equal(history_read_obs(line, (size_t)(end - line), &obs, &why), HB_OK);
        judge_observe(judge, &obs);
        line = end + 1;
    }
    buf_deinit(&why);
    return judge;
}

static void assert_same(const struct judge *first, const struct judge *again, bool *ret_red)
{
    const struct violation *a;
    const struct violation *b;

    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_result one = judge_result(first, (enum invariant)i);
        const struct invariant_result two = judge_result(again, (enum invariant)i);
        assert_int_equal(one.state, two.state);
        assert_int_equal(one.judged, two.judged);
        assert_int_equal(one.violations, two.violations);
        assert_int_equal(one.used_us, two.used_us);
        assert_int_equal(one.bound_us, two.bound_us);
        assert_true(one.state != JUDGED_HELD || one.used_us <= one.bound_us);
    }
    const size_t len = judge_violations(first, &a);
    assert_int_equal(judge_violations(again, &b), len);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(a[i].invariant, b[i].invariant);
        assert_int_equal(a[i].at_us, b[i].at_us);
        assert_int_equal(a[i].observation, b[i].observation);
        assert_string_equal(a[i].summary, b[i].summary);
    }
    assert_string_equal(judge_unrest(first), judge_unrest(again));
    *ret_red = *ret_red || len > 0;
}

static void a_history_judged_again_says_the_same(void **state)
{
    bool held = false;
    (void)state;

    for (uint64_t twist = 0; twist <= 5; twist++) {
        bool red = false;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct plan plan = plan_of(seed);
            const struct bounds bounds = plan_bounds(&plan);
            struct recorded recorded = {.judge = judge_new(&bounds), .twist = twist};
            struct world *world =
                world_new(&plan, (struct obs_sink){.observe = record, .user = &recorded}, true);
            while (world_step(world)) {
            }
            struct judge *again = judged_again(&bounds, &recorded.text);
            assert_same(recorded.judge, again, &red);
            judge_free(&again);
            judge_free(&recorded.judge);
            buf_deinit(&recorded.text);
            world_free(&world);
            plan_deinit(&plan);
        }
        held = held || (twist == 0 && !red);
        assert_true(twist == 0 || red); /* else this way of twisting shows nothing */
    }
    assert_true(held);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_judged_again_says_the_same),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
