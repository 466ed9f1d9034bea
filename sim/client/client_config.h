/* What a client is told at its birth, and the limits that it keeps. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_CONFIG_H
#define HUBBUB_SIM_CLIENT_CLIENT_CONFIG_H

#include "server/base/rng.h"
#include "server/base/text.h"
#include "sim/client/params.h"

#define CLIENT_OUTBOX_MAX  1024 /* composed and not acked; one more is shown as failed at once */
#define CLIENT_WATCHES_MAX 1024 /* people whom it asked to be told of; one more is not asked for */

struct client_room_config {
    struct text room_id;
    uint32_t ref; /* what CLIENT_OUT_* call this room */
};

struct client_config { /* all texts are borrowed for the client's life */
    struct text user;
    struct text device;
    struct text token;
    const struct client_room_config
        *rooms; /* that the person is in; others are learnt: their effects carry the name */
    uint32_t rooms_len;
    struct client_params params;
    int64_t ping_interval_us; /* H until `welcome` says otherwise */
    int64_t ping_timeout_us;  /* Ht: silence of H + Ht closes the connection */
    struct rng rng;           /* the client's own stream */
};

#endif
