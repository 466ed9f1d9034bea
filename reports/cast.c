/* See cast.h. */
#include "reports/cast.h"

bool cast_has_row(const struct cast *cast, const struct keep *keep, uint32_t room, uint64_t seq)
{
    for (uint32_t i = 0; i < cast->rows_len && room == keep->violation->room; i++) {
        if (cast->rows[i] == seq) {
            return true;
        }
    }
    return false;
}

const struct cast_message *cast_message(const struct cast *cast, const struct keep *keep,
                                        const struct obs *obs)
{
    const uint32_t author = keep_author(keep, obs);

    for (uint32_t i = 0; i < cast->messages_len && obs->client_id != 0; i++) {
        const struct cast_message *message = &cast->messages[i];
        if (message->client_id == obs->client_id &&
            (author == OBS_NONE || message->author == OBS_NONE || message->author == author)) {
            return message;
        }
    }
    return NULL;
}

static const struct cast_member *member(const struct cast_member *of, uint32_t len, uint32_t number)
{
    for (uint32_t i = 0; i < len; i++) {
        if (of[i].number == number) {
            return &of[i];
        }
    }
    return NULL;
}

const struct cast_member *cast_device(const struct cast *cast, uint32_t device)
{
    return member(cast->devices, cast->devices_len, device);
}

const struct cast_member *cast_node(const struct cast *cast, uint32_t node)
{
    return member(cast->nodes, cast->nodes_len, node);
}

bool cast_hit(const struct cast *cast, const struct obs *fault)
{
    return fault->device != OBS_NONE      ? cast_device(cast, fault->device) != NULL
           : fault->node != OBS_NODE_NONE ? cast_node(cast, fault->node) != NULL
                                          : true;
}

static void add(struct cast_member *to, uint32_t *len, uint32_t most, uint32_t number,
                uint32_t role)
{
    for (uint32_t i = 0; i < *len; i++) {
        if (to[i].number == number) {
            to[i].roles |= role;
            return;
        }
    }
    if (*len < most) {
        to[(*len)++] = (struct cast_member){number, role};
    }
}

static void add_device(struct cast *cast, uint32_t device, uint32_t role)
{
    if (device != OBS_NONE) {
        add(cast->devices, &cast->devices_len, CAST_DEVICES, device, role);
    }
}

static void add_node(struct cast *cast, uint16_t node, uint32_t role)
{
    if (node != OBS_NODE_NONE) {
        add(cast->nodes, &cast->nodes_len, CAST_NODES, node, role);
    }
}

static void add_message(struct cast *cast, uint64_t client_id, uint32_t author, uint64_t seq,
                        const char *text)
{
    struct cast_message *message = NULL;

    for (uint32_t i = 0; i < cast->messages_len; i++) {
        if (cast->messages[i].client_id == client_id && cast->messages[i].author == author) {
            message = &cast->messages[i];
        }
    }
    if (message == NULL && client_id != 0 && cast->messages_len < CAST_MESSAGES) {
        message = &cast->messages[cast->messages_len++];
        *message =
            (struct cast_message){.client_id = client_id, .author = author, .device = OBS_NONE};
    }
    if (message != NULL && seq != 0) {
        message->seq = seq;
        message->text = text;
    }
}

static void find_rows(const struct violation *violation, struct cast *cast)
{
    const uint64_t low = violation->seq_low;
    const uint64_t high = violation->seq_high;

    if (violation->room == OBS_NONE || high == 0 || low > high) {
        return;
    }
    for (uint64_t seq = low > 0 ? low : 1; seq <= high && cast->rows_len < CAST_ROWS - 1; seq++) {
        cast->rows[cast->rows_len++] = seq;
    }
    if (high > cast->rows[cast->rows_len - 1]) {
        cast->rows[cast->rows_len++] = high;
    }
}

/* The messages that these rows are, and who committed them. */
static void find_messages(const struct keep *keep, struct cast *cast)
{
    const struct violation *violation = keep->violation;

    add_message(cast, violation->message,
                violation->devices_len > 0 ? keep_user(keep, violation->devices[0]) : OBS_NONE, 0,
                NULL);
    for (size_t i = 0; i < keep->len; i++) {
        const struct obs *obs = &keep->items[i].obs;
        if (obs->kind == OBS_COMMIT && (cast_has_row(cast, keep, obs->room, obs->seq) ||
                                        cast_message(cast, keep, obs) != NULL)) {
            add_message(cast, obs->client_id, obs->user, obs->seq, keep->items[i].text);
            if (obs->at_us > 0) { /* not the initial state */
                add_node(cast, obs->node, CAST_COMMITTER);
            }
        }
    }
}

static void find_writers(const struct keep *keep, struct cast *cast)
{
    for (size_t i = 0; i < keep->len; i++) {
        const struct obs *obs = &keep->items[i].obs;
        for (uint32_t m = 0; obs->kind == OBS_SEND && m < cast->messages_len; m++) {
            struct cast_message *message = &cast->messages[m];
            if (cast_message(cast, keep, obs) == message && message->device == OBS_NONE) {
                message->device = obs->device;
                add_device(cast, obs->device, CAST_WRITER);
            }
        }
    }
}

static void find_people(const struct keep *keep, struct cast *cast)
{
    const struct violation *violation = keep->violation;

    for (size_t i = 0; violation->user != OBS_NONE && i < keep->len; i++) {
        const uint32_t device = keep->items[i].obs.device;
        if (device != OBS_NONE && keep_user(keep, device) == violation->user) {
            add_device(cast, device, CAST_ABOUT);
        }
    }
    /* Whom it was shown, if nobody else can tell. */
    for (size_t i = 0; cast->devices_len < 2 && i < keep->len; i++) {
        const struct obs *obs = &keep->items[i].obs;
        if (obs->kind == OBS_SHOWN && obs->at_us <= violation->at_us &&
            cast_has_row(cast, keep, obs->room, obs->seq)) {
            add_device(cast, obs->device, CAST_WITNESS);
        }
    }
}

/* To which node the devices were connected, the last before it broke first. */
static void find_nodes(const struct keep *keep, struct cast *cast)
{
    add_node(cast, keep->violation->node,
             keep->violation->devices_len == 0 ? CAST_INVOLVED : CAST_SERVES);
    for (size_t i = keep->len; i > 0; i--) {
        const struct obs *obs = &keep->items[i - 1].obs;
        const bool connects = obs->kind == OBS_CONN_OPEN || obs->kind == OBS_WELCOME;
        const struct cast_member *device =
            obs->device != OBS_NONE ? cast_device(cast, obs->device) : NULL;
        if (connects && device != NULL && obs->at_us <= keep->violation->at_us) {
            add_node(cast, obs->node,
                     (device->roles & (CAST_INVOLVED | CAST_ABOUT)) != 0 ? CAST_SERVES : 0);
        }
    }
}

void cast_make(const struct keep *keep, struct cast *ret)
{
    const struct violation *violation = keep->violation;

    *ret = (struct cast){.rows_len = 0};
    find_rows(violation, ret);
    /* Of those who were not shown a row, one stands for all. */
    for (uint32_t i = 0; i < (violation->members > 0 ? 1 : violation->devices_len); i++) {
        add_device(ret, violation->devices[i], CAST_INVOLVED);
    }
    find_messages(keep, ret);
    find_writers(keep, ret);
    find_people(keep, ret);
    find_nodes(keep, ret);
}
