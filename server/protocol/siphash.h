/* SipHash-2-4 of 64 bits (Aumasson, Bernstein 2012), by OpenSSL: a pseudorandom function under a key of 128 bits,
 * which costs a message less than HMAC. */
#ifndef HUBBUB_SERVER_PROTOCOL_SIPHASH_H
#define HUBBUB_SERVER_PROTOCOL_SIPHASH_H

#include "server/base/base.h"
#include "server/base/text.h"

#define SIPHASH_KEY_BYTES 16

/* What OpenSSL needs for it, kept from one to the next: to fetch it costs more than a message. */
struct siphash;
struct siphash *siphash_new(void) HB_MUST_USE;
void siphash_free(struct siphash **siphash);

/* Of these parts, one behind the other: nothing says where one ends. */
uint64_t siphash_of(struct siphash *siphash, const uint8_t key[SIPHASH_KEY_BYTES],
                    const struct text *parts, uint32_t parts_len);

#endif
