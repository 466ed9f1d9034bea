/* See faults.h. */
#include "sim/plan/faults.h"

#include <string.h>

static const struct fault_row rows[FAULT_KIND_COUNT] = {
#define X(name, target_, ...) [name] = {.target = (target_), __VA_ARGS__},
    FAULT_MAP(X)
#undef X
};

const struct fault_row *fault_row(enum fault_kind kind)
{
    HB_ASSERT(kind < FAULT_KIND_COUNT);
    return &rows[kind];
}

const char *fault_word(enum fault_kind kind)
{
    return fault_row(kind)->word;
}

bool fault_find(const char *word, size_t word_len, enum fault_kind *ret)
{
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        if (strlen(rows[i].word) == word_len && memcmp(rows[i].word, word, word_len) == 0) {
            *ret = (enum fault_kind)i;
            return true;
        }
    }
    return false;
}

const struct fault_unit_row *fault_unit_row(enum fault_unit unit)
{
    static const struct fault_unit_row units[FAULT_UNIT_COUNT] = {
        [NO_AMOUNT] = {.field = NULL, .word = "", .us = 0},
        [IN_MS] = {.field = "amount", .word = "", .us = MS},
        [IN_US] = {.field = "amount", .word = "", .us = 1},
        [IN_PPM] = {.field = "ppm", .word = "ppm", .us = 0},
        [IN_PERMILLE] = {.field = "permille", .word = "permille", .us = 0},
    };
    HB_ASSERT(unit < FAULT_UNIT_COUNT);
    return &units[unit];
}
