/* A stable merge sort, from the bottom up: no recursion, no order of its own. */
#include "server/base/sort.h"

#include "server/base/heap.h"

#include <stdlib.h>
#include <string.h>

struct sorter {
    size_t bytes; /* of one element */
    int (*compare)(const void *, const void *);
};

/* Merges the sorted runs [from, middle) and [middle, end) into `to`. Of equals the left goes first:
 * this is what makes it stable. */
static void sorter_merge(const struct sorter *sorter, const unsigned char *from,
                         const unsigned char *middle, const unsigned char *end, unsigned char *to)
{
    const size_t bytes = sorter->bytes;
    const unsigned char *left = from;
    const unsigned char *right = middle;

    if (middle == end || sorter->compare(middle - bytes, middle) <= 0) {
        memcpy(to, from, (size_t)(end - from));
        return;
    }
    while (left < middle && right < end) {
        if (sorter->compare(left, right) <= 0) {
            memcpy(to, left, bytes);
            left += bytes;
        } else {
            memcpy(to, right, bytes);
            right += bytes;
        }
        to += bytes;
    }
    memcpy(to, left, (size_t)(middle - left));
    to += middle - left;
    memcpy(to, right, (size_t)(end - right));
}

static bool sorter_is_sorted(const struct sorter *sorter, const unsigned char *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const unsigned char *item = items + i * sorter->bytes;
        if (sorter->compare(item - sorter->bytes, item) > 0) {
            return false;
        }
    }
    return true;
}

void hb_sort(void *items, size_t count, size_t bytes, int (*compare)(const void *, const void *))
{
    HB_ASSERT(bytes > 0);
    HB_ASSERT(count <= SIZE_MAX / 4 / bytes);
    const struct sorter sorter = {.bytes = bytes, .compare = compare};

    if (count < 2 || sorter_is_sorted(&sorter, items, count)) {
        return; /* a history mostly comes sorted: then one walk and no memory */
    }
    unsigned char *spare = hb_malloc(count * bytes);
    unsigned char *from = items;
    unsigned char *to = spare;
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t start = 0; start < count; start += 2 * run) {
            const size_t middle = count - start > run ? start + run : count;
            const size_t end = count - start > 2 * run ? start + 2 * run : count;
            sorter_merge(&sorter, from + start * bytes, from + middle * bytes, from + end * bytes,
                         to + start * bytes);
        }
        unsigned char *sorted = to;
        to = from;
        from = sorted;
    }
    if (from == spare) {
        memcpy(items, spare, count * bytes);
    }
    HB_ASSERT_SLOW(sorter_is_sorted(&sorter, items, count));
    free(spare);
}
