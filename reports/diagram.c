/* See diagram.h. */
#include "reports/diagram.h"

#include "reports/terms.h"
#include "reports/width.h"

#include <stdio.h>
#include <string.h>

#define TIME_COLUMNS 10 /* "  12.345s " */
#define TEXT_LEAST   24 /* of the words beside it */
#define COLUMNS_MAX  8

struct diagram {
    struct spot_at columns[COLUMNS_MAX];
    uint32_t len, each; /* how wide one is */
    uint32_t text;      /* columns of the words; they begin behind the last */
    bool ascii;
};

/* --- Its columns ---------------------------------------------------------------------------------------- */

static bool same_spot(struct spot_at one, struct spot_at other)
{
    return one.kind == other.kind && one.number == other.number;
}

static bool used(const struct steps *steps, struct spot_at spot)
{
    for (size_t i = 0; i < steps->len; i++) {
        if (same_spot(steps->items[i].from, spot) || same_spot(steps->items[i].to, spot)) {
            return true;
        }
    }
    return false;
}

static uint32_t column_of(const struct diagram *diagram, struct spot_at spot)
{
    for (uint32_t i = 0; i < diagram->len; i++) {
        if (spot.kind != SPOT_NONE && same_spot(diagram->columns[i], spot)) {
            return i;
        }
    }
    return COLUMNS_MAX;
}

static void add_column(struct diagram *diagram, const struct steps *steps, struct spot_at spot,
                       uint32_t most)
{
    if (column_of(diagram, spot) == COLUMNS_MAX && diagram->len < most && used(steps, spot)) {
        diagram->columns[diagram->len++] = spot;
    }
}

/* From left to right as a message goes: who writes, their node, the log, Redis, the other node, who sees it. */
static void choose_columns(struct diagram *diagram, const struct cast *cast,
                           const struct steps *steps, uint32_t most)
{
    const uint32_t left = CAST_WRITER | CAST_ABOUT;

    for (uint32_t i = 0; i < cast->devices_len; i++) {
        if ((cast->devices[i].roles & left) != 0 && diagram->len + 4 <= most) {
            add_column(diagram, steps, (struct spot_at){SPOT_DEVICE, cast->devices[i].number},
                       most);
        }
    }
    for (uint32_t i = 0; i < cast->nodes_len; i++) {
        if ((cast->nodes[i].roles & CAST_COMMITTER) != 0) {
            add_column(diagram, steps, (struct spot_at){SPOT_NODE, cast->nodes[i].number}, most);
        }
    }
    add_column(diagram, steps, (struct spot_at){SPOT_LOG, 0}, most);
    add_column(diagram, steps, (struct spot_at){SPOT_REDIS, 0}, most);
    for (uint32_t i = 0; i < cast->nodes_len; i++) {
        add_column(diagram, steps, (struct spot_at){SPOT_NODE, cast->nodes[i].number}, most - 1);
    }
    for (uint32_t i = 0; i < cast->devices_len; i++) {
        const struct spot_at spot = {SPOT_DEVICE, cast->devices[i].number};
        const bool had = column_of(diagram, spot) < COLUMNS_MAX;
        if (!had && diagram->len < most &&
            (used(steps, spot) || (cast->devices[i].roles & CAST_INVOLVED) != 0)) {
            diagram->columns[diagram->len++] = spot; /* that nothing comes to it is what is wrong */
        }
    }
}

static struct diagram fitted(const struct cast *cast, const struct steps *steps,
                             const struct style *style)
{
    const uint32_t columns = style_columns(style);
    struct diagram diagram = {.each = columns >= 100  ? 7
                                      : columns >= 80 ? 6
                                                      : 5,
                              .ascii = style->ascii};
    const uint32_t room =
        columns > TIME_COLUMNS + TEXT_LEAST ? columns - TIME_COLUMNS - TEXT_LEAST : 0;
    uint32_t most = room / diagram.each;

    most = most > COLUMNS_MAX ? COLUMNS_MAX : most < 3 ? 3 : most;
    choose_columns(&diagram, cast, steps, most);
    const uint32_t before = TIME_COLUMNS + diagram.len * diagram.each + 2;
    diagram.text = columns > before + TEXT_LEAST / 2 ? columns - before : TEXT_LEAST;
    return diagram;
}

static const char *spot_word(enum spot spot, bool narrow)
{
    static const char *const words[][2] = {
        {"", ""}, {"device", "dev"}, {"node", "node"}, {"log", "log"}, {"Redis", "Red."}};
    return words[spot][narrow];
}

static void add_head(const struct diagram *diagram, struct buf *out)
{
    buf_printf(out, "%*s", TIME_COLUMNS, "");
    for (uint32_t i = 0; i < diagram->len; i++) {
        buf_printf(out, "%*s", (int)diagram->each,
                   spot_word(diagram->columns[i].kind, diagram->each < 7));
    }
    buf_printf(out, "\n%*s", TIME_COLUMNS, "");
    for (uint32_t i = 0; i < diagram->len; i++) {
        char number[16] = "";
        const enum spot kind = diagram->columns[i].kind;
        if (kind == SPOT_DEVICE || kind == SPOT_NODE) {
            (void)snprintf(number, sizeof number, "%u", (unsigned)diagram->columns[i].number);
        }
        buf_printf(out, "%*s", (int)diagram->each, number);
    }
    style_end_line(out);
}

/* --- Its lines ------------------------------------------------------------------------------------------ */

enum glyph { GLYPH_LINE, GLYPH_DASH, GLYPH_RIGHT, GLYPH_LEFT, GLYPH_FROM, GLYPH_GLYPHS };

