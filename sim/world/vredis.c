/* Connections, parsing and dispatch of the virtual Redis. See vredis.h. */
#include "sim/world/vredis.h"

#include "sim/world/vredis_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void vredis_out_clear(struct vredis_out *out)
{
    out->items_len = 0;
    buf_clear(&out->bytes);
}

void vredis_out_deinit(struct vredis_out *out)
{
    free(out->items);
    buf_deinit(&out->bytes);
    *out = (struct vredis_out){0};
}

/* --- Replies -------------------------------------------------------------------------------- */

void vreply_begin(struct vredis *vredis)
{
    vredis->write_from = vredis->out->bytes.len;
}

void vreply_end(struct vredis *vredis, uint64_t client)
{
    struct vredis_out *out = vredis->out;
    HB_GROW(out->items, out->items_len, out->items_cap);
    out->items[out->items_len++] = (struct vredis_write){
        client, vredis->write_from, out->bytes.len - vredis->write_from, false};
}

static void crlf(struct vredis *vredis)
{
    buf_add(&vredis->out->bytes, "\r\n", 2);
}

void vreply_int(struct vredis *vredis, int64_t value)
{
    buf_add_char(&vredis->out->bytes, ':');
    buf_add_i64(&vredis->out->bytes, value);
    crlf(vredis);
}

void vreply_bulk(struct vredis *vredis, struct text text)
{
    buf_add_char(&vredis->out->bytes, '$');
    buf_add_u64(&vredis->out->bytes, text.len);
    crlf(vredis);
    buf_add(&vredis->out->bytes, text.bytes, text.len);
    crlf(vredis);
}

void vreply_nil(struct vredis *vredis)
{
    buf_add_text(&vredis->out->bytes, "$-1\r\n");
}

void vreply_text(struct vredis *vredis, const char *line)
{
    buf_add_text(&vredis->out->bytes, line);
    crlf(vredis);
}

void vreply_array(struct vredis *vredis, uint32_t len)
{
    buf_add_char(&vredis->out->bytes, '*');
    buf_add_u64(&vredis->out->bytes, len);
    crlf(vredis);
}

bool vtext_is(struct text text, const char *word)
{
    return strlen(word) == text.len && strncasecmp(text.bytes, word, text.len) == 0;
}

