/* See refresh.h. */
#include "server/node/refresh.h"

#include "server/node/bearer.h"
#include "server/node/trust.h"
#include "server/node/user.h"

void refresh_frame(struct node *node, struct session *session, const struct frame_refresh *refresh)
{
    struct token_claims claims;

    HB_ASSERT(session->state != SESSION_AWAIT_HELLO && session->user != INDEX_NONE);
    if (token_judge(node, refresh->token, &claims) != HB_OK ||
        !text_equal((struct text){claims.user, claims.user_len},
                    node->users[session->user]->name)) {
        note(node, NOTE_REFRESH_REFUSED, 0, 0);
        session_error(node, session, HB_EAUTH, refresh->ref, NULL);
        return;
    }
    bearer_take(node, session, &claims);
    const int64_t left_ms = bearer_left_ms(node, session);
    note(node, NOTE_TOKEN_REFRESHED, left_ms / 1000, 0);
    session_say(node, session,
                &(struct frame){.type = FRAME_REFRESHED,
                                .refreshed = {.ref = refresh->ref, .expires_in_ms = left_ms}});
}
