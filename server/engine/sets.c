/* Hashes and sorted sets of the virtual Redis.
 *
 * A score is an integer here (Redis has doubles, of which these are the exact ones): it is a time
 * in all that the node stores, and floating point is kept out of every state. A score with a
 * fraction, infinite or past 2^53 is refused as "not a valid float". ZADD's INCR and ZRANGE's
 * BYSCORE, BYLEX, REV and LIMIT are syntax errors. Ranges sort when asked. */
#include "server/engine/internal.h"

#include "server/base/sort.h"

#include <stdlib.h>
#include <string.h>

#define SCORE_MAX (INT64_C(1) << 53)

/* --- Members -------------------------------------------------------------------------------- */

void vset_free(struct vset *set)
{
    if (set == NULL) {
        return;
    }
    for (uint32_t i = 0; i < set->members_len; i++) {
        free(set->members[i].value);
    }
    free(set->members);
    interner_deinit(&set->names);
    free(set);
}

/* NULL: there is none. */
static struct vmember *member_find(const struct vset *set, struct text name)
{
    const uint32_t index = interner_find(&set->names, name.bytes, name.len);

    return index != INTERNER_NONE && set->members[index].present ? &set->members[index] : NULL;
}

static struct vmember *member_made(struct vset *set, struct text name)
{
    const uint32_t index = interner_add(&set->names, name.bytes, name.len);

    if (index == set->members_len) {
        HB_GROW(set->members, set->members_len, set->members_cap);
        set->members[set->members_len++] = (struct vmember){0};
    }
    struct vmember *member = &set->members[index];
    set->present_count += !member->present;
    member->present = true;
    return member;
}

static void member_remove(struct vset *set, struct vmember *member)
{
    HB_ASSERT(member != NULL);
    HB_ASSERT(member->present);
    HB_ASSERT(set->present_count > 0);
    free(member->value);
    *member = (struct vmember){0};
    set->present_count--;
}

static void member_value_set(struct vmember *member, const char *bytes, size_t bytes_len)
{
    free(member->value);
    member->value = hb_strndup(bytes, bytes_len);
    member->value_len = (uint32_t)bytes_len;
}

static struct text name_of(const struct vset *set, const struct vmember *member)
{
    size_t len;
    const char *name = interner_text(&set->names, (uint32_t)(member - set->members), &len);
    return (struct text){name, (uint32_t)len};
}

/* --- Hashes --------------------------------------------------------------------------------- */

void vhset(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;
    int64_t added = 0;

    if (command->args_len % 2 == 1) {
        vreply_text(engine, "-ERR wrong number of arguments for 'hset' command");
        return;
    }
    if (!vkey_made(engine, command->args[1], VKEY_HASH, &key)) {
        return;
    }
    for (uint32_t i = 2; i < command->args_len; i += 2) {
        added += member_find(key->set, command->args[i]) == NULL;
        member_value_set(member_made(key->set, command->args[i]), command->args[i + 1].bytes,
                         command->args[i + 1].len);
    }
    vreply_int(engine, added);
}

void vhget(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;

    if (!vkey_typed(engine, command->args[1], VKEY_HASH, &key)) {
        return;
    }
    const struct vmember *member = key != NULL ? member_find(key->set, command->args[2]) : NULL;
    if (member != NULL) {
        vreply_bulk(engine, (struct text){member->value, member->value_len});
    } else {
        vreply_nil(engine);
    }
}

/* HDEL and ZREM */
void vhdel_or_zrem(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;
    int64_t removed = 0;
    const enum vkey_type type = command->spec->name[0] == 'h' ? VKEY_HASH : VKEY_ZSET;

    if (!vkey_typed(engine, command->args[1], type, &key)) {
        return;
    }
    for (uint32_t i = 2; key != NULL && i < command->args_len; i++) {
        struct vmember *member = member_find(key->set, command->args[i]);
        if (member != NULL) {
            member_remove(key->set, member);
            removed++;
        }
    }
    if (key != NULL && key->set->present_count == 0) {
        vkey_clear(key); /* Redis keeps no empty ones */
    }
    vreply_int(engine, removed);
}

