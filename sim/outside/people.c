/* See people.h. */
#include "sim/outside/people.h"

struct text user_of_name(struct text who)
{
    const char *slash = memchr(who.bytes, '/', who.len);
    return (struct text){who.bytes, slash != NULL ? (uint32_t)(slash - who.bytes) : who.len};
}

uint32_t user_get(struct ledger *ledger, struct text name)
{
    const uint32_t user = interner_add(&ledger->user_names, name.bytes, name.len);
    if (user == ledger->users_len) {
        HB_GROW(ledger->users, ledger->users_len, ledger->users_cap);
        ledger->users[ledger->users_len++] = (struct user){0};
    }
    return user;
}

uint32_t room_get(struct ledger *ledger, struct text name)
{
    const uint32_t room =
        interner_add(&ledger->room_names, name.bytes != NULL ? name.bytes : "", name.len);
    if (room == ledger->rooms_len) {
        HB_GROW(ledger->rooms, ledger->rooms_len, ledger->rooms_cap);
        ledger->rooms[ledger->rooms_len++] =
            (struct room){.open_first = NONE, .open_last = NONE, .last_accepted = NONE};
    }
    return room;
}

/* One that nobody has any more, if there is one. */
static void take_slot(struct room *room, struct seat *seat, uint32_t number)
{
    if (room->free_len > 0) {
        seat->slot = room->free_slots[--room->free_len];
    } else {
        HB_GROW(room->members, room->members_len, room->members_cap);
        seat->slot = room->members_len++;
    }
    room->members[seat->slot] = number;
}

static void joined(struct ledger *ledger, uint32_t seat_number, struct instant since)
{
    struct seat *seat = &ledger->seats[seat_number];
    seat->left = false;
    if (!seat->member) {
        seat->member = true;
        seat->since = since;
        take_slot(&ledger->rooms[seat->room], seat, seat_number);
    }
}

void seat_left(struct ledger *ledger, struct seat *seat)
{
    struct room *room = &ledger->rooms[seat->room];

    seat->left = true;
    if (seat->member) {
        seat->member = false;
        room->members[seat->slot] = NONE;
        HB_GROW(room->free_slots, room->free_len, room->free_cap);
        room->free_slots[room->free_len++] = seat->slot;
        seat->slot = NONE;
    }
}

uint32_t device_get(struct ledger *ledger, struct text who)
{
    const uint32_t device = interner_add(&ledger->device_names, who.bytes, who.len);
    if (device < ledger->devices_len) {
        return device;
    }
    const uint32_t user = user_get(ledger, user_of_name(who));
    HB_GROW(ledger->devices, ledger->devices_len, ledger->devices_cap);
    ledger->devices[ledger->devices_len++] = (struct device){.user = user};
    struct user *of = &ledger->users[user];
    HB_GROW(of->devices, of->devices_len, of->devices_cap);
    of->devices[of->devices_len++] = device;
    for (uint32_t i = 0; i < of->rooms_len; i++) {
        joined(ledger, seat_get(ledger, device, of->rooms[i].room), ledger->now);
    }
    return device;
}

uint32_t seat_get(struct ledger *ledger, uint32_t device, uint32_t room)
{
    const uint64_t key = ((uint64_t)device << 32 | room) + 1;
    /* Spread over the index: neighbours would stand in one long row. */
    const uint64_t spread = key * UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t mixed = spread ^ spread >> 32;
    uint64_t found;

    HB_ASSERT(mixed != 0);
    if (index_get(&ledger->seat_index, mixed, &found)) {
        return (uint32_t)found;
    }
    const uint32_t number = ledger->seats_len;
    struct device *of = &ledger->devices[device];
    struct room *in = &ledger->rooms[room];
    HB_GROW(ledger->seats, ledger->seats_len, ledger->seats_cap);
    ledger->seats[ledger->seats_len++] = (struct seat){.device = device,
                                                       .room = room,
                                                       .slot = NONE,
                                                       .seq_max = RECORD_SEQ_NONE,
                                                       .write_first = NONE,
                                                       .write_last = NONE};
    HB_GROW(of->seats, of->seats_len, of->seats_cap);
    of->seats[of->seats_len++] = number;
    HB_GROW(in->seats, in->seats_len, in->seats_cap);
    in->seats[in->seats_len++] = number;
    index_put(&ledger->seat_index, mixed, number);
    return number;
}

void seat_member_by_deed(struct ledger *ledger, struct seat *seat)
{
    if (!seat->member && !seat->left) {
        joined(ledger, (uint32_t)(seat - ledger->seats), ledger->now);
    }
}

void member_joined(struct ledger *ledger, struct text who, uint32_t room)
{
    if (memchr(who.bytes, '/', who.len) != NULL) {
        joined(ledger, seat_get(ledger, device_get(ledger, who), room), ledger->now);
        return;
    }
    const uint32_t number = user_get(ledger, who);
    struct user *user = &ledger->users[number];
    bool known = false;
    for (uint32_t i = 0; i < user->rooms_len; i++) {
        known = known || user->rooms[i].room == room;
    }
    if (!known) {
        HB_GROW(user->rooms, user->rooms_len, user->rooms_cap);
        user->rooms[user->rooms_len++] = (struct room_member){room, ledger->now};
    }
    for (uint32_t i = 0; i < user->devices_len; i++) {
        joined(ledger, seat_get(ledger, user->devices[i], room), ledger->now);
    }
}

const char *device_name(const struct ledger *ledger, uint32_t device)
{
    return interner_text(&ledger->device_names, device, NULL);
}

const char *room_name(const struct ledger *ledger, uint32_t room)
{
    return interner_text(&ledger->room_names, room, NULL);
}
