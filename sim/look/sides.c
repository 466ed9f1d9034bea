/* See sides.h. By the longest common subsequence: the texts are a screen or two. */
#include "sim/look/sides.h"

#include "reports/style.h"
#include "server/base/text.h"

#include <stdlib.h>

struct lines {
    struct text items[SIDES_LINES_MAX];
    uint32_t len;
};

static void split(const struct buf *text, struct lines *ret)
{
    const char *at = text->bytes;
    const char *const end = at + text->len;

    ret->len = 0;
    while (text->len > 0 && at < end && ret->len < SIDES_LINES_MAX) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        ret->items[ret->len++] = (struct text){at, (uint32_t)(stop - at)};
        at = stop + 1;
    }
}

struct table { /* of the longest common part behind (i, j) */
    uint16_t common[SIDES_LINES_MAX + 1][SIDES_LINES_MAX + 1];
    struct lines one, other;
};

static void fill(struct table *table)
{
    for (uint32_t i = table->one.len; i-- > 0;) {
        for (uint32_t j = table->other.len; j-- > 0;) {
            const uint16_t below = table->common[i + 1][j];
            const uint16_t right = table->common[i][j + 1];
            table->common[i][j] = text_equal(table->one.items[i], table->other.items[j])
                                      ? (uint16_t)(table->common[i + 1][j + 1] + 1)
                                      : (below >= right ? below : right);
        }
    }
}

static void cell(struct buf *out, struct text text, uint32_t columns)
{
    struct buf line = {0};

    buf_add(&line, text.bytes, text.len);
    buf_reserve(&line, 1);
    line.bytes[line.len] = 0;
    style_cell(line.bytes, columns, out);
    buf_deinit(&line);
}

static void row(struct buf *out, const struct text *one, const struct text *other, uint32_t columns)
{
    static const struct text none = {"", 0};
    const bool same = one != NULL && other != NULL && text_equal(*one, *other);
    const struct text left = one != NULL ? *one : none;
    const struct text right = other != NULL ? *other : none;

    if (columns >= SIDES_COLUMNS_BESIDE) {
        const uint32_t half = (columns - 3) / 2;
        cell(out, left, half);
        buf_add_text(out, same ? "   " : one == NULL ? " > " : other == NULL ? " < " : " | ");
        cell(out, right, half);
        while (out->len > 0 && out->bytes[out->len - 1] == ' ') {
            out->len--;
        }
        buf_add_char(out, '\n');
        return;
    }
    if (one != NULL) {
        buf_add_text(out, same ? "  " : "- ");
        buf_add(out, left.bytes, left.len);
        buf_add_char(out, '\n');
    }
    if (other != NULL && !same) {
        buf_add_text(out, "+ ");
        buf_add(out, right.bytes, right.len);
        buf_add_char(out, '\n');
    }
}

void sides(struct buf *out, const struct buf *one, const struct buf *other, uint32_t columns)
{
    struct table *table = hb_calloc(1, sizeof *table);
    const struct lines *a = &table->one;
    const struct lines *b = &table->other;
    uint32_t i = 0;
    uint32_t j = 0;

    split(one, &table->one);
    split(other, &table->other);
    fill(table);
    while (i < a->len || j < b->len) {
        if (i < a->len && j < b->len && text_equal(a->items[i], b->items[j])) {
            row(out, &a->items[i++], &b->items[j++], columns);
        } else if (j == b->len ||
                   (i < a->len && table->common[i + 1][j] >= table->common[i][j + 1])) {
            row(out, &a->items[i++], NULL, columns);
        } else {
            row(out, NULL, &b->items[j++], columns);
        }
    }
    free(table);
}
