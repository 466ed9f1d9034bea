/* What is told: a list of observations, in which a user or a room that is met for the first time is declared
 * before it is named.
 *
 * Pure. */
#ifndef HUBBUB_SIM_WITNESS_TOLD_H
#define HUBBUB_SIM_WITNESS_TOLD_H

#include "sim/client/client_out.h"
#include "sim/history/obs.h"
#include "sim/witness/names.h"

struct obs_list {
    struct obs *items; /* `entry` borrows from the effect */
    size_t len, cap;
};
void obs_list_deinit(struct obs_list *list);
void obs_list_add(struct obs_list *list, const struct obs *obs);

/* The number of a user or a room by name. */
uint32_t told_user(struct names *names, struct text name, int64_t at_us, struct obs_list *out);
uint32_t told_room(struct names *names, struct text name, int64_t at_us, struct obs_list *out);
/* The same of a room as an effect says it: by the number that the client was given for it, or by its name if the
 * client has learnt of it. */
static inline uint32_t told_room_of(struct names *names, uint32_t ref, struct text name,
                                    int64_t at_us, struct obs_list *out)
{
    return ref != CLIENT_ROOM_NONE ? ref : told_room(names, name, at_us, out);
}

#endif
