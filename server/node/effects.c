/* The buffer of effects: what was not taken is dropped here. */
#include "server/node/effects.h"

#include <stdlib.h>

static const char *const note_texts[NOTE_COUNT] = {
#define X(code, text) [code] = (text),
    NOTE_MAP(X)
#undef X
};

const char *note_text(enum note_code code)
{
    HB_ASSERT(code < NOTE_COUNT);
    return note_texts[code];
}

void effects_clear(struct effects *effects)
{
    for (size_t i = 0; i < effects->len; i++) {
        struct effect *effect = &effects->items[i];
        if (effect->kind == EFFECT_SEND) {
            wire_unref(&effect->send.wire);
        } else if (effect->kind == EFFECT_DB) {
            db_tx_free(&effect->tx);
        } else if (effect->kind == EFFECT_HTTP) {
            wire_unref(&effect->http.body);
        }
    }
    effects->len = 0;
    buf_clear(&effects->bytes);
}

void effects_deinit(struct effects *effects)
{
    effects_clear(effects);
    free(effects->items);
    buf_deinit(&effects->bytes);
    *effects = (struct effects){.wake_at = MONO_NEVER};
}
