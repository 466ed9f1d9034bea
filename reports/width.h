/* How many columns of a terminal a text needs. */
#ifndef HUBBUB_REPORTS_WIDTH_H
#define HUBBUB_REPORTS_WIDTH_H

#include "server/base/base.h"
#include "server/base/mem.h"

/* Columns that a terminal needs for UTF-8 text: combining marks 0, wide characters 2. */
uint32_t text_columns(const char *text, size_t text_len);
/* Appends at most `columns` columns of `text`, padded with blanks. Control characters become blanks
 * and right-to-left text is isolated (U+2068, U+2069), so that it cannot disturb the line. */
void text_fit(const char *text, size_t text_len, uint32_t columns, struct buf *out);

#endif
