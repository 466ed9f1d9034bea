/* --known-failures: what was judged held against the list. See cli.h. */
#include "sim/cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

bool known_open(struct args *args, const char *command)
{
    const time_t now = time(NULL);
    struct buf text = {0};
    struct buf why = {0};
    struct tm day;
    char today[16] = "";

    if (args->known_failures == NULL) {
        return true;
    }
    bool good = gmtime_r(&now, &day) != NULL && strftime(today, sizeof today, "%Y-%m-%d", &day) > 0;
    HB_ASSERT(good);
    good = file_read(args->known_failures, &text);
    if (good && known_read(text.bytes, text.len, today, &args->known, &why) != HB_OK) {
        say_error("%s: %s: %s\n", command, args->known_failures, why.bytes);
        good = false;
    }
    buf_deinit(&text);
    buf_deinit(&why);
    return good;
}

bool known_look(const struct args *args, const struct known_subject *subject,
                struct known_words *ret)
{
    *ret = (struct known_words){.text = ""};
    return args->known != NULL && known_meet(args->known, subject, ret->text) == KNOWN_IS;
}

void known_states(const struct judgement *judgement, uint8_t ret[INVARIANT_COUNT])
{
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        ret[i] = (uint8_t)judgement->invariants[i].state;
    }
}

void known_case(struct report_case *of, bool known, const struct known_words *words)
{
    if (of->end != CASE_BAD || words->text[0] == 0) {
        return;
    }
    of->message = words->text; /* what was violated stands in the details */
    if (known) {
        of->end = CASE_KNOWN;
        of->word = KNOWN_WORD;
    }
}

enum exit_code known_code(const struct args *args, enum exit_code code)
{
    return code == EXIT_HELD && args->known != NULL && known_tell(args->known, NULL) > 0
               ? EXIT_INCONCLUSIVE
               : code;
}

void known_close(struct args *args, bool told)
{
    struct buf text = {0};

    if (args->known != NULL && told) {
        (void)known_tell(args->known, &text);
    }
    for (char *line = text.bytes, *end; text.len > 0 && *line != 0; line = end + 1) {
        end = strchr(line, '\n');
        *end = 0;
        args->quiet || args->json ? say_error("%s\n", line) : say("%s\n", line);
    }
    known_free(&args->known);
    buf_deinit(&text);
}
