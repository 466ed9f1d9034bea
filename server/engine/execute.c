/* See execute.h. */
#include "server/engine/execute.h"

#include "server/engine/args.h"
#include "server/engine/channels.h"
#include "server/engine/hashes.h"
#include "server/engine/keys.h"
#include "server/engine/reply.h"
#include "server/engine/server.h"
#include "server/engine/strings.h"
#include "server/engine/times.h"
#include "server/engine/zranges.h"
#include "server/engine/zsets.h"

#include <stdlib.h>
#include <string.h>

#define NAME_LEN_MAX 24 /* longer than any name in the table */

static void vmulti(struct engine *engine, const struct vcommand *command);
static void vexec(struct engine *engine, const struct vcommand *command);
static void vdiscard(struct engine *engine, const struct vcommand *command);
static void vquit(struct engine *engine, const struct vcommand *command);

static const struct vcommand_spec specs[] = {
    {"publish", vpublish, 3, .when_subscribed = false},
    {"ping", vping, -1, .when_subscribed = true},
    {"subscribe", vsubscribe, -2, .when_subscribed = true, .grows = true},
    {"unsubscribe", vunsubscribe, -1, .when_subscribed = true},
    {"quit", vquit, -1, .when_subscribed = true, .never_queued = true},
    {"echo", vecho, 2, .when_subscribed = false},
    {"select", vselect, 2, .when_subscribed = false},
    {"pubsub", vpubsub, -2, .has_subcommands = true},
    {"flushall", vflushall, -1, .when_subscribed = false},
    {"set", vset, -3, .grows = true},
    {"get", vget, 2, .when_subscribed = false},
    {"incr", vincr, 2, .grows = true},
    {"incrby", vincr, 3, .grows = true},
    {"del", vdel, -2, .when_subscribed = false},
    {"exists", vexists, -2, .when_subscribed = false},
    {"type", vtype, 2, .when_subscribed = false},
    {"expire", vexpire, -3, .when_subscribed = false},
    {"pexpire", vexpire, -3, .when_subscribed = false},
    {"ttl", vttl, 2, .when_subscribed = false},
    {"pttl", vttl, 2, .when_subscribed = false},
    {"persist", vpersist, 2, .when_subscribed = false},
    {"multi", vmulti, 1, .never_queued = true},
    {"exec", vexec, 1, .never_queued = true, .ends_transaction = true},
    {"discard", vdiscard, 1, .never_queued = true},
    {"hset", vhset, -4, .grows = true},
    {"hget", vhget, 3, .when_subscribed = false},
    {"hdel", vremove_members, -3, .when_subscribed = false},
    {"hgetall", vhgetall, 2, .when_subscribed = false},
    {"hincrby", vhincrby, 4, .grows = true},
    {"zadd", vzadd, -4, .grows = true},
    {"zscore", vzscore, 3, .when_subscribed = false},
    {"zrem", vremove_members, -3, .when_subscribed = false},
    {"zcard", vzcard, 2, .when_subscribed = false},
    {"zrange", vzrange, -4, .when_subscribed = false},
    {"zrangebyscore", vzrangebyscore, -4, .when_subscribed = false},
    {"zremrangebyscore", vzrangebyscore, 4, .when_subscribed = false},
};
#define SPECS_COUNT (sizeof specs / sizeof specs[0])

void vcommands_init(struct engine *engine)
{
    for (uint32_t i = 0; i < SPECS_COUNT; i++) {
        const uint32_t place =
            interner_add(&engine->command_names, specs[i].name, strlen(specs[i].name));
        HB_ASSERT(place == i); /* no name twice */
        HB_ASSERT(strlen(specs[i].name) <= NAME_LEN_MAX);
    }
}

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

/* --- Refusing ------------------------------------------------------------------------------- */

/* Redis shows at most 128 bytes of the name, and arguments until 128 bytes are shown. */
static void unknown_command(struct engine *engine, const struct vcommand *command)
{
    uint32_t shown = 0;

    vreply_part(engine, "-ERR unknown command '");
    (void)vreply_shown(engine, command->args[0], 128);
    vreply_part(engine, "', with args beginning with: ");
    for (uint32_t i = 1; i < command->args_len && shown < 128; i++) {
        vreply_part(engine, "'");
        shown += 3 + vreply_shown(engine, command->args[i], 128 - shown);
        vreply_part(engine, "' ");
    }
    vreply_text(engine, "");
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
    if (command->spec->ends_transaction) {
        vreply_part(engine, "-EXECABORT Transaction discarded because of: ");
        command->client->multi = false;
    } else {
        vreply_part(engine, "-ERR ");
    }
    vreply_part(engine, before);
    vreply_part(engine, command->spec->name);
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
    if (spec->grows && engine->stored_bytes > engine->stored_bytes_max) {
        vreply_text(engine, "-OOM command not allowed when used memory > 'maxmemory'.");
        return true;
    }
    return false;
}

