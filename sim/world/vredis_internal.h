/* The inside of the virtual Redis. See vredis.h.
 *
 *   vredis.c           connections, parsing, dispatch
 *   vredis_commands.c  keys
 *   vredis_pubsub.c    channels */
#ifndef HUBBUB_SIM_WORLD_VREDIS_INTERNAL_H
#define HUBBUB_SIM_WORLD_VREDIS_INTERNAL_H

#include "server/base/map.h"
#include "server/protocol/text.h"
#include "sim/world/vredis.h"

#define VREDIS_ARGS_MAX 1024 /* of one command; more is refused as Redis refuses a million */

struct vkey { /* by the interner's number of its name */
    char *value; /* owned; NULL: there is none */
    size_t value_len;
    int64_t expires_ms; /* INT64_MAX: never */
};

struct vchannel {
    uint64_t *clients; /* in the order in which they subscribed */
    uint32_t clients_len, clients_cap;
};

struct vclient {
    uint64_t id;
    struct buf query;
    uint32_t *channels; /* in the order in which it subscribed */
    uint32_t channels_len, channels_cap;
    bool closing;
};

struct vredis {
    struct u64map client_of; /* id -> index */
    struct vclient **clients; /* NULL: a free place */
    uint32_t clients_len, clients_cap;
    struct interner key_names, channel_names;
    struct vkey *keys;
    uint32_t keys_len, keys_cap;
    struct vchannel *channels;
    uint32_t channels_len, channels_cap;
    int64_t now_ms;
    struct vredis_out *out;
    size_t write_from; /* where the present reply began in out->bytes */
};

struct vcommand {
    struct vclient *client;
    struct text args[VREDIS_ARGS_MAX];
    uint32_t args_len;
};

/* Replies to the client of the present command. */
void vreply_begin(struct vredis *vredis);
void vreply_end(struct vredis *vredis, uint64_t client);
void vreply_int(struct vredis *vredis, int64_t value);
void vreply_bulk(struct vredis *vredis, struct text text);
void vreply_nil(struct vredis *vredis);
void vreply_text(struct vredis *vredis, const char *line); /* with its first character, no CRLF */
void vreply_array(struct vredis *vredis, uint32_t len);

bool vtext_is(struct text text, const char *word); /* without case */
bool vtext_int(struct text text, int64_t *ret);    /* as Redis' string2ll: canonical only */

/* False: no such command. */
bool vredis_command_key(struct vredis *vredis, const struct vcommand *command);
bool vredis_command_pubsub(struct vredis *vredis, const struct vcommand *command);
void vredis_arity(struct vredis *vredis, const struct vcommand *command);
void vredis_leave_all(struct vredis *vredis, struct vclient *client);
void vredis_flush(struct vredis *vredis);

#endif
