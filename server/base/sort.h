/* A stable merge sort: the order of equals never depends on the C library. */
#ifndef HUBBUB_SERVER_BASE_SORT_H
#define HUBBUB_SERVER_BASE_SORT_H

#include <stddef.h>

/* Sorts `count` elements of `bytes` each; `compare` as for qsort. Allocates `count * bytes`. */
void hb_sort(void *items, size_t count, size_t bytes, int (*compare)(const void *, const void *));

#endif
