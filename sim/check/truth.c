/* See truth.h. */
#include "sim/check/truth.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct violation *truth_violation(struct judge *judge, enum invariant invariant,
                                  const struct obs *obs)
{
    struct violation *violation = &judge->overflow;

    judge->results[invariant].violations++;
    if (judge->violations_len < VIOLATIONS_KEPT_MAX) {
        HB_GROW(judge->violations, judge->violations_len, judge->violations_cap);
        violation = &judge->violations[judge->violations_len++];
    }
    *violation = (struct violation){.invariant = invariant,
                                    .at_us = obs->at_us,
                                    .room = obs->room,
                                    .node = obs->node,
                                    .seq_low = obs->seq,
                                    .seq_high = obs->seq,
                                    .observation = judge->observations};
    if (obs->device != OBS_NONE) {
        violation_device(violation, obs->device);
    }
    return violation;
}

void violation_device(struct violation *violation, uint32_t device)
{
    for (uint32_t i = 0; i < violation->devices_len; i++) {
        if (violation->devices[i] == device) {
            return;
        }
    }
    if (violation->devices_len < VIOLATION_DEVICES_MAX) {
        violation->devices[violation->devices_len++] = device;
    }
}

void violation_say(struct violation *violation, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(violation->summary, sizeof violation->summary, format, args);
    va_end(args);
}

struct t_device *truth_device(struct judge *judge, uint32_t device)
{
    HB_ASSERT(device != OBS_NONE);
    while (device >= judge->devices_len) {
        HB_GROW(judge->devices, judge->devices_len, judge->devices_cap);
        judge->devices[judge->devices_len++] = (struct t_device){
            .user = OBS_NONE, .node = OBS_NODE_NONE, .waiting_since_us = INT64_MAX};
    }
    return &judge->devices[device];
}

struct t_room *truth_room(struct judge *judge, uint32_t room)
{
    HB_ASSERT(room != OBS_NONE);
    while (room >= judge->rooms_len) {
        HB_GROW(judge->rooms, judge->rooms_len, judge->rooms_cap);
        judge->rooms[judge->rooms_len++] = (struct t_room){0};
    }
    return &judge->rooms[room];
}

struct t_record *truth_record(struct judge *judge, uint32_t device_index, uint32_t room_index)
{
    struct t_device *device = truth_device(judge, device_index);
    for (uint32_t i = 0; i < device->places_len; i++) {
        if (device->places[i].room == room_index) {
            return &judge->records[device->places[i].record];
        }
    }
    struct t_room *room = truth_room(judge, room_index);
    HB_GROW(judge->records, judge->records_len, judge->records_cap);
    HB_GROW(device->places, device->places_len, device->places_cap);
    HB_GROW(room->records, room->records_len, room->records_cap);
    device->places[device->places_len++] = (struct t_place){room_index, judge->records_len};
    room->records[room->records_len++] = judge->records_len;
    struct t_record *record = &judge->records[judge->records_len++];
    *record = (struct t_record){
        .device = device_index, .room = room_index, .held_since_us = INT64_MAX};
    return record;
}

struct t_entry *truth_entry(struct t_room *room, uint64_t seq)
{
    return seq > 0 && seq <= room->log_len && room->log[seq - 1].known ? &room->log[seq - 1] : NULL;
}

struct t_entry *truth_entry_add(struct t_room *room, uint64_t seq)
{
    HB_ASSERT(seq > 0);
    while (room->log_len < seq) {
        HB_GROW(room->log, room->log_len, room->log_cap);
        room->log[room->log_len++] = (struct t_entry){.send = NO_SEND};
    }
    return &room->log[seq - 1];
}

uint64_t truth_mix(uint64_t a, uint64_t b)
{
    uint64_t z = a * UINT64_C(0x9e3779b97f4a7c15) ^ b;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ z >> 31;
}

struct t_send *truth_send(struct judge *judge, uint32_t user, uint64_t client_id)
{
    uint64_t index;
    if (client_id == 0 || !u64map_get(&judge->send_of, truth_mix(user, client_id), &index)) {
        return NULL;
    }
    return &judge->sends[index];
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t truth_start(const struct judge *judge, const struct t_device *device, uint16_t committer,
                    int64_t from_us)
{
    int64_t start = later(from_us, device->until_us);

    start = later(start, judge->database_until_us);
    start = later(start, judge->redis_until_us);
    if (device->node != OBS_NODE_NONE) {
        const struct t_node *node = &judge->nodes[device->node];
        start = later(start, later(node->until_us, node->redis_until_us));
    }
    if (committer != OBS_NODE_NONE) {
        const struct t_node *node = &judge->nodes[committer];
        start = later(start, later(node->dead_until_us, node->redis_until_us));
    }
    return start;
}
