/* See json_agree.h. */
#include "server/protocol/tests/json_agree.h"

#include "server/base/mem.h"
#include "server/protocol/json.h"
#include "server/protocol/limits.h"

#include <cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES_MAX                                                                           \
    63 /* cJSON 1.7 stops in the middle of a longer one; RFC 8259 6 has no limit */

static bool number_is_long(const struct json *json)
{
    for (uint32_t i = 0; i < json->tokens_len; i++) {
        if (json->tokens[i].kind == JSON_NUMBER && json->tokens[i].len > NUMBER_BYTES_MAX) {
            return true;
        }
    }
    return false;
}

static bool all_digits(const char *bytes, uint32_t len)
{
    for (uint32_t i = bytes[0] == '-'; i < len; i++) {
        if (bytes[i] < '0' || bytes[i] > '9') {
            return false;
        }
    }
    return true;
}

static void number_agrees(const struct json *json, const struct json_token *token,
                          const cJSON *theirs)
{
    int64_t value = 0;
    const bool integer = json_integer(json, token, &value);

    HB_ASSERT(cJSON_IsNumber(theirs));
    HB_ASSERT(isfinite(theirs->valuedouble));
    if (integer) {
        HB_ASSERT(theirs->valuedouble == (double)value); /* exact: |value| < 2^53 */
    } else { /* it has a fraction or an exponent, or is out of range */
        HB_ASSERT(!all_digits(json->bytes + token->from, token->len) ||
                  fabs(theirs->valuedouble) > (double)JSON_INT_MAX);
    }
}

static void string_agrees(const struct json *json, const struct json_token *token,
                          const cJSON *theirs)
{
    char *ours = hb_malloc(token->len);
    const uint32_t len = json_string(json, token, ours);
    const struct text plain = json_plain(json, token);

    HB_ASSERT(cJSON_IsString(theirs));
    HB_ASSERT(strlen(theirs->valuestring) == len);
    HB_ASSERT(memcmp(theirs->valuestring, ours, len) == 0);
    HB_ASSERT((plain.bytes == NULL) == token->escaped);
    HB_ASSERT(token->escaped || text_equal(plain, (struct text){ours, len}));
    free(ours);
}

static void value_agrees(const struct json *json, const struct json_token *token,
                         const cJSON *theirs)
{
    switch (token->kind) {
    case JSON_NULL:
        HB_ASSERT(cJSON_IsNull(theirs));
        return;
    case JSON_FALSE:
        HB_ASSERT(cJSON_IsFalse(theirs));
        return;
    case JSON_TRUE:
        HB_ASSERT(cJSON_IsTrue(theirs));
        return;
    case JSON_NUMBER:
        number_agrees(json, token, theirs);
        return;
    case JSON_STRING:
        string_agrees(json, token, theirs);
        return;
    case JSON_ARRAY:
        HB_ASSERT(cJSON_IsArray(theirs));
        HB_ASSERT(cJSON_GetArraySize(theirs) == (int)token->children);
        return;
    case JSON_OBJECT:
        HB_ASSERT(cJSON_IsObject(theirs));
        HB_ASSERT(cJSON_GetArraySize(theirs) == (int)token->children);
        return;
    }
    HB_UNREACHABLE("a token of no kind");
}

/* A token stands directly before what is inside it, so that our order is theirs, depth first. */
static void tree_agrees(const struct json *json, const cJSON *theirs)
{
    const cJSON *around[JSON_DEPTH_MAX + 1]; /* what the present value is inside, outermost first */
    const struct json_token *ours[JSON_DEPTH_MAX + 1]; /* the same */
    uint32_t depth = 0;

    for (uint32_t i = 0; i < json->tokens_len; i++) {
        const struct json_token *token = &json->tokens[i];
        HB_ASSERT(theirs != NULL);
        value_agrees(json, token, theirs);
        if (depth > 0 && cJSON_IsObject(around[depth - 1])) {
            const struct text key = json_key(json, token);
            HB_ASSERT(text_equal(key, text_of(theirs->string)));
            HB_ASSERT(json_member(json, ours[depth - 1], theirs->string, NULL) == token);
        }
        if (token->children > 0) {
            HB_ASSERT(depth <= JSON_DEPTH_MAX);
            around[depth] = theirs;
            ours[depth++] = token;
            theirs = theirs->child;
            continue;
        }
        HB_ASSERT(token->next == i + 1);
        theirs = theirs->next;
        while (depth > 0 && ours[depth - 1]->next == i + 1) {
            HB_ASSERT(theirs == NULL);
            theirs = around[--depth]->next;
        }
    }
    HB_ASSERT(depth == 0 && theirs == NULL);
}

bool json_agree(const char *bytes, size_t bytes_len)
{
    struct json json;
    const bool accepted = json_read(&json, bytes, bytes_len) == HB_OK;

    if (accepted && !number_is_long(&json)) {
        char *copy = hb_malloc(bytes_len + 1); /* cJSON is at its best where the text has an end */
        memcpy(copy, bytes, bytes_len);
        copy[bytes_len] = 0;
        cJSON *theirs = cJSON_ParseWithLengthOpts(copy, bytes_len + 1, NULL, true);
        HB_ASSERT(theirs != NULL);
        tree_agrees(&json, theirs);
        cJSON_Delete(theirs);
        free(copy);
    }
    json_deinit(&json);
    return accepted;
}
