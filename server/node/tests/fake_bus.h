/* What stands on Redis as tests write and read it: without the front that names the installation, without
 * seals and the numbers behind them. */
#ifndef HUBBUB_SERVER_NODE_TESTS_FAKE_BUS_H
#define HUBBUB_SERVER_NODE_TESTS_FAKE_BUS_H

#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/cursor.h"

#define FAKE_IDENTITY 7

/* The key of the node that is tested, and of what the tests seal. */
struct cursor_key fake_cursor_key(void);

/* Appends `word`; with the front of installation FAKE_IDENTITY, if it is a channel or a key. */
void fake_name(struct text word, struct buf *out);
/* The same word without that front, or without a seal, if it has one. */
struct text fake_plain(struct text word);

/* Appends `value`, sealed for a place; `name` as fake_name takes it, `field` NULL: none. */
void fake_seal(struct text name, struct text field, struct text value, struct buf *out);
/* What a node publishes there for this `payload` of a test, numbered *said + 1 where that is due. */
void fake_payload(const char *channel, const char *payload, uint64_t *said, struct buf *out);
/* And back. */
void fake_payload_plain(struct text channel, struct text sealed, struct buf *out);

/* Seals what stands in these words of a command, as whoever keeps presence there would: SET of a lease, HSET of
 * fields. What is sealed of all that is shown is added. NULL in `words`: the front of a key is not there yet. */
#define FAKE_WORDS_MAX 64
uint32_t fake_words_seal(struct buf words[FAKE_WORDS_MAX], uint32_t len);

#endif
