/* See subjects.h. */
#include "sim/world/subjects.h"

#include "server/base/mem.h"
#include "server/protocol/b64.h"
#include "server/protocol/signature.h"

#include <stdio.h>

#define STRIDE                                                                                     \
    37 /* prime to 100: of each hundred in a row so many as the percentage says, well mixed */

static const char *const forms[] = {"auth0|u%u", "u%u@example.org",
                                    "https://accounts.example/tenants/north/users/u%u/profile",
                                    "_u%u", "u%u \xc3\xa9"};
#define FORMS (sizeof forms / sizeof forms[0])

struct text subject_of(const struct plan *plan, uint32_t user, char store[SUBJECT_BYTES_MAX])
{
    const bool provider = (user * STRIDE + STRIDE) % 100 < plan->client.provider_percent;
    char number[16];
    struct buf text = {0};

    (void)snprintf(number, sizeof number, "%u", (unsigned)user);
    for (const char *at = provider ? forms[user % FORMS] : "u%u"; *at != '\0'; at++) {
        if (*at == '%') {
            buf_add_text(&text, number);
            at++;
        } else {
            buf_add_char(&text, *at);
        }
    }
    HB_ASSERT(text.bytes != NULL && text.len <= SUBJECT_BYTES_MAX);
    memcpy(store, text.bytes, text.len);
    const struct text ret = {store, (uint32_t)text.len};
    buf_deinit(&text);
    return ret;
}

static bool plain(struct text subject)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t good = 0;

    while (good < subject.len && memchr(letters, subject.bytes[good], sizeof letters - 1) != NULL) {
        good++;
    }
    return good == subject.len && subject.len <= ID_BYTES_MAX && subject.bytes[0] != '_';
}

struct text subject_user(struct text subject, char store[ID_BYTES_MAX + 1])
{
    uint8_t hash[SIGNATURE_HASH_BYTES];
    struct buf id = {0};

    if (plain(subject)) {
        buf_add(&id, subject.bytes, subject.len);
    } else {
        buf_add_char(&id, '_');
        b64_encode(subject.bytes, subject.len, &id);
    }
    if (id.len > ID_BYTES_MAX) {
        signature_sha256(subject.bytes, subject.len, hash);
        id.len = 1;
        b64_encode(hash, sizeof hash, &id);
    }
    memcpy(store, id.bytes, id.len);
    store[id.len] = '\0';
    const struct text ret = {store, (uint32_t)id.len};
    buf_deinit(&id);
    return ret;
}
