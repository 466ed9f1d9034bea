/* History files: observations as lines of text. FORMAT.md specifies them.
 *
 * The first line is a header with the format's version and the bounds' parameters; each other line
 * is one observation: `at_us kind field=value ...`. Keys are 16 hex digits; texts, where the
 * recorder had them, follow as JSON strings. Reading is strict and names the line. */
#ifndef HUBBUB_SIM_HISTORY_FILE_H
#define HUBBUB_SIM_HISTORY_FILE_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/history/obs.h"

#define HISTORY_FORMAT         2 /* that is written; older ones are read too */
#define HISTORY_LINE_BYTES_MAX 65536

/* Appends the header line. */
void history_write_header(const struct bounds *bounds, struct buf *out);
/* Appends one line. */
void history_write_obs(const struct obs *obs, struct buf *out);

/* Reads the header line (without its newline). On error `why` says what and where. HB_EFIELD. */
HB_MUST_USE enum hb_err history_read_header(const char *line, size_t line_len, struct bounds *ret,
                                            struct buf *why);
/* Reads one line. HB_EFIELD as above. `entry` of the result is NULL. */
HB_MUST_USE enum hb_err history_read_obs(const char *line, size_t line_len, struct obs *ret,
                                         struct buf *why);

#endif
