/* See pre_watch.h. */
#include "sim/check/pre_watch.h"

#include <stdlib.h>

struct watchers {
    struct pre_watch *items;
    uint32_t len, cap;
    uint32_t *asked; /* users of whom a device asked to be told of them, ever */
    uint32_t asked_len, asked_cap;
    uint64_t company; /* as of which the list is */
    uint32_t devices_seen;
};

struct marks { /* of users or devices that a walk has met */
    uint32_t *items;
    uint32_t len, cap;
    uint32_t walk;
};

struct slot {
    uint32_t user;
    uint32_t place; /* of the view + 1; 0: free */
};

/* Whom one device was told of: open addressing, no more than half full. A city has a million pairs of device and
 * user: one map of all of them misses every cache, and what one frame tells is of one device. */
struct told {
    struct slot *slots;
    uint32_t len, cap; /* cap: a power of two */
};

struct pre_views {
    struct pre_view *items;
    uint32_t len, cap;
    struct table told;     /* by device */
    struct table watchers; /* by user */
    struct marks marks;
    uint32_t *met; /* whom the last walk met */
    uint32_t met_len, met_cap;
};

void pre_views_init(struct judge *judge)
{
    static const struct watchers watchers = {.company = UINT64_MAX};
    static const struct told told = {.slots = NULL};
    struct pre_views *views = hb_calloc(1, sizeof *views);

    views->told = (struct table){.bytes = sizeof told, .fresh = &told};
    views->watchers = (struct table){.bytes = sizeof watchers, .fresh = &watchers};
    judge->pre->views = views;
}

void pre_views_deinit(struct judge *judge)
{
    struct pre_views *views = judge->pre->views;

    for (uint32_t i = 0; i < views->watchers.len; i++) {
        struct watchers *watchers = table_at(&views->watchers, i);
        free(watchers->items);
        free(watchers->asked);
    }
    table_deinit(&views->watchers);
    for (uint32_t i = 0; i < views->told.len; i++) {
        free(((struct told *)table_at(&views->told, i))->slots);
    }
    table_deinit(&views->told);
    free(views->items);
    free(views->marks.items);
    free(views->met);
    free(views);
}

/* That of the user, or the free one where it belongs. */
static struct slot *slot_of(const struct told *told, uint32_t user)
{
    uint32_t at =
        user * UINT32_C(2654435769) >> 7 & (told->cap - 1); /* 2^32 over the golden ratio */

    while (told->slots[at].place != 0 && told->slots[at].user != user) {
        at = (at + 1) & (told->cap - 1);
    }
    return &told->slots[at];
}

static void told_put(struct told *told, struct slot slot)
{
    if (told->len * 2 >= told->cap) {
        const struct told old = *told;
        told->cap = old.cap != 0 ? old.cap * 2 : 16;
        told->slots = hb_calloc(told->cap, sizeof *told->slots);
        for (uint32_t i = 0; i < old.cap; i++) {
            if (old.slots[i].place != 0) {
                *slot_of(told, old.slots[i].user) = old.slots[i];
            }
        }
        free(old.slots);
    }
    *slot_of(told, slot.user) = slot;
    told->len++;
}

static uint32_t place_of(struct pre_views *views, uint32_t device, uint32_t user)
{
    const struct told *told = table_at(&views->told, device);

    return told->cap != 0 ? slot_of(told, user)->place : 0;
}

struct pre_view *pre_view_find(struct judge *judge, uint32_t device, uint32_t user)
{
    const uint32_t place = place_of(judge->pre->views, device, user);

    return place != 0 ? &judge->pre->views->items[place - 1] : NULL;
}

struct pre_view *pre_view_make(struct judge *judge, uint32_t device, uint32_t user)
{
    struct pre_views *views = judge->pre->views;
    struct pre_view *view = pre_view_find(judge, device, user);

    if (view != NULL) {
        return view;
    }
    HB_GROW(views->items, views->len, views->cap);
    views->items[views->len++] = (struct pre_view){.device = device,
                                                   .user = user,
                                                   .connection = INT64_MIN,
                                                   .late_conn = INT64_MIN,
                                                   .watch_us = NEVER_US};
    told_put(table_at(&views->told, device), (struct slot){user, views->len});
    return &views->items[views->len - 1];
}

const struct pre_view *pre_views_all(const struct judge *judge, uint32_t *ret_len)
{
    *ret_len = judge->pre->views->len;
    return judge->pre->views->items;
}

/* --- Each once ------------------------------------------------------------------------------- */

static void walk_begin(struct marks *marks, uint32_t len)
{
    while (marks->len < len) {
        HB_GROW(marks->items, marks->len, marks->cap);
        marks->items[marks->len++] = 0;
    }
    marks->walk++;
}

/* False: it was met before. */
static bool meet(struct marks *marks, uint32_t index)
{
    const bool met = marks->items[index] == marks->walk;

    marks->items[index] = marks->walk;
    return !met;
}

/* --- Who may be told of them ------------------------------------------------------------------- */

