/* A place in a room's log. */
#ifndef HUBBUB_SERVER_PROTOCOL_POSITION_H
#define HUBBUB_SERVER_PROTOCOL_POSITION_H

#include "server/base/text.h"

struct position { /* everything up to seq is had */
    struct text room_id;
    uint64_t room_key;
    uint64_t seq;
};

#endif
