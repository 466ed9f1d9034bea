/* See reach.h. */
#include "sim/explore/reach.h"

#include "sim/explore/scenario_form.h"

#define FEW 3 /* a batch so small that one is not enough now and then */

#define BIT(kind) (UINT64_C(1) << (kind))
enum { /* what ends connections, streams to Redis, clocks' agreement */
       OF_CLIENTS = BIT(FAULT_DISCONNECT_CLEAN) | BIT(FAULT_DISCONNECT_ABRUPT) |
                    BIT(FAULT_HALF_OPEN) | BIT(FAULT_APP_KILL) | BIT(FAULT_CLIENT_CUT) |
                    BIT(FAULT_NODE_CRASH) | BIT(FAULT_NODE_DRAIN),
       OF_REDIS = BIT(FAULT_REDIS_CUT) | BIT(FAULT_REDIS_RESTART),
       OF_GAPS = OF_REDIS | BIT(FAULT_NODE_CRASH),
       OF_CLOCKS = BIT(FAULT_CLOCK_OFFSET) | BIT(FAULT_CLOCK_JUMP),
       OF_LIVES = BIT(FAULT_NODE_CRASH) | BIT(FAULT_NODE_DRAIN),
};

/* What a point needs beside one of its faults. */
enum need {
    NOTHING,
    NEVER,    /* nobody in a scenario does what leads there */
    SEVERAL,  /* people in several rooms */
    NODES,    /* more than one node */
    POSTERS,  /* people who write by HTTP */
    SKEW,     /* clocks that differ by more than is taken */
    SILENCE,  /* more than a lease long */
    ASLEEP,   /* a pause of more than a lease */
    PRESENCE, /* who is online is kept */
    CROWD,    /* the same, and rooms of more members than are told it */
    FEW_ROWS, /* each of these: the batch is small */
    FEW_HELD,
    FEW_PEERS,
    FEW_NAMED,
    FEW_HEADS,
    FEW_USERS,
    TOKENS,   /* they end */
    REFRESHES /* and are refreshed */
};

