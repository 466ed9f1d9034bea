/* Frames as words of a trace. */
#include "server/node/tests/fake_frame.h"

#include <inttypes.h>

static void show_text(struct buf *out, struct text text)
{
    buf_add(out, text.bytes, text.len);
}

static void show_entry(struct buf *out, const struct entry *entry)
{
    static const char *const words[] = {" ", " join ", " leave "};

    buf_printf(out, "%.*s#%" PRIu64 "%s", (int)entry->room_id.len, entry->room_id.bytes, entry->seq,
               entry->kind == ENTRY_UNKNOWN ? " unknown" : words[entry->kind]);
    show_text(out, entry->sender_id);
    if (entry->client_id.bytes != NULL) {
        buf_add_char(out, '/');
        show_text(out, entry->client_id);
    }
    if (entry->content.bytes != NULL) {
        buf_printf(out, " '%.*s'", (int)entry->content.len, entry->content.bytes);
    }
}

static void show_welcome(struct buf *out, const struct frame_welcome *welcome)
{
    buf_add_char(out, ' ');
    show_text(out, welcome->user_id);
    for (uint32_t i = 0; i < welcome->rooms_len; i++) {
        const struct welcome_room *room = &welcome->rooms[i];
        buf_printf(out, " %.*s@%" PRIu64 "%c", (int)room->room_id.len, room->room_id.bytes,
                   room->head, room->recovered ? '+' : '-');
    }
}

static void show_page(struct buf *out, const struct frame_sync_response *page)
{
    if (page->ref.bytes != NULL) {
        buf_printf(out, " ref=%.*s", (int)page->ref.len, page->ref.bytes);
    }
    for (uint32_t i = 0; i < page->entries_len; i++) {
        buf_printf(out, " %.*s#%" PRIu64, (int)page->entries[i].room_id.len,
                   page->entries[i].room_id.bytes, page->entries[i].seq);
    }
    buf_add_text(out, " heads");
    for (uint32_t i = 0; i < page->heads_len; i++) {
        buf_printf(out, " %.*s@%" PRIu64, (int)page->heads[i].room_id.len,
                   page->heads[i].room_id.bytes, page->heads[i].seq);
    }
    buf_add_text(out, page->has_more ? " more" : "");
}

static void show_error(struct buf *out, const struct frame_error *error)
{
    buf_add_char(out, ' ');
    show_text(out, error->code_word);
    if (error->ref.bytes != NULL) {
        buf_printf(out, " ref=%.*s", (int)error->ref.len, error->ref.bytes);
    }
    if (error->client_id.bytes != NULL) {
        buf_printf(out, " clientId=%.*s", (int)error->client_id.len, error->client_id.bytes);
    }
    if (error->field.bytes != NULL) {
        buf_printf(out, " field=%.*s", (int)error->field.len, error->field.bytes);
    }
    if (error->temporary) {
        buf_printf(out, " retry=%" PRIu32, error->retry_after_ms);
    }
}

static void show_person(struct buf *out, const struct presence *person)
{
    buf_add_char(out, ' ');
    show_text(out, person->user_id);
    buf_printf(out, "=%s", presence_status_word(person->status));
    if (person->status != PRESENCE_OFFLINE) {
        buf_printf(out, "/%s", presence_kind_word(person->device));
    }
    if (person->current_room.bytes != NULL) {
        buf_add_char(out, '@');
        show_text(out, person->current_room);
    }
    if (person->custom_status.bytes != NULL) {
        buf_printf(out, " '%.*s'", (int)person->custom_status.len, person->custom_status.bytes);
    }
    if (person->dnd_until_ms != 0) {
        buf_printf(out, " dnd=%" PRId64, person->dnd_until_ms);
    }
}

static void show_state(struct buf *out, const struct frame_presence_state *state)
{
    if (state->ref.bytes != NULL) {
        buf_printf(out, " ref=%.*s", (int)state->ref.len, state->ref.bytes);
    }
    buf_add_text(out, state->stale ? " stale" : "");
    for (uint32_t i = 0; i < state->people_len; i++) {
        show_person(out, &state->people[i]);
    }
}

static void show_draining(struct buf *out, const struct frame_draining *draining)
{
    if (draining->url.bytes != NULL) {
        buf_add_text(out, " to ");
        show_text(out, draining->url);
    }
}

