/* What is known of receipts: messages by their ids, what was said, what the database has, who was told. */
#ifndef HUBBUB_SIM_CHECK_RCP_TRUTH_H
#define HUBBUB_SIM_CHECK_RCP_TRUTH_H

#include "sim/check/truth.h"

struct rcp_place { /* of a message */
    uint32_t room;
    uint64_t seq;
};

struct rcp_row { /* of the database: somebody read one message, or has all up to it */
    bool read;
    uint16_t node; /* which wrote it */
    uint32_t user, room;
    uint64_t seq;
    int64_t at_us;
    int64_t read_at_ms;
};

struct rcp_wish { /* a person read a message */
    uint32_t device, room;
    uint64_t seq;
    int64_t at_us;
};

struct rcp_frame { /* the last that a device said of a room */
    int64_t at_us;
    uint64_t number; /* how many so far */
};

struct rcp_truth {
    struct u64map ids; /* of messages -> places */
    struct rcp_place *places;
    uint32_t places_len, places_cap;
    struct rcp_row *rows;
    uint32_t rows_len, rows_cap;
    struct u64map reads;   /* room, seq, user -> row */
    struct u64map arrived; /* room, user -> the greatest seq */
    struct u64map said;    /* user, id -> 1 */
    struct u64map said_in; /* device, room, id -> number of the frame */
    struct u64map frames;  /* device, room -> its rcp_frame */
    struct u64map told;    /* device, room, seq, user -> 1: that they read it */
    struct u64map told_up; /* device, room, user -> the greatest seq that they have */
    struct u64map
        forgotten;      /* user, room -> the greatest stamp shown to a device that has lost it */
    struct u64map late; /* of row and device that were found -> 1 */
    struct rcp_frame *said_frames;
    uint32_t said_frames_len, said_frames_cap;
    struct rcp_wish *wishes;
    uint32_t wishes_len, wishes_cap;
};

void rcp_truth_init(struct judge *judge);
void rcp_truth_deinit(struct judge *judge);
/* OBS_FORGOT, before its views forget: what a device was shown it was shown; what its person read and it
 * did not say is lost. */
void rcp_forgot(struct judge *judge, const struct device *device);

uint64_t rcp_key(uint64_t a, uint64_t b, uint64_t c, uint64_t d);
/* NULL: no message has this id. */
const struct rcp_place *rcp_place_of(const struct judge *judge, uint64_t id);
/* NULL: the database does not have it. */
const struct rcp_row *rcp_read_of(const struct judge *judge, uint32_t room, uint64_t seq,
                                  uint32_t user);
/* Whether a device of this user was shown the room up to this stamp, in any display epoch. */
bool rcp_was_shown(const struct judge *judge, uint32_t user, uint32_t room, uint64_t hlc);
/* Whose message it is; NONE: nobody's who is known. */
uint32_t rcp_writer(const struct judge *judge, const struct row *row);

#endif
