/* See pre_people.h. */
#include "sim/check/pre_people.h"

#include <stdlib.h>

void pre_people_init(struct judge *judge)
{
    static const struct pre_person person = {
        .until_us = {INT64_MIN, INT64_MIN, INT64_MIN, NEVER_US},
        .changed_us = INT64_MIN,
        .due_us = NEVER_US,
        .views_us = NEVER_US,
        .moved_us = NEVER_US,
        .there_us = INT64_MIN,
        .last_us = INT64_MIN,
        .absent_us = INT64_MIN};
    static const struct pre_room room = {.crowded_us = INT64_MIN};

    judge->pre = hb_calloc(1, sizeof *judge->pre);
    judge->pre->people = (struct table){.bytes = sizeof person, .fresh = &person};
    judge->pre->rooms = (struct table){.bytes = sizeof room, .fresh = &room};
}

void pre_people_deinit(struct judge *judge)
{
    struct pre_truth *pre = judge->pre;

    for (uint32_t i = 0; i < pre->people.len; i++) {
        struct pre_person *person = table_at(&pre->people, i);
        for (int kind = 0; kind < PRE_KINDS; kind++) {
            free(person->choices[kind]);
        }
        free(person->conns);
        free(person->said);
        free(person->places);
        free(person->stays);
    }
    for (uint32_t i = 0; i < pre->rooms.len; i++) {
        free(((struct pre_room *)table_at(&pre->rooms, i))->members);
    }
    table_deinit(&pre->people);
    table_deinit(&pre->rooms);
    free(pre);
}

struct pre_person *pre_person(struct judge *judge, uint32_t user)
{
    if (truth_user(judge, user) == NULL) {
        return NULL;
    }
    struct pre_person *person = table_at(&judge->pre->people, user);
    for (int kind = 0; kind < PRE_KINDS && person->choices_len[kind] == 0; kind++) {
        HB_GROW(person->choices[kind], person->choices_len[kind], person->choices_cap[kind]);
        person->choices[kind][person->choices_len[kind]++] =
            (struct pre_choice){.value = kind == PRE_STATUS ? PRE_NOT_CHOSEN : 0,
                                .from_us = INT64_MIN,
                                .by_us = INT64_MIN,
                                .until_us = NEVER_US,
                                .device = NONE};
    }
    return person;
}

struct pre_conn *pre_conn(struct pre_person *person, uint32_t device, int64_t value)
{
    for (uint32_t i = 0; i < person->conns_len; i++) {
        if (person->conns[i].device == device && person->conns[i].value == value) {
            return &person->conns[i];
        }
    }
    return NULL;
}

struct pre_room *pre_room(struct judge *judge, uint32_t room)
{
    return truth_room(judge, room) != NULL ? table_at(&judge->pre->rooms, room) : NULL;
}

/* --- Rooms ---------------------------------------------------------------------------------- */

static const struct pre_stay *stay_in(const struct pre_person *person, uint32_t room)
{
    for (uint32_t i = 0; person != NULL && i < person->stays_len; i++) {
        if (person->stays[i].room == room) {
            return &person->stays[i];
        }
    }
    return NULL;
}

