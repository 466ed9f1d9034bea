/* Reads a recording, JSON Lines: one line in, one event out; nothing is kept but the line's texts.
 *
 *     {"t": 12.5, "who": "bob/phone", "saw": "hello", "room": "lobby", "id": "m1"}
 *
 * Strict: a line that is not exactly of the form of ../history/FORMAT.md is refused, with its place
 * and what was expected. One reader a file. Pure: the caller brings the lines. */
#ifndef HUBBUB_SIM_RECORDING_RECORDING_H
#define HUBBUB_SIM_RECORDING_RECORDING_H

#include "server/base/mem.h"
#include "sim/recording/recorded.h"

#define RECORDING_FORMAT         1
#define RECORDING_LINE_BYTES_MAX (1024 * 1024)
#define RECORDING_NAME_BYTES_MAX 256 /* of whoever, a room, an id */

struct record_member { /* of the header's "rooms": who is in a room from the start */
    struct text room, who;
};

/* What the first line said; what it did not say is 0. Texts live as long as the reader. */
struct record_header {
    struct text recorder;
    int64_t uncertain_us;      /* its clock is this far from the true time, at most, either way */
    int64_t deliver_within_us; /* a bound; 0: none */
    struct record_member *members;
    size_t members_len, members_cap;
};

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
 * `line` may be reused as soon as *ret is no longer looked at. */
enum record_line recording_read(struct recording *recording, const char *line, size_t line_len,
                                struct recorded *ret, struct buf *why);

const struct record_header *recording_header(const struct recording *recording);
uint64_t recording_lines(const struct recording *recording); /* read so far */

#endif
