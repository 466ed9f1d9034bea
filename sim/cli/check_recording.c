/* hubbub check on recordings: several recorders' lines by time, and what the judge says. */
#include "sim/cli/check.h"
#include "sim/outside/outside.h"
#include "sim/recording/recording.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct recorder {
    struct lines *lines;
    struct recording *recording;
    struct recorded next;
    bool has_next;
    uint32_t source;
    uint64_t errors;
};

struct merge {
    struct recorder *recorders;
    uint32_t recorders_len;
    struct lint lint;
    bool failed;
};

/* Reads on until there is an event; wrong lines are told. */
static void advance(struct merge *merge, struct recorder *recorder)
{
    struct buf why = {0};
    const char *line;
    size_t line_len;

    recorder->has_next = false;
    while (!recorder->has_next && !merge->failed && lines_next(recorder->lines, &line, &line_len)) {
        switch (recording_read(recorder->recording, line, line_len, &recorder->next, &why)) {
        case RECORD_EVENT:
            recorder->has_next = true;
            break;
        case RECORD_HEADER:
        case RECORD_NOTHING:
            break;
        case RECORD_WRONG:
            recorder->errors++;
            merge->failed = !lint_wrong(&merge->lint, recorder->lines->path, why.bytes);
            break;
        }
    }
    buf_deinit(&why);
}

static struct recorder *earliest(struct merge *merge)
{
    struct recorder *first = NULL;
    for (uint32_t i = 0; i < merge->recorders_len; i++) {
        struct recorder *recorder = &merge->recorders[i];
        if (recorder->has_next && (first == NULL || recorder->next.at_us < first->next.at_us)) {
            first = recorder;
        }
    }
    return first;
}

/* --- What is told --------------------------------------------------------------------------- */

struct told {
    struct checked checked;
    struct checked_row rows[INVARIANT_COUNT];
    char why[INVARIANT_COUNT][128];
    struct checked_left_out left_out[OMITTED_COUNT];
    struct buf name, promised;
    struct checked_violation *violations;
    struct checked_sight *sights;
};

static void promised_words(const struct profile *profile, struct buf *out)
{
    buf_printf(out, "order %s, delivery %s", promised_order_word(profile->order),
               promised_delivery_word(profile->delivery));
    if (profile->within_us > 0) {
        buf_printf(out, " within %" PRId64 ".%03" PRId64 " s", profile->within_us / 1000000,
                   profile->within_us % 1000000 / 1000);
    }
    if (profile->delivery != DELIVERY_AT_MOST) {
        buf_add_text(out, profile->resumes ? ", also over a reconnect" : ", while connected");
    }
}

static void tell_findings(struct told *told, struct outside *outside, const struct merge *merge)
{
    const struct finding *findings;
    const size_t len = outside_findings(outside, &findings);
    size_t sights = 0;

    for (size_t i = 0; i < len; i++) {
        sights += findings[i].sights_len;
    }
    told->violations = hb_calloc(len, sizeof *told->violations);
    told->sights = hb_calloc(sights, sizeof *told->sights);
    sights = 0;
    for (size_t i = 0; i < len; i++) {
        const struct finding *found = &findings[i];
        const struct invariant_info *info = invariant_info(found->invariant);
        struct checked_violation *to = &told->violations[i];
        *to = (struct checked_violation){.id = info->id,
                                         .sentence = info->sentence,
                                         .summary = found->summary,
                                         .at_us = found->at_us,
                                         .file = merge->recorders[found->source].lines->path,
                                         .line = found->line,
                                         .room = outside_room(outside, found->room),
                                         .people_len = found->people_len,
                                         .sights = told->sights + sights,
                                         .sights_len = found->sights_len};
        for (uint32_t p = 0; p < found->people_len; p++) {
            to->people[p] = outside_device(outside, found->people[p]);
        }
        for (uint32_t s = 0; s < found->sights_len; s++) {
            const struct finding_sight *sight = &found->sights[s];
            told->sights[sights++] =
                (struct checked_sight){.at_us = sight->sight.at_us,
                                       .person = sight->person,
                                       .verb = record_verb_word(sight->sight.verb),
                                       .what = sight->sight.label};
        }
    }
    told->checked.violations = told->violations;
    told->checked.violations_len = len;
}

