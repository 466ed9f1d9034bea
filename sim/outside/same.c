/* See same.h. */
#include "sim/outside/same.h"

#include "sim/outside/finding.h"
#include "sim/outside/messages.h"
#include "sim/outside/people.h"

#include <inttypes.h>

static struct involved those(const struct ledger *ledger, const struct seat *seat, uint32_t other,
                             uint32_t third)
{
    return (struct involved){{(uint32_t)(seat - ledger->seats), other, third}};
}

static uint32_t number_of(const struct ledger *ledger, const struct seat *seat)
{
    return (uint32_t)(seat - ledger->seats);
}

/* --- Text and writer ------------------------------------------------------------------------ */

static void text_agrees(struct ledger *ledger, struct seat *seat, struct message *message,
                        const struct recorded *recorded)
{
    const bool known = (message->flags & MESSAGE_TEXT) != 0;
    const bool written = (message->flags & MESSAGE_WRITTEN_TEXT) != 0;
    if (recorded->value.bytes == NULL) {
        return;
    }
    ledger->said |= SAID_TEXT;
    ledger->judged[SYN_03] += known;
    if (message_text(message, recorded->value)) {
        return;
    }
    const uint32_t other = written && message->writer != NONE
                               ? message->writer
                               : seat_that_showed(ledger, message, number_of(ledger, seat));
    finding_add(ledger, SYN_03, message->room, those(ledger, seat, other, NONE),
                "%s %s \"%.*s\", of a message that %s %s with \"%s\"",
                seat_name(ledger, number_of(ledger, seat)),
                recorded->verb == RECORD_SAW ? "was shown" : "wrote",
                (int)(recorded->value.len < LABEL_MAX ? recorded->value.len : LABEL_MAX),
                recorded->value.bytes, other != NONE ? seat_name(ledger, other) : "another one",
                written ? "wrote" : "was shown", message->label);
}

static void writer_agrees(struct ledger *ledger, struct seat *seat, struct message *message,
                          uint32_t user, struct text words)
{
    if (message->writer_user == NONE) {
        message->writer_user = user;
        return;
    }
    ledger->judged[SEC_02]++;
    if (user == message->writer_user) {
        return;
    }
    size_t len;
    const char *known = interner_text(&ledger->user_names, message->writer_user, &len);
    const uint32_t other = message->writer != NONE
                               ? message->writer
                               : seat_that_showed(ledger, message, number_of(ledger, seat));
    finding_add(ledger, SEC_02, message->room, those(ledger, seat, other, NONE),
                "%s was shown \"%s\" as written by %.*s: it is known as written by %s",
                seat_name(ledger, number_of(ledger, seat)), message->label,
                (int)(words.len < 64 ? words.len : 64), words.bytes, known);
}

/* --- Place and stamp ------------------------------------------------------------------------ */

static void seq_agrees(struct ledger *ledger, struct seat *seat, struct message *message,
                       int64_t seq)
{
    uint64_t old;
    const uint32_t own = number_of(ledger, seat);
    const bool judged = ledger->profile.order == ORDER_ROOM;

    if (seq == RECORD_SEQ_NONE) {
        return;
    }
    ledger->said |= SAID_SEQ;
    const uint64_t key = key_of_seq(message->room, seq);
    struct message *there = message_find(ledger, key, &old);
    ledger->judged[ORD_01] += judged && (message->seq != RECORD_SEQ_NONE || there != NULL);
    if (message->seq != RECORD_SEQ_NONE && message->seq != seq) {
        if (judged) {
            finding_add(ledger, ORD_01, message->room,
                        those(ledger, seat, seat_that_showed(ledger, message, own), NONE),
                        "%s has \"%s\" at place %" PRId64 " of %s, others at %" PRId64,
                        seat_name(ledger, own), message->label, seq,
                        room_words(ledger, message->room), message->seq);
        }
        return;
    }
    message->seq = seq;
    if (there != NULL && there != message) {
        if (judged) {
            finding_add(ledger, ORD_01, message->room,
                        those(ledger, seat, seat_that_showed(ledger, there, own), NONE),
                        "at place %" PRId64 " of %s stands \"%s\" for %s and \"%s\" for others",
                        seq, room_words(ledger, message->room), message->label,
                        seat_name(ledger, own), there->label);
        }
        return;
    }
    if (there == NULL && old == 0) {
        (void)message_name(ledger, message, key);
    }
}

static void hlc_agrees(struct ledger *ledger, struct seat *seat, struct message *message,
                       uint64_t hlc)
{
    if (hlc == 0) {
        return;
    }
    ledger->said |= SAID_HLC;
    if (message->hlc != 0) {
        return;
    }
    message->hlc = hlc;
    if (message->hlc_below == 0 || ledger->profile.order < ORDER_CAUSAL) {
        return;
    }
    ledger->judged[ORD_07]++;
    if (hlc <= message->hlc_below) {
        finding_add(ledger, ORD_07, message->room, those(ledger, seat, message->writer, NONE),
                    "\"%s\" is stamped %012" PRIx64 "-%04" PRIx64 ", not above %012" PRIx64
                    "-%04" PRIx64 ", which its writer %s had been shown before",
                    message->label, hlc >> 16, hlc & 0xffff, message->hlc_below >> 16,
                    message->hlc_below & 0xffff,
                    message->writer != NONE ? seat_name(ledger, message->writer) : "");
    }
}

/* --- Names ---------------------------------------------------------------------------------- */

