/* Why json_read refused bytes: where, and which rule, as one sentence for a person. One place for
 * scenarios, plans, profiles, recordings and keys. */
#ifndef HUBBUB_SERVER_PROTOCOL_JSON_WRONG_H
#define HUBBUB_SERVER_PROTOCOL_JSON_WRONG_H

#include "server/base/mem.h"
#include "server/protocol/json.h"

#define JSON_SENTENCE_BYTES 160

/* The sentence for what json_read refused with `err`; *ret_at: the byte that it is about. */
void json_sentence(const struct json *json, size_t bytes_len, enum hb_err err, size_t *ret_at,
                   char ret[JSON_SENTENCE_BYTES]);
/* "line 3, column 17: " and the sentence. */
void json_tell(const struct json *json, size_t bytes_len, enum hb_err err, struct buf *why);

/* Appends "line 3, column 17: " for a byte; `line` is the number of the first. Columns are characters,
 * as an editor counts them. */
void json_tell_place(const char *bytes, size_t at, uint64_t line, struct buf *why);

#endif
