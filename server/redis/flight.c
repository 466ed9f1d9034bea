/* See flight.h. */
#include "server/redis/flight.h"

#include "server/base/mem.h"

#include <stdlib.h>

#define FLIGHT_CAP_FIRST 16

static void flight_grow(struct flight *flight)
{
    const uint32_t cap = flight->cap > 0 ? flight->cap * 2 : FLIGHT_CAP_FIRST;
    struct request *items = hb_malloc(cap * sizeof *items);

    HB_ASSERT(cap > flight->cap); /* what is wanted and in flight is far below 2^31 */
    for (uint32_t i = 0; i < flight->len; i++) {
        items[i] = flight->items[(flight->first + i) & (flight->cap - 1)];
    }
    free(flight->items);
    flight->items = items;
    flight->cap = cap;
    flight->first = 0;
}

void flight_push(struct flight *flight, struct request request)
{
    if (flight->len == flight->cap) {
        flight_grow(flight);
    }
    flight->items[(flight->first + flight->len) & (flight->cap - 1)] = request;
    flight->len++;
}

struct request flight_pop(struct flight *flight)
{
    HB_ASSERT(flight->len > 0);
    const struct request first = flight->items[flight->first];
    flight->first = (flight->first + 1) & (flight->cap - 1);
    flight->len--;
    return first;
}

const struct request *flight_first(const struct flight *flight)
{
    return flight->len > 0 ? &flight->items[flight->first] : NULL;
}

void flight_deinit(struct flight *flight)
{
    free(flight->items);
    *flight = (struct flight){0};
}