void vhgetall(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;

    if (!vkey_typed(engine, command->args[1], VKEY_HASH, &key)) {
        return;
    }
    vreply_array(engine, key != NULL ? key->set->present_count * 2 : 0);
    for (uint32_t i = 0; key != NULL && i < key->set->members_len; i++) {
        const struct vmember *member = &key->set->members[i];
        if (member->present) {
            vreply_bulk(engine, name_of(key->set, member));
            vreply_bulk(engine, (struct text){member->value, member->value_len});
        }
    }
}

void vhincrby(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;
    struct buf text = {0};
    int64_t by;
    int64_t value = 0;

    if (!vtext_int(command->args[3], &by)) {
        vreply_text(engine, vreply_not_an_integer);
        return;
    }
    if (!vkey_made(engine, command->args[1], VKEY_HASH, &key)) {
        return;
    }
    const struct vmember *old = member_find(key->set, command->args[2]);
    if (old != NULL && !vtext_int((struct text){old->value, old->value_len}, &value)) {
        vreply_text(engine, "-ERR hash value is not an integer");
        return;
    }
    if (__builtin_add_overflow(value, by, &value)) {
        vreply_text(engine, vreply_overflow);
        return;
    }
    buf_add_i64(&text, value);
    member_value_set(member_made(key->set, command->args[2]), text.bytes, text.len);
    buf_deinit(&text);
    vreply_int(engine, value);
}

/* --- Sorted sets ---------------------------------------------------------------------------- */

struct zadd_options {
    bool nx, xx, gt, lt, ch;
    uint32_t from; /* the first score's argument */
};

static bool score_of(struct text text, int64_t *ret)
{
    const bool plus = text.len > 1 && text.bytes[0] == '+' && text.bytes[1] != '-';
    int64_t score;

    if (!vtext_int((struct text){text.bytes + plus, text.len - plus}, &score) ||
        score > SCORE_MAX || score < -SCORE_MAX) {
        return false;
    }
    *ret = score;
    return true;
}

/* False: an error was replied. */
static bool zadd_parse(struct engine *engine, const struct vcommand *command,
                       struct zadd_options *ret)
{
    uint32_t i = 2;
    int64_t score;

    *ret = (struct zadd_options){0};
    for (; i < command->args_len; i++) {
        const struct text word = command->args[i];
        if (vtext_is(word, "nx")) {
            ret->nx = true;
        } else if (vtext_is(word, "xx")) {
            ret->xx = true;
        } else if (vtext_is(word, "gt")) {
            ret->gt = true;
        } else if (vtext_is(word, "lt")) {
            ret->lt = true;
        } else if (vtext_is(word, "ch")) {
            ret->ch = true;
        } else {
            break;
        }
    }
    ret->from = i;
    if (i == command->args_len || (command->args_len - i) % 2 == 1) {
        vreply_text(engine, vreply_syntax);
        return false;
    }
    if (ret->nx && ret->xx) {
        vreply_text(engine, "-ERR XX and NX options at the same time are not compatible");
        return false;
    }
    if ((ret->nx && (ret->gt || ret->lt)) || (ret->gt && ret->lt)) {
        vreply_text(engine, "-ERR GT, LT, and/or NX options at the same time are not compatible");
        return false;
    }
    for (; i < command->args_len; i += 2) {
        if (!score_of(command->args[i], &score)) {
            vreply_text(engine, "-ERR value is not a valid float");
            return false;
        }
    }
    return true;
}

