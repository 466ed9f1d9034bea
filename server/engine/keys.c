/* The keys of the virtual Redis, their types and their times. */
#include "server/engine/internal.h"

#include <stdlib.h>
#include <string.h>

void vkey_clear(struct vkey *key)
{
    free(key->value);
    vset_free(key->set);
    *key = (struct vkey){.type = VKEY_NONE, .expires_ms = INT64_MAX};
}

void vkeys_flush(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->keys_len; i++) {
        vkey_clear(&engine->keys[i]);
    }
}

struct vkey *vkey_find(struct engine *engine, struct text name)
{
    const uint32_t index = interner_find(&engine->key_names, name.bytes, name.len);

    if (index == INTERNER_NONE) {
        return NULL;
    }
    struct vkey *key = &engine->keys[index];
    if (key->type != VKEY_NONE && engine->now_ms > key->expires_ms) {
        vkey_clear(key);
    }
    return key->type != VKEY_NONE ? key : NULL;
}

bool vkey_typed(struct engine *engine, struct text name, enum vkey_type type, struct vkey **ret)
{
    struct vkey *key = vkey_find(engine, name);

    if (key != NULL && key->type != type) {
        vreply_text(engine, vreply_wrong_type);
        return false;
    }
    *ret = key;
    return true;
}

bool vkey_made(struct engine *engine, struct text name, enum vkey_type type, struct vkey **ret)
{
    struct vkey *key;

    if (!vkey_typed(engine, name, type, &key)) {
        return false;
    }
    if (key == NULL) {
        const uint32_t index = interner_add(&engine->key_names, name.bytes, name.len);
        if (index == engine->keys_len) {
            HB_GROW(engine->keys, engine->keys_len, engine->keys_cap);
            engine->keys[engine->keys_len++] = (struct vkey){.expires_ms = INT64_MAX};
        }
        key = &engine->keys[index];
        HB_ASSERT(key->type == VKEY_NONE);
        key->type = type;
        if (type != VKEY_STRING) {
            key->set = hb_calloc(1, sizeof *key->set);
        }
    }
    *ret = key;
    return true;
}

void vkey_set_string(struct vkey *key, const char *bytes, size_t bytes_len)
{
    char *value = hb_strndup(bytes, bytes_len); /* before the old one goes: it may be the same */

    HB_ASSERT(key->type == VKEY_STRING);
    free(key->value);
    key->value = value;
    key->value_len = (uint32_t)bytes_len;
}

/* --- Commands ------------------------------------------------------------------------------- */

void vdel(struct engine *engine, const struct vcommand *command)
{
    int64_t count = 0;

    for (uint32_t i = 1; i < command->args_len; i++) {
        struct vkey *key = vkey_find(engine, command->args[i]);
        if (key != NULL) {
            vkey_clear(key);
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

/* Do the options let `when_ms` replace `old_ms` (INT64_MAX: never)? */
static bool expire_allowed(struct expire_options options, int64_t when_ms, int64_t old_ms)
{
    const bool never = old_ms == INT64_MAX;

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
    if (key == NULL || !expire_allowed(options, when_ms, key->expires_ms)) {
        vreply_int(engine, 0);
        return;
    }
    if (when_ms <= engine->now_ms) {
        vkey_clear(key);
    } else {
        key->expires_ms = when_ms;
    }
    vreply_int(engine, 1);
}

void vttl(struct engine *engine, const struct vcommand *command)
{
    const struct vkey *key = vkey_find(engine, command->args[1]);

    if (key == NULL) {
        vreply_int(engine, -2);
    } else if (key->expires_ms == INT64_MAX) {
        vreply_int(engine, -1);
    } else {
        const int64_t left_ms = key->expires_ms - engine->now_ms;
        HB_ASSERT(left_ms >= 0);
        vreply_int(engine, command->spec->name[0] == 'p' ? left_ms : (left_ms + 500) / 1000);
    }
}

void vpersist(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key = vkey_find(engine, command->args[1]);
    const bool had = key != NULL && key->expires_ms != INT64_MAX;

    if (had) {
        key->expires_ms = INT64_MAX;
    }
    vreply_int(engine, had);
}
