/* See sweep.h. An order that ended, or is being cancelled already, is passed over. */
#include "ui/sweep.h"

#include <stdlib.h>

#include "core/text.h"
#include "ui/publish.h"

/* Places for requests that stay free for what a person does meanwhile. */
enum { FREE_PLACES = 16, GROW = 256 };

void sweep_add(struct sweep *sweep, const struct order *order)
{
    if (sweep->count % GROW == 0) {
        void *ids = realloc(sweep->ids, (size_t)(sweep->count + GROW) * sizeof *sweep->ids);
        if (ids == NULL)
            abort();
        sweep->ids = ids;
    }
    text_copy(sweep->ids[sweep->count++], sizeof sweep->ids[0], order->terms.order_id);
}

void sweep_drop(struct sweep *sweep)
{
    free(sweep->ids);
    *sweep = (struct sweep){0};
}

void sweep_step(struct ui *ui)
{
    struct sweep *sweep = &ui->sweep;
    if (sweep->count == 0)
        return;
    for (; sweep->next < sweep->count && model_requests_free(ui->model) > FREE_PLACES; sweep->next++) {
        const struct order *order = order_book_find(model_orders(ui->model), sweep->ids[sweep->next]);
        if (order == NULL || order_is_done(order) || order->cancel_pending)
            continue;
        if (!publish_cancel(ui, order))
            return; /* the queue is full; the next frame tries again */
    }
    if (sweep->next < sweep->count) {
        ui_note(ui, ROLE_TEXT, "Cancels are sent: %d of %d.", sweep->next, sweep->count);
        return;
    }
    ui_note(ui, ROLE_TEXT, sweep->count == 1 ? "The cancel is sent." : "The cancels of %d orders are sent.",
            sweep->count);
    sweep_drop(sweep);
}
