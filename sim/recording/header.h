/* The header: a recording's first line, which may be missing. */
#ifndef HUBBUB_SIM_RECORDING_HEADER_H
#define HUBBUB_SIM_RECORDING_HEADER_H

#include "sim/recording/line.h"

#define RECORDING_FORMAT 1

struct record_member { /* of the header's "rooms": who is in a room from the start */
    struct text room, who;
};

/* What it said; what it did not say is 0. Texts are in `texts`. */
struct record_header {
    struct text recorder;
    int64_t uncertain_us;      /* its clock is this far from the true time, at most, either way */
    int64_t deliver_within_us; /* a bound; 0: none */
    struct record_member *members;
    size_t members_len, members_cap;
    struct arena texts;
};

/* From a line that is an object with the key "hubbub". */
bool header_read(struct line *line, struct record_header *ret);
void header_deinit(struct record_header *header);

#endif
