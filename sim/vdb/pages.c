/* The pages of SQLite's databases in memory, found by their number. See pages.h. */
#include "sim/vdb/pages.h"

#include "server/base/mem.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define PAGES_MIN 64
#define SLACK     16 /* bytes that SQLite may read behind a page */

struct page {
    sqlite3_pcache_page base; /* first: SQLite holds on to this */
    struct page *next;        /* of the strays */
    unsigned key;
};

struct pages {
    int page_bytes, extra_bytes;
    struct page **by_key; /* of keys below `cap` */
    unsigned cap;
    unsigned end;        /* no key in the table is at or above it */
    struct page *strays; /* of keys beyond the table: few, and not for long */
    int count;
};

static struct page **place_of(struct pages *pages, unsigned key)
{
    if (key < pages->cap) {
        return &pages->by_key[key];
    }
    struct page **place = &pages->strays;
    while (*place != NULL && (*place)->key != key) {
        place = &(*place)->next;
    }
    return place;
}

static void put(struct pages *pages, struct page *page, unsigned key)
{
    struct page **place = place_of(pages, key);
    HB_ASSERT(*place == NULL);
    page->key = key;
    page->next = NULL;
    *place = page;
    if (key < pages->cap && key >= pages->end) {
        pages->end = key + 1;
    }
}

static void take_out(struct pages *pages, const struct page *page)
{
    struct page **place = place_of(pages, page->key);
    HB_ASSERT(*place == page);
    *place = page->next;
}

static void drop(struct pages *pages, struct page *page)
{
    take_out(pages, page);
    free(page);
    pages->count--;
}

/* --- What SQLite calls: sqlite.org/c3ref/pcache_methods2.html ------------------------------------ */

static int on_init(void *arg)
{
    (void)arg;
    return SQLITE_OK;
}

static void on_shutdown(void *arg)
{
    (void)arg;
}

static sqlite3_pcache *on_create(int page_bytes, int extra_bytes, int purgeable)
{
    struct pages *pages = hb_calloc(1, sizeof *pages);
    (void)purgeable; /* nothing is ever given up: there is no file to read it from again */
    pages->page_bytes = page_bytes;
    pages->extra_bytes = (extra_bytes + 7) / 8 * 8;
    return (sqlite3_pcache *)pages;
}

static void on_cachesize(sqlite3_pcache *cache, int pages)
{
    (void)cache;
    (void)pages;
}

static int on_pagecount(sqlite3_pcache *cache)
{
    return ((struct pages *)cache)->count;
}

/* SQLite counts from 1 without gaps, so the table grows with the keys; one from far away, where it
 * moves a page out of the way for an instant, becomes a stray. */
static struct page *add(struct pages *pages, unsigned key)
{
    if (key >= pages->cap && key <= (unsigned)pages->count + PAGES_MIN) {
        const unsigned cap = (key + PAGES_MIN) * 2;
        HB_ASSERT(pages->strays == NULL); /* else one of them could belong into it */
        pages->by_key = hb_realloc(pages->by_key, cap * sizeof(struct page *));
        memset(pages->by_key + pages->cap, 0, (cap - pages->cap) * sizeof(struct page *));
        pages->cap = cap;
    }
    const size_t head = sizeof(struct page) + (size_t)pages->extra_bytes;
    struct page *page = hb_malloc(head + (size_t)pages->page_bytes + SLACK);
    memset(page, 0, head);
    page->base.pExtra = page + 1;
    page->base.pBuf = (char *)page + head;
    put(pages, page, key);
    pages->count++;
    return page;
}

static sqlite3_pcache_page *on_fetch(sqlite3_pcache *cache, unsigned key, int create)
{
    struct pages *pages = (struct pages *)cache;
    struct page *page = *place_of(pages, key);
    if (page == NULL && create != 0) {
        page = add(pages, key);
    }
    return page != NULL ? &page->base : NULL;
}

static void on_unpin(sqlite3_pcache *cache, sqlite3_pcache_page *base, int discard)
{
    if (discard != 0) {
        drop((struct pages *)cache, (struct page *)base);
    }
}

static void on_rekey(sqlite3_pcache *cache, sqlite3_pcache_page *base, unsigned old_key,
                     unsigned new_key)
{
    struct pages *pages = (struct pages *)cache;
    struct page *page = (struct page *)base;
    struct page *there = *place_of(pages, new_key);

    HB_ASSERT(page->key == old_key);
    if (there != NULL) {
        drop(pages, there);
    }
    take_out(pages, page);
    put(pages, page, new_key);
}

static void on_truncate(sqlite3_pcache *cache, unsigned limit)
{
    struct pages *pages = (struct pages *)cache;
    for (; pages->end > limit; pages->end--) {
        if (pages->by_key[pages->end - 1] != NULL) {
            drop(pages, pages->by_key[pages->end - 1]);
        }
    }
    for (struct page *page = pages->strays; page != NULL;) {
        struct page *next = page->next;
        if (page->key >= limit) {
            drop(pages, page);
        }
        page = next;
    }
}

static void on_destroy(sqlite3_pcache *cache)
{
    struct pages *pages = (struct pages *)cache;
    on_truncate(cache, 0);
    free(pages->by_key);
    free(pages);
}

static void on_shrink(sqlite3_pcache *cache)
{
    (void)cache;
}

void vdb_pages_use(void)
{
    /* Refused once SQLite is in use: then it goes on as it was. */
    static const sqlite3_pcache_methods2 methods = {
        1,        NULL,     on_init,  on_shutdown, on_create,  on_cachesize, on_pagecount,
        on_fetch, on_unpin, on_rekey, on_truncate, on_destroy, on_shrink};
    (void)sqlite3_config(SQLITE_CONFIG_PCACHE2, &methods);
}
