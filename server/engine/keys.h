/* The keys, their types and their times. A key whose time is over is gone: it is freed when it is
 * looked for, or by the commands that come after, whichever is first. */
#ifndef HUBBUB_SERVER_ENGINE_KEYS_H
#define HUBBUB_SERVER_ENGINE_KEYS_H

#include "server/engine/state.h"

struct vkey *vkey_find(struct engine *engine, struct text name); /* NULL: there is none */
/* The key as one of `type`. False: it is of another, and WRONGTYPE was replied. *ret is NULL when
 * there is none. */
bool vkey_typed(struct engine *engine, struct text name, enum vkey_type type, struct vkey **ret);
/* The same, and makes it an empty one when there is none. */
bool vkey_made(struct engine *engine, struct text name, enum vkey_type type, struct vkey **ret);
void vkey_string_set(struct engine *engine, struct vkey *key, struct text value);
struct text vkey_string(const struct vkey *key);
void vkey_over_at(struct engine *engine, struct vkey *key, int64_t at_ms);
void vkey_never_over(struct engine *engine, struct vkey *key);
void vkey_remove(struct engine *engine, struct vkey *key);
void vkey_remove_if_empty(struct engine *engine, struct vkey *key); /* Redis keeps no empty ones */
void vkeys_flush(struct engine *engine);
/* Frees keys whose time is over: more than one command can give a time, and no more than a few, so
 * that they go as fast as they come and no command waits for many. */
void vkeys_expire(struct engine *engine);

#endif
