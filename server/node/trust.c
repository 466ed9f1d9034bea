/* See trust.h. */
#include "server/node/trust.h"

#include "server/node/revoked.h"

/* By how many seconds it came too late or too early, or is good too long; 0: that was not it. */
static int64_t beyond_s(enum token_refusal refusal, const struct token_claims *claims,
                        const struct token_times *times, int64_t now_s)
{
    const bool before = claims->has_issued && claims->issued_s < now_s;

    if (refusal == TOKEN_EXPIRED) {
        return now_s - claims->expires_s;
    }
    if (refusal == TOKEN_EARLY) {
        return claims->not_before_s - now_s;
    }
    return claims->expires_s - (before ? claims->issued_s : now_s) - times->lifetime_s;
}

enum hb_err token_judge(struct node *node, struct text token, struct token_claims *ret)
{
    const struct token_times times = {.leeway_s = node->config.params.token_leeway_s,
                                      .lifetime_s = node->config.params.token_lifetime_s};
    enum token_refusal refusal = token_verify(node->token_keys, token, ret);
    int64_t by_s = 0;

    if (refusal == TOKEN_GOOD) {
        refusal = token_in_time(ret, &times, node->wall);
        by_s = refusal != TOKEN_GOOD ? beyond_s(refusal, ret, &times, node->wall.ms / 1000) : 0;
    }
    if (refusal == TOKEN_GOOD && revoked_has(node->revoked, (struct text){ret->user, ret->user_len},
                                             (struct text){ret->id, ret->id_len}, ret->issued_s)) {
        refusal = TOKEN_REVOKED;
    }
    if (refusal == TOKEN_GOOD) {
        return HB_OK;
    }
    note(node, NOTE_TOKEN_REFUSED, refusal, by_s);
    return HB_EAUTH;
}
