/* See redis_url.h. */
#include "server/runtime/redis_url.h"

#include <string.h>

#define PORT_DEFAULT 6379

struct reading {
    const char *text;
    const char *at;       /* where what follows begins */
    const char *expected; /* NULL: all well so far */
};

static bool wrong(struct reading *reading, const char *at, const char *expected)
{
    reading->at = at;
    reading->expected = expected;
    return false;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The bytes from `at` to `end` into ret. */
static bool decode(struct reading *reading, const char *at, const char *end, char *ret, size_t cap,
                   const char *too_long)
{
    size_t len = 0;

    while (at < end) {
        char c = *at;
        if (c == '%') {
            const int high = end - at > 2 ? hex(at[1]) : -1;
            const int low = high >= 0 ? hex(at[2]) : -1;
            if (low < 0 || high * 16 + low == 0) {
                return wrong(reading, at, "two hex digits behind a % (a % itself is %25), not 00");
            }
            c = (char)(high * 16 + low);
            at += 2;
        } else if ((unsigned char)c <= ' ') {
            return wrong(reading, at, "no blanks; %20 stands for one");
        }
        if (len + 1 == cap) {
            return wrong(reading, at, too_long);
        }
        ret[len++] = c;
        at++;
    }
    ret[len] = '\0';
    return true;
}

static bool number(const char **at, int64_t most, int64_t *ret)
{
    const char *from = *at;
    int64_t value = 0;

    while (**at >= '0' && **at <= '9' && *at - from < 10) {
        value = value * 10 + (**at - '0');
        (*at)++;
    }
    *ret = value;
    return *at > from && value <= most;
}

static bool user_read(struct reading *reading, const char *end, struct redis_place *ret)
{
    const char *colon = memchr(reading->at, ':', (size_t)(end - reading->at));
    const char *user_end = colon != NULL ? colon : end;

    if (user_end == reading->at && (colon == NULL || colon + 1 == end)) {
        return wrong(reading, reading->at, "USER, USER:PASSWORD or :PASSWORD before the @");
    }
    if (!decode(reading, reading->at, user_end, ret->user, sizeof ret->user,
                "a user of at most 128 bytes")) {
        return false;
    }
    return colon == NULL || decode(reading, colon + 1, end, ret->password, sizeof ret->password,
                                   "a password of at most 512 bytes");
}

static bool host_read(struct reading *reading, const char *end, struct redis_place *ret)
{
    const bool six = *reading->at == '[';
    const char *from = reading->at + six;
    const char *stop = from;

    while (stop < end && (six ? *stop != ']' : *stop != ':')) {
        const char c = *stop;
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '.' || c == '-';
        if (!letter && (six ? c != ':' && c != '%' : c != '_')) {
            return wrong(reading, stop, "a host: a name, an address, or [an IPv6 address]");
        }
        stop++;
    }
    if (stop == from || (size_t)(stop - from) >= sizeof ret->host || (six && stop == end)) {
        return wrong(reading, reading->at, "a host: a name, an address, or [an IPv6 address]");
    }
    memcpy(ret->host, from, (size_t)(stop - from));
    ret->host[stop - from] = '\0';
    reading->at = stop + six;
    return true;
}

/* ":PORT" or nothing, up to `end`. */
static bool port_read(struct reading *reading, const char *end, bool needed,
                      struct redis_place *ret)
{
    const char *at = reading->at;
    int64_t port = PORT_DEFAULT;

    if (at == end && !needed) {
        ret->port = (uint16_t)port;
        return true;
    }
    if (at == end || *at != ':') {
        return wrong(reading, at, "a colon and a port, such as :6379");
    }
    at++;
    const char *from = at;
    if (!number(&at, UINT16_MAX, &port) || port == 0 || at != end) {
        return wrong(reading, from, "a port of 1 to 65535");
    }
    ret->port = (uint16_t)port;
    reading->at = end;
    return true;
}

static bool word_read(struct reading *reading, const char *end, struct redis_place *ret)
{
    static const char expected[] = "cacert=FILE, cert=FILE, key=FILE or insecure=yes";
    static const char too_long[] = "a path of at most 255 bytes";
    const char *at = reading->at;
    const char *value = memchr(at, '=', (size_t)(end - at));
    const size_t len = value != NULL ? (size_t)(value - at) : 0;

    if (value == NULL || value + 1 == end) {
        return wrong(reading, at, expected);
    }
    value++;
    if (len == 6 && memcmp(at, "cacert", len) == 0) {
        return decode(reading, value, end, ret->cacert, sizeof ret->cacert, too_long);
    }
    if (len == 4 && memcmp(at, "cert", len) == 0) {
        return decode(reading, value, end, ret->cert, sizeof ret->cert, too_long);
    }
    if (len == 3 && memcmp(at, "key", len) == 0) {
        return decode(reading, value, end, ret->key, sizeof ret->key, too_long);
    }
    if (len == 8 && memcmp(at, "insecure", len) == 0 && end - value == 3 &&
        memcmp(value, "yes", 3) == 0) {
        ret->insecure = true;
        return true;
    }
    return wrong(reading, at, expected);
}

/* What follows the '?'. */
static bool words_read(struct reading *reading, struct redis_place *ret)
{
    if (!ret->tls) {
        return wrong(reading, reading->at - 1, "nothing more: files are for rediss:// alone");
    }
    for (;;) {
        const char *end = reading->at + strcspn(reading->at, "&");
        if (!word_read(reading, end, ret)) {
            return false;
        }
        reading->at = end + 1;
        if (*end == '\0') {
            break;
        }
    }
    if ((ret->cert[0] != '\0') != (ret->key[0] != '\0')) {
        return wrong(reading, reading->text + strlen(reading->text),
                     "cert and key together, or neither");
    }
    return true;
}

static bool url_read(struct reading *reading, struct redis_place *ret)
{
    const char *path = reading->at + strcspn(reading->at, "/?#");
    const char *sign = NULL; /* the last @ before the path: one within a password stands as %40 */

    for (const char *at = reading->at; at < path; at++) {
        sign = *at == '@' ? at : sign;
    }
    if (sign == NULL && strchr(path, '@') != NULL) {
        return wrong(reading, path,
                     "no / ? # within a user or a password: %2F %3F %23 stand for them");
    }
    if (sign != NULL) {
        if (memchr(reading->at, '@', (size_t)(sign - reading->at)) != NULL) {
            return wrong(reading, memchr(reading->at, '@', (size_t)(sign - reading->at)),
                         "one @ before the host: %40 stands for one within a password");
        }
        if (!user_read(reading, sign, ret)) {
            return false;
        }
        reading->at = sign + 1;
    }
    if (!host_read(reading, path, ret) || !port_read(reading, path, false, ret)) {
        return false;
    }
    if (*path == '/') {
        path++;
        if (*path != '\0' && *path != '?' && !number(&path, REDIS_DATABASE_MAX, &ret->database)) {
            return wrong(reading, path, "the number of a database, such as /3");
        }
    }
    if (*path == '?') {
        reading->at = path + 1;
        return words_read(reading, ret);
    }
    return *path == '\0' || wrong(reading, path, "the end, or ? and what TLS needs");
}

enum hb_err redis_url_parse(const char *text, struct redis_place *ret, struct buf *message)
{
    struct reading reading = {.text = text, .at = text};
    const char *rest = strstr(text, "://");
    bool good;

    *ret = (struct redis_place){.port = 0};
    if (rest == NULL) {
        good = host_read(&reading, text + strlen(text), ret) &&
               port_read(&reading, text + strlen(text), true, ret);
    } else {
        const size_t len = (size_t)(rest - text);
        ret->tls = len == 6 && memcmp(text, "rediss", 6) == 0;
        good = ret->tls || (len == 5 && memcmp(text, "redis", 5) == 0);
        if (good) {
            reading.at = rest + 3;
            good = url_read(&reading, ret);
        } else {
            good = wrong(&reading, text, "HOST:PORT, redis:// or rediss://");
        }
    }
    if (!good) {
        buf_printf(message, "at byte %zu: expected %s", (size_t)(reading.at - text) + 1,
                   reading.expected);
        explicit_bzero(ret, sizeof *ret);
        return HB_EFIELD;
    }
    return HB_OK;
}
