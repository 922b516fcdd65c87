/* See settings.h: a number and its unit. */
#include "engine/settings.h"

#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"

struct unit {
    const char *name;
    int64_t factor;
};

/* Reads `number[ ]unit` as the number times the unit's factor, exactly; false when the form is another. The number
 * itself has at most `decimals` decimals. */
static bool read_with_unit(const char *text, int decimals, const struct unit *units, size_t count, int64_t *value)
{
    size_t digits = strspn(text, "-0123456789.");
    const char *name = text + digits + strspn(text + digits, " ");
    int64_t number, one = 1;
    if (!decimal_parse(text, digits, decimals, &number))
        return false;
    for (int i = 0; i < decimals; i++)
        one *= 10;
    for (size_t i = 0; i < count; i++) {
        if (!text_equal_nocase(name, units[i].name))
            continue;
        int128 product = (int128)number * units[i].factor;
        if (product % one != 0 || product / one > INT64_MAX || product / one < -INT64_MAX)
            return false;
        *value = (int64_t)(product / one);
        return true;
    }
    return false;
}

int setting_duration(const char *key, const char *text, int64_t *duration_ns, struct error *error)
{
    static const struct unit units[] = {{"", NS_PER_SECOND},
                                        {"s", NS_PER_SECOND},
                                        {"ms", NS_PER_MS},
                                        {"m", 60 * NS_PER_SECOND},
                                        {"h", 3600 * NS_PER_SECOND}};
    int64_t value;
    if (!read_with_unit(text, 3, units, sizeof units / sizeof units[0], &value) || value < 0 || value > NS_PER_DAY)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is no duration; write one like 5s or 500ms, at most 24h", key,
                         text);
    *duration_ns = value;
    return 0;
}

int setting_basis_points(const char *key, const char *text, int64_t *basis_points, struct error *error)
{
    static const struct unit units[] = {{"", BASIS_POINT}, {"bp", BASIS_POINT}, {"%", 100 * BASIS_POINT}};
    int64_t value;
    if (!read_with_unit(text, 6, units, sizeof units / sizeof units[0], &value) || value > 10 * BASIS_POINTS_WHOLE ||
        value < -10 * BASIS_POINTS_WHOLE)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is no rate; write one like 300bp or 3%%", key, text);
    *basis_points = value;
    return 0;
}

int setting_quantity(const char *key, const char *text, int64_t *quantity, struct error *error)
{
    int64_t value;
    if (!decimal_parse(text, strlen(text), QUANTITY_DECIMALS, &value) || value <= 0)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is no quantity above 0 with at most 8 decimals", key, text);
    *quantity = value;
    return 0;
}

int setting_money(const char *key, const char *text, int128 *money, struct error *error)
{
    int128 value;
    if (!money_parse(text, strlen(text), &value) || value <= 0)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is no amount above 0", key, text);
    *money = value;
    return 0;
}
