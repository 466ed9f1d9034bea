/* The bus: this node's channels, and publishing. Every name on Redis is made here.
 *
 *   <identity>:room:<room>     <identity>:user:<user>     <identity>:presence:<user>     <identity>:nodes
 *   <identity>:presence:<kind of key>:...                 (presence_words.h)
 *
 * The identity is the installation's, 16 hex digits: what another installation says on the same Redis has
 * other names. What travels under them is sealed (seal.h): what somebody else writes there is dropped. */
#ifndef HUBBUB_SERVER_NODE_BUS_H
#define HUBBUB_SERVER_NODE_BUS_H

#include "server/node/state.h"
#include "server/protocol/limits.h"

#define BUS_CONTROL_WORD "nodes"

enum bus_tag { BUS_NONE, BUS_CONTROL, BUS_ROOM, BUS_USER, BUS_PERSON };

/* What begins every name: of this installation. */
void bus_front(uint64_t identity, char ret[BUS_FRONT_BYTES + 1]);
/* What a note about something from Redis says of its place. */
enum bus_place { BUS_PLACE_CHANNEL, BUS_PLACE_KEY };

/* The channel of a room, of a user, of whoever shows a person; the control channel has no name. */
void bus_channel(const struct node *node, char ret[CHANNEL_BYTES_MAX + 1], enum bus_tag tag,
                 struct text name);
/* `tag` and `index` come back with what is published there. */
void bus_subscribe(struct node *node, enum bus_tag tag, uint32_t index, const char *channel);
void bus_unsubscribe(struct node *node, const char *channel);
/* False: an answer about it is still on its way. */
bool bus_forget(struct node *node, const char *channel);
/* Sealed. */
HB_MUST_USE enum hb_err bus_publish(struct node *node, const char *channel, const char *bytes,
                                    size_t bytes_len);
/* The same; its reply comes with this tag. */
HB_MUST_USE enum hb_err bus_publish_asking(struct node *node, const char *channel,
                                           const char *bytes, size_t bytes_len, uint64_t tag);
/* The wire of the frame that was published last, at its end: nodes on one thread that hear it share it. */
void bus_share(struct node *node, const char *channel, struct wire *wire);
/* What stands before something that is in no log and has no version: the next number (heard.h). */
void bus_number(struct node *node, struct buf *out);

/* Whether it was sealed for this place by a node of ours: then *ret is what was sealed, within it. Else it is to
 * be dropped, and a note says so. */
enum seal_verdict bus_open(struct node *node, enum bus_place kind, struct seal_place place,
                           struct text sealed, struct text *ret);

#endif
