/* See client_receipts.h. What is to be said waits for `receipt_us`, so that a room has one frame of each kind in
 * that time at most. What was read is said again on each connection until the server tells of it: first it is
 * asked what was missed, which may have it. */
#include "sim/client/client_receipts.h"

#include "server/base/mem.h"
#include "sim/client/client_conn.h"
#include "sim/client/client_gap.h"
#include "sim/client/client_room.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 512 /* of a room; who reads so late says nothing of the oldest */

enum item_state { ITEM_NEW, ITEM_READ, ITEM_SAID };

struct receipt_item { /* somebody else's message that is not known to be told as read */
    uint64_t seq, key;
    enum item_state state;
    uint32_t id_len;
    char id[HLC_TEXT_BYTES_MAX];
};

struct receipt_position { /* what a person has, as this device was told */
    uint64_t user, up_to;
};

struct receipt_room {
    uint64_t key;
    uint64_t shown, said;       /* all up to here; what was said of it on this connection */
    uint64_t version;           /* all up to this one was told */
    uint64_t live;              /* the greatest that came while it was asked */
    bool wanted, asked;         /* what was missed is to be asked; was, and not all is there */
    struct receipt_item *items; /* ascending seq */
    uint32_t items_len, items_cap;
    struct receipt_position *positions;
    uint32_t positions_len, positions_cap;
};

struct client_receipts {
    struct receipt_room *rooms;
    uint32_t len, cap;
};

void client_receipts_deinit(struct client *client)
{
    struct client_receipts *receipts = client->receipts;

    for (uint32_t i = 0; receipts != NULL && i < receipts->len; i++) {
        free(receipts->rooms[i].items);
        free(receipts->rooms[i].positions);
    }
    if (receipts != NULL) {
        free(receipts->rooms);
        free(receipts);
        client->receipts = NULL;
    }
}

static struct receipt_room *find(const struct client *client, uint64_t key)
{
    const struct client_receipts *receipts = client->receipts;

    for (uint32_t i = 0; receipts != NULL && i < receipts->len; i++) {
        if (receipts->rooms[i].key == key) {
            return &receipts->rooms[i];
        }
    }
    return NULL;
}

static struct receipt_room *make(struct client *client, uint64_t key)
{
    struct receipt_room *found = find(client, key);

    if (found != NULL) {
        return found;
    }
    if (client->receipts == NULL) {
        client->receipts = hb_calloc(1, sizeof *client->receipts);
    }
    struct client_receipts *receipts = client->receipts;
    HB_GROW(receipts->rooms, receipts->len, receipts->cap);
    receipts->rooms[receipts->len] = (struct receipt_room){.key = key, .wanted = true};
    return &receipts->rooms[receipts->len++];
}

static void arm(struct client *client)
{
    if (client->state == CLIENT_ONLINE && client->alarm_us[CLIENT_ALARM_RECEIPTS] == INT64_MAX) {
        client->alarm_us[CLIENT_ALARM_RECEIPTS] = client->now_us + client->config.params.receipt_us;
    }
}

/* How many of its items stand up to `seq`. */
static uint32_t items_up_to(const struct receipt_room *room, uint64_t seq)
{
    uint32_t count = room->items_len;

    while (count > 0 && room->items[count - 1].seq > seq) {
        count--;
    }
    return count;
}

/* In the order of places: amid the others where a marker was. */
static void item_add(struct receipt_room *room, const struct entry *entry)
{
    if (room->items_len == ITEMS_MAX) {
        memmove(room->items, room->items + 1, --room->items_len * sizeof *room->items);
    }
    const uint32_t at = items_up_to(room, entry->seq);
    HB_GROW(room->items, room->items_len, room->items_cap);
    struct receipt_item *item = &room->items[at];
    memmove(item + 1, item, (room->items_len++ - at) * sizeof *item);
    *item = (struct receipt_item){
        .seq = entry->seq, .key = entry->id_key, .state = ITEM_NEW, .id_len = entry->id.len};
    HB_ASSERT(entry->id.len <= sizeof item->id);
    memcpy(item->id, entry->id.bytes, entry->id.len);
}

/* What came above a marker is here before what lies below it. */
static void shown(struct client *client, const struct entry *entry)
{
    struct receipt_room *room = make(client, entry->room_key);
    const uint32_t count = items_up_to(room, entry->seq);
    const bool had = count > 0 && room->items[count - 1].seq == entry->seq;

    if (entry->kind == ENTRY_MESSAGE && entry->sender_key != client->user_key &&
        entry->seq > room->shown && !had) {
        item_add(room, entry);
    }
}

