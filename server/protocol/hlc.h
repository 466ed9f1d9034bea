/* Hybrid logical clock: a stamp that follows wall time and never goes back.
 *
 *   packed layout   62........16 15....0
 *                   wall ms      counter
 *
 *   text            12 hex digits '-' 4 hex digits '-' node id     "019aefc1d2e3-0007-n1"
 *                   (fixed width: comparing bytes compares stamps; a 64-bit number is not exact
 *                   in JSON, so stamps travel as text)
 *
 * Own invariants (checked on every call):
 *   I1  a stamp given out is above every stamp given out or taken before it;
 *   I2  `last` is at most HLC_SKEW_MAX_MS + 1 ms ahead of the greatest wall time or floor that
 *       this clock was told.
 *
 * Pure: no clock is read here, the caller passes wall time in. Not thread-safe; one per node.
 * Source: Kulkarni et al., "Logical Physical Clocks" (2014). The vectors are in tests/test_hlc.c. */
#ifndef HUBBUB_SERVER_PROTOCOL_HLC_H
#define HUBBUB_SERVER_PROTOCOL_HLC_H

#include "server/base/base.h"
#include "server/base/text.h"
#include "server/protocol/limits.h"

#define HLC_SKEW_MAX_MS    60000 /* the default limit: a remote stamp further ahead is not taken */
#define HLC_COUNTER_BITS   16
#define HLC_COUNTER_MAX    65535
#define HLC_WALL_MS_MAX    ((INT64_C(1) << 47) - 1) /* a packed stamp fits SQL's bigint */
#define HLC_PACKED_MAX     ((UINT64_C(1) << 63) - 1)
#define HLC_TEXT_BYTES_MAX (12 + 1 + 4 + 1 + NODE_ID_BYTES_MAX)

struct hlc_stamp {
    uint64_t packed; /* 0: none */
};

static inline int64_t hlc_ms(struct hlc_stamp stamp)
{
    return (int64_t)(stamp.packed >> HLC_COUNTER_BITS);
}
static inline uint32_t hlc_counter(struct hlc_stamp stamp)
{
    return (uint32_t)(stamp.packed & HLC_COUNTER_MAX);
}

struct hlc {
    struct hlc_stamp last; /* the greatest stamp given out or taken; 0 = none yet */
    struct wall wall_max;  /* the greatest wall time or floor seen */
    int64_t skew_max_ms;
};

/* `floor`: the greatest stamp that this node gave out in an earlier life (0: none). */
void hlc_init(struct hlc *clock, int64_t skew_max_ms, struct hlc_stamp floor);

/* Stamps a local event at `now`. `now` may be behind an earlier call (a clock jump) or absurd (it
 * is clamped to 0..HLC_WALL_MS_MAX): the stamp still grows, by its counter. A full counter carries
 * into the millisecond. HB_ECLOCK: no stamp is left; unchanged. */
HB_MUST_USE enum hb_err hlc_tick(struct hlc *clock, struct wall now, struct hlc_stamp *ret);

/* Takes note of a stamp that a peer sent, so that every later own stamp is above it.
 * HB_ESKEW: `remote` is more than the limit ahead of `now`; unchanged.
 * HB_EFIELD: not a stamp (ms or counter out of range); unchanged. */
HB_MUST_USE enum hb_err hlc_take(struct hlc *clock, struct wall now, struct hlc_stamp remote);

/* hlc_take, then hlc_tick: the receive rule of the paper, which the vectors pin. */
HB_MUST_USE enum hb_err hlc_receive(struct hlc *clock, struct wall now, struct hlc_stamp remote,
                                    struct hlc_stamp *ret);

/* From parts. HB_EFIELD: ms not in 0..HLC_WALL_MS_MAX or counter not in 0..65535. */
HB_MUST_USE enum hb_err hlc_pack(int64_t ms, int64_t counter, struct hlc_stamp *ret);

/* Writes the text form without a NUL; returns its length. `node` is a valid node id. */
size_t hlc_format(struct hlc_stamp stamp, struct text node, char ret[HLC_TEXT_BYTES_MAX]);

/* Strict: exact widths, lower-case hex, a valid node id. *ret_node borrows from `text` and may be
 * NULL. HB_EFIELD otherwise. */
HB_MUST_USE enum hb_err hlc_parse(struct text text, struct hlc_stamp *ret, struct text *ret_node);

#endif
