/* Reads a recording, JSON Lines: one line in, one event out; nothing is kept but the line's texts.
 *
 *     {"t": 12.5, "who": "bob/phone", "saw": "hello", "room": "lobby", "id": "m1"}
 *
 * Strict: a line that is not exactly of the form of ../history/FORMAT.md is refused, with its place
 * and what was expected. One reader a file. Pure: the caller brings the lines. */
#ifndef HUBBUB_SIM_RECORDING_RECORDING_H
#define HUBBUB_SIM_RECORDING_RECORDING_H

#include "server/base/mem.h"
#include "sim/recording/header.h"
#include "sim/recording/recorded.h"

#define RECORDING_LINE_BYTES_MAX (1024 * 1024)

enum record_line {
    RECORD_EVENT,
    RECORD_HEADER,
    RECORD_NOTHING, /* a blank line */
    RECORD_WRONG,   /* *why says what, with the line's number */
};

struct recording;

struct recording *recording_new(void) HB_MUST_USE;
void recording_free(struct recording **recording);

/* The next line, without its newline. *ret is written for RECORD_EVENT, *why for RECORD_WRONG.
 * `bytes` may be reused as soon as *ret is no longer looked at. */
enum record_line recording_read(struct recording *recording, const char *bytes, size_t bytes_len,
                                struct recorded *ret, struct buf *why);

const struct record_header *recording_header(const struct recording *recording);
uint64_t recording_lines(const struct recording *recording); /* read so far */

#endif
