/* Links to a bus within the process: enough of Redis for one node alone.
 *
 * Each link has the two ends of a connection in it: commands are parsed as they are written, answers
 * and publications wait in `out` until the next turn of the loop. Answered as Redis answers in
 * RESP2: SUBSCRIBE, UNSUBSCRIBE, PUBLISH, PING; anything else is an error. Bytes that are no
 * commands (also Redis' inline ones) are an error too, and the end of the link. */
#include "server/base/map.h"
#include "server/runtime/link_internal.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_SHOWN_MAX 64 /* of a command nobody knows */

struct channel {
    struct link_local **links; /* subscribed; borrowed */
    size_t links_len, links_cap;
};

struct links_local {
    struct links common;
    uv_idle_t idle; /* active while something waits */
    struct u64map by_id;
    struct link_local **all; /* in the order of opening; owned */
    size_t all_len, all_cap;
    struct interner names;
    struct channel *channels; /* by the id of the name */
    size_t channels_len, channels_cap;
    bool closing;
};

struct link_local {
    struct links_local *links;
    uint64_t id;
    redisReader *reader;
    struct buf out;
    struct u64map subscribed; /* ids of channels */
    bool opened;              /* its holder was told */
    bool broken;              /* behind what waits it is lost */
    bool shut;                /* freed as soon as nobody is looking at it */
};

/* --- Answers -------------------------------------------------------------------------------- */

static void bulk_add(struct buf *out, const char *bytes, size_t bytes_len)
{
    buf_printf(out, "$%zu\r\n", bytes_len);
    buf_add(out, bytes, bytes_len);
    buf_add_text(out, "\r\n");
}

static void error_add(struct link_local *link, const char *what, const redisReply *command)
{
    buf_printf(&link->out, "-ERR %s '", what);
    for (size_t i = 0; i < command->len && i < NAME_SHOWN_MAX; i++) {
        const char c = command->str[i];
        const bool shown = c >= ' ' && c < 0x7f;
        buf_add_char(&link->out, (char)(shown ? c : '?'));
    }
    buf_add_text(&link->out, "'\r\n");
}

/* --- Channels ------------------------------------------------------------------------------- */

static struct channel *channel_of(struct links_local *links, const redisReply *name, uint32_t *ret)
{
    *ret = interner_add(&links->names, name->str, name->len);
    while (links->channels_len <= *ret) {
        HB_GROW(links->channels, links->channels_len, links->channels_cap);
        links->channels[links->channels_len++] = (struct channel){0};
    }
    return &links->channels[*ret];
}

static void channel_leave(struct link_local *link, uint32_t id)
{
    struct channel *channel = &link->links->channels[id];

    for (size_t i = 0; i < channel->links_len; i++) {
        if (channel->links[i] == link) {
            memmove(&channel->links[i], &channel->links[i + 1],
                    (channel->links_len - i - 1) * sizeof(struct link_local *));
            channel->links_len--;
            return;
        }
    }
    HB_UNREACHABLE("a subscription is in both tables");
}

static void confirm(struct link_local *link, const char *kind, const char *name, size_t name_len)
{
    buf_add_text(&link->out, "*3\r\n");
    bulk_add(&link->out, kind, strlen(kind));
    if (name != NULL) {
        bulk_add(&link->out, name, name_len);
    } else {
        buf_add_text(&link->out, "$-1\r\n");
    }
    buf_printf(&link->out, ":%zu\r\n", u64map_count(&link->subscribed));
}

static void subscribe(struct link_local *link, redisReply *const *args, size_t args_len)
{
    for (size_t i = 0; i < args_len; i++) {
        uint32_t id;
        struct channel *channel = channel_of(link->links, args[i], &id);
        if (!u64map_get(&link->subscribed, id, NULL)) {
            u64map_put(&link->subscribed, id, 1);
            HB_GROW(channel->links, channel->links_len, channel->links_cap);
            channel->links[channel->links_len++] = link;
        }
        confirm(link, "subscribe", args[i]->str, args[i]->len);
    }
}

static void leave_all(struct link_local *link, bool confirmed)
{
    const void *next = NULL;
    uint64_t id, value;

    while (u64map_next(&link->subscribed, &next, &id, &value)) {
        size_t name_len;
        const char *name = interner_text(&link->links->names, (uint32_t)id, &name_len);
        channel_leave(link, (uint32_t)id);
        (void)u64map_remove(&link->subscribed, id, NULL);
        if (confirmed) {
            confirm(link, "unsubscribe", name, name_len);
        }
    }
}

