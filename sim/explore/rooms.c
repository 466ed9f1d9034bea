/* See rooms.h. */
#include "sim/explore/rooms.h"

#include "server/protocol/limits.h"

void rooms_read(const struct config *config, struct rooms_shares *ret)
{
    static const char *const fields[] = {"rooms", "permille", NULL};
    static const struct range none = {1, 0};
    const uint32_t len = config_array_len(config, ROOMS_WORD);
    int64_t sum = 0;

    ret->len = 0;
    if (len > PLAN_SHARES_MAX) {
        config_fail(config, ROOMS_WORD, "at most 8 shares");
        return;
    }
    for (uint32_t i = 0; i < len && !config_failed(config); i++) {
        const struct config item = config_array_at(config, ROOMS_WORD, i);
        if (config_failed(config)) {
            return;
        }
        struct rooms_share *share = &ret->items[ret->len++];
        config_only(&item, fields);
        share->rooms = config_ints(&item, "rooms", 1, ROOMS_PER_USER_MAX, none);
        share->permille = config_int(&item, "permille", 1, 1000, 0);
        sum += share->permille;
    }
    if (config_has(config, ROOMS_WORD) && !config_failed(config) && sum != 1000) {
        config_fail(config, ROOMS_WORD, "shares whose permille are 1000 together");
    }
}

void rooms_check(const struct config *config, const struct rooms_shares *shares, int64_t rooms)
{
    for (uint32_t i = 0; i < shares->len && !config_failed(config); i++) {
        if (shares->items[i].rooms.high > rooms) {
            const struct config item = config_array_at(config, ROOMS_WORD, i);
            config_fail(&item, "rooms", "no more than there are");
        }
    }
}

void rooms_write(const struct plan *plan, struct buf *out)
{
    if (plan->rooms_per_person_len == 0) {
        return;
    }
    buf_add_text(out, "    \"" ROOMS_WORD "\": [");
    for (uint32_t i = 0; i < plan->rooms_per_person_len; i++) {
        const struct rooms_share *share = &plan->rooms_per_person[i];
        buf_printf(out, "%s{\"rooms\": [%lld, %lld], \"permille\": %lld}", i > 0 ? ", " : "",
                   (long long)share->rooms.low, (long long)share->rooms.high,
                   (long long)share->permille);
    }
    buf_add_text(out, "],\n");
}
