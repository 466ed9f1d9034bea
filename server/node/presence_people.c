/* See presence_people.h. */
#include "server/node/presence_people.h"

#include "server/base/mem.h"
#include "server/node/presence_ring.h"
#include "server/protocol/id.h"

#include <stdlib.h>
#include <string.h>

struct people *people_new(void)
{
    struct people *people = hb_calloc(1, sizeof *people);

    people->ring = presence_ring_new();
    people->ring_old = true;
    people->settled = MONO_NEVER;
    people->lease_said = people->leased = (struct mono){INT64_MIN / 2}; /* never */
    return people;
}

static void person_free(struct person *person)
{
    free(person->rooms.items);
    free(person->watchers);
    free(person->conns);
    free(person);
}

void people_free(struct people **people_at)
{
    struct people *people = *people_at;

    if (people == NULL) {
        return;
    }
    for (uint32_t i = 0; i < people->items_len; i++) {
        if (people->items[i] != NULL) {
            person_free(people->items[i]);
        }
    }
    interner_deinit(&people->names);
    free(people->items);
    free(people->unsure.items);
    free(people->queue.items);
    free(people->beats.items);
    for (uint32_t i = 0; i < people->lives_len; i++) {
        free(people->lives[i].url);
    }
    free(people->lives);
    presence_ring_free(&people->ring);
    free(people->room_list.items);
    for (uint32_t i = 0; i < people->lists_len; i++) {
        free(people->lists[i]->people.items);
        free(people->lists[i]);
    }
    free(people->lists);
    free(people);
    *people_at = NULL;
}

struct text people_life(const struct node *node, char store[PRESENCE_LIFE_BYTES + 1])
{
    struct buf out = {0};

    buf_add(&out, node->name.bytes, node->name.len);
    buf_add_char(&out, '.');
    buf_add_u64(&out, node->incarnation);
    buf_add_char(&out, '-');
    buf_add_u64(&out, node->people->generation);
    HB_ASSERT(out.len <= PRESENCE_LIFE_BYTES);
    memcpy(store, out.bytes, out.len + 1);
    const struct text life = {store, (uint32_t)out.len};
    buf_deinit(&out);
    return life;
}

/* Of this node, before its lease ran out: whoever is connected was said again since. */
static bool life_before(const struct node *node, struct text life)
{
    char store[PRESENCE_LIFE_BYTES + 1];
    const struct text own = people_life(node, store);
    uint32_t same = own.len;

    while (own.bytes[same - 1] != '-') {
        same--;
    }
    return life.len > same && memcmp(life.bytes, own.bytes, same) == 0 && !text_equal(life, own);
}

bool people_life_ended(const struct node *node, struct text life)
{
    const struct people *people = node->people;

    for (uint32_t i = 0; i < people->lives_len; i++) {
        if (people->lives[i].ended.us != MONO_NEVER.us &&
            text_equal(text_of(people->lives[i].life), life)) {
            return true;
        }
    }
    return life_before(node, life);
}

bool people_leased(const struct node *node)
{
    const struct people *people = node->people;

    return people->generation != 0 && !people->lease_over &&
           people->settled.us != MONO_NEVER.us && /* said again since Redis is back */
           node->mono.us - people->lease_said.us < node->config.params.lease_us;
}

struct person *person_add(struct node *node, struct text name)
{
    struct people *people = node->people;

    HB_ASSERT(id_valid(name));
    const uint32_t index = interner_add(&people->names, name.bytes, name.len);
    if (index == people->items_len) {
        HB_GROW(people->items, people->items_len, people->items_cap);
        people->items[people->items_len++] = NULL;
    }
    if (people->items[index] == NULL) {
        struct person *person = hb_calloc(1, sizeof *person);
        person->index = index;
        person->missed = MONO_NEVER;
        person->clean = person->begun = (struct mono){INT64_MIN / 2}; /* never */
        bus_channel(node, person->channel, BUS_PERSON, name);
        person->name =
            (struct text){person->channel + strlen(person->channel) - name.len, name.len};
        person->shown = (struct presence){.user_id = person->name, .status = PRESENCE_OFFLINE};
        people->items[index] = person;
    }
    return people->items[index];
}

struct person *person_find(struct node *node, struct text name)
{
    const uint32_t index = interner_find(&node->people->names, name.bytes, name.len);

    return index == INTERNER_NONE ? NULL : node->people->items[index];
}

void person_queue(struct node *node, struct person *person)
{
    if (person->asked != PERSON_IDLE) {
        person->again = true;
        return;
    }
    if (!person->queued) {
        person->queued = true;
        u32_list_push(&node->people->queue, person->index);
    }
}

void person_beat(struct node *node, struct person *person)
{
    if (!person->beating) {
        person->beating = true;
        u32_list_push(&node->people->beats, person->index);
    }
}

uint32_t person_conns(const struct person *person)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < person->conns_len; i++) {
        count += !person->conns[i].gone;
    }
    return count;
}

bool person_needed(const struct person *person)
{
    return person->rooms.len + person->watchers_len + person->conns_len + person->checks > 0;
}

void person_forget(struct node *node, struct person *person)
{
    struct people *people = node->people;
    const uint32_t index = person->index;

    HB_ASSERT(!person_needed(person) && person->asked == PERSON_IDLE && !person->queued &&
              !person->beating);
    if (person->followed) {
        bus_unsubscribe(node, person->channel);
        person->followed = false;
    }
    if (!bus_forget(node, person->channel)) {
        return; /* its confirmation is still on its way: the next time */
    }
    person_free(person);
    people->items[index] = NULL;
    interner_remove(&people->names, index);
}

void presence_copy(struct presence *to, const struct presence *from, char room[ID_BYTES_MAX + 1],
                   char custom[CUSTOM_BYTES_MAX + 1])
{
    const struct text user = to->user_id;
    const uint64_t key = to->user_key;
    const struct text none = {NULL, 0};

    *to = *from;
    to->user_id = user;
    to->user_key = key;
    if (from->current_room.bytes != NULL) {
        memmove(room, from->current_room.bytes, from->current_room.len);
        to->current_room = (struct text){room, from->current_room.len};
    } else {
        to->current_room = none;
    }
    if (from->custom_status.bytes != NULL) {
        memmove(custom, from->custom_status.bytes, from->custom_status.len);
        to->custom_status = (struct text){custom, from->custom_status.len};
    } else {
        to->custom_status = none;
    }
}
