/* See strings.h. */
#include "server/engine/strings.h"

#include "server/engine/args.h"
#include "server/engine/keys.h"
#include "server/engine/reply.h"

static void reply_value(struct engine *engine, const struct vkey *key)
{
    if (key != NULL) {
        vreply_bulk(engine, vkey_string(key));
    } else {
        vreply_nil(engine);
    }
}

struct set_options {
    bool nx, xx, get, keep;
    const struct text *expire; /* NULL: none */
    int64_t unit_ms;
};

/* False: a syntax error. The time itself is judged later, as Redis does. */
static bool set_parse(const struct vcommand *command, struct set_options *ret)
{
    *ret = (struct set_options){.unit_ms = 1};
    for (uint32_t i = 3; i < command->args_len; i++) {
        const struct text word = command->args[i];
        const bool seconds = vtext_is(word, "ex");
        if (vtext_is(word, "nx") && !ret->xx) {
            ret->nx = true;
        } else if (vtext_is(word, "xx") && !ret->nx) {
            ret->xx = true;
        } else if (vtext_is(word, "get")) {
            ret->get = true;
        } else if (vtext_is(word, "keepttl") && ret->expire == NULL) {
            ret->keep = true;
        } else if ((seconds || vtext_is(word, "px")) && i + 1 < command->args_len && !ret->keep &&
                   ret->expire == NULL) {
            ret->expire = &command->args[++i];
            ret->unit_ms = seconds ? 1000 : 1;
        } else {
            return false;
        }
    }
    return true;
}

/* When the key's time will be over; 0: never. False: an error was replied. */
static bool set_expiry(struct engine *engine, const struct set_options *options, int64_t *ret_ms)
{
    int64_t amount;

    if (options->expire == NULL) {
        *ret_ms = 0;
        return true;
    }
    if (!vtext_int(*options->expire, &amount)) {
        vreply_text(engine, vreply_not_an_integer);
        return false;
    }
    if (amount <= 0 || amount > INT64_MAX / options->unit_ms ||
        amount * options->unit_ms > INT64_MAX - engine->now_ms) {
        vreply_text(engine, "-ERR invalid expire time in 'set' command");
        return false;
    }
    *ret_ms = amount * options->unit_ms + engine->now_ms;
    return true;
}

void vset(struct engine *engine, const struct vcommand *command)
{
    struct set_options options;
    int64_t expires_ms;
    struct vkey *key = NULL;

    if (!set_parse(command, &options)) {
        vreply_text(engine, vreply_syntax);
        return;
    }
    if (!set_expiry(engine, &options, &expires_ms)) {
        return;
    }
    if (options.get) {
        if (!vkey_typed(engine, command->args[1], VKEY_STRING, &key)) {
            return;
        }
        reply_value(engine, key);
    }
    key = vkey_find(engine, command->args[1]);
    if ((options.nx && key != NULL) || (options.xx && key == NULL)) {
        if (!options.get) {
            vreply_nil(engine);
        }
        return;
    }
    const bool kept = options.keep && key != NULL && key->due.place != 0;
    const int64_t when_ms = kept ? key->due.at_ms : expires_ms;
    if (key != NULL && key->type != VKEY_STRING) {
        vkey_remove(engine, key); /* SET replaces a key of any type */
    }
    const bool made = vkey_made(engine, command->args[1], VKEY_STRING, &key);
    HB_ASSERT(made);
    vkey_string_set(engine, key, command->args[2]);
    if (kept || options.expire != NULL) {
        vkey_over_at(engine, key, when_ms);
    } else {
        vkey_never_over(engine, key);
    }
    if (!options.get) {
        vreply_text(engine, "+OK");
    }
}

void vget(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;

    if (vkey_typed(engine, command->args[1], VKEY_STRING, &key)) {
        reply_value(engine, key);
    }
}

/* INCR and INCRBY */
void vincr(struct engine *engine, const struct vcommand *command)
{
    struct vkey *key;
    struct buf text = {0};
    int64_t by = 1;
    int64_t value = 0;

    if (command->args_len > 2 && !vtext_int(command->args[2], &by)) {
        vreply_text(engine, vreply_not_an_integer);
        return;
    }
    if (!vkey_typed(engine, command->args[1], VKEY_STRING, &key)) {
        return;
    }
    if (key != NULL && !vtext_int(vkey_string(key), &value)) {
        vreply_text(engine, vreply_not_an_integer);
        return;
    }
    if (__builtin_add_overflow(value, by, &value)) {
        vreply_text(engine, vreply_overflow);
        return;
    }
    const bool made = vkey_made(engine, command->args[1], VKEY_STRING, &key);
    HB_ASSERT(made);
    buf_add_i64(&text, value);
    vkey_string_set(engine, key, (struct text){text.bytes, (uint32_t)text.len});
    buf_deinit(&text);
    vreply_int(engine, value);
}
