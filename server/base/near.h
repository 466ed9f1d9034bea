/* What somebody may have meant by a word that is none: the one helper behind "did you mean". */
#ifndef HUBBUB_SERVER_BASE_NEAR_H
#define HUBBUB_SERVER_BASE_NEAR_H

#include "server/base/buf.h"
#include "server/base/text.h"

#include <stddef.h>

/* The nearest of `among`, at most two letters away or begun by `word`, whatever the case; NULL: none is
 * near, or the word is one of them. Of several the first. */
const char *near_word(struct text word, const char *const *among, size_t among_len);
/* Appends `: did you mean "nodes"?`, or nothing if none is near. */
void near_tell(struct buf *to, struct text word, const char *const *among, size_t among_len);

#endif
