/* Any bytes as a history in our text form, to its reader, its writer and the judge of runs: what is taken is
 * written and read again as it was. */
#include "server/base/mem.h"
#include "sim/check/check.h"
#include "sim/history/file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(const struct obs *obs)
{
    struct buf first = {0};
    struct buf second = {0};
    struct buf why = {0};
    struct obs again;

    history_write_obs(obs, &first);
    HB_ASSERT(first.bytes[first.len - 1] == '\n');
    HB_ASSERT(history_read_obs(first.bytes, first.len - 1, &again, &why) == HB_OK);
    history_write_obs(&again, &second);
    HB_ASSERT(first.len == second.len && memcmp(first.bytes, second.bytes, first.len) == 0);
    buf_deinit(&first);
    buf_deinit(&second);
    buf_deinit(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bounds bounds;
    struct buf why = {0};
    struct judge *judge = NULL;
    int64_t last_us = 0;

    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        const size_t len = (end != NULL ? (size_t)(end - data) : size) - at;
        char *line = hb_malloc(len + 1); /* nearly exact, so that a read too far is seen */
        struct obs obs;
        memcpy(line, data + at, len);
        at += len + 1;
        const enum hb_err err = judge == NULL ? history_read_header(line, len, &bounds, &why)
                                              : history_read_obs(line, len, &obs, &why);
        free(line);
        HB_ASSERT(err == HB_OK || why.len > 0);
        if (err == HB_OK && judge == NULL) {
            judge = judge_new(&bounds);
        } else if (err == HB_OK) {
            read_again(&obs);
            if (obs.at_us >= last_us) {
                last_us = obs.at_us;
                judge_observe(judge, &obs);
            }
        } else if (judge == NULL) {
            break;
        }
    }
    judge_free(&judge);
    buf_deinit(&why);
    return 0;
}