/* --- Transactions --------------------------------------------------------------------------- */

static void multi_clear(struct vclient *client)
{
    client->multi = false;
    client->multi_bad = false;
    client->queued_count = 0;
    buf_deinit(&client->queued);
}

/* A queued command: how many arguments, then each as its length and its bytes. */
static void queue(struct engine *engine, const struct vcommand *command)
{
    struct vclient *client = command->client;
    size_t bytes = 0;

    for (uint32_t i = 0; i < command->args_len; i++) {
        bytes += sizeof(uint32_t) + command->args[i].len;
    }
    if (bytes + sizeof(uint32_t) > ENGINE_QUEUED_BYTES_MAX - client->queued.len) {
        vreply_over(engine, client);
        return;
    }
    buf_add(&client->queued, &command->args_len, sizeof command->args_len);
    for (uint32_t i = 0; i < command->args_len; i++) {
        buf_add(&client->queued, &command->args[i].len, sizeof command->args[i].len);
        buf_add(&client->queued, command->args[i].bytes, command->args[i].len);
    }
    client->queued_count++;
    vreply_text(engine, "+QUEUED");
}

static uint32_t take_u32(const struct buf *queued, size_t *at)
{
    uint32_t value;

    memcpy(&value, queued->bytes + *at, sizeof value);
    *at += sizeof value;
    return value;
}

/* The queued command that begins `*at` bytes in; `*at` moves behind it. */
static void unpack(const struct buf *queued, size_t *at, struct vcommand *ret)
{
    ret->args_len = take_u32(queued, at);
    HB_ASSERT(ret->args_len > 0 && ret->args_len <= ENGINE_ARGS_MAX);
    for (uint32_t i = 0; i < ret->args_len; i++) {
        const uint32_t len = take_u32(queued, at);
        ret->args[i] = (struct text){queued->bytes + *at, len};
        *at += len;
    }
}

static void vmulti(struct engine *engine, const struct vcommand *command)
{
    if (command->client->multi) {
        vreply_text(engine, "-ERR MULTI calls can not be nested");
        return;
    }
    multi_clear(command->client);
    command->client->multi = true;
    vreply_text(engine, "+OK");
}

static void vdiscard(struct engine *engine, const struct vcommand *command)
{
    if (!command->client->multi) {
        vreply_text(engine, "-ERR DISCARD without MULTI");
        return;
    }
    multi_clear(command->client);
    vreply_text(engine, "+OK");
}

static void vexec(struct engine *engine, const struct vcommand *command)
{
    struct vclient *client = command->client;
    struct vcommand *inner;

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
    size_t at = 0;
    for (uint32_t i = 0; i < client->queued_count; i++) {
        unpack(&client->queued, &at, inner);
        inner->spec = spec_of(engine, inner->args[0]);
        HB_ASSERT(inner->spec != NULL); /* of an unknown one EXEC is refused */
        inner->spec->run(engine, inner);
    }
    HB_ASSERT(at == client->queued.len);
    free(inner);
    multi_clear(client);
}

static void vquit(struct engine *engine, const struct vcommand *command)
{
    vreply_text(engine, "+OK");
    command->client->closing = true; /* behind the reply */
}

/* --- Executing ------------------------------------------------------------------------------ */

void vclient_close(struct engine *engine, struct vclient *client)
{
    vreply_close(engine, client);
    client->closing = true;
    vchannels_leave(engine, client);
}

/* Between commands, so that nobody looks at a channel that goes. */
static void close_those_over(struct engine *engine)
{
    struct u64map_at next = {0};
    uint64_t id, value;

    while (u64map_next(&engine->clients, &next, &id, &value)) {
        struct vclient *client = (struct vclient *)(uintptr_t)value;
        if (client->over && !client->closing) {
            vclient_close(engine, client);
        }
    }
    engine->over_any = false;
}

void vexecute(struct engine *engine, struct vcommand *command)
{
    struct vclient *client = command->client;

    vkeys_expire(engine);
    command->spec = spec_of(engine, command->args[0]);
    vreply_begin(engine, client);
    if (refused(engine, command)) {
        client->multi_bad = true;
    } else if (client->multi && !command->spec->never_queued) {
        queue(engine, command);
    } else {
        command->spec->run(engine, command);
    }
    vreply_end(engine);
    if (client->closing) {
        vclient_close(engine, client);
    }
    if (engine->over_any) {
        close_those_over(engine);
    }
}
