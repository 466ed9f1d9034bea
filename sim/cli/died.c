/* A failed assertion ends a run: what led to it is told like a violation. See cli.h.
 *
 * The process is lost, its heap is not: the same plan runs once more, recorded, in the same process, until the
 * same assertion fails again. */
#include "reports/story.h"
#include "sim/cli/cli.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct death {
    const struct execution *execution;
    struct violation violation;
    struct keep keep;
};

/* The second time: all that led to it is there. */
static void tell(void *user, const char *file, int line, const char *what)
{
    const struct death *death = user;
    const struct execution *execution = death->execution;
    const struct style style = style_of(STDOUT_FILENO);
    struct buf page = {0};
    struct buf text = {0};
    struct buf path = {0};

    (void)file;
    (void)line;
    (void)what;
    story_print(&death->keep, word_of_fault, &style, &page);
    buf_printf(&page, "\nAgain:   %s\n", execution->command);
    if (!execution->args->quiet) {
        page_print(page.bytes);
    }
    if (execution->args->results != NULL) {
        plan_write(execution->plan, execution->scenario, NULL, &text);
        const bool plan = out_write(execution->args, "plan.json", &text);
        buf_clear(&text);
        story_print(&death->keep, word_of_fault, &(struct style){.colours = false}, &text);
        if (plan && out_write(execution->args, "violation.txt", &text)) {
            out_path(execution->args, "plan.json", &path);
            buf_clear(&text);
            command_add(&text, "hubbub replay", path.bytes);
            say("Replay:  %s\n", text.bytes);
        }
    }
    (void)fflush(stdout);
}

/* The first time. */
static void run_again(void *user, const char *file, int line, const char *what)
{
    static const char *const parts[] = {"server/", "sim/", "reports/"};
    struct hb_context *context = hb_context();
    struct death death = {.execution = user};
    const char *place = file;
    struct run_result result;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *found = strstr(file, parts[i]); /* the file's place in the repository */
        place = found != NULL && place == file ? found : place;
    }
    death.violation = (struct violation){.at_us = context->now_us,
                                         .room = OBS_NONE,
                                         .user = OBS_NONE,
                                         .node = context->part > 0 ? (uint16_t)(context->part - 1)
                                                                   : OBS_NODE_NONE};
    (void)snprintf(death.violation.summary, sizeof death.violation.summary, "%s:%d: %s", place,
                   line, what);
    keep_init(&death.keep, &death.violation);
    death.keep.died = true;
    context->dies = tell;
    context->dies_user = &death;
    (void)fprintf(stderr, "the same run once more, recorded, to tell what led to it:\n");
    run_plan(death.execution->plan, NULL, 0, keep_sink(&death.keep),
             (struct run_progress){NULL, NULL}, &result);
    say_error(
        "hubbub: the recorded execution of the same plan did not fail: run it with --verify to "
        "see where they differ\n");
}

void died_begin(const struct execution *execution)
{
    hb_context()->dies = run_again;
    hb_context()->dies_user = (void *)(uintptr_t)execution;
}

void died_end(void)
{
    hb_context()->dies = NULL;
}
