/* The bus: this node's channels, and publishing. Every channel's name is made here. */
#ifndef HUBBUB_SERVER_NODE_BUS_H
#define HUBBUB_SERVER_NODE_BUS_H

#include "server/node/state.h"
#include "server/protocol/limits.h"

#define CHANNEL_CONTROL   "nodes"
#define CHANNEL_BYTES_MAX (9 + ID_BYTES_MAX)

enum bus_tag { BUS_NONE, BUS_CONTROL, BUS_ROOM, BUS_USER, BUS_PERSON };

/* The channel of a room, of a user, of whoever shows a person. */
void bus_channel(char ret[CHANNEL_BYTES_MAX + 1], enum bus_tag tag, struct text name);
/* `tag` and `index` come back with what is published there. */
void bus_subscribe(struct node *node, enum bus_tag tag, uint32_t index, const char *channel);
void bus_unsubscribe(struct node *node, const char *channel);
/* False: an answer about it is still on its way. */
bool bus_forget(struct node *node, const char *channel);
HB_MUST_USE enum hb_err bus_publish(struct node *node, const char *channel, const char *bytes,
                                    size_t bytes_len);
/* The same; its reply comes with this tag. */
HB_MUST_USE enum hb_err bus_publish_asking(struct node *node, const char *channel,
                                           const char *bytes, size_t bytes_len, uint64_t tag);

#endif
