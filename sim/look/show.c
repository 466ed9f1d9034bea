/* See show.h. */
#include "sim/look/show.h"

#include "reports/shown.h"
#include "server/engine/state.h"
#include "sim/look/bytes.h"
#include "sim/look/show_node.h"
#include "sim/look/show_person.h"
#include "sim/look/show_room.h"
#include "sim/look/words.h"

#include <inttypes.h>

#define NAMES_MAX 20 /* of keys that there are, or of a key's members */

/* --- What is asked for ---------------------------------------------------------------------- */

static const char *rest_of(const char *text, const char *word)
{
    const size_t len = strlen(word);
    return strncmp(text, word, len) == 0 ? text + len : NULL;
}

/* The number behind one of the words; false: it is none. */
static bool numbered(const char *text, const char *const *words, uint32_t *ret)
{
    for (; *words != NULL; words++) {
        const char *digits = rest_of(text, *words);
        uint64_t value = 0;
        const char *at = digits;
        for (; at != NULL && *at >= '0' && *at <= '9' && value < UINT32_MAX; at++) {
            value = value * 10 + (uint64_t)(*at - '0');
        }
        if (at != NULL && at > digits && *at == 0 && value < UINT32_MAX) {
            *ret = (uint32_t)value;
            return true;
        }
    }
    return false;
}

static bool below(uint32_t number, uint32_t count, const char *what, struct buf *why)
{
    if (number >= count) {
        buf_printf(why, "expected a %s from 0 to %u, got %u", what, (unsigned)count - 1,
                   (unsigned)number);
        return false;
    }
    return true;
}

bool show_read(const char *text, const struct plan *plan, struct show_wish *ret, struct buf *why)
{
    static const char *const rooms[] = {"room ", "room r", "r", NULL};
    static const char *const nodes[] = {"node ", "node n", "n", NULL};
    static const char *const people[] = {"person ", "person u", "u", NULL};
    static const char *const devices[] = {"device ", "client ", "d", "c", NULL};
    const char *key = rest_of(text, "key ");

    *ret = (struct show_wish){.what = SHOW_ROOM};
    if (numbered(text, rooms, &ret->number)) { /* more are made on the way */
        return true;
    }
    if (numbered(text, nodes, &ret->number)) {
        ret->what = SHOW_NODE;
        return below(ret->number, plan->nodes, "node", why);
    }
    if (numbered(text, people, &ret->number)) {
        ret->what = SHOW_PERSON;
        return below(ret->number, plan_users(plan), "person", why);
    }
    if (numbered(text, devices, &ret->number)) {
        ret->what = SHOW_PERSON;
        if (!below(ret->number, plan->clients, "client", why)) {
            return false;
        }
        ret->number = plan_user_of(plan, ret->number);
        return true;
    }
    if (key != NULL && key[0] != 0) {
        ret->what = SHOW_KEY;
        ret->key = key;
        return true;
    }
    buf_add_text(why, "expected 'room 3', 'node 2', 'person 17' or 'key K', got \"");
    shown_text(why, text);
    buf_add_char(why, '"');
    return false;
}

/* --- A key, or a channel -------------------------------------------------------------------- */

/* By its whole name, or without the installation that every name begins with. */
static const struct ventry *find(const struct vdict *dict, struct text name)
{
    for (const struct ventry *entry = dict->first; entry != NULL; entry = entry->after) {
        if (text_equal(entry->name, name) || text_equal(words_bare_name(entry->name), name)) {
            return entry;
        }
    }
    return NULL;
}

static void add_members(const struct vkey *key, struct buf *out)
{
    uint32_t told = 0;

    for (const struct ventry *entry = key->members.first; entry != NULL; entry = entry->after) {
        const struct vmember *of = (const struct vmember *)(const void *)entry;
        if (told++ >= NAMES_MAX) {
            continue;
        }
        buf_add_text(out, "    ");
        words_quoted(out, entry->name, LOOK_TEXT_MAX);
        if (key->type == VKEY_HASH) {
            buf_add_text(out, " = ");
            words_quoted(out, (struct text){of->value, of->value_len}, 2 * LOOK_TEXT_MAX);
        } else {
            buf_printf(out, " at %" PRId64, of->score);
        }
        buf_add_char(out, '\n');
    }
    if (told > NAMES_MAX) {
        buf_printf(out, "    and %u more\n", (unsigned)(told - NAMES_MAX));
    }
}

