/* See link.h: which kind. */
#include "server/runtime/link.h"

#include "server/runtime/link_internal.h"

void links_open(struct links *links, uint64_t link)
{
    links->ops->open(links, link);
}

void links_write(struct links *links, uint64_t link, const char *bytes, size_t bytes_len)
{
    links->ops->write(links, link, bytes, bytes_len);
}

void links_shut(struct links *links, uint64_t link)
{
    links->ops->shut(links, link);
}

void links_close(struct links **links)
{
    struct links *it = *links;

    *links = NULL;
    if (it != NULL) {
        it->ops->close(it);
    }
}
