/* What a family knows of rooms, devices or nodes beside the shared truth: records by their number,
 * made when first asked for. Numbers are never used again for another, so no record outlives its
 * subject. */
#ifndef HUBBUB_SIM_CHECK_TABLE_H
#define HUBBUB_SIM_CHECK_TABLE_H

#include "server/base/base.h"
#include "server/base/mem.h"

struct table {
    void *records;
    uint32_t len, cap;
    uint32_t bytes;    /* of a record */
    const void *fresh; /* what a new one is; static storage */
};

/* `index` is that of a subject in the truth, which bounds it. The pointer holds until the next call. */
void *table_at(struct table *table, uint32_t index);
void table_deinit(struct table *table);

#endif
