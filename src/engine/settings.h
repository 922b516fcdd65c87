/* Values of the configuration that several rules read alike: durations, rates in basis points, money. Each returns 0,
 * or -1 with a sentence that names the key (ERROR_USAGE). Pure. */
#ifndef ENGINE_SETTINGS_H
#define ENGINE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decimal.h"
#include "core/error.h"

/* Basis points are kept in 1e-6 of one, so that a fee of 0.25 bp is exact. */
#define BASIS_POINT        INT64_C(1000000)
#define BASIS_POINTS_WHOLE (10000 * BASIS_POINT) /* 100 % */

/* `5s`, `500ms`, `2m`, `1h`, or `5` for seconds; decimals are allowed; 0 to 24 h. */
int setting_duration(const char *key, const char *text, int64_t *duration_ns, struct error *error);

/* `300bp`, `3%`, or `300` for basis points; with up to 6 decimals of a basis point. */
int setting_basis_points(const char *key, const char *text, int64_t *basis_points, struct error *error);

/* A decimal number above 0. */
int setting_quantity(const char *key, const char *text, int64_t *quantity, struct error *error);
int setting_money(const char *key, const char *text, int128 *money, struct error *error);

#endif
