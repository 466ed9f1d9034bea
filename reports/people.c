/* See people.h. */
#include "reports/people.h"

#include "reports/terms.h"
#include "reports/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AROUND     2  /* places of the log shown before and after those that matter */
#define PLACES_MAX 16 /* rows of the table */
#define COLUMN     30 /* of a device, where there is room: a time and a text */
#define COLUMN_MIN 22 /* with less they stand one below the other */
#define BEFORE     13 /* columns of the place */
#define COLUMNS    3  /* devices side by side */
#define ALL_OF_IT  "history.txt of --out has all"

/* --- Side by side --------------------------------------------------------------------------- */

/* Whom the table shows, and how wide each is; 0: one below the other. */
struct table {
    uint32_t devices[COLUMNS];
    uint32_t len, cell;
};

static void choose(const struct cast *cast, uint32_t roles, struct table *table)
{
    for (uint32_t i = 0; i < cast->devices_len && table->len < COLUMNS; i++) {
        bool had = (cast->devices[i].roles & roles) == 0;
        for (uint32_t d = 0; d < table->len; d++) {
            had = had || table->devices[d] == cast->devices[i].number;
        }
        if (!had) {
            table->devices[table->len++] = cast->devices[i].number;
        }
    }
}

/* Those involved, then whoever else of the room was shown the places, then who wrote them. */
static void choose_columns(const struct keep *keep, const struct cast *cast, struct table *table)
{
    choose(cast, CAST_INVOLVED, table);
    choose(cast, CAST_WITNESS, table);
    for (size_t i = 0; i < keep->len && table->len < 2; i++) {
        const struct obs *obs = &keep->items[i].obs;
        if (obs->kind == OBS_SHOWN && obs->seq == keep->violation->seq_high &&
            keep_is_near(keep, obs->room, obs->seq) &&
            (table->len == 0 || obs->device != table->devices[0])) {
            table->devices[table->len++] = obs->device;
        }
    }
    if (table->len < 2) {
        choose(cast, CAST_WRITER, table);
    }
}

static const struct kept *row_of(const struct keep *keep, enum obs_kind kind, uint32_t device,
                                 uint64_t seq)
{
    for (size_t i = 0; i < keep->len; i++) {
        const struct obs *obs = &keep->items[i].obs;
        if (obs->kind == kind && obs->seq == seq && obs->room == keep->violation->room &&
            (kind == OBS_COMMIT || obs->device == device)) {
            return &keep->items[i];
        }
    }
    return NULL;
}

static void add_cell(struct buf *out, const struct kept *row, uint32_t columns)
{
    if (row == NULL) {
        buf_printf(out, "%-*s", (int)columns, "-");
        return;
    }
    struct buf instant = {0};
    terms_instant(&instant, row->obs.at_us);
    buf_printf(out, "%9s ", instant.bytes);
    const uint32_t used = instant.len > 9 ? (uint32_t)instant.len + 1 : 10;
    buf_deinit(&instant);
    const char *text = row->text != NULL                   ? row->text
                       : (row->obs.flags & OBS_EVENT) != 0 ? "(joined)"
                                                           : "";
    text_fit(text, strlen(text), columns > used ? columns - used : 1, out);
}

static void add_more(struct buf *out, uint64_t more, const char *what)
{
    if (more > 0) {
        buf_printf(out, "  and %" PRIu64 " more %s: " ALL_OF_IT "\n", more, what);
    }
}

static void add_head(struct buf *out, const struct violation *violation, const struct table *table)
{
    buf_printf(out, "\n  room %-6u ", (unsigned)violation->room);
    for (uint32_t d = 0; d <= table->len && table->cell > 0; d++) {
        char name[40] = "the log (committed)";
        if (d > 0) {
            (void)snprintf(name, sizeof name, "device %u showed", (unsigned)table->devices[d - 1]);
        }
        buf_printf(out, "| %-*.*s ", (int)table->cell, (int)table->cell, name);
    }
    style_end_line(out);
}

