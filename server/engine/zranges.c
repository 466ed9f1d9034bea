/* See zranges.h. */
#include "server/engine/zranges.h"

#include "server/base/sort.h"
#include "server/engine/args.h"
#include "server/engine/keys.h"
#include "server/engine/members.h"
#include "server/engine/reply.h"
#include "server/engine/zsets.h"

#include <stdlib.h>
#include <string.h>

struct zrow {
    struct vmember *member;
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
static struct zrow *zrows(const struct vdict *members)
{
    struct zrow *rows = hb_calloc(members->count, sizeof *rows);
    uint32_t count = 0;

    for (struct vmember *member = vmember_first(members); member != NULL;
         member = vmember_after(member)) {
        rows[count++] = (struct zrow){member, member->entry.name, member->score};
    }
    HB_ASSERT(count == members->count);
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
    const int64_t count = key != NULL ? key->members.count : 0;
    first += first < 0 ? count : 0;
    last += last < 0 ? count : 0;
    first = first < 0 ? 0 : first;
    last = last >= count ? count - 1 : last;
    if (first > last) {
        vreply_array(engine, 0);
        return;
    }
    HB_ASSERT(key != NULL); /* else the range is empty */
    struct zrow *rows = zrows(&key->members);
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
        *ret = -VSCORE_MAX - 1;
    } else if (vtext_is(rest, "+inf") || vtext_is(rest, "inf")) {
        *ret = VSCORE_MAX + 1;
    } else if (!vscore_of(rest, ret)) {
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
        vmember_remove(engine, &key->members, rows[i].member);
    }
    vkey_remove_if_empty(engine, key);
    vreply_int(engine, count);
}

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
    const int64_t all = key != NULL ? key->members.count : 0;
    struct zrow *rows = key != NULL ? zrows(&key->members) : NULL;
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
