/* A page cache for SQLite whose databases all live in memory: a page is found by its number in an
 * array, and is never given up.
 *
 * SQLite's own looks a page up by hash, and after each split of a page that swaps two numbers it
 * walks over all pages when the transaction commits. */
#ifndef HUBBUB_SIM_VDB_PAGES_H
#define HUBBUB_SIM_VDB_PAGES_H

/* Tells SQLite to keep its pages here. For a program's main, before the first database; results do
 * not depend on it. */
void vdb_pages_use(void);

#endif
