/* See order.h. */
#include "sim/outside/order.h"

#include "sim/outside/finding.h"
#include "sim/outside/places.h"

#include <inttypes.h>

/* What a seat knows of before it asks what of that still matters. */
#define KNOWN_FEW  16
#define DIRECT_FEW 64

/* What was known of a message that nobody is expected to show any more cannot be contradicted. */
static bool matters(void *user, struct vclock_entry entry)
{
    const struct ledger *ledger = user;
    if (entry.entity >> 63 != 0) {
        const struct message *message = &ledger->messages[entry.entity & ~(UINT64_C(1) << 63)];
        return message->serial == entry.count && (message->flags & MESSAGE_SETTLED) == 0;
    }
    const struct seat *seat = &ledger->seats[entry.entity];
    return seat->write_first != NONE && ledger->messages[seat->write_first].count <= entry.count;
}

/* Most people write little in most rooms. All numbers so far are below the capacity: they stay where they
 * are. */
static void grow_written(struct seat *seat)
{
    const uint32_t cap = seat->written_cap == 0 ? 4 : seat->written_cap * 2;

    _Static_assert(WRITTEN_MAX % 4 == 0 && (WRITTEN_MAX & (WRITTEN_MAX - 1)) == 0, "it is reached");
    seat->written = hb_realloc(seat->written, cap * sizeof *seat->written);
    for (uint32_t i = seat->written_cap; i < cap; i++) {
        seat->written[i] = (struct message_ref){0, 0};
    }
    seat->written_cap = cap;
}

void order_sent(struct ledger *ledger, struct seat *seat, struct message *message)
{
    const uint64_t entity = (uint64_t)(seat - ledger->seats);

    message->entity = entity;
    message->count = ++seat->writes;
    if (message->count >= seat->written_cap && seat->written_cap < WRITTEN_MAX) {
        grow_written(seat);
    }
    seat->written[message->count % seat->written_cap] = message_ref_to(ledger, message);
    if (ledger->profile.order >= ORDER_CAUSAL) {
        if (seat->knows.len > KNOWN_FEW) {
            vclock_filter(&seat->knows, matters, ledger);
        }
        vclock_copy(&message->knows, &seat->knows);
        vclock_raise(&seat->knows, entity, message->count);
    }
    if (ledger->devices[seat->device].hlc_max > message->hlc_below) {
        message->hlc_below = ledger->devices[seat->device].hlc_max;
    }
}

static struct involved those(const struct ledger *ledger, const struct seat *seat, uint32_t other,
                             uint32_t third)
{
    return (struct involved){{(uint32_t)(seat - ledger->seats), other, third}};
}

static const char *name_of(const struct ledger *ledger, const struct seat *seat)
{
    return seat_name(ledger, (uint32_t)(seat - ledger->seats));
}

/* Two of one writer, by what is known of all: somebody has shown the later one first. */
static void written_order(struct ledger *ledger, struct message *first, struct message *second)
{
    uint32_t by = NONE;
    ledger->judged[ORD_05]++;
    const bool by_seq = first->seq != RECORD_SEQ_NONE && second->seq != RECORD_SEQ_NONE;
    const bool wrong =
        by_seq ? second->seq < first->seq : places_before(ledger, second, first, &by);
    if (wrong) {
        by = by != NONE ? by : seat_that_showed(ledger, first, first->writer);
        finding_add(ledger, ORD_05, first->room, (struct involved){{first->writer, by, NONE}},
                    "%s wrote \"%s\" and then \"%s\": in %s they stand the other way round",
                    seat_name(ledger, first->writer), first->label, second->label,
                    room_words(ledger, first->room));
    }
}

/* The count-th message of a seat, if it is remembered. */
static struct message *written(struct ledger *ledger, const struct seat *seat, uint64_t count)
{
    struct message *message = message_of(ledger, seat->written[count % seat->written_cap]);
    return message != NULL && message->count == count ? message : NULL;
}

void order_known(struct ledger *ledger, struct message *message)
{
    if (ledger->profile.order != ORDER_ROOM || (message->flags & MESSAGE_SENT) == 0) {
        return;
    }
    struct seat *seat = &ledger->seats[message->writer];
    /* It may have been joined with what was shown under another name. */
    seat->written[message->count % seat->written_cap] = message_ref_to(ledger, message);
    struct message *before = written(ledger, seat, message->count - 1);
    struct message *after = written(ledger, seat, message->count + 1);
    if (before != NULL && (before->flags & MESSAGE_SEEN) != 0) {
        written_order(ledger, before, message);
    }
    if (after != NULL && (after->flags & MESSAGE_SEEN) != 0) {
        written_order(ledger, message, after);
    }
}

/* --- One sight ------------------------------------------------------------------------------ */

