/* See variant.h. By way of the plan's file, so that a name means what it means there. */
#include "sim/explore/variant.h"

#include "server/protocol/utf8.h"
#include "sim/explore/plan_file.h"

#include <string.h>

/* Of a file that plan_write wrote: nothing before it can hold these bytes but a version. */
#define DROP_BEGIN "\"drop\": ["

enum hb_err plan_variant(const struct plan *plan, const struct scenario *scenario,
                         const char *const *names, uint32_t names_len, struct plan *ret,
                         struct buf *why)
{
    struct buf file = {0};
    struct buf text = {0};
    struct scenario *read = NULL;
    enum hb_err err = HB_OK;

    plan_write(plan, scenario, NULL, &file);
    const char *begin = strstr(file.bytes, DROP_BEGIN);
    HB_ASSERT(begin != NULL);
    begin += sizeof DROP_BEGIN - 1;
    buf_add(&text, file.bytes, (size_t)(begin - file.bytes));
    for (uint32_t i = 0; i < names_len && err == HB_OK; i++) {
        buf_add_text(&text, i > 0 ? ", " : "");
        if (utf8_valid(names[i], strlen(names[i]))) {
            buf_add_json(&text, names[i], strlen(names[i]));
        } else {
            buf_add_text(why, "drop: expected a name in UTF-8");
            err = HB_EFIELD;
        }
    }
    buf_add_text(&text, names_len > 0 && *begin != ']' ? ", " : "");
    buf_add_text(&text, begin);
    if (err == HB_OK) {
        err = plan_read(text.bytes, text.len, ret, &read, NULL, why);
    }
    scenario_free(&read);
    buf_deinit(&file);
    buf_deinit(&text);
    return err;
}