static const struct {
    uint64_t faults; /* one of them; 0: it needs none */
    enum need need;
} points[NOTE_COUNT] = {
    [NOTE_READY] = {0, NOTHING},
    [NOTE_NOT_READY] = {BIT(FAULT_NODE_DRAIN), NOTHING},
    [NOTE_HELLO_REFUSED] = {0, NEVER}, /* one that comes within the instant of a drain: too rare */
    [NOTE_BAD_FRAME] = {0, NEVER},
    [NOTE_TOKEN_REFUSED] = {0, TOKENS},
    [NOTE_SEND_DUPLICATE] = {BIT(FAULT_DB_UNKNOWN) | BIT(FAULT_HALF_OPEN), NOTHING},
    [NOTE_SEND_UNKNOWN] = {BIT(FAULT_DB_UNKNOWN), NOTHING},
    [NOTE_SEND_GAVE_UP] = {0, NEVER}, /* five unknown outcomes in a row: too rare to ask for */
    [NOTE_DB_RETRY] = {BIT(FAULT_DB_REFUSE), NOTHING},
    [NOTE_HLC_SKEW] = {OF_CLOCKS, SKEW},
    [NOTE_HLC_LIFTED] = {OF_CLOCKS, NODES},
    [NOTE_GAP] = {OF_GAPS, NODES},
    [NOTE_REPAIRED] = {OF_GAPS, NODES},
    [NOTE_DUPLICATE] = {OF_GAPS, NODES},
    [NOTE_HELD] = {OF_GAPS, NODES},
    [NOTE_RESUBSCRIBED] = {OF_REDIS, NOTHING},
    [NOTE_SUBSCRIPTIONS_LOST] = {OF_REDIS, NOTHING},
    [NOTE_REDIS_CONNECTED] = {0, NOTHING},
    [NOTE_REDIS_DISCONNECTED] = {OF_REDIS, NOTHING},
    [NOTE_PUBLISH_FAILED] = {OF_REDIS, NOTHING},
    [NOTE_PUBLICATION_BAD] = {0, NEVER},
    [NOTE_ANNOUNCE_GAP] = {OF_REDIS, NODES},
    [NOTE_PEER_SILENT] = {OF_GAPS, SILENCE},
    [NOTE_COMPARED] = {OF_GAPS, NOTHING},
    [NOTE_RESUME_TAIL] = {OF_CLIENTS, NOTHING},
    [NOTE_RESUME_SYNC] = {OF_CLIENTS, NOTHING},
    [NOTE_SYNC_PAGE] = {OF_CLIENTS, NOTHING},
    [NOTE_CURSOR_REFUSED] = {0, NEVER},
    [NOTE_CONN_SILENT] = {BIT(FAULT_HALF_OPEN), NOTHING},
    [NOTE_RATE] = {0, NEVER},
    [NOTE_HTTP] = {0, POSTERS},
    [NOTE_DRAINING] = {BIT(FAULT_NODE_DRAIN), NOTHING},
    [NOTE_DRAINED] = {BIT(FAULT_NODE_DRAIN), NOTHING},
    [NOTE_ENTRY_UNKNOWN] = {0, NEVER},
    [NOTE_ROW_BAD] = {0, NEVER},
    [NOTE_FENCED] = {BIT(FAULT_NAME_TAKEN), NOTHING},
    [NOTE_REDIS_AWAY] = {OF_REDIS, NOTHING},
    [NOTE_HELD_FULL] = {OF_GAPS, FEW_HELD},
    [NOTE_ANNOUNCE_ALL] = {0, FEW_NAMED},
    [NOTE_PEERS_FULL] = {0, FEW_PEERS},
    [NOTE_REPAIR_ON] = {OF_GAPS, FEW_ROWS},
    [NOTE_HEADS_SPLIT] = {OF_GAPS, FEW_HEADS},
    [NOTE_USERS_SPLIT] = {OF_REDIS, FEW_USERS},
    [NOTE_SYNC_ROOMS] = {OF_CLIENTS, SEVERAL},
    [NOTE_CURSOR_ROOMS] = {OF_CLIENTS, SEVERAL},
    [NOTE_SENDS_ROOMS] = {0, SEVERAL},
    [NOTE_SEEN_TAKEN] = {OF_CLOCKS, NODES},
    [NOTE_PRESENCE_LIFE_ENDED] = {OF_LIVES, PRESENCE},
    [NOTE_PRESENCE_CROWD] = {0, CROWD},
    [NOTE_TOO_MANY] = {0, NEVER},
    [NOTE_TYPISTS] = {0, NEVER},      /* 256 in one room at one time */
    [NOTE_TYPING_WAITS] = {0, NEVER}, /* 8 of one connection, each to somebody new */
    [NOTE_STAMP_TAKEN] = {0, NEVER},  /* two lives of one name at once */
    [NOTE_NAME_TAKEN] = {BIT(FAULT_NAME_TAKEN), NOTHING},
    [NOTE_REDIS_REFUSED] = {0, NEVER},
    [NOTE_REDIS_MUTE] = {0, NEVER},
    [NOTE_PEER_UNHEARD] = {0, NEVER},
    [NOTE_TOKEN_OVER] = {0, TOKENS},
    [NOTE_TOKEN_REFRESHED] = {0, REFRESHES},
    [NOTE_REFRESH_REFUSED] = {0, REFRESHES},
    [NOTE_REVOKED] = {BIT(FAULT_REVOKE), NOTHING},
    [NOTE_WOKE] = {BIT(FAULT_NODE_PAUSE), ASLEEP},
    [NOTE_OTHER_INSTALLATION] = {0, NEVER},
    [NOTE_FOREIGN] = {BIT(FAULT_REDIS_STRANGER), NOTHING},
    [NOTE_FORGED] = {BIT(FAULT_REDIS_STRANGER), NOTHING},
    [NOTE_REPLAYED] = {BIT(FAULT_REDIS_STRANGER), NOTHING},
};

static bool several(const struct form *form)
{
    for (uint32_t i = 0; i < form->rooms_per_person.len; i++) {
        if (form->rooms_per_person.items[i].rooms.high > 1) {
            return true;
        }
    }
    return form->rooms * form->members_per_room > form->clients / form->devices_per_user;
}

/* The least value that a parameter of the nodes may have. */
static int64_t least_of(const struct form *form, size_t offset)
{
    size_t i = 0;
    while (node_params[i].offset != offset) {
        i++;
    }
    return form->params[0][i].low;
}
static int64_t least_of_client(const struct form *form, size_t offset)
{
    size_t i = 0;
    while (client_params[i].offset != offset) {
        i++;
    }
    return form->params[1][i].low;
}
#define LEAST(form, field) least_of(form, offsetof(struct node_params, field))

