/* See seal.h. */
#include "server/protocol/seal.h"

#include "server/base/mem.h"
#include "server/protocol/siphash.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define ID_DIGITS  2
#define MAC_FROM   (ID_DIGITS + 1)
#define MAC_DIGITS 16

_Static_assert(SEAL_BYTES == MAC_FROM + MAC_DIGITS + 1, "the id, a point, the MAC, a space");

struct seals {
    struct seal_key {
        uint8_t id;
        uint8_t bytes[SIPHASH_KEY_BYTES];
    } keys[CURSOR_KEYS_MAX];
    uint32_t keys_len;
    struct siphash *siphash;
    struct seal_memo *memo; /* NULL: not shared */
};

struct seals *seals_new(const struct cursor_key *keys, uint32_t keys_len, struct seal_memo *memo)
{
    struct seals *seals = hb_calloc(1, sizeof *seals);

    HB_ASSERT(keys_len >= 1 && keys_len <= CURSOR_KEYS_MAX);
    for (uint32_t i = 0; i < keys_len; i++) {
        seals->keys[i].id = keys[i].id;
        cursor_key_derive(&keys[i], "what nodes tell each other", seals->keys[i].bytes,
                          SIPHASH_KEY_BYTES);
    }
    seals->keys_len = keys_len;
    seals->siphash = siphash_new();
    seals->memo = memo;
    return seals;
}

void seals_free(struct seals **seals_at)
{
    struct seals *seals = *seals_at;

    if (seals != NULL) {
        siphash_free(&seals->siphash);
        OPENSSL_cleanse(seals->keys, sizeof seals->keys);
        free(seals);
        *seals_at = NULL;
    }
}

static void lengths_put(const uint32_t lengths[3], uint8_t ret[12])
{
    for (int i = 0; i < 12; i++) {
        ret[i] = (uint8_t)(lengths[i / 4] >> (8 * (i % 4)));
    }
}

static uint64_t mac_of(struct seals *seals, const struct seal_key *key, struct seal_place place,
                       struct text payload)
{
    const uint32_t lengths[3] = {place.name.len, place.field.len, payload.len};
    uint8_t front[12];

    lengths_put(lengths, front);
    const struct text parts[] = {
        {(const char *)front, sizeof front}, place.name, place.field, payload};
    return siphash_of(seals->siphash, key->bytes, parts, 4);
}

static void hex_put(uint64_t value, int digits, char *ret)
{
    for (int i = digits - 1; i >= 0; i--, value >>= 4) {
        ret[i] = "0123456789abcdef"[value & 0xf];
    }
}

void seal_make(struct seals *seals, struct seal_place place, struct text payload,
               char ret[SEAL_BYTES])
{
    hex_put(seals->keys[0].id, ID_DIGITS, ret);
    ret[ID_DIGITS] = '.';
    hex_put(mac_of(seals, &seals->keys[0], place, payload), MAC_DIGITS, ret + MAC_FROM);
    ret[SEAL_BYTES - 1] = ' ';
}

static bool hex_read(const char *at, int digits, uint64_t *ret)
{
    uint64_t value = 0;

    for (int i = 0; i < digits; i++) {
        const char c = at[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
            return false;
        }
        value = value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *ret = value;
    return true;
}

/* Compared as numbers: in one step, whatever they are. */
enum seal_verdict seal_check(struct seals *seals, struct seal_place place, struct text sealed,
                             struct text *ret_payload)
{
    uint64_t id;
    uint64_t mac;

    if (sealed.bytes == NULL || sealed.len < SEAL_BYTES || sealed.bytes[ID_DIGITS] != '.' ||
        sealed.bytes[SEAL_BYTES - 1] != ' ' || !hex_read(sealed.bytes, ID_DIGITS, &id) ||
        !hex_read(sealed.bytes + MAC_FROM, MAC_DIGITS, &mac)) {
        return SEAL_FORGED;
    }
    const struct text payload = {sealed.bytes + SEAL_BYTES, sealed.len - SEAL_BYTES};
    for (uint32_t i = 0; i < seals->keys_len; i++) {
        if (seals->keys[i].id != id) {
            continue;
        }
        const struct seal_known known = {seals->keys[i].bytes, mac, place.name, place.field,
                                         sealed};
        const bool again = seals->memo != NULL && seal_memo_has(seals->memo, &known);
        if (!again && mac_of(seals, &seals->keys[i], place, payload) != mac) {
            return SEAL_FORGED;
        }
        if (!again && seals->memo != NULL) {
            seal_memo_put(seals->memo, &known, NULL);
        }
        *ret_payload = payload;
        return SEAL_GOOD;
    }
    return SEAL_FOREIGN;
}

void seal_share(struct seals *seals, struct seal_place place, struct text sealed, struct wire *wire)
{
    uint64_t mac = 0;

    HB_ASSERT(sealed.len >= SEAL_BYTES);
    if (seals->memo != NULL) {
        const bool read = hex_read(sealed.bytes + MAC_FROM, MAC_DIGITS, &mac);
        HB_ASSERT(read);
        seal_memo_put(
            seals->memo,
            &(struct seal_known){seals->keys[0].bytes, mac, place.name, place.field, sealed}, wire);
    }
}

struct wire *seal_wire(struct seals *seals, struct text frame)
{
    return seals->memo != NULL ? seal_memo_wire(seals->memo, frame)
                               : wire_new(frame.bytes, frame.len);
}

int64_t seal_fingerprint(const struct cursor_key *key)
{
    uint8_t bytes[8];
    uint64_t value = 0;

    cursor_key_derive(key, "fingerprint of keys", bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        value = value << 8 | bytes[i];
    }
    value &= INT64_MAX;
    return value > 0 ? (int64_t)value : 1;
}
