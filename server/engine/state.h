/* The state of the engine: connections, keys, channels, and the command that is executed.
 *
 * Names here begin with v: the whole is a virtual Redis. See engine.h. */
#ifndef HUBBUB_SERVER_ENGINE_STATE_H
#define HUBBUB_SERVER_ENGINE_STATE_H

#include "server/base/map.h"
#include "server/engine/dict.h"
#include "server/engine/due.h"
#include "server/engine/engine.h"

struct vkey {
    struct ventry entry;
    enum vkey_type { VKEY_NONE, VKEY_STRING, VKEY_HASH, VKEY_ZSET } type;
    char *value; /* VKEY_STRING: owned */
    uint32_t value_len;
    struct vdict members; /* VKEY_HASH, VKEY_ZSET: of struct vmember; never empty after a command */
    struct vdue due;
};

struct vmember {
    struct ventry entry;
    char *value; /* of a hash: owned */
    uint32_t value_len;
    int64_t score; /* of a sorted set */
};

struct vchannel { /* there is one only while somebody listens */
    struct ventry entry;
    struct vsubscriber {
        struct vclient *client;
        uint32_t place; /* of this channel in the client's list */
    } * subscribers;    /* in the order in which they subscribed: the order of delivery */
    uint32_t subscribers_len, subscribers_cap;
};

struct vclient {
    uint64_t id;
    struct buf query;
    struct vchannel **channels;
    uint32_t channels_len, channels_cap;
    struct buf queued; /* a transaction: its commands, each as execute.c packs it */
    uint32_t queued_count;
    bool multi, multi_bad;
    bool over;     /* past a limit: it is ended after the present command */
    bool closing;  /* Redis ends it after what is written */
    uint64_t call; /* in which `written` bytes were written for it */
    size_t written;
};

struct engine {
    struct u64map clients;         /* id -> struct vclient, owned */
    struct interner command_names; /* by the place in the table of commands */
    struct vdict keys;             /* of struct vkey */
    struct vdict channels;         /* of struct vchannel */
    struct vdues dues;             /* of the keys that will be over */
    size_t stored_bytes, stored_bytes_max;
    int64_t now_ms;
    /* The present call, and the reply that is being written. */
    uint64_t call;
    struct engine_out *out;
    struct vclient *reply_to;
    size_t reply_from; /* where it began in out->bytes */
    size_t reply_room; /* bytes that it may still grow */
    bool reply_over;   /* something of it found no room */
    bool over_any;     /* some client is `over` */
};

struct vcommand {
    struct vclient *client;
    const struct vcommand_spec *spec;
    struct text args[ENGINE_ARGS_MAX]; /* the name is the first */
    uint32_t args_len;
};

struct vcommand_spec {
    const char *name; /* lower case */
    void (*run)(struct engine *engine, const struct vcommand *command);
    int32_t arity;        /* with the name; negative: at least so many */
    bool when_subscribed; /* may be executed in subscribe mode */
    bool never_queued;    /* is executed at once inside a transaction */
    bool has_subcommands; /* unknown ones are refused before anything else is looked at */
    bool ends_transaction;
    bool grows; /* is refused where too much is stored */
};

#endif
