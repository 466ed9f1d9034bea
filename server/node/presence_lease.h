/* A lease says only whose presence counts.
 *
 *   presence:lease:{node}   "<incarnation>-<generation>[ <public address>]", for as long as a lease, said again
 *                           in a third of it
 *   presence:lives          a field for each life that may have connections: people_life
 *   presence:life:{life}    a field for each user who is connected in it
 *
 * A node counts its lease from when that was said which Redis confirmed: what went into a dead link held nothing.
 * When the lease of a life is missing, or is of another one, for the grace, any other node removes exactly that
 * life's connections. While Redis is away nobody's lease is judged, nor for a lease and a back-off after it
 * came back: who lost it too has to say its own again first. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_LEASE_H
#define HUBBUB_SERVER_NODE_PRESENCE_LEASE_H

#include "server/node/presence_people.h"

/* At each step: says it when it is time to, and as soon as Redis answers again. */
void lease_look(struct node *node);
/* At each sweep: whose lease is missing. */
void lease_sweep(struct node *node);
/* The node goes: its connections count no longer than the grace. */
void lease_end(struct node *node);
/* Answers of Redis, by their tags. */
void lease_own_answered(struct node *node, const struct redis_item *item);
void lease_lives_answered(struct node *node, const struct redis_item *item, const char *text);
void lease_answered(struct node *node, uint32_t id, const struct redis_item *item,
                    const char *text);
void lease_life_answered(struct node *node, uint32_t id, const struct redis_item *item,
                         const char *text);

#endif
