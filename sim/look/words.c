/* See words.h. */
#include "sim/look/words.h"

#include "reports/shown.h"

#include <inttypes.h>

#define POSITIONS_MAX 4 /* of a list; how many more there are is told */

void words_instant(struct buf *out, int64_t us)
{
    buf_printf(out, "%" PRId64 ".%06" PRId64 "s", us / SECOND, us % SECOND);
}

static size_t letter_len(const char *at, const char *end)
{
    size_t len = 1;

    while (at + len < end && ((unsigned char)at[len] & 0xC0) == 0x80) {
        len++;
    }
    return len;
}

void words_quoted(struct buf *out, struct text text, size_t bytes_max)
{
    const char *const end = text.bytes + text.len;
    struct buf begin = {0};
    const char *at = text.bytes;

    if (text.bytes == NULL) {
        buf_add_text(out, "nothing");
        return;
    }
    while (at < end && (size_t)(at - text.bytes) + letter_len(at, end) <= bytes_max) {
        const size_t len = letter_len(at, end);
        if (*at != 0) { /* which would end it */
            buf_add(&begin, at, len);
        }
        at += len;
    }
    buf_add_char(out, '"');
    if (begin.len > 0) {
        shown_text(out, begin.bytes);
    }
    buf_add_text(out, at < end ? "...\"" : "\"");
    buf_deinit(&begin);
}

static void name(struct buf *out, const struct world *world, enum name_kind kind, char letter,
                 struct text text)
{
    const uint32_t number =
        text.bytes != NULL ? names_find(&world->names, kind, text) : (uint32_t)OBS_NONE;

    if (number != OBS_NONE) {
        buf_printf(out, "%c%u", letter, (unsigned)number);
    } else {
        words_quoted(out, text, LOOK_TEXT_MAX);
    }
}

void words_user(struct buf *out, const struct world *world, struct text text)
{
    name(out, world, NAME_USER, 'u', text);
}

void words_room(struct buf *out, const struct world *world, struct text text)
{
    name(out, world, NAME_ROOM, 'r', text);
}

static void add_client_id(struct buf *out, struct text client_id)
{
    if (client_id.bytes != NULL) {
        buf_printf(out, " (id %.*s)", (int)client_id.len, client_id.bytes);
    }
}

void words_entry(struct buf *out, const struct world *world, const struct entry *entry)
{
    static const char *const kinds[] = {"message", "join", "leave"};

    buf_printf(out, "%s ", entry->kind <= ENTRY_LEAVE ? kinds[entry->kind] : "unknown entry");
    words_room(out, world, entry->room_id);
    buf_printf(out, " seq %" PRIu64, entry->seq);
    if (entry->sender_id.bytes != NULL) {
        buf_add_text(out, " of ");
        words_user(out, world, entry->sender_id);
    }
    if (entry->kind == ENTRY_MESSAGE) {
        buf_add_char(out, ' ');
        words_quoted(out, entry->content, LOOK_TEXT_MAX);
    }
    add_client_id(out, entry->client_id);
}

static void add_positions(struct buf *out, const struct world *world, const char *word,
                          const struct position *positions, uint32_t len)
{
    for (uint32_t i = 0; i < len && i < POSITIONS_MAX; i++) {
        buf_add_text(out, i == 0 ? word : ", ");
        words_room(out, world, positions[i].room_id);
        buf_printf(out, " at %" PRIu64, positions[i].seq);
    }
    if (len > POSITIONS_MAX) {
        buf_printf(out, " and %u more", (unsigned)(len - POSITIONS_MAX));
    }
}

static void add_welcome(struct buf *out, const struct world *world,
                        const struct frame_welcome *welcome)
{
    for (uint32_t i = 0; i < welcome->rooms_len && i < POSITIONS_MAX; i++) {
        buf_add_text(out, i == 0 ? " " : ", ");
        words_room(out, world, welcome->rooms[i].room_id);
        buf_printf(out, " head %" PRIu64 "%s", welcome->rooms[i].head,
                   welcome->rooms[i].recovered ? "" : " (to be asked for)");
    }
    if (welcome->rooms_len > POSITIONS_MAX) {
        buf_printf(out, " and %u more rooms", (unsigned)(welcome->rooms_len - POSITIONS_MAX));
    }
}

