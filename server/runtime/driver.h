/* One node on real ports: events in, effects out, one step at a time.
 *
 *    net ----open, frame, closed, request--->  +--------+  ---SEND, CLOSE, HTTP---> net
 *    links --opened, bytes, lost------------>  | driver |  ---REDIS_*-------------> links
 *    store --answers------------------------>  |  node  |  ---DB------------------> store
 *    clock --wake_at------------------------>  +--------+  ---NOTE----------------> log
 *
 * No port calls back from within a call to it, so no step begins within another (P2 of node.h).
 *
 * Thread: the loop's. */
#ifndef HUBBUB_SERVER_RUNTIME_DRIVER_H
#define HUBBUB_SERVER_RUNTIME_DRIVER_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/node.h"
#include "server/runtime/link_tls.h"
#include "server/runtime/net.h"
#include "server/runtime/redis_url.h"
#include "server/runtime/store.h"

#include <uv.h>

struct driver_config {
    struct node_config node; /* with a name; its place and its entropy are ours */
    struct net_config net;
    const char *db;
    enum store_durability durability;
    const struct redis_place *redis; /* borrowed until it is open; NULL: one within this process */
    struct tls_context *tls;         /* for it, or NULL; taken, also by an opening that fails */
    bool login;                      /* serve LOGIN_PATH */
    bool login_any_host; /* also to requests for another Host than this machine's own names */
    bool verbose;
    /* Called once when another process has registered under this node's name, or the database is another
     * installation's (driver_adopted): nobody is served here any more, and the driver is to be drained and
     * closed. `sentence`, borrowed, names both processes. Not called while it drains. */
    void (*fenced)(void *context, const char *sentence);
    void *fenced_context;
};

struct driver;

/* Opens the database, the port and the node. Blocks while the database is opened. On failure *ret
 * is NULL, nothing is left open and `message` says in one line what was wrong and what to do. */
HB_MUST_USE enum hb_err driver_open(uv_loop_t *loop, const struct driver_config *config,
                                    struct driver **ret, struct buf *message);
uint16_t driver_port(const struct driver *driver);
const char *driver_name(const struct driver *driver);
/* Whether it was fenced because its database is another installation's now. */
bool driver_adopted(const struct driver *driver);

/* Takes no more connections, lets the node finish what is under way, and calls `done` once: true
 * when nothing was under way any more (a connection that does not answer its close is cut), false
 * when `within_ms` was over before. */
void driver_drain(struct driver *driver, int64_t within_ms,
                  void (*done)(void *context, bool finished), void *context);

/* Ends everything at once; freed when the loop has closed the handles. */
void driver_close(struct driver **driver);

#endif
