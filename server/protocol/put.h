/* The fields of a frame, written: each `,"name":value` behind the type that opened the object.
 *
 * An own writer: four times faster than a common library's, and exact for 64 bits. Inline, so that the
 * length of a name is known where it is written. */
#ifndef HUBBUB_SERVER_PROTOCOL_PUT_H
#define HUBBUB_SERVER_PROTOCOL_PUT_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/frame_type.h"
#include "server/protocol/limits.h"
#include "server/protocol/position.h"

/* Each writes `,"name":value`; the object was opened by its type. Names are literals, so that all
 * around one is put together when this is compiled. */
#define PUT_MEMBER(name)                  ",\"" name "\":", sizeof ",\"" name "\":" - 1
#define put_text(out, name, value)        put_text_member(out, PUT_MEMBER(name), value)
#define put_text_if(out, name, value)     put_text_if_member(out, PUT_MEMBER(name), value)
#define put_u64(out, name, value)         put_u64_member(out, PUT_MEMBER(name), value)
#define put_i64(out, name, value)         put_i64_member(out, PUT_MEMBER(name), value)
#define put_bool(out, name, value)        put_bool_member(out, PUT_MEMBER(name), value)
#define put_ids(out, name, ids, len)      put_ids_member(out, PUT_MEMBER(name), ids, len)
#define put_positions(out, name, of, len) put_positions_member(out, PUT_MEMBER(name), of, len)

static inline void put_text_member(struct buf *out, const char *member, size_t member_len,
                                   struct text value)
{
    buf_add(out, member, member_len);
    buf_add_json(out, value.bytes, value.len);
}

static inline void put_text_if_member(struct buf *out, const char *member, size_t member_len,
                                      struct text value)
{
    if (value.bytes != NULL) {
        put_text_member(out, member, member_len, value);
    }
}

static inline void put_u64_member(struct buf *out, const char *member, size_t member_len,
                                  uint64_t value)
{
    HB_ASSERT(value <= (uint64_t)JSON_INT_MAX);
    buf_add(out, member, member_len);
    buf_add_u64(out, value);
}

static inline void put_i64_member(struct buf *out, const char *member, size_t member_len,
                                  int64_t value)
{
    buf_add(out, member, member_len);
    buf_add_i64(out, value);
}

static inline void put_bool_member(struct buf *out, const char *member, size_t member_len,
                                   bool value)
{
    buf_add(out, member, member_len);
    buf_add_text(out, value ? "true" : "false");
}

static inline void put_ids_member(struct buf *out, const char *member, size_t member_len,
                                  const struct text *ids, uint32_t ids_len)
{
    buf_add(out, member, member_len);
    buf_add_char(out, '[');
    for (uint32_t i = 0; i < ids_len; i++) {
        if (i > 0) {
            buf_add_char(out, ',');
        }
        buf_add_json(out, ids[i].bytes, ids[i].len);
    }
    buf_add_char(out, ']');
}

static inline void put_positions_member(struct buf *out, const char *member, size_t member_len,
                                        const struct position *positions, uint32_t positions_len)
{
    buf_add(out, member, member_len);
    buf_add_char(out, '{');
    for (uint32_t i = 0; i < positions_len; i++) {
        if (i > 0) {
            buf_add_char(out, ',');
        }
        buf_add_json(out, positions[i].room_id.bytes, positions[i].room_id.len);
        buf_add_char(out, ':');
        buf_add_u64(out, positions[i].seq);
    }
    buf_add_char(out, '}');
}

static inline void put_type(struct buf *out, enum frame_type type)
{
    buf_add_text(out, "{\"type\":\"");
    buf_add_text(out, frame_type_word(type));
    buf_add_char(out, '"');
}

#endif
