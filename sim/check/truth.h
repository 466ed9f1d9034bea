/* What is known: who there is, what was committed, written and shown, and what was disturbed.
 *
 *   links[d] --> rooms[r].views[v]           one record per (device, room), contiguous per room
 *   rooms[r].log[seq - base]                 what stands at each place; --> sends[s]
 *   sends[s]                                 what a person wrote, or a commit that nobody wrote
 *   stamps[t]                                own stamps of nodes, chained per client id
 *
 * The hot path is OBS_SHOWN: link, view, log row; no look-up by hash, and not the device, whose record
 * would be one line of memory more for each entry shown (a tenth of the judge's time). Numbers from a file
 * may be absurd: what does not fit the limits below is counted in `ignored`, never allocated. */
#ifndef HUBBUB_SIM_CHECK_TRUTH_H
#define HUBBUB_SIM_CHECK_TRUTH_H

#include "server/base/map.h"
#include "sim/check/bound.h"
#include "sim/check/check.h"
#include "sim/check/due.h"

#define DEVICES_MAX  (1U << 20) /* devices, users; rooms: far above any scenario, 128 MB */
#define LOG_JUMP_MAX 65536      /* a place further than this from a room's known log is not kept */
#define NONE         UINT32_MAX
#define SEQ_UNKNOWN  UINT64_MAX

/* Until when something was disturbed. */
struct disturbance {
    int64_t until_us; /* NEVER_US while a fault is on; INT64_MIN: never was */
    int64_t since_us; /* of the faults between which it did not recover */
    uint32_t faults;  /* on now */
};

enum row_flag {
    ROW_KNOWN = 1,     /* somebody said what stands here */
    ROW_COMMITTED = 2, /* the log said so */
    ROW_EVENT = 4,     /* a join or a leave */
    ROW_FAITHFUL = 8,  /* author and content are what `send` says: rows equal to this are true */
    ROW_FINAL = 16,    /* it is in the log at the end */
};

struct row { /* a place of a room's log: 64 bytes */
    uint64_t id, hlc, sender, client_id, content;
    int64_t timestamp; /* 0: not known */
    int64_t commit_us; /* NEVER_US: not known */
    uint32_t send;     /* NONE: nobody's */
    uint16_t node;     /* the committer; OBS_NODE_NONE */
    uint8_t flags;     /* enum row_flag */
};

enum view_flag {
    VIEW_RESUMED = 1, /* nothing shown yet since a welcome */
    VIEW_HOLED = 2,   /* order was broken in this display epoch: what was shown is not known */
    VIEW_DUE = 4,     /* a deadline for what it lacks is in the heap */
    VIEW_MARKED = 8,  /* it shows entries above a marker: marker.h */
};

struct view {          /* a room as one device shows it: 88 bytes, the hot ones first */
    uint64_t last;     /* the greatest seq shown in this display epoch, below any marker; 0: none */
    uint64_t frontier; /* the greatest stamp shown here, in any epoch */
    uint32_t flags;    /* enum view_flag */
    uint32_t held;     /* first of the received and held entries; NONE */
    uint64_t first;    /* shown in this display epoch; 0: none */
    uint64_t base;     /* the head named before anything was shown; SEQ_UNKNOWN */
    uint64_t from;     /* a member from this seq on; SEQ_UNKNOWN: not a member */
    uint32_t device;
    uint32_t written;             /* how many sends were issued here */
    uint32_t newest_send;         /* of those with a place, the one written last; NONE */
    uint32_t late_low, late_high; /* seqs that must still come, by a later deadline; 0: none */
    uint32_t odd;     /* low bits of the newest seq at which another message was shown; 0: none */
    uint16_t node;    /* of the device's connection */
    uint16_t marks;   /* 1 + which list of markers is its; 0: it has none */
    uint32_t missing; /* the most rows that it lacked up to one of the late ones */
    int64_t since_us; /* the device's: here too, since all views of a room are looked at */
};

struct member {
    uint64_t from;
    uint32_t user;
};

struct room {
    struct row *log;
    uint32_t log_len, log_cap;
    uint32_t views_len, views_cap;
    struct view *views;
    uint64_t base; /* seq of log[0] */
    uint64_t head; /* the greatest committed; 0: none */
    struct member *members;
    uint32_t members_len, members_cap;
};

struct link {
    uint32_t room;
    uint32_t view;
};

enum device_flag {
    DEVICE_DECLARED = 1,
};

struct sync_time {
    bool open;          /* a session was begun, and is not at its end */
    int64_t begin_us;   /* of the last one */
    int64_t allowed_us; /* BOUND_SYNC of its rows */
    int64_t end_us;     /* of the last one that ended; INT64_MIN */
    int64_t busy_us;    /* when the first of those began that followed one another at once */
    int64_t asked_us;   /* what the open one goes on with was asked for first: sync_time.h */
    uint64_t pages;     /* that came of it since */
    uint32_t asks;      /* how often something new was asked for */
};

