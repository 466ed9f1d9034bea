/* The name of a node that was given none: drawn once for the place where it lives, and kept in a file there. It
 * stands in the id of every message, so it says nothing of the machine. */
#ifndef HUBBUB_SERVER_RUNTIME_NODE_NAME_H
#define HUBBUB_SERVER_RUNTIME_NODE_NAME_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/protocol/limits.h"

/* The file beside `beside`: its name with .node in place of .db or .keys, or behind it. */
void node_name_path(const char *beside, struct buf *ret);

/* Reads the name, or draws one (an n and six of a-z 2-9 without l and o) and makes the file, 0600: *ret_made then.
 * Two processes that start at once get one name. HB_EDENIED: `message` says in one line what was
 * wrong and what to do. */
HB_MUST_USE enum hb_err node_name_load(const char *path, char ret[NODE_ID_BYTES_MAX + 1],
                                       bool *ret_made, struct buf *message);

#endif
