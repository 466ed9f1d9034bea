/* Strict JSON to a flat list of tokens, in one pass, without recursion.
 *
 * Refused: bytes behind the value, a key twice, an escape in a key, raw control characters, invalid
 * UTF-8, NUL escapes, lone surrogates, numbers such as 01 or 1e999, nesting beyond JSON_DEPTH_MAX.
 * A common library's tree would need this scan in front of it (they accept most of these) and some
 * sixty allocations a frame, which was an eighth of a simulated run.
 * Sources: RFC 8259; RFC 3629 for UTF-8. */
#ifndef HUBBUB_SERVER_PROTOCOL_JSON_H
#define HUBBUB_SERVER_PROTOCOL_JSON_H

#include "server/base/base.h"
#include "server/protocol/json_tokens.h"

/* Reads `bytes`, which it borrows. HB_EJSON or HB_EDEPTH; tokens[0] is the value. Needs
 * json_deinit in either case. `json` is not to be copied. */
HB_MUST_USE enum hb_err json_read(struct json *json, const char *bytes, size_t bytes_len);
void json_deinit(struct json *json);
/* Only whether it is strict JSON. */
HB_MUST_USE enum hb_err json_check(const char *bytes, size_t bytes_len);

#endif
