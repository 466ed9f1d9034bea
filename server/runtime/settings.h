/* hubbubd's command line, as data. */
#ifndef HUBBUB_SERVER_RUNTIME_SETTINGS_H
#define HUBBUB_SERVER_RUNTIME_SETTINGS_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/protocol/limits.h"
#include "server/runtime/redis_url.h"
#include "server/runtime/store.h"

#define SETTINGS_ORIGINS_MAX 16

struct settings {
    char host[256]; /* --listen, without the brackets of an IPv6 address */
    uint16_t port;
    char *
        db; /* a path or postgresql://..., password and all; owned; the other texts borrow from argv */
    enum store_durability durability;
    bool redis; /* else one within this process */
    struct redis_place redis_place;
    const char *db_password_file, *redis_password_file; /* NULL: none */
    const char *keys;                 /* NULL: beside a SQLite file, else in the working folder */
    char node[NODE_ID_BYTES_MAX + 1]; /* empty: drawn once for its place */
    const char *public_url;           /* NULL: not told */
    const char *origins[SETTINGS_ORIGINS_MAX];
    size_t origins_len;
    enum { LOGIN_LOOPBACK, LOGIN_ON, LOGIN_OFF } login; /* who may sign in by a name alone */
    int64_t drain_ms;
    bool plain_writes;
    bool adopt;
    bool verbose, version, help;
};

/* Passwords within argv are overwritten, whatever comes of it. HB_EFIELD: `message` says in one line which flag,
 * what was expected and, unless it may be a secret, what came. */
HB_MUST_USE enum hb_err settings_parse(int argc, char **argv, struct settings *ret,
                                       struct buf *message);
void settings_deinit(struct settings *settings);
/* Puts the passwords of files, or those given here (of the environment; NULL: none), where no address has one.
 * HB_EDENIED: a file cannot be used; HB_EFIELD: what does not go together; `message` says which and why. */
HB_MUST_USE enum hb_err settings_passwords(struct settings *settings, const char *db,
                                           const char *redis, struct buf *message);
/* The whole help page. */
const char *settings_help(void);
/* Whether only this machine reaches the address: 127.0.0.0/8, ::1. */
bool settings_loopback(const char *host);

#endif