static void add_user(struct judge *judge, struct watchers *watchers, uint32_t user)
{
    if (!meet(&judge->pre->views->marks, user)) {
        return;
    }
    for (uint32_t d = judge->users[user].first_device; d != NONE;
         d = judge->devices[d].next_of_user) {
        HB_GROW(watchers->items, watchers->len, watchers->cap);
        watchers->items[watchers->len++] = (struct pre_watch){.device = d};
    }
}

static void list_anew(struct judge *judge, struct watchers *watchers, uint32_t user)
{
    const struct pre_person *person = pre_person(judge, user);

    watchers->len = 0;
    walk_begin(&judge->pre->views->marks, judge->users_len);
    add_user(judge, watchers, user);
    for (uint32_t i = 0; i < person->stays_len; i++) {
        const struct pre_room *room = pre_room(judge, person->stays[i].room);
        for (uint32_t m = 0; room->count <= judge->bounds.room_max && m < room->members_len; m++) {
            add_user(judge, watchers, room->members[m]);
        }
    }
    for (uint32_t i = 0; i < watchers->asked_len; i++) {
        add_user(judge, watchers, watchers->asked[i]);
    }
}

struct pre_watch *pre_watchers(struct judge *judge, uint32_t user, uint32_t *ret_len)
{
    struct watchers *watchers = table_at(&judge->pre->views->watchers, user);

    if (watchers->company != pre_person(judge, user)->company ||
        watchers->devices_seen != judge->devices_len) {
        list_anew(judge, watchers, user);
        watchers->company = pre_person(judge, user)->company;
        watchers->devices_seen = judge->devices_len;
    }
    *ret_len = watchers->len;
    return watchers->items;
}

struct pre_view *pre_watch_view(struct judge *judge, struct pre_watch *watch, uint32_t user)
{
    if (watch->place == 0) {
        watch->place = place_of(judge->pre->views, watch->device, user);
    }
    return watch->place != 0 ? &judge->pre->views->items[watch->place - 1] : NULL;
}

void pre_watched(struct judge *judge, const struct obs *obs)
{
    const struct device *device = &judge->devices[obs->device];
    struct pre_view *view = pre_view_make(judge, obs->device, obs->user);
    struct watchers *watchers = table_at(&judge->pre->views->watchers, obs->user);

    view->watch_conn = device->connection;
    view->watch_us = (obs->flags & OBS_LEFT) != 0 ? NEVER_US : obs->at_us;
    for (uint32_t i = 0; i < watchers->asked_len; i++) {
        if (watchers->asked[i] == device->user) {
            return;
        }
    }
    HB_GROW(watchers->asked, watchers->asked_len, watchers->asked_cap);
    watchers->asked[watchers->asked_len++] = device->user;
    watchers->company = UINT64_MAX; /* it is to be made anew */
}

/* --- Each whom a walk meets, listed ----------------------------------------------------------- */

static void meet_one(struct pre_views *views, uint32_t user)
{
    if (meet(&views->marks, user)) {
        HB_GROW(views->met, views->met_len, views->met_cap);
        views->met[views->met_len++] = user;
    }
}

/* Those in the rooms of this user that are not too large. */
static void meet_rooms(struct judge *judge, uint32_t user)
{
    const struct pre_person *person = pre_person(judge, user);

    for (uint32_t i = 0; person != NULL && i < person->stays_len; i++) {
        const struct pre_room *room = pre_room(judge, person->stays[i].room);
        for (uint32_t m = 0; room->count <= judge->bounds.room_max && m < room->members_len; m++) {
            meet_one(judge->pre->views, room->members[m]);
        }
    }
}

uint32_t pre_followed_at(struct judge *judge, uint16_t node)
{
    struct pre_views *views = judge->pre->views;

    walk_begin(&views->marks, judge->users_len);
    views->met_len = 0;
    for (uint32_t d = 0; d < judge->devices_len; d++) {
        const struct device *device = &judge->devices[d];
        if (device->live_us == NEVER_US || device->node != node || device->user == NONE) {
            continue;
        }
        meet_one(views, device->user);
        meet_rooms(judge, device->user);
        const struct told *told = table_at(&views->told, d);
        for (uint32_t i = 0; i < told->cap; i++) {
            const uint32_t place = told->slots[i].place;
            if (place != 0 && pre_view_watched(&views->items[place - 1], device)) {
                meet_one(views, told->slots[i].user);
            }
        }
    }
    return views->met_len;
}

const uint32_t *pre_untold(struct judge *judge, uint32_t index, uint32_t *ret_len)
{
    struct pre_views *views = judge->pre->views;
    const struct device *device = &judge->devices[index];

    walk_begin(&views->marks, judge->users_len);
    const struct told *told = table_at(&views->told, index);
    for (uint32_t i = 0; i < told->cap; i++) {
        const uint32_t place = told->slots[i].place;
        const struct pre_view *view = place != 0 ? &views->items[place - 1] : NULL;
        if (view != NULL &&
            (view->connection == device->connection || view->late_conn == device->connection)) {
            (void)meet(&views->marks, view->user);
        }
    }
    views->met_len = 0;
    meet_rooms(judge, device->user);
    *ret_len = views->met_len;
    return views->met;
}
