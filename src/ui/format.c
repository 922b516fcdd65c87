/* Numbers as text for columns of a given width. */
#include "ui/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"

void format_price(char text[FORMAT_SIZE], int64_t price, int decimals, int cols)
{
    text[0] = '\0';
    if (price == DECIMAL_NONE)
        return;
    if (decimals > PRICE_DECIMALS)
        decimals = PRICE_DECIMALS;
    if ((int)decimal_format_fixed(text, price, PRICE_DECIMALS, decimals, true) <= cols)
        return;
    while ((int)decimal_format_fixed(text, price, PRICE_DECIMALS, decimals, false) > cols && decimals > 0)
        decimals--;
}

static void format_scaled(char text[FORMAT_SIZE], double value, int cols)
{
    static const char units[] = "kMGT";
    int unit = 0;
    value /= 1e3;
    while (fabs(value) >= 999.5 && unit < 3) {
        value /= 1e3;
        unit++;
    }
    for (int decimals = 2; decimals >= 0; decimals--) {
        if (snprintf(text, FORMAT_SIZE, "%.*f%c", decimals, value, units[unit]) <= cols)
            return;
    }
}

void format_size(char text[FORMAT_SIZE], int64_t quantity, int decimals, int cols)
{
    text[0] = '\0';
    if (quantity == DECIMAL_NONE)
        return;
    if (decimals > 4)
        decimals = 4;
    for (; decimals >= 0; decimals--) {
        if ((int)decimal_format_fixed(text, quantity, QUANTITY_DECIMALS, decimals, true) <= cols)
            return;
        if ((int)decimal_format_fixed(text, quantity, QUANTITY_DECIMALS, decimals, false) <= cols)
            return;
    }
    format_scaled(text, quantity_to_double(quantity), cols);
}

void format_volume(char text[FORMAT_SIZE], int64_t volume, int decimals, int cols)
{
    if (volume != DECIMAL_NONE && volume >= 100000 * QUANTITY_ONE)
        format_count(text, (uint64_t)(volume / QUANTITY_ONE));
    else
        format_size(text, volume, decimals < 2 ? decimals : 2, cols);
}

static void put_sign(char *text, bool positive)
{
    if (!positive)
        return;
    memmove(text + 1, text, strlen(text) + 1);
    text[0] = '+';
}

void format_quantity(char text[FORMAT_SIZE], int64_t quantity, int decimals, bool sign)
{
    text[0] = '\0';
    if (quantity == DECIMAL_NONE)
        return;
    decimal_format_fixed(text, quantity, QUANTITY_DECIMALS, decimals, true);
    /* What the instrument's lot does not allow can still be held (after a change of the table): then all its decimals.
     */
    int64_t step = 1;
    for (int i = decimals; i < QUANTITY_DECIMALS; i++)
        step *= 10;
    if (quantity % step != 0)
        decimal_format(text, quantity, QUANTITY_DECIMALS);
    put_sign(text, sign && quantity > 0);
}

void format_money(char text[FORMAT_SIZE], int128 money, int decimals, bool sign)
{
    text[0] = '\0';
    if (money == MONEY_NONE)
        return;
    money_format_fixed(text, money, decimals, true);
    /* What rounds to nothing has no sign. */
    bool nothing = strpbrk(text, "123456789") == NULL;
    if (nothing && text[0] == '-')
        memmove(text, text + 1, strlen(text));
    put_sign(text, sign && !nothing && money > 0);
}

void format_money_in(char text[FORMAT_SIZE], int128 money, int decimals, bool sign, int cols)
{
    for (; decimals >= 0; decimals -= decimals > 0 ? decimals : 1) {
        format_money(text, money, decimals, sign);
        if ((int)strlen(text) <= cols)
            return;
    }
    format_scaled(text, money_to_double(money), sign && money > 0 ? cols - 1 : cols);
    put_sign(text, sign && money > 0);
}

void format_age(char text[FORMAT_SIZE], int64_t age_ns)
{
    if (age_ns < 0)
        age_ns = 0;
    long long tenths = (long long)(age_ns / (100 * NS_PER_MS));
    long long seconds = (long long)(age_ns / NS_PER_SECOND);
    if (tenths < 100)
        snprintf(text, FORMAT_SIZE, "%lld.%lld", tenths / 10, tenths % 10);
    else if (seconds < 100)
        snprintf(text, FORMAT_SIZE, "%lld", seconds);
    else if (seconds < 6000)
        snprintf(text, FORMAT_SIZE, "%lldm", seconds / 60);
    else if (seconds < 360000)
        snprintf(text, FORMAT_SIZE, "%lldh", seconds / 3600);
    else
        snprintf(text, FORMAT_SIZE, "%lldd", seconds / 86400);
}

void format_ms(char text[FORMAT_SIZE], int64_t duration_ns)
{
    /* In 1e-6 ms, which decimals know how to group. */
    decimal_format_fixed(text, duration_ns, 6, 3, true);
}

void format_instant(char text[FORMAT_SIZE], int64_t time_ns)
{
    char full[TIMESTAMP_TEXT_SIZE];
    timestamp_format(full, time_ns);
    snprintf(text, FORMAT_SIZE, "%.15s", full + 11);
}

void format_percent(char text[FORMAT_SIZE], int64_t price, int64_t reference)
{
    text[0] = '\0';
    if (price == DECIMAL_NONE || reference == DECIMAL_NONE || reference <= 0)
        return;
    /* Hundredths of a percent, rounded half-even; beyond five figures it is no percentage that helps. */
    int128 hundredths = divide_half_even((int128)(price - reference) * 10000, reference);
    if (hundredths > 9999999 || hundredths < -9999999)
        return;
    long long whole = (long long)(hundredths < 0 ? -hundredths : hundredths);
    int decimals = whole >= 1000000 ? 0 : whole >= 100000 ? 1 : 2;
    const char *sign = hundredths < 0 ? "-" : hundredths > 0 ? "+" : "";
    snprintf(text, FORMAT_SIZE, "%s%.*f", sign, decimals, (double)whole / 100);
}

void format_count(char text[FORMAT_SIZE], uint64_t count)
{
    if (count >= 100000)
        format_scaled(text, (double)count, 5);
    else if (count >= 1000)
        snprintf(text, FORMAT_SIZE, "%u,%03u", (unsigned)(count / 1000), (unsigned)(count % 1000));
    else
        snprintf(text, FORMAT_SIZE, "%u", (unsigned)count);
}

void format_kilobytes(char text[FORMAT_SIZE], uint64_t bytes)
{
    if (bytes < 9950)
        snprintf(text, FORMAT_SIZE, "%.1f", (double)bytes / 1e3);
    else
        format_count(text, (bytes + 500) / 1000);
}

void format_bytes(char text[FORMAT_SIZE], uint64_t bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double value = (double)bytes;
    int unit = 0;
    while (value >= 999.5 && unit < 4) {
        value /= 1e3;
        unit++;
    }
    snprintf(text, FORMAT_SIZE, "%.*f %s", unit == 0 || value >= 99.5 ? 0 : 1, value, units[unit]);
}
