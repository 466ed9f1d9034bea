/* Links to a real Redis over TCP.
 *
 *   LOOKUP --addresses--> CONNECT --one answers--> OPEN --end, error, too much waits--> LOST
 *                            ^  |         |         ^
 *                            +--+         +-> TLS --+     any of them --links_shut--> SHUT
 *                      the next address
 *
 * A name may stand for several addresses ("localhost" does), and Redis listens on some of them: each
 * is tried in turn. LOST and SHUT have one way out: their handles are closed, then they are freed;
 * the lookup, which cannot always be stopped, is waited for. */
#include "server/base/map.h"
#include "server/runtime/link_internal.h"
#include "server/runtime/log.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS      5000     /* lookup and all addresses together */
#define QUEUE_BYTES_MAX 67108864 /* a Redis that reads nothing: the node loses it then */
#define READ_BYTES      65536
#define TELL_MS         60000 /* that TLS fails, at most so often */

enum link_state { LINK_LOOKUP, LINK_CONNECT, LINK_TLS, LINK_OPEN, LINK_LOST, LINK_SHUT };

struct links_tcp {
    struct links common;
    char *host;
    char port[8];
    struct u64map by_id; /* -> struct link_tcp; those whose events are wanted */
    size_t links_count;  /* also those that only end */
    bool closing;
    struct tls_context *tls; /* NULL: without; owned */
    uint64_t tls_told_ms;    /* when it was told last that a session failed; 0: not yet */
    struct buf plain, wire;  /* of the call that runs */
    char read[READ_BYTES];
};

struct link_tcp {
    struct links_tcp *links;
    uint64_t id;
    enum link_state state;
    uv_getaddrinfo_t lookup;
    struct addrinfo *addresses, *next;
    uv_connect_t connect;
    uv_tcp_t tcp;
    uv_timer_t timer;
    struct tls *tls;             /* NULL: without, or not yet */
    bool lookup_runs, tcp_there; /* libuv may still call back */
    bool tcp_closes, timer_there;
};

struct write {
    uv_write_t request;
    char bytes[];
};

/* --- The end -------------------------------------------------------------------------------- */

static void links_free_if_done(struct links_tcp *links)
{
    if (links->closing && links->links_count == 0) {
        u64map_deinit(&links->by_id);
        tls_context_free(&links->tls);
        buf_deinit(&links->plain);
        buf_deinit(&links->wire);
        free(links->host);
        free(links);
    }
}

static void free_if_done(struct link_tcp *link)
{
    struct links_tcp *links = link->links;

    if (!link->lookup_runs && !link->tcp_there && !link->timer_there) {
        HB_ASSERT(link->state == LINK_LOST || link->state == LINK_SHUT);
        if (link->addresses != NULL) {
            uv_freeaddrinfo(link->addresses);
        }
        tls_free(&link->tls);
        free(link);
        links->links_count--;
        links_free_if_done(links);
    }
}

static void connect_next(struct link_tcp *link);

static void tcp_closed(uv_handle_t *handle)
{
    struct link_tcp *link = handle->data;

    link->tcp_there = link->tcp_closes = false;
    if (link->state == LINK_CONNECT) {
        connect_next(link);
    } else {
        free_if_done(link);
    }
}

static void tcp_close(struct link_tcp *link)
{
    if (link->tcp_there && !link->tcp_closes) {
        link->tcp_closes = true;
        uv_close((uv_handle_t *)&link->tcp, tcp_closed);
    }
}

static void timer_closed(uv_handle_t *handle)
{
    struct link_tcp *link = handle->data;

    link->timer_there = false;
    free_if_done(link);
}

static void end(struct link_tcp *link, enum link_state state)
{
    HB_ASSERT(link->state < LINK_LOST);
    link->state = state;
    (void)u64map_remove(&link->links->by_id, link->id, NULL);
    if (link->lookup_runs) {
        (void)uv_cancel((uv_req_t *)&link->lookup); /* it calls back either way */
    }
    tcp_close(link);
    uv_close((uv_handle_t *)&link->timer, timer_closed);
}

/* From a callback of the loop only. */
static void lose(struct link_tcp *link)
{
    struct links_tcp *links = link->links;
    const uint64_t id = link->id;

    end(link, LINK_LOST);
    links->common.events.lost(links->common.events.context, id);
}

