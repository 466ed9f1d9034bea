/* See aside.h. */
#include "sim/world/aside.h"

#include "server/node/bus.h"
#include "server/node/entry.h"
#include "server/protocol/seal.h"
#include "sim/world/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- Publications ------------------------------------------------------------------------------ */

/* What comes behind this front; false: it begins otherwise. */
static bool behind(struct text text, const char *front, struct text *ret)
{
    const uint32_t len = (uint32_t)strlen(front);

    if (text.len < len || memcmp(text.bytes, front, len) != 0) {
        return false;
    }
    *ret = (struct text){text.bytes + len, text.len - len};
    return true;
}

static void of_room(struct world *world, struct text name, struct text payload, struct aside *ret)
{
    const char *at = payload.bytes;

    ret->room = names_find(&world->names, NAME_ROOM, name);
    if (payload.len > 0 && (*at == 'r' || *at == 'R')) {
        ret->of = ASIDE_OF_RECEIPT;
    } else if (parse_u64(&at, payload.bytes + payload.len, &ret->seq)) {
        ret->of = ret->seq == 0 ? ASIDE_OF_TYPING : ASIDE_OF_ROW;
    }
}

/* False: a recorder is told nothing of this one. */
static bool subject(struct world *world, struct text channel, struct text payload,
                    struct aside *ret)
{
    struct text name;

    if (channel.len < BUS_FRONT_BYTES || payload.len < SEAL_BYTES) {
        return false;
    }
    channel = (struct text){channel.bytes + BUS_FRONT_BYTES, channel.len - BUS_FRONT_BYTES};
    payload = (struct text){payload.bytes + SEAL_BYTES, payload.len - SEAL_BYTES};
    if (behind(channel, "room:", &name)) {
        of_room(world, name, payload, ret);
        return ret->room != OBS_NONE && ret->of != ASIDE_OF_OTHER;
    }
    if (behind(channel, "presence:", &name)) {
        ret->of = ASIDE_OF_PERSON;
        ret->user = names_find(&world->names, NAME_USER, name);
        return ret->user != OBS_NONE;
    }
    return false;
}

static bool is_publication(const struct command *command)
{
    return command_publishes(command) ||
           (command->words_len == 3 && text_equal(command->words[0], TEXT("message")));
}

void world_aside_bus(struct world *world, enum aside_kind kind, uint16_t node, bool up,
                     const char *bytes, size_t bytes_len)
{
    struct commands_walk walk = {bytes, bytes + bytes_len};
    struct command command;

    while (world_is_told_asides(world) && commands_next(&walk, &command)) {
        struct aside aside = ASIDE(kind, world_now(world));
        aside.node = node;
        aside.up = up;
        if (is_publication(&command) &&
            subject(world, command.words[1], command.words[2], &aside)) {
            world_aside(world, &aside);
        }
    }
}

/* --- Frames --------------------------------------------------------------------------------------- */

static void of_frame(struct world *world, const struct frame *frame, struct aside *ret)
{
    ret->text = frame_type_word(frame->type);
    if (frame->type == FRAME_MESSAGE || frame->type == FRAME_ROOM_EVENT) {
        ret->of = ASIDE_OF_ROW;
        ret->room = names_find(&world->names, NAME_ROOM, frame->entry.room_id);
        ret->seq = frame->entry.seq;
    } else if (frame->type == FRAME_SEND) {
        ret->client_id = id_key(frame->send.client_id);
    } else if (frame->type == FRAME_ACK) {
        ret->client_id = frame->ack.client_key;
    } else if (frame->type == FRAME_NACK) {
        ret->client_id = frame->nack.client_key;
    }
}

void world_aside_frame_lost(struct world *world, const struct world_conn *conn, bool up,
                            struct wire *wire)
{
    struct aside aside = ASIDE(ASIDE_LOST, world_now(world));
    const struct frame *frame;

    if (!world_is_told_asides(world) || wire == NULL || wire_decode(wire, &frame, NULL) != HB_OK) {
        return;
    }
    aside.node = conn->node;
    aside.device = conn->client;
    aside.up = up;
    of_frame(world, frame, &aside);
    world_aside(world, &aside);
}

/* --- Faults --------------------------------------------------------------------------------------- */

void world_aside_fault(struct world *world, const struct plan_fault *fault)
{
    const struct fault_row *row = fault_row(fault->kind);
    struct aside aside = ASIDE(ASIDE_FAULT, world_now(world));
    char text[80];

    if (!world_is_told_asides(world)) {
        return;
    }
    switch (row->unit) {
    case IN_MS:
        (void)snprintf(text, sizeof text, "%s by %+" PRId64 " ms", row->word, fault->amount);
        break;
    case IN_US:
        (void)snprintf(text, sizeof text, "%s of %" PRId64 " ms", row->word, fault->amount / 1000);
        break;
    case IN_PPM:
        (void)snprintf(text, sizeof text, "%s of %+" PRId64 " ppm", row->word, fault->amount);
        break;
    case IN_PERMILLE:
        (void)snprintf(text, sizeof text, "%s of %" PRId64 " in 1000", row->word, fault->amount);
        break;
    case NO_AMOUNT:
    case FAULT_UNIT_COUNT:
        (void)snprintf(text, sizeof text, "%s", row->word);
        break;
    }
    aside.amount = fault->id;
    aside.text = text;
    world_aside(world, &aside);
}
