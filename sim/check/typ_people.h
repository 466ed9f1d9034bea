/* Who types where, and what each device was told and shows of it. */
#ifndef HUBBUB_SIM_CHECK_TYP_PEOPLE_H
#define HUBBUB_SIM_CHECK_TYP_PEOPLE_H

#include "sim/check/table.h"
#include "sim/check/truth.h"

#define TYP_NODES_MAX 16 /* starts at further nodes count as at the last of these */

struct typ_pair { /* a person in a room */
    uint32_t room, user;
    uint32_t first_view;             /* NONE */
    int64_t last_us;                 /* the last start that any node heard; INT64_MIN */
    int64_t clock_us;                /* of that node, then */
    int64_t start_us[TYP_NODES_MAX]; /* the last that each node heard */
    uint32_t device;                 /* who said the last one, on which connection */
    int64_t conn;
    uint16_t node;
    int64_t run_us; /* since when starts followed closely, and nothing ended it; NEVER_US */
    int64_t end_us; /* the last stop, or end of the connection, that a node heard; INT64_MIN */
    bool ended;     /* no start came after it */
    bool named; /* the last start named a person: its node may keep it until the room is there */
    int64_t beside_us; /* the last one like that of another of their devices; INT64_MIN */
    enum invariant end_by;
    uint64_t commit_seq; /* their last message, or leave, in the room */
    int64_t commit_us;   /* INT64_MIN */
};

struct typ_view { /* a pair, at a device */
    uint32_t pair, device;
    uint32_t next; /* of the same pair; NONE */
    bool shown;
    bool reported; /* it is shown too long, and that was said */
    int64_t shown_us;
    uint64_t message_seq; /* of that message, its place */
    int64_t message_us;   /* a message of theirs is shown: it is to be off by then; NEVER_US */
    bool told; /* the last that left a node for it is a start, and no message came since */
    uint16_t told_node;
    int64_t told_conn, told_clock_us;
    bool over;       /* the stop was told when the start was over by the clock of its node */
    int64_t owed_us; /* a stop is to leave by then; NEVER_US */
    int64_t due_us;  /* the next in the heap; NEVER_US */
};

struct typ_writer { /* what its person presses on a device */
    uint32_t room;  /* of the last key */
    int64_t key_us;
    int64_t reset_us;    /* the last emptied field, message, or change of room */
    uint32_t start_room; /* of the last start that a node heard from it */
    int64_t start_us;
    int64_t gap_us;     /* the last key after a pause in which a client says that they stopped */
    int64_t gone_conn;  /* its last connection that a node knows to be over */
    int64_t refused_us; /* a start that is to be refused by then; NEVER_US */
};

struct typ_truth {
    struct u64map pair_by_key, view_by_key;
    struct typ_pair *pairs;
    uint32_t pairs_len, pairs_cap;
    struct typ_view *views;
    uint32_t views_len, views_cap;
    uint32_t shown;       /* how many are */
    struct table writers; /* by device */
};

void typ_people_init(struct judge *judge);
void typ_people_deinit(struct judge *judge);

/* NULL: there is none. */
struct typ_pair *typ_pair(struct judge *judge, uint32_t room, uint64_t sender);
/* Made if need be; NULL: no such room or user. */
struct typ_pair *typ_pair_make(struct judge *judge, uint32_t room, uint32_t user);
struct typ_view *typ_view(struct judge *judge, const struct typ_pair *pair, uint32_t device);
struct typ_view *typ_view_make(struct judge *judge, struct typ_pair *pair, uint32_t device);
/* NULL: no such device. */
struct typ_writer *typ_writer(struct judge *judge, uint32_t device);

bool typ_member(const struct judge *judge, uint32_t room, uint32_t user);
/* From when, not before `at_us`, nothing keeps what was heard of the pair from the device. NEVER_US: something
 * does. */
int64_t typ_from(const struct judge *judge, const struct typ_pair *pair, uint32_t device,
                 int64_t at_us);
/* Whether another node than this one heard a start so shortly before that it may still be told. */
bool typ_crossed(const struct judge *judge, const struct typ_pair *pair, uint16_t node,
                 int64_t at_us);
/* The device was told a start by its node, on the connection that it has, and nothing that ends it since. */
bool typ_waits(struct judge *judge, const struct typ_view *view);
/* Whether the device was shown all that this person wrote there: what that ended is over for it. */
bool typ_has_messages(struct judge *judge, const struct typ_pair *pair, uint32_t device);

#endif
