/* Random numbers that are the same on every machine.
 *
 * The generator is xoshiro256** seeded by splitmix64 (Blackman and Vigna, prng.di.unimi.it). The distributions use
 * the operations that IEEE 754 rounds exactly (+ - * / and the square root) and nothing of libm, whose last digits
 * differ between systems: where double is binary64 and is not evaluated in a wider type (FLT_EVAL_METHOD 0), and the
 * compiler fuses no multiplications and additions (this room is built with -ffp-contract=off), the same seed gives the
 * same bits. Pure; a stream belongs to one thread. */
#ifndef FEED_PRNG_H
#define FEED_PRNG_H

#include <stdint.h>

struct prng {
    uint64_t state[4];
};

/* Starts a stream of its own for each (seed, key, purpose): `key` names what it is for, `purpose` which of its uses. */
void prng_init(struct prng *prng, uint64_t seed, uint64_t key, uint64_t purpose);

/* 64 random bits. */
uint64_t prng_bits(struct prng *prng);
/* Uniform in the open interval (0, 1): an odd multiple of 2^-53. */
double prng_uniform(struct prng *prng);
/* A whole number from 0 to count - 1; count is 1 to 2^32. */
uint32_t prng_below(struct prng *prng, uint32_t count);
/* Exponential with mean 1. */
double prng_exponential(struct prng *prng);
/* Normal with mean 0 and variance 1 (Marsaglia's polar method). */
double prng_normal(struct prng *prng);
/* Student's t with 4 degrees of freedom, scaled to variance 1: heavy tails (Bailey's polar method, Math. Comp. 62,
 * 1994: for 4 degrees it needs no more than square roots). */
double prng_student4(struct prng *prng);
/* Pareto from 1 on with tail exponent 1.5. */
double prng_pareto(struct prng *prng);

/* The natural logarithm of x > 0 (a normal number), and e to the power of x, -700 <= x <= 700, to about 1e-15 of
 * their value. */
double prng_log(double x);
double prng_exp(double x);

#endif
