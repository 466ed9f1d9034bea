/* See cursor.h. */
#include "server/protocol/cursor.h"

#include "server/base/sort.h"
#include "server/protocol/b64.h"
#include "server/protocol/id.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#define VERSION_REST      1
#define VERSION_UNDER_WAY 2
#define HEAD              18 /* version, key id, epoch, user key */
#define MAC_BYTES         16

_Static_assert(CURSOR_BYTES_MAX / 4 * 3 >=
                   HEAD + 10 + ROOMS_PER_USER_MAX * (1 + ID_BYTES_MAX + 5 + 5) + 2 + MAC_BYTES,
               "a cursor of all rooms fits while their heads are below 2^35");

static void mac_of(const struct cursor_key *key, const void *bytes, size_t bytes_len,
                   unsigned char ret[EVP_MAX_MD_SIZE])
{
    unsigned int len = 0;
    const unsigned char *mac =
        HMAC(EVP_sha256(), key->bytes, CURSOR_KEY_BYTES, bytes, bytes_len, ret, &len);
    HB_ASSERT(mac != NULL);
    HB_ASSERT(len >= MAC_BYTES);
}

void cursor_key_derive(const struct cursor_key *from, const char *of, uint8_t *ret, size_t ret_len)
{
    unsigned char mac[EVP_MAX_MD_SIZE];

    HB_ASSERT(ret_len <= 32);
    mac_of(from, of, strlen(of), mac);
    memcpy(ret, mac, ret_len);
}

static void put_u64(struct buf *out, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        buf_add_char(out, (char)(value >> (8 * i) & 0xff));
    }
}

static void put_varint(struct buf *out, uint64_t value)
{
    while (value >= 0x80) {
        buf_add_char(out, (char)((value & 0x7f) | 0x80));
        value >>= 7;
    }
    buf_add_char(out, (char)value);
}

static int compare_positions(const void *a, const void *b)
{
    const struct position *x = a;
    const struct position *y = b;
    return text_compare(x->room_id, y->room_id);
}

static bool under_way(const struct cursor *cursor)
{
    for (uint32_t i = 0; i < cursor->positions_len; i++) {
        HB_ASSERT(cursor->ends[i] >= cursor->positions[i].seq);
        if (cursor->ends[i] > cursor->positions[i].seq) {
            return true;
        }
    }
    return false;
}

void cursor_encode_session(const struct cursor_key *key, const struct cursor *cursor,
                           struct buf *out)
{
    struct buf raw = {0};
    unsigned char mac[EVP_MAX_MD_SIZE];
    const bool session = under_way(cursor);

    HB_ASSERT(cursor->positions_len <= ROOMS_PER_USER_MAX);
    buf_add_char(&raw, session ? VERSION_UNDER_WAY : VERSION_REST);
    buf_add_char(&raw, (char)key->id);
    put_u64(&raw, cursor->epoch);
    put_u64(&raw, cursor->user_key);
    put_varint(&raw, cursor->positions_len);
    for (uint32_t i = 0; i < cursor->positions_len; i++) {
        const struct position *position = &cursor->positions[i];
        HB_ASSERT(id_valid(position->room_id));
        HB_ASSERT(i == 0 || text_compare(position[-1].room_id, position->room_id) < 0);
        buf_add_char(&raw, (char)position->room_id.len);
        buf_add(&raw, position->room_id.bytes, position->room_id.len);
        put_varint(&raw, position->seq);
        if (session) {
            put_varint(&raw, cursor->ends[i] - position->seq);
        }
    }
    if (session) {
        HB_ASSERT(cursor->turn < cursor->positions_len);
        put_varint(&raw, cursor->turn);
    }
    mac_of(key, raw.bytes, raw.len, mac);
    buf_add(&raw, mac, MAC_BYTES);
    b64_encode(raw.bytes, raw.len, out);
    buf_deinit(&raw);
}

