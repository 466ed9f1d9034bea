/* See pattern.h. */
#include "sim/explore/pattern.h"

/* The numbers from low to high, 0 <= low <= high, as alternatives of digits: 8 to 120 is
 * `[8-9]|[1-9][0-9]|1[0-1][0-9]|120`. */
static void numbers_pattern(struct buf *out, int64_t low, int64_t high)
{
    bool bar = false;
    while (low <= high) {
        int64_t block = 1; /* so many numbers differ in their last digits alone */
        int free_digits = 0;
        while (low > 0 && low % (block * 10) == 0 && low + block * 10 - 1 <= high) {
            block *= 10;
            free_digits++;
        }
        const int64_t front = low / block;
        int64_t last = front % 10;
        while (last < 9 && low + (last - front % 10 + 2) * block - 1 <= high && front > 0) {
            last++;
        }
        buf_add_text(out, bar ? "|" : "");
        if (front / 10 > 0) {
            buf_add_i64(out, front / 10);
        }
        if (last > front % 10) {
            buf_printf(out, "[%d-%d]", (int)(front % 10), (int)last);
        } else {
            buf_add_i64(out, last);
        }
        if (free_digits > 0) {
            buf_add_text(out, "[0-9]");
        }
        if (free_digits > 1) {
            buf_printf(out, "{%d}", free_digits);
        }
        low += (last - front % 10 + 1) * block;
        bar = true;
    }
}

/* The spellings of low to high us, both not negative, in one unit; false: there is none. */
static bool unit_pattern(struct buf *out, int64_t low, int64_t high, int64_t unit_us,
                         const char *unit)
{
    const int64_t first = low / unit_us + (low % unit_us > 0);
    const int64_t last = high / unit_us;

    if (first > last) {
        return false;
    }
    buf_add_text(out, "0*(");
    numbers_pattern(out, first, last);
    buf_printf(out, ")%s", unit);
    return true;
}

static void units_pattern(struct buf *out, const char *sign, int64_t low, int64_t high)
{
    static const struct {
        const char *word;
        int64_t us;
    } units[] = {{"us", 1}, {"ms", MS}, {"s", SECOND}, {"m", MINUTE}, {"h", HOUR}};
    bool bar = false;

    buf_printf(out, "%s(", sign);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const size_t len = out->len;
        buf_add_text(out, bar ? "|" : "");
        if (unit_pattern(out, low, high, units[i].us, units[i].word)) {
            bar = true;
        } else {
            out->len = len;
        }
    }
    buf_add_char(out, ')');
}

void duration_pattern(struct buf *out, int64_t least, int64_t most)
{
    HB_ASSERT(least <= most);
    buf_add_char(out, '^');
    if (least < 0) {
        buf_add_char(out, '(');
        units_pattern(out, "-", most < 0 ? -most : 0, -least);
        buf_add_char(out, '|');
    }
    if (most >= 0) {
        units_pattern(out, "\\+?", least > 0 ? least : 0, most);
    }
    buf_add_text(out, least < 0 ? ")$" : "$");
}
