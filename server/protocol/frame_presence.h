/* Who is there: `presence`, what a client says of itself; `presence_update` and `presence_state`, what it
 * is told of others; `presence_subscribe` and `presence_unsubscribe`, of whom beside those of its rooms. */
#ifndef HUBBUB_SERVER_PROTOCOL_FRAME_PRESENCE_H
#define HUBBUB_SERVER_PROTOCOL_FRAME_PRESENCE_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"

struct take;

enum presence_status { /* in the order of the fold: what comes first is over what comes later */
                       PRESENCE_ONLINE,
                       PRESENCE_BUSY,
                       PRESENCE_AWAY,
                       PRESENCE_OFFLINE,
                       PRESENCE_STATUS_COUNT,
};
const char *presence_status_word(enum presence_status status);
bool presence_status_of(struct text word, enum presence_status *ret);

enum presence_kind { /* of a device */
                     PRESENCE_WEB,
                     PRESENCE_MOBILE,
                     PRESENCE_DESKTOP,
                     PRESENCE_KIND_COUNT,
};
const char *presence_kind_word(enum presence_kind kind);
bool presence_kind_of(struct text word, enum presence_kind *ret);

/* One person, as others are shown them. */
struct presence {
    struct text user_id;
    uint64_t user_key;
    enum presence_status status;
    uint64_t version;     /* grows with each change; 0: nothing is known, and none ever was told */
    int64_t last_seen_ms; /* wall clock; 0: not known */
    enum presence_kind device;
    struct text current_room;  /* NULL: none, or none that the receiver may know */
    struct text custom_status; /* NULL: none */
    int64_t dnd_until_ms;      /* 0: none */
};

/* Each field that is not said stays as it is. */
struct frame_presence {
    bool status_said, status_cleared; /* cleared: what this person chose counts no more */
    bool
        chosen; /* by the person, for all devices until cleared; else what this device saw of them */
    bool room_said, custom_said, dnd_said;
    enum presence_status status;
    struct text current_room;  /* said and NULL: in none */
    struct text custom_status; /* said and NULL: none */
    int64_t dnd_until_ms;      /* said and 0: none */
};

struct frame_presence_users {
    struct text ref;          /* NULL: none */
    const struct text *users; /* subscribe, unsubscribe */
    uint32_t users_len;
};

struct frame_presence_state {
    struct text ref; /* NULL: of no request */
    bool stale;      /* what was told may be old: the node does not hear of changes */
    struct presence *people;
    uint32_t people_len;
};

struct frame_presence_room { /* of a room that is too large to tell of each */
    struct text room_id;
    uint64_t online; /* people who are there; one at two nodes counts twice */
};

void frame_take_presence_room(struct take *d, struct frame_presence_room *room);
void frame_put_presence_room(struct buf *out, const struct frame_presence_room *room);
void frame_take_presence(struct take *d, struct frame_presence *presence);
void frame_put_presence(struct buf *out, const struct frame_presence *presence);
void frame_take_presence_update(struct take *d, struct presence *person);
void frame_put_presence_update(struct buf *out, const struct presence *person);
void frame_take_presence_users(struct take *d, struct frame_presence_users *users);
void frame_put_presence_users(struct buf *out, const struct frame_presence_users *users);
void frame_take_presence_state(struct take *d, struct frame_presence_state *state);
void frame_put_presence_state(struct buf *out, const struct frame_presence_state *state);

#endif
