/* NumericDate: a JSON number of seconds since 1970 (RFC 7519 2), whatever way it is written.
 *
 *     1700000000   1.7e9   1700000000.25   170000000000E-2   -1   1e299
 *
 * No double is made of it: what is between two seconds is rounded as the caller says, and what is beyond
 * NUMERIC_DATE_MAX either way is that: far enough for ever, and a count of microseconds all the same. */
#ifndef HUBBUB_SERVER_PROTOCOL_NUMERIC_DATE_H
#define HUBBUB_SERVER_PROTOCOL_NUMERIC_DATE_H

#include "server/base/base.h"
#include "server/protocol/json_tokens.h"

#define NUMERIC_DATE_MAX INT64_C(9007199254740) /* seconds: the year 287396 */

_Static_assert(NUMERIC_DATE_MAX < INT64_MAX / 1000000, "in microseconds it fits");

enum numeric_date_round { NUMERIC_DATE_DOWN, NUMERIC_DATE_UP };

/* False: the value is no number. */
bool numeric_date_read(const struct json *json, const struct json_token *token,
                       enum numeric_date_round round, int64_t *ret);

#endif
