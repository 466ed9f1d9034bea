/* What the room of two people is called: the same whoever of them asks, and no other pair's.
 *
 * `dm-` and 40 letters of base64url: the first 30 bytes of SHA-256 over the lesser id, a colon, which no
 * id has, and the greater one; ids are compared by bytes. So a client knows it before the room is
 * there, and nobody can take it: rooms of such names are made by the server alone.
 *
 * Pure. Source: FIPS 180-4; vectors in tests/. */
#ifndef HUBBUB_SERVER_PROTOCOL_DIRECT_NAME_H
#define HUBBUB_SERVER_PROTOCOL_DIRECT_NAME_H

#include "server/base/text.h"

#include <stdbool.h>

#define DIRECT_NAME_LEN 43

/* Two different ids. */
void direct_name(struct text a, struct text b, char ret[DIRECT_NAME_LEN + 1]);
bool direct_name_is(struct text room_id);

#endif
