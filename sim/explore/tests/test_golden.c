/* Golden runs: the same (scenario, seed) gives the same hash in every build. */
/* labels: golden;sim */
/* timeout: 300 */
#include "server/base/tests/test.h"
#include "sim/explore/run.h"
#include "sim/explore/scenario.h"
#include "sim/explore/verify.h"
#include "sim/history/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASHES      "fixtures/golden-hashes.json"
#define TRACE       "fixtures/golden-trace.txt"
#define TRACE_LINES 400

static const struct {
    const char *scenario;
    uint64_t from, to; /* seeds, of the small form */
} runs[] = {{"quiet", 1, 3}, {"reference", 1, 2}, {"city", 1, 16}};

static void read_file(const char *path, struct buf *ret)
{
    char chunk[65536];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s: cannot read it; run this from the repository's root", path);
        return;
    }
    buf_clear(ret);
    buf_reserve(ret, 1);
    for (size_t len = 1; len > 0;) {
        len = fread(chunk, 1, sizeof chunk, file);
        buf_add(ret, chunk, len);
    }
    (void)fclose(file);
}

static struct plan plan_of(const char *name, uint64_t seed)
{
    const struct scenario_overrides overrides = {.small = true};
    struct scenario *scenario = NULL;
    struct buf text = {0};
    struct buf corpus = {0};
    struct buf why = {0};
    struct plan plan;
    char path[128];

    (void)snprintf(path, sizeof path, "scenarios/%s.json", name);
    read_file(path, &text);
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

/* One line a run: what the fixture file holds. */
static void hashes(struct buf *out)
{
    const struct obs_sink none = {.observe = NULL};
    const struct run_progress quiet = {NULL, NULL};
    const char *comma = "";

    buf_add_text(out, "[\n");
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        for (uint64_t seed = runs[i].from; seed <= runs[i].to; seed++) {
            struct plan plan = plan_of(runs[i].scenario, seed);
            struct run_result result;
            char hex[HASH128_HEX_LEN + 1];
            run_plan(&plan, NULL, 0, none, quiet, &result);
            hash128_hex(result.hash, hex);
            buf_printf(out,
                       "%s  {\"scenario\": \"%s\", \"small\": true, \"seed\": %llu, \"verdict\": "
                       "\"%s\", \"events\": %llu, \"deliveries\": %llu, \"hash\": \"%s\"}",
                       comma, runs[i].scenario, (unsigned long long)seed,
                       verdict_word(result.judgement.verdict),
                       (unsigned long long)result.tally.events,
                       (unsigned long long)result.tally.deliveries, hex);
            comma = ",\n";
            run_result_deinit(&result);
            plan_deinit(&plan);
        }
    }
    buf_add_text(out, "\n]\n");
}

struct trace {
    struct buf text;
    uint32_t lines;
};

static void trace_line(void *user, const struct obs *obs)
{
    struct trace *trace = user;
    const bool edge = obs->kind >= OBS_WANT && obs->kind <= OBS_DRAIN;
    /* Declarations, what is shown, and what passes a node's edge say little of what happened. */
    if (trace->lines < TRACE_LINES && obs->at_us > 0 && obs->kind != OBS_SHOWN && !edge) {
        history_write_obs(obs, &trace->text);
        trace->lines++;
    }
}

static void trace_of_city(struct buf *out)
{
    const struct run_progress quiet = {NULL, NULL};
    struct plan plan = plan_of("city", 3);
    struct trace trace = {.lines = 0};
    struct run_result result;

    run_plan(&plan, NULL, 0, (struct obs_sink){.observe = trace_line, .user = &trace}, quiet,
             &result);
    run_result_deinit(&result);
    plan_deinit(&plan);
    buf_add(out, trace.text.bytes, trace.text.len);
    buf_deinit(&trace.text);
}

/* Names the first line that differs. */
static void same_lines(const char *path, const struct buf *got)
{
    struct buf want = {0};
    uint32_t line = 1;
    size_t at = 0;
    size_t start = 0;

    read_file(path, &want);
    while (at < want.len && at < got->len && want.bytes[at] == got->bytes[at]) {
        if (want.bytes[at] == '\n') {
            line++;
            start = at + 1;
        }
        at++;
    }
    if (at < want.len || at < got->len) {
        print_message("%s, line %u\n  was %.*s\n  is  %.*s\n", path, (unsigned)line,
                      (int)strcspn(want.bytes + start, "\n"), want.bytes + start,
                      (int)strcspn(got->bytes + start, "\n"), got->bytes + start);
        fail_msg("runs have changed: if that is meant, ci/golden writes the file anew");
    }
    buf_deinit(&want);
}

static void golden_runs_have_their_hashes(void **state)
{
    (void)state;
    struct buf got = {0};
    hashes(&got);
    same_lines(HASHES, &got);
    buf_deinit(&got);
}

static void a_golden_run_has_its_trace(void **state)
{
    (void)state;
    struct buf got = {0};
    trace_of_city(&got);
    same_lines(TRACE, &got);
    buf_deinit(&got);
}

static void the_order_and_number_of_runs_do_not_matter(void **state)
{
    (void)state;
    struct buf once = {0};
    struct buf again = {0};
    hashes(&once);
    trace_of_city(&again); /* another run in between */
    buf_clear(&again);
    hashes(&again);
    assert_string_equal(once.bytes, again.bytes);
    buf_deinit(&once);
    buf_deinit(&again);
}

static void two_worlds_agree_event_by_event(void **state)
{
    (void)state;
    char where[300];
    struct plan plan = plan_of("city", 5);
    assert_true(run_verify(&plan, 0, where, sizeof where));
    plan_deinit(&plan);
}

static void a_planted_difference_is_named_by_the_event_that_shows_it(void **state)
{
    (void)state;
    char where[300] = "";
    struct plan plan = plan_of("city", 5);
    assert_false(run_verify(&plan, 1234, where, sizeof where));
    print_message("%s\n", where);
    /* The planted draw shows when the next one is made. */
    assert_int_equal(strncmp(where, "event ", 6), 0);
    const unsigned long event = strtoul(where + 6, NULL, 10);
    assert_in_range(event, 1234, 2234);
    assert_false(run_verify(&plan, 1234, where, sizeof where));
    assert_int_equal(strtoul(where + 6, NULL, 10), event);
    plan_deinit(&plan);
}

static int write_files(void)
{
    struct buf text = {0};
    const struct {
        const char *path;
        void (*make)(struct buf *out);
    } files[] = {{HASHES, hashes}, {TRACE, trace_of_city}};
    for (size_t i = 0; i < 2; i++) {
        buf_clear(&text);
        files[i].make(&text);
        FILE *file = fopen(files[i].path, "wb");
        if (file == NULL || fwrite(text.bytes, 1, text.len, file) != text.len ||
            fclose(file) != 0) {
            (void)fprintf(stderr, "%s: cannot write it\n", files[i].path);
            return 1;
        }
    }
    buf_deinit(&text);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--write") == 0) {
        return write_files();
    }
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_runs_have_their_hashes),
        cmocka_unit_test(a_golden_run_has_its_trace),
        cmocka_unit_test(the_order_and_number_of_runs_do_not_matter),
        cmocka_unit_test(two_worlds_agree_event_by_event),
        cmocka_unit_test(a_planted_difference_is_named_by_the_event_that_shows_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
