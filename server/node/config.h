/* What a node is told when it is made. */
#ifndef HUBBUB_SERVER_NODE_CONFIG_H
#define HUBBUB_SERVER_NODE_CONFIG_H

#include "server/base/rng.h"
#include "server/node/params.h"
#include "server/protocol/cursor.h"
#include "server/protocol/id.h"
#include "server/protocol/operator_key.h"
#include "server/protocol/seal_memo.h"
#include "server/protocol/token.h"

#define PLACE_BYTES_MAX          96
#define REDIS_USER_BYTES_MAX     128
#define REDIS_PASSWORD_BYTES_MAX 512

struct node_config {
    char name[NODE_ID_BYTES_MAX + 1];   /* unique in the cluster */
    char public_url[URL_BYTES_MAX + 1]; /* where clients reach this node; "": they are not told */
    /* How people find this process, such as "pid 708 on web-1": told when another one takes its name. */
    char place[PLACE_BYTES_MAX + 1];
    struct token_trust trust;
    struct cursor_key cursor_keys[CURSOR_KEYS_MAX]; /* the first is used, the others are good too */
    uint32_t cursor_keys_len;                       /* >= 1 */
    uint64_t identity; /* of the installation, as its database has it: in every name on Redis */
    char redis_user[REDIS_USER_BYTES_MAX + 1];         /* "": the default one */
    char redis_password[REDIS_PASSWORD_BYTES_MAX + 1]; /* "": none */
    int64_t redis_database;
    struct operator_key operator_key;
    struct node_params params;
    struct entropy entropy;
    struct seal_memo *memo; /* of several nodes on one thread; NULL: this one is alone */
};

#endif
