/* Posters: clients that write by HTTP alone, as bots and integrations do. They hold no connection;
 * each POST goes to whichever node the load balancer gives, and is sent again, under the same client
 * id, until its outcome is known.
 *
 *   IDLE --said--> ASKED --200, or refused for good--> the next one
 *                   |  ^
 *                   |  +-- after a pause -- WAITING <-- 429, 503, 504, no answer, connection lost
 *                   +-------------------------^
 *
 * Some forget how far they had counted: what they write goes out under the client id of another message that was
 * acked to them before. It is another message, so the node refuses it (409), nothing of it was told or
 * taken, and it is posted under its own id then. A node that acks it has acked what is nowhere.
 *
 * One request at a time, so what a poster wrote first is first in the log. Each post says the greatest
 * stamp that was acked to its poster before it was written. They are the last
 * plan->posters of the clients. What reaches a node: poster_arrivals.h. */
#ifndef HUBBUB_SIM_WORLD_POSTERS_H
#define HUBBUB_SIM_WORLD_POSTERS_H

#include "sim/world/core.h"

void world_posters_init(struct world *world);
void world_posters_deinit(struct world *world);
void world_posters_reseed(struct world *world, uint64_t seed);
bool world_is_poster(const struct world *world, uint32_t client);
void world_poster_say(struct world *world, uint32_t client, uint32_t room, struct text content);
/* Whose request this is; false: nobody waits for it. */
bool world_post_find(const struct world *world, uint64_t request, uint32_t *ret_client);
/* Takes the body; status 0: the connection was lost. */
void world_post_answer(struct world *world, uint64_t request, uint16_t status, struct wire *body);
void world_posters_node_down(struct world *world, uint16_t node);
bool world_posters_at_rest(const struct world *world);
/* The request that `event` carries to a node; false: given up before it arrived. The body's text is
 * appended to `body`. */
struct world_post {
    uint64_t client_key; /* of its client id */
    bool forgot;         /* that id is another message's */
    uint64_t seen;       /* the stamp that comes with it; 0: none */
    struct text room;
    const struct world_user *user;
};
bool world_poster_request(const struct world *world, const struct sched_event *event,
                          struct world_post *ret, struct buf *body);
/* An answer arrives; takes its body. */
void world_poster_answered(struct world *world, const struct sched_event *event);
/* No answer in time, or a pause is over. */
void world_poster_wake(struct world *world, const struct sched_event *event);

#endif
