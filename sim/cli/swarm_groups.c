/* Red seeds by what they have in common. See swarm.h. */
#include "server/base/sort.h"
#include "sim/cli/swarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIN_SEEDS                                                                                  \
    2 /* two rules are broken by the same rows in so many seeds, and in a tenth of the fewer */

void shape_write(const struct shape *shape, struct buf *out)
{
    const char *comma = ";";

    if (shape == NULL) {
        buf_add_char(out, '-');
        return;
    }
    buf_printf(out, "%" PRIx64 ";%s", shape->faults, shape->words);
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        if (shape->kin[i]) {
            buf_printf(out, "%s%s", comma, invariant_info((enum invariant)i)->id);
            comma = ",";
        }
    }
}

bool shape_read(const char *word, struct shape **ret)
{
    char *at;
    struct shape shape = {.words = ""};

    *ret = NULL;
    if (strcmp(word, "-") == 0) {
        return true;
    }
    shape.faults = strtoull(word, &at, 16);
    const size_t len = *at == ';' ? strcspn(at + 1, ";") : SHAPE_CAP;
    if (at == word || len >= SHAPE_CAP) {
        return false;
    }
    memcpy(shape.words, at + 1, len);
    at += 1 + len;
    while (*at != 0) {
        char id[16] = "";
        enum invariant kin;
        const size_t id_len = strcspn(++at, ",");
        memcpy(id, at, id_len < sizeof id ? id_len : 0);
        if (!invariant_find(id, &kin)) {
            return false;
        }
        shape.kin[kin] = true;
        at += id_len;
    }
    *ret = hb_malloc(sizeof shape);
    **ret = shape;
    return true;
}

/* --- Shapes ------------------------------------------------------------------------------------------ */

struct kind { /* of failures: one shape of one rule, or one way to die */
    char name[SHAPE_CAP + 16];
    int32_t rule; /* -1: none */
    uint64_t count, first, smallest, faults;
    uint64_t kin[INVARIANT_COUNT]; /* seeds */
    uint32_t joined;               /* another of the same group; itself: the first */
};

static bool failed(const struct outcome *outcome)
{
    return outcome->done && outcome->end != SEED_HELD && outcome->end != SEED_KNOWN;
}

static void name_of(const struct outcome *outcome, char ret[SHAPE_CAP + 16])
{
    const char *id = outcome_id(outcome);

    (void)snprintf(ret, SHAPE_CAP + 16, "%s%s",
                   id[0] != 0                      ? id
                   : outcome->end == SEED_VIOLATED ? "failed assertion"
                                                   : seed_word(outcome->end),
                   outcome->shape != NULL ? outcome->shape->words : "");
}

static uint32_t kind_of(struct kind *kinds, uint32_t *len, const struct outcome *outcome,
                        uint64_t place)
{
    char name[SHAPE_CAP + 16];
    uint32_t k = 0;

    name_of(outcome, name);
    while (k < *len && strcmp(kinds[k].name, name) != 0) {
        k++;
    }
    if (k == *len && *len < GROUPS_MAX) {
        kinds[(*len)++] = (struct kind){.rule = outcome->invariant,
                                        .first = place,
                                        .smallest = place,
                                        .faults = UINT64_MAX,
                                        .joined = k};
        memcpy(kinds[k].name, name, sizeof name);
    }
    return k < *len ? k : *len - 1; /* beyond that many the last one has all */
}

static void count(const struct swarm *swarm, uint64_t place, struct kind *kind)
{
    const struct outcome *outcome = &swarm->outcomes[place];

    kind->count++;
    kind->faults &= outcome->shape != NULL ? outcome->shape->faults : 0;
    if (outcome->events < swarm->outcomes[kind->smallest].events) {
        kind->smallest = place;
    }
    for (int i = 0; outcome->shape != NULL && i < INVARIANT_COUNT; i++) {
        kind->kin[i] += outcome->shape->kin[i];
    }
}

/* --- Groups ------------------------------------------------------------------------------------------ */

static uint32_t root(const struct kind *kinds, uint32_t k)
{
    while (kinds[k].joined != k) {
        k = kinds[k].joined;
    }
    return k;
}

