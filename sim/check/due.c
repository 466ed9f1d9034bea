/* A heap and a queue. See due.h. */
#include "sim/check/due.h"

#include <stdlib.h>
#include <string.h>

void dues_init(struct dues *dues)
{
    *dues = (struct dues){.next_us = NEVER_US};
}

void dues_deinit(struct dues *dues)
{
    free(dues->heap);
    free(dues->commits);
}

static void due_refresh(struct dues *dues)
{
    int64_t at = dues->heap_len > 0 ? dues->heap[0].at_us : NEVER_US;
    if (dues->commits_at < dues->commits_len && dues->commits[dues->commits_at].at_us < at) {
        at = dues->commits[dues->commits_at].at_us;
    }
    dues->next_us = at;
}

void due_push(struct dues *dues, struct due due)
{
    HB_GROW(dues->heap, dues->heap_len, dues->heap_cap);
    uint32_t at = dues->heap_len++;
    while (at > 0 && dues->heap[(at - 1) / 2].at_us > due.at_us) {
        dues->heap[at] = dues->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    dues->heap[at] = due;
    due_refresh(dues);
}

bool due_pop(struct dues *dues, int64_t now_us, struct due *ret)
{
    if (dues->heap_len == 0 || dues->heap[0].at_us >= now_us) {
        return false;
    }
    *ret = dues->heap[0];
    const struct due last = dues->heap[--dues->heap_len];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = at * 2 + 1;
        if (child >= dues->heap_len) {
            break;
        }
        if (child + 1 < dues->heap_len && dues->heap[child + 1].at_us < dues->heap[child].at_us) {
            child++;
        }
        if (dues->heap[child].at_us >= last.at_us) {
            break;
        }
        dues->heap[at] = dues->heap[child];
        at = child;
    }
    dues->heap[at] = last; /* of an empty heap: a copy nobody reads */
    due_refresh(dues);
    return true;
}

void due_commit_push(struct dues *dues, struct due_commit due)
{
    if (dues->commits_at > 1024 && dues->commits_at > dues->commits_len / 2) {
        dues->commits_len -= dues->commits_at;
        memmove(dues->commits, dues->commits + dues->commits_at,
                dues->commits_len * sizeof *dues->commits);
        dues->commits_at = 0;
    }
    HB_GROW(dues->commits, dues->commits_len, dues->commits_cap);
    dues->commits[dues->commits_len++] = due;
    due_refresh(dues);
}

bool due_commit_pop(struct dues *dues, int64_t now_us, struct due_commit *ret)
{
    if (dues->commits_at == dues->commits_len || dues->commits[dues->commits_at].at_us >= now_us) {
        return false;
    }
    *ret = dues->commits[dues->commits_at++];
    due_refresh(dues);
    return true;
}
