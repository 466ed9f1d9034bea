/* Replies to bytes: RESP2. What is written between begin and end goes to one client. */
#ifndef HUBBUB_SERVER_ENGINE_REPLY_H
#define HUBBUB_SERVER_ENGINE_REPLY_H

#include "server/engine/state.h"

void vreply_begin(struct engine *engine, struct vclient *client);
/* Ends the reply; past ENGINE_OUTPUT_BYTES_MAX it is dropped, and the client is `over`. */
void vreply_end(struct engine *engine);
/* The same bytes to many: what is written after this has no reader yet, vreply_share names them one
 * by one. No reply is being written. */
void vreply_shared_begin(struct engine *engine);
void vreply_share(struct engine *engine, struct vclient *client);
/* An item without bytes that ends the connection, unless the last one is the client's: then that. */
void vreply_close(struct engine *engine, const struct vclient *client);
/* The client has passed a limit: it is ended after the present command. */
void vreply_over(struct engine *engine, struct vclient *client);

void vreply_int(struct engine *engine, int64_t value);
void vreply_bulk(struct engine *engine, struct text text);
void vreply_bulk_int(struct engine *engine, int64_t value);
void vreply_nil(struct engine *engine);
void vreply_text(struct engine *engine, const char *line); /* with its first character, no CRLF */
void vreply_array(struct engine *engine, uint32_t len);
void vreply_part(struct engine *engine, const char *text); /* of a line that vreply_text ends */
/* Such a part: at most `len_max` bytes of `text` as Redis shows what a client sent, as C's %.*s does:
 * up to a NUL, line ends made spaces. Returns the bytes that it took. */
uint32_t vreply_shown(struct engine *engine, struct text text, uint32_t len_max);
/* "-ERR ", `before`, `text` as shown, `after`. */
void vreply_refusal(struct engine *engine, const char *before, struct text text, uint32_t len_max,
                    const char *after);

extern const char vreply_not_an_integer[], vreply_syntax[], vreply_wrong_type[], vreply_overflow[];

#endif
