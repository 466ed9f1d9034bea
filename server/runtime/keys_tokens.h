/* The part of a keys file that says whose tokens are taken: `tokenKeys`, `issuer`, `audience`,
 * `tokenLeewayS`, `tokenLifetimeS` (keys.h has the whole). */
#ifndef HUBBUB_SERVER_RUNTIME_KEYS_TOKENS_H
#define HUBBUB_SERVER_RUNTIME_KEYS_TOKENS_H

#include "server/base/mem.h"
#include "server/protocol/json_tokens.h"
#include "server/protocol/token.h"

struct keys_tokens {
    struct token_trust trust;
    int64_t leeway_s, lifetime_s; /* -1: not said */
};

/* HB_EFIELD: `message` names the place that is wrong and what was expected there. */
HB_MUST_USE enum hb_err keys_tokens_read(const struct json *json, struct keys_tokens *ret,
                                         struct buf *message);

#endif
