/* Connections, the table of commands and transactions of the virtual Redis. See engine.h. */
#include "server/engine/engine.h"

#include "server/engine/internal.h"

#include <stdlib.h>
#include <string.h>

#define NAME_LEN_MAX 24 /* longer than any name in the table */

static const struct vcommand_spec specs[] = {
    {"publish", vpublish, 3, .when_subscribed = false},
    {"ping", vping, -1, .when_subscribed = true},
    {"subscribe", vsubscribe, -2, .when_subscribed = true},
    {"unsubscribe", vunsubscribe, -1, .when_subscribed = true},
    {"quit", vquit, -1, .when_subscribed = true, .never_queued = true},
    {"echo", vecho, 2, .when_subscribed = false},
    {"select", vselect, 2, .when_subscribed = false},
    {"pubsub", vpubsub, -2, .has_subcommands = true},
    {"flushall", vflushall, -1, .when_subscribed = false},
    {"set", vset_string, -3, .when_subscribed = false},
    {"get", vget, 2, .when_subscribed = false},
    {"incr", vincr, 2, .when_subscribed = false},
    {"incrby", vincr, 3, .when_subscribed = false},
    {"del", vdel, -2, .when_subscribed = false},
    {"exists", vexists, -2, .when_subscribed = false},
    {"type", vtype, 2, .when_subscribed = false},
    {"expire", vexpire, -3, .when_subscribed = false},
    {"pexpire", vexpire, -3, .when_subscribed = false},
    {"ttl", vttl, 2, .when_subscribed = false},
    {"pttl", vttl, 2, .when_subscribed = false},
    {"persist", vpersist, 2, .when_subscribed = false},
    {"multi", vmulti, 1, .never_queued = true},
    {"exec", vexec, 1, .never_queued = true},
    {"discard", vdiscard, 1, .never_queued = true},
    {"hset", vhset, -4, .when_subscribed = false},
    {"hget", vhget, 3, .when_subscribed = false},
    {"hdel", vhdel_or_zrem, -3, .when_subscribed = false},
    {"hgetall", vhgetall, 2, .when_subscribed = false},
    {"hincrby", vhincrby, 4, .when_subscribed = false},
    {"zadd", vzadd, -4, .when_subscribed = false},
    {"zscore", vzscore, 3, .when_subscribed = false},
    {"zrem", vhdel_or_zrem, -3, .when_subscribed = false},
    {"zcard", vzcard, 2, .when_subscribed = false},
    {"zrange", vzrange, -4, .when_subscribed = false},
    {"zrangebyscore", vzrangebyscore, -4, .when_subscribed = false},
    {"zremrangebyscore", vzrangebyscore, 4, .when_subscribed = false},
};
#define SPECS_COUNT (sizeof specs / sizeof specs[0])

/* --- Life and connections ------------------------------------------------------------------- */

struct engine *engine_new(void)
{
    struct engine *engine = hb_calloc(1, sizeof *engine);

    for (uint32_t i = 0; i < SPECS_COUNT; i++) {
        const uint32_t place =
            interner_add(&engine->command_names, specs[i].name, strlen(specs[i].name));
        HB_ASSERT(place == i); /* no name twice */
        HB_ASSERT(strlen(specs[i].name) <= NAME_LEN_MAX);
    }
    return engine;
}

static void client_free(struct engine *engine, struct vclient *client)
{
    engine_leave_all(engine, client);
    buf_deinit(&client->query);
    buf_deinit(&client->queued);
    free(client->channels);
    free(client);
}

static void disconnect_all(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->clients_len; i++) {
        if (engine->clients[i] != NULL) {
            (void)u64map_remove(&engine->client_of, engine->clients[i]->id, NULL);
            client_free(engine, engine->clients[i]);
            engine->clients[i] = NULL;
        }
    }
    engine->clients_len = 0;
    HB_ASSERT(u64map_count(&engine->client_of) == 0);
}

void engine_free(struct engine **engine_pointer)
{
    struct engine *engine = *engine_pointer;

    if (engine == NULL) {
        return;
    }
    disconnect_all(engine);
    vkeys_flush(engine);
    for (uint32_t i = 0; i < engine->channels_len; i++) {
        free(engine->channels[i].subscribers);
    }
    free(engine->channels);
    free(engine->keys);
    free(engine->clients);
    interner_deinit(&engine->command_names);
    interner_deinit(&engine->key_names);
    interner_deinit(&engine->channel_names);
    u64map_deinit(&engine->client_of);
    free(engine);
    *engine_pointer = NULL;
}

void engine_restart(struct engine *engine)
{
    disconnect_all(engine);
    vkeys_flush(engine);
}

