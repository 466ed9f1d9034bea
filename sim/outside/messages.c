/* See messages.h. */
#include "sim/outside/messages.h"

#include "server/base/hash.h"
#include "server/protocol/id.h"
#include "sim/recording/recording.h"

#include <stdlib.h>

/* --- Names ---------------------------------------------------------------------------------- */

static uint64_t key_of(char kind, uint32_t room, uint32_t user, struct text name)
{
    char bytes[1 + 4 + 4 + RECORDING_NAME_BYTES_MAX];
    HB_ASSERT(name.len <= RECORDING_NAME_BYTES_MAX);
    bytes[0] = kind;
    memcpy(bytes + 1, &room, 4);
    memcpy(bytes + 5, &user, 4);
    memcpy(bytes + 9, name.bytes, name.len);
    const uint64_t key = hash64_bytes(bytes, 9 + (size_t)name.len);
    return key != 0 ? key : 1;
}

uint64_t key_of_id(uint32_t room, struct text id)
{
    return key_of('i', room, 0, id);
}

uint64_t key_of_client(uint32_t room, uint32_t user, struct text client)
{
    return key_of('c', room, user, client);
}

uint64_t key_of_text(uint32_t room, struct text text)
{
    const uint64_t content = id_key(text);
    return key_of('t', room, 0, (struct text){(const char *)&content, sizeof content});
}

uint64_t key_of_seq(uint32_t room, int64_t seq)
{
    return key_of('s', room, 0, (struct text){(const char *)&seq, sizeof seq});
}

/* --- Life ----------------------------------------------------------------------------------- */

static void keep(struct ledger *ledger, struct message_ref ref)
{
    if (ledger->kept_to - ledger->kept_from == ledger->kept_cap) {
        const uint64_t cap = ledger->kept_cap == 0 ? 256 : ledger->kept_cap * 2;
        struct message_ref *kept = hb_malloc(cap * sizeof *kept);
        for (uint64_t i = ledger->kept_from; i < ledger->kept_to; i++) {
            kept[i & (cap - 1)] = ledger->kept[i & (ledger->kept_cap - 1)];
        }
        free(ledger->kept);
        ledger->kept = kept;
        ledger->kept_cap = cap;
    }
    ledger->kept[ledger->kept_to++ & (ledger->kept_cap - 1)] = ref;
}

struct message *message_new(struct ledger *ledger, uint32_t room)
{
    if (ledger->free_len == 0) {
        HB_GROW(ledger->messages, ledger->messages_len, ledger->messages_cap);
        ledger->messages[ledger->messages_len] = (struct message){0};
        HB_GROW(ledger->free_messages, ledger->free_len, ledger->free_cap);
        ledger->free_messages[ledger->free_len++] = ledger->messages_len++;
    }
    struct message *message = &ledger->messages[ledger->free_messages[--ledger->free_len]];
    struct vclock knows = message->knows;
    HB_ASSERT(message->serial == 0);
    vclock_clear(&knows); /* its memory is used again */
    *message = (struct message){.serial = ++ledger->message_serials,
                                .number = ++ledger->rooms[room].numbers,
                                .room = room,
                                .writer = NONE,
                                .writer_user = NONE,
                                .knows = knows,
                                .seq = RECORD_SEQ_NONE,
                                .acked_seq = RECORD_SEQ_NONE,
                                .open_before = NONE,
                                .open_after = NONE,
                                .write_before = NONE,
                                .write_after = NONE,
                                .edge_out = NONE,
                                .edge_in = NONE};
    /* Until its writer's line comes it is an entity of its own. A place that is used again has a
     * greater serial, so what was known of the earlier one says nothing of it. */
    message->entity = UINT64_C(1) << 63 | (uint64_t)(message - ledger->messages);
    message->count = message->serial;
    keep(ledger, message_ref_to(ledger, message));
    return message;
}

struct message *message_find(struct ledger *ledger, uint64_t key, uint64_t *ret_old)
{
    uint64_t value;
    *ret_old = 0;
    if (!index_get(&ledger->names, key, &value)) {
        return NULL;
    }
    if ((value & REMEMBERED) != 0) {
        *ret_old = value & ~REMEMBERED;
        return NULL;
    }
    return &ledger->messages[value];
}

bool message_name(struct ledger *ledger, struct message *message, uint64_t key)
{
    for (uint32_t i = 0; i < message->keys_len; i++) {
        if (message->keys[i] == key) {
            return true;
        }
    }
    if (message->keys_len == MESSAGE_KEYS_MAX) {
        return false;
    }
    message->keys[message->keys_len++] = key;
    index_put(&ledger->names, key, (uint64_t)(message - ledger->messages));
    return true;
}

