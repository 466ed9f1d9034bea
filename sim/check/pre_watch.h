/* The views that devices have of people, and whose views of a person there may be.
 *
 * A person of a large city is watched by hundreds of devices and looked at again and again, so the devices that
 * may be told of them stand in one list, made anew when somebody has come into a room with them or left it since. */
#ifndef HUBBUB_SIM_CHECK_PRE_WATCH_H
#define HUBBUB_SIM_CHECK_PRE_WATCH_H

#include "sim/check/pre_told.h"

struct pre_watch { /* one who may be told */
    uint32_t device;
    uint32_t place; /* of its view + 1; 0: not looked up, or none */
};

void pre_views_init(struct judge *judge);
void pre_views_deinit(struct judge *judge);

/* A pointer to a view holds until another is made. NULL: it was never told of them. */
struct pre_view *pre_view_find(struct judge *judge, uint32_t device, uint32_t user);
struct pre_view *pre_view_make(struct judge *judge, uint32_t device, uint32_t user);
/* All views, in the order in which they were made. */
const struct pre_view *pre_views_all(const struct judge *judge, uint32_t *ret_len);

/* The devices of the user and of all who were ever with them in a room that is not too large now, each once.
 * Holds until the next call for the same user. */
struct pre_watch *pre_watchers(struct judge *judge, uint32_t user, uint32_t *ret_len);
struct pre_view *pre_watch_view(struct judge *judge, struct pre_watch *watch, uint32_t user);

/* OBS_WATCH of a device that is online. */
void pre_watched(struct judge *judge, const struct obs *obs);
/* How many people are to be followed by a node, at most: its users, whom they share a room with that is not too
 * large, and whom they asked to be told of. */
uint32_t pre_followed_at(struct judge *judge, uint16_t node);

/* Those in the rooms of the device's user, not too large, of whom it was not told on its connection. Holds until
 * the next call. */
const uint32_t *pre_untold(struct judge *judge, uint32_t device, uint32_t *ret_len);

#endif
