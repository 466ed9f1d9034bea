/* See witness.h. Long because each effect of a client has its way here; what families tell of is in files beside it. */
#include "sim/witness/witness.h"

#include "server/base/mem.h"
#include "server/protocol/id.h"
#include "sim/witness/display.h"
#include "sim/witness/membership.h"
#include "sim/witness/people.h"
#include "sim/witness/receipts.h"
#include "sim/witness/typists.h"

#include <stdlib.h>

struct witness_device {
    uint32_t sync_session; /* counts them */
    uint16_t node;         /* of the present connection */
    bool sync_begun;       /* the session's request is not sent yet: more rooms may join it */
};

struct witness {
    struct witness_config config;
    struct cursor *cursor; /* scratch */
    uint32_t *users;       /* of the devices, close together: looked up for all that is shown */
    struct witness_device devices[];
};

static void tell(struct obs_list *out, const struct obs *obs)
{
    obs_list_add(out, obs);
}

struct witness *witness_new(const struct witness_config *config)
{
    struct witness *witness =
        hb_calloc(1, sizeof *witness + config->devices * sizeof witness->devices[0]);

    witness->config = *config;
    witness->cursor = hb_calloc(1, sizeof *witness->cursor);
    witness->users = hb_calloc(config->devices + 1, sizeof *witness->users);
    return witness;
}

void witness_free(struct witness **witness)
{
    if (*witness != NULL) {
        free((*witness)->cursor);
        free((*witness)->users);
        free(*witness);
        *witness = NULL;
    }
}

struct names *witness_names(struct witness *witness)
{
    return witness->config.names;
}

uint32_t witness_user(struct witness *witness, struct text name, int64_t at_us,
                      struct obs_list *out)
{
    return told_user(witness->config.names, name, at_us, out);
}

uint32_t witness_room(struct witness *witness, struct text name, int64_t at_us,
                      struct obs_list *out)
{
    return told_room(witness->config.names, name, at_us, out);
}

struct obs witness_about(const struct witness *witness, enum obs_kind kind, uint32_t device,
                         int64_t at_us)
{
    struct obs obs = OBS(kind, at_us);

    HB_ASSERT(device < witness->config.devices);
    obs.device = device;
    obs.user = witness->users[device];
    return obs;
}

void witness_device(struct witness *witness, uint32_t device, uint32_t user, int64_t at_us,
                    struct obs_list *out)
{
    HB_ASSERT(device < witness->config.devices);
    witness->users[device] = user;
    const struct obs obs = witness_about(witness, OBS_DEVICE, device, at_us);
    tell(out, &obs);
}

void witness_connected(struct witness *witness, uint32_t device, uint32_t conn, uint16_t node,
                       int64_t at_us, struct obs_list *out)
{
    struct obs obs = witness_about(witness, OBS_CONN_OPEN, device, at_us);

    witness->devices[device].node = node;
    obs.node = node;
    obs.value = conn;
    tell(out, &obs);
}

/* --- Effects -------------------------------------------------------------------------------- */

/* How an observation of an entry begins. */
struct begun {
    int64_t at_us;
    int64_t value;
    uint32_t device;
    uint8_t kind;
    uint8_t flags;
};

/* Every field is named: clearing the whole first would cost as much as filling it. */
static void add_entry(const struct witness *witness, const struct begun *begun, uint32_t room,
                      const struct entry *entry, struct obs_list *out)
{
    HB_ASSERT(begun->device < witness->config.devices);
    HB_GROW(out->items, out->len, out->cap);
    out->items[out->len++] = (struct obs){
        .at_us = begun->at_us,
        .uncertain_us = 0,
        .kind = begun->kind,
        .flags = (uint8_t)(begun->flags | (entry->kind == ENTRY_MESSAGE ? 0 : OBS_EVENT)),
        .node = OBS_NODE_NONE,
        .device = begun->device,
        .user = witness->users[begun->device],
        .room = room,
        .seq = entry->seq,
        .id = entry->id_key,
        .sender = entry->sender_key,
        .client_id = entry->client_key,
        .content = entry->content_key,
        .hlc = entry->hlc.packed,
        .value = begun->value,
        .timestamp = entry->timestamp_ms,
        .entry = witness->config.recording ? entry : NULL,
    };
}

static void on_entry(struct witness *witness, const struct begun *begun,
                     const struct client_effect *effect, struct obs_list *out)
{
    const struct entry *entry = effect->entry;

    add_entry(
        witness, begun,
        told_room_of(witness->config.names, effect->room_ref, entry->room_id, begun->at_us, out),
        entry, out);
}

