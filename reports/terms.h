/* How a page names instants, things and people: one name for one thing. */
#ifndef HUBBUB_REPORTS_TERMS_H
#define HUBBUB_REPORTS_TERMS_H

#include "server/base/base.h"
#include "server/base/mem.h"

/* "12.345s" of the run. */
void terms_instant(struct buf *out, int64_t us);
/* How long: "1.135 s", "85 ms", "350 us". */
void terms_span(struct buf *out, int64_t us);
/* What a wall clock shows: "00:00:12.345" of its day. */
void terms_wall(struct buf *out, int64_t ms);
/* A stamp: what the wall clock showed, and "+n", its counter. */
void terms_stamp(struct buf *out, uint64_t packed);
/* What the judge says, with the page's names: places for seqs, people for users, seconds for us, the day's
 * time for wall clocks and stamps. */
void terms_sentence(struct buf *out, const char *summary);

#endif
