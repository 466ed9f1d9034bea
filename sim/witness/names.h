/* Who is which number: users, devices, rooms and nodes, in order of declaration or of first sight.
 *
 * Observations carry numbers, everything that is observed carries names. Whoever meets a new name
 * declares it to whom it tells (OBS_USER, OBS_ROOM, ...) before anything else of it. Names that are
 * made during a run are numbered like those that were there before it.
 *
 * Pure. */
#ifndef HUBBUB_SIM_WITNESS_NAMES_H
#define HUBBUB_SIM_WITNESS_NAMES_H

#include "server/base/map.h"
#include "server/base/text.h"
#include "sim/history/obs.h"

enum name_kind { NAME_USER, NAME_DEVICE, NAME_ROOM, NAME_NODE, NAME_KIND_COUNT };

struct names { /* all zero: nobody is known */
    struct interner of[NAME_KIND_COUNT];
};

/* The number of this name; a new one gets the next. `ret_new` may be NULL. */
uint32_t names_number(struct names *names, enum name_kind kind, struct text name, bool *ret_new);
/* OBS_NONE: not known. */
uint32_t names_find(const struct names *names, enum name_kind kind, struct text name);
/* Lives as long as the names, and ends with a NUL. */
struct text names_text(const struct names *names, enum name_kind kind, uint32_t number);
void names_deinit(struct names *names);

/* What declares a user and a room. */
struct obs names_declare_user(const struct names *names, uint32_t user, int64_t at_us);
struct obs names_declare_room(const struct names *names, uint32_t room, int64_t at_us);

#endif
