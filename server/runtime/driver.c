/* See driver.h. Long because it is two lists that are read side by side: all that a node is told, and all
 * that it wants done. */
#include "server/runtime/driver.h"

#include "server/runtime/installation.h"
#include "server/runtime/link.h"
#include "server/runtime/log.h"
#include "server/runtime/login.h"
#include "server/runtime/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_LOOK_MS 10 /* how often it is looked whether the last close was sent */

struct driver {
    uv_loop_t *loop;
    struct driver_config config;
    struct node *node;
    struct net *net;
    struct links *links;
    struct store *store;
    struct log log;
    struct effects effects;
    uint64_t start_ns;
    bool stepping;
    uv_timer_t wake, drain;
    unsigned open_handles;
    bool drained;
    bool adopted; /* the database, by another installation */
    int64_t drain_until_us;
    void (*drain_done)(void *context, bool finished);
    void *drain_context;
    struct buf text;
    struct buf fenced; /* the sentence about it */
};

/* --- Clocks and entropy --------------------------------------------------------------------- */

static struct mono mono_now(const struct driver *driver)
{
    return (struct mono){(int64_t)((uv_hrtime() - driver->start_ns) / 1000)};
}

static struct wall wall_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    const int64_t ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    return (struct wall){ms > 0 ? ms : 0}; /* before 1970 is 1970 */
}

static uint64_t draw(void *user)
{
    uint64_t bits;

    (void)user;
    if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits) {
        hb_panic(__FILE__, __LINE__, __func__, "no random bytes");
    }
    return bits;
}

/* --- Effects -------------------------------------------------------------------------------- */

static void on_drain_look(uv_timer_t *timer);

static void on_http(struct driver *driver, const struct effect *effect)
{
    struct net_response response = {
        .request = effect->http.request,
        .status = effect->http.status,
        .content_type = effect->http.type == HTTP_JSON ? "application/json"
                                                       : "text/plain; version=0.0.4; charset=utf-8",
        .body = wire_text(effect->http.body),
        .retry_after_ms = effect->http.retry_after_ms,
        .allow = effect->http.allow,
    };

    net_respond(driver->net, &response);
}

