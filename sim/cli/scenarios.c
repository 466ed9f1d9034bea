/* Scenarios by path or by name, wherever one stands. See cli.h. */
#include "reports/shown.h"
#include "server/base/near.h"
#include "sim/cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_CAP   4096
#define PLACES_LEN 3
#define NAMES_MAX  256 /* of scenarios in all places that are told or thought of */

/* Where a name is looked for, in this order: the working folder's own scenarios, those that were
 * installed with this program, those of the sources that it was built from. */
struct places {
    char dirs[PLACES_LEN][PATH_CAP];
};

static void find_places(struct places *ret)
{
    char program[PATH_CAP];
    const ssize_t len = readlink("/proc/self/exe", program, sizeof program - 64);
    program[len > 0 ? len : 0] = 0;
    char *slash = strrchr(program, '/');

    (void)snprintf(ret->dirs[0], PATH_CAP, "scenarios");
    if (slash != NULL) {
        *slash = 0;
        slash = strrchr(program, '/');
    }
    if (slash != NULL) {
        *slash = 0;
    }
    (void)snprintf(ret->dirs[1], PATH_CAP, "%.4000s/share/hubbub/scenarios", program);
    (void)snprintf(ret->dirs[2], PATH_CAP, "%s", HUBBUB_SCENARIOS);
}

static bool is_file(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && !S_ISDIR(found.st_mode);
}

/* DIR/city.json, also for "city.json"; false: there is none. */
static bool path_in(const char *dir, const char *name, char ret[PATH_CAP])
{
    const size_t len = strlen(name);
    const bool whole = len > 5 && strcmp(name + len - 5, ".json") == 0;
    (void)snprintf(ret, PATH_CAP, "%.2000s/%.1000s%s", dir, name, whole ? "" : ".json");
    return is_file(ret);
}

/* --- All that have a name ------------------------------------------------------------------- */

struct names {
    char *names[NAMES_MAX];
    uint32_t places[NAMES_MAX];
    uint32_t len;
};

