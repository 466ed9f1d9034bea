/* What each person involved in a violation saw, side by side; then the events that matter. */
#include "reports/people.h"

#include "reports/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX   200000
#define AROUND     3        /* places of the log shown before and after those that matter */
#define PLACES_MAX 24       /* rows of the table */
#define EVENTS_MAX 24       /* lines of the list */
#define BEFORE_US  30000000 /* faults older than this are not shown */
#define COLUMN     30       /* of a device, where there is room: a time and a text */
#define COLUMN_MIN 22       /* with less they stand one below the other */
#define BEFORE     13       /* columns of the place */
#define COLUMNS    3        /* devices side by side */
#define ALL_OF_IT  "history.txt of --out has all"

static bool involves(const struct violation *violation, uint32_t device)
{
    for (uint32_t i = 0; i < violation->devices_len; i++) {
        if (violation->devices[i] == device) {
            return true;
        }
    }
    return false;
}

static bool near_places(const struct violation *violation, uint64_t seq)
{
    return seq + AROUND >= violation->seq_low && seq <= violation->seq_high + AROUND;
}

/* A device is told of people all the time: that is listed where an invariant is about it. */
static bool is_aside(const struct violation *violation, enum obs_kind kind)
{
    static const struct {
        enum obs_kind kind;
        const char *family;
    } told[] = {{OBS_VIEW, "PRE"},      {OBS_TYPIST, "TYP"},       {OBS_TYPING_TOLD, "TYP"},
                {OBS_READ_TOLD, "RCP"}, {OBS_ARRIVED_TOLD, "RCP"}, {OBS_TOKEN, "SEC"},
                {OBS_REVOKED, "SEC"}};
    const struct invariant_info *info = invariant_info(violation->invariant);

    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        if (told[i].kind == kind) {
            bool evidence = strncmp(info->id, told[i].family, 3) == 0;
            for (uint32_t k = 0; k < info->evidence.len; k++) {
                evidence = evidence || info->evidence.kinds[k] == kind;
            }
            return !evidence;
        }
    }
    return false;
}

#define X(name, word, evidence) case name:
static bool concerns(const struct violation *violation, const struct obs *obs)
{
    switch ((enum obs_kind)obs->kind) {
    case OBS_SHOWN:
    case OBS_SYNC_ROW:
        return obs->room == violation->room && near_places(violation, obs->seq) &&
               (involves(violation, obs->device) || obs->kind == OBS_SHOWN);
    case OBS_COMMIT:
    case OBS_REWRITTEN:
        return obs->room == violation->room && near_places(violation, obs->seq);
    case OBS_SEND:
    case OBS_RESEND:
    case OBS_PUT:
    case OBS_ACK:
    case OBS_REPLACED:
    case OBS_NACK:
    case OBS_FAILED:
    case OBS_KEY:
    case OBS_TYPIST:
    case OBS_TYPED:
    case OBS_TYPING_TOLD:
        OBS_RECEIPT_MAP(X)
        return obs->room == violation->room &&
               (obs->device == OBS_NONE || involves(violation, obs->device));
    case OBS_CONN_OPEN:
    case OBS_CONN_CLOSE:
    case OBS_WELCOME:
    case OBS_SYNC_BEGIN:
    case OBS_SYNC_HEAD:
    case OBS_SYNC_CURSOR:
    case OBS_SYNC_PAGE:
    case OBS_RESET:
    case OBS_WATCH:
    case OBS_WRITES_TO:
    case OBS_TOKEN:
        OBS_PRESENCE_MAP(X)
        OBS_DISPLAY_MAP(X)
        OBS_MEMBERSHIP_MAP(X)
        return involves(violation, obs->device);
    case OBS_FAULT_BEGIN:
    case OBS_FAULT_END:
        return obs->device == OBS_NONE || involves(violation, obs->device);
    case OBS_NODE_UP:
    case OBS_NODE_DOWN:
    case OBS_REVOKED:
        return true;
    case OBS_USER:
    case OBS_DEVICE:
    case OBS_ROOM:
    case OBS_NODE:
    case OBS_MEMBER:
    case OBS_FINAL:
    case OBS_RECV:
    case OBS_HEAD:
    case OBS_ACK_SENT:
    case OBS_STAMP:
    case OBS_CAME:
    case OBS_WALL:
    case OBS_TX_SLOW:
    case OBS_SERVES:
    case OBS_HOLDS:
    case OBS_CALM:
    case OBS_END:
        OBS_EDGE_MAP(X)
    case OBS_TYPISTS:
    case OBS_ISSUED:
    case OBS_KIND_COUNT:
        return false;
    }
    return false;
}
#undef X

