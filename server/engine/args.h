/* What an argument says, as Redis reads it. */
#ifndef HUBBUB_SERVER_ENGINE_ARGS_H
#define HUBBUB_SERVER_ENGINE_ARGS_H

#include "server/base/text.h"

bool vtext_is(struct text text, const char *word); /* without case; `word` is lower case */
bool vtext_int(struct text text, int64_t *ret);    /* as Redis' string2ll: canonical only */

#endif
