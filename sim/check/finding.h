/* What is found: a broken invariant with a sentence for people, and how much of a bound was used. */
#ifndef HUBBUB_SIM_CHECK_FINDING_H
#define HUBBUB_SIM_CHECK_FINDING_H

#include "sim/check/truth.h"

struct finding {
    enum invariant invariant;
    int64_t at_us;                /* INT64_MIN: that of the observation */
    uint32_t room, device, other; /* NONE */
    uint64_t seq_low, seq_high;
    uint16_t node; /* OBS_NODE_NONE: that of the observation */
    uint32_t
        user; /* of whom it speaks; NONE: of whom the observation tells, if it is one of these */
    uint64_t message; /* its client id; 0: that of the observation */
};
static inline struct finding finding_of(enum invariant invariant, uint32_t room, uint32_t device,
                                        uint64_t seq_low, uint64_t seq_high)
{
    return (struct finding){invariant, INT64_MIN, room,          device, NONE,
                            seq_low,   seq_high,  OBS_NODE_NONE, NONE,   0};
}

/* Of this message. */
static inline struct finding finding_of_send(enum invariant invariant, const struct send *send,
                                             uint64_t seq)
{
    struct finding finding = finding_of(invariant, send->room, send->device, seq, seq);
    finding.message = send->client_id;
    return finding;
}

/* Records that an invariant is broken, with a sentence for people. */
struct violation *judge_violated(struct judge *judge, struct finding finding, const char *format,
                                 ...) HB_PRINTF(3, 4);
/* How much of a bound was used; more than all of it is none: no invariant that held used more. */
void judge_margin(struct judge *judge, enum invariant invariant, int64_t used_us, int64_t bound_us);

#endif