void people_observe(void *user, const struct obs *obs)
{
    struct people *people = user;
    if (obs->at_us > people->violation->at_us || !concerns(people->violation, obs) ||
        is_aside(people->violation, (enum obs_kind)obs->kind)) {
        return;
    }
    if (people->rows_len == ROWS_MAX) {
        people->left_out++;
        return;
    }
    HB_GROW(people->rows, people->rows_len, people->rows_cap);
    struct people_row *row = &people->rows[people->rows_len++];
    row->obs = *obs;
    row->text = NULL;
    if (obs->entry != NULL && obs->entry->content.bytes != NULL) {
        row->text = hb_strndup(obs->entry->content.bytes, obs->entry->content.len);
    }
    row->obs.entry = NULL;
}

void people_deinit(struct people *people)
{
    for (size_t i = 0; i < people->rows_len; i++) {
        free(people->rows[i].text);
    }
    free(people->rows);
    *people = (struct people){0};
}

static void add_time(struct buf *out, int64_t us)
{
    buf_printf(out, "%3" PRId64 ".%06" PRId64 "s", us / 1000000, us % 1000000);
}

/* --- Side by side --------------------------------------------------------------------------- */

/* Whom to show: those involved, then others of the room who saw these places, as witnesses. */
static uint32_t columns_of(const struct people *people, uint32_t devices[VIOLATION_DEVICES_MAX])
{
    const struct violation *violation = people->violation;
    uint32_t len = 0;
    for (uint32_t i = 0; i < violation->devices_len && len < COLUMNS; i++) {
        devices[len++] = violation->devices[i];
    }
    for (size_t i = 0; i < people->rows_len && len < 2; i++) {
        const struct obs *obs = &people->rows[i].obs;
        if (obs->kind == OBS_SHOWN && obs->seq == violation->seq_high &&
            obs->device != devices[0]) {
            devices[len++] = obs->device;
        }
    }
    return len;
}

static const struct people_row *row_of(const struct people *people, enum obs_kind kind,
                                       uint32_t device, uint64_t seq)
{
    for (size_t i = 0; i < people->rows_len; i++) {
        const struct obs *obs = &people->rows[i].obs;
        if (obs->kind == kind && obs->seq == seq && (kind == OBS_COMMIT || obs->device == device)) {
            return &people->rows[i];
        }
    }
    return NULL;
}

static void add_cell(struct buf *out, const struct people_row *row, uint32_t columns)
{
    if (row == NULL) {
        buf_printf(out, "%-*s", (int)columns, "-");
        return;
    }
    const size_t from = out->len;
    add_time(out, row->obs.at_us);
    buf_add_char(out, ' ');
    const char *text = row->text != NULL                   ? row->text
                       : (row->obs.flags & OBS_EVENT) != 0 ? "(joined)"
                                                           : "";
    const uint32_t used = (uint32_t)(out->len - from);
    text_fit(text, strlen(text), columns > used ? columns - used : 1, out);
}

static void add_more(struct buf *out, uint64_t more, const char *what)
{
    if (more > 0) {
        buf_printf(out, "  and %" PRIu64 " more %s: " ALL_OF_IT "\n", more, what);
    }
}

/* Whom the table shows, and how wide each is; 0: one below the other. */
struct table {
    uint32_t devices[VIOLATION_DEVICES_MAX];
    uint32_t len, cell;
};

static void add_head(struct buf *out, const struct violation *violation, const struct table *table)
{
    buf_printf(out, "\n  room r%u    ", (unsigned)violation->room);
    for (uint32_t d = 0; d <= table->len && table->cell > 0; d++) {
        char name[40] = "the log (committed)";
        if (d > 0) {
            (void)snprintf(name, sizeof name, "device d%u saw", (unsigned)table->devices[d - 1]);
        }
        buf_printf(out, "| %-*.*s ", (int)table->cell, (int)table->cell, name);
    }
    buf_add_char(out, '\n');
}

static void add_place(struct buf *out, const struct people *people, const struct table *table,
                      uint64_t seq)
{
    const struct violation *violation = people->violation;
    const bool matters = seq >= violation->seq_low && seq <= violation->seq_high;

    buf_printf(out, "%s %8" PRIu64 "   ", matters ? ">" : " ", seq);
    for (uint32_t d = 0; d <= table->len; d++) {
        const struct people_row *row = d == 0
                                           ? row_of(people, OBS_COMMIT, 0, seq)
                                           : row_of(people, OBS_SHOWN, table->devices[d - 1], seq);
        if (table->cell > 0) {
            buf_add_text(out, "| ");
            add_cell(out, row, table->cell);
            buf_add_char(out, ' ');
            continue;
        }
        char name[16] = "log";
        if (d > 0) {
            (void)snprintf(name, sizeof name, "d%u", (unsigned)table->devices[d - 1]);
            buf_printf(out, "\n%*s", BEFORE, "");
        }
        buf_printf(out, "%-6s ", name);
        add_cell(out, row, COLUMN_MIN - 2);
    }
    buf_add_char(out, '\n');
}