static void unsubscribe(struct link_local *link, redisReply *const *args, size_t args_len)
{
    if (args_len == 0 && u64map_count(&link->subscribed) == 0) {
        confirm(link, "unsubscribe", NULL, 0);
    } else if (args_len == 0) {
        leave_all(link, true);
    }
    for (size_t i = 0; i < args_len; i++) {
        const uint32_t id = interner_find(&link->links->names, args[i]->str, args[i]->len);
        if (id != INTERNER_NONE && u64map_remove(&link->subscribed, id, NULL)) {
            channel_leave(link, id);
        }
        confirm(link, "unsubscribe", args[i]->str, args[i]->len);
    }
}

static void publish(struct link_local *link, const redisReply *name, const redisReply *text)
{
    const struct links_local *links = link->links;
    const uint32_t id = interner_find(&links->names, name->str, name->len);
    size_t receivers = 0;

    if (id != INTERNER_NONE && id < links->channels_len) {
        const struct channel *channel = &links->channels[id];
        for (size_t i = 0; i < channel->links_len; i++) {
            struct buf *out = &channel->links[i]->out;
            buf_add_text(out, "*3\r\n$7\r\nmessage\r\n");
            bulk_add(out, name->str, name->len);
            bulk_add(out, text->str, text->len);
        }
        receivers = channel->links_len;
    }
    buf_printf(&link->out, ":%zu\r\n", receivers);
}

/* --- Commands ------------------------------------------------------------------------------- */

static void ping(struct link_local *link, const redisReply *text)
{
    if (u64map_count(&link->subscribed) > 0) {
        buf_add_text(&link->out, "*2\r\n$4\r\npong\r\n");
        bulk_add(&link->out, text != NULL ? text->str : "", text != NULL ? text->len : 0);
    } else if (text != NULL) {
        bulk_add(&link->out, text->str, text->len);
    } else {
        buf_add_text(&link->out, "+PONG\r\n");
    }
}

static bool named(const redisReply *command, const char *name)
{
    return command->len == strlen(name) && strncasecmp(command->str, name, command->len) == 0;
}

static void command_run(struct link_local *link, redisReply *const *words, size_t words_len)
{
    const redisReply *name = words[0];

    if (named(name, "subscribe") && words_len >= 2) {
        subscribe(link, words + 1, words_len - 1);
    } else if (named(name, "unsubscribe")) {
        unsubscribe(link, words + 1, words_len - 1);
    } else if (named(name, "ping") && words_len <= 2) {
        ping(link, words_len == 2 ? words[1] : NULL);
    } else if (named(name, "subscribe") || named(name, "ping") ||
               (named(name, "publish") && words_len != 3)) {
        error_add(link, "wrong number of arguments for", name);
    } else if (u64map_count(&link->subscribed) > 0) {
        error_add(link, "only SUBSCRIBE, UNSUBSCRIBE and PING while subscribed, not", name);
    } else if (named(name, "publish")) {
        publish(link, words[1], words[2]);
    } else {
        error_add(link, "unknown command", name);
    }
}

static bool is_command(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) {
        return false;
    }
    for (size_t i = 0; i < reply->elements; i++) {
        if (reply->element[i]->type != REDIS_REPLY_STRING) {
            return false;
        }
    }
    return true;
}

static void commands_read(struct link_local *link)
{
    void *reply = NULL;

    while (!link->broken) {
        if (redisReaderGetReply(link->reader, &reply) != REDIS_OK) {
            link->broken = true;
        } else if (reply == NULL) {
            return;
        } else {
            const redisReply *command = reply;
            link->broken = !is_command(command);
            if (!link->broken) {
                command_run(link, command->element, command->elements);
            }
            freeReplyObject(reply);
        }
    }
    buf_add_text(&link->out, "-ERR Protocol error\r\n");
}

/* --- The loop ------------------------------------------------------------------------------- */

static void link_free(struct link_local *link)
{
    redisReaderFree(link->reader);
    buf_deinit(&link->out);
    u64map_deinit(&link->subscribed);
    free(link);
}

static void links_free(uv_handle_t *handle)
{
    struct links_local *links = handle->data;

    for (size_t i = 0; i < links->all_len; i++) {
        link_free(links->all[i]);
    }
    for (size_t i = 0; i < links->channels_len; i++) {
        free(links->channels[i].links);
    }
    free(links->all);
    free(links->channels);
    interner_deinit(&links->names);
    u64map_deinit(&links->by_id);
    free(links);
}

