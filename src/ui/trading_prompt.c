/* See trading_prompt.h. */
#include "ui/trading_prompt.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/keys.h"
#include "ui/prompt.h"
#include "ui/publish.h"

enum { SCOPES_MAX = 256 };

struct scopes {
    char items[SCOPES_MAX][STATE_SCOPE_SIZE];
    int count;
};

/* ---- which scopes there are ----------------------------------------------------------------------------------- */

static void add_scope(struct scopes *scopes, const char *account, const char *symbol)
{
    if (scopes->count == SCOPES_MAX)
        return;
    snprintf(scopes->items[scopes->count++], sizeof scopes->items[0], "%s%s%s", account, symbol[0] != '\0' ? "/" : "",
             symbol);
}

static void add_account(const struct ui *ui, struct scopes *scopes, const char *account)
{
    const struct position_view *view;
    add_scope(scopes, account, "");
    for (size_t i = 0; (view = model_position_at(ui->model, i)) != NULL; i++) {
        if (strcmp(view->position.account, account) == 0 && view->position.quantity != 0)
            add_scope(scopes, account, view->position.symbol);
    }
}

/* Everything; the account of this screen with the instruments that it holds; then the other accounts with theirs. */
static void collect(const struct ui *ui, struct scopes *scopes)
{
    const struct exposure *exposure;
    scopes->count = 0;
    add_scope(scopes, "*", "");
    add_account(ui, scopes, ui->account);
    for (int i = 0; (exposure = model_exposure_at(ui->model, i)) != NULL; i++) {
        if (strcmp(exposure->account, "*") != 0 && strcmp(exposure->account, ui->account) != 0)
            add_account(ui, scopes, exposure->account);
    }
}

void trading_prompt_key_scope(struct ui *ui, int key)
{
    struct scopes scopes;
    int place = 0;
    collect(ui, &scopes);
    while (place < scopes.count && strcmp(scopes.items[place], ui->prompt.scope) != 0)
        place++;
    int by = key == KEYS_LEFT || key == KEYS_UP || key == KEYS_BACK_TAB ? scopes.count - 1 : 1;
    if (trading_prompt_is(ui->prompt.kind) && ui->prompt.kind != PROMPT_RESUME)
        text_copy(ui->prompt.scope, sizeof ui->prompt.scope, scopes.items[(place + by) % scopes.count]);
}

/* ---- asking --------------------------------------------------------------------------------------------------- */

/* On the risk screen it is about the account under the cursor, elsewhere a halt is about everything. */
static void ask(struct ui *ui, enum prompt_kind kind)
{
    const char *chosen = ui->browses[VIEW_RISK].chosen;
    prompt_open(ui, kind);
    text_copy(ui->prompt.scope, sizeof ui->prompt.scope, ui->view == VIEW_RISK && chosen[0] != '\0' ? chosen : "*");
}

void trading_prompt_key_halt(struct ui *ui, int key)
{
    (void)key;
    prompt_open(ui, PROMPT_HALT);
    text_copy(ui->prompt.scope, sizeof ui->prompt.scope, "*");
}

void trading_prompt_key_reduce(struct ui *ui, int key)
{
    (void)key;
    ask(ui, PROMPT_REDUCE);
}

void trading_prompt_key_flatten(struct ui *ui, int key)
{
    (void)key;
    ask(ui, PROMPT_FLATTEN);
}

/* ---- resuming ------------------------------------------------------------------------------------------------- */

struct resuming {
    struct ui *ui;
    int found, sent;
    bool count_only;
};

/* Whether a scope is that of everything, of the account, or of one of its instruments. */
static bool concerns(const char *scope, const char *account)
{
    size_t length = strlen(account);
    return strcmp(account, "*") == 0 || strcmp(scope, "*") == 0 ||
           (strncmp(scope, account, length) == 0 && (scope[length] == '\0' || scope[length] == '/'));
}

static void resume_scope(const struct state_change *change, void *context)
{
    struct resuming *resuming = context;
    if (change->state == TRADING_ACTIVE || !concerns(change->scope, resuming->ui->prompt.scope))
        return;
    resuming->found++;
    if (!resuming->count_only && publish_state(resuming->ui, TRADING_ACTIVE, STEP_NONE, change->scope))
        resuming->sent++;
}