/* The greatest that two clocks may differ by, by one fault of each kind, in milliseconds. */
static int64_t clocks_differ_ms(const struct form *form)
{
    int64_t low = 0;
    int64_t high = 0;

    for (uint32_t i = 0; i < form->faults_len; i++) {
        const struct fault_spec *spec = &form->faults[i];
        if ((BIT(spec->kind) & OF_CLOCKS) != 0 && spec->chance > 0) {
            low = spec->amount.low < low ? spec->amount.low : low;
            high = spec->amount.high > high ? spec->amount.high : high;
        }
    }
    return high - low;
}

/* One of these faults may. */
static bool lasts_beyond_lease(const struct form *form, uint64_t faults)
{
    for (uint32_t i = 0; i < form->faults_len; i++) {
        const struct fault_spec *spec = &form->faults[i];
        if ((BIT(spec->kind) & faults) != 0 && spec->chance > 0 &&
            spec->for_us.high > 2 * LEAST(form, lease_us)) {
            return true;
        }
    }
    return false;
}

/* Of a room, on the average, in thousandths. */
static int64_t members_permille(const struct form *form)
{
    const int64_t users = form->clients / form->devices_per_user;
    int64_t seats = 0; /* of 1000 people, twice */

    if (form->rooms_per_person.len == 0) {
        return 1000 * form->members_per_room;
    }
    for (uint32_t i = 0; i < form->rooms_per_person.len; i++) {
        const struct rooms_share *share = &form->rooms_per_person.items[i];
        seats += share->permille * (share->rooms.low + share->rooms.high);
    }
    return users * seats / 2 / form->rooms;
}

static bool has(const struct form *form, enum need need)
{
    switch (need) {
    case NOTHING:
        return true;
    case NEVER:
        return false;
    case SEVERAL:
        return several(form);
    case NODES:
        return form->nodes > 1;
    case POSTERS:
        return form->posters > 0;
    case SKEW:
        return form->nodes > 1 && clocks_differ_ms(form) > 2 * LEAST(form, skew_max_ms);
    case SILENCE:
        return form->nodes > 1 && lasts_beyond_lease(form, OF_GAPS);
    case TOKENS:
        return least_of_client(form, offsetof(struct client_params, token_us)) > 0;
    case REFRESHES:
        return least_of_client(form, offsetof(struct client_params, token_us)) > 0 &&
               least_of_client(form, offsetof(struct client_params, token_refresh_us)) > 0;
    case ASLEEP:
        return lasts_beyond_lease(form, BIT(FAULT_NODE_PAUSE));
    case PRESENCE:
        return LEAST(form, presence) != 0;
    case CROWD:
        return LEAST(form, presence) != 0 &&
               members_permille(form) > 1000 * LEAST(form, presence_room_max);
    case FEW_ROWS:
        return form->nodes > 1 && LEAST(form, repair_rows) <= FEW;
    case FEW_HELD:
        return form->nodes > 1 && LEAST(form, held_entries) <= FEW;
    case FEW_PEERS:
        return form->nodes - 1 > LEAST(form, peers);
    case FEW_NAMED:
        return form->rooms > LEAST(form, announce_rooms) && LEAST(form, announce_rooms) <= FEW;
    case FEW_HEADS:
        return form->rooms > LEAST(form, heads_rooms);
    case FEW_USERS:
        return form->clients / form->devices_per_user / form->nodes > LEAST(form, reread_users);
    }
    HB_UNREACHABLE("a need of no kind");
}

struct reach reach_of(const struct scenario *scenario, bool small)
{
    const struct form *form = small ? &scenario->small : &scenario->full;
    struct reach reach = {.faults = 0};

    for (uint32_t i = 0; i < form->faults_len; i++) {
        reach.faults |= form->faults[i].chance > 0 ? BIT(form->faults[i].kind) : 0;
    }
    for (int i = 0; i < NOTE_COUNT; i++) {
        const bool by_fault = points[i].faults == 0 || (points[i].faults & reach.faults) != 0;
        reach.points[i] = by_fault && has(form, points[i].need);
    }
    return reach;
}

struct reach reach_of_run(const struct tally *tally)
{
    struct reach reach = {.faults = 0};

    HB_ASSERT(tally->points_len <= NOTE_COUNT);
    for (size_t i = 0; i < tally->points_len; i++) {
        reach.points[i] = tally->points[i].count > 0;
    }
    for (size_t i = 0; i < tally->faults_len; i++) {
        reach.faults |= tally->faults[i].mattered > 0 ? BIT(i) : 0;
    }
    return reach;
}