void text_cut(struct text text, char ret[LABEL_MAX + 1])
{
    uint32_t len = text.len < LABEL_MAX ? text.len : LABEL_MAX;
    while (len < text.len && len > 0 && ((unsigned char)text.bytes[len] & 0xc0) == 0x80) {
        len--;
    }
    if (len > 0) {
        memcpy(ret, text.bytes, len);
    }
    ret[len] = 0;
}

void message_label(struct message *message, struct text label)
{
    text_cut(label, message->label);
}

bool message_text(struct message *message, struct text text)
{
    const uint64_t content = id_key(text);
    if ((message->flags & MESSAGE_TEXT) != 0) {
        return message->content == content;
    }
    message->flags |= MESSAGE_TEXT;
    message->content = content;
    if (text.len > 0) {
        message_label(message, text);
    }
    return true;
}

/* --- Lists ---------------------------------------------------------------------------------- */

void message_write(struct ledger *ledger, struct message *message)
{
    struct seat *seat = &ledger->seats[message->writer];
    const uint32_t number = (uint32_t)(message - ledger->messages);
    message->write_before = seat->write_last;
    message->write_after = NONE;
    if (seat->write_last != NONE) {
        ledger->messages[seat->write_last].write_after = number;
    } else {
        seat->write_first = number;
    }
    seat->write_last = number;
}

void message_unwrite(struct ledger *ledger, struct message *message)
{
    const uint32_t number = (uint32_t)(message - ledger->messages);
    if (message->writer == NONE) {
        return;
    }
    struct seat *seat = &ledger->seats[message->writer];
    if (message->write_before == NONE && seat->write_first != number) {
        return; /* it stands in no list */
    }
    if (message->write_before != NONE) {
        ledger->messages[message->write_before].write_after = message->write_after;
    } else {
        seat->write_first = message->write_after;
    }
    if (message->write_after != NONE) {
        ledger->messages[message->write_after].write_before = message->write_before;
    } else {
        seat->write_last = message->write_before;
    }
    message->write_before = NONE;
    message->write_after = NONE;
}

/* `into` stands in the writer's list where `from` stood, if it did. */
static void write_replace(struct ledger *ledger, struct message *into, struct message *from)
{
    struct seat *seat = &ledger->seats[from->writer];
    const uint32_t number = (uint32_t)(into - ledger->messages);
    if (from->write_before == NONE && seat->write_first != (uint32_t)(from - ledger->messages)) {
        return;
    }
    into->write_before = from->write_before;
    into->write_after = from->write_after;
    if (from->write_before != NONE) {
        ledger->messages[from->write_before].write_after = number;
    } else {
        seat->write_first = number;
    }
    if (from->write_after != NONE) {
        ledger->messages[from->write_after].write_before = number;
    } else {
        seat->write_last = number;
    }
    from->write_before = NONE;
    from->write_after = NONE;
}

void message_open(struct ledger *ledger, struct message *message)
{
    struct room *room = &ledger->rooms[message->room];
    const uint32_t number = (uint32_t)(message - ledger->messages);
    HB_ASSERT(message->expected_len > 0);
    message->open_before = room->open_last;
    if (room->open_last != NONE) {
        ledger->messages[room->open_last].open_after = number;
    } else {
        room->open_first = number;
    }
    room->open_last = number;
    ledger->open_count++;
}

static void unopen(struct ledger *ledger, struct message *message)
{
    struct room *room = &ledger->rooms[message->room];
    if (message->open_before != NONE) {
        ledger->messages[message->open_before].open_after = message->open_after;
    } else {
        room->open_first = message->open_after;
    }
    if (message->open_after != NONE) {
        ledger->messages[message->open_after].open_before = message->open_before;
    } else {
        room->open_last = message->open_before;
    }
    message->open_before = NONE;
    message->open_after = NONE;
    ledger->open_count--;
}

bool message_expects(const struct message *message, uint32_t slot)
{
    return message->expected != NULL && slot < message->expected_slots &&
           (message->expected[slot / 64] >> slot % 64 & 1) != 0;
}

bool message_expected_take(struct ledger *ledger, struct message *message, uint32_t slot)
{
    if (!message_expects(message, slot)) {
        return false;
    }
    message->expected[slot / 64] &= ~(UINT64_C(1) << slot % 64);
    if (--message->expected_len == 0) {
        message_settle(ledger, message);
    }
    return true;
}

void message_settle(struct ledger *ledger, struct message *message)
{
    if (message->expected != NULL) {
        unopen(ledger, message);
        free(message->expected);
        message->expected = NULL;
        message->expected_len = 0;
    }
    message->flags |= MESSAGE_SETTLED;
    message_unwrite(ledger, message);
}

/* --- Forgetting, joining -------------------------------------------------------------------- */

