/* One character of a text that may hold any bytes. See letter.h. */
#include "reports/letter.h"

#include "server/protocol/utf8.h"

#include <string.h>

static const struct letter replacement = {{'\xef', '\xbf', '\xbd'}, 3};

/* U+FFFE and U+FFFF, which XML 1.0 2.2 leaves out, and U+0080 to U+009F: control characters. */
static bool is_refused(const unsigned char *at, uint32_t len)
{
    return (len == 2 && at[0] == 0xc2 && at[1] < 0xa0) ||
           (len == 3 && at[0] == 0xef && at[1] == 0xbf && at[2] >= 0xbe);
}

struct letter letter_next(const char **at)
{
    const unsigned char *from = (const unsigned char *)*at;
    struct letter ret = {{(char)from[0]}, 1};

    HB_ASSERT(from[0] != 0);
    if (from[0] < 0x80) {
        const bool control = from[0] < 0x20 || from[0] == 0x7f;
        *at += 1;
        return control && from[0] != '\t' && from[0] != '\n' && from[0] != '\r' ? replacement : ret;
    }
    const uint32_t len = utf8_len(from, from + strnlen(*at, 4));
    *at += len > 0 ? len : 1;
    if (len == 0 || is_refused(from, len)) {
        return replacement;
    }
    memcpy(ret.bytes, from, len);
    ret.len = len;
    return ret;
}
