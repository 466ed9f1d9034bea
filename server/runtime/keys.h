/* The secrets of a cluster: what tokens are signed with and cursors are bound by. One JSON file,
 * the same on every node, read once at the start:
 *
 *   {"tokenKeys": [{"id": "k1", "secret": "<base64url, 32 to 64 bytes>"}],
 *    "cursorKey": {"id": 1, "secret": "<base64url, 32 bytes>"}}
 *
 * The first token key signs; all verify, so a key is changed by putting the new one in front and
 * taking the old one away when its tokens have expired. */
#ifndef HUBBUB_SERVER_RUNTIME_KEYS_H
#define HUBBUB_SERVER_RUNTIME_KEYS_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/protocol/cursor.h"
#include "server/protocol/token.h"

struct keys {
    struct token_trust trust; /* at least one key */
    struct cursor_key cursor_key;
};

/* Reads `path`, or makes it with fresh secrets, readable by its owner alone, when there is none:
 * *ret_made then. HB_EDENIED: `message` says in one line what was wrong and what to do. */
HB_MUST_USE enum hb_err keys_load(const char *path, struct keys *ret, bool *ret_made,
                                  struct buf *message);
/* Whether `bytes` is such a file; `message` names the place that is not. */
HB_MUST_USE enum hb_err keys_parse(const char *bytes, size_t bytes_len, struct keys *ret,
                                   struct buf *message);

#endif
