/* See outside.h. Which line goes where, and the results. */
#include "sim/outside/outside.h"

#include "sim/outside/evidence.h"
#include "sim/outside/finding.h"
#include "sim/outside/loss.h"
#include "sim/outside/messages.h"
#include "sim/outside/naming.h"
#include "sim/outside/order.h"
#include "sim/outside/people.h"
#include "sim/outside/places.h"
#include "sim/outside/same.h"

#include <stdlib.h>

#define START_US (INT64_MIN / 8) /* before any line */

struct outside {
    struct ledger ledger;
    uint64_t lines;
    int64_t first_us;
    char why[120];
};

struct outside *outside_new(const struct profile *profile)
{
    struct outside *outside = hb_calloc(1, sizeof *outside);
    outside->ledger.profile = *profile;
    outside->ledger.edge_free = NONE;
    return outside;
}

void outside_free(struct outside **outside)
{
    if (*outside != NULL) {
        ledger_deinit(&(*outside)->ledger);
        free(*outside);
        *outside = NULL;
    }
}

uint32_t outside_source(struct outside *outside, const struct record_header *header)
{
    struct ledger *ledger = &outside->ledger;
    const uint32_t source = ledger->sources_len;

    HB_GROW(ledger->sources, ledger->sources_len, ledger->sources_cap);
    ledger->sources[ledger->sources_len++] = (struct source){.uncertain_us = header->uncertain_us};
    if (header->uncertain_us > ledger->uncertain_max_us) {
        ledger->uncertain_max_us = header->uncertain_us;
    }
    ledger->now = (struct instant){START_US, ledger->now.serial + 1, source};
    for (size_t i = 0; i < header->members_len; i++) {
        member_joined(ledger, header->members[i].who, room_get(ledger, header->members[i].room));
    }
    return source;
}

/* --- Messages ------------------------------------------------------------------------------- */

static void set_writer(struct ledger *ledger, struct seat *seat, struct message *message)
{
    if (message->writer == NONE) {
        const uint32_t user = ledger->devices[seat->device].user;
        message->writer = (uint32_t)(seat - ledger->seats);
        message->writer_user = message->writer_user == NONE ? user : message->writer_user;
        (void)message_expected_take(ledger, message, seat->slot);
    }
}

static void on_sent(struct ledger *ledger, struct seat *seat, const struct recorded *recorded)
{
    struct message *message = naming_sent(ledger, seat, recorded);

    ledger->said |= SAID_SENT;
    if ((message->flags & MESSAGE_DOUBTFUL) == 0) {
        const bool written = (message->flags & MESSAGE_SENT) != 0;
        const bool refused = (message->flags & MESSAGE_REFUSED) != 0;
        const bool known = (message->flags & (MESSAGE_SEEN | MESSAGE_ACKED)) != 0;
        same_sent(ledger, seat, message, recorded);
        if (!written || refused) {
            set_writer(ledger, seat, message);
            message->flags = (message->flags | MESSAGE_SENT) & ~(uint32_t)MESSAGE_REFUSED;
            message->sent = ledger->now;
            order_sent(ledger, seat, message);
            if ((message->flags & MESSAGE_SETTLED) == 0) {
                message_write(ledger, message);
            }
            if (known) {
                order_known(ledger, message);
            }
        }
    }
    sight_note(ledger, seat, RECORD_SENT, message->label);
}

static void on_acked(struct ledger *ledger, struct seat *seat, const struct recorded *recorded)
{
    struct message *message = naming_acked(ledger, seat, recorded);

    ledger->said |= SAID_ACKED;
    if (message == NULL) {
        return;
    }
    if ((message->flags & MESSAGE_DOUBTFUL) == 0) {
        set_writer(ledger, seat, message);
        if (recorded->value.bytes != NULL) {
            (void)message_text(message, recorded->value);
        }
        same_acked(ledger, seat, message, recorded);
        message->flags |= MESSAGE_ACKED;
        if (message->acked.serial == 0) {
            message->acked = ledger->now;
        }
        if ((message->flags & (MESSAGE_SEEN | MESSAGE_SENT)) == (MESSAGE_SEEN | MESSAGE_SENT)) {
            order_known(ledger, message);
        }
        loss_accept(ledger, message);
    }
    sight_note(ledger, seat, RECORD_ACKED, message->label);
}

static void on_refused(struct ledger *ledger, struct seat *seat, const struct recorded *recorded)
{
    struct message *message = naming_refused(ledger, seat, recorded);
    if (message != NULL) {
        if ((message->flags & (MESSAGE_ACCEPTED | MESSAGE_DOUBTFUL)) == 0) {
            message->flags |= MESSAGE_REFUSED;
            message_unwrite(ledger, message);
        }
        sight_note(ledger, seat, RECORD_REFUSED, message->label);
    }
}