void cursor_encode(const struct cursor_key *key, uint64_t epoch, uint64_t user_key,
                   const struct position *positions, uint32_t positions_len, struct buf *out)
{
    struct cursor *cursor = hb_malloc(sizeof *cursor);

    HB_ASSERT(positions_len <= ROOMS_PER_USER_MAX);
    cursor->epoch = epoch;
    cursor->user_key = user_key;
    cursor->positions_len = positions_len;
    if (positions_len > 0) {
        memcpy(cursor->positions, positions, positions_len * sizeof *positions);
        hb_sort(cursor->positions, positions_len, sizeof *positions, compare_positions);
    }
    for (uint32_t i = 0; i < positions_len; i++) {
        cursor->ends[i] = cursor->positions[i].seq;
    }
    cursor_encode_session(key, cursor, out);
    free(cursor);
}

struct reader {
    const unsigned char *at, *end;
};

static uint64_t get_u64(const unsigned char *at)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) {
        value = value << 8 | at[i];
    }
    return value;
}

/* Minimal form only. */
static bool get_varint(struct reader *reader, uint64_t *ret)
{
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 63 && reader->at < reader->end; shift += 7) {
        const unsigned char byte = *reader->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = value;
            return byte != 0 || shift == 0;
        }
    }
    return false;
}

/* Where the session ends in this room; a session under way has a room whose end is ahead. */
static bool get_end(struct reader *reader, const struct position *position, uint64_t *ret)
{
    uint64_t left;

    if (!get_varint(reader, &left) || left > (uint64_t)JSON_INT_MAX - position->seq) {
        return false;
    }
    *ret = position->seq + left;
    return true;
}

static bool get_turn(struct reader *reader, struct cursor *cursor)
{
    uint64_t turn;

    if (!get_varint(reader, &turn) || turn >= cursor->positions_len || !under_way(cursor)) {
        return false;
    }
    cursor->turn = (uint32_t)turn;
    return true;
}

static bool get_positions(struct reader *reader, bool session, struct cursor *cursor)
{
    uint64_t count;
    if (!get_varint(reader, &count) || count > ROOMS_PER_USER_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct position *position = &cursor->positions[i];
        if (reader->at == reader->end || reader->end - reader->at - 1 < *reader->at) {
            return false;
        }
        position->room_id.len = *reader->at++;
        position->room_id.bytes = (const char *)reader->at;
        reader->at += position->room_id.len;
        if (!id_valid(position->room_id) || !get_varint(reader, &position->seq) ||
            position->seq > (uint64_t)JSON_INT_MAX) {
            return false;
        }
        if (i > 0 && text_compare(position[-1].room_id, position->room_id) >= 0) {
            return false;
        }
        position->room_key = id_key(position->room_id);
        cursor->ends[i] = position->seq;
        if (session && !get_end(reader, position, &cursor->ends[i])) {
            return false;
        }
    }
    cursor->positions_len = (uint32_t)count;
    cursor->turn = 0;
    return (!session || get_turn(reader, cursor)) && reader->at == reader->end;
}

enum hb_err cursor_decode(const struct cursor_key *key, uint64_t epoch, uint64_t user_key,
                          struct text text, struct cursor *ret)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    size_t len;

    if (text.bytes == NULL || b64_decode(text, ret->store, sizeof ret->store, &len) != HB_OK ||
        len < HEAD + 1 + MAC_BYTES) {
        return HB_ECURSOR;
    }
    const unsigned char *bytes = (const unsigned char *)ret->store;
    if (bytes[0] != VERSION_REST && bytes[0] != VERSION_UNDER_WAY) {
        return HB_ECURSOR;
    }
    if (bytes[1] != key->id) {
        return HB_ERESET; /* a retired key: nothing in it can be trusted, so it is only a reset */
    }
    mac_of(key, bytes, len - MAC_BYTES, mac);
    if (CRYPTO_memcmp(mac, bytes + len - MAC_BYTES, MAC_BYTES) != 0 ||
        get_u64(bytes + 10) != user_key) {
        return HB_ECURSOR;
    }
    struct reader reader = {bytes + HEAD, bytes + len - MAC_BYTES};
    if (!get_positions(&reader, bytes[0] == VERSION_UNDER_WAY, ret)) {
        return HB_ECURSOR;
    }
    if (get_u64(bytes + 2) != epoch) {
        return HB_ERESET;
    }
    ret->epoch = epoch;
    ret->user_key = user_key;
    return HB_OK;
}
