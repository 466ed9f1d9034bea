/* Observations as lines of text. FORMAT.md is the specification. */
#include "sim/history/fields.h"
#include "sim/history/file.h"

void history_write_header(const struct bounds *bounds, struct buf *out)
{
    buf_add_text(out, HISTORY_MAGIC);
    buf_add_char(out, ' ');
    buf_add_u64(out, HISTORY_FORMAT);
#define X(name)                                                                                    \
    buf_add_text(out, " " #name "=");                                                              \
    buf_add_i64(out, bounds->name);
    BOUNDS_MAP(X)
#undef X
    buf_add_char(out, '\n');
}

static void write_flags(uint64_t flags, struct buf *out)
{
    static const struct {
        uint64_t flag;
        const char *word;
    } words[] = {
#define X(flag, word) {flag, word},
        FLAG_MAP(X)
#undef X
    };
    const char *join = "";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (flags & words[i].flag) {
            buf_add_text(out, join);
            buf_add_text(out, words[i].word);
            join = "+";
        }
    }
}

static void write_field(const struct obs *obs, enum obs_field field, struct buf *out)
{
    const uint64_t value = field_get(obs, field);

    buf_add_char(out, ' ');
    buf_add_text(out, field_name(field));
    buf_add_char(out, '=');
    switch (field_form(field)) {
    case FORM_U16:
    case FORM_U32:
    case FORM_U64:
        buf_add_u64(out, value);
        return;
    case FORM_I64:
        buf_add_i64(out, (int64_t)value);
        return;
    case FORM_KEY:
        buf_add_hex(out, value, 16);
        return;
    case FORM_FLAGS:
        write_flags(value, out);
        return;
    }
    HB_UNREACHABLE("a form of no name");
}

static void write_text(const char *name, struct text text, struct buf *out)
{
    if (text.bytes == NULL) {
        return;
    }
    buf_add_char(out, ' ');
    buf_add_text(out, name);
    buf_add_char(out, '=');
    buf_add_json(out, text.bytes, text.len);
}

void history_write_obs(const struct obs *obs, struct buf *out)
{
    const size_t start = out->len;
    const uint32_t required = fields_required(obs->kind);

    HB_ASSERT(obs->at_us >= 0);
    buf_add_i64(out, obs->at_us);
    buf_add_char(out, ' ');
    buf_add_text(out, obs_kind_word(obs->kind));
    for (enum obs_field field = 0; field < FIELD_COUNT; field++) {
        /* A number of somebody that is absent has no text; a missing one is an error of reading. */
        const bool nobody = field >= FIELD_node && field <= FIELD_room && field_absent(obs, field);
        if (((required >> field & 1) != 0 && !nobody) || !field_absent(obs, field)) {
            write_field(obs, field, out);
        }
    }
    if (obs->entry != NULL) {
#define X(name, member) write_text(name, obs->entry->member, out);
        TEXT_MAP(X)
#undef X
    }
    buf_add_char(out, '\n');
    HB_ASSERT(out->len - start <= HISTORY_LINE_BYTES_MAX);
}
