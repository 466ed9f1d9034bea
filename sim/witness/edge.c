/* See edge.h. */
#include "sim/witness/edge.h"

#include "server/protocol/id.h"
#include "sim/witness/typists.h"

#include <inttypes.h>
#include <stdio.h>

#define EPOCH_TEXT_BYTES 17 /* 16 hex digits and a NUL */

static bool epoch_is(struct text text, uint64_t epoch)
{
    char ours[EPOCH_TEXT_BYTES];
    (void)snprintf(ours, sizeof ours, "%016" PRIx64, epoch);
    return text_equal(text, text_of(ours));
}

static struct obs begin(const struct witness *witness, enum obs_kind kind,
                        const struct edge_place *place)
{
    struct obs obs = witness_about(witness, kind, place->device, place->at_us);

    obs.node = place->node;
    obs.value = place->conn;
    obs.timestamp = place->clock_us;
    return obs;
}

static void tell_position(struct witness *witness, enum obs_kind kind,
                          const struct edge_place *place, const struct position *position,
                          struct obs_list *out)
{
    struct obs obs = begin(witness, kind, place);

    obs.room = witness_room(witness, position->room_id, place->at_us, out);
    obs.seq = position->seq;
    obs.timestamp = 0;
    obs_list_add(out, &obs);
}

void witness_edge_moment(const struct witness *witness, enum obs_kind kind,
                         const struct edge_place *place, uint32_t code, struct obs_list *out)
{
    struct obs obs = begin(witness, kind, place);

    HB_ASSERT(kind == OBS_ARRIVED || kind == OBS_GONE || kind == OBS_HANGUP);
    obs.seq = code;
    obs_list_add(out, &obs);
}

void witness_edge_sent(const struct witness *witness, const struct edge_place *place, uint32_t room,
                       uint64_t seq, bool more, struct obs_list *out)
{
    struct obs obs = begin(witness, OBS_SENT, place);

    obs.timestamp = 0;
    obs.room = room;
    obs.seq = seq;
    obs.flags = more ? OBS_MORE : 0;
    obs_list_add(out, &obs);
}

/* --- What it hears -------------------------------------------------------------------------- */

static void positions(struct witness *witness, const struct edge_place *place, struct text epoch,
                      const struct position *positions, uint32_t positions_len, struct obs *heard,
                      struct obs_list *out)
{
    if (epoch.bytes == NULL) {
        return;
    }
    if (!epoch_is(epoch, place->epoch)) {
        heard->flags |= OBS_LEFT;
        return;
    }
    for (uint32_t i = 0; i < positions_len; i++) {
        tell_position(witness, OBS_POSITION, place, &positions[i], out);
    }
}

static void request(struct witness *witness, const struct edge_place *place,
                    const struct frame_sync_request *ask, struct obs *heard, struct obs_list *out)
{
    const struct cursor *cursor = NULL;

    heard->id = id_key(ask->ref);
    if (ask->cursor.bytes == NULL) {
        positions(witness, place, ask->epoch, ask->positions, ask->positions_len, heard, out);
        return;
    }
    const enum hb_err err =
        witness_cursor(witness, place->epoch, heard->user, ask->cursor, &cursor);
    if (err != HB_OK) {
        heard->flags |= err == HB_ERESET ? OBS_LEFT : OBS_TEMPORARY;
        return;
    }
    for (uint32_t i = 0; i < cursor->positions_len; i++) {
        tell_position(witness, OBS_POSITION, place, &cursor->positions[i], out);
        heard->flags |= cursor->ends[i] > cursor->positions[i].seq ? OBS_MORE : 0;
    }
}

/* Of a command, which an ack or a nack answers; 0: it is none. */
static uint64_t command_key(const struct frame *frame)
{
    switch ((int)frame->type) {
    case FRAME_SEND:
        return id_key(frame->send.client_id);
    case FRAME_ROOM_CREATE:
    case FRAME_ROOM_JOIN:
    case FRAME_ROOM_LEAVE:
        return id_key(frame->room.client_id);
    default:
        return 0;
    }
}

