/* A file's name out of any text. */
#ifndef HUBBUB_SIM_RESULTS_NAME_H
#define HUBBUB_SIM_RESULTS_NAME_H

#include "server/base/base.h"

#define NAME_CAP 96 /* with its end; longer ones are cut */

/* The text in [A-Za-z0-9._-]: another byte becomes '_', and so do a '.' or '-' at the beginning; of an
 * empty text "_" is left. Different texts may give the same name. */
void name_safe(const char *text, char ret[NAME_CAP]);
/* Whether the path is a safe name, or two with a '/' between. */
bool name_is_safe_path(const char *path);

#endif
