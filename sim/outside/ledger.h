/* What is known of a recording so far: who was there, what was written, who showed what.
 *
 *   user --1:n-- device --seat-- room --1:n-- message
 *
 * A seat is one device in one room: what it has shown there and knows of. A message is kept whole
 * while somebody is still expected to show it, and the KEPT_MAX younger ones after it; of an older
 * one the name and its number in the room remain, KEYS_MAX of them, so that it is known when it
 * comes again. Everything else is forgotten: memory follows what is alive.
 *
 * All numbers are indices, in order of first sight. NONE: nobody, nothing. */
#ifndef HUBBUB_SIM_OUTSIDE_LEDGER_H
#define HUBBUB_SIM_OUTSIDE_LEDGER_H

#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/protocol/vclock.h"
#include "sim/check/check.h"
#include "sim/outside/index.h"
#include "sim/outside/profile.h"
#include "sim/outside/spans.h"
#include "sim/recording/recorded.h"

#define NONE        UINT32_MAX
#define KEPT_MAX    65536      /* messages that nobody waits for, whole */
#define KEYS_MAX    (1u << 20) /* names of older ones */
#define WRITTEN_MAX 64 /* own messages whose neighbours are looked for when acks come late */
#define SIGHTS_MAX  12 /* lines of a seat that a finding can show */
#define LABEL_MAX   40 /* bytes of a text in a finding */

/* When a line was written down, by whose clock. Of two lines of one recorder the order is known; of
 * two recorders' only if their clocks' uncertainties leave no doubt. */
struct instant {
    int64_t at_us;
    uint64_t serial; /* of the line, from 1; 0: never */
    uint32_t source;
};

struct source { /* a recorder */
    int64_t uncertain_us;
    int64_t end_us; /* its last line */
};

struct room_member { /* a user with all devices, present and to come */
    uint32_t room;
    struct instant since;
};

struct user {
    uint32_t *devices;
    uint32_t devices_len, devices_cap;
    struct room_member *rooms;
    uint32_t rooms_len, rooms_cap;
};

struct device {
    uint32_t user;
    bool up;
    bool
        told; /* its ups and downs are recorded; else it is there from its first line to its last */
    struct instant up_since, last;
    uint64_t hlc_max; /* shown, in any room */
    uint32_t *seats;
    uint32_t seats_len, seats_cap;
};

struct room {
    uint32_t *seats; /* of all who ever were there */
    uint32_t seats_len, seats_cap;
    uint32_t *members; /* by slot: the seats of who is there now; NONE: a free slot */
    uint32_t members_len, members_cap;
    uint32_t *free_slots;
    uint32_t free_len, free_cap;
    uint32_t open_first, open_last; /* accepted messages that somebody is expected to show */
    uint64_t numbers;               /* of messages so far */
    uint64_t places;                /* given out, in the one order of the room (places.h) */
    uint32_t last_accepted;         /* message, and its serial */
    uint64_t last_accepted_serial;
};

struct message_ref { /* to a message that may have been forgotten since */
    uint32_t message;
    uint64_t serial;
};

struct sight { /* one line of a seat, for findings */
    int64_t at_us;
    enum record_verb verb;
    char label[LABEL_MAX + 1];
};

struct seat {
    uint32_t device, room;
    uint32_t slot; /* in room->members; NONE: it is no member */
    bool member, left;
    struct instant since; /* of being a member */
    struct spans shown;   /* numbers of messages */
    struct message_ref last;
    int64_t seq_max;  /* shown; RECORD_SEQ_NONE: none */
    uint64_t hlc_max; /* shown */
    struct message_ref seq_max_of;
    struct instant written_last; /* of all that was shown here, the latest written ... */
    struct message_ref written_last_of;
    struct vclock knows;  /* what was shown and written here, with what that came from */
    struct vclock direct; /* of each writer, the greatest number shown here */
    uint64_t writes;
    uint32_t write_first, write_last; /* own messages that are not settled, in order */
    struct message_ref *written;      /* by number % written_cap, which grows to WRITTEN_MAX */
    uint32_t written_cap;
    struct sight *sights; /* grow to SIGHTS_MAX */
    uint32_t sights_cap;
    uint32_t sights_len; /* ever; the latest stand at number % SIGHTS_MAX */
};

enum message_flag {
    MESSAGE_SENT = 1,
    MESSAGE_ACKED = 2,
    MESSAGE_SEEN = 4,       /* by any device */
    MESSAGE_SEEN_OTHER = 8, /* by one that is not its writer's */
    MESSAGE_REFUSED = 16,
    MESSAGE_DOUBTFUL = 32, /* its name was given to something else as well: nothing is judged */
    MESSAGE_ACCEPTED = 64, /* acked, or seen by another: from here on it must not be lost */
    MESSAGE_SETTLED = 128, /* nobody is expected to show it any more */
    MESSAGE_TEXT = 256,    /* its text is known */
    MESSAGE_WRITTEN_TEXT = 512, /* ... from its writer's line */
    MESSAGE_BY_TEXT = 1024,     /* its text is its only name */
    MESSAGE_OVERDUE = 2048,     /* those who were connected all the time have been told as late */
};

#define MESSAGE_KEYS_MAX 4

