/* See login.h. */
#include "server/runtime/login.h"

#include "server/node/http_route.h"
#include "server/protocol/frame.h"
#include "server/protocol/id.h"
#include "server/protocol/json.h"
#include "server/runtime/settings.h"

#include <string.h>
#include <strings.h>

static uint16_t refuse(uint16_t status, enum hb_err err, const char *field, struct buf *out)
{
    frame_encode(&(struct frame){.type = FRAME_ERROR,
                                 .error = {.code = err,
                                           .code_word = text_of(hb_err_wire(err)),
                                           .field = text_of(field)}},
                 out);
    return status;
}

static bool user_read(struct text body, char ret[ID_BYTES_MAX + 1], uint32_t *ret_len)
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
        const struct text name = user != NULL ? json_plain(&json, user) : (struct text){NULL, 0};
        good = name.bytes != NULL && id_valid(name);
        if (good) {
            memcpy(ret, name.bytes, name.len);
            ret[name.len] = '\0';
            *ret_len = name.len;
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
    char user[ID_BYTES_MAX + 1];
    struct buf token = {0};

    if (!text_equal(request->method, TEXT("POST"))) {
        return refuse(405, HB_EFRAME, "method", out);
    }
    if (!http_is_json(request->content_type)) {
        return refuse(415, HB_EFRAME, "content-type", out);
    }
    if (!user_read(request->body, user, &draft.subject.len)) {
        return refuse(400, HB_EFIELD, "user", out);
    }
    draft.subject.bytes = user;
    token_mint(key, &draft, &token);
    buf_printf(out, "{\"user\":\"%s\",\"token\":\"%s\"}", user, token.bytes);
    buf_deinit(&token);
    return 200;
}
