/* A node's edge: its connections, what they asked and were told, and the streams of rooms on them.
 *
 *   ARRIVED --HEARD hello--> --SAID welcome--> greeted --SENT...--> HANGUP, GONE or the node's end
 *
 * ORD-14: per connection and room the stream begins behind the head that the welcome named, or behind
 * the position that the hello did, and each entry is the next. A connection that the node has ended gets
 * nothing. None of it depends on what the client does with it.
 *
 * Records are few (a connection each, a room of it each) and small; a run is told of a stream's first
 * entry and of what does not follow (FORMAT.md), so that nothing here is done once for each delivery. */
#ifndef HUBBUB_SIM_CHECK_EDGE_H
#define HUBBUB_SIM_CHECK_EDGE_H

#include "sim/check/truth.h"

struct edge_room { /* of a connection */
    uint64_t next; /* the entry that the stream has to go on with; 0: it has not begun */
    uint64_t had;  /* the position of the hello; SEQ_UNKNOWN: none */
    uint64_t head; /* the greatest that was named; SEQ_UNKNOWN: none */
    uint32_t room;
};

struct edge_part { /* of the frame that is heard, or said, next */
    uint64_t seq;
    uint32_t room;
    uint8_t kind;  /* enum obs_kind: a position, a head, a cursor's position */
    uint8_t flags; /* enum obs_flag */
};

struct edge_asked {
    uint64_t seq;
    uint64_t head;  /* of the log, when it was asked */
    uint64_t acked; /* the greatest that was acked to this user before */
    uint32_t room;
};

struct edge_request { /* a sync request that is not answered yet */
    uint64_t ref;
    uint32_t asked_len;
    uint8_t flags; /* of its HEARD */
    struct edge_request *next;
    struct edge_asked asked[];
};

struct edge_bearer { /* the token that a connection stands on; times by the node's clock, us */
    bool stands;
    bool offered, offered_good; /* what is heard next, or was heard, comes with one */
    bool heard;                 /* the last frame was a refresh */
    bool refreshes;             /* it is not answered */
    bool told;                  /* that it outlives its token */
    uint64_t id, offered_id;    /* 0: none */
    int64_t end, offered_end;
    int64_t wall_end; /* when its wall, as it is set now, shows the end */
};

struct edge_conn {
    int64_t value;
    int64_t arrived_us;
    int64_t hello_us; /* the first, at a node that takes connections; NEVER_US: none was judged */
    int64_t heard_us, pinged_us; /* the last time; INT64_MIN: never */
    /* By the node's clock, us; INT64_MIN: never. */
    int64_t arrived, heard, hello, greeted;
    uint32_t bad;    /* frames that were none */
    uint32_t causes; /* to ask for a sync, that were not followed yet */
    uint16_t node;
    uint8_t hello_flags;
    bool unready;     /* the node took no connections when the hello came */
    bool warned;      /* it was told that the node is about to go */
    int64_t asked_us; /* when its node was asked to go; INT64_MIN: it was not */
    uint32_t
        begun; /* answers that were under way when the node was asked to go, or asked for since */
    uint64_t *owed; /* commands that are not answered yet: their client ids, oldest first */
    uint32_t owed_len, owed_cap;
    struct edge_bearer bearer;
    struct edge_room *rooms;
    uint32_t rooms_len, rooms_cap;
    struct edge_part *parts;
    uint32_t parts_len, parts_cap;
    struct edge_request *requests; /* oldest first */
    struct edge_conn *next;        /* of the device, an older one */
};

struct edge_stay {   /* of a user in a room */
    uint64_t joined; /* SEQ_UNKNOWN: is not in it */
    uint64_t left;   /* the last that it left at; 0: never */
    uint64_t acked;  /* the greatest place that was acked to this user */
    uint32_t room;
};

struct edge_words { /* keys of what frames are */
    uint64_t hello, ping, sync_request, welcome, page, draining, reset;
    uint64_t refresh, refreshed, unauthenticated;
};

void edge_truth_init(struct judge *judge);
void edge_truth_deinit(struct judge *judge);
const struct edge_words *edge_words(const struct judge *judge);

/* What is said is about a token, not about a sync. */
bool edge_answers_refresh(const struct judge *judge, const struct edge_conn *conn,
                          const struct obs *said);

/* NULL: there is none, or it has ended at the node. */
struct edge_conn *edge_conn(struct judge *judge, const struct obs *obs);
/* All devices that ever had one are below this, and the newest of each; NULL: it has none. */
uint32_t edge_devices(const struct judge *judge);
struct edge_conn *edge_newest(struct judge *judge, uint32_t device);
/* NULL: never was in it. */
struct edge_stay *edge_stay(struct judge *judge, uint32_t user, uint32_t room);
struct edge_room *edge_room(struct edge_conn *conn, uint32_t room); /* made if need be */

void edge_member(struct judge *judge, const struct obs *obs);
void edge_acked(struct judge *judge, const struct obs *obs);
void edge_node_down(struct judge *judge, uint16_t node);

/* ARRIVED, SENT, and the parts of a frame. */
void edge_observe(struct judge *judge, const struct obs *obs);
/* A frame of it was heard, or said: its parts are used up. */
void edge_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs);
void edge_said(struct judge *judge, struct edge_conn *conn, const struct obs *obs);
/* HANGUP, GONE: after everyone has looked at it. */
void edge_ended(struct judge *judge, const struct obs *obs);

#endif
