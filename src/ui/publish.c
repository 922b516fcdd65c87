/* Requests of the user, filled in from who is at the keys and what time it is. */
#include "ui/publish.h"

#include "core/text.h"

bool publish_cancel(struct ui *ui, const struct order *order)
{
    struct event event = event_empty(EVENT_ORDER_CANCEL);
    char id[27];
    ui->actions.unique_id(id);
    text_copy(event.change.order_id, sizeof event.change.order_id, order->terms.order_id);
    text_copy(event.change.request_id, sizeof event.change.request_id, id);
    text_copy(event.change.account, sizeof event.change.account, order->terms.account);
    text_copy(event.change.source, sizeof event.change.source, "ticket");
    event.change.timestamp_ns = ui->wall_ns;
    return ui_publish(ui, &event) != 0;
}

uint64_t publish_replace(struct ui *ui, const struct order *order, int64_t quantity, int64_t limit_price,
                         int64_t stop_price, char request_id[ID_SIZE])
{
    struct event event = event_empty(EVENT_ORDER_REPLACE);
    char id[27];
    ui->actions.unique_id(id);
    text_copy(request_id, ID_SIZE, id);
    text_copy(event.change.order_id, sizeof event.change.order_id, order->terms.order_id);
    text_copy(event.change.request_id, sizeof event.change.request_id, id);
    text_copy(event.change.account, sizeof event.change.account, order->terms.account);
    text_copy(event.change.source, sizeof event.change.source, "ticket");
    event.change.quantity = quantity;
    event.change.limit_price = limit_price;
    event.change.stop_price = stop_price;
    event.change.timestamp_ns = ui->wall_ns;
    return ui_publish(ui, &event);
}

bool publish_state(struct ui *ui, enum trading_state state, enum state_step step, const char *scope)
{
    static const char *const reasons[] = {[TRADING_ACTIVE] = "resumed from the screen",
                                          [TRADING_REDUCING] = "reduced from the screen",
                                          [TRADING_HALTED] = "halted from the screen"};
    struct event event = event_empty(EVENT_TRADING_STATE);
    char id[27];
    ui->actions.unique_id(id);
    event.state.state = state;
    event.state.step = step;
    text_copy(event.state.scope, sizeof event.state.scope, scope);
    text_copy(event.state.request_id, sizeof event.state.request_id, id);
    text_copy(event.state.by, sizeof event.state.by, ui->user);
    text_copy(event.state.reason, sizeof event.state.reason,
              step == STEP_FLATTEN ? "flattened from the screen" : reasons[state]);
    event.state.timestamp_ns = ui->wall_ns;
    return ui_publish(ui, &event) != 0;
}

bool publish_ack(struct ui *ui, const char *alert_id, enum ack_action action, int64_t until_ns, const char *comment)
{
    struct event event = event_empty(EVENT_ALERT_ACK);
    char id[27];
    ui->actions.unique_id(id);
    text_copy(event.ack.alert_id, sizeof event.ack.alert_id, alert_id);
    text_copy(event.ack.request_id, sizeof event.ack.request_id, id);
    text_copy(event.ack.by, sizeof event.ack.by, ui->user);
    text_copy(event.ack.comment, sizeof event.ack.comment, comment);
    event.ack.action = action;
    event.ack.until_ns = until_ns;
    event.ack.timestamp_ns = ui->wall_ns;
    return ui_publish(ui, &event) != 0;
}