struct device {
    int64_t live_us;    /* the welcome of the present connection; NEVER_US: not online */
    int64_t since_us;   /* nothing of its own has kept rows from it since then; NEVER_US */
    int64_t closed_us;  /* the end of the connection before; INT64_MIN */
    uint64_t acked;     /* the greatest stamp acked to it */
    struct link *links; /* its rooms but the first */
    uint32_t links_len, links_cap;
    uint32_t user; /* NONE */
    uint16_t node; /* of the present connection */
    uint8_t flags; /* enum device_flag */
    uint8_t unused;
    struct disturbance own;
    struct sync_time sync;
    uint32_t next_of_user;
    int64_t connection;
};

struct user {
    uint64_t sender;
    uint32_t first_device; /* NONE */
    uint32_t memberships;
};

enum send_flag {
    SEND_WRITTEN = 1, /* OBS_SEND said so; else only the log or a node knows it */
    SEND_ACKED = 2,
    SEND_DIRECT = 4,     /* to a person: the room of the two may have to be made first */
    SEND_REPLACED = 8,   /* its writer shows it as an entry, no more as what was written */
    SEND_FAILED = 16,    /* its writer shows it as failed */
    SEND_FORGOTTEN = 32, /* its writer has lost it: it may be committed, or not, and at any time */
};

struct send {
    uint64_t client_id, content, sender; /* sender 0: not known yet */
    uint64_t seen;                       /* the stamp that travelled with it */
    uint64_t frontier;   /* the greatest stamp in its writer's past, by our own count */
    uint64_t shown;      /* the last seq of the room that its writer had been shown */
    uint64_t acked_room; /* the greatest seq of the room acked to anyone before it was written */
    uint64_t seq;        /* its place; 0: none yet */
    uint64_t ack_seq, ack_id, ack_hlc;
    int64_t sent_us; /* the last time that it was put on the wire */
    struct came {    /* to the node that it came to last, in that life: every time of it */
        int64_t wall_least_ms, wall_most_ms;
        uint64_t seen;       /* that came with it */
        uint16_t node, life; /* OBS_NODE_NONE: never came */
    } came;
    uint32_t device, room, ack_room;
    uint32_t nth;       /* on this device in this room */
    uint32_t next_same; /* another sender's with the same client id; NONE */
    uint32_t stamps;    /* first of its chain: given to it, the newest first; NONE */
    uint32_t flags;     /* enum send_flag */
};

struct stamp {
    uint64_t hlc;
    int64_t at_us;
    int64_t wall_ms;
    uint32_t next; /* of the same message; NONE */
    uint16_t node, life;
};

struct node_truth {
    int64_t wall_jump_us; /* when its wall clock was last seen to have jumped; INT64_MIN */
    uint16_t life;        /* counts its starts */
    int64_t down_us;      /* its last crash; INT64_MIN */
    int64_t up_us;        /* its last start */
    int64_t slow_us;      /* until when its slow transactions are under way; INT64_MIN */
    int64_t calm_us;      /* its links kept nothing from anybody since then: path_calm_us */
    int64_t going_us;     /* when it was last told to go, or made to; INT64_MIN */
    bool is_down;
    bool serves;   /* it came, and was not made to go since */
    bool asked;    /* to go, in this life, and nothing else makes it */
    bool in_order; /* it went down by itself, as it was asked to */
    struct disturbance redis;
    struct disturbance paused; /* it does nothing, and what reaches it waits */
};

struct margin {
    int64_t used_us, bound_us;
};

/* A row that got its place in a log: by a commit, or, black box, by the first who was shown it. */
struct placed {
    const struct obs *obs;
    struct room *room;
    struct row *row;
    struct send *send; /* NULL: an entry without a client id */
    bool committed;    /* false: black box */
    bool again;        /* this message had a place before */
    bool before;       /* a device was shown this place before it was committed */
};

enum evidence_form { FORM_UNDECIDED, FORM_LOG, FORM_BLACK_BOX };

struct judge {
    struct bounds bounds;
    int64_t plain[BOUND_COUNT]; /* the value of each whose formula names no amount */
    struct dues dues;
    enum evidence_form form;
    uint64_t rows_shown, messages_shown; /* judged by what every shown row is judged by */
    int64_t slowest_us;                  /* only slower rows can change a margin */
    const struct obs *now;               /* the observation being judged */
    uint64_t observations;
    bool seen[OBS_KIND_COUNT]; /* which kinds came so far */
    uint64_t ignored;

    struct device *devices;
    uint32_t devices_len, devices_cap;
    struct link *links; /* of each device, its first room; NONE: it has none */
    uint32_t links_len, links_cap;
    uint32_t live_count; /* devices that are online */
    struct user *users;
    uint32_t users_len, users_cap;
    struct room *rooms;
    uint32_t rooms_len, rooms_cap;
    struct node_truth *nodes;
    uint32_t nodes_len, nodes_cap;
    struct send *sends;
    uint32_t sends_len, sends_cap;
    struct stamp *stamps;
    uint32_t stamps_len, stamps_cap;
    struct u64map users_by_sender;
    struct u64map sends_by_key; /* of sender and client id -> send */
    struct u64map sends_by_id;  /* client id -> first of its chain */