void engine_connect(struct engine *engine, uint64_t client_id)
{
    uint32_t index = 0;

    HB_ASSERT(!u64map_get(&engine->client_of, client_id, NULL));
    while (index < engine->clients_len && engine->clients[index] != NULL) {
        index++;
    }
    if (index == engine->clients_len) {
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
        HB_GROW(engine->clients, engine->clients_len, engine->clients_cap);
        engine->clients_len++;
    }
    engine->clients[index] = hb_calloc(1, sizeof **engine->clients);
    engine->clients[index]->id = client_id;
    u64map_put(&engine->client_of, client_id, index);
}

void engine_disconnect(struct engine *engine, uint64_t client_id)
{
    uint64_t index;

    if (u64map_remove(&engine->client_of, client_id, &index)) {
        HB_ASSERT(engine->clients[index]->id == client_id);
        client_free(engine, engine->clients[index]);
        engine->clients[index] = NULL;
    }
}

/* Redis ends the connection after what was just written to it, and hears nothing more of it. */
static void client_close(struct engine *engine, struct vclient *client)
{
    struct engine_out *out = engine->out;

    HB_ASSERT(out->items_len > 0);
    HB_ASSERT(out->items[out->items_len - 1].client == client->id);
    out->items[out->items_len - 1].close = true;
    client->closing = true;
    engine_leave_all(engine, client);
}

/* --- Executing ------------------------------------------------------------------------------ */