void vzadd(struct engine *engine, const struct vcommand *command)
{
    struct zadd_options options;
    struct vkey *key;
    int64_t added = 0;
    int64_t changed = 0;

    if (!zadd_parse(engine, command, &options) ||
        !vkey_typed(engine, command->args[1], VKEY_ZSET, &key)) {
        return;
    }
    if (key == NULL && options.xx) {
        vreply_int(engine, 0);
        return;
    }
    const bool made = vkey_made(engine, command->args[1], VKEY_ZSET, &key);
    HB_ASSERT(made);
    for (uint32_t i = options.from; i < command->args_len; i += 2) {
        struct vmember *member = member_find(key->set, command->args[i + 1]);
        int64_t score = 0;
        const bool parsed = score_of(command->args[i], &score);
        HB_ASSERT(parsed); /* zadd_parse looked */
        if (member == NULL && !options.xx) {
            member_made(key->set, command->args[i + 1])->score = score;
            added++;
        } else if (member != NULL && !options.nx && score != member->score &&
                   !(options.gt && score < member->score) &&
                   !(options.lt && score > member->score)) {
            member->score = score;
            changed++;
        }
    }
    HB_ASSERT(key->set->present_count > 0);
    vreply_int(engine, added + (options.ch ? changed : 0));
}

void vzscore(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;

    if (!vkey_typed(engine, command->args[1], VKEY_ZSET, &key)) {
        return;
    }
    const struct vmember *member = key != NULL ? member_find(key->set, command->args[2]) : NULL;
    if (member != NULL) {
        vreply_bulk_int(engine, member->score);
    } else {
        vreply_nil(engine);
    }
}

void vzcard(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;

    if (vkey_typed(engine, command->args[1], VKEY_ZSET, &key)) {
        vreply_int(engine, key != NULL ? key->set->present_count : 0);
    }
}

/* --- Ranges --------------------------------------------------------------------------------- */

struct zrow {
    struct text name;
    int64_t score;
};

static int zrow_compare(const void *a_pointer, const void *b_pointer)
{
    const struct zrow *a = a_pointer;
    const struct zrow *b = b_pointer;
    const uint32_t len = a->name.len < b->name.len ? a->name.len : b->name.len;

    if (a->score != b->score) {
        return a->score < b->score ? -1 : 1;
    }
    const int order = len > 0 ? memcmp(a->name.bytes, b->name.bytes, len) : 0;
    if (order != 0) {
        return order;
    }
    return (a->name.len > b->name.len) - (a->name.len < b->name.len);
}

/* All members in Redis' order: by score, then by bytes. The caller frees. */
static struct zrow *zrows(const struct vset *set)
{
    struct zrow *rows = hb_calloc(set->present_count, sizeof *rows);
    uint32_t count = 0;

    for (uint32_t i = 0; i < set->members_len; i++) {
        if (set->members[i].present) {
            rows[count++] = (struct zrow){name_of(set, &set->members[i]), set->members[i].score};
        }
    }
    HB_ASSERT(count == set->present_count);
    hb_sort(rows, count, sizeof *rows, zrow_compare);
    return rows;
}

static void reply_rows(struct engine *engine, const struct zrow *rows, int64_t from, int64_t count,
                       bool with_scores)
{
    vreply_array(engine, (uint32_t)(with_scores ? count * 2 : count));
    for (int64_t i = from; i < from + count; i++) {
        vreply_bulk(engine, rows[i].name);
        if (with_scores) {
            vreply_bulk_int(engine, rows[i].score);
        }
    }
}

void vzrange(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;
    int64_t first, last;
    const bool with_scores = command->args_len == 5 && vtext_is(command->args[4], "withscores");

    if (command->args_len > 4 && !with_scores) {
        vreply_text(engine, vreply_syntax);
        return;
    }
    if (!vtext_int(command->args[2], &first) || !vtext_int(command->args[3], &last)) {
        vreply_text(engine, vreply_not_an_integer);
        return;
    }
    if (!vkey_typed(engine, command->args[1], VKEY_ZSET, &key)) {
        return;
    }
    const int64_t count = key != NULL ? key->set->present_count : 0;
    first += first < 0 ? count : 0;
    last += last < 0 ? count : 0;
    first = first < 0 ? 0 : first;
    last = last >= count ? count - 1 : last;
    if (first > last) {
        vreply_array(engine, 0);
        return;
    }
    HB_ASSERT(key != NULL); /* else the range is empty */
    struct zrow *rows = zrows(key->set);
    reply_rows(engine, rows, first, last - first + 1, with_scores);
    free(rows);
}