static void add_place(struct buf *out, const struct keep *keep, const struct table *table,
                      uint64_t seq)
{
    const struct violation *violation = keep->violation;
    const bool matters = seq >= violation->seq_low && seq <= violation->seq_high;

    buf_printf(out, "%s %8" PRIu64 "   ", matters ? ">" : " ", seq);
    for (uint32_t d = 0; d <= table->len; d++) {
        const struct kept *row = d == 0 ? row_of(keep, OBS_COMMIT, 0, seq)
                                        : row_of(keep, OBS_SHOWN, table->devices[d - 1], seq);
        if (table->cell > 0) {
            buf_add_text(out, "| ");
            add_cell(out, row, table->cell);
            buf_add_char(out, ' ');
            continue;
        }
        char name[24] = "log";
        if (d > 0) {
            (void)snprintf(name, sizeof name, "device %u", (unsigned)table->devices[d - 1]);
            style_end_line(out);
            buf_printf(out, "%*s", BEFORE, "");
        }
        buf_printf(out, "%-12s ", name);
        add_cell(out, row, COLUMN_MIN - 2);
    }
    style_end_line(out);
}

/* Whether anybody of the table has anything there. */
static bool any(const struct keep *keep, const struct table *table, uint64_t seq)
{
    bool is = row_of(keep, OBS_COMMIT, 0, seq) != NULL;

    for (uint32_t d = 0; d < table->len; d++) {
        is = is || row_of(keep, OBS_SHOWN, table->devices[d], seq) != NULL;
    }
    return is;
}

void people_table(const struct keep *keep, const struct cast *cast, const struct style *style,
                  struct buf *out)
{
    const struct violation *violation = keep->violation;
    struct table table = {.devices = {OBS_NONE}, .cell = COLUMN};
    const uint64_t from = violation->seq_low > AROUND ? violation->seq_low - AROUND : 1;
    uint64_t to = violation->seq_high + AROUND;

    if (violation->room == OBS_NONE || violation->seq_high == 0) {
        return;
    }
    choose_columns(keep, cast, &table);
    const uint32_t columns = style_columns(style);
    uint32_t room = 0;
    do {
        room = columns > BEFORE ? (columns - BEFORE) / (table.len + 1) : 0;
    } while (room < COLUMN_MIN + 3 && table.len > 2 && table.len-- > 0);
    table.cell = room > COLUMN + 3 ? COLUMN : room >= COLUMN_MIN + 3 ? room - 3 : 0;
    while (to > violation->seq_high && !any(keep, &table, to)) {
        to--;
    }
    const uint64_t places = to - from + 1;
    to = places > PLACES_MAX ? from + PLACES_MAX - 1 : to;
    add_head(out, violation, &table);
    for (uint64_t seq = from; seq <= to; seq++) {
        add_place(out, keep, &table, seq);
    }
    add_more(out, places > PLACES_MAX ? places - PLACES_MAX : 0, "places of the log");
    if (keep->shown_else > 0) {
        buf_printf(out, "  place %" PRIu64 " was shown on %u more devices, from ",
                   violation->seq_low, (unsigned)keep->shown_else);
        terms_instant(out, keep->shown_first_us);
        buf_add_text(out, " to ");
        terms_instant(out, keep->shown_last_us);
        buf_add_char(out, '\n');
    }
}

/* --- Who they are --------------------------------------------------------------------------- */

static void add_role(struct buf *out, uint32_t roles, uint32_t role, const char *text)
{
    if ((roles & role) != 0) {
        buf_printf(out, "%s%s", out->bytes[out->len - 1] == ':' ? " " : ", ", text);
    }
}

