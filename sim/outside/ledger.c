/* See ledger.h. Life, instants, and references that may have died. */
#include "sim/outside/ledger.h"

#include <stdlib.h>

static void people_deinit_all(struct ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->users_len; i++) {
        free(ledger->users[i].devices);
        free(ledger->users[i].rooms);
    }
    for (uint32_t i = 0; i < ledger->devices_len; i++) {
        free(ledger->devices[i].seats);
    }
    for (uint32_t i = 0; i < ledger->rooms_len; i++) {
        free(ledger->rooms[i].seats);
        free(ledger->rooms[i].members);
        free(ledger->rooms[i].free_slots);
    }
    for (uint32_t i = 0; i < ledger->seats_len; i++) {
        spans_deinit(&ledger->seats[i].shown);
        free(ledger->seats[i].written);
        free(ledger->seats[i].sights);
        vclock_deinit(&ledger->seats[i].knows);
        vclock_deinit(&ledger->seats[i].direct);
    }
    free(ledger->users);
    free(ledger->devices);
    free(ledger->rooms);
    free(ledger->seats);
    interner_deinit(&ledger->user_names);
    interner_deinit(&ledger->device_names);
    interner_deinit(&ledger->room_names);
    index_deinit(&ledger->seat_index);
}

void ledger_deinit(struct ledger *ledger)
{
    people_deinit_all(ledger);
    for (uint32_t i = 0; i < ledger->messages_len; i++) {
        vclock_deinit(&ledger->messages[i].knows);
        free(ledger->messages[i].expected);
    }
    free(ledger->messages);
    free(ledger->free_messages);
    free(ledger->sources);
    free(ledger->kept);
    free(ledger->old_keys);
    free(ledger->edges);
    free(ledger->after.items);
    free(ledger->before.items);
    free(ledger->due);
    free(ledger->findings);
    index_deinit(&ledger->names);
}

int64_t instant_earliest(const struct ledger *ledger, struct instant instant)
{
    HB_ASSERT(instant.source < ledger->sources_len);
    return instant.at_us - ledger->sources[instant.source].uncertain_us;
}

int64_t instant_latest(const struct ledger *ledger, struct instant instant)
{
    HB_ASSERT(instant.source < ledger->sources_len);
    return instant.at_us + ledger->sources[instant.source].uncertain_us;
}

bool surely_before(const struct ledger *ledger, struct instant first, struct instant second)
{
    if (first.serial == 0 || second.serial == 0) {
        return false;
    }
    if (first.source == second.source) {
        return first.serial < second.serial;
    }
    return instant_latest(ledger, first) < instant_earliest(ledger, second);
}

struct message *message_of(struct ledger *ledger, struct message_ref ref)
{
    if (ref.serial == 0 || ledger->messages[ref.message].serial != ref.serial) {
        return NULL;
    }
    return &ledger->messages[ref.message];
}

struct message_ref message_ref_to(const struct ledger *ledger, const struct message *message)
{
    return (struct message_ref){(uint32_t)(message - ledger->messages), message->serial};
}
