/* Lines for a person. See cli.h. */
#include "reports/shown.h"
#include "sim/cli/cli.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(FILE *file, const char *format, va_list list)
{
    struct buf shown = {0};
    char *text = NULL;
    const int len = vasprintf(&text, format, list);

    if (len > 0) {
        const bool line = text[len - 1] == '\n';
        text[line ? len - 1 : len] = 0;
        shown_text(&shown, text);
        buf_add_text(&shown, line ? "\n" : "");
        (void)fputs(shown.bytes, file);
        buf_deinit(&shown);
    }
    free(len >= 0 ? text : NULL);
}

void say_error(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    put(stderr, format, list);
    va_end(list);
}

void say(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    put(stdout, format, list);
    va_end(list);
}

void command_add(struct buf *out, const char *command, const char *path)
{
    struct buf word = {0};

    buf_add_text(out, command);
    buf_add_char(out, ' ');
    buf_add_text(&word, path[0] == '-' && path[1] != 0 ? "./" : ""); /* it is no flag */
    buf_add_text(&word, path);
    shell_word(out, word.bytes);
    buf_deinit(&word);
}

void seed_begin(uint64_t seed, const char *scenario, char ret_what[SEED_WHAT_CAP])
{
    struct buf name = {0};

    shown_text(&name, scenario);
    (void)snprintf(ret_what, SEED_WHAT_CAP, "seed %" PRIu64 " of %s", seed, name.bytes);
    buf_deinit(&name);
    hb_context()->what = ret_what;
    hb_context()->exit_code = EXIT_HARNESS;
}

const char *exit_word(enum exit_code code)
{
    switch (code) {
    case EXIT_HELD:
        return verdict_word(VERDICT_HELD);
    case EXIT_VIOLATED:
        return verdict_word(VERDICT_VIOLATED);
    case EXIT_INPUT:
        return "bad input";
    case EXIT_HARNESS:
        return "harness failed";
    case EXIT_INCONCLUSIVE:
        return verdict_word(VERDICT_INCONCLUSIVE);
    }
    HB_UNREACHABLE("an exit code of no kind");
}
