/* See naming.h. */
#include "sim/outside/naming.h"

#include "sim/outside/finding.h"
#include "sim/outside/messages.h"
#include "sim/outside/people.h"
#include "sim/outside/places.h"
#include "sim/outside/same.h"

/* What a line calls its message; 0: not so. */
struct names {
    uint64_t id;     /* for everybody in the room */
    uint64_t client; /* of its writer's own */
    uint64_t text;   /* it has no other name */
};

void naming_doubt(struct ledger *ledger, struct message *message)
{
    if ((message->flags & MESSAGE_DOUBTFUL) == 0) {
        message->flags |= MESSAGE_DOUBTFUL;
        ledger->omitted[OMITTED_DOUBTFUL]++;
        message_settle(ledger, message);
    }
}

static struct names names_of(uint32_t room, uint32_t user, const struct recorded *recorded)
{
    struct names names = {0, 0, 0};
    if (recorded->id.bytes != NULL) {
        names.id = key_of_id(room, recorded->id);
    }
    if (recorded->client.bytes != NULL) {
        names.client = key_of_client(room, user, recorded->client);
    }
    if (names.id == 0 && names.client == 0) {
        names.text = key_of_text(room, recorded->value);
    }
    return names;
}

static struct message *made(struct ledger *ledger, uint32_t room, struct names names,
                            const struct recorded *recorded)
{
    struct message *message = message_new(ledger, room);
    const uint64_t keys[] = {names.id, names.client, names.text};
    for (int i = 0; i < 3; i++) {
        if (keys[i] != 0) {
            (void)message_name(ledger, message, keys[i]);
        }
    }
    message->flags |= names.text != 0 ? MESSAGE_BY_TEXT : 0;
    message_label(message, recorded->id.bytes != NULL       ? recorded->id
                           : recorded->client.bytes != NULL ? recorded->client
                                                            : recorded->value);
    return message;
}

static struct message *find(struct ledger *ledger, uint64_t key)
{
    uint64_t old;
    return key != 0 ? message_find(ledger, key, &old) : NULL;
}

/* Two that a line says are one. */
static struct message *joined(struct ledger *ledger, struct seat *seat, struct message *one,
                              struct message *other)
{
    const bool keep_other = (one->flags & MESSAGE_SEEN) == 0;
    struct message *into = keep_other ? other : one;
    struct message *from = keep_other ? one : other;

    const bool writers =
        one->writer != NONE && other->writer != NONE && one->writer != other->writer;
    if (writers || (one->flags & other->flags & MESSAGE_SENT) != 0) {
        naming_doubt(ledger, one);
        naming_doubt(ledger, other);
        return one;
    }
    same_joined(ledger, seat, one, other);
    places_remove(ledger, from);
    message_join(ledger, into, from);
    return into;
}

/* The message with both names; a name that is new to it is added. */
static struct message *under_both(struct ledger *ledger, struct seat *seat, struct names names)
{
    struct message *by_id = find(ledger, names.id);
    struct message *by_client = find(ledger, names.client);

    if (by_id != NULL && by_client != NULL) {
        return by_id == by_client ? by_id : joined(ledger, seat, by_client, by_id);
    }
    struct message *message = by_id != NULL ? by_id : by_client;
    if (message != NULL) {
        (void)message_name(ledger, message, by_id != NULL ? names.client : names.id);
    }
    return message;
}

/* --- By the writer's lines ------------------------------------------------------------------ */

struct message *naming_sent(struct ledger *ledger, struct seat *seat,
                            const struct recorded *recorded)
{
    const uint32_t user = ledger->devices[seat->device].user;
    const uint32_t own = (uint32_t)(seat - ledger->seats);
    struct names names = names_of(seat->room, user, recorded);

    if (names.client == 0 && names.id != 0) { /* it may be the writer's own */
        names.client = key_of_client(seat->room, user, recorded->id);
    }
    struct message *message = find(ledger, names.client);
    if (message == NULL) {
        message = find(ledger, names.id != 0 ? names.id : names.text);
        const bool others = message != NULL && message->writer != NONE && message->writer != own;
        if (others) { /* another writer's id is the same, by chance or by counting from 1 */
            naming_doubt(ledger, message);
            names.id = 0;
            message = names.text != 0 ? message : NULL;
        }
    } else if (message->writer != NONE && message->writer != own) {
        naming_doubt(ledger, message);
    }
    if (message == NULL) {
        return made(ledger, seat->room, names, recorded);
    }
    const bool again = (message->flags & MESSAGE_SENT) != 0;
    const bool other_text =
        again && recorded->value.bytes != NULL && !message_text(message, recorded->value);
    if (again && (names.text != 0 || other_text)) {
        naming_doubt(ledger, message); /* once more the same words, or the same id for others */
    }
    return message;
}

