/* base64url without padding, strict both ways. Source: RFC 4648 5. */
#ifndef HUBBUB_SERVER_PROTOCOL_B64_H
#define HUBBUB_SERVER_PROTOCOL_B64_H

#include "server/base/mem.h"
#include "server/base/text.h"

void b64_encode(const void *bytes, size_t bytes_len, struct buf *out);

/* Decodes into `ret`, which has room for `ret_cap` bytes. HB_EFIELD: another alphabet, padding, a
 * length that no bytes have, bits left over that are not zero, or too long. */
HB_MUST_USE enum hb_err b64_decode(struct text text, void *ret, size_t ret_cap, size_t *ret_len);

#endif
