/* What is wrong with a line, where, and what was expected: one sentence for a person. */
#ifndef HUBBUB_SIM_RECORDING_COMPLAINT_H
#define HUBBUB_SIM_RECORDING_COMPLAINT_H

#include "server/base/mem.h"
#include "server/protocol/json.h"

/* What people write who have not heard of JSON Lines. */
#define COMPLAINT_ARRAY                                                                            \
    "expected one JSON object a line, got an array: write each of its members on a line of its "   \
    "own"

struct complaint { /* about one line, or a file of several */
    struct buf *why;
    uint64_t line; /* the number of the first, from 1 */
    const char *bytes;
    size_t bytes_len;
};

/* "line 3, column 17: " and then the sentence. `at`: the byte that it is about. */
void complain(const struct complaint *complaint, size_t at, const char *format, ...)
    HB_PRINTF(3, 4);
/* The bytes of a value as a piece of that sentence: printable, and not long. */
void complain_quote(struct buf *to, struct text bytes);
/* Why json_read refused it. */
void complain_json(const struct complaint *complaint, const struct json *json, enum hb_err err);

#endif