static void add_table(struct buf *out, const struct people *people, const struct style *style)
{
    const struct violation *violation = people->violation;
    struct table table = {.devices = {OBS_NONE}, .cell = COLUMN};
    const uint64_t from = violation->seq_low > AROUND ? violation->seq_low - AROUND : 1;
    uint64_t to = violation->seq_high + AROUND;

    table.len = columns_of(people, table.devices);
    if (style->columns > 0) {
        const uint32_t room =
            style->columns > BEFORE ? (style->columns - BEFORE) / (table.len + 1) : 0;
        table.cell = room > COLUMN + 3 ? COLUMN : room >= COLUMN_MIN + 3 ? room - 3 : 0;
    }
    const uint64_t places = to - from + 1;
    to = places > PLACES_MAX ? from + PLACES_MAX - 1 : to;
    add_head(out, violation, &table);
    for (uint64_t seq = from; seq <= to; seq++) {
        add_place(out, people, &table, seq);
    }
    add_more(out, places > PLACES_MAX ? places - PLACES_MAX : 0, "places of the log");
    add_more(out, violation->devices_len > COLUMNS ? violation->devices_len - COLUMNS : 0,
             "devices");
}

/* --- Events --------------------------------------------------------------------------------- */

static void add_event(struct buf *out, const struct people *people, const struct people_row *row)
{
    const struct obs *obs = &row->obs;

    buf_add_text(out, "  ");
    add_time(out, obs->at_us);
    buf_printf(out, "  %-12s", obs_kind_word((enum obs_kind)obs->kind));
    if (obs->node != OBS_NODE_NONE) {
        buf_printf(out, " n%u", (unsigned)obs->node);
    }
    if (obs->device != OBS_NONE) {
        buf_printf(out, " d%u", (unsigned)obs->device);
    }
    if (obs->room != OBS_NONE) {
        buf_printf(out, " r%u", (unsigned)obs->room);
    }
    if (obs->kind == OBS_FAULT_BEGIN || obs->kind == OBS_FAULT_END) {
        buf_printf(out, " %s", people->fault_word != NULL ? people->fault_word(obs->seq) : "fault");
        if (obs->device == OBS_NONE) {
            buf_printf(out, " (fault%" PRId64 ")", obs->value);
        }
    } else if (obs->kind == OBS_SYNC_PAGE) {
        buf_printf(out, " %" PRIu64 " rows%s", obs->seq,
                   (obs->flags & OBS_MORE) != 0 ? ", more" : ", the last");
    } else if (obs->seq > 0) {
        buf_printf(out, " place %" PRIu64, obs->seq);
    }
    buf_add_char(out, '\n');
}

static bool is_event(const struct people *people, const struct obs *obs)
{
    const struct violation *violation = people->violation;
    if (obs->at_us == 0) {
        return false; /* how the run was set up */
    }
    if (obs->kind == OBS_FAULT_BEGIN || obs->kind == OBS_FAULT_END || obs->kind == OBS_NODE_UP ||
        obs->kind == OBS_NODE_DOWN) {
        return obs->at_us + BEFORE_US >= violation->at_us;
    }
    return obs->kind != OBS_COMMIT && obs->kind != OBS_SHOWN && obs->kind != OBS_SYNC_ROW &&
           obs->device == violation->devices[0];
}

static void add_events(struct buf *out, const struct people *people)
{
    size_t count = 0;
    size_t from = people->rows_len;

    while (from > 0 && count < EVENTS_MAX) {
        from--;
        count += is_event(people, &people->rows[from].obs);
    }
    uint64_t more = people->left_out;
    for (size_t i = 0; i < from; i++) {
        more += is_event(people, &people->rows[i].obs);
    }
    buf_add_text(out, "\n  the events before it (those of the first device, and faults):\n");
    for (size_t i = from; i < people->rows_len; i++) {
        if (is_event(people, &people->rows[i].obs)) {
            add_event(out, people, &people->rows[i]);
        }
    }
    add_more(out, more, "earlier events");
}

void people_print(const struct people *people, const struct style *style, struct buf *out)
{
    const struct violation *violation = people->violation;
    const struct invariant_info *info = invariant_info(violation->invariant);

    buf_add_char(out, '\n');
    style_begin(style, STYLE_RED, out);
    buf_add_text(out, info->id);
    style_end(style, out);
    buf_add_text(out, " at ");
    add_time(out, violation->at_us);
    buf_printf(out, ": %s\n  %s\n", info->sentence, violation->summary);
    if (violation->room != OBS_NONE && violation->seq_high > 0) {
        add_table(out, people, style);
    }
    if (violation->devices_len > 0) {
        add_events(out, people);
    }
}
