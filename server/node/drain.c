/* The end of a node that is asked to go: clients are told when to come back (spread, so that they
 * do not all reach the other nodes at once) and sent away as soon as nothing of theirs is under
 * way; what they sent is finished first, so no outcome is lost. What it may have committed without having
 * published it is announced before it goes: only the end of its lease would make the others look. */
#include "server/node/drain.h"

#include "server/node/announce.h"
#include "server/node/presence.h"
#include "server/node/presence_route.h"
#include "server/node/ready.h"
#include "server/node/repair.h"
#include "server/node/session_end.h"
#include "server/node/user.h"

void drain_begin(struct node *node)
{
    uint32_t told = 0;

    if (node->draining) {
        return;
    }
    node->draining = true;
    node->people->ring_old = true; /* this node is none to go to */
    ready_check(node);
    for (uint32_t i = 0; i < node->sessions_len; i++) {
        struct session *session = node->sessions[i];
        if (session->state == SESSION_LIVE && session->request == 0) {
            const uint64_t spread = entropy_u64(node->config.entropy) % (DRAIN_SPREAD_MS + 1);
            const struct text url = presence_route(node, node->users[session->user]->name);
            session_say(
                node, session,
                &(struct frame){.type = FRAME_DRAINING,
                                .draining = {.reconnect_in_ms = (uint32_t)spread, .url = url}});
            told++;
        }
    }
    note(node, NOTE_DRAINING, told, 0);
}

static bool busy(const struct session *session)
{
    return session->request != 0 ||
           (session->state == SESSION_LIVE && (session->commands_len > 0 || session->syncing));
}

void drain_flush(struct node *node)
{
    bool left = node->commands_count > 0;

    if (!node->draining || node->drained) {
        return;
    }
    left = left || heads_telling(node);
    for (uint32_t i = 0; i < node->sessions_len; i++) {
        struct session *session = node->sessions[i];
        if (session->state == SESSION_FREE) {
            continue;
        }
        if (busy(session)) {
            left = true;
        } else {
            session_close(node, session, CLOSE_RESTART);
        }
    }
    if (!left) {
        presence_drained(node);
        announce_last(node); /* an outcome that was unknown for a while was published by nobody */
        node->drained = true;
        effect_push(node)->kind = EFFECT_DRAINED;
        note(node, NOTE_DRAINED, 0, 0);
    }
}
