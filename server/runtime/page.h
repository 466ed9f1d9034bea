/* The chat page: the files of page/, put into the program when it is built. */
#ifndef HUBBUB_SERVER_RUNTIME_PAGE_H
#define HUBBUB_SERVER_RUNTIME_PAGE_H

#include "server/runtime/net.h"

extern const struct net_file page_files[];
extern const size_t page_files_len;

#endif
