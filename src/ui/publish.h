/* What a person asks for, as events: each is published, and what became of it is shown when the tape shows it. All
 * return false, having said why, when it could not even be queued. Screen thread. */
#ifndef UI_PUBLISH_H
#define UI_PUBLISH_H

#include "ui/ui.h"

bool publish_cancel(struct ui *ui, const struct order *order);
/* Asks for other terms of an order, DECIMAL_NONE for what stays; `request_id` receives the id of the request. Returns
 * its cookie, 0 when it was not sent. */
uint64_t publish_replace(struct ui *ui, const struct order *order, int64_t quantity, int64_t limit_price,
                         int64_t stop_price, char request_id[ID_SIZE]);
/* `step`: STEP_FLATTEN, or STEP_NONE. */
bool publish_state(struct ui *ui, enum trading_state state, enum state_step step, const char *scope);
/* `until_ns` is for ACK_SHELVE, `comment` may be "". */
bool publish_ack(struct ui *ui, const char *alert_id, enum ack_action action, int64_t until_ns, const char *comment);

#endif
