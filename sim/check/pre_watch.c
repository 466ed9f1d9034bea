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

struct pre_views {
    struct pre_view *items;
    uint32_t len, cap;
    struct u64map by_pair;  /* device and user -> its place + 1 */
    struct table of_device; /* the last view + 1, from which the others hang */
    struct table watchers;  /* by user */
    struct marks marks;
    uint32_t *met; /* whom the last walk met */
    uint32_t met_len, met_cap;
};

void pre_views_init(struct judge *judge)
{
    static const struct watchers watchers = {.company = UINT64_MAX};
    static const uint32_t none = 0;
    struct pre_views *views = hb_calloc(1, sizeof *views);

    views->of_device = (struct table){.bytes = sizeof none, .fresh = &none};
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
    table_deinit(&views->of_device);
    u64map_deinit(&views->by_pair);
    free(views->items);
    free(views->marks.items);
    free(views->met);
    free(views);
}

static uint64_t pair_of(uint32_t device, uint32_t user)
{
    return (uint64_t)device << 32 | ((uint64_t)user + 1);
}

static uint32_t place_of(const struct pre_views *views, uint32_t device, uint32_t user)
{
    uint64_t place = 0;

    return u64map_get(&views->by_pair, pair_of(device, user), &place) ? (uint32_t)place : 0;
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
    uint32_t *last = table_at(&views->of_device, device);
    HB_GROW(views->items, views->len, views->cap);
    views->items[views->len++] = (struct pre_view){.device = device,
                                                   .user = user,
                                                   .connection = INT64_MIN,
                                                   .late_conn = INT64_MIN,
                                                   .watch_us = NEVER_US,
                                                   .next_of_device = *last};
    *last = views->len;
    u64map_put(&views->by_pair, pair_of(device, user), views->len);
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
        for (uint32_t at = *(uint32_t *)table_at(&views->of_device, d); at != 0;) {
            const struct pre_view *view = &views->items[at - 1];
            if (pre_view_watched(view, device)) {
                meet_one(views, view->user);
            }
            at = view->next_of_device;
        }
    }
    return views->met_len;
}

const uint32_t *pre_untold(struct judge *judge, uint32_t index, uint32_t *ret_len)
{
    struct pre_views *views = judge->pre->views;
    const struct device *device = &judge->devices[index];

    walk_begin(&views->marks, judge->users_len);
    for (uint32_t at = *(uint32_t *)table_at(&views->of_device, index); at != 0;) {
        const struct pre_view *view = &views->items[at - 1];
        if (view->connection == device->connection || view->late_conn == device->connection) {
            (void)meet(&views->marks, view->user);
        }
        at = view->next_of_device;
    }
    views->met_len = 0;
    meet_rooms(judge, device->user);
    *ret_len = views->met_len;
    return views->met;
}
