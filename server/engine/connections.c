/* The engine's life, its connections and their bytes: the top. See engine.h. */
#include "server/engine/channels.h"
#include "server/engine/execute.h"
#include "server/engine/keys.h"
#include "server/engine/parse.h"
#include "server/engine/reply.h"

#include <stdlib.h>

#define QUERY_KEPT_BYTES_MAX 65536 /* an empty buffer past this is not kept */

struct engine *engine_new(void)
{
    struct engine *engine = hb_calloc(1, sizeof *engine);

    engine->stored_bytes_max = ENGINE_STORED_BYTES_MAX;
    vcommands_init(engine);
    return engine;
}

void engine_restart(struct engine *engine)
{
    struct u64map_at next = {0};
    uint64_t id, value;

    while (u64map_next(&engine->clients, &next, &id, &value)) {
        engine_disconnect(engine, id); /* it may: the entry just given */
    }
    vkeys_flush(engine);
    HB_ASSERT(engine->channels.count == 0);
    HB_ASSERT(engine->stored_bytes == 0);
}

void engine_free(struct engine **engine_pointer)
{
    struct engine *engine = *engine_pointer;

    if (engine == NULL) {
        return;
    }
    engine_restart(engine);
    interner_deinit(&engine->command_names);
    u64map_deinit(&engine->clients);
    free(engine);
    *engine_pointer = NULL;
}

size_t engine_stored_bytes(const struct engine *engine)
{
    return engine->stored_bytes;
}

void engine_stored_bytes_limit(struct engine *engine, size_t stored_bytes_max)
{
    engine->stored_bytes_max = stored_bytes_max;
}

/* --- Connections ---------------------------------------------------------------------------- */

static struct vclient *client_find(const struct engine *engine, uint64_t client_id)
{
    uint64_t value;

    if (!u64map_get(&engine->clients, client_id, &value)) {
        return NULL;
    }
    struct vclient *client = (struct vclient *)(uintptr_t)value;
    HB_ASSERT(client->id == client_id);
    return client;
}

void engine_connect(struct engine *engine, uint64_t client_id)
{
    HB_ASSERT(client_find(engine, client_id) == NULL);
    struct vclient *client = hb_calloc(1, sizeof *client);
    client->id = client_id;
    u64map_put(&engine->clients, client_id, (uint64_t)(uintptr_t)client);
}

void engine_disconnect(struct engine *engine, uint64_t client_id)
{
    struct vclient *client = client_find(engine, client_id);

    if (client == NULL) {
        return;
    }
    (void)u64map_remove(&engine->clients, client_id, NULL);
    vchannels_leave(engine, client);
    HB_ASSERT(client->channels == NULL);
    buf_deinit(&client->query);
    buf_deinit(&client->queued);
    free(client);
}

/* --- Bytes ---------------------------------------------------------------------------------- */

static void protocol_error(struct engine *engine, struct vclient *client, const char *what)
{
    vreply_begin(engine, client);
    vreply_part(engine, "-ERR Protocol error: ");
    vreply_text(engine, what);
    vreply_end(engine);
    vclient_close(engine, client);
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
            vexecute(engine, &command);
        }
    }
    buf_deinit(&scratch);
    return client->closing ? end : at;
}

void engine_feed(struct engine *engine, uint64_t client_id, const char *bytes, size_t bytes_len,
                 int64_t now_ms, struct engine_out *out)
{
    struct vclient *client = client_find(engine, client_id);

    HB_ASSERT(now_ms >= 0);
    if (bytes_len == 0 || client == NULL || client->closing) {
        return;
    }
    engine->call++;
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
        if (client->query.len == 0 && client->query.cap > QUERY_KEPT_BYTES_MAX) {
            buf_deinit(&client->query);
        }
    }
}
