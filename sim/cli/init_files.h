/* What `hubbub init` writes, as it was when this was built. Made by ci/cmake/embed-init.cmake of ci/templates/init. */
#ifndef HUBBUB_SIM_CLI_INIT_FILES_H
#define HUBBUB_SIM_CLI_INIT_FILES_H

#include <stddef.h>

struct init_file {
    const char *path; /* in the working folder; NULL ends the list */
    const unsigned char *bytes;
    size_t len;
};
extern const struct init_file init_files[];

#endif
