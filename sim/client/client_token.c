/* See client_token.h. */
#include "sim/client/client_token.h"

#include "server/base/mem.h"
#include "sim/client/client_conn.h"

#include <stdlib.h>

#define REFRESH_REF "token"
#define LEAST_US    (100 * MS) /* between two refreshes */
#define FOR_EVER_MS (INT64_C(1) << 40)

struct client_token {
    char *bytes; /* NULL: it has the config's */
    uint32_t len;
    char *offered; /* by a refresh that is not answered yet; NULL: none is */
    uint32_t offered_len;
    uint32_t unanswered; /* refreshes of this session; they are answered in their order */
    bool over;           /* it is good no longer */
    bool waits;          /* to connect with another one */
};

static struct client_token *token_of(struct client *client)
{
    if (client->token == NULL) {
        client->token = hb_calloc(1, sizeof *client->token);
    }
    return client->token;
}

void client_token_deinit(struct client *client)
{
    if (client->token != NULL) {
        free(client->token->bytes);
        free(client->token->offered);
        free(client->token);
    }
}

struct text client_token(const struct client *client)
{
    const struct client_token *token = client->token;

    return token != NULL && token->bytes != NULL ? (struct text){token->bytes, token->len}
                                                 : client->config.token;
}

static void take(struct client_token *token, char *bytes, uint32_t len)
{
    free(token->bytes);
    token->bytes = bytes;
    token->len = len;
}

/* --- Without a session ---------------------------------------------------------------------- */

bool client_token_over(struct client *client, uint32_t code)
{
    const bool ends = client->config.params.token_us > 0;

    if (client->token != NULL) { /* what was offered was not taken */
        free(client->token->offered);
        client->token->offered = NULL;
        client->token->unanswered = 0;
    }
    if (code != CLOSE_TOKEN_EXPIRED && (code != CLOSE_BAD_TOKEN || !ends)) {
        return false;
    }
    token_of(client)->over = true;
    client->token->waits = false;
    return true;
}

bool client_token_wanted(struct client *client, struct client_out *out)
{
    if (client->token == NULL || !client->token->over) {
        return false;
    }
    (void)client_emit(out, CLIENT_OUT_TOKEN);
    client->token->waits = true;
    return true;
}

bool client_token_given(struct client *client, struct text given, struct client_out *out)
{
    struct client_token *token = token_of(client);
    char *bytes = hb_strndup(given.bytes, given.len);

    if (client->state != CLIENT_ONLINE) {
        const bool waited = token->waits;
        take(token, bytes, given.len);
        token->over = false;
        token->waits = false;
        return waited;
    }
    free(token->offered);
    token->offered = bytes;
    token->offered_len = given.len;
    token->unanswered++;
    client_send_frame(client,
                      &(struct frame){.type = FRAME_REFRESH,
                                      .refresh = {.token = given, .ref = text_of(REFRESH_REF)}},
                      out);
    return false;
}

/* --- In a session --------------------------------------------------------------------------- */

/* Half of what is left is enough to get another one in. */
static void look_later(struct client *client, int64_t left_us)
{
    const int64_t refresh_us = client->config.params.token_refresh_us;
    const int64_t half_us = left_us / 2;
    const int64_t after_us = left_us - refresh_us > half_us ? left_us - refresh_us : half_us;

    client->alarm_us[CLIENT_ALARM_TOKEN] =
        client->now_us + (after_us > LEAST_US ? after_us : LEAST_US);
}

static void ends_in(struct client *client, int64_t expires_in_ms)
{
    if (client->config.params.token_refresh_us > 0 && expires_in_ms >= 0 &&
        expires_in_ms < FOR_EVER_MS) {
        look_later(client, expires_in_ms * 1000);
    }
}

void client_token_welcome(struct client *client, int64_t expires_in_ms)
{
    if (client->token != NULL) {
        client->token->unanswered = 0;
    }
    ends_in(client, expires_in_ms);
}

/* One that is not answered is asked for again. */
void client_token_look(struct client *client, struct client_out *out)
{
    client->alarm_us[CLIENT_ALARM_TOKEN] = client->now_us + client->config.params.answer_us;
    (void)client_emit(out, CLIENT_OUT_TOKEN);
}

void client_token_refreshed(struct client *client, const struct frame_refreshed *refreshed)
{
    struct client_token *token = token_of(client);

    token->unanswered -= token->unanswered > 0;
    if (token->offered != NULL && token->unanswered == 0) { /* of an earlier one nothing is left */
        take(token, token->offered, token->offered_len);
        token->offered = NULL;
    }
    ends_in(client, refreshed->expires_in_ms);
}

void client_token_refused(struct client *client, const struct frame_error *error)
{
    struct client_token *token = client->token;

    if (token == NULL || !text_equal(error->ref, text_of(REFRESH_REF))) {
        return;
    }
    token->unanswered -= token->unanswered > 0;
    if (token->offered != NULL && token->unanswered == 0) {
        free(token->offered);
        token->offered = NULL;
        look_later(client, 0);
    }
}