static void show_refreshed(struct buf *out, const struct frame_refreshed *refreshed)
{
    if (refreshed->ref.bytes != NULL) {
        buf_printf(out, " ref=%.*s", (int)refreshed->ref.len, refreshed->ref.bytes);
    }
    buf_printf(out, " %" PRIi64, refreshed->expires_in_ms);
}

static void show_read(struct buf *out, const struct frame_read_receipt *receipt)
{
    buf_printf(out, " %.*s %.*s at %" PRIi64 " v%" PRIu64, (int)receipt->chat_id.len,
               receipt->chat_id.bytes, (int)receipt->read_by.len, receipt->read_by.bytes,
               receipt->read_at_ms, receipt->version);
    for (uint32_t i = 0; i < receipt->ids_len; i++) {
        buf_add_char(out, ' ');
        show_text(out, receipt->ids[i]);
    }
}

void fake_frame_show(struct buf *out, const struct frame *frame)
{
    buf_add_text(out, frame_type_word(frame->type));
    if (frame->type == FRAME_DRAINING) {
        show_draining(out, &frame->draining);
    } else if (frame->type == FRAME_REFRESHED) {
        show_refreshed(out, &frame->refreshed);
    } else if (frame->type == FRAME_WELCOME) {
        show_welcome(out, &frame->welcome);
    } else if (frame->type == FRAME_MESSAGE || frame->type == FRAME_ROOM_EVENT) {
        buf_add_char(out, ' ');
        show_entry(out, &frame->entry);
    } else if (frame->type == FRAME_ACK) {
        buf_printf(out, " %.*s %.*s#%" PRIu64, (int)frame->ack.client_id.len,
                   frame->ack.client_id.bytes, (int)frame->ack.room_id.len,
                   frame->ack.room_id.bytes, frame->ack.seq);
    } else if (frame->type == FRAME_NACK) {
        buf_printf(out, " %.*s %.*s%s", (int)frame->nack.client_id.len, frame->nack.client_id.bytes,
                   (int)frame->nack.code_word.len, frame->nack.code_word.bytes,
                   frame->nack.temporary ? " temporary" : "");
        if (frame->nack.field.bytes != NULL) {
            buf_add_text(out, " field=");
            show_text(out, frame->nack.field);
        }
        for (uint32_t i = 0; i < frame->nack.members_len; i++) {
            buf_add_text(out, i == 0 ? ": " : ", ");
            show_text(out, frame->nack.members[i]);
        }
    } else if (frame->type == FRAME_SYNC_RESPONSE) {
        show_page(out, &frame->sync_response);
    } else if (frame->type == FRAME_PRESENCE_UPDATE) {
        show_person(out, &frame->person);
    } else if (frame->type == FRAME_PRESENCE_STATE) {
        show_state(out, &frame->presence_state);
    } else if (frame->type == FRAME_PRESENCE_ROOM) {
        buf_printf(out, " %.*s %" PRIu64, (int)frame->presence_room.room_id.len,
                   frame->presence_room.room_id.bytes, frame->presence_room.online);
    } else if (frame->type == FRAME_TYPING_START || frame->type == FRAME_TYPING_STOP) {
        buf_printf(out, " %.*s %.*s", (int)frame->typing.room_id.len, frame->typing.room_id.bytes,
                   (int)frame->typing.user_id.len, frame->typing.user_id.bytes);
    } else if (frame->type == FRAME_TYPING_ROOM) {
        buf_printf(out, " %.*s +%" PRIu64, (int)frame->typing_room.room_id.len,
                   frame->typing_room.room_id.bytes, frame->typing_room.others);
    } else if (frame->type == FRAME_RECEIVED) {
        buf_printf(out, " %.*s %.*s up to %" PRIu64 " v%" PRIu64, (int)frame->received.room_id.len,
                   frame->received.room_id.bytes, (int)frame->received.user_id.len,
                   frame->received.user_id.bytes, frame->received.up_to, frame->received.version);
    } else if (frame->type == FRAME_READ_RECEIPT) {
        show_read(out, &frame->read_receipt);
    } else if (frame->type == FRAME_RECEIPTS) {
        buf_printf(out, " %.*s v%" PRIu64 "%s", (int)frame->receipts.room_id.len,
                   frame->receipts.room_id.bytes, frame->receipts.version,
                   frame->receipts.has_more ? " more" : "");
    } else if (frame->type == FRAME_ERROR) {
        show_error(out, &frame->error);
    }
}
