/* The members of a summary's object, a line each; a comma behind, for others follow. */
#ifndef HUBBUB_REPORTS_JSON_LINES_H
#define HUBBUB_REPORTS_JSON_LINES_H

#include "reports/shown.h"
#include "server/base/mem.h"

static inline void put_text(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "  \"%s\": ", name);
    shown_json(out, value);
    buf_add_text(out, ",\n");
}

static inline void put_int(struct buf *out, const char *name, uint64_t value)
{
    buf_printf(out, "  \"%s\": %llu,\n", name, (unsigned long long)value);
}

/* A seed in words: as a number it is exact below 2^53 only, for many readers. */
static inline void put_seed_text(struct buf *out, uint64_t seed)
{
    buf_printf(out, "  \"seedText\": \"%llu\",\n", (unsigned long long)seed);
}

#endif