/* Whether everything counts as halted although no state says so: trading is held, or the tape lost its beginning. */
static bool is_held(const struct ui *ui)
{
    static const char NOBODY[] = "";
    return model_hold(ui->model)->reason[0] != '\0' ||
           (order_book_state_of(model_orders(ui->model), "*") == NULL &&
            order_book_trading_state(model_orders(ui->model), NOBODY, NULL) != TRADING_ACTIVE);
}

/* A halt may have been set for everything, for the account or for one instrument of it: each has to be taken back. */
static bool resume_all(struct ui *ui)
{
    struct resuming resuming = {.ui = ui};
    const struct state_change *everywhere = order_book_state_of(model_orders(ui->model), "*");
    bool is_taken_back = everywhere != NULL && everywhere->state != TRADING_ACTIVE;
    bool held = is_held(ui); /* also behind a state of everything that is active: nothing else ends a hold */
    order_book_each_state(model_orders(ui->model), resume_scope, &resuming);
    bool sent = !held || is_taken_back || publish_state(ui, TRADING_ACTIVE, STEP_NONE, "*");
    return sent && resuming.sent == resuming.found;
}

void trading_prompt_key_resume(struct ui *ui, int key)
{
    const struct hold *hold = model_hold(ui->model);
    struct resuming resuming = {.ui = ui, .count_only = true};
    (void)key;
    if (hold->troubles.gone != 0) {
        ui_note(ui, ROLE_WARNING, "Trading cannot be resumed yet: %s.", hold->reason);
        return;
    }
    enum mode before = ui->mode;
    ask(ui, PROMPT_RESUME);
    if (ui->view != VIEW_RISK)
        text_copy(ui->prompt.scope, sizeof ui->prompt.scope, ui->account);
    order_book_each_state(model_orders(ui->model), resume_scope, &resuming);
    if (resuming.found > 0 || is_held(ui))
        return;
    ui->mode = before;
    ui_note(ui, ROLE_TEXT, "Trading is not halted.");
}

/* ---- the question --------------------------------------------------------------------------------------------- */

bool trading_prompt_is(enum prompt_kind kind)
{
    return kind == PROMPT_HALT || kind == PROMPT_REDUCE || kind == PROMPT_FLATTEN || kind == PROMPT_RESUME;
}

const char *trading_prompt_word(enum prompt_kind kind)
{
    return kind == PROMPT_HALT      ? "HALT"
           : kind == PROMPT_REDUCE  ? "REDUCE"
           : kind == PROMPT_FLATTEN ? "FLATTEN"
                                    : "RESUME";
}

void trading_prompt_send(struct ui *ui)
{
    enum prompt_kind kind = ui->prompt.kind;
    bool sent = kind == PROMPT_RESUME
                    ? resume_all(ui)
                    : publish_state(ui, kind == PROMPT_REDUCE ? TRADING_REDUCING : TRADING_HALTED,
                                    kind == PROMPT_FLATTEN ? STEP_FLATTEN : STEP_NONE, ui->prompt.scope);
    if (!sent)
        return;
    if (kind == PROMPT_FLATTEN)
        ui_note(ui, ROLE_CRITICAL, "Flatten is sent; the risk screen shows each step and what proves it.");
    else
        ui_note(ui, kind == PROMPT_RESUME ? ROLE_TEXT : ROLE_CRITICAL, "%s is sent; the bar shows when it holds.",
                kind == PROMPT_RESUME   ? "Resume"
                : kind == PROMPT_REDUCE ? "Reduce only"
                                        : "Halt");
}

void trading_prompt_say(const struct ui *ui, char *text, size_t size)
{
    const char *scope = ui->prompt.scope;
    bool all = strcmp(scope, "*") == 0;
    if (ui->prompt.kind == PROMPT_HALT)
        snprintf(text, size, "Stops new orders %s%s, cancels what works.", all ? "everywhere" : "of ",
                 all ? "" : scope);
    else if (ui->prompt.kind == PROMPT_REDUCE)
        snprintf(text, size, "Only what makes a position smaller passes %s%s.", all ? "everywhere" : "in ",
                 all ? "" : scope);
    else if (ui->prompt.kind == PROMPT_FLATTEN)
        snprintf(text, size, "Halts %s, cancels what works, CLOSES EVERY POSITION.", all ? "everything" : scope);
    else
        snprintf(text, size, "Orders of %s pass the checks again.", all ? "all accounts" : scope);
}
