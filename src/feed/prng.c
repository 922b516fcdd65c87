/* See prng.h for what is promised about the bits. */
#include "feed/prng.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* ln 2, and the part of it that its double leaves out. */
#define LN2      0x1.62e42fefa39efp-1
#define LN2_REST 0x1.abc9e3b39803fp-56

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void prng_init(struct prng *prng, uint64_t seed, uint64_t key, uint64_t purpose)
{
    /* Each word passes through the mixer before the next is added, so that (1, 2) and (2, 1) have nothing in common. */
    uint64_t state = seed;
    state = splitmix(&state) ^ key;
    state = splitmix(&state) ^ purpose;
    for (int i = 0; i < 4; i++)
        prng->state[i] = splitmix(&state);
}

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

uint64_t prng_bits(struct prng *prng)
{
    uint64_t *s = prng->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double prng_uniform(struct prng *prng)
{
    return ((double)(prng_bits(prng) >> 12) + 0.5) * 0x1p-52;
}

uint32_t prng_below(struct prng *prng, uint32_t count)
{
    /* The bias of the plain product is below 2^-32 and does not matter here. */
    return (uint32_t)((prng_bits(prng) >> 32) * count >> 32);
}

double prng_log(double x)
{
    assert(x > 0);
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000);
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m /= 2;
        exponent++;
    }
    /* ln m = 2 artanh((m - 1) / (m + 1)), with an argument of at most 0.172. */
    static const double odd[] = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11,
                                 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
    double s = (m - 1) / (m + 1), z = s * s, sum = 0;
    for (int i = 9; i >= 0; i--)
        sum = sum * z + odd[i];
    return exponent * LN2 + (2 * s + (2 * s * z * sum + exponent * LN2_REST));
}

double prng_exp(double x)
{
    assert(x >= -700 && x <= 700);
    int k = (int)(x / LN2 + (x < 0 ? -0.5 : 0.5));
    /* The series of e^r with |r| <= 0.347: one over the factorials of 0 to 13. */
    static const double terms[] = {
        1.0,        1.0,         1.0 / 2,      1.0 / 6,       1.0 / 24,       1.0 / 120,       1.0 / 720,
        1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
    double r = x - k * LN2, sum = 0;
    for (int i = 13; i >= 0; i--)
        sum = sum * r + terms[i];
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

double prng_exponential(struct prng *prng)
{
    return -prng_log(prng_uniform(prng));
}

/* A point in the unit disc: its first coordinate and the square of its radius, in (0, 1). */
static double disc_point(struct prng *prng, double *radius_squared)
{
    for (;;) {
        double u = 2 * prng_uniform(prng) - 1, v = 2 * prng_uniform(prng) - 1;
        double w = u * u + v * v;
        if (w > 0 && w < 1) {
            *radius_squared = w;
            return u;
        }
    }
}

double prng_normal(struct prng *prng)
{
    double w, u = disc_point(prng, &w);
    return u * sqrt(-2 * prng_log(w) / w);
}

double prng_student4(struct prng *prng)
{
    /* t = u sqrt(4 (w^(-2/4) - 1) / w) has variance 4 / (4 - 2) = 2. */
    double w, u = disc_point(prng, &w);
    return u * sqrt(2 * (1 / sqrt(w) - 1) / w);
}

double prng_pareto(struct prng *prng)
{
    return prng_exp(prng_exponential(prng) / 1.5);
}
