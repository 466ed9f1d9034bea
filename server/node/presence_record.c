/* See presence_record.h. */
#include "server/node/presence_record.h"

#include "server/node/entry.h"
#include "server/protocol/id.h"
#include "server/protocol/utf8.h"
#include "server/redis/redis.h"

#include <string.h>

/* --- Reading --- */

static bool starts(struct text text, char letter)
{
    return text.len > 2 && text.bytes[0] == letter && text.bytes[1] == ':';
}

static struct text behind(struct text text, uint32_t from)
{
    return (struct text){text.bytes + from, text.len - from};
}

/* Up to the next space, which is passed over. */
static struct text word_next(struct text *at)
{
    const char *space = at->len > 0 ? memchr(at->bytes, ' ', at->len) : NULL;
    const uint32_t len = space != NULL ? (uint32_t)(space - at->bytes) : at->len;
    const struct text word = {at->bytes, len};

    *at = behind(*at, len < at->len ? len + 1 : len);
    return word;
}

static bool number_of(struct text text, uint64_t *ret)
{
    const char *at = text.bytes;

    return text.len > 0 && parse_u64(&at, text.bytes + text.len, ret) &&
           at == text.bytes + text.len && *ret <= (uint64_t)JSON_INT_MAX;
}

static bool instant_of(struct text text, int64_t *ret)
{
    uint64_t value = 0;
    const bool good = number_of(text, &value);

    *ret = (int64_t)value;
    return good;
}

/* What stands before the last point of <node>.<incarnation>.<number>. */
static struct text life_of(struct text id)
{
    for (uint32_t i = id.len; i-- > 1;) {
        if (id.bytes[i] == '.') {
            return (struct text){id.bytes, i};
        }
    }
    return (struct text){NULL, 0};
}

static void conn_read(struct record *record, struct text field, struct text value)
{
    struct record_conn conn = {.field = field, .life = life_of(behind(field, 2))};

    if (record->conns_len == RECORD_CONNS_MAX || field.len > RECORD_FIELD_BYTES ||
        conn.life.bytes == NULL || !number_of(behind(field, 2 + conn.life.len + 1), &conn.number) ||
        !presence_status_of(word_next(&value), &conn.status) ||
        !presence_kind_of(word_next(&value), &conn.kind) ||
        !instant_of(word_next(&value), &conn.active_ms) ||
        !instant_of(word_next(&value), &conn.expires_ms)) {
        return;
    }
    if (value.len > 0 && id_valid(value)) {
        conn.room = value;
    }
    record->conns[record->conns_len++] = conn;
}

static bool line_valid(struct text line)
{
    return line.len <= CUSTOM_BYTES_MAX && memchr(line.bytes, '\0', line.len) == NULL &&
           utf8_valid(line.bytes, line.len);
}

static void choice_read(struct record *record, struct text field, struct text value)
{
    struct record_choice choice = {0};
    const struct record_choice before = record->choice;

    if (!number_of(behind(field, 2), &choice.version) || choice.version == 0) {
        return;
    }
    const struct text word = word_next(&value);
    choice.chosen = presence_status_of(word, &choice.status);
    if (!instant_of(word_next(&value), &choice.dnd_until_ms) || !line_valid(value)) {
        return;
    }
    choice.custom = value.len > 0 ? value : (struct text){NULL, 0};
    if (choice.version > before.version) {
        record->choice = choice;
    }
    if (before.version != 0 && record->old_len < RECORD_OLD_MAX) {
        record->old[record->old_len++] =
            before.version < choice.version ? before.version : choice.version;
    }
}

/* --- What is shown --- */

const char *record_shown_field(enum record_shown which)
{
    static const char *const fields[] = {
        [RECORD_STATUS] = "status",           [RECORD_CONNECTED] = "connected",
        [RECORD_LAST_SEEN] = "lastSeen",      [RECORD_DEVICE] = "device",
        [RECORD_QUIET] = "doNotDisturbUntil", [RECORD_ROOM] = "currentRoom",
        [RECORD_CUSTOM] = "customStatus",
    };

    return fields[which];
}

