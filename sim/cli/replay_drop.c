/* hubbub replay --drop: what becomes of a run when something of it is left out. */
#include "reports/shown.h"
#include "sim/cli/compare.h"
#include "sim/cli/replay.h"
#include "sim/explore/variant.h"

#include <string.h>

/* The names, each alone: "fault3,c17.send#3" are two. They borrow from `texts`. */
static uint32_t split(const struct words *words, struct buf *texts, const char *ret[WORDS_MAX])
{
    uint32_t len = 0;
    size_t at = 0;

    for (uint32_t i = 0; i < words->len; i++) {
        buf_add_text(texts, words->items[i]);
        buf_add(texts, "", 1);
    }
    for (size_t i = 0; i < texts->len; i++) {
        const bool ends = texts->bytes[i] == ',' || texts->bytes[i] == 0;
        if (ends && len < WORDS_MAX) {
            texts->bytes[i] = 0;
            ret[len++] = texts->bytes + at;
        } else if (ends) {
            return len + 1;
        }
        at = ends ? i + 1 : at;
    }
    return len;
}

static void add_title(struct buf *title, const char *const *names, uint32_t len)
{
    buf_add_text(title, "without ");
    for (uint32_t i = 0; i < len; i++) {
        buf_add_text(title, i > 0 ? ", " : "");
        shown_text(title, names[i]);
    }
}

enum exit_code replay_drop(const char *path, const struct args *args)
{
    struct loaded_plan loaded;
    struct plan variant;
    const char *names[WORDS_MAX];
    struct buf texts = {0};
    struct buf why = {0};
    struct buf title = {0};
    enum exit_code code = EXIT_INPUT;
    const uint32_t len = split(&args->drops, &texts, names);
    bool parted;

    if (len > WORDS_MAX) {
        say_error("hubbub replay: --drop: expected at most %d names\n", WORDS_MAX);
    } else if (plan_load(path, &loaded)) {
        if (plan_variant(&loaded.plan, loaded.scenario, names, len, &variant, &why) != HB_OK) {
            say_error("hubbub replay: --drop: %s\n", why.bytes);
        } else {
            add_title(&title, names, len);
            const struct compared compared = {.titles = {"as it is", title.bytes},
                                              .plans = {&loaded.plan, &variant},
                                              .scenarios = {loaded.scenario, loaded.scenario},
                                              .small = {loaded.expect.small, loaded.expect.small}};
            code = compare(&compared, &parted);
            plan_deinit(&variant);
        }
        plan_unload(&loaded);
    }
    buf_deinit(&texts);
    buf_deinit(&why);
    buf_deinit(&title);
    return code;
}