static void on_message(struct witness *witness, struct obs obs, const struct client_effect *effect,
                       struct obs_list *out)
{
    obs.room =
        told_room_of(witness->config.names, effect->room_ref, effect->room_id, obs.at_us, out);
    obs.client_id = effect->client_key;
    obs.content = effect->content_key;
    obs.hlc = effect->hlc;
    obs.value = effect->value;
    if (obs.kind == OBS_ACK) {
        const struct frame_ack *ack = &effect->frame->ack;
        obs.seq = ack->seq;
        obs.id = ack->id_key;
        obs.client_id = ack->client_key;
        obs.hlc = ack->hlc.packed;
        obs.timestamp = ack->timestamp_ms;
    } else if (obs.kind == OBS_NACK) {
        obs.client_id = effect->frame->nack.client_key;
        obs.flags = effect->frame->nack.temporary ? OBS_TEMPORARY : 0;
    } else if (obs.kind == OBS_REPLACED) {
        obs.seq = (uint64_t)effect->value;
        obs.id = effect->content_key;
        obs.content = 0;
        obs.value = 0;
    }
    tell(out, &obs);
}

static void on_welcome(struct witness *witness, struct obs obs, const struct client_effect *effect,
                       struct obs_list *out)
{
    const struct frame_welcome *frame = &effect->frame->welcome;
    struct obs head = obs;

    obs.node = witness->devices[obs.device].node;
    obs.value = effect->conn;
    tell(out, &obs);
    head.kind = OBS_HEAD;
    for (uint32_t i = 0; i < frame->rooms_len; i++) {
        head.room = witness_room(witness, frame->rooms[i].room_id, obs.at_us, out);
        head.seq = frame->rooms[i].head;
        head.flags = frame->rooms[i].recovered ? OBS_MORE : 0;
        tell(out, &head);
    }
}

static void on_sync_begin(struct witness *witness, struct obs obs,
                          const struct client_effect *effect, struct obs_list *out)
{
    struct witness_device *device = &witness->devices[obs.device];

    if (!device->sync_begun) {
        device->sync_begun = true; /* one session, one effect a room */
        device->sync_session++;
    }
    obs.room =
        told_room_of(witness->config.names, effect->room_ref, effect->room_id, obs.at_us, out);
    obs.seq = (uint64_t)effect->value;
    obs.timestamp = effect->since_ms;
    obs.value = device->sync_session;
    tell(out, &obs);
}

static void on_display(struct witness *witness, struct obs obs, const struct client_effect *effect,
                       struct obs_list *out)
{
    struct witness_device *device = &witness->devices[obs.device];
    const bool back = effect->kind == CLIENT_OUT_BACK; /* a page is a session of its own */

    device->sync_session += back;
    display_effect(witness->config.names, obs, effect,
                   back || device->sync_begun ? device->sync_session : 0, out);
}

enum hb_err witness_cursor(struct witness *witness, uint64_t epoch, uint32_t user, struct text text,
                           const struct cursor **ret)
{
    if (witness->config.cursor_key == NULL || text.bytes == NULL) {
        return HB_ECURSOR;
    }
    const struct text name = names_text(witness->config.names, NAME_USER, user);
    const enum hb_err err =
        cursor_decode(witness->config.cursor_key, epoch, id_key(name), text, witness->cursor);
    if (err == HB_OK) {
        *ret = witness->cursor;
    }
    return err;
}

/* Where the cursor that a page carries stands. `obs` is begun. */
static void tell_cursor(struct witness *witness, struct obs obs,
                        const struct frame_sync_response *page, struct obs_list *out)
{
    const struct cursor *cursor = NULL;
    uint64_t epoch = 0;

    for (uint32_t i = 0; i < page->epoch.len; i++) { /* hex digits, as the node writes it */
        const char c = page->epoch.bytes[i];
        epoch = epoch << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    if (witness_cursor(witness, epoch, obs.user, page->cursor, &cursor) != HB_OK) {
        return;
    }
    for (uint32_t i = 0; i < cursor->positions_len; i++) {
        obs.room = witness_room(witness, cursor->positions[i].room_id, obs.at_us, out);
        obs.seq = cursor->positions[i].seq;
        tell(out, &obs);
    }
}

/* Order matters: rows, heads, the cursor's positions, then the page that ends them. */
static void on_page(struct witness *witness, struct obs obs, const struct client_effect *effect,
                    struct obs_list *out)
{
    const struct frame_sync_response *page = &effect->frame->sync_response;

    obs.value = witness->devices[obs.device].sync_session;
    const struct begun row = {obs.at_us, obs.value, obs.device, OBS_SYNC_ROW, 0};
    for (uint32_t i = 0; i < page->entries_len; i++) {
        const struct entry *entry = &page->entries[i];
        add_entry(witness, &row, witness_room(witness, entry->room_id, obs.at_us, out), entry, out);
    }
    struct obs head = obs;
    head.kind = OBS_SYNC_HEAD;
    for (uint32_t i = 0; i < page->heads_len; i++) {
        head.room = witness_room(witness, page->heads[i].room_id, obs.at_us, out);
        head.seq = page->heads[i].seq;
        tell(out, &head);
    }
    obs.kind = OBS_SYNC_CURSOR;
    tell_cursor(witness, obs, page, out);
    obs.kind = OBS_SYNC_PAGE;
    obs.seq = page->entries_len;
    obs.flags = page->has_more ? OBS_MORE : 0;
    tell(out, &obs);
}

static void on_put(struct witness *witness, struct obs obs, const struct client_effect *effect,
                   struct obs_list *out)
{
    witness->devices[obs.device].sync_begun = false;     /* a session's rooms are all told by now */
    if (effect->client_key != 0 && effect->value == 1) { /* later ones are told as resent */
        obs.kind = OBS_PUT;
        obs.node = witness->devices[obs.device].node;
        on_message(witness, obs, effect, out);
    }
}

static uint8_t message_kind(enum client_effect_kind kind)
{
    static const struct {
        enum client_effect_kind effect;
        enum obs_kind obs;
    } kinds[] = {
        {CLIENT_OUT_ISSUED, OBS_SEND},       {CLIENT_OUT_RESENT, OBS_RESEND},
        {CLIENT_OUT_ACKED, OBS_ACK},         {CLIENT_OUT_NACKED, OBS_NACK},
        {CLIENT_OUT_REPLACED, OBS_REPLACED}, {CLIENT_OUT_FAILED, OBS_FAILED},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].effect == kind) {
            return (uint8_t)kinds[i].obs;
        }
    }
    HB_UNREACHABLE("no way of a message");
}

