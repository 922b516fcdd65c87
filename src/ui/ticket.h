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

void ticket_key_open(struct ui *ui, int key);
void ticket_key_field(struct ui *ui, int key);
void ticket_key_step(struct ui *ui, int key);
void ticket_key_text(struct ui *ui, int key);
void ticket_key_review(struct ui *ui, int key);
void ticket_key_send(struct ui *ui, int key);
void ticket_key_close(struct ui *ui, int key);

#endif
