/* What hiredis' reader makes of bytes: replies in an arena that is emptied after each; a publication
 * would else be nine allocations. */
#ifndef HUBBUB_SERVER_REDIS_REPLIES_H
#define HUBBUB_SERVER_REDIS_REPLIES_H

#include <hiredis/hiredis.h>

/* For a reader whose private data is its `struct link`. */
redisReplyObjectFunctions redis_reply_functions(void);

#endif
