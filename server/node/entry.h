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
/* `row` is one of DB_ENTRIES_AFTER. What this version cannot say in a frame is an entry of the kind
 * ENTRY_UNKNOWN. False: the row says not even its seq; *ret is unchanged. */
HB_MUST_USE bool entry_from_row(struct text room_name, const struct db_value *row,
                                struct entry_store *store, struct entry *ret);
void entry_stamp(struct entry *entry, struct entry_store *store, struct hlc_stamp stamp,
                 struct hlc_stamp hlc, struct text node_name);

struct entry_found { /* where an entry stands, of a row of DB_ENTRY_FIND */
    struct text room_name, node_name;
    uint64_t seq;
    struct hlc_stamp stamp, hlc;
    int64_t timestamp_ms;
    int64_t kind;
    int64_t digest; /* of the command that wrote it, if it is there */
    bool digest_there;
};
/* False: the row does not say it. */
HB_MUST_USE bool entry_found_read(const struct db_value *row, struct entry_found *ret);

void entry_encode(const struct entry *entry, struct buf *out);
uint64_t entry_member_key(const struct entry *entry); /* of a join or leave; else 0 */
struct text value_text(const struct db_value *value);
/* False: the database holds no such value there; *ret is unchanged. */
HB_MUST_USE bool value_seq(const struct db_value *value, uint64_t *ret);
HB_MUST_USE bool value_stamp(const struct db_value *value, struct hlc_stamp *ret);
HB_MUST_USE bool value_key(const struct db_value *value, int64_t *ret);
bool parse_u64(const char **at, const char *end, uint64_t *ret);

#endif