void witness_edge_heard(struct witness *witness, const struct edge_place *place,
                        const struct frame *frame, bool token_good, struct obs_list *out)
{
    struct obs heard = begin(witness, OBS_HEARD, place);

    if (frame != NULL) {
        heard.content = id_key(text_of(frame_type_word(frame->type)));
        heard.client_id = command_key(frame);
    }
    if (frame != NULL && frame->type == FRAME_HELLO) {
        const struct frame_hello *hello = &frame->hello;
        positions(witness, place, hello->epoch, hello->positions, hello->positions_len, &heard,
                  out);
        heard.flags |= token_good ? 0 : OBS_QUIET;
    } else if (frame != NULL && frame->type == FRAME_REFRESH) {
        heard.id = id_key(frame->refresh.ref);
    } else if (frame != NULL && frame->type == FRAME_SYNC_REQUEST) {
        request(witness, place, &frame->sync_request, &heard, out);
    }
    obs_list_add(out, &heard);
    if (frame != NULL && (frame->type == FRAME_TYPING_START || frame->type == FRAME_TYPING_STOP)) {
        typists_heard(witness_names(witness), begin(witness, OBS_TYPED, place), frame, out);
    }
}

/* --- What it says --------------------------------------------------------------------------- */

static void welcome(struct witness *witness, const struct edge_place *place,
                    const struct frame_welcome *frame, struct obs *said, struct obs_list *out)
{
    struct obs head = begin(witness, OBS_SAID_HEAD, place);

    said->flags |= epoch_is(frame->epoch, place->epoch) ? 0 : OBS_LEFT;
    said->sender = id_key(frame->user_id);
    head.timestamp = 0;
    for (uint32_t i = 0; i < frame->rooms_len; i++) {
        head.room = witness_room(witness, frame->rooms[i].room_id, place->at_us, out);
        head.seq = frame->rooms[i].head;
        head.flags = frame->rooms[i].recovered ? OBS_MORE : 0;
        obs_list_add(out, &head);
    }
}

static void page(struct witness *witness, const struct edge_place *place,
                 const struct frame_sync_response *frame, struct obs *said, struct obs_list *out)
{
    const struct cursor *cursor = NULL;

    said->id = id_key(frame->ref);
    said->flags |= frame->has_more ? OBS_MORE : 0;
    said->flags |= epoch_is(frame->epoch, place->epoch) ? 0 : OBS_LEFT;
    for (uint32_t i = 0; i < frame->heads_len; i++) {
        tell_position(witness, OBS_SAID_HEAD, place, &frame->heads[i], out);
    }
    if (witness_cursor(witness, place->epoch, said->user, frame->cursor, &cursor) == HB_OK) {
        for (uint32_t i = 0; i < cursor->positions_len; i++) {
            tell_position(witness, OBS_SAID_CURSOR, place, &cursor->positions[i], out);
        }
    }
}

void witness_edge_said(struct witness *witness, const struct edge_place *place,
                       const struct frame *frame, struct obs_list *out)
{
    struct obs said = begin(witness, OBS_SAID, place);

    if (frame->type == FRAME_TYPING_START || frame->type == FRAME_TYPING_STOP) {
        typists_said(witness_names(witness), said, frame, out);
        return;
    }
    said.content = id_key(text_of(frame_type_word(frame->type)));
    if (frame->type == FRAME_WELCOME) {
        welcome(witness, place, &frame->welcome, &said, out);
    } else if (frame->type == FRAME_SYNC_RESPONSE) {
        page(witness, place, &frame->sync_response, &said, out);
    } else if (frame->type == FRAME_ERROR) {
        said.content = id_key(frame->error.code_word);
        said.id = id_key(frame->error.ref);
    } else if (frame->type == FRAME_ACK) {
        said.client_id = frame->ack.client_key;
    } else if (frame->type == FRAME_NACK) {
        said.client_id = frame->nack.client_key;
    } else if (frame->type == FRAME_REFRESHED) {
        said.id = id_key(frame->refreshed.ref);
    } else if (frame->type != FRAME_DRAINING) {
        return; /* entries are told by lines of their own; a pong says nothing */
    }
    obs_list_add(out, &said);
}
