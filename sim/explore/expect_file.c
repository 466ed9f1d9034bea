/* What a plan expects, to its file and back. See expect_file.h. */
#include "sim/explore/expect_file.h"

#include "sim/plan/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX (INT64_C(1) << 50)

/* --- Written -------------------------------------------------------------------------------- */

static void put_text(struct buf *out, const char *name, const char *value)
{
    if (value[0] != 0) {
        buf_printf(out, "\"%s\": ", name);
        buf_add_json(out, value, strlen(value));
        buf_add_text(out, ", ");
    }
}

static void put_course(struct buf *out, const struct course *course)
{
    if (course->length_us == 0) {
        return;
    }
    buf_printf(out, ",\n    \"lengthUs\": %" PRId64 ", \"people\": %" PRIu64 ", \"acted\": {",
               course->length_us, course->acted.people);
    const char *comma = "";
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        if (course->acted.times[i] > 0) {
            buf_printf(out, "%s\"%s\": %" PRIu64, comma, fault_word((enum fault_kind)i),
                       course->acted.times[i]);
            comma = ", ";
        }
    }
    buf_printf(out, "},\n    \"hashEvery\": %" PRIu64 ", \"hashes\": [", course->trail.every);
    for (uint32_t i = 0; i < course->trail.len; i++) {
        buf_printf(out, "%s%s\"%016" PRIx64 "\"", i > 0 ? "," : "", i % 4 == 0 ? "\n      " : " ",
                   course->trail.hashes[i]);
    }
    buf_add_text(out, "]");
}

void expect_write(const struct expect *expect, struct buf *out)
{
    buf_add_text(out, "  \"expect\": {");
    if (expect->verdict == EXPECT_HELD) {
        put_text(out, "verdict", "held");
    } else if (expect->verdict == EXPECT_VIOLATED) {
        put_text(out, "verdict", "violated");
        put_text(out, "invariant", invariant_info(expect->invariant)->id);
    }
    put_text(out, "hash", expect->hash);
    put_text(out, "nodeLibrary", expect->library);
    put_text(out, "plan", expect->plan);
    buf_printf(out, "\"form\": \"%s\"", expect->small ? "small" : "full");
    put_course(out, &expect->course);
    buf_add_text(out, "},\n");
}

/* --- Read ----------------------------------------------------------------------------------- */

/* `digits` of the hash, or "" if there is none. */
static void read_hash(const struct config *object, const char *field, size_t digits, char *ret)
{
    const char *text = config_text(object, field, "");
    const size_t len = strlen(text);
    if (len != 0 && (len != digits || strspn(text, "0123456789abcdef") != len)) {
        char expected[40];
        (void)snprintf(expected, sizeof expected, "%zu hex digits", digits);
        config_fail(object, field, expected);
        return;
    }
    memcpy(ret, text, len + 1);
}

static void read_acted(const struct config *object, struct acted *ret)
{
    const struct config acted = config_object(object, "acted");
    const char *words[FAULT_KIND_COUNT + 1] = {NULL};

    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        words[i] = fault_word((enum fault_kind)i);
    }
    config_only(&acted, words);
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        ret->times[i] = (uint64_t)config_int(&acted, words[i], 0, COUNT_MAX, 0);
    }
}

static void read_trail(const struct config *object, struct trail *ret)
{
    const uint32_t len = config_array_len(object, "hashes");

    ret->every = (uint64_t)config_int(object, "hashEvery", 0, (int64_t)TRAIL_EVERY_MAX, -1);
    if ((ret->every & (ret->every - 1)) != 0) {
        config_fail(object, "hashEvery", "a power of two");
    }
    if (len > TRAIL_MAX) {
        config_fail(object, "hashes", "at most 64");
    }
    for (uint32_t i = 0; i < len && !config_failed(object); i++) {
        const char *text = config_array_text(object, "hashes", i);
        if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16) {
            config_fail(object, "hashes", "texts of 16 hex digits");
        }
        ret->hashes[ret->len++] = strtoull(text, NULL, 16);
    }
}

static void read_course(const struct config *object, struct course *ret)
{
    ret->length_us = config_int(object, "lengthUs", 1, COUNT_MAX, -1);
    ret->acted.people = (uint64_t)config_int(object, "people", 0, PLAN_CLIENTS_MAX, -1);
    read_acted(object, &ret->acted);
    read_trail(object, &ret->trail);
}

static void fail_invariant(const struct config *object, const char *said)
{
    const char *ids[INVARIANT_COUNT];

    for (int i = 0; i < INVARIANT_COUNT; i++) {
        ids[i] = invariant_info((enum invariant)i)->id;
    }
    if (!config_failed(object)) {
        config_fail(object, "invariant",
                    "the id of an invariant (hubbub list) if the verdict is \"violated\"");
        config_mean(object, said, ids, INVARIANT_COUNT);
    }
}

void expect_read(const struct config *root, struct expect *ret)
{
    static const char *const fields[] = {"verdict", "invariant", "hash",     "nodeLibrary",
                                         "plan",    "form",      "lengthUs", "people",
                                         "acted",   "hashEvery", "hashes",   NULL};
    const struct config object = config_object(root, "expect");

    if (!config_has(root, "expect")) {
        return;
    }
    config_only(&object, fields);
    ret->given = true;
    const char *verdict = config_text(&object, "verdict", "");
    ret->verdict = strcmp(verdict, "violated") == 0 ? EXPECT_VIOLATED
                   : strcmp(verdict, "held") == 0   ? EXPECT_HELD
                                                    : EXPECT_NOTHING;
    if (verdict[0] != 0 && ret->verdict == EXPECT_NOTHING) {
        config_fail(&object, "verdict", "\"held\" or \"violated\"");
    }
    const char *id = config_text(&object, "invariant", "");
    if (ret->verdict == EXPECT_VIOLATED ? !invariant_find(id, &ret->invariant) : id[0] != 0) {
        fail_invariant(&object, id);
    }
    const char *form = config_text(&object, "form", "");
    ret->small = strcmp(form, "small") == 0;
    if (!ret->small && strcmp(form, "full") != 0) {
        config_fail(&object, "form", "\"small\" or \"full\"");
    }
    read_hash(&object, "hash", HASH128_HEX_LEN, ret->hash);
    read_hash(&object, "nodeLibrary", EXPECT_LIBRARY_LEN, ret->library);
    read_hash(&object, "plan", EXPECT_PLAN_LEN, ret->plan);
    if (config_has(&object, "lengthUs")) { /* later than the format */
        read_course(&object, &ret->course);
    }
}
