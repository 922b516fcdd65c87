/* Putting a dead letter back: the message it is about is published once more on its own subject, so that its readers
 * get it again. The letter stays where it is. */
#ifndef BUS_PUT_BACK_H
#define BUS_PUT_BACK_H

#include <stdint.h>

#include "bus/dead_letter.h"
#include "bus/tape.h"

/* Where the message is stored now. */
struct put_back_place {
    char stream[DEAD_LETTER_STREAM_SIZE];
    uint64_t sequence;
};

/* Publishes the message of the letter with this sequence in TAPEDECK_DEAD_LETTERS: as its stream has it, with its
 * headers except those that the server itself reads (a message id would make it a duplicate), or as the letter has it
 * when the stream has it no more. A message under the same sequence that cannot be the one of the letter (it has
 * another subject or payload, or is newer than the letter) does not count as the original. Every call stores it once
 * more. Waits for the server up to 5 s for each of three requests.
 *
 * -1 with ERROR_FAILED when there is no such letter, it cannot be read, or it was cut and the original is gone;
 * ERROR_SERVER when the server does not answer or refuses; ERROR_UNKNOWN when it may be stored or not. */
int put_back(struct tape *tape, uint64_t letter, struct put_back_place *place, struct error *error);

#endif
