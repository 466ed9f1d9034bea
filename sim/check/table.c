/* Records by number. See table.h. */
#include "sim/check/table.h"

#include <stdlib.h>
#include <string.h>

void *table_at(struct table *table, uint32_t index)
{
    HB_ASSERT(table->bytes > 0 && table->fresh != NULL);
    HB_ASSERT(index < UINT32_MAX / 4);
    if (index >= table->cap) {
        uint32_t cap = table->cap != 0 ? table->cap : 16;
        while (cap <= index) {
            cap *= 2;
        }
        table->records = hb_realloc(table->records, (size_t)cap * table->bytes);
        table->cap = cap;
    }
    while (table->len <= index) {
        memcpy((char *)table->records + (size_t)table->len * table->bytes, table->fresh,
               table->bytes);
        table->len++;
    }
    return (char *)table->records + (size_t)index * table->bytes;
}

void table_deinit(struct table *table)
{
    free(table->records);
}