/* Where it was connected when it broke. */
static void add_connection(struct buf *out, const struct keep *keep, uint32_t device)
{
    const struct obs *open = NULL;
    const struct obs *closed = NULL;

    for (size_t i = 0; i < keep->len; i++) {
        const struct obs *obs = &keep->items[i].obs;
        if (obs->device != device || obs->at_us > keep->violation->at_us) {
            continue;
        }
        if (obs->kind == OBS_WELCOME) {
            open = obs;
            closed = NULL;
        } else if (obs->kind == OBS_CONN_CLOSE) {
            closed = obs;
        }
    }
    const char *comma = out->bytes[out->len - 1] == ':' ? " " : ", ";
    if (closed != NULL) {
        buf_printf(out, "%soffline since ", comma);
        terms_instant(out, closed->at_us);
    } else if (open != NULL) {
        buf_printf(out, "%son node %u since ", comma, (unsigned)open->node);
        terms_instant(out, open->at_us);
    }
}

/* Whether it was down when it broke, and how far its clock was off. */
static void add_node_state(struct buf *out, const struct keep *keep, uint32_t node)
{
    const struct obs *up = NULL;
    const struct kept *clock = NULL;

    for (size_t i = 0; i < keep->len; i++) {
        const struct kept *kept = &keep->items[i];
        if (kept->obs.node != node || kept->obs.at_us > keep->violation->at_us) {
            continue;
        }
        if (kept->obs.kind == OBS_NODE_UP || kept->obs.kind == OBS_NODE_DOWN) {
            up = &kept->obs;
        } else if (kept_told(kept, ASIDE_CLOCK)) {
            clock = kept;
        }
    }
    const char *comma = out->bytes[out->len - 1] == ':' ? " " : ", ";
    if (up != NULL && (up->at_us > 0 || up->kind == OBS_NODE_DOWN)) {
        buf_printf(out, "%s%s since ", comma, up->kind == OBS_NODE_UP ? "up" : "down");
        terms_instant(out, up->at_us);
        comma = ", ";
    }
    if (clock != NULL && (clock->amount != 0 || clock->obs.value != 0)) {
        buf_printf(out, "%sits clock is %" PRId64 " ms %s", comma,
                   clock->amount < 0 ? -clock->amount : clock->amount,
                   clock->amount < 0 ? "behind" : "ahead");
        if (clock->obs.value != 0) {
            buf_printf(out, " and %+" PRId64 " ppm fast", clock->obs.value);
        }
        buf_add_text(out, " since ");
        terms_instant(out, clock->obs.at_us);
    } else if (keep->told_asides) {
        buf_printf(out, "%sits clock is true", comma);
    }
}

void people_cast(const struct keep *keep, const struct cast *cast, struct buf *out)
{
    for (uint32_t i = 0; i < cast->devices_len; i++) {
        const struct cast_member *member = &cast->devices[i];
        const uint32_t user = keep_user(keep, member->number);
        buf_printf(out, "  device %u", (unsigned)member->number);
        if (user != OBS_NONE) {
            buf_printf(out, " of person %u", (unsigned)user);
        }
        buf_add_char(out, ':');
        add_role(out, member->roles, CAST_INVOLVED, "the rule is broken at it");
        add_role(out, member->roles, CAST_ABOUT, "it is about this person");
        add_role(out, member->roles, CAST_WRITER, "wrote it");
        add_role(out, member->roles, CAST_WITNESS, "was shown it");
        add_connection(out, keep, member->number);
        buf_add_char(out, '\n');
    }
    for (uint32_t i = 0; i < cast->nodes_len; i++) {
        const struct cast_member *member = &cast->nodes[i];
        buf_printf(out, "  node %u:", (unsigned)member->number);
        add_role(out, member->roles, CAST_INVOLVED, "the rule is broken at it");
        add_role(out, member->roles, CAST_COMMITTER, "committed it");
        add_role(out, member->roles, CAST_SERVES, "who is to see it is on it");
        add_node_state(out, keep, member->number);
        buf_add_char(out, '\n');
    }
}
