/* Entries of the log: from rows to structs to bytes, and small readers of values.
 *
 * The database is judged here, never asserted: another version, or a hand, may have written to it. */
#include "server/node/entry.h"

#include "server/protocol/id.h"
#include "server/protocol/utf8.h"

#include <string.h>

struct text value_text(const struct db_value *value)
{
    return value->kind == DB_TEXT ? value->text : (struct text){NULL, 0};
}

bool value_seq(const struct db_value *value, uint64_t *ret)
{
    if (value->kind != DB_INT || value->integer < 0 || value->integer > JSON_INT_MAX) {
        return false;
    }
    *ret = (uint64_t)value->integer;
    return true;
}

bool value_stamp(const struct db_value *value, struct hlc_stamp *ret)
{
    if (value->kind != DB_INT || value->integer < 0) {
        return false;
    }
    ret->packed = (uint64_t)value->integer;
    return true;
}

bool value_key(const struct db_value *value, int64_t *ret)
{
    if (value->kind != DB_INT || value->integer == 0) {
        return false;
    }
    *ret = value->integer;
    return true;
}

void entry_stamp(struct entry *entry, struct entry_store *store, struct hlc_stamp stamp,
                 struct hlc_stamp hlc, struct text node_name)
{
    entry->id = (struct text){store->id, (uint32_t)hlc_format(stamp, node_name, store->id)};
    entry->hlc_text = (struct text){store->hlc, (uint32_t)hlc_format(hlc, node_name, store->hlc)};
    entry->hlc = hlc;
}

/* What the row says can be said in a frame of this version. */
static bool known(const struct db_value *row, const struct entry *entry)
{
    if (!id_valid(entry->sender_id) || (row[3].kind != DB_NULL && !id_valid(entry->client_id))) {
        return false;
    }
    switch (entry->kind) {
    case ENTRY_MESSAGE:
        return entry->content.len > 0 && entry->content.len <= CONTENT_BYTES_MAX &&
               memchr(entry->content.bytes, '\0', entry->content.len) == NULL &&
               utf8_valid(entry->content.bytes, entry->content.len);
    case ENTRY_JOIN:
    case ENTRY_LEAVE:
        return true;
    case ENTRY_UNKNOWN:
        return false;
    }
    return false; /* a newer node's */
}

bool entry_from_row(struct text room_name, const struct db_value *row, struct entry_store *store,
                    struct entry *ret)
{
    struct entry entry = {.room_id = room_name};
    struct hlc_stamp stamp = {0};
    struct hlc_stamp hlc = {0};
    struct text node_name = value_text(&row[5]);

    if (!value_seq(&row[0], &entry.seq)) {
        return false;
    }
    const bool placed = value_stamp(&row[6], &stamp) && value_stamp(&row[7], &hlc) &&
                        id_valid_node(node_name) && row[8].kind == DB_INT &&
                        row[8].integer >= -JSON_INT_MAX && row[8].integer <= JSON_INT_MAX;
    if (placed) {
        entry.timestamp_ms = row[8].integer;
    } else { /* the place in the room is kept all the same */
        node_name = TEXT("-");
    }
    const bool kind_fits =
        row[1].kind == DB_INT && row[1].integer >= 0 && row[1].integer < ENTRY_UNKNOWN;
    entry.kind = kind_fits ? (enum entry_kind)row[1].integer : ENTRY_UNKNOWN;
    entry.sender_id = value_text(&row[2]);
    entry.client_id = value_text(&row[3]);
    entry.content = value_text(&row[4]);
    if (!placed || !known(row, &entry)) {
        entry.kind = ENTRY_UNKNOWN;
        entry.sender_id = entry.client_id = entry.content = (struct text){NULL, 0};
    }
    entry_stamp(&entry, store, stamp, hlc, node_name);
    *ret = entry;
    return true;
}

uint64_t entry_member_key(const struct entry *entry)
{
    return entry->kind == ENTRY_JOIN || entry->kind == ENTRY_LEAVE ? id_key(entry->sender_id) : 0;
}

bool entry_found_read(const struct db_value *row, struct entry_found *ret)
{
    ret->room_name = value_text(&row[0]);
    ret->node_name = value_text(&row[3]);
    ret->timestamp_ms = row[6].integer;
    ret->kind = row[2].kind == DB_INT ? row[2].integer : ENTRY_UNKNOWN;
    ret->digest_there = row[7].kind == DB_INT;
    ret->digest = ret->digest_there ? row[7].integer : 0;
    return id_valid(ret->room_name) && value_seq(&row[1], &ret->seq) &&
           id_valid_node(ret->node_name) && value_stamp(&row[4], &ret->stamp) &&
           value_stamp(&row[5], &ret->hlc) && row[6].kind == DB_INT;
}

void entry_encode(const struct entry *entry, struct buf *out)
{
    const struct frame frame = {
        .type = entry->kind == ENTRY_MESSAGE ? FRAME_MESSAGE : FRAME_ROOM_EVENT, .entry = *entry};

    frame_encode(&frame, out);
}

bool parse_u64(const char **at, const char *end, uint64_t *ret)
{
    uint64_t value = 0;
    const char *p = *at;

    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (uint64_t)(*p - '0');
        if (value > JSON_INT_MAX) {
            return false;
        }
    }
    if (p == *at) {
        return false;
    }
    *at = p;
    *ret = value;
    return true;
}
