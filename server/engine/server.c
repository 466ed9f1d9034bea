/* See server.h. */
#include "server/engine/server.h"

#include "server/engine/args.h"
#include "server/engine/keys.h"
#include "server/engine/reply.h"

void vping(struct engine *engine, const struct vcommand *command)
{
    const struct text word = command->args_len > 1 ? command->args[1] : TEXT("");

    if (command->args_len > 2) {
        vreply_text(engine, "-ERR wrong number of arguments for 'ping' command");
    } else if (command->client->channels_len > 0) {
        vreply_array(engine, 2);
        vreply_bulk(engine, TEXT("pong"));
        vreply_bulk(engine, word);
    } else if (command->args_len > 1) {
        vreply_bulk(engine, word);
    } else {
        vreply_text(engine, "+PONG");
    }
}

void vecho(struct engine *engine, const struct vcommand *command)
{
    vreply_bulk(engine, command->args[1]);
}

/* There is database 0 only. */
void vselect(struct engine *engine, const struct vcommand *command)
{
    int64_t db;

    if (!vtext_int(command->args[1], &db) || db > INT32_MAX || db < INT32_MIN) {
        vreply_text(engine, vreply_not_an_integer);
    } else if (db != 0) {
        vreply_text(engine, "-ERR DB index is out of range");
    } else {
        vreply_text(engine, "+OK");
    }
}

void vflushall(struct engine *engine, const struct vcommand *command)
{
    const bool known =
        command->args_len == 1 || (command->args_len == 2 && (vtext_is(command->args[1], "async") ||
                                                              vtext_is(command->args[1], "sync")));
    if (!known) {
        vreply_text(engine, vreply_syntax);
        return;
    }
    vkeys_flush(engine);
    vreply_text(engine, "+OK");
}
