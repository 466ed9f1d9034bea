/* Where a Redis is, and who we are there, as one text:
 *
 *   HOST[:PORT]                                        as ever
 *   redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]
 *   rediss://...[?cacert=FILE&cert=FILE&key=FILE&insecure=yes]   by TLS
 *
 * USER, PASSWORD and the files may have %XX for any byte; the default port is 6379, a host of IPv6 stands in
 * brackets. The words behind the ? are those of redis-cli's flags. */
#ifndef HUBBUB_SERVER_RUNTIME_REDIS_URL_H
#define HUBBUB_SERVER_RUNTIME_REDIS_URL_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/config.h"

#define REDIS_DATABASE_MAX 1000000 /* Redis itself has 16, as configured; it says so */

struct redis_place {
    char host[256]; /* without the brackets */
    uint16_t port;
    char user[REDIS_USER_BYTES_MAX + 1];         /* "": none was named */
    char password[REDIS_PASSWORD_BYTES_MAX + 1]; /* "": none was named */
    int64_t database;
    bool tls, insecure;
    char cacert[256], cert[256], key[256]; /* "": the system's; none; none */
};

/* HB_EFIELD: `message` says at which byte (from 1) something else was expected, and what; it quotes nothing of
 * the text, which may hold a password. */
HB_MUST_USE enum hb_err redis_url_parse(const char *text, struct redis_place *ret,
                                        struct buf *message);

#endif
