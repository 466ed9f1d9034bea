/* See places.h. */
#include "sim/outside/places.h"

#include "server/base/sort.h"

#include <stdlib.h>

/* Messages looked at for one sight before its order is given up: told as OMITTED_TANGLED. */
#define VISITS_MAX 20000

enum found { FOUND_NO, FOUND_YES, FOUND_TANGLED };

/* --- Edges ---------------------------------------------------------------------------------- */

static bool linked(const struct ledger *ledger, const struct message *from, uint32_t to)
{
    uint32_t edge = from->edge_out;
    while (edge != NONE && ledger->edges[edge].to != to) {
        edge = ledger->edges[edge].next_out;
    }
    return edge != NONE;
}

static void link_edge(struct ledger *ledger, uint32_t from, uint32_t to, uint32_t by)
{
    uint32_t number = ledger->edge_free;
    if (number != NONE) {
        ledger->edge_free = ledger->edges[number].next_out;
    } else {
        HB_GROW(ledger->edges, ledger->edges_len, ledger->edges_cap);
        number = ledger->edges_len++;
    }
    ledger->edges[number] = (struct edge){.from = from,
                                          .to = to,
                                          .by = by,
                                          .next_out = ledger->messages[from].edge_out,
                                          .next_in = ledger->messages[to].edge_in};
    ledger->messages[from].edge_out = number;
    ledger->messages[to].edge_in = number;
}

static void take_out(struct ledger *ledger, uint32_t number)
{
    const struct edge *edge = &ledger->edges[number];
    uint32_t *at = &ledger->messages[edge->from].edge_out;
    while (*at != number) {
        HB_ASSERT(*at != NONE);
        at = &ledger->edges[*at].next_out;
    }
    *at = edge->next_out;
    at = &ledger->messages[edge->to].edge_in;
    while (*at != number) {
        HB_ASSERT(*at != NONE);
        at = &ledger->edges[*at].next_in;
    }
    *at = edge->next_in;
    ledger->edges[number].next_out = ledger->edge_free;
    ledger->edge_free = number;
}

void places_remove(struct ledger *ledger, struct message *message)
{
    while (message->edge_out != NONE) {
        take_out(ledger, message->edge_out);
    }
    while (message->edge_in != NONE) {
        take_out(ledger, message->edge_in);
    }
}

/* --- Looking -------------------------------------------------------------------------------- */

static void visit(struct visits *visits, uint32_t message, uint32_t by, uint32_t parent)
{
    HB_GROW(visits->items, visits->len, visits->cap);
    visits->items[visits->len++] = (struct visit){message, by, parent};
}

/* All that comes after `from` (`down`) up to the place `bound`, or before it down to `bound`, nearest
 * first. Ends when it meets `wanted`, which is then the last of them. */
static enum found gather(struct ledger *ledger, struct visits *visits, uint32_t from, bool down,
                         uint64_t bound, uint32_t wanted)
{
    const uint64_t mark = ++ledger->mark;

    visits->len = 0;
    visit(visits, from, NONE, 0);
    ledger->messages[from].mark = mark;
    for (uint32_t i = 0; i < visits->len; i++) {
        const struct message *message = &ledger->messages[visits->items[i].message];
        uint32_t edge = down ? message->edge_out : message->edge_in;
        while (edge != NONE) {
            const struct edge *at = &ledger->edges[edge];
            const uint32_t number = down ? at->to : at->from;
            struct message *other = &ledger->messages[number];
            const bool within = down ? other->place <= bound : other->place >= bound;
            if (within && other->mark != mark) {
                other->mark = mark;
                visit(visits, number, edge, i);
                if (number == wanted) {
                    return FOUND_YES;
                }
            }
            edge = down ? at->next_out : at->next_in;
        }
        if (visits->len > VISITS_MAX) {
            return FOUND_TANGLED;
        }
    }
    return FOUND_NO;
}

/* The way leads from `message` to what `seat` showed last, so to something that it showed before:
 * the first such on it is the pair that others have shown the other way round. */