/* "-inf", "+inf", "5", "(5": the least or the greatest score that is in. */
static bool bound_of(struct text text, int64_t inward, int64_t *ret)
{
    const bool open = text.len > 0 && text.bytes[0] == '(';
    const struct text rest = {text.bytes + open, text.len - open};

    if (rest.len == 0) {
        *ret = 0; /* as strtod reads it */
    } else if (vtext_is(rest, "-inf")) {
        *ret = -SCORE_MAX - 1;
    } else if (vtext_is(rest, "+inf") || vtext_is(rest, "inf")) {
        *ret = SCORE_MAX + 1;
    } else if (!score_of(rest, ret)) {
        return false;
    }
    *ret += open ? inward : 0;
    return true;
}

struct zlimit {
    bool with_scores;
    int64_t offset, count; /* count: negative is all */
};

/* False: an error was replied. */
static bool zlimit_parse(struct engine *engine, const struct vcommand *command, struct zlimit *ret)
{
    *ret = (struct zlimit){.count = -1};
    for (uint32_t i = 4; i < command->args_len; i++) {
        if (vtext_is(command->args[i], "withscores")) {
            ret->with_scores = true;
        } else if (vtext_is(command->args[i], "limit") && i + 2 < command->args_len) {
            if (!vtext_int(command->args[i + 1], &ret->offset) ||
                !vtext_int(command->args[i + 2], &ret->count)) {
                vreply_text(engine, vreply_not_an_integer);
                return false;
            }
            i += 2;
        } else {
            vreply_text(engine, vreply_syntax);
            return false;
        }
    }
    return true;
}

static void remove_rows(struct engine *engine, struct vkey *key, const struct zrow *rows,
                        int64_t from, int64_t count)
{
    for (int64_t i = from; i < from + count; i++) {
        member_remove(key->set, member_find(key->set, rows[i].name));
    }
    if (key->set->present_count == 0) {
        vkey_clear(key);
    }
    vreply_int(engine, count);
}

/* ZRANGEBYSCORE and ZREMRANGEBYSCORE */
void vzrangebyscore(struct engine *engine, const struct vcommand *command)
{
    const bool removes = command->spec->arity > 0;
    struct vkey *key;
    struct zlimit limit;
    int64_t least, most;

    if (!zlimit_parse(engine, command, &limit)) {
        return;
    }
    if (!bound_of(command->args[2], 1, &least) || !bound_of(command->args[3], -1, &most)) {
        vreply_text(engine, "-ERR min or max is not a float");
        return;
    }
    if (!vkey_typed(engine, command->args[1], VKEY_ZSET, &key)) {
        return;
    }
    const int64_t all = key != NULL ? key->set->present_count : 0;
    struct zrow *rows = key != NULL ? zrows(key->set) : NULL;
    int64_t from = 0;
    while (from < all && rows[from].score < least) {
        from++;
    }
    int64_t count = 0;
    while (from + count < all && rows[from + count].score <= most) {
        count++;
    }
    const int64_t skipped = limit.offset < 0 || limit.offset > count ? count : limit.offset;
    from += skipped;
    count -= skipped;
    count = limit.count >= 0 && limit.count < count ? limit.count : count;
    if (!removes) {
        reply_rows(engine, rows, from, count, limit.with_scores);
    } else if (key != NULL) {
        remove_rows(engine, key, rows, from, count);
    } else {
        vreply_int(engine, 0);
    }
    free(rows);
}
