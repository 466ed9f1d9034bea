/* What a server promises: a profile. Which invariants are judged follows from it. */
#ifndef HUBBUB_SIM_OUTSIDE_PROFILE_H
#define HUBBUB_SIM_OUTSIDE_PROFILE_H

#include "server/base/mem.h"

enum promised_order { /* each promises what those before it promise, too */
                      ORDER_NONE,
                      ORDER_SENDER, /* what one device writes into a room is shown in the order written */
                      ORDER_CAUSAL, /* a reply is shown below what its writer had been shown */
                      ORDER_ROOM,   /* everyone is shown a room in one and the same order */
};

enum promised_delivery {
    DELIVERY_AT_MOST,          /* nothing twice */
    DELIVERY_AT_LEAST,         /* nothing lost */
    DELIVERY_EFFECTIVELY_ONCE, /* both */
};

struct profile {
    enum promised_order order;
    enum promised_delivery delivery;
    bool resumes;      /* what happens while a device is down is shown when it is back */
    bool replays;      /* a device may be shown what was written before it came */
    bool own_at_once;  /* a device shows its own messages at once and not at their place */
    int64_t within_us; /* an accepted message is shown so soon; 0: no bound */
    int64_t settle_us; /* what was accepted so shortly before the end is not called lost */
};

/* Order room, effectively once, no bound, for as long as a device is connected. */
#define PROFILE_DEFAULT                                                                            \
    ((struct profile){.order = ORDER_ROOM, .delivery = DELIVERY_EFFECTIVELY_ONCE})

/* Reads JSON; what it does not say stays as the default. HB_EFIELD: *why says what and where. */
HB_MUST_USE enum hb_err profile_read(const char *bytes, size_t bytes_len, struct profile *ret,
                                     struct buf *why);

const char *promised_order_word(enum promised_order order);
const char *promised_delivery_word(enum promised_delivery delivery);

#endif