static void on_rare(struct witness *witness, uint32_t device, int64_t at_us,
                    const struct client_effect *effect, struct obs_list *out)
{
    struct obs obs = witness_about(witness, OBS_SEND, device, at_us);

    switch (effect->kind) {
    case CLIENT_OUT_ISSUED:
    case CLIENT_OUT_RESENT:
    case CLIENT_OUT_ACKED:
    case CLIENT_OUT_REPLACED:
    case CLIENT_OUT_NACKED:
    case CLIENT_OUT_FAILED:
        obs.kind = message_kind(effect->kind);
        on_message(witness, obs, effect, out);
        return;
    case CLIENT_OUT_WELCOME:
        obs.kind = OBS_WELCOME;
        on_welcome(witness, obs, effect, out);
        return;
    case CLIENT_OUT_SYNC_BEGIN:
        obs.kind = OBS_SYNC_BEGIN;
        on_sync_begin(witness, obs, effect, out);
        return;
    case CLIENT_OUT_FORGOT:
    case CLIENT_OUT_RESET:
    case CLIENT_OUT_BACK:
    case CLIENT_OUT_FOCUS:
    case CLIENT_OUT_GAP:
    case CLIENT_OUT_NO_GAP:
        on_display(witness, obs, effect, out);
        return;
    case CLIENT_OUT_SYNC_PAGE:
        on_page(witness, obs, effect, out);
        return;
    case CLIENT_OUT_SEND:
        on_put(witness, obs, effect, out);
        return;
    case CLIENT_OUT_WRITES_TO:
    case CLIENT_OUT_VIEW:
    case CLIENT_OUT_STALE:
    case CLIENT_OUT_WATCH:
    case CLIENT_OUT_PRESENT:
    case CLIENT_OUT_CHOOSE:
        people_effect(witness->config.names, obs, effect, out);
        return;
    case CLIENT_OUT_INVITES:
    case CLIENT_OUT_ASKS:
    case CLIENT_OUT_GRANTED:
    case CLIENT_OUT_DENIED:
        membership_effect(witness->config.names, obs, effect, out);
        return;
    case CLIENT_OUT_KEY:
    case CLIENT_OUT_TYPIST:
        typists_effect(witness->config.names, obs, effect, out);
        return;
    case CLIENT_OUT_CONNECT:
    case CLIENT_OUT_DISCONNECT:
    case CLIENT_OUT_ERROR:
    case CLIENT_OUT_TOKEN:
    case CLIENT_OUT_WARNING:
        return;
    case CLIENT_OUT_SHOWN: /* witness_effect sees to them itself */
    case CLIENT_OUT_RECV:
    case CLIENT_OUT_READ:
    case CLIENT_OUT_READ_SAID:
    case CLIENT_OUT_READ_TOLD:
    case CLIENT_OUT_RECEIVED_TOLD:
        break;
    }
    HB_UNREACHABLE("an effect of no kind");
}

static void on_receipt(struct witness *witness, struct obs obs, const struct client_effect *effect,
                       struct obs_list *out)
{
    obs.room =
        told_room_of(witness->config.names, effect->room_ref, effect->room_id, obs.at_us, out);
    receipt_effect(witness->config.names, obs, effect, out);
}

void witness_effect(struct witness *witness, uint32_t device, int64_t at_us,
                    const struct client_effect *effect, struct obs_list *out)
{
    struct begun begun = {.at_us = at_us, .device = device};

    if (effect->kind == CLIENT_OUT_SHOWN) { /* by far the most: written once, in the list */
        begun.kind = OBS_SHOWN;
        on_entry(witness, &begun, effect, out);
    } else if (effect->kind == CLIENT_OUT_RECV) {
        begun.kind = OBS_RECV;
        begun.flags = effect->value == 1 ? OBS_HELD : 0;
        on_entry(witness, &begun, effect, out);
    } else if (effect->kind >= CLIENT_OUT_READ) {
        on_receipt(witness, witness_about(witness, OBS_READ, device, at_us), effect, out);
    } else {
        on_rare(witness, device, at_us, effect, out);
    }
}

void witness_ahead(const struct witness *witness, uint32_t device)
{
    __builtin_prefetch(&witness->users[device]);
}
