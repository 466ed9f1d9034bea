/* See loss.h. */
#include "sim/outside/loss.h"

#include "sim/outside/finding.h"
#include "sim/outside/messages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* --- Who is to show it ---------------------------------------------------------------------- */

/* When it was written, as far as lines tell. */
static struct instant born(const struct ledger *ledger, const struct message *message)
{
    if (message->sent.serial != 0) {
        return message->sent;
    }
    const bool seen_first =
        message->acked.serial == 0 ||
        (message->seen.serial != 0 && surely_before(ledger, message->seen, message->acked));
    return seen_first ? message->seen : message->acked;
}

static bool eligible(const struct ledger *ledger, const struct seat *seat,
                     const struct message *message, struct instant since)
{
    const struct device *device = &ledger->devices[seat->device];
    return seat->member && surely_before(ledger, seat->since, since) &&
           (ledger->profile.resumes ||
            (device->up && surely_before(ledger, device->up_since, since))) &&
           (message->writer != NONE ? message->writer != (uint32_t)(seat - ledger->seats)
                                    : message->writer_user != device->user) &&
           !spans_has(&seat->shown, message->number);
}

static void enqueue(struct ledger *ledger, struct message *message)
{
    if (ledger->due_len == ledger->due_cap) {
        const uint64_t cap = ledger->due_cap == 0 ? 64 : ledger->due_cap * 2;
        struct due *due = hb_malloc(cap * sizeof *due);
        for (uint64_t i = 0; i < ledger->due_len; i++) {
            due[i] = ledger->due[(ledger->due_from + i) % ledger->due_cap];
        }
        free(ledger->due);
        ledger->due = due;
        ledger->due_from = 0;
        ledger->due_cap = cap;
    }
    ledger->due[(ledger->due_from + ledger->due_len++) % ledger->due_cap] =
        (struct due){message_ref_to(ledger, message),
                     instant_latest(ledger, message->accepted) + ledger->profile.within_us};
}

void loss_accept(struct ledger *ledger, struct message *message)
{
    struct room *room = &ledger->rooms[message->room];

    if ((message->flags & (MESSAGE_ACCEPTED | MESSAGE_DOUBTFUL)) != 0) {
        return;
    }
    message->flags |= MESSAGE_ACCEPTED;
    message->accepted = ledger->now;
    room->last_accepted = (uint32_t)(message - ledger->messages);
    room->last_accepted_serial = message->serial;
    const bool unknown = ledger->profile.replays && message->sent.serial == 0;
    if (ledger->profile.delivery != DELIVERY_AT_MOST && !unknown) {
        const struct instant since = born(ledger, message);
        const uint32_t words = (room->members_len + 63) / 64;
        message->expected = hb_calloc(words, sizeof *message->expected);
        message->expected_slots = room->members_len;
        for (uint32_t i = 0; i < room->members_len; i++) {
            if (room->members[i] != NONE &&
                eligible(ledger, &ledger->seats[room->members[i]], message, since)) {
                message->expected[i / 64] |= UINT64_C(1) << i % 64;
                message->expected_len++;
            }
        }
    }
    if (message->expected_len == 0) {
        free(message->expected);
        message->expected = NULL;
        message_settle(ledger, message);
        return;
    }
    const bool acked = (message->flags & MESSAGE_ACKED) != 0;
    ledger->judged[SYN_01] += acked;
    ledger->judged[SYN_02] += message->expected_len;
    message_open(ledger, message);
    if (ledger->profile.within_us > 0) {
        enqueue(ledger, message);
    }
}

/* --- Lost ----------------------------------------------------------------------------------- */

static bool is_last(const struct ledger *ledger, const struct message *message)
{
    const struct room *room = &ledger->rooms[message->room];
    return room->last_accepted == (uint32_t)(message - ledger->messages) &&
           room->last_accepted_serial == message->serial;
}

/* How it is known that it was accepted. */
static const char *accepted_words(const struct message *message)
{
    return (message->flags & MESSAGE_ACKED) != 0 ? "acked" : "shown to others";
}