/* What an ack or a refusal is about. */
static struct message *answered(struct ledger *ledger, struct seat *seat, struct names names,
                                const struct recorded *recorded)
{
    const uint32_t user = ledger->devices[seat->device].user;
    if (names.text != 0) {
        return find(ledger, names.text);
    }
    if (names.client == 0) { /* it may be what its writer calls it */
        struct message *message = find(ledger, key_of_client(seat->room, user, recorded->id));
        return message != NULL ? message : find(ledger, names.id);
    }
    if (names.id == 0) {
        return find(ledger, names.client);
    }
    return under_both(ledger, seat, names);
}

struct message *naming_acked(struct ledger *ledger, struct seat *seat,
                             const struct recorded *recorded)
{
    const uint32_t user = ledger->devices[seat->device].user;
    const struct names names = names_of(seat->room, user, recorded);
    const bool both = names.id != 0 && names.client != 0;
    struct message *client = find(ledger, names.client);
    struct message *id = find(ledger, names.id);

    if (both && client != NULL && id != NULL && client != id && id->named == names.id &&
        (client->flags & id->flags & MESSAGE_SENT) != 0) {
        ledger->judged[ORD_10]++;
        finding_add(ledger, ORD_10, seat->room,
                    (struct involved){{(uint32_t)(seat - ledger->seats), id->writer, NONE}},
                    "%s is told the id of \"%s\" for \"%s\" as well",
                    seat_name(ledger, (uint32_t)(seat - ledger->seats)), id->label, client->label);
        return NULL;
    }
    struct message *message = answered(ledger, seat, names, recorded);
    if (message == NULL) {
        message = made(ledger, seat->room, names, recorded);
    }
    if (both) {
        ledger->said |= SAID_CLIENT;
        if (message->acked_named == 0) { /* another ack of another id is ORD-10's */
            same_named(ledger, seat, message, names.id, recorded->id);
        }
    }
    return message;
}

struct message *naming_refused(struct ledger *ledger, struct seat *seat,
                               const struct recorded *recorded)
{
    const uint32_t user = ledger->devices[seat->device].user;
    return answered(ledger, seat, names_of(seat->room, user, recorded), recorded);
}

/* --- By somebody's screen ------------------------------------------------------------------- */

struct message *naming_saw(struct ledger *ledger, struct seat *seat,
                           const struct recorded *recorded, uint64_t *ret_old)
{
    const uint32_t user =
        recorded->from.bytes != NULL ? user_get(ledger, user_of_name(recorded->from)) : NONE;
    const struct names names = names_of(seat->room, user, recorded);
    struct message *message = names.text != 0 ? find(ledger, names.text) : NULL;

    *ret_old = 0;
    if (names.text == 0) {
        struct message *by_client = find(ledger, names.client);
        const bool another = names.id != 0 && by_client != NULL && by_client->named != 0 &&
                             by_client->named != names.id;
        if (another) { /* what was written once, under a second name */
            same_named(ledger, seat, by_client, names.id, recorded->id);
            message = find(ledger, names.id);
        } else if (names.id != 0 && names.client != 0) {
            message = under_both(ledger, seat, names);
        } else {
            message = find(ledger, names.id != 0 ? names.id : names.client);
        }
    }
    if (message == NULL) {
        const uint64_t key = names.id != 0       ? names.id
                             : names.client != 0 ? names.client
                                                 : names.text;
        (void)message_find(ledger, key, ret_old);
        if (*ret_old != 0) {
            return NULL;
        }
        const bool taken = find(ledger, names.client) != NULL;
        message = made(ledger, seat->room,
                       (struct names){names.id, taken ? 0 : names.client, names.text}, recorded);
    }
    if (names.id != 0 && names.client != 0) {
        ledger->said |= SAID_CLIENT;
        if (message->named == 0) {
            message->named = names.id;
        } else {
            ledger->judged[SYN_04] += message->named == names.id;
        }
    }
    return message;
}
