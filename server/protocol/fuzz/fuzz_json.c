/* Any bytes to our reading of JSON and to cJSON's: what we accept, it accepts, with the same values. */
#include "server/base/mem.h"
#include "server/protocol/tests/json_agree.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = hb_malloc(size); /* exact, so that a read too far is seen */
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    (void)json_agree(bytes, size);
    free(bytes);
    return 0;
}