bool vtext_int(struct text text, int64_t *ret)
{
    const bool minus = text.len > 0 && text.bytes[0] == '-';
    uint64_t value = 0;

    if (text.len == 0 || text.len > 20 || (minus && text.len == 1)) {
        return false;
    }
    if (text.bytes[minus] == '0') { /* canonical only: "0", neither "00" nor "-0" */
        *ret = 0;
        return text.len == 1;
    }
    for (uint32_t i = minus; i < text.len; i++) {
        const char c = text.bytes[i];
        if (c < '0' || c > '9' || value > (UINT64_MAX - 9) / 10) {
            return false;
        }
        value = value * 10 + (uint64_t)(c - '0');
    }
    if (value > (uint64_t)INT64_MAX + minus) {
        return false;
    }
    *ret = minus ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* --- Connections ---------------------------------------------------------------------------- */

struct vredis *vredis_new(void)
{
    return hb_calloc(1, sizeof(struct vredis));
}

static void client_free(struct vredis *vredis, struct vclient *client)
{
    vredis_leave_all(vredis, client);
    buf_deinit(&client->query);
    free(client->channels);
    free(client);
}

static void disconnect_all(struct vredis *vredis)
{
    for (uint32_t i = 0; i < vredis->clients_len; i++) {
        if (vredis->clients[i] != NULL) {
            (void)u64map_remove(&vredis->client_of, vredis->clients[i]->id, NULL);
            client_free(vredis, vredis->clients[i]);
            vredis->clients[i] = NULL;
        }
    }
    vredis->clients_len = 0;
}

void vredis_free(struct vredis **vredis_pointer)
{
    struct vredis *vredis = *vredis_pointer;
    if (vredis == NULL) {
        return;
    }
    disconnect_all(vredis);
    vredis_flush(vredis);
    for (uint32_t i = 0; i < vredis->channels_len; i++) {
        free(vredis->channels[i].clients);
    }
    free(vredis->channels);
    free(vredis->keys);
    free(vredis->clients);
    interner_deinit(&vredis->key_names);
    interner_deinit(&vredis->channel_names);
    u64map_deinit(&vredis->client_of);
    free(vredis);
    *vredis_pointer = NULL;
}

void vredis_restart(struct vredis *vredis)
{
    disconnect_all(vredis);
    vredis_flush(vredis);
}

void vredis_connect(struct vredis *vredis, uint64_t id)
{
    uint32_t index = 0;
    HB_ASSERT(!u64map_get(&vredis->client_of, id, NULL));
    while (index < vredis->clients_len && vredis->clients[index] != NULL) {
        index++;
    }
    if (index == vredis->clients_len) {
        HB_GROW(vredis->clients, vredis->clients_len, vredis->clients_cap);
        vredis->clients_len++;
    }
    vredis->clients[index] = hb_calloc(1, sizeof **vredis->clients);
    vredis->clients[index]->id = id;
    u64map_put(&vredis->client_of, id, index);
}

void vredis_disconnect(struct vredis *vredis, uint64_t id)
{
    uint64_t index;
    if (u64map_remove(&vredis->client_of, id, &index)) {
        client_free(vredis, vredis->clients[index]);
        vredis->clients[index] = NULL;
    }
}

/* --- Commands ------------------------------------------------------------------------------- */

void vredis_arity(struct vredis *vredis, const struct vcommand *command)
{
    struct buf *bytes = &vredis->out->bytes;
    buf_add_text(bytes, "-ERR wrong number of arguments for '");
    for (uint32_t i = 0; i < command->args[0].len; i++) {
        const char c = command->args[0].bytes[i];
        buf_add_char(bytes, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
    buf_add_text(bytes, "' command");
    crlf(vredis);
}

/* Redis shows at most 128 bytes of the name and of the arguments. */
static void unknown_command(struct vredis *vredis, const struct vcommand *command)
{
    struct buf *bytes = &vredis->out->bytes;
    struct buf shown = {0};

    for (uint32_t i = 1; i < command->args_len && shown.len < 128; i++) {
        const size_t left = 128 - shown.len;
        const size_t len = command->args[i].len < left ? command->args[i].len : left;
        buf_add_char(&shown, '\'');
        buf_add(&shown, command->args[i].bytes, len);
        buf_add_text(&shown, "' ");
    }
    buf_add_text(bytes, "-ERR unknown command '");
    buf_add(bytes, command->args[0].bytes, command->args[0].len < 128 ? command->args[0].len : 128);
    buf_add_text(bytes, "', with args beginning with: ");
    if (shown.len > 0) {
        buf_add(bytes, shown.bytes, shown.len);
    }
    crlf(vredis);
    buf_deinit(&shown);
}

static bool allowed_when_subscribed(struct text name)
{
    return vtext_is(name, "subscribe") || vtext_is(name, "unsubscribe") ||
           vtext_is(name, "ping") || vtext_is(name, "quit");
}

static bool known(struct text name)
{
    static const char *const names[] = {"ping",  "echo",    "set",  "get",     "del",
                                        "exists", "incr",   "pexpire", "expire", "pttl",
                                        "ttl",   "publish", "flushall"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (vtext_is(name, names[i])) {
            return true;
        }
    }
    return false;
}

static void refused_when_subscribed(struct vredis *vredis, const struct vcommand *command)
{
    struct buf *bytes = &vredis->out->bytes;
    buf_add_text(bytes, "-ERR Can't execute '");
    for (uint32_t i = 0; i < command->args[0].len; i++) {
        const char c = command->args[0].bytes[i];
        buf_add_char(bytes, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
    buf_add_text(bytes, "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are "
                        "allowed in this context");
    crlf(vredis);
}

static void ping(struct vredis *vredis, const struct vcommand *command)
{
    const struct text word = command->args_len > 1 ? command->args[1] : TEXT("");
    if (command->args_len > 2) {
        vredis_arity(vredis, command);
    } else if (command->client->channels_len > 0) {
        vreply_array(vredis, 2);
        vreply_bulk(vredis, TEXT("pong"));
        vreply_bulk(vredis, word);
    } else if (command->args_len > 1) {
        vreply_bulk(vredis, word);
    } else {
        vreply_text(vredis, "+PONG");
    }
}

static void execute(struct vredis *vredis, const struct vcommand *command)
{
    const struct text name = command->args[0];
    const uint64_t id = command->client->id;

    if (vredis_command_pubsub(vredis, command)) {
        return; /* replies of its own, to others too */
    }
    vreply_begin(vredis);
    if (command->client->channels_len > 0 && known(name) && !allowed_when_subscribed(name)) {
        refused_when_subscribed(vredis, command);
    } else if (vtext_is(name, "ping")) {
        ping(vredis, command);
    } else if (vtext_is(name, "quit")) {
        vreply_text(vredis, "+OK");
        command->client->closing = true;
    } else if (!vredis_command_key(vredis, command)) {
        unknown_command(vredis, command);
    }
    vreply_end(vredis, id);
}

/* --- Parsing -------------------------------------------------------------------------------- */

struct parser {
    const char *at, *end;
};

enum parsed { PARSED_COMMAND, PARSED_NOTHING, PARSED_PARTIAL, PARSED_BAD };

/* A line up to CRLF. False: not all there yet. */
static bool line_of(struct parser *parser, struct text *ret)
{
    const char *cr = memchr(parser->at, '\r', (size_t)(parser->end - parser->at));
    if (cr == NULL || cr + 1 >= parser->end) {
        return false;
    }
    *ret = (struct text){parser->at, (uint32_t)(cr - parser->at)};
    parser->at = cr + 2;
    return true;
}

static void protocol_error(struct vredis *vredis, struct vclient *client, const char *what)
{
    vreply_begin(vredis);
    buf_add_text(&vredis->out->bytes, "-ERR Protocol error: ");
    vreply_text(vredis, what);
    vreply_end(vredis, client->id);
    client->closing = true;
}

static enum parsed parse_arg(struct vredis *vredis, struct parser *parser,
                             struct vcommand *command)
{
    struct text line;
    int64_t len;

    if (parser->at < parser->end && *parser->at != '$') {
        char what[] = "expected '$', got '?'";
        what[19] = *parser->at;
        protocol_error(vredis, command->client, what);
        return PARSED_BAD;
    }
    if (!line_of(parser, &line)) {
        return PARSED_PARTIAL;
    }
    if (!vtext_int((struct text){line.bytes + 1, line.len - 1}, &len) || len < 0 ||
        len > VREDIS_QUERY_BYTES_MAX) {
        protocol_error(vredis, command->client, "invalid bulk length");
        return PARSED_BAD;
    }
    if (parser->end - parser->at < len + 2) {
        return PARSED_PARTIAL;
    }
    command->args[command->args_len++] = (struct text){parser->at, (uint32_t)len};
    parser->at += len + 2;
    return PARSED_COMMAND;
}

static enum parsed parse(struct vredis *vredis, struct parser *parser, struct vcommand *command)
{
    struct text line;
    int64_t count;

    if (parser->at == parser->end) {
        return PARSED_PARTIAL;
    }
    command->args_len = 0;
    if (*parser->at != '*') {
        protocol_error(vredis, command->client, "inline commands are not spoken here");
        return PARSED_BAD;
    }
    if (!line_of(parser, &line)) {
        return PARSED_PARTIAL;
    }
    if (!vtext_int((struct text){line.bytes + 1, line.len - 1}, &count) ||
        count > VREDIS_ARGS_MAX) {
        protocol_error(vredis, command->client, "invalid multibulk length");
        return PARSED_BAD;
    }
    if (count <= 0) {
        return PARSED_NOTHING;
    }
    for (int64_t i = 0; i < count; i++) {
        const enum parsed parsed = parse_arg(vredis, parser, command);
        if (parsed != PARSED_COMMAND) {
            return parsed;
        }
    }
    return PARSED_COMMAND;
}

void vredis_feed(struct vredis *vredis, uint64_t id, const char *bytes, size_t bytes_len,
                 int64_t now_ms, struct vredis_out *out)
{
    uint64_t index;
    struct vcommand command;

    if (!u64map_get(&vredis->client_of, id, &index)) {
        return;
    }
    vredis->out = out;
    vredis->now_ms = now_ms;
    command.client = vredis->clients[index];
    if (command.client->closing) {
        return;
    }
    struct buf *query = &command.client->query;
    const bool whole = query->len == 0; /* the common case: no copy */
    if (!whole) {
        buf_add(query, bytes, bytes_len);
        bytes = query->bytes;
        bytes_len = query->len;
    }
    const char *done = bytes;
    while (!command.client->closing) {
        struct parser parser = {done, bytes + bytes_len};
        const enum parsed parsed = parse(vredis, &parser, &command);
        if (parsed == PARSED_PARTIAL || parsed == PARSED_BAD) {
            break;
        }
        if (parsed == PARSED_COMMAND) {
            execute(vredis, &command);
        }
        done = parser.at;
    }
    if (command.client->closing) {
        out->items[out->items_len - 1].close = true;
    }
    if (whole) {
        buf_add(query, done, bytes_len - (size_t)(done - bytes));
    } else {
        buf_drop_front(query, (size_t)(done - bytes));
    }
}