struct message *message_surplus(struct ledger *ledger)
{
    while (ledger->kept_to - ledger->kept_from > (uint64_t)KEPT_MAX + ledger->open_count) {
        const struct message_ref ref = ledger->kept[ledger->kept_from++ & (ledger->kept_cap - 1)];
        struct message *message = message_of(ledger, ref);
        if (message == NULL) {
            continue; /* joined with another one */
        }
        if (message->expected == NULL) {
            return message;
        }
        keep(ledger, ref);
    }
    return NULL;
}

static void remember(struct ledger *ledger, uint64_t key, uint64_t number)
{
    uint64_t value;
    if (ledger->old_keys == NULL) {
        ledger->old_keys = hb_calloc(KEYS_MAX, sizeof *ledger->old_keys);
    }
    uint64_t *old = &ledger->old_keys[ledger->old_keys_count++ % KEYS_MAX];
    if (*old != 0 && index_get(&ledger->names, *old, &value) && (value & REMEMBERED) != 0) {
        index_remove(&ledger->names, *old);
    }
    *old = key;
    index_put(&ledger->names, key, REMEMBERED | number);
}

static void release(struct ledger *ledger, struct message *message)
{
    message->serial = 0;
    HB_GROW(ledger->free_messages, ledger->free_len, ledger->free_cap);
    ledger->free_messages[ledger->free_len++] = (uint32_t)(message - ledger->messages);
}

void message_forget(struct ledger *ledger, struct message *message)
{
    HB_ASSERT(message->expected == NULL);
    HB_ASSERT(message->edge_out == NONE);
    HB_ASSERT(message->edge_in == NONE);
    message_unwrite(ledger, message);
    for (uint32_t i = 0; i < message->keys_len; i++) {
        remember(ledger, message->keys[i], message->number);
    }
    release(ledger, message);
}

static void join_lines(struct message *into, const struct message *from)
{
    if (into->sent.serial == 0) {
        into->sent = from->sent;
    }
    if (into->acked.serial == 0) {
        into->acked = from->acked;
        into->acked_named = from->acked_named;
        into->acked_seq = from->acked_seq;
        into->acked_hlc = from->acked_hlc;
    }
    if (into->seen.serial == 0) {
        into->seen = from->seen;
    }
    into->named = into->named != 0 ? into->named : from->named;
    into->seq = into->seq != RECORD_SEQ_NONE ? into->seq : from->seq;
    into->hlc = into->hlc != 0 ? into->hlc : from->hlc;
    into->hlc_below = from->hlc_below > into->hlc_below ? from->hlc_below : into->hlc_below;
    if ((from->flags & MESSAGE_TEXT) != 0 && (into->flags & MESSAGE_TEXT) == 0) {
        into->content = from->content;
        memcpy(into->label, from->label, sizeof into->label);
    }
}

void message_join(struct ledger *ledger, struct message *into, struct message *from)
{
    struct room *room = &ledger->rooms[into->room];

    HB_ASSERT(into != from);
    HB_ASSERT(into->room == from->room);
    HB_ASSERT(from->edge_out == NONE && from->edge_in == NONE);
    join_lines(into, from);
    if ((from->flags & MESSAGE_SEEN) != 0) { /* whoever showed the one has shown the other */
        for (uint32_t i = 0; i < room->seats_len; i++) {
            struct seat *seat = &ledger->seats[room->seats[i]];
            if (spans_has(&seat->shown, from->number)) {
                spans_add(&seat->shown, into->number);
                (void)message_expected_take(ledger, into, seat->slot);
            }
        }
    }
    HB_ASSERT(into->writer == NONE || from->writer == NONE || into->writer == from->writer);
    if (from->writer != NONE) {
        into->writer = from->writer;
        into->writer_user = from->writer_user;
        if ((from->flags & MESSAGE_SENT) != 0) {
            into->entity = from->entity;
            into->count = from->count;
            vclock_copy(&into->knows, &from->knows);
        }
        if ((into->flags & MESSAGE_SETTLED) == 0) {
            write_replace(ledger, into, from);
        }
        (void)message_expected_take(ledger, into, ledger->seats[into->writer].slot);
    }
    message_settle(ledger, from);
    into->flags |= from->flags & (MESSAGE_SENT | MESSAGE_ACKED | MESSAGE_SEEN | MESSAGE_SEEN_OTHER |
                                  MESSAGE_DOUBTFUL | MESSAGE_TEXT | MESSAGE_WRITTEN_TEXT);
    for (uint32_t i = 0; i < from->keys_len; i++) {
        if (!message_name(ledger, into, from->keys[i])) {
            index_remove(&ledger->names, from->keys[i]);
        }
    }
    release(ledger, from);
}
