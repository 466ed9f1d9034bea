/* Answers to HTTP requests: an effect and a wire. Each request gets one (I6): whoever calls sees to it. */
#ifndef HUBBUB_SERVER_NODE_REPLY_H
#define HUBBUB_SERVER_NODE_REPLY_H

#include "server/node/request.h"
#include "server/node/state.h"

struct reply {
    uint16_t status;
    enum http_type type;
    uint32_t retry_after_ms; /* 0: says nothing about it */
    const char *allow;       /* of a 405: the methods, static storage */
};

/* The body is what node->scratch holds. */
void reply_scratch(struct node *node, uint64_t request, struct reply made);
/* The body is an error frame; `field` may be NULL. */
void reply_error(struct node *node, uint64_t request, struct reply made, enum hb_err err,
                 const char *field);
/* The same with the status that goes with `err`. */
void reply_refuse(struct node *node, uint64_t request, enum hb_err err, const char *field);
/* The same with the client id that `body` says, if it says one. */
void reply_refuse_posted(struct node *node, uint64_t request, enum hb_err err, const char *field,
                         struct text body);
/* The same with a sentence in place of that of `err`. */
void reply_explain(struct node *node, uint64_t request, enum hb_err err, const char *sentence);
/* `wire` is of `frame`: what a handler of frames said. Shares it. */
void reply_frame(struct node *node, uint64_t request, const struct frame *frame, struct wire *wire);

#endif