static int is_scenario(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0 &&
           strcmp(entry->d_name, "schema.json") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool known(const struct names *names, const char *name)
{
    uint32_t i = 0;
    while (i < names->len && strcmp(names->names[i], name) != 0) {
        i++;
    }
    return i < names->len;
}

/* Of two places with the same name the first has it. */
static void find_names(const struct places *places, struct names *ret)
{
    ret->len = 0;
    for (uint32_t p = 0; p < PLACES_LEN; p++) {
        struct dirent **found = NULL;
        const int len = scandir(places->dirs[p], &found, is_scenario, by_name);
        for (int i = 0; i < len; i++) {
            found[i]->d_name[strlen(found[i]->d_name) - 5] = 0;
            if (ret->len < NAMES_MAX && !known(ret, found[i]->d_name)) {
                ret->places[ret->len] = p;
                ret->names[ret->len++] = hb_strndup(found[i]->d_name, strlen(found[i]->d_name));
            }
            free(found[i]);
        }
        free(found);
    }
}

static void names_deinit(struct names *names)
{
    for (uint32_t i = 0; i < names->len; i++) {
        free(names->names[i]);
    }
}

static const char *description_of(const char *path, struct scenario **scenario, struct buf *text,
                                  struct buf *why)
{
    if (!file_read(path, text)) {
        return "(cannot be read)";
    }
    if (scenario_parse(text->bytes, text->len, scenario, why) != HB_OK) {
        return why->bytes;
    }
    return scenario_description(*scenario);
}

void list_scenarios(bool quiet, struct buf *out)
{
    struct places places;
    struct names names;
    uint32_t place = PLACES_LEN;

    find_places(&places);
    find_names(&places, &names);
    for (uint32_t i = 0; i < names.len; i++) {
        struct scenario *scenario = NULL;
        struct buf text = {0};
        struct buf why = {0};
        struct buf line = {0};
        char path[PATH_CAP];
        if (quiet) {
            shown_text(out, names.names[i]);
            buf_add_char(out, '\n');
            continue;
        }
        if (names.places[i] != place) {
            buf_add_text(out, place < PLACES_LEN ? "\nIn " : "In ");
            shown_text(out, places.dirs[names.places[i]]);
            buf_add_text(out, ":\n");
            place = names.places[i];
        }
        (void)path_in(places.dirs[place], names.names[i], path);
        buf_printf(&line, "%-18s %s", names.names[i], description_of(path, &scenario, &text, &why));
        buf_add_text(out, "  ");
        shown_text(out, line.bytes);
        buf_add_char(out, '\n');
        buf_deinit(&line);
        scenario_free(&scenario);
        buf_deinit(&text);
        buf_deinit(&why);
    }
    if (names.len == 0) {
        buf_printf(out, "No scenario has a name: a file is given by its path\n");
    }
    names_deinit(&names);
}

/* --- One ------------------------------------------------------------------------------------ */

static void tell_missing(const struct places *places, const char *name, const char *why)
{
    const char *slash = strrchr(name, '/');
    const char *file = slash != NULL ? slash + 1 : name;
    const size_t len = strlen(file);
    const size_t ending = len > 5 && strcmp(file + len - 5, ".json") == 0 ? 5 : 0;
    const struct text word = {file, (uint32_t)(len - ending)};
    struct names names;
    struct buf meant = {0};

    find_names(places, &names);
    near_tell(&meant, word, (const char *const *)names.names, names.len);
    for (uint32_t i = 0; i < names.len && meant.len == 0; i++) {
        if (text_equal(word, text_of(names.names[i]))) { /* but not in that folder */
            buf_printf(&meant, ": did you mean \"%s\"?", names.names[i]);
        }
    }
    if (meant.len == 0 && slash == NULL) {
        buf_add_text(&meant, ", and no scenario has this name; see hubbub list scenarios");
    }
    say_error("hubbub: %s: cannot read it: %s%s\n", name, why, meant.len > 0 ? meant.bytes : "");
    names_deinit(&names);
    buf_deinit(&meant);
}

/* The file that a name or a path means. On an error prints one line and returns false. */
static bool path_of(const char *name, char ret[PATH_CAP])
{
    struct places places;

    if (strlen(name) >= PATH_CAP) {
        say_error("hubbub: the path of a scenario is too long\n");
        return false;
    }
    (void)snprintf(ret, PATH_CAP, "%s", name);
    if (is_file(ret)) {
        return true;
    }
    const char *why = errno == ENOENT ? "no such file" : strerror(errno);
    struct stat found;
    const bool folder = stat(name, &found) == 0;
    find_places(&places);
    for (uint32_t i = 0; i < PLACES_LEN && strchr(name, '/') == NULL && name[0] != 0; i++) {
        if (path_in(places.dirs[i], name, ret)) {
            return true;
        }
    }
    tell_missing(&places, name, folder ? "it is a folder" : why);
    return false;
}

/* The corpus' path is relative to the scenario's folder. */
static void corpus_path(const char *scenario_path, const char *corpus, char ret[PATH_CAP])
{
    const char *slash = strrchr(scenario_path, '/');
    const int dir_len = slash != NULL && corpus[0] != '/' ? (int)(slash - scenario_path + 1) : 0;
    (void)snprintf(ret, PATH_CAP, "%.*s%s", dir_len, scenario_path, corpus);
}

bool scenario_load(const char *name, struct scenario **ret, struct buf *ret_corpus)
{
    struct buf text = {0};
    struct buf why = {0};
    char corpus[PATH_CAP];
    char path[PATH_CAP];
    bool good = path_of(name, path) && file_read(path, &text);

    if (good && scenario_parse(text.bytes, text.len, ret, &why) != HB_OK) {
        say_error("hubbub: %s: %s\n", path, why.bytes);
        good = false;
    }
    if (good && scenario_fits(*ret, &why) != HB_OK) {
        say_error("hubbub: %s: %s\n", path, why.bytes);
        scenario_free(ret);
        good = false;
    }
    if (good) {
        corpus_path(path, scenario_corpus_path(*ret), corpus);
        good = file_read(corpus, ret_corpus);
        if (!good) {
            scenario_free(ret);
        }
    }
    buf_deinit(&text);
    buf_deinit(&why);
    return good;
}