static void add_glyph(const struct diagram *diagram, enum glyph glyph, struct buf *out)
{
    static const char *const glyphs[GLYPH_GLYPHS][2] = {{"\xe2\x94\x82", "|"},
                                                        {"\xe2\x94\x80", "-"},
                                                        {"\xe2\x96\xb6", ">"},
                                                        {"\xe2\x97\x80", "<"},
                                                        {"\xe2\x97\x8b", "o"}};
    buf_add_text(out, glyphs[glyph][diagram->ascii]);
}

static void add_mark(const struct diagram *diagram, enum mark mark, struct buf *out)
{
    static const char *const marks[][2] = {
        [MARK_DOES] = {"\xe2\x97\x8f", "*"},
        [MARK_GOES] = {"\xe2\x97\x8f", "*"},
        [MARK_LOST] = {"X", "X"},
        [MARK_FAULT] = {"!", "!"},
        [MARK_NOTE] = {"\xc2\xb7", "."},
        [MARK_BREAKS] = {"#", "#"},
    };
    buf_add_text(out, marks[mark][diagram->ascii]);
}

static void add_lanes(const struct diagram *diagram, const struct step *step, struct buf *out)
{
    const uint32_t from = column_of(diagram, step->from);
    const uint32_t to = column_of(diagram, step->to);
    const bool goes = from < COLUMNS_MAX && to < COLUMNS_MAX && from != to;
    const uint32_t low = from < to ? from : to;
    const uint32_t high = from < to ? to : from;

    for (uint32_t i = 0; i < diagram->len; i++) {
        for (uint32_t c = 1; c < diagram->each; c++) {
            if (goes && i > low && i <= high) {
                add_glyph(diagram, GLYPH_DASH, out);
            } else {
                buf_add_char(out, ' ');
            }
        }
        if (goes && i == to) {
            if (step->mark == MARK_LOST) {
                add_mark(diagram, MARK_LOST, out);
            } else {
                add_glyph(diagram, to > from ? GLYPH_RIGHT : GLYPH_LEFT, out);
            }
        } else if (goes && i == from) {
            add_glyph(diagram, GLYPH_FROM, out);
        } else if (goes && i > low && i < high) {
            add_glyph(diagram, GLYPH_DASH, out);
        } else if (i == from || i == to) {
            add_mark(diagram, step->mark, out);
        } else {
            add_glyph(diagram, GLYPH_LINE, out);
        }
    }
}

/* The columns up to the blank that ends the next word. */
static size_t word_len(const char *at)
{
    return strcspn(at + 1, " ") + 1;
}

/* The words beside the lanes; what does not fit goes on below, beside lanes in which nothing happens. */
static void add_words(const struct diagram *diagram, const char *text, struct buf *out)
{
    static const struct step nothing = {.at_us = 0};
    uint32_t columns = 0;

    while (*text != 0) {
        const size_t len = word_len(text);
        const uint32_t word = text_columns(text, len);
        if (columns > 0 && columns + word > diagram->text) {
            buf_printf(out, "\n%*s", TIME_COLUMNS, "");
            add_lanes(diagram, &nothing, out);
            buf_add_text(out, "    ");
            columns = 2;
            text += *text == ' ';
            continue;
        }
        buf_add(out, text, len);
        columns += word;
        text += len;
    }
    buf_add_char(out, '\n');
}

static void add_time(struct buf *out, int64_t us)
{
    struct buf instant = {0};

    terms_instant(&instant, us);
    buf_printf(out, "%*s ", TIME_COLUMNS - 1, instant.bytes);
    buf_deinit(&instant);
}

static void add_breaks(const struct diagram *diagram, const struct keep *keep,
                       const struct step *step, struct buf *out)
{
    add_time(out, step->at_us);
    for (uint32_t i = 0; i < diagram->len * diagram->each; i++) {
        buf_add_char(out, '=');
    }
    if (keep->died) {
        buf_add_text(out, "  the assertion fails here\n");
    } else {
        buf_printf(out, "  %s is broken here\n", invariant_info(keep->violation->invariant)->id);
    }
}

static void add_step(const struct diagram *diagram, const struct keep *keep,
                     const struct cast *cast, const struct step *step,
                     const char *(*fault_word)(uint64_t kind), struct buf *out)
{
    static const struct step nothing = {.at_us = 0};
    struct buf text = {0};

    if (step->left_out > 0) {
        buf_printf(out, "%*s", TIME_COLUMNS, "... ");
        add_lanes(diagram, &nothing, out);
        buf_printf(out, "  (%u steps more)\n", (unsigned)step->left_out);
    }
    if (step->mark == MARK_BREAKS) {
        add_breaks(diagram, keep, step, out);
        return;
    }
    const bool fault =
        step->kept->obs.kind == OBS_FAULT_BEGIN || step->kept->obs.kind == OBS_FAULT_END;
    phrase_text(step->kept, cast_message(cast, keep, &step->kept->obs),
                fault ? steps_fault(keep, &step->kept->obs, fault_word) : NULL, &text);
    if (step->times > 1) {
        buf_printf(&text, " (%u times)", (unsigned)step->times);
    }
    add_time(out, step->at_us);
    add_lanes(diagram, step, out);
    buf_add_text(out, "  ");
    add_words(diagram, text.bytes, out);
    buf_deinit(&text);
}

void diagram_print(const struct keep *keep, const struct cast *cast, const struct steps *steps,
                   const char *(*fault_word)(uint64_t kind), const struct style *style,
                   struct buf *out)
{
    const struct diagram diagram = fitted(cast, steps, style);

    add_head(&diagram, out);
    for (size_t i = 0; i < steps->len; i++) {
        add_step(&diagram, keep, cast, &steps->items[i], fault_word, out);
    }
}
