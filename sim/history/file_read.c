/* Reading history files: strict, and an error says which field is wrong and what was expected. */
#include "sim/history/fields.h"
#include "sim/history/file.h"

#include <string.h>

/* Twelve days in microseconds: sums of bounds stay far from overflow. */
#define BOUND_MAX UINT64_C(1000000000000)

struct cursor {
    const char *at, *end;
    struct buf *why;
};

static enum hb_err bad(struct cursor *in, const char *field, const char *expected, struct text got)
{
    const uint32_t len = got.len > 40 ? 40 : got.len;
    buf_clear(in->why);
    buf_add_text(in->why, field);
    buf_add_text(in->why, ": expected ");
    buf_add_text(in->why, expected);
    buf_add_text(in->why, ", got ");
    buf_add_char(in->why, '"');
    for (uint32_t i = 0; i < len; i++) { /* whatever the bytes are, the message is one line */
        const char c = got.bytes[i];
        const bool plain = c >= ' ' && c <= '~' && c != '"';
        if (plain) {
            buf_add_char(in->why, c);
        } else {
            buf_add_char(in->why, '?');
        }
    }
    buf_add_text(in->why, len < got.len ? "...\"" : "\"");
    return HB_EFIELD;
}

static struct text until(struct cursor *in, char stop)
{
    const char *from = in->at;
    while (in->at < in->end && *in->at != stop && *in->at != ' ') {
        in->at++;
    }
    return (struct text){from, (uint32_t)(in->at - from)};
}

