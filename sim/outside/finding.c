/* See finding.h. */
#include "sim/outside/finding.h"

#include "sim/outside/messages.h"
#include "sim/outside/people.h"

#include <stdarg.h>
#include <stdio.h>

void sight_note(struct ledger *ledger, struct seat *seat, enum record_verb verb, const char *label)
{
    if (seat->sights_len == seat->sights_cap && seat->sights_cap < SIGHTS_MAX) {
        seat->sights_cap = seat->sights_cap == 0 ? 2 : SIGHTS_MAX; /* many are there for a moment */
        seat->sights = hb_realloc(seat->sights, seat->sights_cap * sizeof *seat->sights);
    }
    struct sight *sight = &seat->sights[seat->sights_len++ % SIGHTS_MAX];
    const size_t len = strlen(label);
    HB_ASSERT(len <= LABEL_MAX);
    sight->at_us = ledger->now.at_us;
    sight->verb = verb;
    memcpy(sight->label, label, len + 1);
}

void sight_note_device(struct ledger *ledger, uint32_t device, enum record_verb verb,
                       struct text reason)
{
    char label[LABEL_MAX + 1];
    text_cut(reason, label);
    for (uint32_t i = 0; i < ledger->devices[device].seats_len; i++) {
        sight_note(ledger, &ledger->seats[ledger->devices[device].seats[i]], verb, label);
    }
}

const char *room_words(const struct ledger *ledger, uint32_t room)
{
    const char *name = room_name(ledger, room);
    return name[0] != 0 ? name : "the room";
}

const char *seat_name(const struct ledger *ledger, uint32_t seat)
{
    return device_name(ledger, ledger->seats[seat].device);
}

uint32_t seat_that_showed(const struct ledger *ledger, const struct message *message, uint32_t but)
{
    const struct room *room = &ledger->rooms[message->room];
    for (uint32_t i = 0; i < room->seats_len; i++) {
        if (room->seats[i] != but &&
            spans_has(&ledger->seats[room->seats[i]].shown, message->number)) {
            return room->seats[i];
        }
    }
    return NONE;
}

/* The lines of all of them, in the order of time. */
static void add_sights(const struct ledger *ledger, struct finding *found,
                       const uint32_t seats[FINDING_PEOPLE_MAX])
{
    uint32_t next[FINDING_PEOPLE_MAX] = {0};

    for (uint32_t p = 0; p < found->people_len; p++) {
        const uint32_t len = ledger->seats[seats[p]].sights_len;
        next[p] = len > SIGHTS_MAX ? len - SIGHTS_MAX : 0;
    }
    for (;;) {
        uint32_t first = NONE;
        const struct sight *sight = NULL;
        for (uint32_t p = 0; p < found->people_len; p++) {
            const struct seat *seat = &ledger->seats[seats[p]];
            if (next[p] == seat->sights_len) {
                continue;
            }
            const struct sight *own = &seat->sights[next[p] % SIGHTS_MAX];
            if (sight == NULL || own->at_us < sight->at_us) {
                first = p;
                sight = own;
            }
        }
        if (sight == NULL) {
            return;
        }
        found->sights[found->sights_len++] = (struct finding_sight){first, *sight};
        next[first]++;
    }
}

void finding_add(struct ledger *ledger, enum invariant invariant, uint32_t room,
                 struct involved involved, const char *format, ...)
{
    uint32_t seats[FINDING_PEOPLE_MAX];
    va_list args;

    HB_ASSERT(invariant < INVARIANT_COUNT);
    if (ledger->violated[invariant]++ >= FINDINGS_KEPT_EACH ||
        ledger->findings_len == FINDINGS_KEPT_MAX) {
        return;
    }
    HB_GROW(ledger->findings, ledger->findings_len, ledger->findings_cap);
    struct finding *found = &ledger->findings[ledger->findings_len++];
    *found = (struct finding){.invariant = invariant,
                              .at_us = ledger->now.at_us,
                              .line = ledger->line,
                              .source = ledger->now.source,
                              .room = room};
    for (uint32_t i = 0; i < FINDING_PEOPLE_MAX; i++) {
        bool had = involved.seats[i] == NONE;
        for (uint32_t p = 0; p < found->people_len && !had; p++) {
            had = seats[p] == involved.seats[i];
        }
        if (!had) {
            seats[found->people_len] = involved.seats[i];
            found->people[found->people_len++] = ledger->seats[involved.seats[i]].device;
        }
    }
    add_sights(ledger, found, seats);
    va_start(args, format);
    (void)vsnprintf(found->summary, sizeof found->summary, format, args);
    va_end(args);
}
