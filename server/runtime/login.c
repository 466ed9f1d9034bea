/* See login.h. */
#include "server/runtime/login.h"

#include "server/node/http_route.h"
#include "server/protocol/frame.h"
#include "server/protocol/json.h"
#include "server/protocol/user_id.h"
#include "server/runtime/settings.h"

#include <string.h>
#include <strings.h>

/* `field` and `sentence` may be NULL. */
static uint16_t refuse(uint16_t status, enum hb_err err, const char *field, const char *sentence,
                       struct buf *out)
{
    const struct text none = {NULL, 0};

    frame_encode(&(struct frame){.type = FRAME_ERROR,
                                 .error = {.code = err,
                                           .code_word = text_of(hb_err_wire(err)),
                                           .message = sentence != NULL ? text_of(sentence) : none,
                                           .field = field != NULL ? text_of(field) : none}},
                 out);
    return status;
}

/* False: not a text of 1 to LOGIN_BYTES_MAX bytes that people can read and write. */
static bool user_read(struct text body, char ret[LOGIN_BYTES_MAX], uint32_t *ret_len)
{
    struct json json;
    bool good = false;

    if (body.bytes == NULL) {
        return false;
    }
    if (json_read(&json, body.bytes, body.len) == HB_OK) {
        const struct json_token *user = json.tokens[0].kind == JSON_OBJECT
                                            ? json_member(&json, json.tokens, "user", NULL)
                                            : NULL;
        if (user != NULL && user->kind == JSON_STRING && user->len <= LOGIN_BYTES_MAX) {
            *ret_len = json_string(&json, user, ret);
            good = *ret_len > 0;
        }
        for (uint32_t i = 0; good && i < *ret_len; i++) {
            good = (unsigned char)ret[i] >= ' ' && ret[i] != 0x7f;
        }
    }
    json_deinit(&json);
    return good;
}

bool login_host_local(struct text host)
{
    char name[64];
    const char *end = host.bytes != NULL ? memrchr(host.bytes, ':', host.len) : NULL;
    const char *bracket = host.bytes != NULL ? memrchr(host.bytes, ']', host.len) : NULL;
    size_t len =
        end != NULL && (bracket == NULL || end > bracket) ? (size_t)(end - host.bytes) : host.len;

    if (host.bytes == NULL || len >= sizeof name) {
        return false;
    }
    const bool six = len >= 2 && host.bytes[0] == '[' && host.bytes[len - 1] == ']';
    len -= six ? 2 : 0;
    memcpy(name, host.bytes + six, len);
    name[len] = '\0';
    return strcasecmp(name, "localhost") == 0 || settings_loopback(name);
}

uint16_t login_answer(const struct http_request *request, const struct token_key *key,
                      int64_t now_s, struct buf *out)
{
    struct token_draft draft = {.issued_s = now_s, .expires_s = now_s + LOGIN_VALID_S};
    struct buf token = {0};
    char subject[LOGIN_BYTES_MAX];
    char user[ID_BYTES_MAX + 1];

    if (!text_equal(request->method, TEXT("POST"))) {
        return refuse(405, HB_EFRAME, "method", NULL, out);
    }
    if (key == NULL) {
        return refuse(404, HB_EDENIED, NULL,
                      "no key here signs, all are public: sign in where the tokens come from", out);
    }
    if (!http_is_json(request->content_type)) {
        return refuse(415, HB_EFRAME, "content-type", NULL, out);
    }
    if (!user_read(request->body, subject, &draft.subject.len)) {
        return refuse(400, HB_EFIELD, "user", NULL, out);
    }
    draft.subject.bytes = subject;
    (void)user_id_of_subject(draft.subject, user);
    token_mint(key, &draft, &token);
    buf_printf(out, "{\"user\":\"%s\",\"token\":\"%s\"}", user, token.bytes);
    buf_deinit(&token);
    return 200;
}