/* NULL: no such command. */
static const struct vcommand_spec *spec_of(const struct engine *engine, struct text name)
{
    char lower[NAME_LEN_MAX];

    if (name.len > NAME_LEN_MAX) {
        return NULL;
    }
    for (uint32_t i = 0; i < name.len; i++) {
        const char c = name.bytes[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    const uint32_t place = interner_find(&engine->command_names, lower, name.len);
    return place != INTERNER_NONE ? &specs[place] : NULL;
}

/* Redis shows at most 128 bytes of the name, and arguments until 128 bytes are shown. */
static void unknown_command(struct engine *engine, const struct vcommand *command)
{
    struct buf *bytes = &engine->out->bytes;

    buf_add_text(bytes, "-ERR unknown command '");
    vshow(bytes, command->args[0], 128);
    buf_add_text(bytes, "', with args beginning with: ");
    const size_t from = bytes->len;
    for (uint32_t i = 1; i < command->args_len && bytes->len - from < 128; i++) {
        const uint32_t left = 128 - (uint32_t)(bytes->len - from);
        buf_add_char(bytes, '\'');
        vshow(bytes, command->args[i], left);
        buf_add_text(bytes, "' ");
    }
    buf_add(bytes, "\r\n", 2);
}

static bool arity_is_wrong(const struct vcommand *command)
{
    const int64_t given = command->args_len;
    const int64_t arity = command->spec->arity;
    return arity < 0 ? given < -arity : given != arity;
}

#define IN_CONTEXT                                                                                 \
    "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"

/* A refused EXEC ends its transaction, and says so even where there is none. */
static void reject(struct engine *engine, const struct vcommand *command, const char *before,
                   const char *after)
{
    struct buf *bytes = &engine->out->bytes;

    if (command->spec->run == vexec) {
        buf_add_text(bytes, "-EXECABORT Transaction discarded because of: ");
        command->client->multi = false;
    } else {
        buf_add_text(bytes, "-ERR ");
    }
    buf_add_text(bytes, before);
    buf_add_text(bytes, command->spec->name);
    vreply_text(engine, after);
}

/* Refuses what Redis refuses before it executes or queues a command. True: refused. */
static bool refused(struct engine *engine, const struct vcommand *command)
{
    const struct vcommand_spec *spec = command->spec;

    if (spec == NULL) {
        unknown_command(engine, command);
        return true;
    }
    if (spec->has_subcommands && command->args_len > 1 && !vtext_is(command->args[1], "numsub")) {
        vreply_refusal(engine, "unknown subcommand '", command->args[1], 128,
                       "'. Try PUBSUB HELP.");
        return true;
    }
    if (arity_is_wrong(command)) {
        reject(engine, command, "wrong number of arguments for '", "' command");
        return true;
    }
    if (command->client->channels_len > 0 && !spec->when_subscribed) {
        reject(engine, command, "Can't execute '",
               spec->has_subcommands ? "|numsub" IN_CONTEXT : IN_CONTEXT);
        return true;
    }
    return false;
}

static void queue(struct engine *engine, const struct vcommand *command)
{
    struct buf *queued = &command->client->queued;

    buf_add_char(queued, '*');
    buf_add_u64(queued, command->args_len);
    buf_add(queued, "\r\n", 2);
    for (uint32_t i = 0; i < command->args_len; i++) {
        buf_add_char(queued, '$');
        buf_add_u64(queued, command->args[i].len);
        buf_add(queued, "\r\n", 2);
        buf_add(queued, command->args[i].bytes, command->args[i].len);
        buf_add(queued, "\r\n", 2);
    }
    command->client->queued_count++;
    vreply_text(engine, "+QUEUED");
}

static void execute(struct engine *engine, struct vcommand *command)
{
    struct vclient *client = command->client;

    command->spec = spec_of(engine, command->args[0]);
    vreply_begin(engine);
    if (refused(engine, command)) {
        client->multi_bad = true;
    } else if (client->multi && !command->spec->never_queued) {
        queue(engine, command);
    } else {
        command->spec->run(engine, command);
    }
    vreply_end(engine, client->id);
}

void vquit(struct engine *engine, const struct vcommand *command)
{
    vreply_text(engine, "+OK");
    vreply_end(engine, command->client->id);
    client_close(engine, command->client);
}

/* --- Transactions --------------------------------------------------------------------------- */

static void multi_clear(struct vclient *client)
{
    client->multi = false;
    client->multi_bad = false;
    client->queued_count = 0;
    buf_clear(&client->queued);
}

void vmulti(struct engine *engine, const struct vcommand *command)
{
    if (command->client->multi) {
        vreply_text(engine, "-ERR MULTI calls can not be nested");
        return;
    }
    multi_clear(command->client);
    command->client->multi = true;
    vreply_text(engine, "+OK");
}

void vdiscard(struct engine *engine, const struct vcommand *command)
{
    if (!command->client->multi) {
        vreply_text(engine, "-ERR DISCARD without MULTI");
        return;
    }
    multi_clear(command->client);
    vreply_text(engine, "+OK");
}

void vexec(struct engine *engine, const struct vcommand *command)
{
    struct vclient *client = command->client;
    struct vcommand *inner;
    struct buf scratch = {0};
    char error[48];

    if (!client->multi) {
        vreply_text(engine, "-ERR EXEC without MULTI");
        return;
    }
    if (client->multi_bad) {
        multi_clear(client);
        vreply_text(engine, "-EXECABORT Transaction discarded because of previous errors.");
        return;
    }
    vreply_array(engine, client->queued_count);
    inner = hb_malloc(sizeof *inner);
    inner->client = client;
    const char *at = client->queued.bytes;
    for (uint32_t i = 0; i < client->queued_count; i++) {
        const enum vparsed parsed =
            vparse(&at, client->queued.bytes + client->queued.len, inner, &scratch, error);
        HB_ASSERT(parsed == VPARSED_COMMAND); /* queue() wrote it */
        inner->spec = spec_of(engine, inner->args[0]);
        HB_ASSERT(inner->spec != NULL); /* refused() let it into the queue */
        inner->spec->run(engine, inner);
    }
    free(inner);
    buf_deinit(&scratch);
    multi_clear(client);
}

/* --- Bytes ---------------------------------------------------------------------------------- */

static void protocol_error(struct engine *engine, struct vclient *client, const char *what)
{
    vreply_begin(engine);
    buf_add_text(&engine->out->bytes, "-ERR Protocol error: ");
    vreply_text(engine, what);
    vreply_end(engine, client->id);
    client_close(engine, client);
}

/* Executes the whole commands among the bytes and returns where the rest begins. */
static const char *feed(struct engine *engine, struct vclient *client, const char *at,
                        const char *end)
{
    struct vcommand command;
    struct buf scratch = {0};
    char error[48];

    command.client = client;
    while (!client->closing) {
        const enum vparsed parsed = vparse(&at, end, &command, &scratch, error);
        if (parsed == VPARSED_PARTIAL) {
            break;
        }
        if (parsed == VPARSED_BAD) {
            protocol_error(engine, client, error);
        } else if (parsed == VPARSED_COMMAND) {
            execute(engine, &command);
        }
    }
    buf_deinit(&scratch);
    return at;
}

void engine_feed(struct engine *engine, uint64_t client_id, const char *bytes, size_t bytes_len,
                 int64_t now_ms, struct engine_out *out)
{
    uint64_t index;

    if (bytes_len == 0 || !u64map_get(&engine->client_of, client_id, &index)) {
        return;
    }
    struct vclient *client = engine->clients[index];
    HB_ASSERT(client->id == client_id);
    if (client->closing) {
        return;
    }
    engine->out = out;
    engine->now_ms = now_ms;
    if (client->query.len == 0) { /* the common case: no copy */
        const char *rest = feed(engine, client, bytes, bytes + bytes_len);
        if (rest < bytes + bytes_len) {
            buf_add(&client->query, rest, (size_t)(bytes + bytes_len - rest));
        }
    } else {
        buf_add(&client->query, bytes, bytes_len);
        const char *from = client->query.bytes;
        buf_drop_front(&client->query,
                       (size_t)(feed(engine, client, from, from + client->query.len) - from));
    }
}
