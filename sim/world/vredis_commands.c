/* Keys of the virtual Redis: strings with expiry. */
#include "sim/world/vredis_internal.h"

#include <stdlib.h>
#include <string.h>

#define NOT_AN_INTEGER "-ERR value is not an integer or out of range"

void vredis_flush(struct vredis *vredis)
{
    for (uint32_t i = 0; i < vredis->keys_len; i++) {
        free(vredis->keys[i].value);
        vredis->keys[i] = (struct vkey){.expires_ms = INT64_MAX};
    }
}

/* The key's place, its value gone if its time is over. */
static struct vkey *key_of(struct vredis *vredis, struct text name)
{
    const uint32_t index = interner_add(&vredis->key_names, name.bytes, name.len);
    if (index == vredis->keys_len) {
        HB_GROW(vredis->keys, vredis->keys_len, vredis->keys_cap);
        vredis->keys[vredis->keys_len++] = (struct vkey){.expires_ms = INT64_MAX};
    }
    struct vkey *key = &vredis->keys[index];
    if (key->value != NULL && key->expires_ms <= vredis->now_ms) {
        free(key->value);
        *key = (struct vkey){.expires_ms = INT64_MAX};
    }
    return key;
}

static void key_set(struct vkey *key, const char *bytes, size_t bytes_len)
{
    char *value = hb_malloc(bytes_len + 1);
    memcpy(value, bytes, bytes_len);
    free(key->value);
    key->value = value;
    key->value_len = bytes_len;
}

static struct text value_of(const struct vkey *key)
{
    return (struct text){key->value, (uint32_t)key->value_len};
}

struct set_options {
    bool nx, xx, get, keep;
    int64_t expires_ms; /* INT64_MAX: none */
};

static bool set_parse(struct vredis *vredis, const struct vcommand *command,
                      struct set_options *ret)
{
    *ret = (struct set_options){.expires_ms = INT64_MAX};
    for (uint32_t i = 3; i < command->args_len; i++) {
        const struct text word = command->args[i];
        const bool seconds = vtext_is(word, "ex");
        if (vtext_is(word, "nx") && !ret->xx) {
            ret->nx = true;
        } else if (vtext_is(word, "xx") && !ret->nx) {
            ret->xx = true;
        } else if (vtext_is(word, "get")) {
            ret->get = true;
        } else if (vtext_is(word, "keepttl") && ret->expires_ms == INT64_MAX) {
            ret->keep = true;
        } else if ((seconds || vtext_is(word, "px")) && i + 1 < command->args_len && !ret->keep &&
                   ret->expires_ms == INT64_MAX) {
            int64_t amount;
            if (!vtext_int(command->args[++i], &amount)) {
                vreply_text(vredis, NOT_AN_INTEGER);
                return false;
            }
            if (amount <= 0 || amount > INT64_MAX / 1000 - vredis->now_ms) {
                vreply_text(vredis, "-ERR invalid expire time in 'set' command");
                return false;
            }
            ret->expires_ms = vredis->now_ms + amount * (seconds ? 1000 : 1);
        } else {
            vreply_text(vredis, "-ERR syntax error");
            return false;
        }
    }
    return true;
}

static void set(struct vredis *vredis, const struct vcommand *command)
{
    struct set_options options;
    if (!set_parse(vredis, command, &options)) {
        return;
    }
    struct vkey *key = key_of(vredis, command->args[1]);
    const bool exists = key->value != NULL;
    const bool writes = !(options.nx && exists) && !(options.xx && !exists);
    if (options.get) {
        if (exists) {
            vreply_bulk(vredis, value_of(key));
        } else {
            vreply_nil(vredis);
        }
    } else if (writes) {
        vreply_text(vredis, "+OK");
    } else {
        vreply_nil(vredis);
    }
    if (writes) {
        key_set(key, command->args[2].bytes, command->args[2].len);
        if (!options.keep) {
            key->expires_ms = options.expires_ms;
        }
    }
}

static void get(struct vredis *vredis, const struct vcommand *command)
{
    const struct vkey *key = key_of(vredis, command->args[1]);
    if (key->value != NULL) {
        vreply_bulk(vredis, value_of(key));
    } else {
        vreply_nil(vredis);
    }
}

