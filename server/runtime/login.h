/* Signing in by a name alone, for development: POST /api/login {"user": "ada"} gives a token.
 *
 * Whoever can connect can be anybody, so it is off unless only this machine can connect, or somebody
 * asked for it (`--login`). A name that somebody else's DNS points at this machine, or a proxy in front
 * of it, does not count as this machine: without being asked for, it is only there for requests whose
 * Host is localhost or a loopback address. */
#ifndef HUBBUB_SERVER_RUNTIME_LOGIN_H
#define HUBBUB_SERVER_RUNTIME_LOGIN_H

#include "server/base/mem.h"
#include "server/node/request.h"
#include "server/protocol/token.h"

#define LOGIN_PATH      "/api/login"
#define LOGIN_VALID_S   43200 /* a working day */
#define LOGIN_BYTES_MAX 255   /* OpenID Connect Core 2: `sub` has no more */

bool login_host_local(struct text host);

/* The status of the answer, whose JSON is appended to `out`. Requires a body of JSON: a page of
 * another origin cannot send that unasked. `user` is a subject as an identity provider has it, of
 * LOGIN_BYTES_MAX bytes; the answer names the user id that it is. `key` NULL: none here signs. */
uint16_t login_answer(const struct http_request *request, const struct token_key *key,
                      int64_t now_s, struct buf *out);

#endif
