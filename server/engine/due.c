/* See due.h. */
#include "server/engine/due.h"

#include "server/engine/shrink.h"

static void put(struct vdues *dues, struct vdue *due, uint32_t place)
{
    HB_ASSERT(place >= 1 && place <= dues->items_len);
    dues->items[place - 1] = due;
    due->place = place;
}

static void up(struct vdues *dues, struct vdue *due)
{
    uint32_t place = due->place;

    while (place > 1 && dues->items[place / 2 - 1]->at_ms > due->at_ms) {
        put(dues, dues->items[place / 2 - 1], place);
        place /= 2;
    }
    put(dues, due, place);
}

static void down(struct vdues *dues, struct vdue *due)
{
    uint32_t place = due->place;

    while (place <= dues->items_len / 2) {
        uint32_t child = place * 2;
        if (child < dues->items_len && dues->items[child]->at_ms < dues->items[child - 1]->at_ms) {
            child++;
        }
        if (dues->items[child - 1]->at_ms >= due->at_ms) {
            break;
        }
        put(dues, dues->items[child - 1], place);
        place = child;
    }
    put(dues, due, place);
}

void vdue_set(struct vdues *dues, struct vdue *due, int64_t at_ms)
{
    due->at_ms = at_ms;
    if (due->place == 0) {
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
        HB_GROW(dues->items, dues->items_len, dues->items_cap);
        dues->items_len++;
        put(dues, due, dues->items_len);
    }
    up(dues, due);
    down(dues, due);
}

void vdue_never(struct vdues *dues, struct vdue *due)
{
    if (due->place == 0) {
        return;
    }
    struct vdue *last = dues->items[dues->items_len - 1];
    const uint32_t place = due->place;
    HB_ASSERT(dues->items[place - 1] == due);
    dues->items_len--;
    due->place = 0;
    if (last != due) {
        put(dues, last, place);
        up(dues, last);
        down(dues, last);
    }
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    VSHRINK(dues->items, dues->items_len, dues->items_cap);
}

struct vdue *vdue_first(const struct vdues *dues)
{
    return dues->items_len > 0 ? dues->items[0] : NULL;
}
