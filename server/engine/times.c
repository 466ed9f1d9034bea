/* See times.h. */
#include "server/engine/times.h"

#include "server/engine/args.h"
#include "server/engine/keys.h"
#include "server/engine/reply.h"

void vdel(struct engine *engine, const struct vcommand *command)
{
    int64_t count = 0;

    for (uint32_t i = 1; i < command->args_len; i++) {
        struct vkey *key = vkey_find(engine, command->args[i]);
        if (key != NULL) {
            vkey_remove(engine, key);
            count++;
        }
    }
    vreply_int(engine, count);
}

void vexists(struct engine *engine, const struct vcommand *command)
{
    int64_t count = 0;

    for (uint32_t i = 1; i < command->args_len; i++) {
        count += vkey_find(engine, command->args[i]) != NULL;
    }
    vreply_int(engine, count);
}

void vtype(struct engine *engine, const struct vcommand *command)
{
    static const char *const words[] = {"+none", "+string", "+hash", "+zset"};
    const struct vkey *key = vkey_find(engine, command->args[1]);

    vreply_text(engine, words[key != NULL ? key->type : VKEY_NONE]);
}

struct expire_options {
    bool nx, xx, gt, lt;
};

static bool expire_parse(struct engine *engine, const struct vcommand *command,
                         struct expire_options *ret)
{
    *ret = (struct expire_options){0};
    for (uint32_t i = 3; i < command->args_len; i++) {
        const struct text word = command->args[i];
        if (vtext_is(word, "nx")) {
            ret->nx = true;
        } else if (vtext_is(word, "xx")) {
            ret->xx = true;
        } else if (vtext_is(word, "gt")) {
            ret->gt = true;
        } else if (vtext_is(word, "lt")) {
            ret->lt = true;
        } else {
            vreply_refusal(engine, "Unsupported option ", word, word.len, "");
            return false;
        }
    }
    if (ret->nx && (ret->xx || ret->gt || ret->lt)) {
        vreply_text(engine, "-ERR NX and XX, GT or LT options at the same time are not compatible");
        return false;
    }
    if (ret->gt && ret->lt) {
        vreply_text(engine, "-ERR GT and LT options at the same time are not compatible");
        return false;
    }
    return true;
}

/* Do the options let `when_ms` replace the old time? */
static bool expire_allowed(struct expire_options options, int64_t when_ms, const struct vdue *old)
{
    const bool never = old->place == 0;
    const int64_t old_ms = old->at_ms;

    return !(options.nx && !never) && !(options.xx && never) &&
           !(options.gt && (never || when_ms <= old_ms)) &&
           !(options.lt && !never && when_ms >= old_ms);
}

void vexpire(struct engine *engine, const struct vcommand *command)
{
    const struct text name = text_of(command->spec->name);
    const int64_t unit_ms = name.bytes[0] == 'p' ? 1 : 1000;
    struct expire_options options;
    int64_t amount;

    if (!expire_parse(engine, command, &options)) {
        return;
    }
    if (!vtext_int(command->args[2], &amount)) {
        vreply_text(engine, vreply_not_an_integer);
        return;
    }
    if (amount > INT64_MAX / unit_ms || amount < INT64_MIN / unit_ms ||
        amount * unit_ms > INT64_MAX - engine->now_ms) {
        vreply_refusal(engine, "invalid expire time in '", name, name.len, "' command");
        return;
    }
    struct vkey *key = vkey_find(engine, command->args[1]);
    const int64_t when_ms = amount * unit_ms + engine->now_ms;
    if (key == NULL || !expire_allowed(options, when_ms, &key->due)) {
        vreply_int(engine, 0);
        return;
    }
    if (when_ms <= engine->now_ms) {
        vkey_remove(engine, key);
    } else {
        vkey_over_at(engine, key, when_ms);
    }
    vreply_int(engine, 1);
}

void vttl(struct engine *engine, const struct vcommand *command)
{
    const struct vkey *key = vkey_find(engine, command->args[1]);

    if (key == NULL) {
        vreply_int(engine, -2);
    } else if (key->due.place == 0) {
        vreply_int(engine, -1);
    } else {
        const int64_t left_ms = key->due.at_ms - engine->now_ms;
        HB_ASSERT(left_ms >= 0);
        const int64_t left_s = left_ms / 1000 + (left_ms % 1000 >= 500);
        vreply_int(engine, command->spec->name[0] == 'p' ? left_ms : left_s);
    }
}

void vpersist(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key = vkey_find(engine, command->args[1]);
    const bool had = key != NULL && key->due.place != 0;

    if (had) {
        vkey_never_over(engine, key);
    }
    vreply_int(engine, had);
}
