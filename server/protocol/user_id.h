/* Which user id a subject is.
 *
 * Identity providers call people what they like (`auth0|12`, `ada@example.org`, a URL), and an id has a
 * narrow alphabet so that no key and no channel can be read as another's (id.h). Everywhere behind the
 * token, in the database, in Redis and on the wire, a person is the encoded form of the subject:
 *
 *     ada                    ada                   within the alphabet, 64 bytes at most, no `_` in front
 *     ada@example.org        _YWRhQGV4YW1wbGUub3Jn `_` and base64url of the subject's bytes
 *     _x                     _X3g                  so that no subject is another one's encoded form
 *     (48 bytes and more)    _ and 43 characters   base64url of SHA-256, where that would not fit an id
 *
 *   I1  two subjects are two ids: the first form never begins with `_`, the second can be read back, and
 *       the third is a hash; a subject of 32 bytes that is the hash of another would have to be found.
 *   I2  an id does not change: nothing but the subject goes into it. */
#ifndef HUBBUB_SERVER_PROTOCOL_USER_ID_H
#define HUBBUB_SERVER_PROTOCOL_USER_ID_H

#include "server/base/base.h"
#include "server/base/text.h"
#include "server/protocol/limits.h"

/* `subject` is not empty. The id, with a NUL behind it; its length. */
uint32_t user_id_of_subject(struct text subject, char ret[ID_BYTES_MAX + 1]);

#endif