/* ORD-05, ORD-06: is there something above it that came after it? */
static void causes(struct ledger *ledger, struct seat *seat, struct message *message)
{
    const uint64_t direct = vclock_get(&seat->direct, message->entity);
    const bool written = (message->flags & MESSAGE_SENT) != 0;

    if (written) {
        ledger->judged[ORD_05] += direct > 0;
        if (direct > message->count) {
            finding_add(ledger, ORD_05, message->room, those(ledger, seat, message->writer, NONE),
                        "%s was shown \"%s\" below what %s wrote after it", name_of(ledger, seat),
                        message->label, seat_name(ledger, message->writer));
        }
        if (seat->direct.len == seat->direct.cap && seat->direct.len >= DIRECT_FEW) {
            vclock_filter(&seat->direct, matters, ledger);
        }
        vclock_raise(&seat->direct, message->entity, message->count);
    }
    if (ledger->profile.order < ORDER_CAUSAL) {
        return;
    }
    const bool alone =
        message->knows.len == 1 && message->knows.entries[0].entity == message->entity;
    ledger->judged[ORD_06] += message->knows.len > 0 && !alone;
    if (direct <= message->count && vclock_get(&seat->knows, message->entity) >= message->count) {
        finding_add(ledger, ORD_06, message->room, those(ledger, seat, message->writer, NONE),
                    "%s was shown \"%s\" of %s below what was written by somebody who had been "
                    "shown it",
                    name_of(ledger, seat), message->label,
                    message->writer != NONE ? seat_name(ledger, message->writer) : "somebody");
    }
    vclock_merge(&seat->knows, &message->knows);
    vclock_raise(&seat->knows, message->entity, message->count);
    if (seat->knows.len == seat->knows.cap && seat->knows.len >= DIRECT_FEW) {
        vclock_filter(&seat->knows, matters, ledger);
    }
}

/* ORD-11: above it stands something that was written after its ack had arrived. */
static void real_time(struct ledger *ledger, struct seat *seat, struct message *message)
{
    const struct message *later = message_of(ledger, seat->written_last_of);
    if (message->acked.serial != 0 && later != NULL && later != message) {
        ledger->judged[ORD_11]++;
        if (surely_before(ledger, message->acked, seat->written_last)) {
            finding_add(ledger, ORD_11, message->room,
                        those(ledger, seat, message->writer, later->writer),
                        "%s was shown \"%s\" below \"%s\", which was written after its ack",
                        name_of(ledger, seat), message->label, later->label);
        }
    }
    if (message->sent.serial != 0 &&
        (seat->written_last.serial == 0 || message->sent.at_us > seat->written_last.at_us ||
         (message->sent.at_us == seat->written_last.at_us &&
          message->sent.serial > seat->written_last.serial))) {
        seat->written_last = message->sent;
        seat->written_last_of = message_ref_to(ledger, message);
    }
}

/* ORD-03, HLC-03: by the server's numbers. */
static void by_seq(struct ledger *ledger, struct seat *seat, struct message *message)
{
    const struct message *before = message_of(ledger, seat->seq_max_of);
    const char *label = before != NULL ? before->label : "another one";

    if (seat->seq_max != RECORD_SEQ_NONE) {
        ledger->judged[ORD_03]++;
        if (message->seq < seat->seq_max) {
            finding_add(ledger, ORD_03, message->room, those(ledger, seat, NONE, NONE),
                        "%s was shown \"%s\" of place %" PRId64 " below \"%s\" of place %" PRId64,
                        name_of(ledger, seat), message->label, message->seq, label, seat->seq_max);
            return;
        }
        if (message->hlc != 0 && seat->hlc_max != 0) {
            ledger->judged[HLC_03]++;
            if (message->hlc <= seat->hlc_max) {
                finding_add(ledger, HLC_03, message->room, those(ledger, seat, NONE, NONE),
                            "\"%s\" at place %" PRId64
                            " has a stamp that is not above that of \"%s\" at place %" PRId64,
                            message->label, message->seq, label, seat->seq_max);
            }
        }
    }
    seat->seq_max = message->seq;
    seat->seq_max_of = message_ref_to(ledger, message);
}

static void by_place(struct ledger *ledger, struct seat *seat, struct message *message)
{
    ledger->judged[ORD_01] += (message->flags & MESSAGE_SEEN) != 0 && seat->last.serial != 0;
    const struct contradiction found = places_show(ledger, seat, message);
    if (found.pair != NULL) {
        const struct seat *other = &ledger->seats[found.other];
        const bool both = spans_has(&seat->shown, found.pair->number) &&
                          spans_has(&other->shown, message->number);
        finding_add(ledger, ORD_01, message->room,
                    those(ledger, seat, found.other, message->writer),
                    both ? "%s was shown \"%s\" below \"%s\": %s was shown them the other way round"
                         : "%s was shown \"%s\" below \"%s\": what %s and others were shown leaves "
                           "no such order",
                    name_of(ledger, seat), message->label, found.pair->label,
                    seat_name(ledger, found.other));
    }
}

void order_saw(struct ledger *ledger, struct seat *seat, struct message *message)
{
    const bool own = message->writer == (uint32_t)(seat - ledger->seats);

    if (own && ledger->profile.own_at_once) {
        return;
    }
    if (ledger->profile.order >= ORDER_SENDER && !own) {
        causes(ledger, seat, message);
    }
    if (ledger->profile.order == ORDER_ROOM) {
        real_time(ledger, seat, message);
        if (message->seq != RECORD_SEQ_NONE) {
            by_seq(ledger, seat, message);
        } else {
            by_place(ledger, seat, message);
        }
    }
    if (message->hlc > seat->hlc_max) {
        seat->hlc_max = message->hlc;
    }
    if (message->hlc > ledger->devices[seat->device].hlc_max) {
        ledger->devices[seat->device].hlc_max = message->hlc;
    }
}

void order_fresh(struct seat *seat)
{
    spans_clear(&seat->shown);
    vclock_clear(&seat->knows);
    vclock_clear(&seat->direct);
    seat->last = (struct message_ref){0, 0};
    seat->seq_max = RECORD_SEQ_NONE;
    seat->hlc_max = 0;
    seat->seq_max_of = (struct message_ref){0, 0};
    seat->written_last = (struct instant){0};
    seat->written_last_of = (struct message_ref){0, 0};
}
