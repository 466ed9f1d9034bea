/* What a page is written for: colours, letters and width of a terminal, or a file. */
#ifndef HUBBUB_REPORTS_STYLE_H
#define HUBBUB_REPORTS_STYLE_H

#include "server/base/base.h"
#include "server/base/mem.h"

struct style {
    bool colours;
    bool ascii;       /* of the C locale: no letters but those */
    uint32_t columns; /* 0: nobody counts them */
};

#define STYLE_COLUMNS 100 /* of a page for a file, or for nobody in particular */

enum style_colour { STYLE_GREEN, STYLE_RED, STYLE_AMBER, STYLE_BOLD, STYLE_DIM };

/* The columns that a table may have. */
uint32_t style_columns(const struct style *style);
void style_begin(const struct style *style, enum style_colour colour, struct buf *out);
void style_end(const struct style *style, struct buf *out);

/* Appends the heading of a part of a page: a line of its own, below an empty one. */
void style_heading(const struct style *style, const char *text, struct buf *out);
/* Appends one cell of a table, padded. Plain text as it is; any other script is fitted by columns and
 * isolated. `columns` 0: whole. */
void style_cell(const char *text, uint32_t columns, struct buf *out);

/* Ends a line of a table: no blanks are left at its end. */
void style_end_line(struct buf *out);
/* Appends a page as its terminal may be given it: longer lines are broken at blanks and go on further
 * in, and what is not ASCII becomes as many question marks as it has columns, where that is asked. */
void style_fold(const struct style *style, const char *page, struct buf *out);

#endif