/* Decimal without a sign or a leading zero. */
static bool parse_u64(struct text text, uint64_t *ret)
{
    uint64_t value = 0;
    if (text.len == 0 || (text.len > 1 && text.bytes[0] == '0')) {
        return false;
    }
    for (uint32_t i = 0; i < text.len; i++) {
        const uint64_t digit = (uint64_t)(unsigned char)text.bytes[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

static bool parse_i64(struct text text, uint64_t *ret)
{
    const bool minus = text.len > 0 && text.bytes[0] == '-';
    uint64_t value;
    if (!parse_u64((struct text){text.bytes + minus, text.len - minus}, &value) ||
        (minus && value == 0) || value > (uint64_t)INT64_MAX + (minus ? 1 : 0)) {
        return false;
    }
    *ret = minus ? UINT64_C(0) - value : value;
    return true;
}

static bool parse_key(struct text text, uint64_t *ret)
{
    uint64_t value = 0;
    if (text.len != 16) {
        return false;
    }
    for (uint32_t i = 0; i < 16; i++) {
        const char c = text.bytes[i];
        if (c >= '0' && c <= '9') {
            value = value << 4 | (uint64_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value << 4 | (uint64_t)(c - 'a' + 10);
        } else {
            return false;
        }
    }
    *ret = value;
    return true;
}

static uint64_t flag_of(struct text word)
{
#define X(flag, name)                                                                              \
    if (text_equal(word, TEXT(name))) {                                                            \
        return flag;                                                                               \
    }
    FLAG_MAP(X)
#undef X
    return 0;
}

static bool parse_flags(struct text text, uint64_t *ret)
{
    uint64_t flags = 0;
    uint32_t from = 0;
    for (uint32_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.bytes[i] != '+') {
            continue;
        }
        const uint64_t flag = flag_of((struct text){text.bytes + from, i - from});
        if (flag == 0 || (flags & flag) != 0) {
            return false;
        }
        flags |= flag;
        from = i + 1;
    }
    *ret = flags;
    return true;
}

static enum hb_err read_value(struct cursor *in, enum obs_field field, struct text text,
                              struct obs *obs)
{
    const char *expected = NULL;
    uint64_t value = 0;
    bool good = false;

    switch (field_form(field)) {
    case FORM_U16:
        good = parse_u64(text, &value) && value < UINT16_MAX;
        expected = "a number from 0 to 65534";
        break;
    case FORM_U32:
        good = parse_u64(text, &value) && value <= UINT32_MAX - (field != FIELD_uncertain_us);
        expected = "a number from 0 to 4294967294";
        break;
    case FORM_U64:
        good = parse_u64(text, &value);
        expected = "a number from 0 to 18446744073709551615";
        break;
    case FORM_I64:
        good = parse_i64(text, &value);
        expected = "a number of 64 bits";
        break;
    case FORM_KEY:
        good = parse_key(text, &value);
        expected = "16 hex digits";
        break;
    case FORM_FLAGS:
        good = parse_flags(text, &value);
        expected = "flags joined by '+', each once";
        break;
    }
    if (!good) {
        return bad(in, field_name(field), expected, text);
    }
    field_set(obs, field, value);
    return HB_OK;
}

static enum obs_field field_of(struct text name)
{
    for (enum obs_field field = 0; field < FIELD_COUNT; field++) {
        if (text_equal(name, text_of(field_name(field)))) {
            return field;
        }
    }
    return FIELD_COUNT;
}

/* A bit for each text's name; 0: none of them. */
static uint32_t text_bit(struct text name)
{
    uint32_t bit = 1;
#define X(word, member)                                                                            \
    if (text_equal(name, TEXT(word))) {                                                            \
        return bit;                                                                                \
    }                                                                                              \
    bit <<= 1;
    TEXT_MAP(X)
#undef X
    return 0;
}

/* A JSON string: skipped, its form checked. */
static enum hb_err skip_text(struct cursor *in, struct text name)
{
    static const char escapes[] = "\"\\/bfnrtu";
    const char *from = in->at;
    char field[16];

    HB_ASSERT(name.len < sizeof field);
    memcpy(field, name.bytes, name.len);
    field[name.len] = 0;
    if (in->at < in->end && *in->at == '"') {
        for (in->at++; in->at < in->end && (unsigned char)*in->at >= ' '; in->at++) {
            if (*in->at == '"') {
                in->at++;
                return HB_OK;
            }
            if (*in->at == '\\' &&
                (++in->at == in->end || memchr(escapes, *in->at, sizeof escapes - 1) == NULL)) {
                break;
            }
        }
    }
    return bad(in, field, "a JSON string", (struct text){from, (uint32_t)(in->end - from)});
}

static enum hb_err read_field(struct cursor *in, struct obs *obs, uint32_t *seen,
                              uint32_t *texts_seen)
{
    const struct text name = until(in, '=');
    const enum obs_field field = field_of(name);

    if (in->at == in->end || *in->at != '=') {
        return bad(in, "line", "field=value after one space", name);
    }
    in->at++;
    if (field == FIELD_COUNT && text_bit(name) != 0) {
        if ((*texts_seen & text_bit(name)) != 0) {
            return bad(in, "line", "each field once", name);
        }
        *texts_seen |= text_bit(name);
        return skip_text(in, name);
    }
    if (field == FIELD_COUNT) {
        return bad(in, "line", "the name of a field", name);
    }
    if ((*seen >> field & 1) != 0) {
        return bad(in, "line", "each field once", name);
    }
    *seen |= UINT32_C(1) << field;
    return read_value(in, field, until(in, ' '), obs);
}

static enum hb_err read_kind(struct cursor *in, struct obs *obs)
{
    const struct text word = until(in, ' ');
    for (enum obs_kind kind = 0; kind < OBS_KIND_COUNT; kind++) {
        if (text_equal(word, text_of(obs_kind_word(kind)))) {
            obs->kind = (uint8_t)kind;
            return HB_OK;
        }
    }
    return bad(in, "kind", "a kind of observation", word);
}

static bool skip_space(struct cursor *in)
{
    if (in->at < in->end && *in->at == ' ') {
        in->at++;
        return true;
    }
    return false;
}

enum hb_err history_read_obs(const char *line, size_t line_len, struct obs *ret, struct buf *why)
{
    struct cursor in = {line, line + line_len, why};
    struct obs obs = OBS(0, 0);
    uint64_t at = 0;
    uint32_t seen = 0;
    uint32_t texts_seen = 0;

    if (line_len > HISTORY_LINE_BYTES_MAX) {
        return bad(&in, "line", "at most 65536 bytes", (struct text){line, 40});
    }
    const struct text instant = until(&in, ' ');
    if (!parse_u64(instant, &at) || at > (uint64_t)INT64_MAX) {
        return bad(&in, "at_us", "a number from 0 to 9223372036854775807", instant);
    }
    obs.at_us = (int64_t)at;
    if (!skip_space(&in)) {
        return bad(&in, "kind", "a kind of observation", (struct text){"", 0});
    }
    enum hb_err err = read_kind(&in, &obs);
    while (err == HB_OK && skip_space(&in)) {
        err = read_field(&in, &obs, &seen, &texts_seen);
    }
    if (err != HB_OK) {
        return err;
    }
    if (in.at != in.end) {
        return bad(&in, "line", "one space between fields",
                   (struct text){in.at, (uint32_t)(in.end - in.at)});
    }
    const uint32_t missing = fields_required(obs.kind) & ~seen;
    if (missing != 0) {
        const enum obs_field field = (enum obs_field)__builtin_ctz(missing);
        return bad(&in, field_name(field), "this field", text_of(obs_kind_word(obs.kind)));
    }
    *ret = obs;
    return HB_OK;
}

_Static_assert(sizeof(struct bounds) <= 64 * sizeof(int64_t), "a bit for each of them");

static enum hb_err read_bound(struct cursor *in, struct bounds *bounds, uint64_t *seen)
{
    const struct text name = until(in, '=');
    uint64_t bit = 1;

    if (in->at == in->end || *in->at != '=') {
        return bad(in, "header", "parameter=value after one space", name);
    }
    in->at++;
    const struct text text = until(in, ' ');
#define X(member)                                                                                  \
    if (text_equal(name, TEXT(#member))) {                                                         \
        uint64_t value = 0;                                                                        \
        if ((*seen & bit) != 0) {                                                                  \
            return bad(in, "header", "each parameter once", name);                                 \
        }                                                                                          \
        if (!parse_u64(text, &value) || value > BOUND_MAX) {                                       \
            return bad(in, #member, "a number from 0 to 1000000000000", text);                     \
        }                                                                                          \
        bounds->member = (int64_t)value;                                                           \
        *seen |= bit;                                                                              \
        return HB_OK;                                                                              \
    }                                                                                              \
    bit <<= 1;
    BOUNDS_MAP(X)
#undef X
    return bad(in, "header", "the name of a parameter", name);
}

/* What older files do not say, and what was so then. */
#define HELLO_US_ONCE    10000000
#define REPAIR_ROWS_ONCE 100
static bool may_lack(const char *bound)
{
    static const char *const later[] = {
        "stable_us",          "backoff_least_us",  "heartbeat_us",    "grace_us",
        "room_max",           "hello_us",          "repair_rows",     "typing_us",
        "typing_throttle_us", "typing_refresh_us", "typing_pause_us", "receipt_us",
        "full_pass_us",       "receipt_room_max",  "drift_ppm",       "revoked_us",
        "rooms_max",          "rooms_by_others",   "probe_us",        "held_entries"};

    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        if (strcmp(later[i], bound) == 0) {
            return true;
        }
    }
    return false;
}

enum hb_err history_read_header(const char *line, size_t line_len, struct bounds *ret,
                                struct buf *why)
{
    struct cursor in = {line, line + line_len, why};
    struct bounds bounds = {.hello_us = HELLO_US_ONCE, .repair_rows = REPAIR_ROWS_ONCE};
    uint64_t format = 0;
    uint64_t seen = 0;
    uint64_t bit = 1;

    const struct text magic = until(&in, ' ');
    if (!text_equal(magic, TEXT(HISTORY_MAGIC))) {
        return bad(&in, "header", "\"" HISTORY_MAGIC "\"", magic);
    }
    const bool spaced = skip_space(&in);
    const struct text version = until(&in, ' ');
    if (!spaced || !parse_u64(version, &format) || format == 0 || format > HISTORY_FORMAT) {
        return bad(&in, "format", "1 or 2", version);
    }
    enum hb_err err = HB_OK;
    while (err == HB_OK && skip_space(&in)) {
        err = read_bound(&in, &bounds, &seen);
    }
    if (err != HB_OK) {
        return err;
    }
    if (in.at != in.end) {
        return bad(&in, "header", "its end", (struct text){in.at, (uint32_t)(in.end - in.at)});
    }
#define X(member)                                                                                  \
    if ((seen & bit) == 0 && !may_lack(#member)) {                                                 \
        return bad(&in, #member, "this parameter", TEXT("nothing"));                               \
    }                                                                                              \
    bit <<= 1;
    BOUNDS_MAP(X)
#undef X
    *ret = bounds;
    return HB_OK;
}
