/* Who there is: the connections of each person, what they say and choose, and so what others may be shown.
 *
 *   conn      open --welcome--> there --close or gone--> as before for the grace --> over
 *   status    possible are: what the connections that are there for certain come to, and each that may be
 *             there beside them; under each choice that may be the last
 *   choice    committed at some time between its being said and its being settled: it puts an end to those
 *             that were settled before it was said; one whose connection ended with it is never certain,
 *             nor one whose node was on no way to Redis from then until it went
 *
 * All that may be shown has an end, NEVER_US while it may hold: what was true until then may be shown for as
 * long as it takes to tell, and no longer. */
#ifndef HUBBUB_SIM_CHECK_PRE_PEOPLE_H
#define HUBBUB_SIM_CHECK_PRE_PEOPLE_H

#include "server/protocol/frame_presence.h"
#include "sim/check/table.h"
#include "sim/check/truth.h"

struct pre_conn {
    int64_t value;
    int64_t open_us, live_us; /* its welcome; NEVER_US: not yet */
    int64_t ended_us;         /* for whoever noticed first; NEVER_US */
    int64_t gone_us;          /* for its node; NEVER_US */
    int64_t said_us;          /* the last time that it said something; INT64_MIN */
    uint32_t device, room;
    uint16_t node;
    uint8_t status; /* as it said last */
    uint8_t
        before; /* one bit for each status that it may have for its node, if that did not hear it */
    bool unheard;   /* what it said last may have been lost */
    bool arrived;   /* its node has heard of it */
    bool lost_room; /* nor the room that it said */
    bool crashed;   /* its node went before it could say that it ended */
};

struct pre_choice { /* one value of one kind */
    int64_t value;
    int64_t from_us, by_us; /* committed in between; by_us NEVER_US: not settled */
    int64_t until_us;
    uint32_t serial; /* of the frame that said it */
    uint32_t device; /* and the connection: */
    int64_t connection;
    bool lost; /* nobody knows whether it was committed, or its node told nobody */
};

enum pre_kind { PRE_STATUS, PRE_LINE, PRE_QUIET, PRE_KINDS };
#define PRE_NOT_CHOSEN   (-1)
#define PRE_CHOICES_KEPT 16 /* beside those that may hold */
#define PRE_CHANGES_KEPT 16

struct pre_said { /* a frame with choices that is not settled */
    int64_t from_us, value;
    uint32_t serial, device;
    uint16_t node;
};

struct pre_place { /* a room that they may be in; NONE: none */
    int64_t until_us;
    uint32_t room;
};

struct pre_stay { /* in a room */
    int64_t joined_us;
    int64_t left_us; /* NEVER_US: is in it */
    uint64_t joined; /* with this seq */
    uint32_t room;
};

struct pre_person {
    struct pre_conn *conns;
    uint32_t conns_len, conns_cap;
    struct pre_choice *choices[PRE_KINDS];
    uint32_t choices_len[PRE_KINDS], choices_cap[PRE_KINDS];
    struct pre_said *said;
    uint32_t said_len, said_cap;
    struct pre_place *places;
    uint32_t places_len, places_cap;
    struct pre_stay *stays;
    uint32_t stays_len, stays_cap;
    int64_t until_us[PRESENCE_STATUS_COUNT]; /* of each status; INT64_MIN: was never possible */
    int64_t due_us;                          /* when they are looked at next; NEVER_US */
    int64_t views_us;                        /* when what others show of them is; NEVER_US */
    int64_t changed_us;                      /* the last time that anything of them changed */
    int64_t there_us;  /* the last end of a connection that was there for certain; INT64_MIN */
    int64_t last_us;   /* when any may have been there last */
    int64_t absent_us; /* until when they may have been offline before they were this time */
    uint64_t changes;  /* so often; the last of them: */
    int64_t changed_at_us[PRE_CHANGES_KEPT]; /* by their number, modulo this */
    uint64_t counted;                        /* connections: for certain << 32, and at most */
    int64_t seen_ms;                         /* the greatest that anybody was told of them */
    uint64_t
        company; /* grows when somebody comes into a room that is not too large, or leaves it, with them */
    int64_t
        moved_us; /* what may be shown has changed since the views were looked at, then or later; NEVER_US */
    bool listed, recorded;
};

struct pre_room {
    uint32_t *members; /* who ever was in it */
    uint32_t members_len, members_cap;
    int64_t count;      /* now */
    int64_t crowded_us; /* the last time that it had too many; INT64_MIN */
};

struct pre_truth {
    struct table people; /* by user */
    struct table rooms;
    uint32_t serial;
    int64_t ahead_least_ms, ahead_most_ms; /* of true time, of all walls that were seen */
    bool wall_seen;
    struct pre_views *views;
};

void pre_people_init(struct judge *judge);
void pre_people_deinit(struct judge *judge);

struct pre_person *pre_person(struct judge *judge, uint32_t user); /* NULL: no such user */
struct pre_conn *pre_conn(struct pre_person *person, uint32_t device, int64_t value); /* NULL */
void pre_person_changed(struct pre_person *person, int64_t at_us);
/* What others show of them may be too old, by something that was so until `since_us`; INT64_MIN: at once. */
static inline void pre_person_moved(struct pre_person *person, int64_t since_us)
{
    person->moved_us = earlier(person->moved_us, since_us);
}
/* How often they had changed before `at_us`; more, where the last ones that are kept do not reach back to it. */
uint64_t pre_person_changes(const struct pre_person *person, int64_t at_us);
struct pre_room *pre_room(struct judge *judge, uint32_t room);

/* OBS_MEMBER. */
void pre_member(struct judge *judge, const struct obs *obs);
/* Until when the two can be in one room, as the log has it; NEVER_US: they are; INT64_MIN: never were.
 * `room` NONE: any. */
int64_t pre_together_until(struct judge *judge, uint32_t a, uint32_t b);
int64_t pre_member_until(struct judge *judge, uint32_t user, uint32_t room);
/* Since when they are members of one room that is not too large; NEVER_US: of none. */
int64_t pre_together_since(struct judge *judge, uint32_t a, uint32_t b);
/* The last joining of either that made them members of one room; NULL: there was none. */
const struct pre_stay *pre_met(struct judge *judge, uint32_t a, uint32_t b);

#endif
