/* The order ticket: fields, the order once more in words, and what became of it. */
#ifndef UI_TICKET_H
#define UI_TICKET_H

#include "ui/ui.h"

void ticket_draw(struct ui *ui, struct area around);

/* The order request that the fields say, without an id and a time. False when they say none; `problem` is the reason.
 */
bool ticket_read(const struct ui *ui, struct order_request *request, char *problem, size_t size);

/* The order in words: "Buy 200 AAPL on NYSE at 189.02 or better, good for the day." and what it is worth. */
void ticket_words(const struct ui *ui, char *words, size_t size, char *worth, size_t worth_size);

/* A change in words: "Change buy AAPL from 200 at 188.95 to 300 at 188.95." and what the tape says of it once sent. */
void ticket_change_words(const struct ui *ui, char *words, size_t size);
enum role ticket_change_answer(const struct ui *ui, char *text, size_t size);
/* Publishes the change; returns the cookie. */
uint64_t ticket_change_send(struct ui *ui, const struct order_request *terms);

/* Opens the ticket; `view` may be NULL (nothing to trade, which is said), `quantity` DECIMAL_NONE for the usual one. */
void ticket_open(struct ui *ui, const struct instrument_view *view, enum side side, int64_t quantity);

/* Opens the ticket on an order, to change its quantity or price. */
void ticket_open_change(struct ui *ui, const struct order *order);

/* Sends what the ticket says; false, with its `problem`, when it cannot be. */
bool ticket_send(struct ui *ui);

/* What an order usually is here: 100 lots of a share; a hundredth of a coin, in whole lots. */
int64_t ticket_usual_quantity(const struct instrument *instrument);

/* Fills a field as if it was typed. */
void ticket_set_quantity(struct ui *ui, int64_t quantity);
void ticket_set_price(struct ui *ui, int64_t price);

/* True when the order that was sent has its answer: it works, is done, was rejected or never became stored. */
bool ticket_is_answered(const struct ui *ui);

void ticket_key_open(struct ui *ui, int key);
/* Opens the ticket on the order under the cursor, to change its quantity or price. */
void ticket_key_change(struct ui *ui, int key);
void ticket_key_field(struct ui *ui, int key);
void ticket_key_step(struct ui *ui, int key);
void ticket_key_text(struct ui *ui, int key);
void ticket_key_review(struct ui *ui, int key);
void ticket_key_send(struct ui *ui, int key);
void ticket_key_close(struct ui *ui, int key);
/* A key of the deck while the ticket shows what became of the order: the ticket gives way and the key acts, as long as
 * the answer has been there to see. */
void ticket_key_give_way(struct ui *ui, int key);
/* A halt does not wait for the answer. */
void ticket_key_halt(struct ui *ui, int key);
/* An acknowledgement wants to be about an alert that can be seen: the ticket goes, the key has to come again. */
void ticket_key_uncover(struct ui *ui, int key);

#endif
