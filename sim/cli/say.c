/* Lines for a person. See cli.h. */
#include "reports/shown.h"
#include "sim/cli/cli.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_MIN 20 /* narrower is no terminal that anybody reads */
#define COLUMNS_MAX 10000

/* "...UTF-8", "...utf8": what the locale's letters are called where they are more than ASCII. */
static bool names_utf8(const char *locale)
{
    return strcasestr(locale, "UTF-8") != NULL || strcasestr(locale, "utf8") != NULL;
}

static uint32_t columns_of(int fd)
{
    const char *wish = getenv("COLUMNS");
    struct winsize size;
    const unsigned long columns = wish != NULL ? strtoul(wish, NULL, 10) : 0;

    if (columns > 0) {
        return columns < COLUMNS_MIN ? COLUMNS_MIN : columns > COLUMNS_MAX ? 0 : (uint32_t)columns;
    }
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return 0;
    }
    return size.ws_col < COLUMNS_MIN ? COLUMNS_MIN : size.ws_col;
}

bool terminal_is_dumb(void)
{
    const char *terminal = getenv("TERM");
    return terminal == NULL || terminal[0] == 0 || strcmp(terminal, "dumb") == 0;
}

struct style style_of(int fd)
{
    static const char *const locales[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *no = getenv("NO_COLOR");
    const char *locale = NULL;

    for (size_t i = 0; i < sizeof locales / sizeof locales[0] && locale == NULL; i++) {
        locale = getenv(locales[i]);
        locale = locale != NULL && locale[0] != 0 ? locale : NULL;
    }
    return (struct style){.colours =
                              isatty(fd) != 0 && !terminal_is_dumb() && (no == NULL || no[0] == 0),
                          .ascii = locale == NULL || !names_utf8(locale),
                          .columns = columns_of(fd)};
}

void page_print(const char *page)
{
    const struct style style = style_of(STDOUT_FILENO);
    struct buf out = {0};

    buf_reserve(&out, 1);
    style_fold(&style, page, &out);
    (void)fwrite(out.bytes, 1, out.len, stdout);
    buf_deinit(&out);
}

static void put(FILE *file, const char *format, va_list list)
{
    const struct style style = style_of(fileno(file));
    struct buf shown = {0};
    struct buf out = {0};
    char *text = NULL;
    const int len = vasprintf(&text, format, list);

    if (len > 0) {
        const bool line = text[len - 1] == '\n';
        text[line ? len - 1 : len] = 0;
        shown_text(&shown, text);
        buf_add_text(&shown, line ? "\n" : "");
        style_fold(&style, shown.bytes, &out);
        (void)fputs(out.bytes, file);
        buf_deinit(&shown);
        buf_deinit(&out);
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
