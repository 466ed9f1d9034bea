/* The plain fields of a scenario, as rows: what is read, what the schema says and what an error
 * expects are the same row. Parameters (plan_sections) and faults (FAULT_MAP) have rows of their own. */
#ifndef HUBBUB_SIM_EXPLORE_FIELDS_H
#define HUBBUB_SIM_EXPLORE_FIELDS_H

#include "sim/explore/config.h"
#include "sim/explore/scenario_form.h"

enum field_kind {
    FIELD_INT,      /* an integer; int64_t */
    FIELD_DURATION, /* one duration; int64_t, in us */
    FIELD_DURATIONS /* one duration, or two that are drawn between; struct range, in us */
};

struct field {
    const char *word, *what;
    size_t offset; /* in struct form */
    int64_t least, most;
    struct range fallback; /* unless required */
    enum field_kind kind;
    bool required;
};

/* The fields of one object; which object is up to who reads and writes it. */
struct field_group {
    const struct field *rows;
    size_t rows_len;
};
extern const struct field_group fields_of_form;    /* the scenario itself, and `small` */
extern const struct field_group fields_of_latency; /* `latency` */
extern const struct field_group fields_of_swarm;   /* `swarm` */
#define FIELD_GROUP_MAX 16

/* What people do: the objects of `workload` by the words of their kinds, each of the one field `every`. */
#define WORKLOADS 10
struct workload {
    enum fault_kind kind;
    struct field_group fields;
};
extern const struct workload workloads[WORKLOADS];

/* What is the same for all faults that are written out, or for all that clients do. */
extern const struct field fault_count, fault_at, fault_for, fault_chance;
extern const struct field fault_every, fault_from, fault_to, fault_away;

/* The row of a group's field, which is there. */
const struct field *field_of(const struct field_group *group, const char *word);

/* What a scenario and a plan say of their size. The field that does not fit the others, and what was
 * expected of it; NULL: all do. Each is within its own limits. */
struct sizes {
    int64_t clients, devices_per_user, rooms, members_per_room, posters;
    bool rooms_per_person; /* it is there */
};
const char *sizes_wrong(const struct sizes *sizes, const char **ret_expected);

/* Reads each field of the group into the form. */
void fields_read(const struct config *object, const struct field_group *group, struct form *form);
/* Appends the words of the group to a list of at most `cap`; its new length. */
size_t fields_words(const struct field_group *group, const char **words, size_t words_len,
                    size_t cap);

#endif