static void on_timer(uv_timer_t *timer)
{
    lose(timer->data);
}

/* From within a links_ function: the event has to wait for the loop. */
static void lose_later(struct link_tcp *link)
{
    (void)uv_timer_start(&link->timer, on_timer, 0, 0);
}

/* --- Reading -------------------------------------------------------------------------------- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    const struct link_tcp *link = handle->data;

    (void)suggested;
    *ret = uv_buf_init(link->links->read, READ_BYTES); /* one read at a time */
}

static void opened(struct link_tcp *link)
{
    const struct link_events *events = &link->links->common.events;

    link->state = LINK_OPEN;
    (void)uv_timer_stop(&link->timer);
    events->opened(events->context, link->id);
}

static void send_bytes(struct link_tcp *link, const char *bytes, size_t bytes_len);

static void tls_failed(struct links_tcp *links, const char *why)
{
    const uint64_t now_ms = uv_now(links->common.loop);

    if (links->tls_told_ms == 0 || now_ms - links->tls_told_ms >= TELL_MS) {
        links->tls_told_ms = now_ms > 0 ? now_ms : 1;
        log_line("warn", "TLS to Redis at %s:%s: %s", links->host, links->port, why);
    }
}

/* What the node is told of it ends the link, or writes to it. */
static void tls_read(struct link_tcp *link, const char *bytes, size_t bytes_len)
{
    struct links_tcp *links = link->links;
    const struct link_events *events = &links->common.events;
    const uint64_t id = link->id;
    struct buf plain = links->plain; /* the node's answer uses `wire` meanwhile */
    char why[TLS_WHY_BYTES];

    links->plain = (struct buf){0};
    buf_clear(&plain);
    buf_clear(&links->wire);
    const enum hb_err err = tls_feed(link->tls, bytes, bytes_len, &plain, &links->wire, why);
    send_bytes(link, links->wire.bytes, links->wire.len);
    if (link->state == LINK_TLS && tls_ready(link->tls)) {
        opened(link);
    }
    if (plain.len > 0 && link->state == LINK_OPEN) {
        events->bytes(events->context, id, plain.bytes, plain.len);
    }
    buf_deinit(&links->plain);
    links->plain = plain;
    if (err != HB_OK && (link->state == LINK_TLS || link->state == LINK_OPEN)) {
        tls_failed(links, why);
        lose(link);
    }
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct link_tcp *link = stream->data;
    const struct link_events *events = &link->links->common.events;

    if (link->state != LINK_OPEN && link->state != LINK_TLS) {
        return;
    }
    if (n > 0 && link->tls != NULL) {
        tls_read(link, buf->base, (size_t)n);
    } else if (n > 0) {
        events->bytes(events->context, link->id, buf->base, (size_t)n);
    } else if (n < 0) {
        if (link->state == LINK_TLS) {
            tls_failed(link->links, "it closed the connection; is this a port for TLS?");
        }
        lose(link);
    }
}

/* --- Connecting ----------------------------------------------------------------------------- */

static void on_connect(uv_connect_t *request, int status)
{
    struct link_tcp *link = request->data;
    struct links_tcp *links = link->links;

    if (link->state != LINK_CONNECT) {
        return; /* shut, or out of time: its handle is being closed */
    }
    if (status != 0 || uv_read_start((uv_stream_t *)&link->tcp, on_alloc, on_read) != 0) {
        tcp_close(link); /* and then the next address */
        return;
    }
    (void)uv_tcp_nodelay(&link->tcp, 1);
    if (links->tls == NULL) {
        opened(link);
        return;
    }
    link->state = LINK_TLS; /* the timer goes on */
    buf_clear(&links->wire);
    link->tls = tls_new(links->tls, &links->wire);
    send_bytes(link, links->wire.bytes, links->wire.len);
}

static void connect_next(struct link_tcp *link)
{
    const struct addrinfo *address = link->next;

    if (address == NULL || uv_tcp_init(link->links->common.loop, &link->tcp) != 0) {
        lose(link);
        return;
    }
    link->next = address->ai_next;
    link->tcp.data = link->connect.data = link;
    link->tcp_there = true;
    if (uv_tcp_connect(&link->connect, &link->tcp, address->ai_addr, on_connect) != 0) {
        tcp_close(link);
    }
}