static struct involved those(const struct ledger *ledger, const struct seat *seat,
                             const struct message *message)
{
    return (struct involved){{(uint32_t)(seat - ledger->seats), message->writer,
                              seat_that_showed(ledger, message, message->writer)}};
}

/* SYN-02 or, of who was away meanwhile, SYN-11. `words`: "within 5.000 s". */
static void lost(struct ledger *ledger, struct seat *seat, struct message *message,
                 enum invariant invariant, const char *words)
{
    finding_add(ledger, invariant, message->room, those(ledger, seat, message),
                invariant == SYN_11
                    ? "%s came back and was not shown \"%s\" in %s, %s while it was "
                      "away%s"
                    : "%s was not shown \"%s\" in %s, %s %s, and was connected all "
                      "the time",
                seat_name(ledger, (uint32_t)(seat - ledger->seats)), message->label,
                room_words(ledger, message->room), accepted_words(message), words);
}

/* What a loss is besides: of the last message in its room; of one that nobody has ever shown. */
static void gone(struct ledger *ledger, struct seat *seat, struct message *message)
{
    if (is_last(ledger, message)) {
        finding_add(ledger, LIV_11, message->room, those(ledger, seat, message),
                    "\"%s\" is the last that was accepted in %s, and %s was not shown it",
                    message->label, room_words(ledger, message->room),
                    seat_name(ledger, (uint32_t)(seat - ledger->seats)));
    }
    if ((message->flags & MESSAGE_ACKED) != 0 && (message->flags & MESSAGE_SEEN_OTHER) == 0) {
        finding_add(ledger, SYN_01, message->room,
                    (struct involved){{message->writer, (uint32_t)(seat - ledger->seats), NONE}},
                    "\"%s\" of %s was acked in %s, and nobody else was ever shown it",
                    message->label,
                    message->writer != NONE ? seat_name(ledger, message->writer) : "somebody",
                    room_words(ledger, message->room));
    }
}

static bool connected_throughout(const struct ledger *ledger, const struct seat *seat,
                                 const struct message *message)
{
    const struct device *device = &ledger->devices[seat->device];
    return device->up && surely_before(ledger, device->up_since, born(ledger, message));
}

static bool told_overdue(const struct ledger *ledger, const struct seat *seat,
                         const struct message *message)
{
    return (message->flags & MESSAGE_OVERDUE) != 0 && ledger->devices[seat->device].told &&
           connected_throughout(ledger, seat, message);
}

void loss_saw(struct ledger *ledger, struct seat *seat, struct message *message)
{
    const int64_t within_us = ledger->profile.within_us;
    if (message->expected == NULL || !message_expects(message, seat->slot)) {
        return;
    }
    if (within_us > 0) {
        const bool one_clock = message->accepted.source == ledger->now.source;
        const int64_t from_us =
            one_clock ? message->accepted.at_us : instant_latest(ledger, message->accepted);
        const int64_t to_us = one_clock ? ledger->now.at_us : instant_earliest(ledger, ledger->now);
        const int64_t used_us = to_us - from_us;
        ledger->used_us = used_us > ledger->used_us ? used_us : ledger->used_us;
        if (used_us > within_us && !told_overdue(ledger, seat, message)) {
            finding_add(ledger, SYN_02, message->room, those(ledger, seat, message),
                        "%s was shown \"%s\" in %s %" PRId64 ".%03" PRId64 " s after it was %s",
                        seat_name(ledger, (uint32_t)(seat - ledger->seats)), message->label,
                        room_words(ledger, message->room), used_us / 1000000,
                        used_us % 1000000 / 1000, accepted_words(message));
        }
    }
    (void)message_expected_take(ledger, message, seat->slot);
}

static void release(struct ledger *ledger, struct seat *seat)
{
    uint32_t number = seat->slot != NONE ? ledger->rooms[seat->room].open_first : NONE;
    while (number != NONE) {
        struct message *message = &ledger->messages[number];
        number = message->open_after; /* it may be settled now */
        (void)message_expected_take(ledger, message, seat->slot);
    }
}

void loss_released(struct ledger *ledger, struct seat *seat)
{
    release(ledger, seat);
}