void same_named(struct ledger *ledger, struct seat *seat, struct message *message, uint64_t name,
                struct text words)
{
    if (message->named == 0) {
        message->named = name;
        return;
    }
    ledger->judged[SYN_04]++;
    if (message->named != name) {
        const uint32_t own = number_of(ledger, seat);
        finding_add(ledger, SYN_04, message->room,
                    those(ledger, seat, seat_that_showed(ledger, message, own), message->writer),
                    "%s has \"%s\" once more, as %.*s: it was written once", seat_name(ledger, own),
                    message->label, (int)(words.len < 64 ? words.len : 64), words.bytes);
    }
}

void same_joined(struct ledger *ledger, struct seat *seat, const struct message *one,
                 const struct message *other)
{
    const bool texts = (one->flags & other->flags & MESSAGE_TEXT) != 0;
    const bool writers = one->writer_user != NONE && other->writer_user != NONE;
    const struct message *seen = (one->flags & MESSAGE_SEEN) != 0 ? one : other;
    const uint32_t by = seat_that_showed(ledger, seen, number_of(ledger, seat));

    ledger->judged[SYN_03] += texts;
    ledger->judged[SEC_02] += writers;
    if (texts && one->content != other->content) {
        finding_add(ledger, SYN_03, one->room, those(ledger, seat, by, NONE),
                    "one message is \"%s\" under one of its names and \"%s\" under the other",
                    one->label, other->label);
    }
    if (writers && one->writer_user != other->writer_user) {
        finding_add(ledger, SEC_02, one->room, those(ledger, seat, by, NONE),
                    "\"%s\" is %s's under one of its names and %s's under the other", one->label,
                    interner_text(&ledger->user_names, one->writer_user, NULL),
                    interner_text(&ledger->user_names, other->writer_user, NULL));
    }
}

/* --- Lines ---------------------------------------------------------------------------------- */

void same_sent(struct ledger *ledger, struct seat *seat, struct message *message,
               const struct recorded *recorded)
{
    if (recorded->value.bytes != NULL) {
        text_agrees(ledger, seat, message, recorded);
        message->flags |= MESSAGE_WRITTEN_TEXT;
    }
    const struct text who = user_of_name(recorded->who);
    const bool named = message->writer_user != NONE && message->writer == NONE;
    if (named) { /* shown before its writer's line came, by another clock */
        writer_agrees(ledger, seat, message, ledger->devices[seat->device].user, who);
    }
}

void same_acked(struct ledger *ledger, struct seat *seat, struct message *message,
                const struct recorded *recorded)
{
    const uint64_t name = recorded->id.bytes != NULL ? key_of_id(message->room, recorded->id) : 0;
    const bool again = message->acked.serial != 0;
    const uint32_t own = number_of(ledger, seat);

    ledger->said |= name != 0 || recorded->seq != RECORD_SEQ_NONE ? SAID_ACK_NAMES : 0;
    const bool other_name = again && name != 0 && message->acked_named != 0;
    const bool other_seq =
        again && recorded->seq != RECORD_SEQ_NONE && message->acked_seq != RECORD_SEQ_NONE;
    const bool shown_seq = recorded->seq != RECORD_SEQ_NONE && message->seq != RECORD_SEQ_NONE;
    ledger->judged[ORD_10] += other_name || other_seq || shown_seq;
    if (other_name && message->acked_named != name) {
        finding_add(ledger, ORD_10, message->room, those(ledger, seat, NONE, NONE),
                    "%s is told another id for \"%s\" than by the ack before: %.*s",
                    seat_name(ledger, own), message->label,
                    (int)(recorded->id.len < 64 ? recorded->id.len : 64), recorded->id.bytes);
    } else if ((other_seq && recorded->seq != message->acked_seq) ||
               (shown_seq && recorded->seq != message->seq)) {
        const bool acked = other_seq && recorded->seq != message->acked_seq;
        finding_add(ledger, ORD_10, message->room,
                    those(ledger, seat, seat_that_showed(ledger, message, own), NONE),
                    "%s is told place %" PRId64 " for \"%s\": %s place %" PRId64,
                    seat_name(ledger, own), recorded->seq, message->label,
                    acked ? "the ack before said" : "it is shown at",
                    acked ? message->acked_seq : message->seq);
    }
    if (message->acked_named == 0) {
        message->acked_named = name;
    }
    if (message->acked_seq == RECORD_SEQ_NONE) {
        message->acked_seq = recorded->seq;
    }
    hlc_agrees(ledger, seat, message, recorded->hlc);
}

void same_saw(struct ledger *ledger, struct seat *seat, struct message *message,
              const struct recorded *recorded)
{
    text_agrees(ledger, seat, message, recorded);
    if (recorded->from.bytes != NULL) {
        const struct text name = user_of_name(recorded->from);
        const uint32_t user = user_get(ledger, name);
        ledger->said |= SAID_FROM;
        writer_agrees(ledger, seat, message, user, name);
    }
    if (recorded->seq != RECORD_SEQ_NONE && message->acked_seq != RECORD_SEQ_NONE) {
        ledger->judged[ORD_10]++;
        if (recorded->seq != message->acked_seq) {
            finding_add(ledger, ORD_10, message->room, those(ledger, seat, message->writer, NONE),
                        "\"%s\" is shown to %s at place %" PRId64 ": its ack said %" PRId64,
                        message->label, seat_name(ledger, number_of(ledger, seat)), recorded->seq,
                        message->acked_seq);
        }
    }
    seq_agrees(ledger, seat, message, recorded->seq);
    hlc_agrees(ledger, seat, message, recorded->hlc);
}

void same_twice(struct ledger *ledger, struct seat *seat, const char *label)
{
    if (ledger->profile.delivery != DELIVERY_AT_LEAST) {
        finding_add(ledger, ORD_08, seat->room, those(ledger, seat, NONE, NONE),
                    "%s was shown \"%s\" in %s again", seat_name(ledger, number_of(ledger, seat)),
                    label, room_words(ledger, seat->room));
    }
}
