/* What /metrics says of a node, in Prometheus' text format (version 0.0.4). */
#ifndef HUBBUB_SERVER_NODE_METRICS_H
#define HUBBUB_SERVER_NODE_METRICS_H

#include "server/node/state.h"

/* `transport` may be NULL. */
void metrics_write(const struct node *node, const struct transport_figures *transport,
                   struct buf *out);

#endif
