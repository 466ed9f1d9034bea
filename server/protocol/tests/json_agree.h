/* Our reading of JSON held to another's: what we accept, cJSON accepts, with the same values.
 *
 * Not the other way round: cJSON also takes raw control characters, keys twice, 01 and what is behind
 * the value. */
#ifndef HUBBUB_SERVER_PROTOCOL_TESTS_JSON_AGREE_H
#define HUBBUB_SERVER_PROTOCOL_TESTS_JSON_AGREE_H

#include "server/base/base.h"

/* Reads `bytes` with both and asserts that they agree. Whether we accept them. */
bool json_agree(const char *bytes, size_t bytes_len);

#endif
