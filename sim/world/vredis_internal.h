/* The inside of the virtual Redis. See vredis.h.
 *
 *   vredis.c           connections, the table of commands, transactions
 *   vredis_parse.c     bytes to commands
 *   vredis_reply.c     replies to bytes
 *   vredis_commands.c  connection and server commands, strings
 *   vredis_keys.c      the keys themselves, their types and their times
 *   vredis_pubsub.c    channels
 *   vredis_sets.c      hashes and sorted sets */
#ifndef HUBBUB_SIM_WORLD_VREDIS_INTERNAL_H
#define HUBBUB_SIM_WORLD_VREDIS_INTERNAL_H

#include "server/base/map.h"
#include "server/protocol/text.h"
#include "sim/world/vredis.h"

/* Arguments of one command; Redis takes 2^31. More is a protocol error here: nothing that the node
 * sends comes near. */
#define VREDIS_ARGS_MAX 1024
/* Bytes of a line without its end: of an inline command, of a count or of a length. As Redis. */
#define VREDIS_LINE_BYTES_MAX 65536

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

struct vredis {
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
    struct vredis_out *out; /* of the present call */
    size_t write_from;      /* where the present reply began in out->bytes */
};

struct vcommand {
    struct vclient *client;
    const struct vcommand_spec *spec;
    struct text args[VREDIS_ARGS_MAX]; /* the name is the first */
    uint32_t args_len;
};

struct vcommand_spec {
    const char *name; /* lower case */
    void (*run)(struct vredis *vredis, const struct vcommand *command);
    int32_t arity;        /* with the name; negative: at least so many */
    bool when_subscribed; /* may be executed in subscribe mode */
    bool never_queued;    /* is executed at once inside a transaction */
    bool has_subcommands; /* unknown ones are refused before anything else is looked at */
};

/* vredis.c */
void vmulti(struct vredis *vredis, const struct vcommand *command);
void vexec(struct vredis *vredis, const struct vcommand *command);
void vdiscard(struct vredis *vredis, const struct vcommand *command);

/* vredis_parse.c */
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

/* vredis_reply.c: what is written between begin and end goes to one client. */
void vreply_begin(struct vredis *vredis);
void vreply_end(struct vredis *vredis, uint64_t client);
void vreply_int(struct vredis *vredis, int64_t value);
void vreply_bulk(struct vredis *vredis, struct text text);
void vreply_bulk_int(struct vredis *vredis, int64_t value);
void vreply_nil(struct vredis *vredis);
void vreply_text(struct vredis *vredis, const char *line); /* with its first character, no CRLF */
void vreply_array(struct vredis *vredis, uint32_t len);
/* "-ERR ", `before`, at most `len_max` bytes of `text` as Redis shows what a client sent, `after`. */
void vreply_refusal(struct vredis *vredis, const char *before, struct text text, uint32_t len_max,
                    const char *after);
/* Appends as C's %.*s does: up to a NUL, line ends made spaces. */
void vshow(struct buf *buf, struct text text, uint32_t len_max);

bool vtext_is(struct text text, const char *word); /* without case; `word` is lower case */
bool vtext_int(struct text text, int64_t *ret);    /* as Redis' string2ll: canonical only */

extern const char vreply_not_an_integer[], vreply_syntax[], vreply_wrong_type[], vreply_overflow[];

/* vredis_keys.c. A key whose time is over is gone. */
struct vkey *vkey_find(struct vredis *vredis, struct text name); /* NULL: there is none */
/* The key as one of `type`. False: it is of another, and WRONGTYPE was replied. *ret is NULL when
 * there is none. */
bool vkey_typed(struct vredis *vredis, struct text name, enum vkey_type type, struct vkey **ret);
/* The same, and makes it an empty one when there is none. */
bool vkey_made(struct vredis *vredis, struct text name, enum vkey_type type, struct vkey **ret);
void vkey_set_string(struct vkey *key, const char *bytes, size_t bytes_len);
void vkey_clear(struct vkey *key);
void vkeys_flush(struct vredis *vredis);
void vdel(struct vredis *vredis, const struct vcommand *command);
void vexists(struct vredis *vredis, const struct vcommand *command);
void vtype(struct vredis *vredis, const struct vcommand *command);
void vexpire(struct vredis *vredis, const struct vcommand *command);
void vttl(struct vredis *vredis, const struct vcommand *command);
void vpersist(struct vredis *vredis, const struct vcommand *command);

/* vredis_commands.c */
void vping(struct vredis *vredis, const struct vcommand *command);
void vecho(struct vredis *vredis, const struct vcommand *command);
void vselect(struct vredis *vredis, const struct vcommand *command);
void vquit(struct vredis *vredis, const struct vcommand *command);
void vflushall(struct vredis *vredis, const struct vcommand *command);
void vset_string(struct vredis *vredis, const struct vcommand *command);
void vget(struct vredis *vredis, const struct vcommand *command);
void vincr(struct vredis *vredis, const struct vcommand *command);

/* vredis_pubsub.c */
void vsubscribe(struct vredis *vredis, const struct vcommand *command);
void vunsubscribe(struct vredis *vredis, const struct vcommand *command);
void vpublish(struct vredis *vredis, const struct vcommand *command);
void vpubsub(struct vredis *vredis, const struct vcommand *command);
void vredis_leave_all(struct vredis *vredis, struct vclient *client);

/* vredis_sets.c */
void vset_free(struct vset *set);
void vhset(struct vredis *vredis, const struct vcommand *command);
void vhget(struct vredis *vredis, const struct vcommand *command);
void vhdel_or_zrem(struct vredis *vredis, const struct vcommand *command);
void vhgetall(struct vredis *vredis, const struct vcommand *command);
void vhincrby(struct vredis *vredis, const struct vcommand *command);
void vzadd(struct vredis *vredis, const struct vcommand *command);
void vzscore(struct vredis *vredis, const struct vcommand *command);
void vzcard(struct vredis *vredis, const struct vcommand *command);
void vzrange(struct vredis *vredis, const struct vcommand *command);
void vzrangebyscore(struct vredis *vredis, const struct vcommand *command);

#endif