/* What arrived is what is shown without a hole. */
static void moved(struct client *client, uint64_t room_key)
{
    struct receipt_room *room = find(client, room_key);
    const struct client_room *of = client_room_find(client, room_key);
    const uint64_t cursor = client_gap_cursor(of);

    room->shown = cursor > room->shown ? cursor : room->shown;
    if (room->shown > room->said) {
        arm(client);
    }
}

void client_receipts_shown(struct client *client, const struct client_out *out, size_t from)
{
    const size_t end = client->config.params.receipt_us != 0 ? out->len : from;

    for (size_t i = from; i < end; i++) {
        if (out->items[i].kind == CLIENT_OUT_SHOWN) {
            shown(client, out->items[i].entry);
        }
    }
    for (size_t i = from; i < end; i++) {
        if (out->items[i].kind == CLIENT_OUT_SHOWN) {
            moved(client, out->items[i].entry->room_key);
        }
    }
}

void client_receipts_read(struct client *client, uint32_t room_ref, struct text room_id,
                          struct client_out *out)
{
    struct receipt_room *room = find(client, id_key(room_id));

    for (uint32_t i = 0; room != NULL && i < room->items_len; i++) {
        struct receipt_item *item = &room->items[i];
        if (item->state == ITEM_NEW) {
            item->state = ITEM_READ;
            struct client_effect *effect = client_emit(out, CLIENT_OUT_READ);
            effect->room_ref = room_ref;
            effect->room_id = room_id;
            effect->client_key = item->key;
            effect->value = (int64_t)item->seq;
            arm(client);
        }
    }
}

/* --- Said ----------------------------------------------------------------------------------- */

static void say_read(struct client *client, const struct client_room *of, struct receipt_room *room,
                     struct client_out *out)
{
    struct text ids[RECEIPT_IDS_MAX];
    struct frame frame = {.type = FRAME_READ_RECEIPT,
                          .read_receipt = {.chat_id = of->room_id, .ids = ids}};
    uint32_t len = 0;

    for (uint32_t i = 0; i < room->items_len; i++) {
        struct receipt_item *item = &room->items[i];
        if (item->state != ITEM_READ || item->seq > room->shown) {
            continue; /* above a marker: it counts as arrived with what lies below */
        }
        if (len == RECEIPT_IDS_MAX) {
            arm(client); /* the others in another frame, which waits */
            break;
        }
        item->state = ITEM_SAID;
        struct client_effect *effect = client_emit_of(of, CLIENT_OUT_READ_SAID, out);
        effect->client_key = item->key;
        effect->value = len;
        ids[len++] = (struct text){item->id, item->id_len};
    }
    if (len > 0) {
        frame.read_receipt.ids_len = len;
        client_send_frame(client, &frame, out);
    }
}

static void ask(struct client *client, struct text room_id, struct receipt_room *room,
                struct client_out *out)
{
    room->wanted = false;
    room->asked = true;
    client_send_frame(
        client,
        &(struct frame){
            .type = FRAME_RECEIPTS_REQUEST,
            .receipts_request = {.room_id = room_id, .after_said = true, .after = room->version}},
        out);
}

void client_receipts_flush(struct client *client, struct client_out *out)
{
    client->alarm_us[CLIENT_ALARM_RECEIPTS] = INT64_MAX;
    for (uint32_t i = 0; client->receipts != NULL && i < client->receipts->len; i++) {
        struct receipt_room *room = &client->receipts->rooms[i];
        const struct client_room *of = client_room_find(client, room->key);
        HB_ASSERT(of != NULL);
        if (of->outside) {
            continue; /* the room is not theirs now */
        }
        if (room->shown > room->said) {
            room->said = room->shown;
            client_send_frame(
                client,
                &(struct frame){.type = FRAME_RECEIVED,
                                .received = {.room_id = of->room_id, .up_to = room->shown}},
                out);
        }
        if (room->wanted) {
            ask(client, of->room_id, room, out);
        }
        if (!room->asked) {
            say_read(client, of, room, out);
        }
    }
}

static void again(struct receipt_room *room)
{
    room->said = 0;
    room->wanted = true;
    room->asked = false;
    for (uint32_t i = 0; i < room->items_len; i++) {
        if (room->items[i].state == ITEM_SAID) {
            room->items[i].state = ITEM_READ;
        }
    }
}

static void again_all(struct client *client)
{
    for (uint32_t i = 0; client->receipts != NULL && i < client->receipts->len; i++) {
        again(&client->receipts->rooms[i]);
    }
    arm(client);
}

