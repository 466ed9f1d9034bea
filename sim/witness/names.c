/* See names.h. */
#include "sim/witness/names.h"

#include "server/protocol/id.h"

_Static_assert(OBS_NONE == INTERNER_NONE, "a name that is not known has no number");

uint32_t names_number(struct names *names, enum name_kind kind, struct text name, bool *ret_new)
{
    struct interner *of = &names->of[kind];
    const uint32_t count = of->count;
    const uint32_t number = interner_add(of, name.bytes, name.len);

    if (ret_new != NULL) {
        *ret_new = of->count > count;
    }
    return number;
}

uint32_t names_find(const struct names *names, enum name_kind kind, struct text name)
{
    return interner_find(&names->of[kind], name.bytes, name.len);
}

struct text names_text(const struct names *names, enum name_kind kind, uint32_t number)
{
    size_t len;
    const char *bytes = interner_text(&names->of[kind], number, &len);

    return (struct text){bytes, (uint32_t)len};
}

void names_deinit(struct names *names)
{
    for (int kind = 0; kind < NAME_KIND_COUNT; kind++) {
        interner_deinit(&names->of[kind]);
    }
}

struct obs names_declare_user(const struct names *names, uint32_t user, int64_t at_us)
{
    struct obs obs = OBS(OBS_USER, at_us);

    obs.user = user;
    obs.sender = id_key(names_text(names, NAME_USER, user));
    return obs;
}

struct obs names_declare_room(const struct names *names, uint32_t room, int64_t at_us)
{
    struct obs obs = OBS(OBS_ROOM, at_us);

    obs.room = room;
    obs.id = id_key(names_text(names, NAME_ROOM, room));
    return obs;
}