    /* What each family alone knows: SEC knows nothing of its own. */
    struct marker_truth *marker;
    struct back_truth *back;
    struct focus_truth *focus;
    struct ord_truth *ord;
    struct hlc_truth *hlc;
    struct syn_truth *syn;
    struct refusal_truth *refusal;
    struct outbox_truth *outbox;
    struct rest_truth *rest;
    struct liv_truth *liv;
    struct attempts_truth *attempts;
    struct edge_truth *edge;
    struct issued_truth *issued;
    struct bearer_truth *bearer;
    struct word_truth *word;
    struct door_truth *door;
    struct silence_truth *silence;
    struct pre_truth *pre;
    struct typ_truth *typ; /* NULL: nobody types */
    struct direct_truth *direct;
    struct member_truth *member;
    struct stays_truth *stays;
    struct taken_truth *taken;
    struct rcp_truth *rcp;

    struct disturbance redis, database; /* of everyone */
    struct disturbance paused;          /* of any node */
    int64_t slow_us;                    /* the last end of a slow transaction of any node */
    struct pairs pairs;                 /* of rows and members: delivery.h */
    int64_t nobody_us; /* no node served until then; NEVER_US: none does; INT64_MIN */
    int64_t calm_us;   /* the last end of a fault, or the calm */
    int64_t shown_last_us;
    char unrest[160]; /* why the end was not at rest; "": it was, or is not reached */

    uint64_t judged[INVARIANT_COUNT];
    uint64_t violated[INVARIANT_COUNT];
    struct margin margins[INVARIANT_COUNT];
    struct violation *violations;
    uint32_t violations_len, violations_cap;
};

static inline int64_t judge_bound(const struct judge *judge, enum bound bound)
{
    return judge->plain[bound];
}

/* --- Look-ups; those that make grow what is not there, within the limits, else NULL --- */

struct device *truth_device(struct judge *judge, uint32_t device);
struct user *truth_user(struct judge *judge, uint32_t user);
struct room *truth_room(struct judge *judge, uint32_t room);
struct node_truth *truth_node(struct judge *judge, uint16_t node);
/* The view of a device on a room. */
struct view *truth_view_other(struct judge *judge, uint32_t device, uint32_t room);
static inline struct view *truth_view(struct judge *judge, uint32_t device, uint32_t room)
{
    if (device < judge->links_len && judge->links[device].room == room && room != NONE) {
        return &judge->rooms[room].views[judge->links[device].view];
    }
    return truth_view_other(judge, device, room);
}
/* The view of a device on its i-th room; NULL: it has no more. */
static inline struct view *truth_view_at(const struct judge *judge, const struct device *device,
                                         uint32_t i, uint32_t *ret_room)
{
    const struct link first = judge->links[device - judge->devices];
    if (i > device->links_len || first.room == NONE) {
        return NULL;
    }
    const struct link link = i == 0 ? first : device->links[i - 1];
    *ret_room = link.room;
    return &judge->rooms[link.room].views[link.view];
}
/* The greatest stamp in the causal past of a device: shown or acked. */
uint64_t truth_frontier(const struct judge *judge, uint32_t device);
uint32_t truth_view_index(const struct room *room, const struct view *view);
void truth_member(struct judge *judge, uint32_t user, uint32_t room, uint64_t from);
void truth_device_add(struct judge *judge, uint32_t index, uint32_t user_index);
/* The name key of whoever holds the device; 0: not known. */
uint64_t truth_sender_of_device(const struct judge *judge, uint32_t device);
uint64_t truth_sender_of_user(const struct judge *judge, uint32_t user);
uint32_t truth_user_of_sender(const struct judge *judge, uint64_t sender); /* NONE: nobody's name */

/* What is known to stand at `seq`; NULL: nothing. */
static inline struct row *truth_row(const struct room *room, uint64_t seq)
{
    const uint64_t at = seq - room->base; /* below the base: wraps to beyond any length */
    if (at >= room->log_len || (room->log[at].flags & ROW_KNOWN) == 0) {
        return NULL;
    }
    return &room->log[at];
}
/* Links a row to what a person wrote; true: the row says just that. */
bool row_faithful(const struct judge *judge, const struct row *row, uint32_t room);
/* The same, made if need be. NULL: too far away. */
struct row *truth_row_make(struct room *room, uint64_t seq);

/* What `sender` wrote under `client_id`; NULL: nothing. Sender 0: whoever's comes first. */
struct send *truth_send(struct judge *judge, uint64_t sender, uint64_t client_id);
/* The same, made if need be: a record whose sender is not known yet becomes this sender's. */
struct send *truth_send_make(struct judge *judge, uint64_t sender, uint64_t client_id);
uint32_t truth_send_index(const struct judge *judge, const struct send *send);

void truth_deinit(struct judge *judge);

/* Whether this kind came at least once. */
static inline bool judge_saw(const struct judge *judge, enum obs_kind kind)
{
    return judge->seen[kind];
}

static inline int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When it can have happened at the latest. */
static inline int64_t obs_until_us(const struct obs *obs)
{
    return obs->at_us + (int64_t)obs->uncertain_us;
}

#endif
