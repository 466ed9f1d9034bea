/* The members of a summary's object, a line each; a comma behind, for others follow. */
#ifndef HUBBUB_REPORTS_JSON_LINES_H
#define HUBBUB_REPORTS_JSON_LINES_H

#include "server/base/mem.h"

#include <string.h>

static inline void put_text(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "  \"%s\": ", name);
    buf_add_json(out, value, strlen(value));
    buf_add_text(out, ",\n");
}

static inline void put_int(struct buf *out, const char *name, uint64_t value)
{
    buf_printf(out, "  \"%s\": %llu,\n", name, (unsigned long long)value);
}

#endif
