/* Which version of the tables a database has, and what it lacks. See store_internal.h. */
#include "server/runtime/store_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static unsigned of_step(const struct db_migration *step)
{
    unsigned count = 0;

    while (step->tables != NULL && step->tables[count] != NULL) {
        count++;
    }
    return count;
}

void store_tables_count(struct store_tables *tables, const char *name)
{
    const struct db_schema *schema = tables->schema;

    for (uint32_t k = 0; k < schema->version; k++) {
        for (unsigned i = 0; i < of_step(&schema->steps[k]); i++) {
            if (strcmp(name, schema->steps[k].tables[i]) == 0) {
                tables->first += k == 0 ? 1 : 0;
                return;
            }
        }
    }
    tables->others++;
}

enum hb_err store_tables_judge(const struct store_tables *tables, uint32_t *ret_has,
                               struct buf *message)
{
    const struct db_schema *schema = tables->schema;
    const unsigned wanted = of_step(&schema->steps[0]);

    if (tables->first == 0 && tables->others == 0) {
        *ret_has = 0;
        return HB_OK;
    }
    if (tables->first != wanted) {
        buf_printf(message,
                   "it holds %u tables that are not hubbub's and %u of hubbub's %u; give an empty "
                   "database or one that hubbub made",
                   tables->others, tables->first, wanted);
        return HB_EDENIED;
    }
    if (tables->version < 0) { /* whoever reads the epoch says what is missing */
        *ret_has = schema->version;
        return HB_OK;
    }
    const int64_t version = tables->version > 0 ? tables->version : DB_SCHEMA_TOLD - 1;
    if (tables->oldest > (int64_t)schema->version) {
        buf_printf(message,
                   "its tables are of version %" PRId64
                   ", on which only programs that know version %" PRId64
                   " can work, and this one knows version %" PRIu32
                   "; start a newer hubbubd, or give another database",
                   version, tables->oldest, schema->version);
        return HB_EDENIED;
    }
    *ret_has = version < (int64_t)schema->version ? (uint32_t)version : schema->version;
    return HB_OK;
}

void store_tables_tell(const struct db_schema *schema, char ret[STORE_TELL_CAP])
{
    HB_ASSERT(schema->version >= DB_SCHEMA_TOLD);
    (void)snprintf(ret, STORE_TELL_CAP, "UPDATE meta SET version = %" PRIu32 ", oldest = %" PRIu32,
                   schema->version, schema->steps[schema->version - 1].oldest);
}

void store_tables_done(const struct db_schema *schema, uint32_t had, struct buf *message)
{
    buf_clear(message);
    if (had > 0 && had < schema->version) {
        buf_printf(message,
                   "the database's tables were brought from version %" PRIu32 " to %" PRIu32, had,
                   schema->version);
    }
}
