/* What every file of the node stands on. See state.h. */
#include "server/node/state.h"

void u32_list_push(struct u32_list *list, uint32_t value)
{
    HB_GROW(list->items, list->len, list->cap);
    list->items[list->len++] = value;
}