void loss_interrupted(struct ledger *ledger, uint32_t device)
{
    if (ledger->profile.resumes) {
        return;
    }
    for (uint32_t i = 0; i < ledger->devices[device].seats_len; i++) {
        release(ledger, &ledger->seats[ledger->devices[device].seats[i]]);
    }
}

/* --- When it is judged ---------------------------------------------------------------------- */

/* All who are still to show it, in a room whose members do not change meanwhile. */
static void judge_expected(struct ledger *ledger, struct message *message,
                           void (*judge)(struct ledger *ledger, struct seat *seat,
                                         struct message *message))
{
    const struct room *room = &ledger->rooms[message->room];
    for (uint32_t i = 0; i < message->expected_slots; i++) {
        if (message_expects(message, i)) {
            judge(ledger, &ledger->seats[room->members[i]], message);
        }
    }
}

static void overdue(struct ledger *ledger, struct seat *seat, struct message *message)
{
    char words[64];
    /* Of whoever was away meanwhile, and of whom nobody recorded that it was there, the end tells. */
    if (ledger->devices[seat->device].told && connected_throughout(ledger, seat, message)) {
        (void)snprintf(words, sizeof words, "%" PRId64 ".%03" PRId64 " s ago",
                       ledger->profile.within_us / 1000000,
                       ledger->profile.within_us % 1000000 / 1000);
        lost(ledger, seat, message, SYN_02, words);
    }
}

void loss_overdue(struct ledger *ledger)
{
    while (ledger->due_len > 0) {
        const struct due due = ledger->due[ledger->due_from % ledger->due_cap];
        /* Whoever's clock it is, a line of before the deadline has been read by then. */
        if (ledger->now.at_us - 2 * ledger->uncertain_max_us <= due.at_us) {
            return;
        }
        ledger->due_from++;
        ledger->due_len--;
        struct message *message = message_of(ledger, due.of);
        if (message == NULL || message->expected == NULL) {
            continue;
        }
        judge_expected(ledger, message, overdue);
        message->flags |= MESSAGE_OVERDUE;
    }
}

static void unshown(struct ledger *ledger, struct seat *seat, struct message *message)
{
    const struct device *device = &ledger->devices[seat->device];
    const int64_t end_us = ledger->now.at_us;
    const int64_t after_us = end_us - message->accepted.at_us;
    const bool back = !connected_throughout(ledger, seat, message);
    const int64_t online_us = back ? end_us - device->up_since.at_us : after_us;
    const int64_t enough_us = ledger->profile.within_us > ledger->profile.settle_us
                                  ? ledger->profile.within_us
                                  : ledger->profile.settle_us;
    char words[64];

    if (!device->up || (back && !ledger->profile.resumes)) {
        return; /* it may be shown it some day; or it came, as is known by now, too late */
    }
    if (!device->told && !surely_before(ledger, message->accepted, device->last)) {
        ledger->omitted[OMITTED_NO_UP]++;
        ledger->judged[SYN_02]--;
        return;
    }
    if (online_us < enough_us || after_us < enough_us) {
        ledger->omitted[OMITTED_CUT]++;
        ledger->judged[SYN_02]--;
        return;
    }
    if (!told_overdue(ledger, seat, message)) {
        (void)snprintf(words, sizeof words,
                       "%" PRId64 ".%03" PRId64 " s before the recording's end", after_us / 1000000,
                       after_us % 1000000 / 1000);
        lost(ledger, seat, message, back ? SYN_11 : SYN_02, back ? "" : words);
    }
    gone(ledger, seat, message);
}

void loss_end(struct ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->rooms_len; i++) {
        const struct room *room = &ledger->rooms[i];
        ledger->judged[LIV_11] += room->last_accepted != NONE && ledger->judged[SYN_02] > 0;
        for (uint32_t m = room->open_first; m != NONE; m = ledger->messages[m].open_after) {
            judge_expected(ledger, &ledger->messages[m], unshown);
        }
    }
    if (ledger->profile.resumes) {
        ledger->judged[SYN_11] = ledger->judged[SYN_02];
    }
}
