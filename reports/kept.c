/* See kept.h. */
#include "reports/kept.h"

#include "server/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MAX     200000
#define AFTERMATH_US (2 * SECOND)

void keep_init(struct keep *keep, const struct violation *violation)
{
    *keep = (struct keep){.violation = violation, .shown_first_us = INT64_MAX};
}

void keep_deinit(struct keep *keep)
{
    for (size_t i = 0; i < keep->len; i++) {
        free(keep->items[i].text);
    }
    free(keep->items);
    free(keep->user_of);
    u64map_deinit(&keep->sends);
    u64map_deinit(&keep->members);
    *keep = (struct keep){.violation = NULL};
}

uint32_t keep_user(const struct keep *keep, uint32_t device)
{
    return device < keep->users_cap ? keep->user_of[device] : OBS_NONE;
}

static void learn_device(struct keep *keep, const struct obs *obs)
{
    while (obs->device != OBS_NONE && obs->device >= keep->users_cap) {
        const size_t cap = keep->users_cap > 0 ? keep->users_cap * 2 : 64;
        keep->user_of = hb_realloc(keep->user_of, cap * sizeof *keep->user_of);
        for (size_t i = keep->users_cap; i < cap; i++) {
            keep->user_of[i] = OBS_NONE;
        }
        keep->users_cap = cap;
    }
    if (obs->device != OBS_NONE) {
        keep->user_of[obs->device] = obs->user;
    }
}

/* --- What concerns it -------------------------------------------------------------------------------- */

bool keep_involves(const struct keep *keep, uint32_t device)
{
    const struct violation *violation = keep->violation;

    for (uint32_t i = 0; i < violation->devices_len; i++) {
        if (violation->devices[i] == device) {
            return true;
        }
    }
    return device != OBS_NONE && violation->user != OBS_NONE &&
           keep_user(keep, device) == violation->user;
}

bool keep_of_node(const struct keep *keep)
{
    const struct violation *violation = keep->violation;

    return violation->devices_len == 0 && violation->room == OBS_NONE &&
           violation->user == OBS_NONE && violation->node != OBS_NODE_NONE;
}

bool keep_is_near(const struct keep *keep, uint32_t room, uint64_t seq)
{
    const struct violation *violation = keep->violation;

    return violation->room != OBS_NONE && room == violation->room && violation->seq_high > 0 &&
           seq + KEPT_AROUND >= violation->seq_low && seq <= violation->seq_high + KEPT_AROUND;
}

bool keep_family(const struct keep *keep, const char *family)
{
    return !keep->died && strncmp(invariant_info(keep->violation->invariant)->id, family, 3) == 0;
}

static bool of_members(const struct keep *keep, uint32_t device)
{
    const uint32_t user = keep_user(keep, device);
    return user != OBS_NONE && u64map_get(&keep->members, user, NULL);
}

uint32_t keep_author(const struct keep *keep, const struct obs *obs)
{
    return obs->device != OBS_NONE ? keep_user(keep, obs->device) : obs->user;
}

static uint64_t message_key(uint64_t client_id, uint32_t author)
{
    return client_id + author * UINT64_C(0x9e3779b97f4a7c15);
}

/* A stamp does not say whose message it is for. */
static bool of_message(const struct keep *keep, const struct obs *obs)
{
    const uint32_t author = keep_author(keep, obs);

    return obs->client_id != 0 &&
           (obs->client_id == keep->violation->message ||
            u64map_get(&keep->sends, message_key(obs->client_id, author), NULL) ||
            (author == OBS_NONE && u64map_get(&keep->sends, obs->client_id, NULL)));
}

static bool in_room(const struct keep *keep, uint32_t room)
{
    return room != OBS_NONE && room == keep->violation->room;
}

static bool of_person(const struct keep *keep, const struct obs *obs)
{
    return keep->violation->user == OBS_NONE || obs->user == keep->violation->user;
}

/* Whether the rule is about what arrived, not about what was read. */
static bool of_arrivals(const struct keep *keep)
{
    return keep->violation->invariant == RCP_11 || keep->violation->invariant == RCP_12;
}

/* Whether the rule is about who is told of receipts in time. */
static bool of_receipts_told(const struct keep *keep)
{
    return keep->violation->invariant == RCP_04 || keep->violation->invariant == RCP_07 ||
           keep->violation->invariant == RCP_12;
}

