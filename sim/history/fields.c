/* Which fields there are, and which a kind of observation always has. */
#include "sim/history/fields.h"

#define F(name)       (UINT32_C(1) << FIELD_##name)
#define DEVICE        F(device)
#define DEVICE_ROOM   (F(device) | F(room))
#define ROW           (F(device) | F(room) | F(seq) | F(id) | F(hlc))
#define LOG_ROW       (F(room) | F(seq) | F(id) | F(hlc) | F(value))
#define EDGE          (F(node) | F(device) | F(value))
#define SYNC_POSITION (F(device) | F(room) | F(seq) | F(value))

#define PRESENCE_ROWS                                                                              \
    [OBS_PRESENT] = F(device) | F(seq), [OBS_CHOOSE] = F(device) | F(user),                        \
    [OBS_VIEW] = F(device) | F(user) | F(seq) | F(id), [OBS_STALE] = F(device) | F(value),         \
    [OBS_RECORD] = F(user), [OBS_LISTED] = F(user) | F(timestamp)
#define DISPLAY_ROWS                                                                               \
    [OBS_BACK] = SYNC_POSITION, [OBS_FOCUS] = DEVICE_ROOM, [OBS_GAP] = SYNC_POSITION,              \
    [OBS_FORGOT] = DEVICE
#define RECEIPT_ROWS                                                                               \
    [OBS_READ] = DEVICE_ROOM | F(seq) | F(id), [OBS_READ_SAID] = DEVICE_ROOM | F(id),              \
    [OBS_READ_TOLD] = DEVICE_ROOM | F(user) | F(id) | F(timestamp),                                \
    [OBS_ARRIVED_TOLD] = DEVICE_ROOM | F(user) | F(seq),                                           \
    [OBS_READ_ROW] = F(user) | F(room) | F(seq) | F(timestamp),                                    \
    [OBS_ARRIVED_ROW] = F(user) | F(room) | F(seq)

#define BEARER_ROWS                                                                                \
    [OBS_ISSUED] = F(user) | F(id) | F(seq) | F(value), [OBS_TOKEN] = EDGE | F(id) | F(seq),       \
    [OBS_REVOKED] = F(seq)

#define MEMBERSHIP_ROWS                                                                            \
    [OBS_INVITES] = F(device) | F(user) | F(client_id),                                            \
    [OBS_ASKS] = DEVICE_ROOM | F(client_id) | F(seq),                                              \
    [OBS_GRANTED] = DEVICE_ROOM | F(client_id) | F(seq), [OBS_DENIED] = DEVICE_ROOM | F(client_id)

