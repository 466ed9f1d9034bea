/* The people whose presence this node knows: who of them is connected here, who is told of them.
 *
 * A person is kept while somebody is connected here as them, a connection here watches them, or a room
 * with local members has them; and while Redis is asked about them. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_PEOPLE_H
#define HUBBUB_SERVER_NODE_PRESENCE_PEOPLE_H

#include "server/node/bus.h"
#include "server/node/presence_record.h"
#include "server/node/room.h"
#include "server/node/session.h"
#include "server/node/state.h"

#define PRESENCE_LIFE_BYTES (NODE_ID_BYTES_MAX + 1 + 20 + 1 + 20)

struct person_conn {  /* a connection here; it outlives its session by the grace */
    uint64_t number;  /* of this life */
    uint32_t session; /* INDEX_NONE: it ended */
    struct mono ended;
    enum presence_status status;
    enum presence_kind kind;
    int64_t active_ms;           /* when it said something last: to end is not to be active */
    int64_t left_ms;             /* when its session ended */
    char room[ID_BYTES_MAX + 1]; /* "": none */
    bool counted;                /* it was seen to be within what a user may have */
    bool gone, removed;          /* it counts no more; the transaction under way says so */
};

enum person_asked { PERSON_IDLE, PERSON_READING, PERSON_SAYING, PERSON_FOLDING };

struct person {
    uint32_t index;
    char channel[CHANNEL_BYTES_MAX + 1];
    struct text name; /* within `channel` */
    bool followed;    /* its channel is wanted */

    /* What is shown. */
    bool loaded;
    struct presence shown; /* its texts are these: */
    char room[ID_BYTES_MAX + 1];
    char custom[CUSTOM_BYTES_MAX + 1];

    /* Who is told, beside those who are connected as them. */
    struct u32_list rooms; /* by index */
    struct session_ref *watchers;
    uint32_t watchers_len, watchers_cap;

    /* Who is connected here as them. */
    struct person_conn *conns;
    uint32_t conns_len, conns_cap;
    bool choice_known;
    bool choice_fresh;  /* read from the database since Redis last had their record */
    bool choice_unsaid; /* Redis may not have it, and nobody is connected here who would say it */
    struct record_choice choice; /* the greatest known; its text is: */
    char choice_custom[CUSTOM_BYTES_MAX + 1];

    /* What is asked of Redis. */
    enum person_asked asked;
    bool queued;         /* in people->queue */
    bool beating;        /* in people->beats */
    bool again;          /* something changed since it was asked */
    uint32_t checks;     /* reads of the database that name them */
    uint32_t choices;    /* of these: of what they chose */
    struct mono checked; /* the last answer */
    struct mono begun;   /* when this node began their record anew, which Redis had lost */
    struct mono clean;   /* the last that named no connection which counts no more */
    struct mono missed;  /* since when Redis knows nothing of them; MONO_NEVER */
    uint32_t
        replies_before;     /* in front of the fields, in the answer of the transaction under way */
    struct presence saying; /* FOLDING: what was just written; texts: */
    char saying_room[ID_BYTES_MAX + 1];
    char saying_custom[CUSTOM_BYTES_MAX + 1];
    uint64_t folds; /* in a row */
};

struct presence_list { /* what one request asks for */
    struct session_ref session;
    int64_t since_ms; /* -1: who is there now */
    struct u32_list people;
    uint32_t at;                 /* those before it are known */
    char next[ID_BYTES_MAX + 1]; /* behind whom another page begins; "": nowhere */
};

struct people {
    struct interner names;
    struct person **items;
    uint32_t items_len, items_cap;
    struct u32_list unsure; /* whose choice is to be read: Redis may not know the last one */
    struct u32_list queue;  /* whom Redis is to be asked about: something changed */
    struct u32_list beats;  /* and of whom nothing is known to have: they come after those */
    uint32_t asking;        /* under way */
    int64_t beat_share;     /* of a heartbeat, what the last ticks left over: people times us */
    uint32_t beat_next;     /* whom the heartbeat comes to next */
    uint64_t telling;       /* grows with each telling: who was told has it */
    bool stale;             /* clients were told that nothing new is heard */
    uint64_t generation;    /* of this life: grows when its lease ran out */
    struct mono settled;    /* since when Redis is well */
    bool lease_over;        /* the node goes: nothing is said any more */
    struct mono lease_said; /* this life's, the last time */
    struct mono leased; /* when that was said which Redis confirmed last: from then on it held */
    uint32_t lives_named;
    struct presence_life { /* of another node, or an older one of this */
        uint32_t id;
        char life[PRESENCE_LIFE_BYTES + 1];
        uint32_t node_len;  /* of it, the node's name */
        struct mono missed; /* since when it has no lease; MONO_NEVER: it has one */
        struct mono ended;  /* MONO_NEVER: its connections count */
        bool seen;
        bool looked; /* its lease was asked for once */
        char *url;   /* public address of a life whose lease lives; NULL: none; owned */
    } * lives;
    uint32_t lives_len, lives_cap;
    bool lives_read;              /* once */
    bool routes;                  /* each lease was looked at once */
    struct presence_ring *ring;   /* of public addresses; owned */
    bool ring_old;                /* it is not of these lives any more */
    struct u32_list room_list;    /* rooms whose people are known, or are being read */
    struct presence_list **lists; /* requests that wait for people to be known; owned */
    uint32_t lists_len, lists_cap;
};

struct people *people_new(void) HB_MUST_USE;
void people_free(struct people **people);

/* "<node>.<incarnation>-<generation>": a node whose lease ran out begins another generation, so that what the
 * others remove of the old one is never what it says now. */
struct text people_life(const struct node *node, char store[PRESENCE_LIFE_BYTES + 1]);
/* Whether its connections count no more. */
bool people_life_ended(const struct node *node, struct text life);

/* Whether this life has a lease: nothing is said in a life without. */
bool people_leased(const struct node *node);

struct person *person_add(struct node *node, struct text name);
struct person *person_find(struct node *node, struct text name); /* NULL: not known here */
/* Redis is to be asked about them, or told: at the end of this step, or when what is under way is done. */
void person_queue(struct node *node, struct person *person);
/* The same for a heartbeat, which waits for all that is queued. */
void person_beat(struct node *node, struct person *person);
/* How many connections here count: open ones, and those within their grace. */
uint32_t person_conns(const struct person *person);
bool person_needed(const struct person *person);
void person_forget(struct node *node, struct person *person);

/* Copies what is shown into `to`, with the texts into the two places. */
void presence_copy(struct presence *to, const struct presence *from, char room[ID_BYTES_MAX + 1],
                   char custom[CUSTOM_BYTES_MAX + 1]);

#endif
