/* Takes out of the best plan what it needs not, in chunks that halve. */
#ifndef HUBBUB_SIM_SHRINK_REMOVE_H
#define HUBBUB_SIM_SHRINK_REMOVE_H

#include "sim/shrink/ask.h"

/* Pieces of one kind. `coarse`: from all at once down to single ones; else single ones only. */
void remove_pieces(struct shrink *shrink, enum piece_kind kind, bool coarse);

/* Guesses at once that nobody but those whom the failure names matter, or those in the room that it names. */
void remove_bystanders(struct shrink *shrink);

/* Where it is numbers that matter (the fifth entry of a room, whoever wrote it), one piece less does not fail, and
 * neither does half of them: tries few people with few actions, each number with each. */
void remove_to_numbers(struct shrink *shrink);

#endif
