/* The mutants of fixtures/mutants, as they were when this was built: which invariant each is meant to
 * break. Made by ci/cmake/killed-by.cmake from the heads of the patches. */
#ifndef HUBBUB_SIM_CLI_MUTANTS_H
#define HUBBUB_SIM_CLI_MUTANTS_H

struct mutant {
    const char *id;   /* of an invariant; NULL ends the list. A mutant has a row for each. */
    const char *name; /* of the patch */
};
extern const struct mutant mutants[];

#endif
