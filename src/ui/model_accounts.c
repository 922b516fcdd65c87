/* The accounts as their exposures tell of them: the last one, how deep each was below its peak, what it earned by day.
 */
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/model_private.h"

/* Behind the last account when it is not there. */
static int exposure_place(const struct model *model, const char *account)
{
    int place = 0;
    while (place < model->exposure_count && strcmp(model->exposures[place].account, account) != 0)
        place++;
    return place;
}

void model_accounts_fold(struct model *model, const struct exposure *exposure)
{
    int place = exposure_place(model, exposure->account);
    if (place == MODEL_EXPOSURES)
        return;
    if (place == model->exposure_count) {
        model->exposure_count++;
        model->day_profits[place] = (struct day_profits){0};
        model->drawdowns[place] = calloc(1, sizeof *model->drawdowns[place]);
        if (model->drawdowns[place] == NULL)
            abort();
    }
    model->exposures[place] = *exposure;
    int64_t day = exposure->timestamp_ns / NS_PER_DAY;
    model->day_profits[place].days[day % MODEL_DAYS] = day;
    model->day_profits[place].profits[day % MODEL_DAYS] = exposure->day_pnl;
    if (exposure->drawdown != DECIMAL_NONE)
        history_add(model->drawdowns[place], exposure->timestamp_ns, exposure->drawdown);
}

void model_accounts_free(struct model *model)
{
    for (int i = 0; i < MODEL_EXPOSURES; i++) {
        free(model->drawdowns[i]);
        model->drawdowns[i] = NULL;
    }
}

const struct exposure *model_exposure(const struct model *model, const char *account)
{
    return model_exposure_at(model, exposure_place(model, account));
}

int128 model_day_profit(const struct model *model, const char *account, int back)
{
    int place = exposure_place(model, account);
    if (place == model->exposure_count || back < 0 || back >= MODEL_DAYS)
        return MONEY_NONE;
    const struct day_profits *profits = &model->day_profits[place];
    int64_t day = model->exposures[place].timestamp_ns / NS_PER_DAY - back;
    return day > 0 && profits->days[day % MODEL_DAYS] == day ? profits->profits[day % MODEL_DAYS] : MONEY_NONE;
}

const struct history *model_drawdowns(const struct model *model, const char *account)
{
    int place = exposure_place(model, account);
    return place < model->exposure_count ? model->drawdowns[place] : NULL;
}

const struct exposure *model_exposure_at(const struct model *model, int place)
{
    return place < model->exposure_count ? &model->exposures[place] : NULL;
}
