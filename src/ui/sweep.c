/* See sweep.h. What is over, or asked for already, is passed over. */
#include "ui/sweep.h"

#include <stdlib.h>

#include "core/text.h"
#include "ui/publish.h"

/* Places for requests that stay free for what a person does meanwhile; more when no money hangs on it. */
enum { GROW = 256 };
static const int free_places[SWEEP_KINDS] = {[SWEEP_CANCELS] = 16, [SWEEP_ACKS] = 32};

void sweep_add(struct sweep *sweep, const char *id)
{
    if (sweep->count % GROW == 0) {
        void *ids = realloc(sweep->ids, (size_t)(sweep->count + GROW) * sizeof *sweep->ids);
        if (ids == NULL)
            abort();
        sweep->ids = ids;
    }
    text_copy(sweep->ids[sweep->count++], sizeof sweep->ids[0], id);
}

int sweep_left(const struct sweep *sweep)
{
    return sweep->count - sweep->next;
}

void sweep_drop(struct sweep *sweep)
{
    free(sweep->ids);
    *sweep = (struct sweep){0};
}

/* False when the queue is full. */
static bool ask(struct ui *ui, enum sweep_kind kind, const char *id)
{
    if (kind == SWEEP_CANCELS) {
        const struct order *order = order_book_find(model_orders(ui->model), id);
        return order == NULL || order_is_done(order) || order->cancel_pending || publish_cancel(ui, order);
    }
    const struct alert_entry *entry = alert_list_find(model_alerts(ui->model), id);
    return entry == NULL || entry->acknowledged || publish_ack(ui, id, ACK_ACK, 0, "");
}

static void step(struct ui *ui, enum sweep_kind kind)
{
    static const char *const names[SWEEP_KINDS][2] = {
        [SWEEP_CANCELS] = {"cancel", "orders"}, [SWEEP_ACKS] = {"acknowledgement", "alerts"}};
    struct sweep *sweep = &ui->sweeps[kind];
    if (sweep->count == 0)
        return;
    for (; sweep->next < sweep->count && model_requests_free(ui->model) > free_places[kind]; sweep->next++) {
        if (!ask(ui, kind, sweep->ids[sweep->next]))
            return; /* the next frame tries again */
    }
    if (sweep->next < sweep->count) {
        ui_note(ui, ROLE_TEXT, "The %ss are sent: %d of %d.", names[kind][0], sweep->next, sweep->count);
        return;
    }
    if (sweep->count == 1)
        ui_note(ui, ROLE_TEXT, "The %s is sent.", names[kind][0]);
    else
        ui_note(ui, ROLE_TEXT, "The %ss of %d %s are sent.", names[kind][0], sweep->count, names[kind][1]);
    sweep_drop(sweep);
}

void sweep_step(struct ui *ui)
{
    step(ui, SWEEP_CANCELS);
    step(ui, SWEEP_ACKS);
}