static void join(struct kind *kinds, uint32_t one, uint32_t other)
{
    const uint32_t a = root(kinds, one);
    const uint32_t b = root(kinds, other);

    if (kinds[a].count >= kinds[b].count) {
        kinds[b].joined = a;
    } else {
        kinds[a].joined = b;
    }
}

/* What is known beyond the rule. */
static const char *more_of(const struct kind *kind)
{
    return kind->name + strcspn(kind->name, "/");
}

/* Of one rule: one only knows more than the other. */
static bool says_more(const struct kind *one, const struct kind *other)
{
    const char *less = more_of(other);
    return one->rule >= 0 && one->rule == other->rule &&
           strncmp(more_of(one), less, strlen(less)) == 0;
}

/* Of two rules: the same rows break both, more than by chance. */
static bool are_kin(const struct kind *one, const struct kind *other)
{
    if (one->rule < 0 || other->rule < 0 || one->rule == other->rule) {
        return false;
    }
    const uint64_t both = one->kin[other->rule] + other->kin[one->rule];
    const uint64_t fewer = one->count < other->count ? one->count : other->count;
    const char *far = more_of(one);
    const char *further = more_of(other);
    const bool differ = far[0] != 0 && further[0] != 0 && strcmp(far, further) != 0;
    return both >= KIN_SEEDS && both * 10 >= fewer && !differ;
}

static void join_all(struct kind *kinds, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        for (uint32_t k = 0; k < len; k++) {
            if (i != k && (says_more(&kinds[i], &kinds[k]) || are_kin(&kinds[i], &kinds[k]))) {
                join(kinds, i, k);
            }
        }
    }
}

static void add_to_group(const struct swarm *swarm, const struct kind *kind, struct group *group)
{
    group->count += kind->count;
    group->faults &= kind->faults;
    group->first = kind->first < group->first ? kind->first : group->first;
    if (swarm->outcomes[kind->smallest].events < swarm->outcomes[group->smallest].events) {
        group->smallest = kind->smallest;
    }
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        group->rules[i] |=
            i == kind->rule || (kind->kin[i] >= KIN_SEEDS && kind->kin[i] * 10 >= kind->count);
    }
}

static int larger_first(const void *one, const void *other)
{
    const struct group *a = one;
    const struct group *b = other;

    return a->count != b->count ? (a->count < b->count) - (a->count > b->count)
                                : strcmp(a->name, b->name);
}

void groups_make(const struct swarm *swarm, struct groups *ret)
{
    struct kind *kinds = hb_calloc(GROUPS_MAX, sizeof *kinds);
    uint32_t *kind_at = hb_calloc(swarm->places + 1, sizeof *kind_at);
    uint32_t len = 0;

    ret->len = 0;
    ret->of_place = kind_at;
    for (uint64_t place = 0; place < swarm->places; place++) {
        if (failed(&swarm->outcomes[place])) {
            kind_at[place] = kind_of(kinds, &len, &swarm->outcomes[place], place);
            count(swarm, place, &kinds[kind_at[place]]);
        }
    }
    join_all(kinds, len);
    for (uint32_t k = 0; k < len; k++) { /* each group begins with its commonest shape */
        if (root(kinds, k) == k) {
            struct group *group = &ret->items[ret->len++];
            *group = (struct group){
                .first = kinds[k].first, .smallest = kinds[k].smallest, .faults = UINT64_MAX};
            memcpy(group->name, kinds[k].name, sizeof group->name);
            for (uint32_t i = 0; i < len; i++) {
                if (root(kinds, i) == k) {
                    add_to_group(swarm, &kinds[i], group);
                }
            }
        }
    }
    hb_sort(ret->items, ret->len, sizeof *ret->items, larger_first);
    for (uint64_t place = 0; place < swarm->places; place++) {
        uint32_t g = 0;
        while (failed(&swarm->outcomes[place]) && g < ret->len &&
               strcmp(ret->items[g].name, kinds[root(kinds, kind_at[place])].name) != 0) {
            g++;
        }
        kind_at[place] = g;
    }
    free(kinds);
}

void groups_deinit(struct groups *groups)
{
    free(groups->of_place);
    *groups = (struct groups){.len = 0};
}
