/* A plan to a file. */
#include "sim/explore/expect_file.h"
#include "sim/explore/plan_drop.h"
#include "sim/explore/plan_fields.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/scenario_form.h"

#include <stdio.h>
#include <string.h>

static void put_int(struct buf *out, const char *name, int64_t value)
{
    buf_printf(out, "    \"%s\": %lld,\n", name, (long long)value);
}

static void put_params(struct buf *out, const struct plan *plan)
{
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        const struct plan_section *section = &plan_sections[i];
        for (size_t j = 0; j < section->rows_len; j++) {
            const struct param *row = &section->rows[j];
            put_int(out, row->plan_word, param_get(row, plan_params_of(plan, section)));
        }
    }
}

static void put_range(struct buf *out, const char *name, struct range range)
{
    buf_printf(out, "    \"%s\": [%lld, %lld],\n", name, (long long)range.low,
               (long long)range.high);
}

static void put_faults(struct buf *out, const struct plan *plan)
{
    buf_add_text(out, "    \"faults\": [");
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        const struct plan_fault *fault = &plan->faults[i];
        buf_printf(out,
                   "%s\n      {\"id\": %u, \"kind\": \"%s\", \"atUs\": %lld, \"forUs\": %lld, ",
                   i > 0 ? "," : "", (unsigned)fault->id, fault_word(fault->kind),
                   (long long)fault->at_us, (long long)fault->for_us);
        if (fault->target != OBS_NONE) {
            buf_printf(out, "\"node\": %u, ", (unsigned)fault->target);
        }
        buf_printf(out, "\"amount\": %lld}", (long long)fault->amount);
    }
    buf_add_text(out, plan->faults_len > 0 ? "\n    ],\n" : "],\n");
}

static void put_generators(struct buf *out, const struct plan *plan)
{
    buf_add_text(out, "    \"generators\": [");
    for (uint32_t i = 0; i < plan->generators_len; i++) {
        const struct plan_generator *generator = &plan->generators[i];
        buf_printf(out,
                   "%s\n      {\"kind\": \"%s\", \"meanUs\": %lld, \"fromUs\": %lld, "
                   "\"toUs\": %lld, \"awayUs\": [%lld, %lld]}",
                   i > 0 ? "," : "", fault_word(generator->kind), (long long)generator->mean_us,
                   (long long)generator->from_us, (long long)generator->to_us,
                   (long long)generator->away_us.low, (long long)generator->away_us.high);
    }
    buf_add_text(out, plan->written_out ? "\n    ],\n" : "\n    ]\n");
}

static void put_actions(struct buf *out, const struct plan *plan)
{
    if (!plan->written_out) {
        return;
    }
    buf_add_text(out, "    \"actions\": [");
    for (uint32_t i = 0; i < plan->actions_len; i++) {
        const struct plan_action *action = &plan->actions[i];
        buf_printf(out, "%s\n      {\"client\": %u, \"kind\": \"%s\", \"n\": %u, \"atUs\": %lld",
                   i > 0 ? "," : "", (unsigned)action->name.client, fault_word(action->name.kind),
                   (unsigned)action->name.n, (long long)action->at_us);
        if (fault_row(action->name.kind)->lasts != MOMENT) {
            buf_printf(out, ", \"forUs\": %lld", (long long)action->for_us);
        }
        buf_add_char(out, '}');
    }
    buf_add_text(out, plan->actions_len > 0 ? "\n    ]\n" : "]\n");
}

void plan_digest(const struct plan *plan, const struct scenario *scenario,
                 char ret[EXPECT_PLAN_LEN + 1])
{
    struct buf text = {0};
    plan_write(plan, scenario, NULL, &text);
    (void)snprintf(ret, EXPECT_PLAN_LEN + 1, "%016llx",
                   (unsigned long long)hash64_bytes(text.bytes, text.len));
    buf_deinit(&text);
}

void plan_write(const struct plan *plan, const struct scenario *scenario,
                const struct expect *expect, struct buf *out)
{
    buf_printf(out, "{\n  \"hubbub_plan\": %d,\n  \"hubbub\": \"%s\",\n  \"seed\": \"%llu\",\n",
               PLAN_FORMAT, HUBBUB_VERSION, (unsigned long long)plan->seed);
    plan_write_drop(plan, out);
    if (expect != NULL) {
        expect_write(expect, out);
    }
    buf_add_text(out, "  \"drawn\": {\n");
#define X(field, name, word) put_int(out, name, (int64_t)plan->field);
    PLAN_INTS(X)
    PLAN_LATER_INTS(X)
#undef X
    rooms_write(plan, out);
    put_params(out, plan);
#define X(field, name, word) put_range(out, name, plan->field);
    PLAN_RANGES(X)
#undef X
    put_faults(out, plan);
    put_generators(out, plan);
    put_actions(out, plan);
    buf_add_text(out, "  },\n  \"scenario\": ");
    buf_add_text(out, scenario->json);
    buf_add_text(out, ",\n  \"corpus\": [");
    for (uint32_t i = 0; i < plan->corpus_len; i++) {
        buf_add_text(out, i > 0 ? ",\n    " : "\n    ");
        buf_add_json(out, plan->corpus[i].bytes, plan->corpus[i].len);
    }
    buf_add_text(out, "\n  ]\n}\n");
}