/* A device is told of people all the time: that is kept where the rule is about it. */
static bool told_of_people(const struct keep *keep, const struct obs *obs)
{
    static const struct {
        enum obs_kind kind;
        const char *family;
    } told[] = {{OBS_VIEW, "PRE"},    {OBS_TYPIST, "TYP"},    {OBS_TYPING_TOLD, "TYP"},
                {OBS_TYPED, "TYP"},   {OBS_KEY, "TYP"},       {OBS_READ_TOLD, "RCP"},
                {OBS_READ, "RCP"},    {OBS_READ_SAID, "RCP"}, {OBS_READ_ROW, "RCP"},
                {OBS_REPLACED, "---"}};
    const struct invariant_info *info = invariant_info(keep->violation->invariant);

    if (obs->kind == OBS_ARRIVED_ROW || obs->kind == OBS_ARRIVED_TOLD) {
        return of_arrivals(keep) && of_person(keep, obs);
    }
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        if (told[i].kind != (enum obs_kind)obs->kind) {
            continue;
        }
        bool wanted = keep_family(keep, told[i].family);
        for (uint32_t k = 0; k < info->evidence.len; k++) {
            wanted = wanted || info->evidence.kinds[k] == obs->kind;
        }
        return wanted && (obs->kind == OBS_REPLACED || of_person(keep, obs));
    }
    return true;
}

enum why {
    WHY_NEVER,
    WHY_NEAR,    /* of a place that matters */
    WHY_MESSAGE, /* of a message of the room */
    WHY_PLACED,  /* either */
    WHY_STAMP,   /* a message's, or of the node if the rule is about stamps */
    WHY_PEOPLE,  /* what people of the room do and are told of each other */
    WHY_THERE,   /* whose person is in the room */
    WHY_FAULT,   /* the same, or no device's */
    WHY_SPOKEN,  /* a message's, or of a device that is involved */
    WHY_DEVICE,  /* of that, in the room or in none */
    WHY_TOLD,    /* of that, of the person whom it is about */
    WHY_PERSON,
    WHY_NODE,
    WHY_ALWAYS
};
static const uint8_t whys[OBS_KIND_COUNT] = {
    [OBS_SHOWN] = WHY_NEAR,        [OBS_RECV] = WHY_NEAR,          [OBS_SYNC_ROW] = WHY_NEAR,
    [OBS_SENT] = WHY_NEAR,         [OBS_COMMIT] = WHY_PLACED,      [OBS_REWRITTEN] = WHY_PLACED,
    [OBS_SEND] = WHY_MESSAGE,      [OBS_RESEND] = WHY_MESSAGE,     [OBS_PUT] = WHY_MESSAGE,
    [OBS_ACK] = WHY_MESSAGE,       [OBS_ACK_SENT] = WHY_MESSAGE,   [OBS_REPLACED] = WHY_MESSAGE,
    [OBS_NACK] = WHY_MESSAGE,      [OBS_FAILED] = WHY_MESSAGE,     [OBS_CAME] = WHY_MESSAGE,
    [OBS_STAMP] = WHY_STAMP,       [OBS_KEY] = WHY_PEOPLE,         [OBS_TYPED] = WHY_PEOPLE,
    [OBS_TYPIST] = WHY_PEOPLE,     [OBS_TYPING_TOLD] = WHY_PEOPLE, [OBS_READ] = WHY_PEOPLE,
    [OBS_READ_SAID] = WHY_PEOPLE,  [OBS_READ_TOLD] = WHY_PEOPLE,   [OBS_ARRIVED_TOLD] = WHY_PEOPLE,
    [OBS_READ_ROW] = WHY_PEOPLE,   [OBS_ARRIVED_ROW] = WHY_PEOPLE, [OBS_CONN_OPEN] = WHY_THERE,
    [OBS_CONN_CLOSE] = WHY_THERE,  [OBS_WELCOME] = WHY_THERE,      [OBS_FORGOT] = WHY_THERE,
    [OBS_FAULT_BEGIN] = WHY_FAULT, [OBS_FAULT_END] = WHY_FAULT,    [OBS_HEARD] = WHY_SPOKEN,
    [OBS_SAID] = WHY_SPOKEN,       [OBS_WANT] = WHY_DEVICE,        [OBS_ARRIVED] = WHY_DEVICE,
    [OBS_GONE] = WHY_DEVICE,       [OBS_HANGUP] = WHY_DEVICE,      [OBS_SAID_HEAD] = WHY_DEVICE,
    [OBS_SYNC_BEGIN] = WHY_DEVICE, [OBS_SYNC_HEAD] = WHY_DEVICE,   [OBS_SYNC_CURSOR] = WHY_DEVICE,
    [OBS_SYNC_PAGE] = WHY_DEVICE,  [OBS_RESET] = WHY_DEVICE,       [OBS_BACK] = WHY_DEVICE,
    [OBS_FOCUS] = WHY_DEVICE,      [OBS_GAP] = WHY_DEVICE,         [OBS_TOKEN] = WHY_DEVICE,
    [OBS_WATCH] = WHY_DEVICE,      [OBS_STALE] = WHY_DEVICE,       [OBS_PRESENT] = WHY_DEVICE,
    [OBS_CHOOSE] = WHY_DEVICE,     [OBS_WRITES_TO] = WHY_DEVICE,   [OBS_VIEW] = WHY_TOLD,
    [OBS_RECORD] = WHY_PERSON,     [OBS_LISTED] = WHY_PERSON,      [OBS_SERVES] = WHY_NODE,
    [OBS_HOLDS] = WHY_NODE,        [OBS_ASTRAY] = WHY_NODE,        [OBS_TYPISTS] = WHY_NODE,
    [OBS_NODE_UP] = WHY_ALWAYS,    [OBS_NODE_DOWN] = WHY_ALWAYS,   [OBS_DRAIN] = WHY_ALWAYS,
    [OBS_READY] = WHY_ALWAYS,      [OBS_CALM] = WHY_ALWAYS,        [OBS_REVOKED] = WHY_ALWAYS,
};

