/* Commands and their replies. See redis.h. */
#ifndef HUBBUB_SERVER_REDIS_PIPELINE_H
#define HUBBUB_SERVER_REDIS_PIPELINE_H

#include "server/redis/state.h"

/* False: an answer to nothing; order is gone and the link with it. */
bool pipeline_reply(struct redis *redis, const redisReply *reply,
                    struct redis_out *out) HB_MUST_USE;
void pipeline_lost(struct redis *redis, struct redis_out *out);

#endif
