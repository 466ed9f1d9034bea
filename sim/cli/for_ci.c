/* What CI systems read of a command: junit.xml and summary.md, and lines for GitHub. See cli.h. */
#include "reports/annotations.h"
#include "reports/junit.h"
#include "reports/markdown.h"
#include "sim/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cases_tell(const struct report_cases *cases, const struct args *args)
{
    const char *github = getenv("GITHUB_ACTIONS");
    struct buf text = {0};
    bool good = true;

    if (args->results != NULL) {
        report_junit(cases, &text);
        good = out_write(args, "junit.xml", &text);
        buf_clear(&text);
        report_markdown(cases, &text);
        good = out_write(args, "summary.md", &text) && good;
        buf_clear(&text);
    }
    if (github != NULL && strcmp(github, "true") == 0) {
        report_annotations(cases, &text);
        (void)fputs(text.bytes, args->json ? stderr : stdout);
    }
    buf_deinit(&text);
    return good;
}

struct report_case replayed_case(struct report_case run, enum replay replay, const char *why,
                                 bool fixed_is_news)
{
    if (replay == REPLAY_UNEXPECTED) {
        return run;
    }
    run.word = replay_word(replay);
    run.message = replay == REPLAY_FAILS_DIFFERENTLY && run.message[0] != 0 ? run.message : why;
    switch (exit_of_replay(replay, VERDICT_HELD, fixed_is_news)) {
    case EXIT_HELD:
        run.end = CASE_GOOD;
        break;
    case EXIT_VIOLATED:
        run.end = CASE_BAD;
        break;
    case EXIT_INPUT:
    case EXIT_HARNESS:
    case EXIT_INCONCLUSIVE:
        run.end = CASE_UNCLEAR;
        break;
    }
    return run;
}
