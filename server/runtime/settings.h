/* hubbubd's command line, as data. */
#ifndef HUBBUB_SERVER_RUNTIME_SETTINGS_H
#define HUBBUB_SERVER_RUNTIME_SETTINGS_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/protocol/limits.h"

#define SETTINGS_ORIGINS_MAX 16

struct settings {
    char host[256]; /* --listen, without the brackets of an IPv6 address */
    uint16_t port;
    const char *db;       /* a path or postgresql://...; borrows from argv, as the other texts */
    const char *redis;    /* NULL: one within this process */
    char redis_host[256]; /* of --redis */
    uint16_t redis_port;
    const char *keys;                 /* NULL: beside a SQLite file, else in the working folder */
    char node[NODE_ID_BYTES_MAX + 1]; /* empty: from the host's name and the port */
    const char *public_url;           /* NULL: not told */
    const char *origins[SETTINGS_ORIGINS_MAX];
    size_t origins_len;
    enum { LOGIN_LOOPBACK, LOGIN_ON, LOGIN_OFF } login; /* who may sign in by a name alone */
    int64_t drain_ms;
    bool plain_writes;
    bool verbose, version, help;
};

/* HB_EFIELD: `message` says in one line which flag, what was expected and what came. */
HB_MUST_USE enum hb_err settings_parse(int argc, char **argv, struct settings *ret,
                                       struct buf *message);
/* The whole help page. */
const char *settings_help(void);
/* Whether only this machine reaches the address: 127.0.0.0/8, ::1. */
bool settings_loopback(const char *host);
/* A name for a node that was given none: of the host and the port, in the alphabet of ids. */
void settings_node_name(const char *host_name, uint16_t port, char ret[NODE_ID_BYTES_MAX + 1]);

#endif
