/* See pack_value.h. Fields stand in the order of their structs. */
#include "core/pack_value.h"

void pack_order_request(struct pack *pack, struct order_request *request)
{
    PACK_TEXT(pack, request->order_id);
    PACK_TEXT(pack, request->account);
    PACK_TEXT(pack, request->symbol);
    PACK_TEXT(pack, request->exchange);
    request->side = pack_choice(pack, request->side, SIDE_SELL);
    request->type = pack_choice(pack, request->type, ORDER_STOP_LIMIT);
    pack_i64(pack, &request->quantity);
    pack_i64(pack, &request->limit_price);
    pack_i64(pack, &request->stop_price);
    request->time_in_force = pack_choice(pack, request->time_in_force, TIF_FOK);
    pack_bool(pack, &request->post_only);
    PACK_TEXT(pack, request->source);
    pack_i64(pack, &request->timestamp_ns);
}

void pack_change_request(struct pack *pack, struct change_request *request)
{
    PACK_TEXT(pack, request->order_id);
    PACK_TEXT(pack, request->request_id);
    PACK_TEXT(pack, request->account);
    pack_i64(pack, &request->quantity);
    pack_i64(pack, &request->limit_price);
    pack_i64(pack, &request->stop_price);
    PACK_TEXT(pack, request->reason);
    PACK_TEXT(pack, request->source);
    pack_i64(pack, &request->timestamp_ns);
}

void pack_state_change(struct pack *pack, struct state_change *change)
{
    change->state = pack_choice(pack, change->state, TRADING_HALTED);
    PACK_TEXT(pack, change->scope);
    PACK_TEXT(pack, change->request_id);
    PACK_TEXT(pack, change->by);
    PACK_TEXT(pack, change->reason);
    change->step = pack_choice(pack, change->step, STEP_FLAT);
    PACK_TEXT(pack, change->of);
    pack_u64(pack, &change->orders_seq);
    PACK_TEXT(pack, change->note);
    pack_i64(pack, &change->timestamp_ns);
}

void pack_position_event(struct pack *pack, struct position_event *position)
{
    PACK_TEXT(pack, position->account);
    PACK_TEXT(pack, position->symbol);
    pack_i64(pack, &position->quantity);
    pack_i64(pack, &position->average_price);
    pack_i128(pack, &position->cost);
    pack_i64(pack, &position->cost_fraction);
    pack_i128(pack, &position->realized_pnl);
    pack_i128(pack, &position->fees);
    PACK_TEXT(pack, position->currency);
    pack_u64(pack, &position->epoch);
    pack_u64(pack, &position->orders_seq);
    pack_i64(pack, &position->last_price);
    PACK_TEXT(pack, position->execution_id);
    pack_i64(pack, &position->timestamp_ns);
}

void pack_alert(struct pack *pack, struct alert *alert)
{
    PACK_TEXT(pack, alert->alert_id);
    PACK_TEXT(pack, alert->rule);
    alert->severity = pack_choice(pack, alert->severity, SEVERITY_CRITICAL);
    pack_bool(pack, &alert->raised);
    pack_u32(pack, &alert->version);
    PACK_TEXT(pack, alert->message);
    PACK_TEXT(pack, alert->account);
    PACK_TEXT(pack, alert->symbol);
    pack_i128(pack, &alert->value);
    pack_i128(pack, &alert->limit);
    pack_u32(pack, &alert->count);
    pack_i64(pack, &alert->raised_at_ns);
    pack_i64(pack, &alert->timestamp_ns);
}

void pack_exposure(struct pack *pack, struct exposure *exposure)
{
    PACK_TEXT(pack, exposure->account);
    PACK_TEXT(pack, exposure->currency);
    pack_i128(pack, &exposure->gross);
    pack_i128(pack, &exposure->net);
    pack_i128(pack, &exposure->realized_pnl);
    pack_i128(pack, &exposure->unrealized_pnl);
    pack_i128(pack, &exposure->fees);
    pack_i128(pack, &exposure->equity);
    pack_i128(pack, &exposure->day_pnl);
    pack_i128(pack, &exposure->gross_limit);
    pack_i128(pack, &exposure->net_limit);
    pack_i128(pack, &exposure->daily_loss_limit);
    pack_i128(pack, &exposure->peak_equity);
    pack_i64(pack, &exposure->drawdown);
    pack_i64(pack, &exposure->concentration);
    pack_i128(pack, &exposure->var_parametric);
    pack_i128(pack, &exposure->var_historical);
    pack_i128(pack, &exposure->var_parametric_95);
    pack_i128(pack, &exposure->var_historical_95);
    pack_i128(pack, &exposure->var_left_out);
    pack_u64(pack, &exposure->var_history_s);
    pack_u64(pack, &exposure->var_horizon_s);
    pack_bool(pack, &exposure->stale);
    pack_i64(pack, &exposure->timestamp_ns);
}