static void add_sync_request(struct buf *out, const struct world *world,
                             const struct frame_sync_request *request)
{
    if (request->cursor.bytes != NULL) {
        buf_add_text(out, " from its cursor");
    } else if (request->room_id.bytes != NULL) {
        buf_add_text(out, " backwards in ");
        words_room(out, world, request->room_id);
        buf_printf(out, request->before > 0 ? " below %" PRIu64 : " from the newest",
                   request->before);
    } else if (request->last_sync_timestamp_ms >= 0) {
        buf_printf(out, " since %" PRId64 " ms", request->last_sync_timestamp_ms);
    } else {
        add_positions(out, world, " from ", request->positions, request->positions_len);
    }
}

static void add_page(struct buf *out, const struct world *world,
                     const struct frame_sync_response *page)
{
    buf_printf(out, " %u rows", (unsigned)page->entries_len);
    if (page->entries_len > 0) {
        const struct entry *first = &page->entries[0];
        const struct entry *last = &page->entries[page->entries_len - 1];
        buf_add_text(out, " (");
        words_room(out, world, first->room_id);
        buf_printf(out, " seq %" PRIu64 " to ", first->seq);
        words_room(out, world, last->room_id);
        buf_printf(out, " seq %" PRIu64 ")", last->seq);
    }
    add_positions(out, world, ", heads ", page->heads, page->heads_len);
    buf_add_text(out, page->has_more ? ", more" : "");
}

static void add_person(struct buf *out, const struct world *world, const struct presence *person)
{
    buf_add_char(out, ' ');
    words_user(out, world, person->user_id);
    buf_printf(out, " %s version %" PRIu64, presence_status_word(person->status), person->version);
    if (person->current_room.bytes != NULL) {
        buf_add_text(out, " in ");
        words_room(out, world, person->current_room);
    }
    if (person->custom_status.bytes != NULL) {
        buf_add_char(out, ' ');
        words_quoted(out, person->custom_status, LOOK_TEXT_MAX);
    }
}

static void add_choice(struct buf *out, const struct world *world,
                       const struct frame_presence *choice)
{
    if (choice->status_said) {
        buf_printf(out, " %s%s",
                   choice->status_cleared ? "no status" : presence_status_word(choice->status),
                   choice->chosen ? " (chosen)" : "");
    }
    if (choice->room_said) {
        buf_add_text(out, " in ");
        words_room(out, world, choice->current_room);
    }
    if (choice->custom_said) {
        buf_add_text(out, " line ");
        words_quoted(out, choice->custom_status, LOOK_TEXT_MAX);
    }
    if (choice->dnd_said) {
        buf_printf(out, " quiet until %" PRId64 " ms", choice->dnd_until_ms);
    }
}

static void add_users(struct buf *out, const struct world *world, const struct text *users,
                      uint32_t len)
{
    for (uint32_t i = 0; i < len && i < POSITIONS_MAX; i++) {
        buf_add_text(out, i == 0 ? " " : ", ");
        words_user(out, world, users[i]);
    }
    if (len > POSITIONS_MAX) {
        buf_printf(out, " and %u more", (unsigned)(len - POSITIONS_MAX));
    }
}

/* To a room, or to a person in its place. */
static void add_where(struct buf *out, const struct world *world, struct text room, struct text to)
{
    buf_add_char(out, ' ');
    if (room.bytes != NULL) {
        words_room(out, world, room);
    } else {
        buf_add_text(out, "to ");
        words_user(out, world, to);
    }
}

static void add_receipt(struct buf *out, const struct world *world, const struct frame *frame)
{
    const struct text by =
        frame->type == FRAME_RECEIVED ? frame->received.user_id : frame->read_receipt.read_by;

    buf_add_char(out, ' ');
    if (frame->type == FRAME_RECEIVED) {
        words_room(out, world, frame->received.room_id);
        buf_printf(out, " up to %" PRIu64, frame->received.up_to);
    } else {
        words_room(out, world, frame->read_receipt.chat_id);
        buf_printf(out, " %u messages", (unsigned)frame->read_receipt.ids_len);
    }
    if (by.bytes != NULL) {
        buf_add_text(out, " by ");
        words_user(out, world, by);
    }
}

