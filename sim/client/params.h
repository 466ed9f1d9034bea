/* What can be tuned of a virtual client; as server/node/params.h, for the other side. */
#ifndef HUBBUB_SIM_CLIENT_PARAMS_H
#define HUBBUB_SIM_CLIENT_PARAMS_H

#include "server/base/param.h"

struct client_params {
    int64_t backoff_us_min;
    int64_t backoff_us_max; /* Bk */
    int64_t stable_us;
    int64_t gap_us;
    int64_t answer_us;
    int64_t held_entries;
    int64_t idle_us;
    int64_t idle_warning_us;
    int64_t idle_check_us;
    int64_t typing_refresh_us;
    int64_t typing_pause_us;
    int64_t typing_shown_us;
    int64_t receipt_us; /* F */
    int64_t by_time;
    int64_t newest_first;
    int64_t provider_percent;
    int64_t token_us;
    int64_t token_refresh_us;
};

/* In the order of the fields. */
static const struct param client_params[] = {
    {.word = "backoffMin",
     .plan_word = "backoffMinUs",
     .what = "the first pause before a client connects again",
     .offset = offsetof(struct client_params, backoff_us_min),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 10 * MINUTE,
     .simulated = 200 * MS},
    {.word = "backoffMax",
     .plan_word = "backoffMaxUs",
     .what = "pauses double up to this one, with full jitter",
     .offset = offsetof(struct client_params, backoff_us_max),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 10 * MINUTE,
     .simulated = 5 * SECOND,
     .swarm_least = 500 * MS,
     .swarm_most = 5 * SECOND,
     .no_less_than = "backoffMin"},
    {.word = "stable",
     .plan_word = "stableUs",
     .what = "a connection this old ends the back-off",
     .offset = offsetof(struct client_params, stable_us),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 10 * MINUTE,
     .simulated = 10 * SECOND,
     .swarm_least = 1 * SECOND,
     .swarm_most = 10 * SECOND},
    {.word = "gap",
     .plan_word = "clientGapUs",
     .what = "an entry held for longer makes the client ask for what is missing",
     .offset = offsetof(struct client_params, gap_us),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 10 * MINUTE,
     .simulated = 400 * MS,
     .swarm_least = 100 * MS,
     .swarm_most = 1 * SECOND},
    {.word = "answer",
     .plan_word = "answerUs",
     .what = "how long an answer to a send, a sync or a hello is waited for before the client "
             "connects again",
     .offset = offsetof(struct client_params, answer_us),
     .unit = PARAM_US,
     .least = 100 * MS,
     .most = 10 * MINUTE,
     .simulated = 5 * SECOND,
     .swarm_least = 2 * SECOND,
     .swarm_most = 5 * SECOND},
    {.word = "heldEntries",
     .plan_word = "clientHeldEntries",
     .what = "entries of one room that are held while an earlier one is missing; with one more the "
             "client asks for what is missing",
     .offset = offsetof(struct client_params, held_entries),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = 100000,
     .simulated = 512,
     .swarm_least = 1,
     .swarm_most = 3},
    {.word = "idle",
     .plan_word = "idleUs",
     .what = "a person who does nothing on a device for so long is away there; 0: never",
     .offset = offsetof(struct client_params, idle_us),
     .unit = PARAM_US,
     .least = 0,
     .most = 1 * HOUR,
     .simulated = 0},
    {.word = "idleWarning",
     .plan_word = "idleWarningUs",
     .what = "so long before that the device warns; 0: it does not",
     .offset = offsetof(struct client_params, idle_warning_us),
     .unit = PARAM_US,
     .least = 0,
     .most = 1 * HOUR,
     .simulated = 1 * MINUTE},
    {.word = "idleCheck",
     .plan_word = "idleCheckUs",
     .what = "how often a device looks whether its person is there",
     .offset = offsetof(struct client_params, idle_check_us),
     .unit = PARAM_US,
     .least = 10 * MS,
     .most = 10 * MINUTE,
     .simulated = 10 * SECOND},
    {.word = "typingRefresh",
     .plan_word = "typingRefreshUs",
     .what = "that somebody types on is said again after so long at the soonest",
     .offset = offsetof(struct client_params, typing_refresh_us),
     .unit = PARAM_US,
     .least = 10 * MS,
     .most = 1 * MINUTE,
     .simulated = 2 * SECOND},
    {.word = "typingPause",
     .plan_word = "typingPauseUs",
     .what = "who presses no key for so long types no more",
     .offset = offsetof(struct client_params, typing_pause_us),
     .unit = PARAM_US,
     .least = 10 * MS,
     .most = 1 * MINUTE,
     .simulated = 3 * SECOND},
    {.word = "typingShown",
     .plan_word = "typingShownUs",
     .what = "who was told of as typing is shown so for so long, if nothing more is told",
     .offset = offsetof(struct client_params, typing_shown_us),
     .unit = PARAM_US,
     .least = 10 * MS,
     .most = 1 * MINUTE,
     .simulated = 5 * SECOND},
    {.word = "receipt",
     .plan_word = "receiptUs",
     .what = "what arrived and was read waits for so long to be said together; 0: it is never said",
     .offset = offsetof(struct client_params, receipt_us),
     .unit = PARAM_US,
     .least = 0,
     .most = 1 * MINUTE,
     .simulated = 0},
    {.word = "byTime",
     .plan_word = "clientByTime",
     .what =
         "1: what it missed while away is asked for by the greatest timestamp that it was shown; "
         "0: by positions",
     .offset = offsetof(struct client_params, by_time),
     .unit = PARAM_COUNT,
     .least = 0,
     .most = 1,
     .simulated = 0},
    {.word = "newestFirst",
     .plan_word = "clientNewestFirst",
     .what = "a room that lacks more entries than that shows its newest page first, and fills what "
             "is left "
             "open from there; 0: never, as with byTime",
     .offset = offsetof(struct client_params, newest_first),
     .unit = PARAM_COUNT,
     .least = 0,
     .most = 100000,
     .simulated = 0},
    {.word = "providerPercent",
     .plan_word = "providerPercent",
     .what =
         "so many of a hundred people are called as identity providers call theirs, which is no "
         "id: a user id is the encoded form",
     .offset = offsetof(struct client_params, provider_percent),
     .unit = PARAM_COUNT,
     .least = 0,
     .most = 100,
     .simulated = 0,
     .swarm_least = 0,
     .swarm_most = 100},
    {.word = "token",
     .plan_word = "clientTokenUs",
     .what = "how long the tokens last that a device is given; its first one is of any age; 0: for "
             "the whole run",
     .offset = offsetof(struct client_params, token_us),
     .unit = PARAM_US,
     .least = 0,
     .most = 24 * HOUR,
     .simulated = 0},
    {.word = "tokenRefresh",
     .plan_word = "clientTokenRefreshUs",
     .what = "so long before its connection's end, or when half is left, a client puts it on "
             "another token; 0: never, it "
             "connects again with another",
     .offset = offsetof(struct client_params, token_refresh_us),
     .unit = PARAM_US,
     .least = 0,
     .most = 24 * HOUR,
     .simulated = 0},
};
#define CLIENT_PARAMS_LEN (sizeof client_params / sizeof client_params[0])
_Static_assert(sizeof(struct client_params) == CLIENT_PARAMS_LEN * sizeof(int64_t),
               "each field of struct client_params has a row, and each row a field");

#endif