struct message {
    uint64_t serial;                 /* 0: this place is free */
    uint64_t number;                 /* in its room, from 1 */
    uint64_t keys[MESSAGE_KEYS_MAX]; /* in the index */
    uint32_t keys_len;
    uint32_t flags;
    uint32_t room, writer; /* seat; NONE: not known */
    uint32_t writer_user;
    uint64_t entity, count; /* how vector clocks know it: count-th of this entity */
    struct vclock knows;    /* what its writer knew */
    uint64_t named;         /* key of the name that the server gave it; 0: not said */
    uint64_t content;       /* key of its text */
    int64_t seq, acked_seq;
    uint64_t acked_named, acked_hlc;
    uint64_t hlc, hlc_below; /* its stamp has to be above the second */
    struct instant sent, acked, seen, accepted;
    uint64_t *expected; /* by slot: who is to show it; NULL: nobody */
    uint32_t expected_slots, expected_len;
    uint32_t open_before, open_after;   /* in room->open */
    uint32_t write_before, write_after; /* in the writer's */
    uint32_t edge_out, edge_in;         /* places.h */
    uint64_t place, mark;
    char label[LABEL_MAX + 1];
};

struct edge {              /* shown one directly after the other */
    uint32_t from, to, by; /* messages, seat */
    uint32_t next_out, next_in;
};

struct visit {
    uint32_t message, by; /* the edge that led to it */
    uint32_t parent;      /* visit that it was found from */
};

struct visits {
    struct visit *items;
    uint32_t len, cap;
};

struct due {
    struct message_ref of;
    int64_t at_us;
};

/* --- Findings: finding.h --- */

#define FINDING_PEOPLE_MAX 3
#define FINDINGS_KEPT_EACH 8
#define FINDINGS_KEPT_MAX  64

struct finding_sight {
    uint32_t person; /* index into people */
    struct sight sight;
};

struct finding {
    enum invariant invariant;
    int64_t at_us;
    uint64_t line; /* of the recorder, from 1 */
    uint32_t source;
    char summary[480];
    uint32_t room;
    uint32_t people[FINDING_PEOPLE_MAX]; /* devices: who saw it first */
    uint32_t people_len;
    struct finding_sight sights[FINDING_PEOPLE_MAX * SIGHTS_MAX]; /* in the order of time */
    uint32_t sights_len;
};

/* What lines said, for evidence. */
enum said {
    SAID_SENT = 1,
    SAID_ACKED = 2,
    SAID_SAW = 4,
    SAID_SEQ = 8,
    SAID_HLC = 16,
    SAID_FROM = 32,
    SAID_CLIENT = 64,
    SAID_TEXT = 128,
    SAID_UP = 256,
    SAID_ACK_NAMES = 512, /* an ack that says an id or a seq */
};

/* What was left out, and why: each is told. */
enum omitted {
    OMITTED_DOUBTFUL, /* messages whose name stands for two */
    OMITTED_OLD,      /* shown again after so long that nothing is known of it */
    OMITTED_NO_UP,    /* expected of devices whose connection nobody recorded */
    OMITTED_CUT,      /* too close to the recording's end */
    OMITTED_TANGLED,  /* sights whose order was too costly to look at */
    OMITTED_COUNT
};

struct ledger {
    struct profile profile;
    struct source *sources;
    uint32_t sources_len, sources_cap;
    int64_t uncertain_max_us;
    struct interner user_names, device_names, room_names;
    struct user *users;
    uint32_t users_len, users_cap;
    struct device *devices;
    uint32_t devices_len, devices_cap;
    struct room *rooms;
    uint32_t rooms_len, rooms_cap;
    struct seat *seats;
    uint32_t seats_len, seats_cap;
    struct index seat_index; /* device and room -> seat */
    struct message *messages;
    uint32_t messages_len, messages_cap;
    uint32_t *free_messages;
    uint32_t free_len, free_cap;
    struct index names;       /* key -> message, or REMEMBERED | number in its room */
    struct message_ref *kept; /* a ring, oldest first: all messages */
    uint64_t kept_from, kept_to, kept_cap;
    uint64_t *old_keys; /* a ring of KEYS_MAX */
    uint64_t old_keys_count;
    uint32_t open_count;
    struct edge *edges;
    uint32_t edges_len, edges_cap;
    uint32_t edge_free;
    struct visits after, before; /* places.c's own */
    uint64_t mark;
    struct due *due; /* a queue */
    uint64_t due_from, due_len, due_cap;
    uint64_t message_serials;
    struct instant now;
    uint64_t line; /* of now's recorder */
    uint32_t said;
    uint64_t judged[INVARIANT_COUNT], violated[INVARIANT_COUNT];
    int64_t used_us; /* the longest that a message needed, where there is a bound */
    uint64_t omitted[OMITTED_COUNT];
    struct finding *findings;
    size_t findings_len, findings_cap;
};

#define REMEMBERED (UINT64_C(1) << 63)

void ledger_deinit(struct ledger *ledger);

/* Whatever the clocks: the first was before the second. */
bool surely_before(const struct ledger *ledger, struct instant first, struct instant second);
/* The span of true time in which it happened, if other recorders' lines are compared with it. */
int64_t instant_earliest(const struct ledger *ledger, struct instant instant);
int64_t instant_latest(const struct ledger *ledger, struct instant instant);

/* NULL if it has been forgotten. */
struct message *message_of(struct ledger *ledger, struct message_ref ref);
struct message_ref message_ref_to(const struct ledger *ledger, const struct message *message);

#endif