void client_receipts_refused(struct client *client, const struct frame_error *error)
{
    if (error->temporary && error->ref.bytes == NULL && error->field.bytes != NULL &&
        (text_equal(error->field, TEXT("upTo")) || text_equal(error->field, TEXT("messageIds")) ||
         text_equal(error->field, TEXT("after")))) {
        again_all(client);
    }
}

void client_receipts_welcome(struct client *client)
{
    for (uint32_t i = 0; client->config.params.receipt_us != 0 && i < client->rooms_len; i++) {
        if (client_room_at(client, i)->next > 0) {
            (void)make(client, client_room_at(client, i)->key);
        }
    }
    if (client->receipts != NULL) {
        again_all(client);
    }
}

/* --- Told ----------------------------------------------------------------------------------- */

static void versioned(struct receipt_room *room, uint64_t version)
{
    uint64_t *had = room->asked || room->wanted ? &room->live : &room->version;

    *had = version > *had ? version : *had;
}

/* What the server says was read by this person is said no more. */
static void item_drop(struct receipt_room *room, uint64_t key)
{
    for (uint32_t i = 0; i < room->items_len; i++) {
        if (room->items[i].key == key) {
            room->items_len--;
            memmove(room->items + i, room->items + i + 1,
                    (room->items_len - i) * sizeof *room->items);
            return;
        }
    }
}

static void told_read(const struct client *client, const struct client_room *of,
                      struct receipt_room *room, const struct frame *frame, struct client_out *out)
{
    const struct frame_read_receipt *receipt = &frame->read_receipt;
    const bool own = id_key(receipt->read_by) == client->user_key;

    for (uint32_t i = 0; i < receipt->ids_len; i++) {
        const uint64_t key = id_key(receipt->ids[i]);
        struct client_effect *effect = client_emit_of(of, CLIENT_OUT_READ_TOLD, out);
        effect->client_key = key;
        effect->frame = frame;
        effect->value = receipt->read_at_ms;
        if (own) {
            item_drop(room, key);
        }
    }
}

/* What was missed may come behind what is newer: a position only rises. */
static bool rises(struct receipt_room *room, uint64_t user, uint64_t up_to)
{
    if (up_to == 0) {
        return false; /* nothing was said of it */
    }
    for (uint32_t i = 0; i < room->positions_len; i++) {
        struct receipt_position *position = &room->positions[i];
        if (position->user == user) {
            const bool news = up_to > position->up_to;
            position->up_to = news ? up_to : position->up_to;
            return news;
        }
    }
    HB_GROW(room->positions, room->positions_len, room->positions_cap);
    room->positions[room->positions_len++] = (struct receipt_position){user, up_to};
    return true;
}

static void told_received(const struct client_room *of, uint64_t up_to, const struct frame *frame,
                          struct client_out *out)
{
    struct client_effect *effect = client_emit_of(of, CLIENT_OUT_RECEIVED_TOLD, out);

    effect->frame = frame;
    effect->value = (int64_t)up_to;
}

static void told_all(struct client *client, const struct client_room *of, struct receipt_room *room,
                     const struct frame_receipts *told, struct client_out *out)
{
    if (!room->asked) {
        return;
    }
    room->version = told->version > room->version ? told->version : room->version;
    if (told->has_more) {
        ask(client, of->room_id, room, out);
        return;
    }
    room->asked = false;
    versioned(room, room->live);
    room->live = 0;
    arm(client);
}

void client_receipts_told(struct client *client, const struct frame *frame, struct client_out *out)
{
    const uint64_t key = frame->type == FRAME_RECEIVED       ? frame->received.room_key
                         : frame->type == FRAME_READ_RECEIPT ? frame->read_receipt.room_key
                                                             : frame->receipts.room_key;
    const struct client_room *of = client_room_find(client, key);

    if (client->config.params.receipt_us == 0 || of == NULL) {
        return;
    }
    struct receipt_room *room = make(client, key);
    if (frame->type == FRAME_RECEIPTS) {
        told_all(client, of, room, &frame->receipts, out);
    } else if (frame->type == FRAME_RECEIVED && frame->received.user_id.bytes != NULL) {
        if (rises(room, id_key(frame->received.user_id), frame->received.up_to)) {
            told_received(of, frame->received.up_to, frame, out);
        }
        versioned(room, frame->received.version);
    } else if (frame->type == FRAME_READ_RECEIPT && frame->read_receipt.read_by.bytes != NULL) {
        told_read(client, of, room, frame, out);
        if (rises(room, id_key(frame->read_receipt.read_by), frame->read_receipt.up_to)) {
            told_received(of, frame->read_receipt.up_to, frame, out);
        }
        versioned(room, frame->read_receipt.version);
    }
}
