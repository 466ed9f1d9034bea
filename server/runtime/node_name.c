/* See node_name.h. */
#include "server/runtime/node_name.h"

#include "server/protocol/id.h"
#include "server/runtime/private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define DRAWN_CHARS 6

static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* 32 */
_Static_assert(sizeof alphabet == 33, "five bits a character");

void node_name_path(const char *beside, struct buf *ret)
{
    static const char *const ends[] = {".db", ".keys"};
    size_t len = strlen(beside);

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const size_t end = strlen(ends[i]);
        if (strlen(beside) > end && strcmp(beside + strlen(beside) - end, ends[i]) == 0) {
            len = strlen(beside) - end;
        }
    }
    buf_add(ret, beside, len);
    buf_add_text(ret, ".node");
}

static void draw(char ret[1 + DRAWN_CHARS + 2])
{
    unsigned char bits[DRAWN_CHARS];

    if (getrandom(bits, sizeof bits, 0) != (ssize_t)sizeof bits) {
        hb_panic(__FILE__, __LINE__, __func__, "no random bytes");
    }
    ret[0] = 'n';
    for (size_t i = 0; i < DRAWN_CHARS; i++) {
        ret[1 + i] = alphabet[bits[i] & 31];
    }
    ret[1 + DRAWN_CHARS] = '\n';
    ret[1 + DRAWN_CHARS + 1] = '\0';
}

static int make(const char *path)
{
    char text[1 + DRAWN_CHARS + 2];

    draw(text);
    return private_make(path, text, strlen(text));
}

/* 0; an errno; -1: it holds no name. */
static int take(const char *path, char ret[NODE_ID_BYTES_MAX + 1])
{
    char line[NODE_ID_BYTES_MAX + 4] = "";
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        return errno;
    }
    errno = 0;
    const bool got = fgets(line, sizeof line, file) != NULL;
    const int err = errno;
    const bool more = got && fgetc(file) != EOF;
    (void)fclose(file);
    line[strcspn(line, "\r\n")] = '\0';
    if (!got && err != 0) {
        return err;
    }
    if (more || !id_valid_node(text_of(line))) {
        return -1;
    }
    memcpy(ret, line, strlen(line) + 1); /* 32 bytes at most, as judged */
    return 0;
}

enum hb_err node_name_load(const char *path, char ret[NODE_ID_BYTES_MAX + 1], bool *ret_made,
                           struct buf *message)
{
    int err = take(path, ret);

    *ret_made = false;
    if (err == ENOENT) {
        err = make(path);
        if (err != 0) {
            buf_printf(
                message,
                "cannot keep this node's name in \"%s\": %s; give --node NAME, a name unlike "
                "any other node's",
                path, strerror(err));
            return HB_EDENIED;
        }
        *ret_made = true;
        err = take(path, ret);
    }
    if (err != 0) {
        buf_printf(message,
                   "cannot read this node's name in \"%s\": %s; give --node NAME, or remove the "
                   "file to have another one drawn",
                   path,
                   err > 0 ? strerror(err) : "it is not one name of 1 to 32 of A-Z a-z 0-9 _ -");
        return HB_EDENIED;
    }
    return HB_OK;
}