static void add_key(const struct world *world, const struct vkey *key, struct buf *out)
{
    if (key->type == VKEY_STRING) {
        buf_add_text(out, "  a string: ");
        words_quoted(out, (struct text){key->value, key->value_len}, 4 * LOOK_TEXT_MAX);
    } else {
        buf_printf(out, "  a %s of %u", key->type == VKEY_HASH ? "hash" : "sorted set",
                   (unsigned)key->members.count);
    }
    if (key->due.place != 0) {
        buf_printf(out, ", over in %" PRId64 " ms",
                   key->due.at_ms - (WORLD_EPOCH_MS + world_now(world) / 1000));
    }
    buf_add_char(out, '\n');
    add_members(key, out);
}

/* Which node's stream a connection of Redis is. */
static void add_listener(const struct world *world, uint64_t client, struct buf *out)
{
    uint64_t place;

    if (u64map_get(&world->redis_links, client, &place)) {
        buf_printf(out, " n%u", (unsigned)(place / WORLD_LINKS_MAX));
    } else {
        buf_add_text(out, " somebody else");
    }
}

static void add_names(const struct vdict *dict, const char *what, struct buf *out)
{
    uint32_t told = 0;

    buf_printf(out, "  there are %u %s%s", (unsigned)dict->count, what, dict->count > 0 ? ":" : "");
    for (const struct ventry *entry = dict->first; entry != NULL && told < NAMES_MAX;
         entry = entry->after, told++) {
        buf_add_char(out, ' ');
        words_quoted(out, words_bare_name(entry->name), 2 * LOOK_TEXT_MAX);
    }
    buf_add_text(out, dict->count > NAMES_MAX ? " ...\n" : "\n");
}

static void show_key(const struct world *world, const char *name, struct buf *out)
{
    const struct engine *engine = world->engine;
    const struct ventry *key = find(&engine->keys, text_of(name));
    const struct ventry *channel = find(&engine->channels, text_of(name));

    buf_add_text(out, "key ");
    words_quoted(out, text_of(name), 4 * LOOK_TEXT_MAX);
    buf_add_text(out, " of Redis at ");
    words_instant(out, world_now(world));
    buf_add_char(out, '\n');
    if (key != NULL) {
        add_key(world, (const struct vkey *)(const void *)key, out);
    }
    if (channel != NULL) {
        const struct vchannel *of = (const struct vchannel *)(const void *)channel;
        buf_add_text(out, "  a channel; who listens:");
        for (uint32_t i = 0; i < of->subscribers_len; i++) {
            add_listener(world, of->subscribers[i].client->id, out);
        }
        buf_add_char(out, '\n');
    }
    if (key == NULL && channel == NULL) {
        buf_add_text(out, "  no key and no channel is called so\n");
        add_names(&engine->keys, "keys", out);
        add_names(&engine->channels, "channels", out);
    }
}

/* What Redis has of somebody. */
static void add_record(const struct world *world, uint32_t user, struct buf *out)
{
    const struct text name = names_text(&world->names, NAME_USER, user);
    struct buf key = {0};

    buf_printf(&key, "presence:detail:%.*s", (int)name.len, name.bytes);
    const struct ventry *record = find(&world->engine->keys, text_of(key.bytes));
    if (record != NULL) {
        buf_printf(out, "  Redis has of them, as %s:\n", key.bytes);
        add_key(world, (const struct vkey *)(const void *)record, out);
    }
    buf_deinit(&key);
}

void show(const struct world *world, const struct show_wish *wish, struct buf *out)
{
    switch (wish->what) {
    case SHOW_ROOM:
        show_room(world, wish->number, out);
        return;
    case SHOW_NODE:
        show_node(world, wish->number, out);
        return;
    case SHOW_PERSON:
        show_person(world, wish->number, out);
        add_record(world, wish->number, out);
        return;
    case SHOW_KEY:
        show_key(world, wish->key, out);
        return;
    }
    HB_UNREACHABLE("nothing to show");
}
