/* See keys.h. */
#include "server/engine/keys.h"

#include "server/engine/members.h"
#include "server/engine/reply.h"

#include <stdlib.h>

#define EXPIRED_KEYS_MAX 16 /* of one command; it gives a time to one key at most */

static struct vkey *key_of(struct vdue *due)
{
    return (struct vkey *)(void *)((char *)due - offsetof(struct vkey, due));
}

static bool is_over(const struct engine *engine, const struct vdue *due)
{
    return due->place != 0 && engine->now_ms > due->at_ms;
}

struct vkey *vkey_find(struct engine *engine, struct text name)
{
    struct vkey *key = (struct vkey *)vdict_find(&engine->keys, name);

    if (key != NULL && is_over(engine, &key->due)) {
        vkey_remove(engine, key);
        return NULL;
    }
    return key;
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
        key = (struct vkey *)vdict_add(&engine->keys, name, sizeof *key);
        key->type = type;
        engine->stored_bytes += vdict_bytes(&key->entry);
    }
    *ret = key;
    return true;
}

void vkey_string_set(struct engine *engine, struct vkey *key, struct text value)
{
    HB_ASSERT(key->type == VKEY_STRING);
    engine->stored_bytes += value.len;
    engine->stored_bytes -= key->value_len;
    free(key->value);
    key->value = hb_strndup(value.bytes, value.len);
    key->value_len = value.len;
}

struct text vkey_string(const struct vkey *key)
{
    HB_ASSERT(key->type == VKEY_STRING);
    return (struct text){key->value, key->value_len};
}

void vkey_over_at(struct engine *engine, struct vkey *key, int64_t at_ms)
{
    vdue_set(&engine->dues, &key->due, at_ms);
}

void vkey_never_over(struct engine *engine, struct vkey *key)
{
    vdue_never(&engine->dues, &key->due);
}

void vkey_remove(struct engine *engine, struct vkey *key)
{
    vkey_never_over(engine, key);
    vmembers_clear(engine, &key->members);
    const size_t bytes = vdict_bytes(&key->entry) + key->value_len;
    HB_ASSERT(engine->stored_bytes >= bytes);
    engine->stored_bytes -= bytes;
    free(key->value);
    vdict_remove(&engine->keys, &key->entry);
}

void vkey_remove_if_empty(struct engine *engine, struct vkey *key)
{
    HB_ASSERT(key->type != VKEY_STRING);
    if (key->members.count == 0) {
        vkey_remove(engine, key);
    }
}

void vkeys_flush(struct engine *engine)
{
    while (engine->keys.count > 0) {
        vkey_remove(engine, (struct vkey *)engine->keys.last);
    }
    HB_ASSERT(vdue_first(&engine->dues) == NULL);
}

void vkeys_expire(struct engine *engine)
{
    for (int i = 0; i < EXPIRED_KEYS_MAX; i++) {
        struct vdue *due = vdue_first(&engine->dues);
        if (due == NULL || !is_over(engine, due)) {
            return;
        }
        vkey_remove(engine, key_of(due));
    }
}
