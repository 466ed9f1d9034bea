/* See replies.h. */
#include "server/redis/replies.h"

#include "server/redis/state.h"

#include <string.h>

/* Elements of one array reply. The least element takes 4 bytes, so a longer one could never fit
 * into REDIS_REPLY_BYTES_MAX; its table would be reserved at once, whatever the length. */
#define REPLY_ELEMENTS_MAX (REDIS_REPLY_BYTES_MAX / 4)

static redisReply *reply_new(const redisReadTask *task)
{
    struct link *link = task->privdata;
    redisReply *reply = arena_alloc(&link->replies, sizeof *reply);

    reply->type = task->type;
    if (task->parent != NULL) {
        redisReply *parent = task->parent->obj;
        HB_ASSERT(parent->type == REDIS_REPLY_ARRAY);
        HB_ASSERT(task->idx >= 0 && (size_t)task->idx < parent->elements);
        parent->element[task->idx] = reply;
    }
    return reply;
}

static void *create_string(const redisReadTask *task, char *text, size_t text_len)
{
    struct link *link = task->privdata;
    redisReply *reply = reply_new(task);

    reply->str = arena_strndup(&link->replies, text, text_len);
    reply->len = text_len;
    return reply;
}

static void *create_array(const redisReadTask *task, int elements)
{
    struct link *link = task->privdata;

    if (elements > REPLY_ELEMENTS_MAX) {
        return NULL; /* the reader takes it for "out of memory", and the link is closed */
    }
    redisReply *reply = reply_new(task);
    reply->elements = (size_t)elements;
    reply->element = arena_alloc(&link->replies, reply->elements * sizeof(redisReply *));
    return reply;
}

static void *create_integer(const redisReadTask *task, long long value)
{
    redisReply *reply = reply_new(task);

    reply->integer = value;
    return reply;
}

static void *create_nil(const redisReadTask *task)
{
    redisReply *reply = reply_new(task);

    reply->type = REDIS_REPLY_NIL; /* the task may say string or array */
    return reply;
}

static void free_object(void *reply)
{
    (void)reply; /* the arena's */
}

redisReplyObjectFunctions redis_reply_functions(void)
{
    return (redisReplyObjectFunctions){create_string, create_array, create_integer, create_nil,
                                       free_object};
}
