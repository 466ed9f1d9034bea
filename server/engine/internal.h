/* The inside of the virtual Redis. See engine.h.
 *
 *   engine.c           connections, the table of commands, transactions
 *   parse.c            bytes to commands
 *   reply.c            replies to bytes
 *   commands.c         connection and server commands, strings
 *   keys.c             the keys themselves, their types and their times
 *   pubsub.c           channels
 *   sets.c             hashes and sorted sets */
#ifndef HUBBUB_SERVER_ENGINE_INTERNAL_H
#define HUBBUB_SERVER_ENGINE_INTERNAL_H

#include "server/base/map.h"
#include "server/base/text.h"
#include "server/engine/engine.h"

/* Arguments of one command; Redis takes 2^31. More is a protocol error here: nothing that the node
 * sends comes near. */
#define ENGINE_ARGS_MAX 1024
/* Bytes of a line without its end: of an inline command, of a count or of a length. As Redis. */
#define ENGINE_LINE_BYTES_MAX 65536

/* A hash or a sorted set: members in the order in which they were first added. */
struct vset {
    struct interner names;
    struct vmember {
        bool present;
        char *value; /* of a hash: owned */
        uint32_t value_len;
        int64_t score; /* of a sorted set */
    } * members;       /* by number of the name */
    uint32_t members_len, members_cap;
    uint32_t present_count;
};

struct vkey { /* by the number of its name */
    enum vkey_type { VKEY_NONE, VKEY_STRING, VKEY_HASH, VKEY_ZSET } type;
    char *value; /* VKEY_STRING: owned */
    uint32_t value_len;
    struct vset *set;   /* VKEY_HASH, VKEY_ZSET: owned */
    int64_t expires_ms; /* INT64_MAX: never */
};

struct vchannel {
    struct vsubscriber {
        uint64_t client;
        uint32_t place; /* of this channel in the client's list */
    } * subscribers;    /* in the order in which they subscribed: the order of delivery */
    uint32_t subscribers_len, subscribers_cap;
};

struct vclient {
    uint64_t id;
    struct buf query;
    uint32_t *channels;
    uint32_t channels_len, channels_cap;
    struct buf queued; /* a transaction: its commands, in RESP */
    uint32_t queued_count;
    bool multi, multi_bad;
    bool closing; /* Redis ends it after what is written */
};

struct engine {
    struct u64map client_of;  /* id -> index */
    struct vclient **clients; /* NULL: a free place */
    uint32_t clients_len, clients_cap;
    struct interner command_names; /* by the place in the table of commands */
    struct interner key_names, channel_names;
    struct vkey *keys;
    uint32_t keys_len, keys_cap;
    struct vchannel *channels;
    uint32_t channels_len, channels_cap;
    int64_t now_ms;
    struct engine_out *out; /* of the present call */
    size_t write_from;      /* where the present reply began in out->bytes */
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
};

/* engine.c */
void vmulti(struct engine *engine, const struct vcommand *command);
void vexec(struct engine *engine, const struct vcommand *command);
void vdiscard(struct engine *engine, const struct vcommand *command);

/* parse.c */
enum vparsed {
    VPARSED_COMMAND,
    VPARSED_NOTHING, /* an empty line or an empty array: no reply */
    VPARSED_PARTIAL, /* not all there yet */
    VPARSED_BAD,     /* `ret_error` is what Redis says before it ends the connection */
};
/* Parses one command at `*at`, and moves `*at` behind it unless it is partial or bad. The words of
 * an inline command are written to `*scratch`, the caller's. */
enum vparsed vparse(const char **at, const char *end, struct vcommand *command, struct buf *scratch,
                    char ret_error[48]);

/* reply.c: what is written between begin and end goes to one client. */
void vreply_begin(struct engine *engine);
void vreply_end(struct engine *engine, uint64_t client);
void vreply_int(struct engine *engine, int64_t value);
void vreply_bulk(struct engine *engine, struct text text);
void vreply_bulk_int(struct engine *engine, int64_t value);
void vreply_nil(struct engine *engine);
void vreply_text(struct engine *engine, const char *line); /* with its first character, no CRLF */
void vreply_array(struct engine *engine, uint32_t len);
/* "-ERR ", `before`, at most `len_max` bytes of `text` as Redis shows what a client sent, `after`. */
void vreply_refusal(struct engine *engine, const char *before, struct text text, uint32_t len_max,
                    const char *after);
/* Appends as C's %.*s does: up to a NUL, line ends made spaces. */
void vshow(struct buf *buf, struct text text, uint32_t len_max);

bool vtext_is(struct text text, const char *word); /* without case; `word` is lower case */
bool vtext_int(struct text text, int64_t *ret);    /* as Redis' string2ll: canonical only */

extern const char vreply_not_an_integer[], vreply_syntax[], vreply_wrong_type[], vreply_overflow[];

/* keys.c. A key whose time is over is gone. */
struct vkey *vkey_find(struct engine *engine, struct text name); /* NULL: there is none */
/* The key as one of `type`. False: it is of another, and WRONGTYPE was replied. *ret is NULL when
 * there is none. */
bool vkey_typed(struct engine *engine, struct text name, enum vkey_type type, struct vkey **ret);
/* The same, and makes it an empty one when there is none. */
bool vkey_made(struct engine *engine, struct text name, enum vkey_type type, struct vkey **ret);
void vkey_set_string(struct vkey *key, const char *bytes, size_t bytes_len);
void vkey_clear(struct vkey *key);
void vkeys_flush(struct engine *engine);
void vdel(struct engine *engine, const struct vcommand *command);
void vexists(struct engine *engine, const struct vcommand *command);
void vtype(struct engine *engine, const struct vcommand *command);
void vexpire(struct engine *engine, const struct vcommand *command);
void vttl(struct engine *engine, const struct vcommand *command);
void vpersist(struct engine *engine, const struct vcommand *command);

/* commands.c */
void vping(struct engine *engine, const struct vcommand *command);
void vecho(struct engine *engine, const struct vcommand *command);
void vselect(struct engine *engine, const struct vcommand *command);
void vquit(struct engine *engine, const struct vcommand *command);
void vflushall(struct engine *engine, const struct vcommand *command);
void vset_string(struct engine *engine, const struct vcommand *command);
void vget(struct engine *engine, const struct vcommand *command);
void vincr(struct engine *engine, const struct vcommand *command);

/* pubsub.c */
void vsubscribe(struct engine *engine, const struct vcommand *command);
void vunsubscribe(struct engine *engine, const struct vcommand *command);
void vpublish(struct engine *engine, const struct vcommand *command);
void vpubsub(struct engine *engine, const struct vcommand *command);
void engine_leave_all(struct engine *engine, struct vclient *client);

/* sets.c */
void vset_free(struct vset *set);
void vhset(struct engine *engine, const struct vcommand *command);
void vhget(struct engine *engine, const struct vcommand *command);
void vhdel_or_zrem(struct engine *engine, const struct vcommand *command);
void vhgetall(struct engine *engine, const struct vcommand *command);
void vhincrby(struct engine *engine, const struct vcommand *command);
void vzadd(struct engine *engine, const struct vcommand *command);
void vzscore(struct engine *engine, const struct vcommand *command);
void vzcard(struct engine *engine, const struct vcommand *command);
void vzrange(struct engine *engine, const struct vcommand *command);
void vzrangebyscore(struct engine *engine, const struct vcommand *command);

#endif
