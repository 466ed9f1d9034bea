/* See overheard.h. */
#include "sim/world/overheard.h"

#include "sim/world/commands.h"

#include <stdlib.h>
#include <string.h>

void world_overheard_begin(struct world *world)
{
    if (world->overheard == NULL) {
        world->overheard = hb_calloc(1, sizeof *world->overheard);
    }
}

static void drop(struct publication *item)
{
    free((char *)(uintptr_t)item->channel.bytes);
}

static struct publication copy_of(struct text channel, struct text payload)
{
    char *bytes = hb_malloc((size_t)channel.len + payload.len);

    memcpy(bytes, channel.bytes, channel.len);
    memcpy(bytes + channel.len, payload.bytes, payload.len);
    return (struct publication){{bytes, channel.len}, {bytes + channel.len, payload.len}};
}

void world_overheard_add(struct world *world, const char *bytes, size_t bytes_len)
{
    struct overheard *heard = world->overheard;
    struct commands_walk walk = {bytes, bytes + bytes_len};
    struct command command;

    while (heard != NULL && commands_next(&walk, &command)) {
        if (!command_publishes(&command) || command.words[1].len == 0) {
            continue;
        }
        drop(&heard->items[heard->next]);
        heard->items[heard->next] = copy_of(command.words[1], command.words[2]);
        heard->next = (heard->next + 1) % OVERHEARD_MAX;
        heard->len += heard->len < OVERHEARD_MAX;
    }
}

void world_overheard_deinit(struct world *world)
{
    for (uint32_t i = 0; world->overheard != NULL && i < world->overheard->len; i++) {
        drop(&world->overheard->items[i]);
    }
    free(world->overheard);
    world->overheard = NULL;
}
