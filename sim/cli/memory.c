/* The heap of a large run. See cli.h. */
#include "sim/cli/cli.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define HEAP_BYTES      (256U << 20) /* more than the reference run needs; untouched, it costs nothing */
#define HUGE_PAGE_BYTES (2U << 20)

/* Under `ulimit -v` what is asked for and never touched counts, too. */
static bool limited(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

void heap_prepare(void)
{
    if (limited()) {
        return;
    }
    /* One heap that grows at once and never shrinks, of which nothing is mapped apart. */
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
    (void)mallopt(M_TOP_PAD, HEAP_BYTES);
    char *first = malloc(HUGE_PAGE_BYTES); /* more than is left of the first piece */
    if (first == NULL) {
        return;
    }
    const uintptr_t low =
        ((uintptr_t)first + HUGE_PAGE_BYTES - 1) & ~(uintptr_t)(HUGE_PAGE_BYTES - 1);
    const uintptr_t high = (uintptr_t)sbrk(0) & ~(uintptr_t)(HUGE_PAGE_BYTES - 1);
    free(first);
    if (low < high) {
        (void)madvise((void *)low, high - low, MADV_HUGEPAGE);
    }
}