static void forget(struct link_local *link)
{
    link->shut = true;
    (void)u64map_remove(&link->links->by_id, link->id, NULL);
    leave_all(link, false);
}

/* What waits for one link. What its holder writes meanwhile is answered at the next turn. */
static void deliver(struct link_local *link)
{
    struct links_local *links = link->links;
    const struct link_events *events = &links->common.events;
    struct buf out = link->out;
    const bool broken = link->broken;

    link->out = (struct buf){0};
    if (!link->opened) {
        link->opened = true;
        events->opened(events->context, link->id);
    }
    if (out.len > 0 && !link->shut) {
        events->bytes(events->context, link->id, out.bytes, out.len);
    }
    buf_deinit(&out);
    if (broken && !link->shut) {
        forget(link);
        events->lost(events->context, link->id);
    }
}

static bool waits(const struct link_local *link)
{
    return !link->shut && (!link->opened || link->out.len > 0 || link->broken);
}

static void on_idle(uv_idle_t *handle)
{
    struct links_local *links = handle->data;
    const size_t count = links->all_len; /* those opened meanwhile wait for the next turn */
    size_t kept = 0;
    bool more = false;

    for (size_t i = 0; i < count && !links->closing; i++) {
        if (waits(links->all[i])) {
            deliver(links->all[i]);
        }
    }
    if (links->closing) {
        return;
    }
    for (size_t i = 0; i < links->all_len; i++) {
        struct link_local *link = links->all[i];
        if (link->shut) {
            link_free(link);
        } else {
            links->all[kept++] = link;
            more = more || waits(link);
        }
    }
    links->all_len = kept;
    if (!more) {
        (void)uv_idle_stop(&links->idle);
    }
}

static void wake(struct links_local *links)
{
    (void)uv_idle_start(&links->idle, on_idle); /* nothing, if it is active */
}

/* --- As links ------------------------------------------------------------------------------- */

static struct link_local *find(const struct links_local *links, uint64_t id)
{
    uint64_t value;

    return u64map_get(&links->by_id, id, &value) ? (struct link_local *)(uintptr_t)value : NULL;
}

static void local_open(struct links *common, uint64_t id)
{
    struct links_local *links = (struct links_local *)common;
    struct link_local *link = hb_calloc(1, sizeof *link);

    HB_ASSERT(find(links, id) == NULL);
    link->links = links;
    link->id = id;
    link->reader = redisReaderCreate();
    if (link->reader == NULL) {
        hb_panic(__FILE__, __LINE__, __func__, "out of memory");
    }
    HB_GROW(links->all, links->all_len, links->all_cap);
    links->all[links->all_len++] = link;
    u64map_put(&links->by_id, id, (uint64_t)(uintptr_t)link);
    wake(links);
}

static void local_write(struct links *common, uint64_t id, const char *bytes, size_t bytes_len)
{
    struct links_local *links = (struct links_local *)common;
    struct link_local *link = find(links, id);

    if (link == NULL || link->broken) {
        return;
    }
    if (redisReaderFeed(link->reader, bytes, bytes_len) != REDIS_OK) {
        hb_panic(__FILE__, __LINE__, __func__, "out of memory");
    }
    commands_read(link);
    wake(links); /* also others have something now */
}

static void local_shut(struct links *common, uint64_t id)
{
    struct links_local *links = (struct links_local *)common;
    struct link_local *link = find(links, id);

    if (link != NULL) {
        forget(link);
        wake(links); /* which frees it */
    }
}

static void local_close(struct links *common)
{
    struct links_local *links = (struct links_local *)common;

    links->closing = true;
    for (size_t i = 0; i < links->all_len; i++) {
        if (!links->all[i]->shut) {
            forget(links->all[i]);
        }
    }
    uv_close((uv_handle_t *)&links->idle, links_free);
}

struct links *links_local(uv_loop_t *loop, const struct link_events *events)
{
    static const struct links_ops ops = {local_open, local_write, local_shut, local_close};
    struct links_local *links = hb_calloc(1, sizeof *links);

    links->common = (struct links){.ops = &ops, .loop = loop, .events = *events};
    (void)uv_idle_init(loop, &links->idle);
    links->idle.data = links;
    return &links->common;
}
