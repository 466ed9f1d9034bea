/* hubbub check on our own text form: the judge of runs, on a file. */
#include "reports/story.h"
#include "sim/cli/check.h"
#include "sim/history/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct reading {
    struct lines *lines;
    struct lint lint;
    struct bounds bounds;
    uint64_t count; /* lines so far */
    int64_t first_us, last_us;
    uint64_t devices, rooms, messages;
};

static bool wrong(struct reading *reading, const char *why)
{
    char text[400];
    (void)snprintf(text, sizeof text, "line %" PRIu64 ": %s", reading->count, why);
    return lint_wrong(&reading->lint, reading->lines->path, text);
}

static void count(struct reading *reading, const struct obs *obs)
{
    reading->first_us = reading->count == 2 ? obs->at_us : reading->first_us;
    reading->last_us = obs->at_us;
    reading->devices += obs->kind == OBS_DEVICE;
    reading->rooms += obs->kind == OBS_ROOM;
    reading->messages += obs->kind == OBS_SEND;
}

/* Each line to `sink`; false: the file is not of the form. */
static bool read_all(struct reading *reading, struct obs_sink sink)
{
    struct buf why = {0};
    struct obs obs;
    const char *line;
    size_t len;
    bool good = true;
    int64_t before_us = 0;

    while (good && lines_next(reading->lines, &line, &len)) {
        reading->count++;
        len -= len > 0 && line[len - 1] == '\r';
        if (reading->count == 1) {
            good = history_read_header(line, len, &reading->bounds, &why) == HB_OK ||
                   wrong(reading, why.bytes);
        } else if (history_read_obs(line, len, &obs, &why) != HB_OK) {
            good = wrong(reading, why.bytes);
        } else if (obs.at_us < before_us) {
            good = wrong(reading, "at_us goes back: expected lines in order of time");
        } else {
            before_us = obs.at_us;
            count(reading, &obs);
            if (sink.observe != NULL) {
                sink.observe(sink.user, &obs);
            }
        }
    }
    buf_deinit(&why);
    return good && reading->lint.errors == 0;
}

/* --- The story of the first violation: the file once more ------------------------------------ */

static void observe_story(void *user, const struct obs *obs)
{
    keep_observe(user, obs);
}

static void tell_story(const struct args *args, const struct violation *violations, size_t len,
                       struct buf *out)
{
    const char *path = args->files[0];
    struct style style = style_of(STDOUT_FILENO);
    struct keep keep;
    struct lines lines;
    struct reading reading = {.lines = &lines};

    if (len == 0 || strcmp(path, "-") == 0 || !lines_open(&lines, path, HISTORY_LINE_BYTES_MAX)) {
        return;
    }
    style.colours = false;
    style.columns = args->out != NULL ? 0 : style.columns; /* a file has the same */
    keep_init(&keep, &violations[0]);
    (void)read_all(&reading, (struct obs_sink){.observe = observe_story, .user = &keep});
    (void)lines_close(&lines);
    story_print(&keep, word_of_fault, &style, out);
    keep_deinit(&keep);
}

/* --- The command ---------------------------------------------------------------------------- */

static const char *why_of(const struct invariant_result *result)
{
    switch (result->state) {
    case JUDGED_NO_EVIDENCE:
        return "the history has no such evidence";
    case JUDGED_NOT_EXERCISED:
        return "nothing in the history puts it to the test";
    case JUDGED_HELD:
    case JUDGED_VIOLATED:
        break;
    }
    return "";
}

static enum exit_code tell(const struct args *args, const struct reading *reading,
                           const struct judge *judge, int64_t started_us)
{
    struct checked_row rows[INVARIANT_COUNT];
    const struct violation *violations;
    const size_t len = judge_violations(judge, &violations);
    struct checked_violation *told = hb_calloc(len, sizeof *told);
    struct buf more = {0};

    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_info *info = invariant_info((enum invariant)i);
        rows[i] = (struct checked_row){info->id, info->sentence,
                                       judge_result(judge, (enum invariant)i), ""};
        rows[i].why = why_of(&rows[i].result);
    }
    for (size_t i = 0; i < len; i++) {
        const struct invariant_info *info = invariant_info(violations[i].invariant);
        told[i] = (struct checked_violation){.id = info->id,
                                             .sentence = info->sentence,
                                             .summary = violations[i].summary,
                                             .at_us = violations[i].at_us,
                                             .file = reading->lines->path,
                                             .line = violations[i].observation + 2,
                                             .room = ""};
    }
    tell_story(args, violations, len, &more);
    struct checked checked = {.version = HUBBUB_VERSION,
                              .name = reading->lines->path,
                              .unclear = judge_unrest(judge),
                              .lines = reading->count,
                              .devices = reading->devices,
                              .rooms = reading->rooms,
                              .messages = reading->messages,
                              .first_us = reading->first_us,
                              .last_us = reading->last_us,
                              .wall_us = now_us() - started_us,
                              .rows = rows,
                              .rows_len = INVARIANT_COUNT,
                              .violations = told,
                              .violations_len = len};
    const enum exit_code code = check_tell(args, &checked, &more);
    free(told);
    buf_deinit(&more);
    return code;
}

struct judging {
    struct reading *reading;
    struct judge *judge; /* made at the first observation: the header's bounds are known then */
};

static void observe(void *user, const struct obs *obs)
{
    struct judging *judging = user;
    if (judging->judge == NULL) {
        judging->judge = judge_new(&judging->reading->bounds);
    }
    judge_observe(judging->judge, obs);
}

enum exit_code check_history(const struct args *args, struct lines *lines)
{
    const int64_t started_us = now_us();
    struct reading reading = {.lines = lines, .lint = {.on = args->lint}};
    struct judging judging = {&reading, NULL};
    enum exit_code code = EXIT_INPUT;

    lines->line_max = HISTORY_LINE_BYTES_MAX;
    const struct obs_sink sink = {.observe = args->lint ? NULL : observe, .user = &judging};
    const bool good = read_all(&reading, sink);
    if (good && args->lint) {
        say("%s: %" PRIu64 " lines, all of the form\n", lines->path, reading.count);
        code = EXIT_HELD;
    } else if (good) {
        if (judging.judge == NULL) {
            judging.judge = judge_new(&reading.bounds);
        }
        code = tell(args, &reading, judging.judge, started_us);
    }
    judge_free(&judging.judge);
    return code;
}