static void tell(struct told *told, struct outside *outside, const struct merge *merge,
                 const struct profile *profile)
{
    const struct outside_counts counts = outside_counts(outside);

    for (uint32_t i = 0; i < merge->recorders_len; i++) {
        buf_printf(&told->name, "%s%s", i > 0 ? " + " : "", merge->recorders[i].lines->path);
    }
    promised_words(profile, &told->promised);
    told->checked = (struct checked){.version = HUBBUB_VERSION,
                                     .name = told->name.bytes,
                                     .unclear = "",
                                     .promised = told->promised.bytes,
                                     .lines = counts.lines,
                                     .devices = counts.devices,
                                     .rooms = counts.rooms,
                                     .messages = counts.messages,
                                     .first_us = counts.first_us,
                                     .last_us = counts.last_us,
                                     .rows = told->rows,
                                     .rows_len = INVARIANT_COUNT,
                                     .left_out = told->left_out};
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct invariant_info *info = invariant_info((enum invariant)i);
        (void)snprintf(told->why[i], sizeof told->why[i], "%s",
                       outside_why(outside, (enum invariant)i));
        told->rows[i] = (struct checked_row){
            info->id, info->sentence, outside_result(outside, (enum invariant)i), told->why[i]};
    }
    for (int i = 0; i < OMITTED_COUNT; i++) {
        const uint64_t count = outside_omitted(outside, (enum omitted)i);
        if (count > 0) {
            told->left_out[told->checked.left_out_len++] =
                (struct checked_left_out){count, omitted_words((enum omitted)i)};
        }
    }
    tell_findings(told, outside, merge);
}

static void told_deinit(struct told *told)
{
    buf_deinit(&told->name);
    buf_deinit(&told->promised);
    free(told->violations);
    free(told->sights);
}

/* --- The command ---------------------------------------------------------------------------- */

static bool read_profile(const struct args *args, struct profile *ret)
{
    struct buf text = {0};
    struct buf why = {0};
    bool good = true;

    *ret = PROFILE_DEFAULT;
    if (args->profile != NULL) {
        good = file_read(args->profile, &text);
        if (good && profile_read(text.bytes, text.len, ret, &why) != HB_OK) {
            say_error("hubbub check: %s: %s\n", args->profile, why.bytes);
            good = false;
        }
    }
    buf_deinit(&text);
    buf_deinit(&why);
    return good;
}

/* A bound that a recorder's header states is part of the promise, if the profile does not say more. */
static void take_bounds(const struct merge *merge, struct profile *profile)
{
    int64_t within_us = 0;
    for (uint32_t i = 0; i < merge->recorders_len; i++) {
        const int64_t own = recording_header(merge->recorders[i].recording)->deliver_within_us;
        within_us = own > within_us ? own : within_us;
    }
    profile->within_us = profile->within_us > 0 ? profile->within_us : within_us;
}

static enum exit_code judge(const struct args *args, struct merge *merge, struct profile *profile)
{
    const int64_t started_us = now_us();
    const struct buf none = {0};
    enum exit_code code = EXIT_INPUT;

    take_bounds(merge, profile);
    struct outside *outside = outside_new(profile);
    for (uint32_t i = 0; i < merge->recorders_len; i++) {
        struct recorder *recorder = &merge->recorders[i];
        recorder->source = outside_source(outside, recording_header(recorder->recording));
    }
    for (struct recorder *next; !merge->failed && (next = earliest(merge)) != NULL;) {
        outside_observe(outside, next->source, recording_lines(next->recording), &next->next);
        advance(merge, next);
    }
    if (!merge->failed) {
        struct told *told = hb_calloc(1, sizeof *told);
        outside_end(outside);
        tell(told, outside, merge, profile);
        told->checked.wall_us = now_us() - started_us;
        code = check_tell(args, &told->checked, &none);
        told_deinit(told);
        free(told);
    }
    outside_free(&outside);
    return code;
}

static enum exit_code lint(const struct args *args, struct merge *merge)
{
    for (uint32_t i = 0; i < merge->recorders_len; i++) {
        struct recorder *recorder = &merge->recorders[i];
        while (recorder->has_next) {
            advance(merge, recorder);
        }
        if (recorder->errors == 0 && !args->quiet) {
            say("%s: %" PRIu64 " lines, all of the form\n", recorder->lines->path,
                recording_lines(recorder->recording));
        }
    }
    if (merge->lint.errors > ERRORS_TOLD) {
        say_error("hubbub check: and %" PRIu64 " more\n", merge->lint.errors - ERRORS_TOLD);
    }
    return merge->lint.errors > 0 ? EXIT_INPUT : EXIT_HELD;
}

enum exit_code check_recordings(const struct args *args, struct lines *lines, uint32_t lines_len)
{
    struct merge merge = {.recorders_len = lines_len, .lint = {.on = args->lint}};
    struct profile profile;
    enum exit_code code = EXIT_INPUT;

    if (!read_profile(args, &profile)) {
        return EXIT_INPUT;
    }
    merge.recorders = hb_calloc(lines_len, sizeof *merge.recorders);
    for (uint32_t i = 0; i < lines_len; i++) {
        merge.recorders[i].lines = &lines[i];
        merge.recorders[i].recording = recording_new();
        advance(&merge, &merge.recorders[i]); /* reads the header, too */
    }
    if (!merge.failed) {
        code = args->lint ? lint(args, &merge) : judge(args, &merge, &profile);
    }
    for (uint32_t i = 0; i < lines_len; i++) {
        recording_free(&merge.recorders[i].recording);
    }
    free(merge.recorders);
    return code;
}
