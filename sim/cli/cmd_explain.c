/* hubbub explain: what a rule means to a person. */
#include "server/base/near.h"
#include "sim/check/explained.h"
#include "sim/cli/cli.h"

#include <string.h>

static const char help[] =
    "usage: hubbub explain ID...\n"
    "\n"
    "Says what an invariant, such as ORD-05, means to a person, what usually breaks it, and its "
    "bounds\n"
    "with their letters explained. hubbub list says which there are; hubbub list ID which "
    "observations\n"
    "it needs, and which mutants it kills.\n"
    "\n"
    "Exit codes: 0 told, 2 bad usage: there is no such invariant\n";

#define LETTERS_MAX 32 /* of the bounds of one invariant */

struct told { /* letters that were explained already; borrowed */
    const struct bound_letter *items[LETTERS_MAX];
    size_t len;
};

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static void add_letter(struct buf *out, struct told *told, const struct bound_letter *letter)
{
    for (size_t i = 0; i < told->len; i++) {
        if (told->items[i] == letter) {
            return;
        }
    }
    HB_ASSERT(told->len < LETTERS_MAX);
    told->items[told->len++] = letter;
    buf_printf(out, "    %-12s %s\n", letter->letter, letter->what);
}

/* The letters of a formula, each once for all bounds of the invariant. */
static void add_letters(struct buf *out, struct told *told, const char *formula)
{
    for (const char *at = formula; *at != 0;) {
        size_t len = 0;
        while (is_letter(at[len])) {
            len++;
        }
        const struct bound_letter *letter = len > 0 ? bound_letter(at, len) : NULL;
        if (letter != NULL) {
            add_letter(out, told, letter);
        }
        at += len > 0 ? len : 1;
    }
}

/* "a; b" as two items. */
static void add_causes(struct buf *out, const char *causes)
{
    for (const char *at = causes; *at != 0;) {
        const size_t len = strcspn(at, ";");
        buf_add_text(out, "  - ");
        buf_add(out, at, len);
        buf_add_char(out, '\n');
        at += len + (at[len] == ';');
        at += strspn(at, " ");
    }
}

static void explain(struct buf *out, enum invariant invariant)
{
    const struct invariant_info *info = invariant_info(invariant);
    const struct explained *of = explained(invariant);
    struct told told = {.len = 0};

    buf_printf(out, "%s  %s\n\n%s\n\nTypical causes:\n", info->id, info->sentence, of->meaning);
    add_causes(out, of->causes);
    if (info->bounds_len == 1 && bound_info(info->bounds[0])->unit[0] == 0) {
        buf_printf(out, "\nIt holds at every instant: it has no bound.\n");
        return;
    }
    buf_add_text(out, "\nIt is held to:\n");
    for (uint32_t i = 0; i < info->bounds_len; i++) {
        const struct bound_info *bound = bound_info(info->bounds[i]);
        buf_printf(out, "  %s %s: %s\n", bound->formula, bound->unit, bound->what);
    }
    buf_add_text(out, "where\n");
    for (uint32_t i = 0; i < info->bounds_len; i++) {
        add_letters(out, &told, bound_info(info->bounds[i])->formula);
    }
    buf_add_text(out,
                 "  It counts from the event, or from the end of the last disturbance on its own "
                 "path, if that is later.\n");
}

static void tell_unknown(const char *what)
{
    const char *words[INVARIANT_COUNT];
    struct buf meant = {0};

    for (int i = 0; i < INVARIANT_COUNT; i++) {
        words[i] = invariant_info((enum invariant)i)->id;
    }
    near_tell(&meant, text_of(what), words, INVARIANT_COUNT);
    if (meant.len == 0) {
        buf_add_text(&meant, ": expected the id of an invariant, such as ORD-05; see hubbub list");
    }
    say_error("hubbub explain: %s%s\n", what, meant.bytes);
    buf_deinit(&meant);
}

enum exit_code cmd_explain(int argc, char **argv)
{
    struct args args;
    struct buf out = {0};
    enum exit_code code = EXIT_HELD;

    if (wants_help(argc, argv)) {
        page_print(help);
        return EXIT_HELD;
    }
    if (!args_parse("explain", "", argc, argv, &args)) {
        return EXIT_INPUT;
    }
    if (args.files_len == 0) {
        say_error("hubbub explain: expected the id of an invariant, such as ORD-05; see hubbub "
                  "list\n");
        return EXIT_INPUT;
    }
    for (uint32_t i = 0; i < args.files_len && code == EXIT_HELD; i++) {
        enum invariant invariant;
        if (!invariant_find(args.files[i], &invariant)) {
            tell_unknown(args.files[i]);
            code = EXIT_INPUT;
            continue;
        }
        buf_add_text(&out, i > 0 ? "\n" : "");
        explain(&out, invariant);
    }
    if (code == EXIT_HELD) {
        page_print(out.bytes);
    }
    buf_deinit(&out);
    return code;
}