/* Of a message that was forgotten long ago, only whether it is new to this device. */
static void saw_old(struct ledger *ledger, struct seat *seat, uint64_t number,
                    const struct recorded *recorded)
{
    if (number >= seat->shown.floor && spans_has(&seat->shown, number)) {
        struct message label = {0};
        message_label(&label, recorded->value.bytes != NULL ? recorded->value : recorded->id);
        sight_note(ledger, seat, RECORD_SAW, label.label);
        same_twice(ledger, seat, label.label);
    } else {
        ledger->omitted[OMITTED_OLD]++;
        spans_add(&seat->shown, number);
    }
}

static void on_saw(struct ledger *ledger, struct seat *seat, const struct recorded *recorded)
{
    uint64_t old;
    struct message *message = naming_saw(ledger, seat, recorded, &old);

    ledger->said |= SAID_SAW;
    if (message == NULL) {
        saw_old(ledger, seat, old, recorded);
        return;
    }
    const bool by_text_only =
        (message->flags & (MESSAGE_BY_TEXT | MESSAGE_SENT)) == MESSAGE_BY_TEXT;
    const bool again = spans_has(&seat->shown, message->number);
    if (again && by_text_only) {
        naming_doubt(ledger, message); /* it may well have been written twice */
    }
    if (recorded->value.bytes != NULL && (message->flags & MESSAGE_TEXT) == 0) {
        message_label(message, recorded->value);
    }
    sight_note(ledger, seat, RECORD_SAW, message->label);
    if ((message->flags & MESSAGE_DOUBTFUL) != 0) {
        return;
    }
    ledger->judged[ORD_08] += ledger->profile.delivery != DELIVERY_AT_LEAST;
    same_saw(ledger, seat, message, recorded);
    if (again) {
        same_twice(ledger, seat, message->label);
        return;
    }
    order_saw(ledger, seat, message);
    spans_add(&seat->shown, message->number);
    const bool own = message->writer != NONE
                         ? message->writer == (uint32_t)(seat - ledger->seats)
                         : message->writer_user == ledger->devices[seat->device].user;
    message->flags |= MESSAGE_SEEN | (own ? 0 : MESSAGE_SEEN_OTHER);
    if (message->seen.serial == 0) {
        message->seen = ledger->now;
    }
    loss_saw(ledger, seat, message);
    if (!own) {
        loss_accept(ledger, message);
    }
}

/* --- People --------------------------------------------------------------------------------- */

static void left(struct ledger *ledger, uint32_t number)
{
    struct seat *seat = &ledger->seats[number];
    loss_released(ledger, seat);
    seat_left(ledger, seat);
}

static void on_left(struct ledger *ledger, struct text who, uint32_t room)
{
    if (memchr(who.bytes, '/', who.len) != NULL) {
        left(ledger, seat_get(ledger, device_get(ledger, who), room));
        return;
    }
    const uint32_t number = user_get(ledger, who);
    struct user *user = &ledger->users[number];
    for (uint32_t i = 0; i < user->rooms_len; i++) {
        if (user->rooms[i].room == room) {
            user->rooms[i] = user->rooms[--user->rooms_len];
        }
    }
    for (uint32_t i = 0; i < user->devices_len; i++) {
        left(ledger, seat_get(ledger, user->devices[i], room));
    }
}

static void on_up(struct ledger *ledger, uint32_t number, bool fresh)
{
    struct device *device = &ledger->devices[number];
    const bool first = device->last.serial == 0;

    if (!first) {
        loss_interrupted(ledger, number);
    }
    for (uint32_t i = 0; fresh && i < device->seats_len; i++) {
        struct seat *seat = &ledger->seats[device->seats[i]];
        order_fresh(seat);
        loss_released(ledger, seat);
    }
    device->hlc_max = fresh ? 0 : device->hlc_max;
    device->told = true;
    device->up = true;
    device->up_since = ledger->now;
}

static void on_down(struct ledger *ledger, uint32_t number)
{
    loss_interrupted(ledger, number);
    ledger->devices[number].told = true;
    ledger->devices[number].up = false;
}

