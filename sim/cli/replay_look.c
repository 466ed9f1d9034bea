/* hubbub replay --until, --show, --trace, --step: looking around in a run. */
#include "sim/cli/replay.h"
#include "sim/look/look.h"

#include <stdio.h>

bool look_wanted(const struct args *args)
{
    return args->until.given || args->steps > 0 || args->shows.len > 0 || args->traces.len > 0;
}

static void tell(void *user, const struct buf *lines)
{
    (void)user;
    page_print(lines->bytes);
}

static void fail(const char *flag, struct buf *why)
{
    say_error("hubbub replay: %s: %s\n", flag, why->bytes);
}

/* What the flags ask for. False, and one line: the plan has no such thing. */
static bool read_wishes(const struct args *args, const struct plan *plan, struct lens *lens,
                        struct show_wish shows[WORDS_MAX])
{
    struct buf why = {0};
    bool good = true;

    for (uint32_t i = 0; i < args->traces.len && good; i++) {
        good = lens_read(lens, args->traces.items[i], plan, &why);
    }
    if (!good) {
        fail("--trace", &why);
    }
    for (uint32_t i = 0; i < args->shows.len && good; i++) {
        good = show_read(args->shows.items[i], plan, &shows[i], &why);
        if (!good) {
            fail("--show", &why);
        }
    }
    buf_deinit(&why);
    return good;
}

enum exit_code replay_look(const char *path, const struct args *args)
{
    struct loaded_plan loaded;
    struct lens lens = {.all = false};
    struct show_wish shows[WORDS_MAX];
    char what[SEED_WHAT_CAP];

    if (args->from.event != 0) {
        say_error("hubbub replay: --from: expected an instant such as 12.4s, got a number\n");
        return EXIT_INPUT;
    }
    if (!plan_load(path, &loaded)) {
        return EXIT_INPUT;
    }
    const bool good = read_wishes(args, &loaded.plan, &lens, shows);
    if (good) {
        const struct look_wish wish = {
            .lens = args->traces.len > 0 ? &lens : NULL,
            .from_us = args->from.us,
            .until_us = args->until.given && args->until.event == 0 ? args->until.us : INT64_MAX,
            .until_event = args->until.event,
            .steps = args->steps,
            .shows = shows,
            .shows_len = args->shows.len,
            .tell = tell};
        seed_begin(loaded.plan.seed, loaded.plan.scenario, what);
        look(&loaded.plan, &wish);
    }
    lens_deinit(&lens);
    plan_unload(&loaded);
    return good ? EXIT_HELD : EXIT_INPUT;
}