uint32_t fields_required(enum obs_kind kind)
{
    static const uint32_t required[OBS_KIND_COUNT] = {
        [OBS_USER] = F(user) | F(sender),
        [OBS_DEVICE] = F(device) | F(user),
        [OBS_ROOM] = F(room),
        [OBS_NODE] = F(node),
        [OBS_MEMBER] = F(user) | F(room) | F(seq),
        [OBS_COMMIT] = LOG_ROW,
        [OBS_FINAL] = LOG_ROW,
        [OBS_SEND] = DEVICE_ROOM | F(client_id) | F(content),
        [OBS_RESEND] = DEVICE_ROOM | F(client_id),
        [OBS_ACK] = ROW | F(client_id),
        [OBS_NACK] = DEVICE_ROOM | F(client_id),
        [OBS_FAILED] = DEVICE_ROOM | F(client_id),
        [OBS_REPLACED] = DEVICE_ROOM | F(client_id) | F(seq) | F(id),
        [OBS_SHOWN] = ROW,
        [OBS_RECV] = ROW,
        [OBS_RESET] = DEVICE_ROOM,
        [OBS_WELCOME] = DEVICE,
        [OBS_HEAD] = DEVICE_ROOM | F(seq),
        [OBS_SYNC_BEGIN] = SYNC_POSITION,
        DISPLAY_ROWS,
        MEMBERSHIP_ROWS,
        [OBS_SYNC_ROW] = ROW | F(value),
        [OBS_SYNC_HEAD] = SYNC_POSITION,
        [OBS_SYNC_PAGE] = F(device) | F(seq) | F(value),
        [OBS_SYNC_CURSOR] = SYNC_POSITION,
        [OBS_CONN_OPEN] = DEVICE,
        [OBS_CONN_CLOSE] = DEVICE,
        [OBS_ACK_SENT] = DEVICE_ROOM | F(seq) | F(id) | F(client_id),
        [OBS_STAMP] = F(node) | F(hlc) | F(value),
        [OBS_NODE_UP] = F(node),
        [OBS_NODE_DOWN] = F(node),
        [OBS_FAULT_BEGIN] = F(seq) | F(value),
        [OBS_FAULT_END] = F(seq) | F(value),
        [OBS_TX_SLOW] = F(node) | F(value),
        [OBS_REWRITTEN] = F(room) | F(seq),
        [OBS_CAME] = F(node) | F(device) | F(value),
        [OBS_WALL] = F(node) | F(value),
        [OBS_PUT] = DEVICE_ROOM | F(client_id),
        [OBS_SERVES] = F(node) | F(seq) | F(value),
        [OBS_HOLDS] = F(node) | F(seq) | F(value),
        [OBS_WRITES_TO] = F(device) | F(user) | F(client_id),
        [OBS_END] = 0,
        [OBS_WANT] = F(device) | F(value),
        [OBS_ARRIVED] = EDGE,
        [OBS_POSITION] = SYNC_POSITION,
        [OBS_HEARD] = EDGE | F(content),
        [OBS_GONE] = EDGE,
        [OBS_SENT] = F(node) | SYNC_POSITION,
        [OBS_SAID_HEAD] = SYNC_POSITION,
        [OBS_SAID_CURSOR] = SYNC_POSITION,
        [OBS_SAID] = EDGE | F(content),
        [OBS_HANGUP] = EDGE | F(seq),
        [OBS_REGISTERED] = F(node),
        [OBS_READY] = F(node) | F(value),
        [OBS_DRAIN] = F(node),
        [OBS_ANNOUNCED] = F(node) | F(room) | F(seq),
        [OBS_ASTRAY] = F(node),
        PRESENCE_ROWS,
        [OBS_WATCH] = F(device) | F(user),
        [OBS_KEY] = DEVICE_ROOM,
        [OBS_TYPIST] = DEVICE_ROOM | F(user),
        [OBS_TYPED] = EDGE | F(room),
        [OBS_TYPING_TOLD] = EDGE | F(user) | F(room),
        [OBS_TYPISTS] = F(node),
        RECEIPT_ROWS,
        BEARER_ROWS,
    };
    HB_ASSERT(kind < OBS_KIND_COUNT);
    return required[kind];
}

uint64_t field_get(const struct obs *obs, enum obs_field field)
{
    switch (field) {
#define X(name, form)                                                                              \
    case FIELD_##name:                                                                             \
        return (uint64_t)obs->name;
        FIELD_MAP(X)
#undef X
    case FIELD_COUNT:
        break;
    }
    HB_UNREACHABLE("a field of no name");
}

void field_set(struct obs *obs, enum obs_field field, uint64_t value)
{
    switch (field) {
#define X(name, form)                                                                              \
    case FIELD_##name:                                                                             \
        obs->name = (__typeof__(obs->name))value;                                                  \
        return;
        FIELD_MAP(X)
#undef X
    case FIELD_COUNT:
        break;
    }
    HB_UNREACHABLE("a field of no name");
}

bool field_absent(const struct obs *obs, enum obs_field field)
{
    const struct obs absent = OBS(0, 0);
    return field_get(obs, field) == field_get(&absent, field);
}

const char *field_name(enum obs_field field)
{
    static const char *const names[] = {
#define X(name, form) #name,
        FIELD_MAP(X)
#undef X
    };
    HB_ASSERT(field < FIELD_COUNT);
    return names[field];
}

enum field_form field_form(enum obs_field field)
{
    static const enum field_form forms[] = {
#define X(name, form) form,
        FIELD_MAP(X)
#undef X
    };
    HB_ASSERT(field < FIELD_COUNT);
    return forms[field];
}
