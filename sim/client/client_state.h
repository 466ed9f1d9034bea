/* What a client holds: the state of its connection, its rooms, its alarms. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_STATE_H
#define HUBBUB_SIM_CLIENT_CLIENT_STATE_H

#include "server/base/base.h"
#include "server/base/text.h"
#include "server/protocol/frame.h"
#include "server/protocol/hlc.h"
#include "server/protocol/id.h"
#include "server/protocol/wire.h"
#include "sim/client/client_config.h"
#include "sim/client/client_out.h"

/*    OFF --START--> CONNECTING --CONNECTED--> HELLO_SENT --welcome--> ONLINE
 *                       ^                          |                    |
 *                       +------- WAITING <---------+---- lost ----------+
 *
 * From each: STOP leads to OFF; a close with 45xx to REFUSED, which only STOP leaves. One whose token is good no
 * longer (4001, and 4500 where tokens end) asks for another before it connects. */
enum client_state {
    CLIENT_OFF,
    CLIENT_WAITING,
    CLIENT_CONNECTING,
    CLIENT_HELLO_SENT,
    CLIENT_ONLINE,
    CLIENT_REFUSED,
};

/* What a client waits for, in the order in which alarms of one instant ring. Whatever has a timer sets
 * its own in `alarm_us`, and client.c says what each does when it rings; the client wakes at the least
 * of them. A lost connection unsets them all; only the wait for the next one is set after that. */
enum client_alarm {
    CLIENT_ALARM_CONNECT,     /* the end of the back-off */
    CLIENT_ALARM_HELLO,       /* no welcome for answer_us */
    CLIENT_ALARM_SILENCE,     /* no frame for H + Ht */
    CLIENT_ALARM_PING,        /* the next ping */
    CLIENT_ALARM_ANSWER,      /* no answer to a send for answer_us */
    CLIENT_ALARM_SYNC_ANSWER, /* no answer to a sync for answer_us; set: a session is under way */
    CLIENT_ALARM_SYNC,        /* a session is to start */
    CLIENT_ALARM_RESEND,      /* the pause after a temporary nack is over */
    CLIENT_ALARM_IDLE,        /* the next look whether the person is there */
    CLIENT_ALARM_TYPING,      /* that the person types is said again, or that they do no more */
    CLIENT_ALARM_TYPISTS,     /* somebody who was told of as typing is shown so no more */
    CLIENT_ALARM_RECEIPTS,    /* what arrived and was read is said */
    CLIENT_ALARM_TOKEN,       /* another token is asked for */
    CLIENT_ALARM_MEMBERSHIP,  /* no answer to a command about a room; or its pause is over */
    CLIENT_ALARM_COUNT,
};

struct client_held {   /* an entry that waits for an earlier one */
    struct wire *wire; /* owns what `entry` borrows from */
    const struct entry *entry;
};

struct client_gap { /* a marker: entries that are not shown between some that are */
    uint64_t low, high;
};

struct client_message { /* written, not acked */
    uint64_t client_key;
    struct wire *wire; /* the `send` frame: a resend is the same bytes */
    uint32_t attempts;
    bool replaced; /* its temporary row is not shown any more */
};

struct client_room {
    /* What a delivery touches: half a cache line. */
    uint64_t key;
    uint64_t next; /* seq that is shown next, above all that is; 0: not known yet */
    uint32_t ref;
    uint32_t held_len, held_cap;
    bool shown_any;
    bool wants_sync; /* behind: part of the next sync session */
    bool in_sync;    /* part of the present one */
    /* Before the person's own join, as far as was shown: nothing yet after a reset, or the leaving.
     * The join starts the room wherever it stands, for what lies before it is not the person's. */
    bool outside : 1;
    bool receipts : 1;     /* what is shown is told to others */
    bool by_time : 1;      /* the time of what is shown is remembered */
    bool wants_newest : 1; /* its newest page comes before what lies below */
    uint32_t gaps_len, gaps_cap;
    struct client_gap *gaps; /* ascending, all below `next` */

    struct client_held *held; /* ascending seq, none twice */
    uint64_t thrown;          /* the greatest entry that came and could not be held */
    int64_t held_since_us;    /* when the gap opened, or when it was last asked for in vain */
    struct text room_id;      /* owned by room_id_owned if the room was learnt, else borrowed */
    char *room_id_owned;
    /* The outbox of this room, oldest first; only the first may be on the wire (I2). */
    struct client_message *outbox;
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
    int64_t alarm_us[CLIENT_ALARM_COUNT]; /* INT64_MAX: unset */
    uint64_t user_key;
    int64_t online_us;     /* of the last welcome */
    int64_t sync_after_us; /* no new session before this, after a refusal */
    uint64_t composed;     /* messages written on this device, by this installation */
    uint32_t installation; /* 0: the first */
    bool lost;             /* what it had stored; it is forgotten before the next event */
    uint32_t step;         /* of the back-off */
    uint32_t sync_ref;     /* number of the last request */
    uint32_t back;         /* room whose page backwards that is; CLIENT_ROOM_NONE: of a session */
    uint64_t back_below;   /* below which entry; 0: the newest */
    struct text focus;     /* the room on screen, while it is part of the session; NULL: none is */
    uint64_t on_screen;    /* key of the room where its person did something last; 0: none */
    int64_t newest_ms;     /* the greatest timestamp shown; 0: none */
    int64_t since_ms;      /* the same, when nothing was known to be missing: what it asks from.
                              0: by positions */
    bool away;             /* what it missed while away was not asked for to the end yet */
    struct text seen_own;
    char seen_own_bytes[HLC_TEXT_BYTES_MAX];
    struct client_token *token;           /* NULL: it has none but the config's */
    char epoch[ID_BYTES_MAX + 1];         /* of the positions; "": none */
    struct client_receipts *receipts;     /* NULL: nothing was shown yet */
    struct client_presence *presence;     /* NULL: nothing of it was said or told yet */
    struct client_typing *typing;         /* the same */
    struct client_membership *membership; /* NULL: its person made, joined and left no room yet */
};

static inline struct client_room *client_room_at(const struct client *client, uint32_t index)
{
    HB_ASSERT(index < client->rooms_len);
    return index == 0 ? (struct client_room *)(uintptr_t)&client->first : &client->more[index - 1];
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

static inline void client_alarms_unset(struct client *client)
{
    for (int alarm = 0; alarm < CLIENT_ALARM_COUNT; alarm++) {
        client->alarm_us[alarm] = INT64_MAX;
    }
}

#endif
