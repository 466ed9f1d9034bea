/* One device's view of one person, against what may be shown of them. */
#ifndef HUBBUB_SIM_CHECK_PRE_TOLD_H
#define HUBBUB_SIM_CHECK_PRE_TOLD_H

#include "sim/check/pre_people.h"

struct pre_view {
    int64_t connection; /* of the device: that it was told on */
    int64_t late_conn;  /* of the device: that on which it was found late; 0: none */
    uint64_t version, line;
    int64_t quiet, seen_ms, at_us, since_us;
    uint64_t updates, changes; /* that it was told; of the person, when it was told first */
    int64_t watch_conn;        /* on which it asked to be told of them */
    int64_t watch_us;          /* when; NEVER_US: no more */
    uint32_t device, user, room;
    uint8_t status;
    bool first; /* nothing was told yet */
};

/* Whether the device has asked, on its present connection, to be told of them. */
static inline bool pre_view_watched(const struct pre_view *view, const struct device *device)
{
    return view->watch_us != NEVER_US && view->watch_conn == device->connection;
}

/* Since when a device is to be told of a user: they are in one room that is not too large, or it asked to be and
 * they are in any; NEVER_US: it is not. `view` NULL: there is none. */
int64_t told_owed_since(struct judge *judge, const struct pre_view *view, uint32_t user,
                        uint32_t device);
/* It is told anew. The view becomes this. */
void told(struct judge *judge, struct pre_view *view, const struct obs *obs);
/* Whether all that it shows may hold now. */
bool told_true(struct judge *judge, const struct pre_view *view, int64_t now_us);
/* Whether what it shows, and what is not true, is too old: when that is to be looked at next. It was to be told
 * since `since_us`. */
int64_t told_late(struct judge *judge, struct pre_view *view, int64_t since_us, int64_t now_us);
void told_rest(struct judge *judge, const struct pre_view *view);

#endif
