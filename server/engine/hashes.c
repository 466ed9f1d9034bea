/* See hashes.h. */
#include "server/engine/hashes.h"

#include "server/engine/args.h"
#include "server/engine/keys.h"
#include "server/engine/members.h"
#include "server/engine/reply.h"

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
        added += vmember_find(&key->members, command->args[i]) == NULL;
        vmember_value_set(engine, vmember_made(engine, &key->members, command->args[i]),
                          command->args[i + 1]);
    }
    vreply_int(engine, added);
}

void vhget(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;

    if (!vkey_typed(engine, command->args[1], VKEY_HASH, &key)) {
        return;
    }
    const struct vmember *member =
        key != NULL ? vmember_find(&key->members, command->args[2]) : NULL;
    if (member != NULL) {
        vreply_bulk(engine, (struct text){member->value, member->value_len});
    } else {
        vreply_nil(engine);
    }
}

void vhgetall(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;

    if (!vkey_typed(engine, command->args[1], VKEY_HASH, &key)) {
        return;
    }
    vreply_array(engine, key != NULL ? key->members.count * 2 : 0);
    const struct vmember *member = key != NULL ? vmember_first(&key->members) : NULL;
    for (; member != NULL; member = vmember_after(member)) {
        vreply_bulk(engine, member->entry.name);
        vreply_bulk(engine, (struct text){member->value, member->value_len});
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
    const struct vmember *old = vmember_find(&key->members, command->args[2]);
    if (old != NULL && !vtext_int((struct text){old->value, old->value_len}, &value)) {
        vreply_text(engine, "-ERR hash value is not an integer");
        return;
    }
    if (__builtin_add_overflow(value, by, &value)) {
        vreply_text(engine, vreply_overflow);
        return;
    }
    buf_add_i64(&text, value);
    vmember_value_set(engine, vmember_made(engine, &key->members, command->args[2]),
                      (struct text){text.bytes, (uint32_t)text.len});
    buf_deinit(&text);
    vreply_int(engine, value);
}

/* --- Of both -------------------------------------------------------------------------------- */

void vremove_members(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;
    int64_t removed = 0;
    const enum vkey_type type = command->spec->name[0] == 'h' ? VKEY_HASH : VKEY_ZSET;

    if (!vkey_typed(engine, command->args[1], type, &key)) {
        return;
    }
    for (uint32_t i = 2; key != NULL && i < command->args_len; i++) {
        struct vmember *member = vmember_find(&key->members, command->args[i]);
        if (member != NULL) {
            vmember_remove(engine, &key->members, member);
            removed++;
        }
    }
    if (key != NULL) {
        vkey_remove_if_empty(engine, key);
    }
    vreply_int(engine, removed);
}
