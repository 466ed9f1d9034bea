/* Whose tokens a cluster takes, and the secrets that it signs tokens and binds cursors with. One JSON
 * file, the same on every node, read once at the start:
 *
 *   {"tokenKeys": [{"id": "k1", "secret": "<base64url, 32 to 64 bytes>"},
 *                  {"id": "p1", "publicKey": "-----BEGIN PUBLIC KEY-----\n...", "issuer": "https://id.example/"},
 *                  {"kid": "p2", "kty": "EC", "crv": "P-256", "x": "...", "y": "...", "alg": "ES256"}],
 *    "issuer": "...", "audience": "...", "tokenLeewayS": 60, "tokenLifetimeS": 86400,
 *    "cursorKey": {"id": 1, "secret": "<base64url, 32 bytes>"},
 *    "otherCursorKeys": [{"id": 2, "secret": "<base64url, 32 bytes>"}],
 *    "operatorKey": "<base64url, 32 bytes>"}
 *
 * README.md says what each means. The first token key with a secret signs; all verify, so a key is changed
 * by putting the new one in front and taking the old one away when its tokens have expired.
 *
 * The cursor key also seals what nodes tell each other (seal.h). The others, which may be left out, are good
 * and not used: it is changed in three rounds over all nodes, the new one among the others, the two
 * exchanged, the old one taken away. */
#ifndef HUBBUB_SERVER_RUNTIME_KEYS_H
#define HUBBUB_SERVER_RUNTIME_KEYS_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/protocol/cursor.h"
#include "server/protocol/operator_key.h"
#include "server/runtime/keys_tokens.h"

struct keys {
    struct keys_tokens tokens;
    struct cursor_key cursor_keys[CURSOR_KEYS_MAX];
    uint32_t cursor_keys_len; /* >= 1; the first is used */
    struct operator_key operator_key;
};

/* Reads `path`, or makes it with fresh secrets, readable by its owner alone, when there is none:
 * *ret_made then. HB_EDENIED: `message` says in one line what was wrong and what to do; also of a file
 * that others may read or write. */
HB_MUST_USE enum hb_err keys_load(const char *path, struct keys *ret, bool *ret_made,
                                  struct buf *message);
/* Whether `bytes` is such a file; `message` names the place that is not. */
HB_MUST_USE enum hb_err keys_parse(const char *bytes, size_t bytes_len, struct keys *ret,
                                   struct buf *message);

/* Whether `path`, which is there, lies in a checkout of git; appends its top folder: what is made there is
 * soon in a repository. */
bool keys_in_checkout(const char *path, struct buf *ret);

#endif
