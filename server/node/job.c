/* Jobs: who owns a transaction in flight or waiting for another try. See job.h. */
#include "server/node/job.h"

#include "server/base/mem.h"
#include "server/node/timer.h"

#include <stdlib.h>

#define TOKEN_INDEX_BITS 20

_Static_assert(JOBS_MAX >> TOKEN_INDEX_BITS <= 1, "a token holds an index and a serial");

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

struct db_tx *job_tx(const struct node *node, struct job *job, bool read_only)
{
    struct db_tx *tx = db_tx_new(job->serial << TOKEN_INDEX_BITS | job->index, read_only);

    job->writes = !read_only;
    if (!read_only && job->kind != JOB_REGISTER && job->kind != JOB_YIELD) {
        HB_ASSERT(node->key != 0 && node->incarnation != 0);
        job->fence = (struct db_life){node->key, node->incarnation};
        tx->fence = job->fence;
    }
    return tx;
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
    free(job->own);
    job->own = NULL;
    job->serial = 0;
    node->commands_count -= job->kind == JOB_COMMAND;
    u32_list_push(&node->jobs_free, job->index);
}

void jobs_deinit(struct node *node)
{
    for (uint32_t i = 0; i < node->jobs_len; i++) {
        wire_unref(&node->jobs[i]->frame);
        free(node->jobs[i]->own);
        free(node->jobs[i]->stamps);
        free(node->jobs[i]->refs);
        free(node->jobs[i]);
    }
    free(node->jobs);
    free(node->jobs_free.items);
}

uint32_t node_retry_ms(const struct node *node)
{
    const int64_t ms = node->config.params.db_retry_us / 1000;

    return ms < 1 ? 1 : ms > 60000 ? 60000 : (uint32_t)ms;
}