static void del_or_exists(struct vredis *vredis, const struct vcommand *command, bool del)
{
    int64_t count = 0;
    for (uint32_t i = 1; i < command->args_len; i++) {
        struct vkey *key = key_of(vredis, command->args[i]);
        count += key->value != NULL;
        if (del) {
            free(key->value);
            *key = (struct vkey){.expires_ms = INT64_MAX};
        }
    }
    vreply_int(vredis, count);
}

static void incr(struct vredis *vredis, const struct vcommand *command)
{
    struct vkey *key = key_of(vredis, command->args[1]);
    int64_t value = 0;
    if (key->value != NULL && !vtext_int(value_of(key), &value)) {
        vreply_text(vredis, NOT_AN_INTEGER);
        return;
    }
    if (value == INT64_MAX) {
        vreply_text(vredis, "-ERR increment or decrement would overflow");
        return;
    }
    struct buf text = {0};
    buf_add_i64(&text, value + 1);
    key_set(key, text.bytes, text.len);
    buf_deinit(&text);
    vreply_int(vredis, value + 1);
}

static void expire(struct vredis *vredis, const struct vcommand *command, int64_t unit_ms,
                   const char *out_of_range)
{
    int64_t amount;
    if (!vtext_int(command->args[2], &amount)) {
        vreply_text(vredis, NOT_AN_INTEGER);
        return;
    }
    if (amount > INT64_MAX / unit_ms || amount < INT64_MIN / unit_ms ||
        amount * unit_ms > INT64_MAX - vredis->now_ms) {
        vreply_text(vredis, out_of_range);
        return;
    }
    struct vkey *key = key_of(vredis, command->args[1]);
    if (key->value == NULL) {
        vreply_int(vredis, 0);
        return;
    }
    key->expires_ms = vredis->now_ms + amount * unit_ms;
    vreply_int(vredis, 1);
    (void)key_of(vredis, command->args[1]); /* a time of the past deletes it */
}

static void ttl(struct vredis *vredis, const struct vcommand *command, int64_t unit_ms)
{
    const struct vkey *key = key_of(vredis, command->args[1]);
    if (key->value == NULL) {
        vreply_int(vredis, -2);
    } else if (key->expires_ms == INT64_MAX) {
        vreply_int(vredis, -1);
    } else {
        vreply_int(vredis, (key->expires_ms - vredis->now_ms + unit_ms / 2) / unit_ms);
    }
}

/* name, least and most arguments with the name itself (0: any number) */
static const struct {
    const char *name;
    uint32_t least, most;
} commands[] = {
    {"set", 3, 0},    {"get", 2, 2},  {"del", 2, 0},     {"exists", 2, 0},   {"incr", 2, 2},
    {"expire", 3, 3}, {"pexpire", 3, 3}, {"ttl", 2, 2},  {"pttl", 2, 2},     {"echo", 2, 2},
    {"flushall", 1, 1}, {"publish", 3, 3}, {"subscribe", 2, 0},
};

static void run(struct vredis *vredis, const struct vcommand *command, const char *name)
{
    if (strcmp(name, "set") == 0) {
        set(vredis, command);
    } else if (strcmp(name, "get") == 0) {
        get(vredis, command);
    } else if (strcmp(name, "del") == 0 || strcmp(name, "exists") == 0) {
        del_or_exists(vredis, command, name[0] == 'd');
    } else if (strcmp(name, "incr") == 0) {
        incr(vredis, command);
    } else if (strcmp(name, "expire") == 0) {
        expire(vredis, command, 1000, "-ERR invalid expire time in 'expire' command");
    } else if (strcmp(name, "pexpire") == 0) {
        expire(vredis, command, 1, "-ERR invalid expire time in 'pexpire' command");
    } else if (strcmp(name, "ttl") == 0) {
        ttl(vredis, command, 1000);
    } else if (strcmp(name, "pttl") == 0) {
        ttl(vredis, command, 1);
    } else if (strcmp(name, "echo") == 0) {
        vreply_bulk(vredis, command->args[1]);
    } else {
        HB_ASSERT(strcmp(name, "flushall") == 0);
        vredis_flush(vredis);
        vreply_text(vredis, "+OK");
    }
}

bool vredis_command_key(struct vredis *vredis, const struct vcommand *command)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (!vtext_is(command->args[0], commands[i].name)) {
            continue;
        }
        if (command->args_len < commands[i].least ||
            (commands[i].most > 0 && command->args_len > commands[i].most)) {
            vredis_arity(vredis, command);
        } else {
            run(vredis, command, commands[i].name);
        }
        return true;
    }
    return false;
}
