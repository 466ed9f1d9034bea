/* Timers, and the jobs that own transactions in flight. */
#include "server/node/node_internal.h"

#define TOKEN_INDEX_BITS 20

_Static_assert(JOBS_MAX >> TOKEN_INDEX_BITS <= 1, "a token holds an index and a serial");

void u32_list_push(struct u32_list *list, uint32_t value)
{
    HB_GROW(list->items, list->len, list->cap);
    list->items[list->len++] = value;
}

/* --- Timers: a binary heap; what is out of date is found out when it fires --- */

static bool timer_before(const struct timer *a, const struct timer *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void timer_add(struct node *node, int64_t at_us, enum timer_kind kind, uint32_t index,
               uint64_t serial)
{
    HB_GROW(node->timers, node->timers_len, node->timers_cap);
    const struct timer added = {at_us, node->timers_order++, kind, index, serial};
    uint32_t at = node->timers_len++;
    while (at > 0 && timer_before(&added, &node->timers[(at - 1) / 2])) {
        node->timers[at] = node->timers[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    node->timers[at] = added;
}

struct timer timer_pop(struct node *node)
{
    HB_ASSERT(node->timers_len > 0);
    const struct timer first = node->timers[0];
    const struct timer last = node->timers[--node->timers_len];
    const uint32_t len = node->timers_len;
    uint32_t at = 0;

    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= len) {
            break;
        }
        if (child + 1 < len && timer_before(&node->timers[child + 1], &node->timers[child])) {
            child++;
        }
        if (!timer_before(&node->timers[child], &last)) {
            break;
        }
        node->timers[at] = node->timers[child];
        at = child;
    }
    if (len > 0) {
        node->timers[at] = last;
    }
    return first;
}

/* --- Jobs --- */

struct job *job_new(struct node *node, enum job_kind kind)
{
    uint32_t index;

    if (node->jobs_free.len > 0) {
        index = node->jobs_free.items[--node->jobs_free.len];
    } else {
        HB_ASSERT(node->jobs_len < JOBS_MAX);
        HB_GROW(node->jobs, node->jobs_len, node->jobs_cap);
        index = node->jobs_len++;
        node->jobs[index] = hb_calloc(1, sizeof *node->jobs[index]);
    }
    struct job *job = node->jobs[index];
    node->commands_count += kind == JOB_COMMAND;
    *job = (struct job){.index = index,
                        .serial = ++node->serial,
                        .kind = kind,
                        .user = INDEX_NONE,
                        .room = INDEX_NONE,
                        .stamps = job->stamps,
                        .stamps_cap = job->stamps_cap,
                        .refs = job->refs,
                        .refs_cap = job->refs_cap};
    return job;
}

struct db_tx *job_tx(struct job *job, bool read_only)
{
    return db_tx_new(job->serial << TOKEN_INDEX_BITS | job->index, read_only);
}

void job_submit(struct node *node, struct db_tx *tx)
{
    struct effect *effect = effect_push(node);

    HB_ASSERT(tx->calls_len > 0);
    effect->kind = EFFECT_DB;
    effect->tx = tx;
}

struct job *job_of_token(struct node *node, uint64_t token)
{
    const uint32_t index = (uint32_t)(token & (JOBS_MAX - 1));

    if (index >= node->jobs_len || node->jobs[index]->serial != token >> TOKEN_INDEX_BITS) {
        return NULL;
    }
    return node->jobs[index];
}

void job_retry(struct node *node, struct job *job)
{
    timer_add(node, node->mono.us + node->config.params.db_retry_us, TIMER_JOB, job->index,
              job->serial);
}

void job_free(struct node *node, struct job *job)
{
    HB_ASSERT(job->serial != 0);
    wire_unref(&job->frame);
    sync_free(&job->sync);
    job->serial = 0;
    node->commands_count -= job->kind == JOB_COMMAND;
    u32_list_push(&node->jobs_free, job->index);
}

uint32_t node_retry_ms(const struct node *node)
{
    const int64_t ms = node->config.params.db_retry_us / 1000;

    return ms < 1 ? 1 : ms > 60000 ? 60000 : (uint32_t)ms;
}