/* Each with its length: no two lists are one text. */
void record_shown_text(struct buf *out, const struct text shown[RECORD_SHOWN_COUNT])
{
    for (int i = 0; i < RECORD_SHOWN_COUNT; i++) {
        buf_add_u64(out, shown[i].len);
        buf_add_char(out, ' ');
        if (shown[i].len > 0) {
            buf_add(out, shown[i].bytes, shown[i].len);
        }
        buf_add_char(out, '\n');
    }
}

/* The field that it is; RECORD_SHOWN_COUNT: none of these. */
static int shown_of(struct text field)
{
    int which = 0;

    while (which < RECORD_SHOWN_COUNT &&
           !text_equal(field, text_of(record_shown_field((enum record_shown)which)))) {
        which++;
    }
    return which;
}

static void stored_read(struct record *record, const struct text shown[RECORD_SHOWN_COUNT])
{
    struct presence *stored = &record->stored;
    const struct text room = shown[RECORD_ROOM];
    const struct text custom = shown[RECORD_CUSTOM];

    record->stored_said = presence_status_of(shown[RECORD_STATUS], &stored->status);
    record->connected = text_equal(shown[RECORD_CONNECTED], TEXT("true"));
    (void)instant_of(shown[RECORD_LAST_SEEN], &stored->last_seen_ms);
    (void)presence_kind_of(shown[RECORD_DEVICE], &stored->device);
    (void)instant_of(shown[RECORD_QUIET], &stored->dnd_until_ms);
    stored->current_room = room.len > 0 && id_valid(room) ? room : (struct text){NULL, 0};
    stored->custom_status = custom.len > 0 && line_valid(custom) ? custom : (struct text){NULL, 0};
}

/* --- Seals --- */

struct reading {
    struct seals *seals;
    struct text key;
    struct record *record;
    struct text shown[RECORD_SHOWN_COUNT];
    struct text seal; /* of all of them */
};

static void remove_false(struct record *record, struct text field)
{
    if (record->dead_len < RECORD_FALSE_MAX) {
        record->dead[record->dead_len++] = field;
    }
}

static enum seal_verdict unseal(struct reading *reading, struct text field, struct text sealed,
                                struct text *ret)
{
    struct record *record = reading->record;
    const enum seal_verdict verdict =
        seal_check(reading->seals, (struct seal_place){reading->key, field}, sealed, ret);

    record->foreign += verdict == SEAL_FOREIGN;
    record->forged += verdict == SEAL_FORGED;
    return verdict;
}

/* A key that is not held here a node of ours may hold: what it wrote is not removed. */
static void field_read(struct reading *reading, struct text field, struct text value)
{
    const enum seal_verdict verdict = unseal(reading, field, value, &value);

    if (verdict == SEAL_FORGED) {
        remove_false(reading->record, field);
    } else if (verdict == SEAL_GOOD && starts(field, 'c')) {
        conn_read(reading->record, field, value);
    } else if (verdict == SEAL_GOOD) {
        choice_read(reading->record, field, value);
    }
}

static void shown_read(struct reading *reading)
{
    struct buf text = {0};
    struct text payload;

    if (reading->shown[RECORD_STATUS].bytes == NULL && reading->seal.bytes == NULL) {
        return; /* nobody has folded it yet */
    }
    buf_add(&text, reading->seal.bytes != NULL ? reading->seal.bytes : "", reading->seal.len);
    buf_add_char(&text, ' ');
    record_shown_text(&text, reading->shown);
    if (unseal(reading, TEXT(RECORD_SEAL), (struct text){text.bytes, (uint32_t)text.len},
               &payload) == SEAL_GOOD) {
        stored_read(reading->record, reading->shown);
    }
    buf_deinit(&text);
}

static void v_read(struct record *record, struct text field, struct text value)
{
    if (!number_of(value, &record->v) || record->v > RECORD_V_MAX) {
        record->v = 0;
        remove_false(record, field); /* Redis would go on counting from there */
    }
}

void record_read(struct seals *seals, struct text key, const char *at, const char *end,
                 struct record *ret)
{
    struct reading reading = {.seals = seals, .key = key, .record = ret};
    struct text field;
    struct text value;

