/* See issued.h. */
#include "sim/check/issued.h"

#include "sim/check/path.h"

#include <stdlib.h>

struct revocation { /* of all that somebody was given until then */
    uint32_t user;
    int64_t until_s, at_us;
};

struct issued_truth {
    struct issued *tokens;
    uint32_t tokens_len, tokens_cap;
    struct u64map by_id;
    struct revocation *revocations;
    uint32_t revocations_len, revocations_cap;
};

void issued_truth_init(struct judge *judge)
{
    judge->issued = hb_calloc(1, sizeof *judge->issued);
}

void issued_truth_deinit(struct judge *judge)
{
    free(judge->issued->tokens);
    free(judge->issued->revocations);
    u64map_deinit(&judge->issued->by_id);
    free(judge->issued);
}

struct issued *issued_token(const struct judge *judge, uint64_t id)
{
    uint64_t at;

    return u64map_get(&judge->issued->by_id, id, &at) ? &judge->issued->tokens[at] : NULL;
}

/* When it was revoked first; NEVER_US: it was not. */
int64_t issued_revoked_us(const struct judge *judge, const struct issued *token)
{
    const struct issued_truth *all = judge->issued;
    int64_t at_us = token->revoked_us;

    for (uint32_t i = 0; i < all->revocations_len; i++) {
        const struct revocation *one = &all->revocations[i];
        if (one->user == token->user && token->issued_s <= one->until_s) {
            at_us = earlier(at_us, one->at_us);
        }
    }
    return at_us;
}

/* From when on a node has to know it, and the bound counts; NEVER_US: not yet, or never. */
int64_t issued_known_from(const struct judge *judge, uint16_t node, const struct issued *token)
{
    const int64_t at_us = issued_revoked_us(judge, token);

    if (at_us == NEVER_US) {
        return NEVER_US;
    }
    const int64_t from_us = path_database_from(judge, node, at_us);
    return later(from_us, path_paused_until(judge, node));
}

/* Whether this node has to know that it was revoked. */
bool issued_stays_out(const struct judge *judge, uint16_t node, const struct issued *token,
                      int64_t now_us)
{
    const int64_t from_us = issued_known_from(judge, node, token);

    return from_us < NEVER_US / 2 && from_us + judge_bound(judge, BOUND_REVOKED) < now_us;
}

void issued_add(struct judge *judge, const struct obs *obs)
{
    struct issued_truth *all = judge->issued;

    if (obs->id == 0 || obs->seq > INT64_MAX / 2 || issued_token(judge, obs->id) != NULL) {
        judge->ignored++;
        return;
    }
    HB_GROW(all->tokens, all->tokens_len, all->tokens_cap);
    u64map_put(&all->by_id, obs->id, all->tokens_len);
    all->tokens[all->tokens_len++] = (struct issued){.id = obs->id,
                                                     .user = obs->user,
                                                     .issued_s = (int64_t)obs->seq,
                                                     .until_ms = obs->value,
                                                     .revoked_us = NEVER_US};
}

bool issued_revoked(struct judge *judge, const struct obs *obs)
{
    struct issued_truth *all = judge->issued;
    struct issued *token = obs->user == OBS_NONE ? issued_token(judge, obs->id) : NULL;

    if (obs->user != OBS_NONE && obs->seq <= INT64_MAX / 2) {
        HB_GROW(all->revocations, all->revocations_len, all->revocations_cap);
        all->revocations[all->revocations_len++] =
            (struct revocation){obs->user, (int64_t)obs->seq, obs_until_us(obs)};
    } else if (token != NULL) {
        token->revoked_us = earlier(token->revoked_us, obs_until_us(obs));
    }
    return obs->user != OBS_NONE || token != NULL;
}
