/* See risk_trading.h. That nothing works any more is said only in the words of the order checks, which read ORDERS to
 * its end for it; what the screen counts itself stands beside it as what it is. */
#include "ui/risk_trading.h"

#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"

enum { LINES_MAX = 12, LINE_SIZE = 2 * NOTE_SIZE, SCOPES_SHOWN = 4 };

struct line {
    enum role role;
    char text[LINE_SIZE];
};

struct lines {
    int count, scopes; /* of them: trading states */
    struct line items[LINES_MAX];
};

static struct line *add_line(struct lines *lines, enum role role)
{
    struct line *line = &lines->items[lines->count < LINES_MAX ? lines->count++ : LINES_MAX - 1];
    line->role = role;
    line->text[0] = '\0';
    return line;
}

static const char *scope_name(const char *scope)
{
    return strcmp(scope, "*") == 0 ? "everything" : scope;
}

/* To the second, as people write it. */
static void write_when(char text[TIMESTAMP_TEXT_SIZE], int64_t time_ns)
{
    timestamp_format(text, time_ns);
    text[10] = ' ';
    text[19] = '\0';
}

/* ---- the states ----------------------------------------------------------------------------------------------- */

static void add_state(struct lines *lines, const struct state_change *change)
{
    char when[TIMESTAMP_TEXT_SIZE];
    if (lines->scopes == SCOPES_SHOWN)
        return;
    lines->scopes++;
    struct line *line = add_line(lines, change->state == TRADING_ACTIVE ? ROLE_DIM : ROLE_CRITICAL);
    write_when(when, change->timestamp_ns);
    snprintf(line->text, sizeof line->text, "%s %s by %s %s: %s", scope_name(change->scope),
             trading_state_name(change->state), change->by, when, change->reason);
}

static void add_strict(const struct state_change *change, void *context)
{
    if (change->state != TRADING_ACTIVE)
        add_state(context, change);
}

static void add_active(const struct state_change *change, void *context)
{
    if (change->state == TRADING_ACTIVE)
        add_state(context, change);
}

/* ---- the evidence --------------------------------------------------------------------------------------------- */

static void add_orders(struct lines *lines, const struct halt_trail *trail)
{
    char which[96] = "";
    struct line *line = add_line(lines, trail->ended < trail->worked ? ROLE_WARNING : ROLE_TEXT);
    if (trail->ended > 0)
        snprintf(which, sizeof which, ", %u of them cancelled, the last at ORDERS %llu", trail->cancelled,
                 (unsigned long long)trail->ended_sequence);
    if (trail->worked == 0)
        snprintf(line->text, sizeof line->text, "2. no order worked");
    else
        snprintf(line->text, sizeof line->text, "2. of %u working orders %u ended%s", trail->worked, trail->ended,
                 which);
}

/* The step that proves it, in the words of who found it. */
static void add_proof(struct lines *lines, const struct halt_trail *trail, int number, enum state_step step,
                      const char *missing)
{
    const struct halt_step *proof = halt_trail_step(trail, step);
    struct line *line = add_line(lines, proof == NULL ? ROLE_WARNING : ROLE_OK);
    if (proof == NULL)
        snprintf(line->text, sizeof line->text, "%d. %s", number, missing);
    else
        snprintf(line->text, sizeof line->text, "%d. %s: read up to ORDERS %llu, proved at %llu", number, proof->note,
                 (unsigned long long)proof->orders_seq, (unsigned long long)proof->sequence);
}

static void add_trail(const struct ui *ui, struct lines *lines)
{
    const struct halt_trail *trail = model_halt_trail(ui->model);
    bool flattens = trail->request.step == STEP_FLATTEN;
    char when[TIMESTAMP_TEXT_SIZE];
    if (trail->sequence == 0)
        return;
    write_when(when, trail->request.timestamp_ns);
    snprintf(add_line(lines, ROLE_TEXT)->text, LINE_SIZE, "1. new orders of %s stop: %s at ORDERS %llu, %s%s",
             scope_name(trail->request.scope), flattens ? "flatten" : "halted", (unsigned long long)trail->sequence,
             when, trail->is_over ? ", over" : "");
    add_orders(lines, trail);
    if (trail->is_over)
        return;
    uint32_t working = halt_trail_working(trail, model_orders(ui->model));
    snprintf(add_line(lines, working > 0 ? ROLE_WARNING : ROLE_TEXT)->text, LINE_SIZE,
             "3. this screen has read up to ORDERS %llu: %u not done", (unsigned long long)trail->read_sequence,
             working);
    add_proof(lines, trail, 4, flattens ? STEP_CLOSING : STEP_STOPPED, "the order checks have not proved it yet");
    const struct halt_step *waits = halt_trail_step(trail, STEP_WAITING);
    if (waits != NULL && halt_trail_step(trail, STEP_FLAT) == NULL)
        snprintf(add_line(lines, ROLE_WARNING)->text, LINE_SIZE, "   waits for %s", waits->note);
    if (flattens)
        add_proof(lines, trail, 5, STEP_FLAT, "positions are still to be closed");
}

/* ---- the part ------------------------------------------------------------------------------------------------- */

static void collect(const struct ui *ui, struct lines *lines)
{
    lines->count = lines->scopes = 0;
    order_book_each_state(model_orders(ui->model), add_strict, lines);
    order_book_each_state(model_orders(ui->model), add_active, lines);
    if (lines->count == 0)
        snprintf(add_line(lines, ROLE_DIM)->text, LINE_SIZE, "Active; it was never halted.");
    add_trail(ui, lines);
}

int risk_trading_rows(const struct ui *ui)
{
    struct lines lines;
    collect(ui, &lines);
    return 1 + lines.count;
}

void risk_trading_draw(const struct ui *ui, struct area area)
{
    struct lines lines;
    collect(ui, &lines);
    draw_rule(&ui->canvas, area, "Trading", "H halt, r reduce, F flatten, R resume", false);
    for (int i = 0; i < lines.count; i++)
        draw_text(&ui->canvas, area, 1 + i, 1, area.cols - 2, ui_ink(lines.items[i].role, false), lines.items[i].text);
}

static void note_strict(const struct state_change *change, void *context)
{
    bool *any = context;
    *any = *any || change->state != TRADING_ACTIVE;
}

bool risk_trading_is_first(const struct ui *ui)
{
    bool any = false;
    order_book_each_state(model_orders(ui->model), note_strict, &any);
    return any;
}