static void on_lookup(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    struct link_tcp *link = request->data;

    link->lookup_runs = false;
    link->addresses = link->next = addresses;
    if (link->state != LINK_LOOKUP) {
        free_if_done(link);
        return;
    }
    if (status != 0) {
        lose(link);
        return;
    }
    link->state = LINK_CONNECT;
    connect_next(link);
}

static void tcp_open(struct links *common, uint64_t id)
{
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct links_tcp *links = (struct links_tcp *)common;
    struct link_tcp *link = hb_calloc(1, sizeof *link);

    HB_ASSERT(!u64map_get(&links->by_id, id, NULL));
    link->links = links;
    link->id = id;
    link->timer.data = link->lookup.data = link;
    links->links_count++;
    u64map_put(&links->by_id, id, (uint64_t)(uintptr_t)link);
    (void)uv_timer_init(common->loop, &link->timer);
    link->timer_there = true;
    link->lookup_runs = true;
    (void)uv_timer_start(&link->timer, on_timer, CONNECT_MS, 0);
    if (uv_getaddrinfo(common->loop, &link->lookup, on_lookup, links->host, links->port, &hints) !=
        0) {
        link->lookup_runs = false;
        lose_later(link);
    }
}

/* --- Writing -------------------------------------------------------------------------------- */

static struct link_tcp *find(const struct links_tcp *links, uint64_t id)
{
    uint64_t value;

    return u64map_get(&links->by_id, id, &value) ? (struct link_tcp *)(uintptr_t)value : NULL;
}

static void on_written(uv_write_t *request, int status)
{
    (void)status; /* an error shows in reading too */
    free(request->data);
}

static void send_bytes(struct link_tcp *link, const char *bytes, size_t bytes_len)
{
    if (bytes_len == 0) {
        return;
    }
    struct write *write = hb_malloc(sizeof *write + bytes_len);
    const uv_buf_t buf = uv_buf_init(write->bytes, (unsigned)bytes_len);
    memcpy(write->bytes, bytes, bytes_len);
    write->request.data = write;
    if (uv_stream_get_write_queue_size((uv_stream_t *)&link->tcp) > QUEUE_BYTES_MAX) {
        free(write);
        lose_later(link);
    } else if (uv_write(&write->request, (uv_stream_t *)&link->tcp, &buf, 1, on_written) != 0) {
        free(write);
        lose_later(link);
    }
}

static void tcp_write(struct links *common, uint64_t id, const char *bytes, size_t bytes_len)
{
    struct links_tcp *links = (struct links_tcp *)common;
    struct link_tcp *link = find(links, id);

    if (link == NULL || link->state != LINK_OPEN) {
        return;
    }
    if (link->tls == NULL) {
        send_bytes(link, bytes, bytes_len);
        return;
    }
    buf_clear(&links->wire);
    tls_write(link->tls, bytes, bytes_len, &links->wire);
    send_bytes(link, links->wire.bytes, links->wire.len);
}

/* --- Life ----------------------------------------------------------------------------------- */

static void tcp_shut(struct links *common, uint64_t id)
{
    struct link_tcp *link = find((struct links_tcp *)common, id);

    if (link != NULL) {
        end(link, LINK_SHUT);
    }
}

static void tcp_close_all(struct links *common)
{
    struct links_tcp *links = (struct links_tcp *)common;
    struct u64map_at next = {0};
    uint64_t id, value;

    while (u64map_next(&links->by_id, &next, &id, &value)) {
        end((struct link_tcp *)(uintptr_t)value, LINK_SHUT); /* may remove the entry just given */
    }
    links->closing = true;
    links_free_if_done(links);
}

struct links *links_tcp(uv_loop_t *loop, const char *host, uint16_t port, struct tls_context *tls,
                        const struct link_events *events)
{
    static const struct links_ops ops = {tcp_open, tcp_write, tcp_shut, tcp_close_all};
    struct links_tcp *links = hb_calloc(1, sizeof *links);

    links->common = (struct links){.ops = &ops, .loop = loop, .events = *events};
    links->host = hb_strndup(host, strlen(host));
    links->tls = tls;
    (void)snprintf(links->port, sizeof links->port, "%u", port);
    return &links->common;
}