/* What a client says. False: it is the server's, or both say it. */
static bool add_asked(struct buf *out, const struct world *world, const struct frame *frame)
{
    switch ((int)frame->type) {
    case FRAME_HELLO:
        buf_add_text(out, " from ");
        words_quoted(out, frame->hello.device, LOOK_TEXT_MAX);
        add_positions(out, world, ", has ", frame->hello.positions, frame->hello.positions_len);
        return true;
    case FRAME_SEND:
        add_where(out, world, frame->send.room_id, frame->send.recipient_id);
        buf_add_char(out, ' ');
        words_quoted(out, frame->send.content, LOOK_TEXT_MAX);
        add_client_id(out, frame->send.client_id);
        return true;
    case FRAME_SYNC_REQUEST:
        add_sync_request(out, world, &frame->sync_request);
        return true;
    case FRAME_ROOM_CREATE:
    case FRAME_ROOM_JOIN:
    case FRAME_ROOM_LEAVE:
        buf_add_char(out, ' ');
        words_room(out, world, frame->room.room_id);
        add_users(out, world, frame->room.members, frame->room.members_len);
        return true;
    case FRAME_PRESENCE:
        add_choice(out, world, &frame->presence);
        return true;
    case FRAME_PRESENCE_SUBSCRIBE:
    case FRAME_PRESENCE_UNSUBSCRIBE:
        add_users(out, world, frame->presence_users.users, frame->presence_users.users_len);
        return true;
    case FRAME_RECEIPTS_REQUEST:
        buf_add_char(out, ' ');
        words_room(out, world, frame->receipts_request.room_id);
        buf_printf(out, " after version %" PRIu64, frame->receipts_request.after);
        return true;
    default:
        return false;
    }
}

static void add_number(struct buf *out, const struct world *world, struct text room,
                       uint64_t number, const char *what)
{
    buf_add_char(out, ' ');
    words_room(out, world, room);
    buf_printf(out, " %s%" PRIu64, what, number);
}

/* What is told of people. False: it is something else. */
static bool add_people(struct buf *out, const struct world *world, const struct frame *frame)
{
    switch ((int)frame->type) {
    case FRAME_TYPING_START:
    case FRAME_TYPING_STOP:
        add_where(out, world, frame->typing.room_id, frame->typing.recipient_id);
        if (frame->typing.user_id.bytes != NULL) {
            buf_add_text(out, " by ");
            words_user(out, world, frame->typing.user_id);
        }
        return true;
    case FRAME_TYPING_ROOM:
        add_number(out, world, frame->typing_room.room_id, frame->typing_room.others, "others ");
        return true;
    case FRAME_RECEIVED:
    case FRAME_READ_RECEIPT:
        add_receipt(out, world, frame);
        return true;
    case FRAME_RECEIPTS:
        add_number(out, world, frame->receipts.room_id, frame->receipts.version, "version ");
        return true;
    case FRAME_PRESENCE_UPDATE:
        add_person(out, world, &frame->person);
        return true;
    case FRAME_PRESENCE_STATE:
        buf_printf(out, " %u people%s", (unsigned)frame->presence_state.people_len,
                   frame->presence_state.stale ? ", may be old" : "");
        return true;
    case FRAME_PRESENCE_ROOM:
        add_number(out, world, frame->presence_room.room_id, frame->presence_room.online,
                   "online ");
        return true;
    default:
        return false;
    }
}

/* Answers. Of what is not here the type says all. */
static void add_answer(struct buf *out, const struct world *world, const struct frame *frame)
{
    switch ((int)frame->type) {
    case FRAME_WELCOME:
        add_welcome(out, world, &frame->welcome);
        return;
    case FRAME_ACK:
        add_number(out, world, frame->ack.room_id, frame->ack.seq, "seq ");
        add_client_id(out, frame->ack.client_id);
        return;
    case FRAME_NACK:
        buf_printf(out, " %s, %s", hb_err_wire(frame->nack.code),
                   frame->nack.temporary ? "temporary" : "for good");
        add_client_id(out, frame->nack.client_id);
        return;
    case FRAME_SYNC_RESPONSE:
        add_page(out, world, &frame->sync_response);
        return;
    case FRAME_ERROR:
        buf_printf(out, " %s", hb_err_wire(frame->error.code));
        return;
    case FRAME_DRAINING:
        buf_printf(out, " reconnect in %u ms", (unsigned)frame->draining.reconnect_in_ms);
        return;
    case FRAME_REFRESHED:
        buf_printf(out, " expires in %" PRId64 " ms", frame->refreshed.expires_in_ms);
        return;
    default:
        return;
    }
}

void words_frame(struct buf *out, const struct world *world, struct wire *wire)
{
    const struct frame *frame;

    if (wire_decode(wire, &frame, NULL) != HB_OK) {
        buf_add_text(out, "no frame ");
        words_quoted(out, wire_text(wire), LOOK_TEXT_MAX);
        return;
    }
    if (frame->type == FRAME_MESSAGE || frame->type == FRAME_ROOM_EVENT) {
        words_entry(out, world, &frame->entry);
        return;
    }
    buf_add_text(out, frame_type_word(frame->type));
    if (!add_asked(out, world, frame) && !add_people(out, world, frame)) {
        add_answer(out, world, frame);
    }
}
