/* One line that is being read: its JSON, what is wrong with it, and the values of its keys. Each
 * line_* says what is wrong with a value and returns false. */
#ifndef HUBBUB_SIM_RECORDING_LINE_H
#define HUBBUB_SIM_RECORDING_LINE_H

#include "server/protocol/json.h"
#include "sim/recording/complaint.h"
#include "sim/recording/recorded.h"

struct line {
    struct json json;
    struct complaint complaint;
    struct buf *plain; /* texts of the line that have escapes, without them; has room for all */
};

/* "room: expected ..., got ..."; false. */
bool line_wrong(struct line *line, const struct json_token *token, const char *expected);

bool line_name(struct line *line, const struct json_token *token, struct text *ret);
bool line_id(struct line *line, const struct json_token *token, struct text *ret);
bool line_seq(struct line *line, const struct json_token *token, int64_t *ret);
bool line_hlc(struct line *line, const struct json_token *token, uint64_t *ret);
bool line_t(struct line *line, const struct json_token *token, int64_t *ret);
bool line_value(struct line *line, const struct json_token *token, enum record_verb verb,
                struct recorded *ret);

#endif