/* What concerns a device rather than a message in a room; false: it does not. */
static bool on_device(struct ledger *ledger, uint32_t device, const struct recorded *recorded)
{
    const struct text whom = recorded->value.bytes != NULL ? recorded->value : recorded->who;
    switch (recorded->verb) {
    case RECORD_UP:
        on_up(ledger, device, recorded->fresh);
        sight_note_device(ledger, device, RECORD_UP, recorded->value);
        return true;
    case RECORD_DOWN:
        on_down(ledger, device);
        sight_note_device(ledger, device, RECORD_DOWN, recorded->value);
        return true;
    case RECORD_JOINED:
        member_joined(ledger, whom, room_get(ledger, recorded->room));
        return true;
    case RECORD_LEFT:
        on_left(ledger, whom, room_get(ledger, recorded->room));
        return true;
    case RECORD_SENT:
    case RECORD_ACKED:
    case RECORD_REFUSED:
    case RECORD_SAW:
        return false;
    case RECORD_VERB_COUNT:
        break;
    }
    HB_UNREACHABLE("a line without a verb");
}

static void on_message(struct ledger *ledger, uint32_t device, const struct recorded *recorded)
{
    const uint32_t number = seat_get(ledger, device, room_get(ledger, recorded->room));
    struct seat *seat = &ledger->seats[number];

    seat_member_by_deed(ledger, seat);
    switch ((int)recorded->verb) {
    case RECORD_SENT:
        on_sent(ledger, seat, recorded);
        return;
    case RECORD_ACKED:
        on_acked(ledger, seat, recorded);
        return;
    case RECORD_REFUSED:
        on_refused(ledger, seat, recorded);
        return;
    default:
        HB_ASSERT(recorded->verb == RECORD_SAW);
        on_saw(ledger, seat, recorded);
        return;
    }
}

void outside_observe(struct outside *outside, uint32_t source, uint64_t line,
                     const struct recorded *recorded)
{
    struct ledger *ledger = &outside->ledger;

    HB_ASSERT(source < ledger->sources_len);
    ledger->now = (struct instant){recorded->at_us, ledger->now.serial + 1, source};
    ledger->line = line;
    ledger->sources[source].end_us = recorded->at_us;
    if (outside->lines++ == 0) {
        outside->first_us = recorded->at_us;
    }
    loss_overdue(ledger);
    const uint32_t number = device_get(ledger, recorded->who);
    if (ledger->devices[number].last.serial == 0) {
        ledger->devices[number].up = recorded->verb != RECORD_DOWN;
        ledger->devices[number].up_since = ledger->now;
    }
    if (!on_device(ledger, number, recorded)) {
        on_message(ledger, number, recorded);
    }
    ledger->devices[number].last = ledger->now;
    for (struct message *surplus; (surplus = message_surplus(ledger)) != NULL;) {
        places_remove(ledger, surplus);
        message_forget(ledger, surplus);
    }
}

void outside_end(struct outside *outside)
{
    struct ledger *ledger = &outside->ledger;
    if (outside->lines > 0) {
        loss_overdue(ledger);
        loss_end(ledger);
    }
}

/* --- Results -------------------------------------------------------------------------------- */

struct invariant_result outside_result(const struct outside *outside, enum invariant invariant)
{
    return evidence_result(&outside->ledger, invariant);
}

const char *outside_why(struct outside *outside, enum invariant invariant)
{
    return evidence_why(&outside->ledger, invariant, outside->why);
}

size_t outside_findings(const struct outside *outside, const struct finding **ret)
{
    *ret = outside->ledger.findings;
    return outside->ledger.findings_len;
}

uint64_t outside_omitted(const struct outside *outside, enum omitted which)
{
    HB_ASSERT(which < OMITTED_COUNT);
    return outside->ledger.omitted[which];
}

const char *omitted_words(enum omitted which)
{
    static const char *const words[] = {
        [OMITTED_DOUBTFUL] = "messages whose name stands for something else as well",
        [OMITTED_OLD] = "sights of messages so old that they had been forgotten",
        [OMITTED_NO_UP] = "deliveries to devices of which no line says whether they were still up",
        [OMITTED_CUT] = "deliveries that were due only after the recording's end",
        [OMITTED_TANGLED] = "sights whose order would have cost too much to look at",
    };
    HB_ASSERT(which < OMITTED_COUNT);
    return words[which];
}

struct outside_counts outside_counts(const struct outside *outside)
{
    const struct ledger *ledger = &outside->ledger;
    return (struct outside_counts){.lines = outside->lines,
                                   .devices = ledger->devices_len,
                                   .rooms = ledger->rooms_len,
                                   .messages = ledger->message_serials,
                                   .first_us = outside->first_us,
                                   .last_us = ledger->now.at_us};
}

const char *outside_device(const struct outside *outside, uint32_t device)
{
    return device_name(&outside->ledger, device);
}

const char *outside_room(const struct outside *outside, uint32_t room)
{
    return room_words(&outside->ledger, room);
}
