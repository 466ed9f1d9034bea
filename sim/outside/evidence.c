/* See evidence.h. */
#include "sim/outside/evidence.h"

#include <stdio.h>

enum wants_delivery { ANY_DELIVERY, NO_LOSS, NO_DUPLICATES };

struct form {
    enum promised_order order; /* at least */
    enum wants_delivery delivery;
    uint32_t said;
    bool is, resumes;
};

static const struct form forms[INVARIANT_COUNT] = {
    [ORD_01] = {ORDER_ROOM, ANY_DELIVERY, SAID_SAW, true, false},
    [ORD_03] = {ORDER_ROOM, ANY_DELIVERY, SAID_SAW | SAID_SEQ, true, false},
    [ORD_05] = {ORDER_SENDER, ANY_DELIVERY, SAID_SENT | SAID_SAW, true, false},
    [ORD_06] = {ORDER_CAUSAL, ANY_DELIVERY, SAID_SENT | SAID_SAW, true, false},
    [ORD_07] = {ORDER_CAUSAL, ANY_DELIVERY, SAID_SENT | SAID_HLC, true, false},
    [ORD_08] = {ORDER_NONE, NO_DUPLICATES, SAID_SAW, true, false},
    [ORD_10] = {ORDER_NONE, ANY_DELIVERY, SAID_ACKED | SAID_ACK_NAMES, true, false},
    [ORD_11] = {ORDER_ROOM, ANY_DELIVERY, SAID_SENT | SAID_ACKED | SAID_SAW, true, false},
    [HLC_03] = {ORDER_ROOM, ANY_DELIVERY, SAID_SAW | SAID_SEQ | SAID_HLC, true, false},
    [SYN_01] = {ORDER_NONE, NO_LOSS, SAID_ACKED, true, false},
    [SYN_02] = {ORDER_NONE, NO_LOSS, 0, true, false},
    [SYN_03] = {ORDER_NONE, ANY_DELIVERY, SAID_SAW | SAID_TEXT, true, false},
    [SYN_04] = {ORDER_NONE, ANY_DELIVERY, SAID_CLIENT, true, false},
    [SYN_11] = {ORDER_NONE, NO_LOSS, 0, true, true},
    [SEC_02] = {ORDER_NONE, ANY_DELIVERY, SAID_FROM, true, false},
    [LIV_11] = {ORDER_NONE, NO_LOSS, 0, true, false},
};

bool evidence_has_form(enum invariant invariant)
{
    HB_ASSERT(invariant < INVARIANT_COUNT);
    return forms[invariant].is;
}

/* NULL: all that it needs is promised. */
static const char *not_promised(const struct profile *profile, const struct form *form,
                                char room[120])
{
    if (profile->order < form->order) {
        (void)snprintf(room, 120, "not promised: order is %s", promised_order_word(profile->order));
        return room;
    }
    if ((form->delivery == NO_LOSS && profile->delivery == DELIVERY_AT_MOST) ||
        (form->delivery == NO_DUPLICATES && profile->delivery == DELIVERY_AT_LEAST)) {
        (void)snprintf(room, 120, "not promised: delivery is %s",
                       promised_delivery_word(profile->delivery));
        return room;
    }
    if (form->resumes && !profile->resumes) {
        return "not promised: a reconnect loses what was missed";
    }
    return NULL;
}

static const char *not_said(uint32_t missing)
{
    static const struct {
        uint32_t said;
        const char *words;
    } words[] = {
        {SAID_SAW, "no line says what anybody saw"},
        {SAID_SENT, "no line says what anybody sent"},
        {SAID_ACKED, "no line says that anything was acked"},
        {SAID_SEQ, "no line that was seen has a seq"},
        {SAID_HLC, "no line has an hlc"},
        {SAID_FROM, "no line that was seen has a from"},
        {SAID_CLIENT, "no line has an id and a client, which join the two names of a message"},
        {SAID_TEXT, "no line has a message's text"},
        {SAID_ACK_NAMES, "no ack has an id or a seq"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if ((missing & words[i].said) != 0) {
            return words[i].words;
        }
    }
    return NULL;
}

struct invariant_result evidence_result(const struct ledger *ledger, enum invariant invariant)
{
    HB_ASSERT(invariant < INVARIANT_COUNT);
    const struct form *form = &forms[invariant];
    struct invariant_result result = {.judged = ledger->judged[invariant],
                                      .violations = ledger->violated[invariant]};
    char room[120];

    if (invariant == SYN_02) {
        result.used_us = ledger->used_us;
        result.bound_us = ledger->profile.within_us;
    }
    if (result.violations > 0) {
        result.state = JUDGED_VIOLATED;
    } else if (!form->is || not_promised(&ledger->profile, form, room) != NULL ||
               (ledger->said & form->said) != form->said) {
        result.state = JUDGED_NO_EVIDENCE;
        result.judged = 0;
    } else {
        result.state = result.judged > 0 ? JUDGED_HELD : JUDGED_NOT_EXERCISED;
    }
    return result;
}

const char *evidence_why(const struct ledger *ledger, enum invariant invariant, char room[120])
{
    const struct invariant_result result = evidence_result(ledger, invariant);
    const struct form *form = &forms[invariant];

    if (result.state == JUDGED_HELD || result.state == JUDGED_VIOLATED) {
        return "";
    }
    if (!form->is) {
        return "it has no form from outside";
    }
    const char *why = not_promised(&ledger->profile, form, room);
    if (why == NULL) {
        why = not_said(form->said & ~ledger->said);
    }
    if (why != NULL) {
        return why;
    }
    if (form->delivery == NO_LOSS) {
        return "nobody else was connected and in the room since before anything was written";
    }
    return "nothing in the recording puts it to the test";
}
