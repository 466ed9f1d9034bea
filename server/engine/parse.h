/* Bytes to commands: RESP arrays of bulk strings, and inline commands, as redis-server reads them.
 *
 * Redis' laxity is kept: the two bytes behind a bulk string are not looked at, a line ends with a
 * CR and any one byte, and a header is judged only once its whole line is there. Where the bytes are
 * cut never shows, so a line is judged by its length whether its end is there or not. */
#ifndef HUBBUB_SERVER_ENGINE_PARSE_H
#define HUBBUB_SERVER_ENGINE_PARSE_H

#include "server/engine/state.h"

enum vparsed {
    VPARSED_COMMAND,
    VPARSED_NOTHING, /* an empty line or an empty array: no reply */
    VPARSED_PARTIAL, /* not all there yet */
    VPARSED_BAD,     /* `ret_error` is what Redis says before it ends the connection */
};
/* Parses one command at `*at`, and moves `*at` behind it unless it is partial or bad. The words of
 * an inline command are written to `*scratch`, the caller's. */
enum vparsed vparse(const char **at, const char *end, struct vcommand *command, struct buf *scratch,
                    char ret_error[48]);

#endif
