/* The inside of a client. See client.h.
 *
 *   client.c         events, connection states, back-off, pings
 *   client_room.c    rooms: order, holding
 *   client_sync.c    what is missing, asked for page by page
 *   client_outbox.c  what was written and not yet acked */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_INTERNAL_H
#define HUBBUB_SIM_CLIENT_CLIENT_INTERNAL_H

#include "sim/client/client.h"

/*    OFF --START--> CONNECTING --CONNECTED--> HELLO_SENT --welcome--> ONLINE
 *                       ^                          |                    |
 *                       +------- WAITING <---------+---- lost ----------+
 *
 * From each: STOP leads to OFF; a close with 45xx to REFUSED, which only STOP leaves. */
enum client_state {
    CLIENT_OFF,
    CLIENT_WAITING,
    CLIENT_CONNECTING,
    CLIENT_HELLO_SENT,
    CLIENT_ONLINE,
    CLIENT_REFUSED,
};

struct held {          /* an entry that waits for an earlier one */
    struct wire *wire; /* owns what `entry` borrows from */
    const struct entry *entry;
};

struct message { /* written, not acked */
    uint64_t client_key;
    struct wire *wire; /* the `send` frame: a resend is the same bytes */
    uint32_t attempts;
};

struct client_room {
    /* What a delivery touches: half a cache line. */
    uint64_t key;
    uint64_t next; /* seq that is shown next; 0: not known yet */
    uint32_t ref;
    uint32_t held_len, held_cap;
    bool shown_any;
    bool wants_sync; /* behind: part of the next sync session */
    bool in_sync;    /* part of the present one */
    /* Before the person's own join, as far as was shown: nothing yet after a reset, or the leaving.
     * The join starts the room wherever it stands, for what lies before it is not the person's. */
    bool outside;

    struct held *held;     /* ascending seq, none twice */
    int64_t held_since_us; /* when the gap opened, or when it was last asked for in vain */
    struct text room_id;   /* owned by room_id_owned if the room was learnt, else borrowed */
    char *room_id_owned;
    /* The outbox of this room, oldest first; only the first may be on the wire (I2). */
    struct message *outbox;
    uint32_t outbox_len, outbox_cap;
    int64_t sent_us;  /* when the first went out; INT64_MAX: it is not on the wire */
    int64_t retry_us; /* not before this, after a temporary nack */
};

/* Most people are in one room at a time: the first stands beside the hot line. A delivery in order
 * touches these two lines and no other (measured: each line more costs as much as the rest of it). */
struct client {
    _Alignas(64) enum client_state state;
    uint32_t conn;
    int64_t last_frame_us;
    struct wire *seen_wire; /* what seen_text is within; NULL: seen_own */
    const struct text *seen_text;
    uint64_t seen;   /* the greatest stamp shown or acked; 0: none */
    int64_t wake_us; /* as of the last step that computed it */
    uint32_t rooms_len;
    uint32_t parked_len;
    struct client_room first;
    struct client_room *more; /* rooms but the first */
    uint32_t more_cap;
    uint32_t parked_cap;
    struct wire **parked; /* held until now: effects of this step borrow from them */

    struct client_config config;
    int64_t now_us;
    uint64_t user_key;
    int64_t reconnect_us, hello_us, ping_us, online_us; /* INT64_MAX: not */
    uint32_t step;                                      /* of the back-off */
    uint64_t composed;                                  /* messages written on this device */
    /* Sync: one session at a time. */
    bool syncing;
    uint32_t sync_ref;     /* number of the last request */
    int64_t sync_us;       /* when it went out */
    int64_t sync_after_us; /* no new session before this, after a refusal */
    struct text seen_own;
    char seen_own_bytes[HLC_TEXT_BYTES_MAX];
    char epoch[ID_BYTES_MAX + 1]; /* of the positions; "": none */
};

static inline struct client_room *client_room_at(const struct client *client, uint32_t index)
{
    HB_ASSERT(index < client->rooms_len);
    return index == 0 ? (struct client_room *)(uintptr_t)&client->first : &client->more[index - 1];
}

static inline struct client_effect *client_emit(struct client_out *out,
                                                enum client_effect_kind kind)
{
    HB_GROW(out->items, out->len, out->cap);
    struct client_effect *effect = &out->items[out->len++];
    *effect = (struct client_effect){.kind = kind, .room_ref = CLIENT_ROOM_NONE};
    return effect;
}

/* An effect about a room. */
static inline struct client_effect *
client_emit_of(const struct client_room *room, enum client_effect_kind kind, struct client_out *out)
{
    struct client_effect *effect = client_emit(out, kind);
    effect->room_ref = room->ref;
    effect->room_id = room->room_id;
    return effect;
}

static inline int64_t client_earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* client.c */
struct wire *client_wire(const struct frame *frame) HB_MUST_USE; /* gives */
void client_send_frame(struct client *client, const struct frame *frame, struct client_out *out);
/* `stamp_text` lies within the frame of `wire`. */
void client_seen(struct client *client, struct wire *wire, struct hlc_stamp stamp,
                 const struct text *stamp_text);
/* Gives up on the connection and waits to open another. */
void client_give_up(struct client *client, struct client_out *out);

/* client_room.c */
struct client_room *client_room_add(struct client *client, struct text room_id, uint32_t ref);
/* The room of this name, learnt if it is new. NULL: it is new and there are too many. */
struct client_room *client_room_learn(struct client *client, struct text room_id, uint64_t key);
struct client_room *client_room_find(const struct client *client, uint64_t key);
void client_room_deinit(struct client_room *room);
/* One entry, live or from a page, of a room whose `next` is known. */
void client_room_entry(struct client *client, struct client_room *room, struct wire *wire,
                       const struct entry *entry, struct client_out *out);
/* The display epoch ends; the room goes on at `next` (0: not known yet). */
void client_room_reset(struct client_room *room, uint64_t next, struct client_out *out);
void client_rooms_welcome(struct client *client, const struct frame_welcome *welcome,
                          struct client_out *out);
void client_rooms_offline(struct client *client);

/* client_sync.c */
/* Starts a session for the rooms that want one, unless one is under way or a pause lasts. */
void client_sync_begin(struct client *client, struct client_out *out);
void client_sync_page(struct client *client, struct wire *wire, const struct frame *frame,
                      struct client_out *out);
void client_sync_error(struct client *client, const struct frame_error *error,
                       struct client_out *out);
/* Notices entries held for too long, and starts a session if one is due. */
void client_sync_tick(struct client *client, struct client_out *out);
int64_t client_sync_wake(const struct client *client);

/* client_outbox.c */
void client_outbox_say(struct client *client, const struct client_event *event,
                       struct client_out *out);
void client_outbox_flush(struct client *client, struct client_room *room, struct client_out *out);
void client_outbox_ack(struct client *client, struct wire *wire, const struct frame *frame,
                       struct client_out *out);
void client_outbox_nack(struct client *client, const struct frame *frame, struct client_out *out);
int64_t client_outbox_wake(const struct client *client, const struct client_room *room);
void client_outbox_offline(struct client_room *room);

#endif
