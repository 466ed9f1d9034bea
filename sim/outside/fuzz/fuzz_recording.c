/* Any bytes as a recording, JSON Lines, to its reader and to the judge from outside. The first byte chooses
 * what the server promises, so that each invariant meets them. */
#include "server/base/mem.h"
#include "sim/outside/outside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct profile promised(uint8_t choice)
{
    struct profile ret = PROFILE_DEFAULT;
    ret.order = (enum promised_order)(choice & 3);
    ret.delivery = (enum promised_delivery)((choice >> 2 & 3) % 3);
    ret.resumes = (choice & 16) != 0;
    ret.replays = (choice & 32) != 0;
    ret.own_at_once = (choice & 64) != 0;
    ret.within_us = (choice & 128) != 0 ? 5000 : 0;
    return ret;
}

/* What is refused has a place and a reason; what is taken goes on in time. */
static void line_read(struct recording *recording, struct outside *outside, const char *line,
                      size_t len, int64_t *last_us)
{
    struct recorded event;
    struct buf why = {0};
    char place[40];

    switch (recording_read(recording, line, len, &event, &why)) {
    case RECORD_EVENT:
        HB_ASSERT(event.at_us >= *last_us && event.verb < RECORD_VERB_COUNT && event.who.len > 0);
        *last_us = event.at_us;
        outside_observe(outside, 0, recording_lines(recording), &event);
        break;
    case RECORD_WRONG:
        (void)snprintf(place, sizeof place, "line %llu, column ",
                       (unsigned long long)recording_lines(recording));
        HB_ASSERT(strncmp(why.bytes, place, strlen(place)) == 0);
        HB_ASSERT(strlen(why.bytes) == why.len && strchr(why.bytes, '\n') == NULL);
        break;
    case RECORD_HEADER:
    case RECORD_NOTHING:
        break;
    }
    buf_deinit(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const struct profile profile = promised(data[0]);
    struct recording *recording = recording_new();
    struct outside *outside = outside_new(&profile);
    int64_t last_us = 0;

    (void)outside_source(outside, recording_header(recording));
    for (size_t at = 1; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        const size_t len = (end != NULL ? (size_t)(end - data) : size) - at;
        char *line = hb_malloc(len + 1); /* nearly exact, so that a read too far is seen */
        memcpy(line, data + at, len);
        line_read(recording, outside, line, len, &last_us);
        free(line);
        at += len + 1;
    }
    outside_end(outside);
    for (int i = 0; i < INVARIANT_COUNT; i++) { /* what was not judged says why */
        const struct invariant_result result = outside_result(outside, (enum invariant)i);
        const bool judged = result.state == JUDGED_HELD || result.state == JUDGED_VIOLATED;
        HB_ASSERT(judged == (outside_why(outside, (enum invariant)i)[0] == 0));
        HB_ASSERT((result.state == JUDGED_VIOLATED) == (result.violations > 0));
        HB_ASSERT(result.state != JUDGED_HELD || result.judged > 0);
    }
    outside_free(&outside);
    recording_free(&recording);
    return 0;
}