static bool concerns(const struct keep *keep, const struct obs *obs)
{
    const struct violation *violation = keep->violation;
    const bool involved = keep_involves(keep, obs->device);
    const bool message = of_message(keep, obs);

    if (keep_of_node(keep) && obs->node == violation->node && whys[obs->kind] != WHY_NEVER) {
        return true;
    }
    switch ((enum why)whys[obs->kind]) {
    case WHY_NEVER:
        return false;
    case WHY_NEAR:
        return keep_is_near(keep, obs->room, obs->seq);
    case WHY_MESSAGE:
        return message && told_of_people(keep, obs);
    case WHY_PLACED:
        return message || keep_is_near(keep, obs->room, obs->seq);
    case WHY_STAMP:
        return message || (keep_family(keep, "HLC") && obs->node == violation->node);
    case WHY_PEOPLE:
        return in_room(keep, obs->room) && told_of_people(keep, obs) &&
               (obs->device == OBS_NONE || involved || obs->user == violation->user);
    case WHY_THERE:
        return involved || of_members(keep, obs->device);
    case WHY_FAULT:
        return obs->device == OBS_NONE || involved || of_members(keep, obs->device);
    case WHY_SPOKEN:
        return message || involved;
    case WHY_DEVICE:
        return involved && (obs->room == OBS_NONE || violation->room == OBS_NONE ||
                            in_room(keep, obs->room) || obs->kind == OBS_PRESENT);
    case WHY_TOLD:
        return involved && told_of_people(keep, obs);
    case WHY_PERSON:
        return obs->user == violation->user;
    case WHY_NODE:
        return obs->node == violation->node;
    case WHY_ALWAYS:
        return true;
    }
    HB_UNREACHABLE("a reason that is none");
}

/* --- Keeping ------------------------------------------------------------------------------------------ */

/* The older half goes: what came last explains more. */
static struct kept *push(struct keep *keep)
{
    if (keep->len == KEPT_MAX) {
        for (size_t i = 0; i < KEPT_MAX / 2; i++) {
            free(keep->items[i].text);
        }
        memmove(keep->items, keep->items + KEPT_MAX / 2, KEPT_MAX / 2 * sizeof *keep->items);
        keep->len -= KEPT_MAX / 2;
        keep->left_out += KEPT_MAX / 2;
    }
    HB_GROW(keep->items, keep->len, keep->cap);
    struct kept *kept = &keep->items[keep->len++];
    *kept = (struct kept){.obs = OBS(OBS_KIND_COUNT, 0)};
    return kept;
}