static void add_time(struct buf *out, int64_t ms)
{
    const time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    char text[32] = "?";

    if (gmtime_r(&seconds, &parts) != NULL) {
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    buf_add_text(out, text);
}

static void fenced_say(struct driver *driver, const struct effect *effect)
{
    const struct node_config *node = &driver->config.node;
    const struct text place = {driver->effects.bytes.bytes + effect->fenced.offset,
                               effect->fenced.len};
    struct buf *out = &driver->fenced;
    char plain[PLACE_BYTES_MAX + 1];

    log_plain(place, plain, sizeof plain);
    buf_clear(out);
    if (place.len > 0) {
        buf_printf(out, "another process (%s, since ", plain);
        add_time(out, effect->fenced.since_ms);
        buf_add_text(out, ")");
    } else {
        buf_add_text(out, "another process");
    }
    buf_printf(out, " has taken the name of node %s on this database, so this one (%s, since ",
               node->name, node->place);
    add_time(out, effect->fenced.own_since_ms);
    buf_add_text(out, ") ends and nothing more of it is written");
    if (effect->fenced.again_ms > 0) {
        buf_add_text(out, "; it is the second time within a minute: two processes take the name "
                          "from each other");
    }
    buf_add_text(out, "; give each process a --node of its own");
}

static void on_effect(struct driver *driver, struct effect *effect)
{
    struct wire *wire;
    struct db_tx *tx;

    switch (effect->kind) {
    case EFFECT_SEND:
        wire = effect->send.wire;
        effect->send.wire = NULL;
        net_send(driver->net, effect->send.conn, wire);
        return;
    case EFFECT_CLOSE:
        net_close_conn(driver->net, effect->close.conn, effect->close.code);
        return;
    case EFFECT_REDIS_OPEN:
        links_open(driver->links, effect->redis.link);
        return;
    case EFFECT_REDIS_WRITE:
        links_write(driver->links, effect->redis.link,
                    driver->effects.bytes.bytes + effect->redis.offset, effect->redis.len);
        return;
    case EFFECT_REDIS_CLOSE:
        links_shut(driver->links, effect->redis.link);
        return;
    case EFFECT_DB:
        tx = effect->tx;
        effect->tx = NULL;
        store_submit(driver->store, tx);
        return;
    case EFFECT_HTTP:
        on_http(driver, effect);
        return;
    case EFFECT_READY:
        return; /* /readyz tells */
    case EFFECT_DRAINED:
        driver->drained = true;
        return;
    case EFFECT_FENCED: /* told once this step is over */
        fenced_say(driver, effect);
        (void)uv_timer_start(&driver->drain, on_drain_look, 0, DRAIN_LOOK_MS);
        return;
    case EFFECT_NOTE:
        driver->adopted = driver->adopted || effect->note.code == NOTE_OTHER_INSTALLATION;
        log_note(
            &driver->log, mono_now(driver).us, effect->note.code, effect->note.a, effect->note.b,
            (struct text){driver->effects.bytes.bytes + effect->note.offset, effect->note.len});
        return;
    }
    HB_UNREACHABLE("no such effect");
}

static void step(struct driver *driver, struct node_event *event);

static void on_wake(uv_timer_t *timer)
{
    step(timer->data, &(struct node_event){.kind = NODE_WAKE});
}

static void arm(struct driver *driver)
{
    if (driver->effects.wake_at.us == MONO_NEVER.us) {
        (void)uv_timer_stop(&driver->wake);
        return;
    }
    const int64_t left_us = driver->effects.wake_at.us - mono_now(driver).us;
    uv_update_time(driver->loop); /* the time-out counts from the loop's idea of now */
    (void)uv_timer_start(&driver->wake, on_wake,
                         left_us <= 0 ? 0 : (uint64_t)(left_us + 999) / 1000, 0);
}

static void step(struct driver *driver, struct node_event *event)
{
    struct effects *effects = &driver->effects;
    const struct mono before = effects->wake_at;

    HB_ASSERT(!driver->stepping);
    HB_ASSERT(effects->len == 0);
    driver->stepping = true;
    event->mono = mono_now(driver);
    event->wall = wall_now();
    node_step(driver->node, event, effects);
    for (size_t i = 0; i < effects->len; i++) {
        on_effect(driver, &effects->items[i]);
    }
    effects_clear(effects);
    driver->stepping = false;
    if (effects->wake_at.us != before.us || event->kind == NODE_WAKE) {
        arm(driver);
    }
}

/* --- Events --------------------------------------------------------------------------------- */

static void on_open(void *context, struct conn_id conn, struct text token)
{
    struct node_event event = {.kind = NODE_CONN_OPEN};

    event.conn.conn = conn;
    event.conn.token = token;
    step(context, &event);
}

static void on_frame(void *context, struct conn_id conn, struct wire *wire)
{
    struct node_event event = {.kind = NODE_CONN_FRAME};

    event.conn.conn = conn;
    event.conn.frame = wire;
    step(context, &event);
}

static void on_closed(void *context, struct conn_id conn)
{
    struct node_event event = {.kind = NODE_CONN_CLOSED};

    event.conn.conn = conn;
    step(context, &event);
}

static void login(struct driver *driver, const struct http_request *request)
{
    buf_clear(&driver->text);
    const uint16_t status = login_answer(request, token_signer(&driver->config.node.trust),
                                         wall_now().ms / 1000, &driver->text);
    net_respond(driver->net, &(struct net_response){
                                 .request = request->id,
                                 .status = status,
                                 .content_type = "application/json",
                                 .body = {driver->text.bytes, (uint32_t)driver->text.len},
                                 .allow = status == 405 ? "POST" : NULL,
                             });
}

static struct transport_figures figures(const struct driver *driver)
{
    const struct net_stats stats = net_stats(driver->net);

    return (struct transport_figures){.sockets = stats.conns,
                                      .queued_bytes = stats.queued_bytes,
                                      .received_bytes = stats.bytes_in,
                                      .sent_bytes = stats.bytes_out,
                                      .writes = stats.writes,
                                      .slow_consumers = stats.slow_cut,
                                      .refused_handshakes = stats.refused};
}

static void on_request(void *context, const struct http_request *request)
{
    struct driver *driver = context;
    struct node_event event = {.kind = NODE_HTTP};

    if (driver->config.login && text_equal(request->path, TEXT(LOGIN_PATH)) &&
        (driver->config.login_any_host || login_host_local(request->host))) {
        login(driver, request);
        return;
    }
    const struct transport_figures transport = figures(driver);
    struct http_request whole = *request;
    whole.transport = &transport;
    event.http = &whole;
    step(driver, &event);
}

static void on_gone(void *context, uint64_t request)
{
    struct node_event event = {.kind = NODE_HTTP_GONE};

    event.request = request;
    step(context, &event);
}

static void on_redis_opened(void *context, uint64_t link)
{
    struct node_event event = {.kind = NODE_REDIS_OPENED};

    event.redis.link = link;
    step(context, &event);
}

static void on_redis_bytes(void *context, uint64_t link, const char *bytes, size_t bytes_len)
{
    struct node_event event = {.kind = NODE_REDIS_BYTES};

    event.redis.link = link;
    event.redis.bytes = bytes;
    event.redis.bytes_len = bytes_len;
    step(context, &event);
}

static void on_redis_lost(void *context, uint64_t link)
{
    struct node_event event = {.kind = NODE_REDIS_LOST};

    event.redis.link = link;
    step(context, &event);
}

static void on_answer(void *context, const struct db_answer *answer)
{
    struct node_event event = {.kind = NODE_DB_DONE};

    event.db = answer;
    step(context, &event);
}

/* --- Draining ------------------------------------------------------------------------------- */

static void on_drain_look(uv_timer_t *timer)
{
    struct driver *driver = timer->data;

    if (driver->drain_done == NULL) {
        (void)uv_timer_stop(timer);
        driver->config.fenced(driver->config.fenced_context, driver->fenced.bytes);
        return;
    }
    const bool quiet = driver->drained && net_stats(driver->net).conns == 0;

    if (quiet || mono_now(driver).us >= driver->drain_until_us) {
        (void)uv_timer_stop(timer);
        driver->drain_done(driver->drain_context, driver->drained);
    }
}

void driver_drain(struct driver *driver, int64_t within_ms,
                  void (*done)(void *context, bool finished), void *context)
{
    HB_ASSERT(driver->drain_done == NULL);
    driver->drain_done = done;
    driver->drain_context = context;
    driver->drain_until_us = mono_now(driver).us + within_ms * 1000;
    net_stop_listening(driver->net);
    step(driver, &(struct node_event){.kind = NODE_DRAIN});
    (void)uv_timer_start(&driver->drain, on_drain_look, DRAIN_LOOK_MS, DRAIN_LOOK_MS);
}

static void on_trouble(void *context, const char *words)
{
    struct driver *driver = context;

    log_trouble(&driver->log, mono_now(driver).us, words);
}

/* --- Life ----------------------------------------------------------------------------------- */

/* `message`: also when the tables were brought to this version, by the first of the two. */
static enum hb_err store_take(struct driver *driver, struct buf *message)
{
    struct driver_config *config = &driver->config;
    const struct store_events events = {
        .context = driver, .done = on_answer, .trouble = on_trouble};
    struct buf refused = {0};

    enum hb_err err = installation_take(config->db, &config->node, message);
    if (err == HB_OK) {
        err = store_open(config->db, config->durability, driver->loop, &events, &driver->store,
                         &refused);
    }
    if (refused.len > 0) {
        buf_clear(message);
        buf_add(message, refused.bytes, refused.len);
    }
    buf_deinit(&refused);
    return err;
}

static enum hb_err ports_open(struct driver *driver, struct buf *message)
{
    const struct driver_config *config = &driver->config;
    const struct net_events net_events = {.context = driver,
                                          .open = on_open,
                                          .frame = on_frame,
                                          .closed = on_closed,
                                          .request = on_request,
                                          .gone = on_gone};
    const struct link_events link_events = {.context = driver,
                                            .opened = on_redis_opened,
                                            .bytes = on_redis_bytes,
                                            .lost = on_redis_lost};

    enum hb_err err = net_open(driver->loop, &config->net, &net_events, &driver->net, message);
    if (err != HB_OK) {
        return err;
    }
    err = store_take(driver, message);
    if (err != HB_OK) {
        net_close(&driver->net);
        return err;
    }
    driver->links = config->redis != NULL
                        ? links_tcp(driver->loop, config->redis->host, config->redis->port,
                                    config->tls, &link_events)
                        : links_local(driver->loop, &link_events);
    return HB_OK;
}

static void place_name(char ret[PLACE_BYTES_MAX + 1])
{
    char host[256] = "";
    char plain[65];

    (void)gethostname(host, sizeof host - 1);
    log_plain(text_of(host), plain, sizeof plain);
    (void)snprintf(ret, PLACE_BYTES_MAX + 1, "pid %ld on %s", (long)getpid(),
                   plain[0] != '\0' ? plain : "a host without a name");
}

static void redis_who(struct node_config *node, const struct redis_place *redis)
{
    if (redis != NULL) {
        (void)snprintf(node->redis_user, sizeof node->redis_user, "%s", redis->user);
        (void)snprintf(node->redis_password, sizeof node->redis_password, "%s", redis->password);
        node->redis_database = redis->database;
    }
}

enum hb_err driver_open(uv_loop_t *loop, const struct driver_config *config, struct driver **ret,
                        struct buf *message)
{
    struct driver *driver = hb_calloc(1, sizeof *driver);

    *ret = NULL;
    driver->loop = loop;
    driver->config = *config;
    driver->log.verbose = config->verbose;
    driver->start_ns = uv_hrtime();
    driver->effects.wake_at = MONO_NEVER;
    const enum hb_err err = ports_open(driver, message);
    if (err != HB_OK) {
        tls_context_free(&driver->config.tls);
        explicit_bzero(driver, sizeof *driver);
        free(driver);
        return err;
    }
    struct node_config *node = &driver->config.node;
    redis_who(node, config->redis);
    node->entropy = (struct entropy){draw, driver};
    place_name(node->place);
    driver->node = node_new(node);
    (void)uv_timer_init(loop, &driver->wake);
    (void)uv_timer_init(loop, &driver->drain);
    driver->wake.data = driver;
    driver->drain.data = driver;
    driver->open_handles = 2;
    step(driver, &(struct node_event){.kind = NODE_START});
    *ret = driver;
    return HB_OK;
}

uint16_t driver_port(const struct driver *driver)
{
    return net_port(driver->net);
}

const char *driver_name(const struct driver *driver)
{
    return driver->config.node.name;
}

bool driver_adopted(const struct driver *driver)
{
    return driver->adopted;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct driver *driver = handle->data;

    if (--driver->open_handles == 0) {
        explicit_bzero(driver, sizeof *driver);
        free(driver);
    }
}

void driver_close(struct driver **driver_at)
{
    struct driver *driver = *driver_at;

    if (driver == NULL) {
        return;
    }
    *driver_at = NULL;
    HB_ASSERT(!driver->stepping);
    /* The store first: its threads must not open a descriptor while libwebsockets closes its own,
     * one of them twice. */
    store_close(&driver->store);
    net_close(&driver->net);
    links_close(&driver->links);
    node_free(&driver->node);
    effects_deinit(&driver->effects);
    buf_deinit(&driver->text);
    buf_deinit(&driver->fenced);
    uv_close((uv_handle_t *)&driver->wake, on_handle_closed);
    uv_close((uv_handle_t *)&driver->drain, on_handle_closed);
}
