/* The report of a backtest, as text for people or as one JSON object on one line. */
#ifndef APP_BACKTEST_PRINT_H
#define APP_BACKTEST_PRINT_H

#include <stdio.h>

#include "core/instrument.h"
#include "engine/backtest_report.h"

void backtest_print_text(FILE *out, const struct backtest_report *report, const struct instruments *instruments);
void backtest_print_json(FILE *out, const struct backtest_report *report, const struct instruments *instruments);

#endif
