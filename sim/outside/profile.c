/* See profile.h. */
#include "sim/outside/profile.h"

#include "server/base/near.h"
#include "server/protocol/json.h"
#include "sim/recording/amount.h"
#include "sim/recording/complaint.h"

static const char *const orders[] = {"none", "sender", "causal", "room"};
static const char *const deliveries[] = {"at most once", "at least once", "effectively once"};
static const char *const deliveries_short[] = {"at most", "at least", "exactly once"};
static const char *const reconnects[] = {"loses", "resumes"};
static const char *const histories[] = {"none", "replayed"};
static const char *const owns[] = {"placed", "at once"};

const char *promised_order_word(enum promised_order order)
{
    HB_ASSERT(order <= ORDER_ROOM);
    return orders[order];
}

const char *promised_delivery_word(enum promised_delivery delivery)
{
    HB_ASSERT(delivery <= DELIVERY_EFFECTIVELY_ONCE);
    return deliveries[delivery];
}

struct reading {
    struct json json;
    struct complaint complaint;
};

static const char *const keys[] = {"name",    "order", "delivery",       "reconnect",
                                   "history", "own",   "deliver_within", "settle"};

static bool wrong(struct reading *reading, const struct json_token *token, const char *expected)
{
    const struct text key = json_key(&reading->json, token);
    complain(&reading->complaint, token->from, "%.*s: expected %s", (int)key.len, key.bytes,
             expected);
    return false;
}

/* Which of `words` it is; `words_len` if none. */
static uint32_t choice(struct reading *reading, const struct json_token *token,
                       const char *const *words, uint32_t words_len)
{
    const struct text text = json_plain(&reading->json, token);
    uint32_t i = 0;
    while (i < words_len && (text.bytes == NULL || !text_equal(text, text_of(words[i])))) {
        i++;
    }
    return i;
}

static bool flag(struct reading *reading, const struct json_token *token,
                 const char *const words[2], bool *ret)
{
    const uint32_t which = choice(reading, token, words, 2);
    char expected[64];
    if (which == 2) {
        struct buf text = {0};
        buf_printf(&text, "\"%s\" or \"%s\"", words[0], words[1]);
        HB_ASSERT(text.len < sizeof expected);
        memcpy(expected, text.bytes, text.len + 1);
        buf_deinit(&text);
        return wrong(reading, token, expected);
    }
    *ret = which == 1;
    return true;
}

static bool duration(struct reading *reading, const struct json_token *token, int64_t *ret)
{
    return amount_duration(&reading->json, token, ret) ||
           wrong(reading, token, "milliseconds, or a duration such as \"5s\"");
}

static bool take(struct reading *reading, const struct json_token *token, struct profile *ret)
{
    const struct text key = json_key(&reading->json, token);
    uint32_t which;

    if (text_equal(key, TEXT("order"))) {
        which = choice(reading, token, orders, 4);
        ret->order = (enum promised_order)which;
        return which < 4 || wrong(reading, token, "\"none\", \"sender\", \"causal\" or \"room\"");
    }
    if (text_equal(key, TEXT("delivery"))) {
        which = choice(reading, token, deliveries, 3);
        which = which < 3 ? which : choice(reading, token, deliveries_short, 3);
        ret->delivery = (enum promised_delivery)which;
        return which < 3 ||
               wrong(reading, token, "\"at most once\", \"at least once\" or \"effectively once\"");
    }
    if (text_equal(key, TEXT("reconnect"))) {
        return flag(reading, token, reconnects, &ret->resumes);
    }
    if (text_equal(key, TEXT("history"))) {
        return flag(reading, token, histories, &ret->replays);
    }
    if (text_equal(key, TEXT("own"))) {
        return flag(reading, token, owns, &ret->own_at_once);
    }
    if (text_equal(key, TEXT("deliver_within"))) {
        return duration(reading, token, &ret->within_us);
    }
    if (text_equal(key, TEXT("settle"))) {
        return duration(reading, token, &ret->settle_us);
    }
    if (text_equal(key, TEXT("name")) || text_equal(key, TEXT("note"))) {
        return true;
    }
    const char *meant = near_word(key, keys, sizeof keys / sizeof keys[0]);
    complain(&reading->complaint, token->key_from, "unknown key%s%s%s",
             meant != NULL ? ": did you mean \""
                           : ": expected order, delivery, reconnect, history, "
                             "own, deliver_within or settle",
             meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
    return false;
}

enum hb_err profile_read(const char *bytes, size_t bytes_len, struct profile *ret, struct buf *why)
{
    struct reading reading = {.complaint = {why, 1, bytes, bytes_len}};
    struct profile profile = PROFILE_DEFAULT;
    const enum hb_err err = json_read(&reading.json, bytes, bytes_len);
    const struct json_token *tokens = reading.json.tokens;
    bool good = err == HB_OK;

    if (!good) {
        complain_json(&reading.complaint, &reading.json, err);
    } else if (tokens[0].kind != JSON_OBJECT) {
        complain(&reading.complaint, 0, "expected an object such as {\"order\": \"sender\"}");
        good = false;
    }
    for (uint32_t i = 1; good && i < tokens[0].next; i = tokens[i].next) {
        good = take(&reading, &tokens[i], &profile);
    }
    json_deinit(&reading.json);
    if (!good) {
        return HB_EFIELD;
    }
    *ret = profile;
    return HB_OK;
}
