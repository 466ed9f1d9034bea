/* See pre_choice.h. */
#include "sim/check/pre_choice.h"

#include "sim/check/path.h"
#include "sim/check/pre_path.h"

static void put(struct pre_person *person, enum pre_kind kind, struct pre_choice choice)
{
    struct pre_choice *choices = person->choices[kind];
    uint32_t kept = 0;

    for (uint32_t i = 0; i < person->choices_len[kind]; i++) { /* long over */
        if (choices[i].until_us == NEVER_US || i + PRE_CHOICES_KEPT > person->choices_len[kind]) {
            choices[kept++] = choices[i];
        }
    }
    person->choices_len[kind] = kept;
    HB_GROW(person->choices[kind], person->choices_len[kind], person->choices_cap[kind]);
    person->choices[kind][person->choices_len[kind]++] = choice;
}

static int64_t settle_us(const struct judge *judge)
{
    return judge_bound(judge, BOUND_CHOSEN);
}

void pre_choose(struct judge *judge, struct pre_person *person, const struct obs *obs,
                const struct pre_conn *conn)
{
    struct pre_choice choice = {.from_us = obs->at_us,
                                .by_us = NEVER_US,
                                .until_us = NEVER_US,
                                .serial = ++judge->pre->serial,
                                .device = conn->device,
                                .connection = conn->value};

    if ((obs->flags & OBS_QUIET) == 0) {
        choice.value = (obs->flags & OBS_LEFT) != 0 ? PRE_NOT_CHOSEN : (int64_t)obs->seq;
        put(person, PRE_STATUS, choice);
    }
    if ((obs->flags & OBS_MORE) != 0) {
        choice.value = (int64_t)obs->content;
        put(person, PRE_LINE, choice);
    }
    if ((obs->flags & OBS_HELD) != 0) {
        choice.value = obs->value;
        put(person, PRE_QUIET, choice);
    }
    HB_GROW(person->said, person->said_len, person->said_cap);
    person->said[person->said_len++] = (struct pre_said){.from_us = obs->at_us,
                                                         .value = conn->value,
                                                         .serial = choice.serial,
                                                         .device = conn->device,
                                                         .node = conn->node};
    due_push(&judge->dues, (struct due){obs->at_us + settle_us(judge), DUE_CHOICE,
                                        judge->devices[conn->device].user, choice.serial});
}

/* Whether it was made after the other one: a connection is heard in order. */
static bool follows(const struct pre_choice *newer, const struct pre_choice *older)
{
    return older->by_us < newer->from_us ||
           (older->device == newer->device && older->connection == newer->connection &&
            older->serial < newer->serial);
}

/* One that was committed after another is the last of the two. */
static void supersede(struct pre_person *person, enum pre_kind kind, int64_t until_us)
{
    struct pre_choice *choices = person->choices[kind];

    for (uint32_t i = 0; i < person->choices_len[kind]; i++) {
        const struct pre_choice *newer = &choices[i];
        for (uint32_t k = 0;
             newer->by_us != NEVER_US && !newer->lost && k < person->choices_len[kind]; k++) {
            struct pre_choice *older = &choices[k];
            if (older->until_us == NEVER_US && follows(newer, older)) {
                older->until_us = until_us;
            }
        }
    }
}

static void settled(struct pre_person *person, uint32_t serial, int64_t from_us, int64_t by_us,
                    bool lost)
{
    for (int kind = 0; kind < PRE_KINDS; kind++) {
        for (uint32_t i = 0; i < person->choices_len[kind]; i++) {
            struct pre_choice *choice = &person->choices[kind][i];
            if (choice->serial == serial) {
                choice->by_us = by_us;
                choice->lost = lost;
            }
        }
        supersede(person, (enum pre_kind)kind, from_us);
    }
}

/* From when on its node can have had it committed: later than this, and the way there, it was. NEVER_US: not
 * yet. */
static int64_t heard_from(const struct judge *judge, const struct pre_said *said)
{
    const struct device *device = &judge->devices[said->device];
    const int64_t from_us = path_database_from(judge, said->node, said->from_us);

    return from_us == NEVER_US ? NEVER_US : later(from_us, device->own.until_us);
}

/* Whether its node went before it can have told Redis: the others find it in the database when their person is
 * back, for nobody else asks for it. */
static bool unsaid(const struct judge *judge, const struct pre_said *said, int64_t from_us)
{
    const struct node_truth *node =
        said->node < judge->nodes_len ? &judge->nodes[said->node] : NULL;

    return node != NULL && node->down_us != INT64_MIN && node->down_us >= from_us &&
           pre_path_kept(judge, said->node, from_us, node->down_us);
}

int64_t pre_choice_due(struct judge *judge, struct due due)
{
    struct pre_person *person = pre_person(judge, due.a);
    const int64_t way_us = settle_us(judge);
    uint32_t at = 0;

    while (person != NULL && at < person->said_len && person->said[at].serial != due.b) {
        at++;
    }
    if (person == NULL || at == person->said_len) {
        return NEVER_US;
    }
    const struct pre_said said = person->said[at];
    const struct pre_conn *conn = pre_conn(person, said.device, said.value);
    const int64_t ended_us = conn != NULL ? conn->ended_us : said.from_us;
    const int64_t from_us = heard_from(judge, &said);
    if (from_us == NEVER_US || from_us + way_us > due.at_us) {
        due.at_us = from_us == NEVER_US ? due.at_us + way_us : from_us + way_us;
        due_push(&judge->dues, due);
        return NEVER_US;
    }
    const bool unheard = ended_us < from_us + way_us;
    const bool lost = unheard || unsaid(judge, &said, from_us);
    if ((unheard && conn != NULL && conn->gone_us == NEVER_US) || /* its node may still hear it */
        (!lost && pre_path_kept(judge, said.node, from_us, due.at_us))) {
        due.at_us += way_us;
        due_push(&judge->dues, due);
        return NEVER_US;
    }
    const int64_t gone_us = lost && conn != NULL ? conn->gone_us : from_us;
    person->said[at] = person->said[--person->said_len];
    settled(person, said.serial, from_us, later(from_us, gone_us) + way_us, lost);
    return from_us;
}

int64_t pre_hidden_since(const struct pre_person *person)
{
    int64_t since_us = NEVER_US;

    for (uint32_t i = 0; i < person->choices_len[PRE_STATUS]; i++) {
        const struct pre_choice *choice = &person->choices[PRE_STATUS][i];
        if (choice->until_us == NEVER_US && choice->value != PRESENCE_OFFLINE) {
            return NEVER_US;
        }
        if (choice->until_us == NEVER_US && !choice->lost) {
            since_us = earlier(since_us, choice->by_us);
        }
    }
    return since_us;
}
