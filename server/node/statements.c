/* The statement catalogue as a table. */
#include "server/node/statements.h"

#include "server/base/base.h"

static const struct db_stmt_info infos[DB_STMT_COUNT] = {
#define X(name, writes, params, columns, sql) [name] = {sql, writes, params, columns},
    DB_STMT_MAP(X)
#undef X
};

const struct db_stmt_info *db_stmt_info(enum db_stmt stmt)
{
    HB_ASSERT(stmt < DB_STMT_COUNT);
    return &infos[stmt];
}

const char *db_fence_postgresql(void)
{
    return "SELECT 1 / COUNT(*) FROM (SELECT n.id FROM nodes n "
           "WHERE n.id = $1 AND n.incarnation = $2 FOR SHARE) fenced";
}
