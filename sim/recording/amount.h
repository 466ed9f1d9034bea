/* Instants and durations as people write them, in microseconds. Integers only. */
#ifndef HUBBUB_SIM_RECORDING_AMOUNT_H
#define HUBBUB_SIM_RECORDING_AMOUNT_H

#include "server/base/base.h"
#include "server/base/text.h"
#include "server/protocol/json_tokens.h"

#define AMOUNT_MS_MAX INT64_C(9000000000000) /* the year 2255; in microseconds below 2^53 */

/* Milliseconds in decimal, with up to three digits after the point: "12", "12.5", "1767225600123.250".
 * False: no such number, or above AMOUNT_MS_MAX. */
bool amount_ms(struct text text, int64_t *ret_us);

/* A JSON number of milliseconds as above, or a text with a unit: "250us", "12.5ms", "5s", "2m", "1h". */
bool amount_duration(const struct json *json, const struct json_token *token, int64_t *ret_us);

#endif
