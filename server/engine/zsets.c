/* See zsets.h. */
#include "server/engine/zsets.h"

#include "server/engine/args.h"
#include "server/engine/keys.h"
#include "server/engine/members.h"
#include "server/engine/reply.h"

bool vscore_of(struct text text, int64_t *ret)
{
    const bool plus = text.len > 1 && text.bytes[0] == '+' && text.bytes[1] != '-';
    int64_t score;

    if (!vtext_int((struct text){text.bytes + plus, text.len - plus}, &score) ||
        score > VSCORE_MAX || score < -VSCORE_MAX) {
        return false;
    }
    *ret = score;
    return true;
}

struct zadd_options {
    bool nx, xx, gt, lt, ch;
    uint32_t from; /* the first score's argument */
};

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
        if (!vscore_of(command->args[i], &score)) {
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
        struct vmember *member = vmember_find(&key->members, command->args[i + 1]);
        int64_t score = 0;
        const bool parsed = vscore_of(command->args[i], &score);
        HB_ASSERT(parsed); /* zadd_parse looked */
        if (member == NULL && !options.xx) {
            vmember_made(engine, &key->members, command->args[i + 1])->score = score;
            added++;
        } else if (member != NULL && !options.nx && score != member->score &&
                   !(options.gt && score < member->score) &&
                   !(options.lt && score > member->score)) {
            member->score = score;
            changed++;
        }
    }
    HB_ASSERT(key->members.count > 0);
    vreply_int(engine, added + (options.ch ? changed : 0));
}

void vzscore(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;

    if (!vkey_typed(engine, command->args[1], VKEY_ZSET, &key)) {
        return;
    }
    const struct vmember *member =
        key != NULL ? vmember_find(&key->members, command->args[2]) : NULL;
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
        vreply_int(engine, key != NULL ? key->members.count : 0);
    }
}
