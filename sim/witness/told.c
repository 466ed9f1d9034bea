/* See told.h. */
#include "sim/witness/told.h"

#include "server/base/mem.h"

#include <stdlib.h>

void obs_list_deinit(struct obs_list *list)
{
    free(list->items);
    *list = (struct obs_list){0};
}

void obs_list_add(struct obs_list *list, const struct obs *obs)
{
    HB_GROW(list->items, list->len, list->cap);
    list->items[list->len++] = *obs;
}

uint32_t told_user(struct names *names, struct text name, int64_t at_us, struct obs_list *out)
{
    bool fresh;
    const uint32_t user = names_number(names, NAME_USER, name, &fresh);

    if (fresh) {
        const struct obs obs = names_declare_user(names, user, at_us);
        obs_list_add(out, &obs);
    }
    return user;
}

uint32_t told_room(struct names *names, struct text name, int64_t at_us, struct obs_list *out)
{
    bool fresh;
    const uint32_t room = names_number(names, NAME_ROOM, name, &fresh);

    if (fresh) {
        const struct obs obs = names_declare_room(names, room, at_us);
        obs_list_add(out, &obs);
    }
    return room;
}