static void learn(struct keep *keep, const struct obs *obs)
{
    if (obs->kind == OBS_DEVICE) {
        learn_device(keep, obs);
    } else if (obs->kind == OBS_MEMBER && in_room(keep, obs->room)) {
        u64map_put(&keep->members, obs->user, 1);
    } else if (obs->kind == OBS_SEND && in_room(keep, obs->room)) {
        u64map_put(&keep->sends, message_key(obs->client_id, keep_author(keep, obs)), 1);
        u64map_put(&keep->sends, obs->client_id, 1);
    } else if (obs->kind == OBS_SHOWN && in_room(keep, obs->room) &&
               obs->seq == keep->violation->seq_low && !keep_involves(keep, obs->device)) {
        keep->shown_else++;
        keep->shown_first_us =
            obs->at_us < keep->shown_first_us ? obs->at_us : keep->shown_first_us;
        keep->shown_last_us = obs->at_us;
    }
}

void keep_observe(struct keep *keep, const struct obs *obs)
{
    if (obs->at_us > keep->violation->at_us + AFTERMATH_US) {
        return;
    }
    learn(keep, obs);
    if (!concerns(keep, obs)) {
        return;
    }
    struct kept *kept = push(keep);
    kept->obs = *obs;
    kept->obs.entry = NULL;
    if (obs->entry != NULL && obs->entry->content.bytes != NULL) {
        kept->text = hb_strndup(obs->entry->content.bytes, obs->entry->content.len);
    }
}

static bool aside_concerns(const struct keep *keep, const struct aside *aside)
{
    switch (aside->kind) {
    case ASIDE_NOTE:
        return aside->room == OBS_NONE || in_room(keep, aside->room);
    case ASIDE_CLOCK:
    case ASIDE_FAULT:
        return true;
    case ASIDE_PUBLISHED:
    case ASIDE_REDIS_HAS:
    case ASIDE_HEARD:
    case ASIDE_LOST:
        break;
    }
    struct obs about = OBS(OBS_KIND_COUNT, aside->at_us);
    about.device = aside->device;
    about.client_id = aside->client_id;
    if (of_message(keep, &about) || keep_involves(keep, aside->device)) {
        return true;
    }
    switch (aside->of) {
    case ASIDE_OF_ROW:
        return keep_is_near(keep, aside->room, aside->seq);
    case ASIDE_OF_PERSON:
        return aside->user == keep->violation->user;
    case ASIDE_OF_TYPING:
        return in_room(keep, aside->room) && keep_family(keep, "TYP");
    case ASIDE_OF_RECEIPT:
        return in_room(keep, aside->room) && of_receipts_told(keep);
    case ASIDE_OF_OTHER:
        return false;
    }
    HB_UNREACHABLE("an aside of nothing");
}

void keep_aside(struct keep *keep, const struct aside *aside)
{
    keep->told_asides = true;
    if (aside->at_us > keep->violation->at_us + AFTERMATH_US || !aside_concerns(keep, aside)) {
        return;
    }
    struct kept *kept = push(keep);
    kept->obs.at_us = aside->at_us;
    kept->obs.node = aside->node;
    kept->obs.device = aside->device;
    kept->obs.user = aside->user;
    kept->obs.room = aside->room;
    kept->obs.seq = aside->seq;
    kept->obs.client_id = aside->client_id;
    kept->obs.value = aside->drift_ppm;
    kept->aside = aside->kind;
    kept->of = aside->of;
    kept->up = aside->up;
    kept->routine = aside->routine;
    kept->amount = aside->amount;
    kept->text = aside->text != NULL ? hb_strndup(aside->text, strlen(aside->text)) : NULL;
}

static void observe(void *user, const struct obs *obs)
{
    keep_observe(user, obs);
}

static void observe_aside(void *user, const struct aside *aside)
{
    keep_aside(user, aside);
}

struct obs_sink keep_sink(struct keep *keep)
{
    return (struct obs_sink){.observe = observe, .user = keep, .aside = observe_aside};
}
