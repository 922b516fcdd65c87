/* Trading from the ladder: by the ticket, or with one key while it is armed. Everything is about the instrument and the
 * price under the cursor as they were drawn last. Screen thread. */
#ifndef UI_LADDER_TRADE_H
#define UI_LADDER_TRADE_H

#include "ui/ui.h"

/* The quantity of the next order. */
int64_t ladder_trade_quantity(const struct ui *ui, const struct instrument_view *view);
/* The quantities that `[` and `]` choose from, rising; returns how many there are. */
enum { LADDER_PRESETS = 5 };
int ladder_trade_presets(const struct instrument_view *view, int64_t quantities[LADDER_PRESETS]);
/* Takes the quantity that was typed; false, with the reason, when it is none. */
bool ladder_trade_type_quantity(struct ui *ui, const char *text, char *problem, size_t size);

/* One-key trading begins; it ends when the screen is left, another instrument is shown, no key comes for a while, the
 * server is away or trading is halted. */
void ladder_trade_arm(struct ui *ui);
/* Ends it, and says why. */
void ladder_trade_disarm(struct ui *ui, const char *why);
/* Ends it when it has to; called for every frame and before a key acts. */
void ladder_trade_watch(struct ui *ui);

/* Cancels our orders in the row of the cursor, or all of the instrument; and says before what it will do: "Cancel 2
 * orders, 300 AAPL at 189.01?" */
void ladder_trade_cancel(struct ui *ui, bool all);
void ladder_trade_say_cancel(const struct ui *ui, bool all, char *text, size_t size);

void ladder_trade_key_ticket(struct ui *ui, int key);
void ladder_trade_key_order(struct ui *ui, int key);
void ladder_trade_key_cancel(struct ui *ui, int key);
void ladder_trade_key_cancel_all(struct ui *ui, int key);
void ladder_trade_key_move(struct ui *ui, int key);
void ladder_trade_key_arm(struct ui *ui, int key);
void ladder_trade_key_quantity(struct ui *ui, int key);
void ladder_trade_key_type_quantity(struct ui *ui, int key);

#endif
