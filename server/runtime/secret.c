/* See secret.h. */
#include "server/runtime/secret.h"

#include "server/runtime/private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES_MAX 512

/* --- Where it stands in an address ---------------------------------------------------------- */

/* The last @ before `end`. */
static const char *sign_before(const char *from, const char *end)
{
    const char *sign = NULL;

    for (const char *at = from; at < end; at++) {
        sign = *at == '@' ? at : sign;
    }
    return sign;
}

/* The next place from `from` on; false: there is none. Of a user's part it is all behind the first colon, up
 * to the last @: who forgot to escape one must not show half of it either. */
static bool next(const char *text, const char *from, const char **ret, size_t *ret_len)
{
    static const char *const words[] = {"password=", "sslpassword="};
    const char *user = strstr(text, "://");
    const char *query = strchr(text, '?');

    if (user != NULL && from <= user) {
        const char *end = text + strlen(text);
        const char *sign = sign_before(user, query != NULL ? query : end);
        const char *path = strchr(user + 3, '/');
        if (sign == NULL && query != NULL && (path == NULL || path > query)) {
            /* a ? that was not escaped */
            sign = sign_before(user, end);
        }
        const char *colon = sign != NULL ? memchr(user + 3, ':', (size_t)(sign - user - 3)) : NULL;
        if (colon != NULL && colon + 1 < sign) {
            *ret = colon + 1;
            *ret_len = (size_t)(sign - colon - 1);
            return true;
        }
    }
    for (const char *at = query; at != NULL; at = strchr(at, '&')) {
        at++;
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            const size_t len = strlen(words[i]);
            if (at >= from && strncmp(at, words[i], len) == 0 && at[len] != '\0' &&
                at[len] != '&') {
                *ret = at + len;
                *ret_len = strcspn(at + len, "&");
                return true;
            }
        }
    }
    return false;
}

bool secret_in(const char *text)
{
    const char *at;
    size_t len;

    return next(text, text, &at, &len);
}

void secret_blank(char *text)
{
    const char *from = text;
    const char *found;
    size_t len;

    while (next(text, from, &found, &len)) {
        char *at = text + (found - text);
        const size_t stars = len < 3 ? len : 3;
        const size_t rest = strlen(at + len);
        memset(at, '*', stars);
        memmove(at + stars, at + len, rest);
        explicit_bzero(at + stars + rest, len - stars);
        from = at + stars;
    }
}

/* --- From a file ---------------------------------------------------------------------------- */

enum hb_err secret_file(const char *path, struct buf *ret, struct buf *message)
{
    char line[LINE_BYTES_MAX + 2];
    struct stat info;
    FILE *file = fopen(path, "re");
    const char *why = NULL;

    buf_clear(ret);
    if (file == NULL || fstat(fileno(file), &info) != 0) {
        why = strerror(errno);
    } else if (private_is_wide(&info)) {
        why = "others can read it; chmod 600 it";
    } else if (fgets(line, sizeof line, file) == NULL) {
        why = "it is empty";
    } else {
        const size_t len = strcspn(line, "\r\n");
        why = len == 0               ? "its first line is empty"
              : len > LINE_BYTES_MAX ? "its first line is longer than 512 bytes"
                                     : NULL;
        if (why == NULL) {
            buf_add(ret, line, len);
            buf_add_char(ret, '\0');
            ret->len--;
        }
        explicit_bzero(line, sizeof line);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    if (why != NULL) {
        buf_printf(message, "cannot use the password in \"%s\": %s", path, why);
        return HB_EDENIED;
    }
    return HB_OK;
}

void secret_into(const char *uri, const char *password, struct buf *ret)
{
    static const char digits[] = "0123456789ABCDEF";

    buf_add_text(ret, uri);
    buf_add_text(ret, strchr(uri, '?') != NULL ? "&password=" : "?password=");
    for (; *password != '\0'; password++) {
        const unsigned char c = (unsigned char)*password;
        buf_add_char(ret, '%');
        buf_add_char(ret, digits[c >> 4]);
        buf_add_char(ret, digits[c & 15]);
    }
    buf_add_char(ret, '\0');
    ret->len--;
}
