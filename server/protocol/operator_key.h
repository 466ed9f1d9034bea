/* The secret of whoever runs a cluster: with it, and with nothing else, people and tokens are revoked. */
#ifndef HUBBUB_SERVER_PROTOCOL_OPERATOR_KEY_H
#define HUBBUB_SERVER_PROTOCOL_OPERATOR_KEY_H

#include "server/base/base.h"
#include "server/base/text.h"

#define OPERATOR_KEY_BYTES 32

struct operator_key {
    bool said; /* false: nobody may */
    uint8_t bytes[OPERATOR_KEY_BYTES];
};

/* Whether `given`, base64url without padding, is the key; in a time that does not tell how much of it is. */
bool operator_key_is(const struct operator_key *key, struct text given);

#endif
