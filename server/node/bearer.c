/* See bearer.h. */
#include "server/node/bearer.h"

#include "server/node/session_end.h"

#include <string.h>

static int64_t plus(int64_t a, int64_t b)
{
    HB_ASSERT(b >= 0);
    return a < INT64_MAX - b ? a + b : INT64_MAX;
}

static int64_t thousandfold(int64_t a)
{
    return a < INT64_MAX / 1000 ? a * 1000 : INT64_MAX;
}

/* By walls, the leeway included. */
static int64_t until_ms_of(const struct node *node, const struct token_claims *claims)
{
    return thousandfold(plus(claims->expires_s, node->config.params.token_leeway_s));
}

void bearer_take(struct node *node, struct session *session, const struct token_claims *claims)
{
    const bool first = !session->bears;
    const int64_t until_ms = until_ms_of(node, claims);
    const int64_t left_ms = until_ms < INT64_MAX ? until_ms - node->wall.ms : INT64_MAX;
    int64_t expires_us = plus(node->mono.us, thousandfold(left_ms > 0 ? left_ms : 0));

    HB_ASSERT(session->request == 0);
    if (!first && until_ms < session->until_ms) {
        return;
    }
    if (!first) { /* by so much it ends later, whatever the wall shows by now */
        const int64_t later_us =
            plus(session->expires_us, thousandfold(until_ms - session->until_ms));
        expires_us = later_us < expires_us ? later_us : expires_us;
    }
    session->bears = true;
    session->issued_s = claims->issued_s;
    memcpy(session->token_id, claims->id, sizeof session->token_id);
    session->until_ms = until_ms;
    session->expires_us = expires_us;
    node->expires_us = expires_us < node->expires_us ? expires_us : node->expires_us;
    node->until_ms = until_ms < node->until_ms ? until_ms : node->until_ms;
}

int64_t bearer_left_ms(const struct node *node, const struct session *session)
{
    const int64_t by_mono_ms = session->expires_us < INT64_MAX
                                   ? (session->expires_us - node->mono.us) / 1000
                                   : JSON_INT_MAX;
    const int64_t by_wall_ms =
        session->until_ms < INT64_MAX ? session->until_ms - node->wall.ms : JSON_INT_MAX;
    const int64_t left_ms = by_mono_ms < by_wall_ms ? by_mono_ms : by_wall_ms;

    HB_ASSERT(left_ms >= 0);
    return left_ms < JSON_INT_MAX ? left_ms : JSON_INT_MAX;
}

/* All of them, but only when the first of these ends is there: how often is how many tokens end. */
void bearer_look(struct node *node)
{
    if (node->mono.us < node->expires_us && node->wall.ms < node->until_ms) {
        return;
    }
    node->expires_us = INT64_MAX;
    node->until_ms = INT64_MAX;
    for (uint32_t i = 0; i < node->sessions_len; i++) {
        struct session *session = node->sessions[i];
        if (session->state == SESSION_FREE) {
            continue;
        }
        if (node->mono.us >= session->expires_us || node->wall.ms >= session->until_ms) {
            note(node, NOTE_TOKEN_OVER, 0, 0);
            session_close(node, session, CLOSE_TOKEN_EXPIRED);
            continue;
        }
        node->expires_us =
            session->expires_us < node->expires_us ? session->expires_us : node->expires_us;
        node->until_ms = session->until_ms < node->until_ms ? session->until_ms : node->until_ms;
    }
}
