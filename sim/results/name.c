/* See name.h. */
#include "sim/results/name.h"

#include <string.h>

static bool is_safe(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

void name_safe(const char *text, char ret[NAME_CAP])
{
    size_t len = 0;
    for (; text[len] != 0 && len + 1 < NAME_CAP; len++) {
        const bool good = is_safe(text[len]) && (len > 0 || (text[0] != '.' && text[0] != '-'));
        ret[len] = '_';
        if (good) {
            ret[len] = text[len];
        }
    }
    if (len == 0) {
        ret[len++] = '_';
    }
    ret[len] = 0;
}

bool name_is_safe_path(const char *path)
{
    uint32_t parts = 1;
    for (const char *at = path; *at != 0; at++) {
        const bool first = at == path || at[-1] == '/';
        if (*at == '/') {
            parts++;
        }
        if (first ? !is_safe(*at) || *at == '.' || *at == '-' : !is_safe(*at) && *at != '/') {
            return false;
        }
    }
    return path[0] != 0 && path[strlen(path) - 1] != '/' && parts <= 2;
}
