/* Entries of the log: from rows to structs to bytes, and small readers of values. */
#ifndef HUBBUB_SERVER_NODE_ENTRY_H
#define HUBBUB_SERVER_NODE_ENTRY_H

#include "server/base/mem.h"
#include "server/node/db.h"
#include "server/protocol/frame.h"

struct entry_store { /* the texts that an entry from a row borrows */
    char id[HLC_TEXT_BYTES_MAX];
    char hlc[HLC_TEXT_BYTES_MAX];
};
/* `row` is one of DB_ENTRIES_AFTER. */
void entry_from_row(struct text room_name, const struct db_value *row, struct entry_store *store,
                    struct entry *ret);
void entry_stamp(struct entry *entry, struct entry_store *store, struct hlc_stamp stamp,
                 struct hlc_stamp hlc, struct text node_name);
void entry_encode(const struct entry *entry, struct buf *out);
struct text value_text(const struct db_value *value);
uint64_t value_u64(const struct db_value *value);
bool parse_u64(const char **at, const char *end, uint64_t *ret);

#endif