static struct contradiction contradicted(const struct ledger *ledger, const struct visits *visits,
                                         const struct seat *seat)
{
    struct contradiction found = {NULL, NONE};
    const struct visit *at = &visits->items[visits->len - 1];

    while (at->by != NONE) {
        const struct message *message = &ledger->messages[at->message];
        if (found.pair == NULL || spans_has(&seat->shown, message->number)) {
            found = (struct contradiction){message, ledger->edges[at->by].by};
        }
        at = &visits->items[at->parent];
    }
    HB_ASSERT(found.pair != NULL);
    return found;
}

/* --- Mending the order ---------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Writes the places of `visits` to `spots` in order, and leaves their messages in that order. */
static void sorted(struct ledger *ledger, struct visits *visits, uint64_t *spots)
{
    for (uint32_t i = 0; i < visits->len; i++) {
        spots[i] = ledger->messages[visits->items[i].message].place;
    }
    hb_sort(spots, visits->len, sizeof *spots, by_number);
    /* Places are unique: who has the i-th of them stands at i. */
    for (uint32_t i = 0; i < visits->len; i++) {
        struct message *message = &ledger->messages[visits->items[i].message];
        uint32_t low = 0;
        for (uint32_t high = visits->len; low < high;) {
            const uint32_t middle = low + (high - low) / 2;
            if (spots[middle] < message->place) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        visits->items[i].by = low; /* the way is not needed any more */
    }
}

/* All of `before` (which ends with what was shown last) is to stand before all of `after`: they share
 * out the places that they have. */
static void reorder(struct ledger *ledger, struct visits *before, struct visits *after)
{
    const uint32_t len = before->len + after->len;
    uint64_t *spots = hb_malloc((size_t)len * sizeof *spots);

    sorted(ledger, before, spots);
    sorted(ledger, after, spots + before->len);
    hb_sort(spots, len, sizeof *spots, by_number);
    for (uint32_t i = 0; i < before->len; i++) {
        ledger->messages[before->items[i].message].place = spots[before->items[i].by];
    }
    for (uint32_t i = 0; i < after->len; i++) {
        ledger->messages[after->items[i].message].place = spots[before->len + after->items[i].by];
    }
    free(spots);
}

struct contradiction places_show(struct ledger *ledger, struct seat *seat, struct message *message)
{
    const struct contradiction none = {NULL, NONE};
    const uint32_t number = (uint32_t)(message - ledger->messages);
    struct message *last = message_of(ledger, seat->last);

    if (message->place == 0) {
        message->place = ++ledger->rooms[message->room].places;
    }
    if (last == NULL || last == message || last->place == 0) {
        seat->last = message_ref_to(ledger, message);
        return none;
    }
    const uint32_t last_number = (uint32_t)(last - ledger->messages);
    if (last->place > message->place) {
        switch (gather(ledger, &ledger->after, number, true, last->place, last_number)) {
        case FOUND_YES:
            return contradicted(ledger, &ledger->after, seat); /* the later one stays the last */
        case FOUND_TANGLED:
            ledger->omitted[OMITTED_TANGLED]++;
            return none;
        case FOUND_NO:
            break;
        }
        if (gather(ledger, &ledger->before, last_number, false, message->place, NONE) ==
            FOUND_TANGLED) {
            ledger->omitted[OMITTED_TANGLED]++;
            return none;
        }
        reorder(ledger, &ledger->before, &ledger->after);
        HB_ASSERT(last->place < message->place);
    }
    if (!linked(ledger, last, number)) {
        link_edge(ledger, last_number, number, (uint32_t)(seat - ledger->seats));
    }
    seat->last = message_ref_to(ledger, message);
    return none;
}

bool places_before(struct ledger *ledger, struct message *first, struct message *second,
                   uint32_t *ret_by)
{
    if (first->place == 0 || second->place == 0 || first->place >= second->place ||
        gather(ledger, &ledger->after, (uint32_t)(first - ledger->messages), true, second->place,
               (uint32_t)(second - ledger->messages)) != FOUND_YES) {
        return false;
    }
    *ret_by = ledger->edges[ledger->after.items[ledger->after.len - 1].by].by;
    return true;
}