void pre_member(struct judge *judge, const struct obs *obs)
{
    struct pre_person *person = pre_person(judge, obs->user);
    struct pre_room *room = pre_room(judge, obs->room);
    struct pre_stay *stay = NULL;

    if (person == NULL || room == NULL) {
        return;
    }
    for (uint32_t i = 0; i < person->stays_len && stay == NULL; i++) {
        stay = person->stays[i].room == obs->room ? &person->stays[i] : NULL;
    }
    const bool in = (obs->flags & OBS_LEFT) == 0;
    if (stay == NULL) {
        HB_GROW(person->stays, person->stays_len, person->stays_cap);
        stay = &person->stays[person->stays_len++];
        *stay = (struct pre_stay){.room = obs->room, .left_us = INT64_MIN};
        HB_GROW(room->members, room->members_len, room->members_cap);
        room->members[room->members_len++] = obs->user;
    }
    const bool was = stay->left_us == NEVER_US;
    if (in && !was) {
        stay->joined_us = obs_until_us(obs);
        stay->joined = obs->seq;
    }
    if (in || was) {
        stay->left_us = in ? NEVER_US : obs_until_us(obs);
    }
    const int64_t before = room->count;
    room->count += (int64_t)in - (int64_t)was;
    if (before <= judge->bounds.room_max || room->count <= judge->bounds.room_max) {
        for (uint32_t i = 0; i < room->members_len; i++) {
            pre_person(judge, room->members[i])->company++;
        }
    }
    if (room->count > judge->bounds.room_max) {
        room->crowded_us = NEVER_US;
    } else if (room->crowded_us == NEVER_US) {
        room->crowded_us = obs_until_us(obs);
    }
}

int64_t pre_member_until(struct judge *judge, uint32_t user, uint32_t room)
{
    const struct pre_stay *stay = stay_in(pre_person(judge, user), room);

    return stay != NULL ? stay->left_us : INT64_MIN;
}

int64_t pre_together_until(struct judge *judge, uint32_t a, uint32_t b)
{
    (void)pre_person(judge, a);
    const struct pre_person *other = pre_person(judge, b);
    const struct pre_person *one = pre_person(judge, a); /* made before: `other` holds */
    int64_t until_us = a == b ? NEVER_US : INT64_MIN;

    for (uint32_t i = 0; one != NULL && other != NULL && i < one->stays_len; i++) {
        const struct pre_stay *stay = stay_in(other, one->stays[i].room);
        if (stay != NULL) {
            until_us = later(until_us, earlier(stay->left_us, one->stays[i].left_us));
        }
    }
    return until_us;
}

int64_t pre_together_since(struct judge *judge, uint32_t a, uint32_t b)
{
    (void)pre_person(judge, a);
    const struct pre_person *other = pre_person(judge, b);
    const struct pre_person *one = pre_person(judge, a); /* made before: `other` holds */
    int64_t since_us = a == b ? INT64_MIN : NEVER_US;

    for (uint32_t i = 0; one != NULL && other != NULL && i < one->stays_len; i++) {
        const struct pre_stay *stay = stay_in(other, one->stays[i].room);
        const struct pre_room *room = stay != NULL ? pre_room(judge, stay->room) : NULL;
        if (room != NULL && stay->left_us == NEVER_US && one->stays[i].left_us == NEVER_US) {
            const int64_t both_us = later(stay->joined_us, one->stays[i].joined_us);
            since_us = earlier(since_us, later(both_us, room->crowded_us));
        }
    }
    return since_us;
}

const struct pre_stay *pre_met(struct judge *judge, uint32_t a, uint32_t b)
{
    (void)pre_person(judge, a);
    const struct pre_person *other = pre_person(judge, b);
    const struct pre_person *one = pre_person(judge, a); /* made before: `other` holds */
    const struct pre_stay *met = NULL;

    for (uint32_t i = 0; one != NULL && other != NULL && i < one->stays_len; i++) {
        const struct pre_stay *mine = &one->stays[i];
        const struct pre_stay *stay = stay_in(other, mine->room);
        if (stay != NULL) {
            const struct pre_stay *last = stay->joined_us > mine->joined_us ? stay : mine;
            met = met == NULL || last->joined_us > met->joined_us ? last : met;
        }
    }
    return met;
}

void pre_person_changed(struct pre_person *person, int64_t at_us)
{
    person->changed_at_us[person->changes++ % PRE_CHANGES_KEPT] = at_us;
}

uint64_t pre_person_changes(const struct pre_person *person, int64_t at_us)
{
    uint64_t before = person->changes;

    while (before > 0 && person->changes - before < PRE_CHANGES_KEPT &&
           person->changed_at_us[(before - 1) % PRE_CHANGES_KEPT] >= at_us) {
        before--;
    }
    return before;
}
