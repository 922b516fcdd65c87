/* What became of an order, in a few words. */
#ifndef UI_ORDER_TEXT_H
#define UI_ORDER_TEXT_H

#include "engine/orders.h"
#include "ui/model.h"
#include "ui/theme.h"

/* Writes the state ("working", "rejected PRICE_COLLAR: …"); with `fills` what is filled of it too, in quantities of
 * `decimals`. Returns the role to write it in. */
enum role order_text(const struct order *order, bool fills, int decimals, char *text, size_t size);

/* The same of a request for an order that the tape has not shown yet. */
enum role order_text_request(const struct request_view *request, int64_t monotonic_ns, char *text, size_t size);
bool order_text_is_unknown(const struct request_view *request, int64_t monotonic_ns);

#endif
