/* The instrument screen, as its keys and the command line need it. */
#ifndef UI_VIEW_INSTRUMENT_H
#define UI_VIEW_INSTRUMENT_H

#include "ui/ui.h"

void view_instrument_key_trade(struct ui *ui, int key);
void view_instrument_key_other(struct ui *ui, int key);
void view_instrument_key_cross(struct ui *ui, int key);
void view_instrument_key_page(struct ui *ui, int key);
void view_instrument_key_period(struct ui *ui, int key);
void view_instrument_key_form(struct ui *ui, int key);
void view_instrument_key_zoom(struct ui *ui, int key);
void view_instrument_key_beside(struct ui *ui, int key);
void view_instrument_key_escape(struct ui *ui, int key);

#endif