    *ret = (struct record){0};
    while (redis_list_next(&at, end, &field) && redis_list_next(&at, end, &value)) {
        if (field.bytes == NULL || value.bytes == NULL) {
            continue;
        }
        ret->exists = true;
        if (starts(field, 'c') || starts(field, 'm')) {
            field_read(&reading, field, value);
        } else if (text_equal(field, TEXT("v"))) {
            v_read(ret, field, value);
        } else if (text_equal(field, TEXT(RECORD_SEAL))) {
            reading.seal = value;
        } else if (shown_of(field) < RECORD_SHOWN_COUNT) {
            reading.shown[shown_of(field)] = value;
        }
    }
    shown_read(&reading);
}

/* --- The fold --- */

int64_t record_conn_seen_ms(const struct record_conn *conn)
{
    const int64_t said_ms = conn->expires_ms - RECORD_CONN_MS;

    return said_ms > conn->active_ms ? said_ms : conn->active_ms;
}

static bool before(struct text a, struct text b)
{
    const int order = memcmp(a.bytes, b.bytes, a.len < b.len ? a.len : b.len);

    return order != 0 ? order < 0 : a.len < b.len;
}

/* Online over away; of those alike the one that was active last; of these the first by name. */
static bool over(const struct record_conn *a, const struct record_conn *b)
{
    if (a->status != b->status) {
        return a->status < b->status;
    }
    if (a->active_ms != b->active_ms) {
        return a->active_ms > b->active_ms;
    }
    return before(a->field, b->field); /* Redis gives them in any order */
}

bool record_hidden(const struct record *record)
{
    const bool shown = record->stored_said && record->stored.status != PRESENCE_OFFLINE;

    return record->choice.chosen && record->choice.status == PRESENCE_OFFLINE && !shown;
}

struct presence record_fold(const struct record *record, int64_t now_ms)
{
    const struct record_choice *choice = &record->choice;
    const struct record_conn *best = NULL;
    struct presence fold = {.status = PRESENCE_OFFLINE,
                            .last_seen_ms = record->stored.last_seen_ms,
                            .device = record->stored.device,
                            .custom_status = choice->custom,
                            .dnd_until_ms = choice->dnd_until_ms};

    for (uint32_t i = 0; i < record->conns_len; i++) {
        const struct record_conn *conn = &record->conns[i];
        if (!record_hidden(record) && record_conn_seen_ms(conn) > fold.last_seen_ms) {
            fold.last_seen_ms = record_conn_seen_ms(conn);
        }
        if (conn->expires_ms > now_ms && (best == NULL || over(conn, best))) {
            best = conn;
        }
    }
    if (best == NULL) {
        return fold;
    }
    fold.status = choice->chosen ? choice->status : best->status;
    if (fold.status != PRESENCE_OFFLINE) { /* as who chose to be shown */
        fold.device = best->kind;
        fold.current_room = best->room;
    }
    return fold;
}

bool presence_same(const struct presence *a, const struct presence *b)
{
    const bool away = a->status == PRESENCE_OFFLINE; /* then nobody is shown by what and where */

    return a->status == b->status && a->dnd_until_ms == b->dnd_until_ms &&
           text_equal(a->custom_status, b->custom_status) &&
           (away || (a->device == b->device && text_equal(a->current_room, b->current_room)));
}

/* --- Writing --- */

void record_conn_field(struct buf *out, struct text life, uint64_t number)
{
    buf_add_text(out, "c:");
    buf_add(out, life.bytes, life.len);
    buf_add_char(out, '.');
    buf_add_u64(out, number);
}

void record_conn_value(struct buf *out, const struct record_conn *conn)
{
    buf_add_text(out, presence_status_word(conn->status));
    buf_add_char(out, ' ');
    buf_add_text(out, presence_kind_word(conn->kind));
    buf_add_char(out, ' ');
    buf_add_i64(out, conn->active_ms);
    buf_add_char(out, ' ');
    buf_add_i64(out, conn->expires_ms);
    if (conn->room.bytes != NULL) {
        buf_add_char(out, ' ');
        buf_add(out, conn->room.bytes, conn->room.len);
    }
}

void record_choice_field(struct buf *out, uint64_t version)
{
    buf_add_text(out, "m:");
    buf_add_u64(out, version);
}

void record_choice_value(struct buf *out, const struct record_choice *choice)
{
    buf_add_text(out, choice->chosen ? presence_status_word(choice->status) : "-");
    buf_add_char(out, ' ');
    buf_add_i64(out, choice->dnd_until_ms);
    buf_add_char(out, ' ');
    buf_add(out, choice->custom.bytes, choice->custom.len);
}
