/* Entries of the log: from rows to structs to bytes, and small readers of values. */
#include "server/node/entry.h"

struct text value_text(const struct db_value *value)
{
    return value->kind == DB_TEXT ? value->text : (struct text){NULL, 0};
}

uint64_t value_u64(const struct db_value *value)
{
    HB_ASSERT(value->kind == DB_INT && value->integer >= 0);
    return (uint64_t)value->integer;
}

void entry_stamp(struct entry *entry, struct entry_store *store, struct hlc_stamp stamp,
                 struct hlc_stamp hlc, struct text node_name)
{
    entry->id = (struct text){store->id, (uint32_t)hlc_format(stamp, node_name, store->id)};
    entry->hlc_text = (struct text){store->hlc, (uint32_t)hlc_format(hlc, node_name, store->hlc)};
    entry->hlc = hlc;
}

void entry_from_row(struct text room_name, const struct db_value *row, struct entry_store *store,
                    struct entry *ret)
{
    HB_ASSERT(row[1].integer >= ENTRY_MESSAGE && row[1].integer <= ENTRY_LEAVE);
    *ret = (struct entry){
        .kind = (enum entry_kind)row[1].integer,
        .room_id = room_name,
        .seq = value_u64(&row[0]),
        .sender_id = value_text(&row[2]),
        .client_id = value_text(&row[3]),
        .content = value_text(&row[4]),
        .timestamp_ms = row[8].integer,
    };
    entry_stamp(ret, store, (struct hlc_stamp){value_u64(&row[6])},
                (struct hlc_stamp){value_u64(&row[7])}, value_text(&row[5]));
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
