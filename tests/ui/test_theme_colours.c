/* The colours of the themes shipped: what is read stands out from every ground, and what must be told apart can be,
 * also by eyes that lack one kind of cone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/theme.h"

struct rgb {
    double red, green, blue; /* linear, 0 to 1 */
};

static double linear(int value)
{
    double part = value / 255.0;
    return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static struct rgb rgb_of(int32_t colour)
{
    return (struct rgb){linear(colour >> 16 & 0xff), linear(colour >> 8 & 0xff), linear(colour & 0xff)};
}

/* As WCAG 2.1 defines it: 1 to 21. */
static double contrast(int32_t one, int32_t other)
{
    struct rgb a = rgb_of(one), b = rgb_of(other);
    double left = 0.2126 * a.red + 0.7152 * a.green + 0.0722 * a.blue + 0.05;
    double right = 0.2126 * b.red + 0.7152 * b.green + 0.0722 * b.blue + 0.05;
    return left > right ? left / right : right / left;
}

/* What eyes without one kind of cone see, after Machado, Oliveira and Fernandes (2009), severity 1. */
enum eyes { EYES_PROTANOPIC, EYES_DEUTERANOPIC, EYES_TRITANOPIC };

static const double machado[][3][3] = {
    [EYES_PROTANOPIC] = {{0.152286, 1.052583, -0.204868},
                         {0.114503, 0.786281, 0.099216},
                         {-0.003882, -0.048116, 1.051998}},
    [EYES_DEUTERANOPIC] = {{0.367322, 0.860646, -0.227968},
                           {0.280085, 0.672501, 0.047413},
                           {-0.011820, 0.042940, 0.968881}},
    [EYES_TRITANOPIC] = {{1.255528, -0.076749, -0.178779},
                         {-0.078411, 0.930809, 0.147602},
                         {0.004733, 0.691367, 0.303900}},
};

static struct rgb seen_by(enum eyes eyes, struct rgb colour)
{
    const double(*m)[3] = machado[eyes];
    double in[3] = {colour.red, colour.green, colour.blue}, out[3];
    for (int i = 0; i < 3; i++)
        out[i] = fmin(fmax(m[i][0] * in[0] + m[i][1] * in[1] + m[i][2] * in[2], 0), 1);
    return (struct rgb){out[0], out[1], out[2]};
}

static double curve(double t)
{
    return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

/* How far apart two colours look: the distance in CIE L*a*b*. Above 20 nobody mistakes one for the other. */
static double distance(struct rgb one, struct rgb other)
{
    double lab[2][3];
    const struct rgb both[] = {one, other};
    for (int i = 0; i < 2; i++) {
        struct rgb c = both[i];
        double x = curve((0.4124 * c.red + 0.3576 * c.green + 0.1805 * c.blue) / 0.95047);
        double y = curve(0.2126 * c.red + 0.7152 * c.green + 0.0722 * c.blue);
        double z = curve((0.0193 * c.red + 0.1192 * c.green + 0.9505 * c.blue) / 1.08883);
        lab[i][0] = 116 * y - 16;
        lab[i][1] = 500 * (x - y);
        lab[i][2] = 200 * (y - z);
    }
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum += (lab[0][i] - lab[1][i]) * (lab[0][i] - lab[1][i]);
    return sqrt(sum);
}

static const char *directory(void)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/themes", getenv("TAPEDECK_SOURCE_DIR"));
    return path;
}

static struct theme shipped(const char *name)
{
    const char *directories[] = {directory(), NULL};
    char warning[THEME_WARNING_SIZE];
    struct theme theme;
    if (!theme_load(&theme, name, directories, warning))
        fail_msg("%s", warning);
    return theme;
}

static void skip_without_sources(void)
{
    if (getenv("TAPEDECK_SOURCE_DIR") == NULL) {
        puts("SKIP: TAPEDECK_SOURCE_DIR is not set");
        skip();
    }
}

/* 4.5 is what WCAG asks of text, 7 its stricter level. The rule is a line, not text. */
static void check_contrast(const char *name)
{
    struct theme theme = shipped(name);
    double wanted = strcmp(name, "high-contrast") == 0 ? 7 : 4.5;
    for (int role = 0; role < ROLE_COUNT; role++) {
        const struct style *style = &theme.roles[role];
        for (int ground = 0; ground < GROUND_COUNT && role != ROLE_RULE; ground++) {
            int32_t behind = style->background == COLOUR_UNSET ? theme.grounds[ground] : style->background;
            assert_true(style->colour >= 0 && behind >= 0 && (style->colour & COLOUR_INDEX) == 0);
            double found = contrast(style->colour, behind);
            if (found < wanted)
                fail_msg("%s: %s on %s has a contrast of %.2f", name, theme_role_key((enum role)role),
                         theme_ground_key((enum ground)ground), found);
        }
    }
}

static void test_text_stands_out(void **state)
{
    (void)state;
    skip_without_sources();
    const char *directories[] = {directory(), NULL};
    char name[64] = "", next[64];
    int count = 0;
    while (theme_name_after(name, directories, next, sizeof next) && strcmp(next, name) > 0) {
        strcpy(name, next);
        count++;
        if (strcmp(name, "mono") != 0)
            check_contrast(name);
    }
    assert_true(count >= 8);
}

/* The colour that a role shows, which is that of its own ground where it has one. */
static int32_t colour_of(const struct theme *theme, enum role role)
{
    const struct style *style = &theme->roles[role];
    return style->background == COLOUR_UNSET ? style->colour : style->background;
}

static void check_apart(const char *name, const struct theme *theme, enum eyes eyes)
{
    static const enum role pairs[][2] = {{ROLE_GAIN, ROLE_LOSS},
                                         {ROLE_FLASH_UP, ROLE_FLASH_DOWN},
                                         {ROLE_OK, ROLE_CRITICAL},
                                         {ROLE_BANNER_PAPER, ROLE_BANNER_LIVE}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        double found = distance(seen_by(eyes, rgb_of(colour_of(theme, pairs[i][0]))),
                                seen_by(eyes, rgb_of(colour_of(theme, pairs[i][1]))));
        if (found < 25)
            fail_msg("%s: %s and %s look alike (%.1f)", name, theme_role_key(pairs[i][0]), theme_role_key(pairs[i][1]),
                     found);
    }
}

static void test_colour_blindness(void **state)
{
    (void)state;
    skip_without_sources();
    struct theme deuteranopia = shipped("deuteranopia"), tritanopia = shipped("tritanopia");
    check_apart("deuteranopia", &deuteranopia, EYES_DEUTERANOPIC);
    check_apart("deuteranopia", &deuteranopia, EYES_PROTANOPIC);
    check_apart("tritanopia", &tritanopia, EYES_TRITANOPIC);
    struct theme high_contrast = shipped("high-contrast");
    check_apart("high-contrast", &high_contrast, EYES_DEUTERANOPIC);
    /* The measure itself: red and green of the same lightness are alike for those eyes, and not for others. */
    struct rgb red = rgb_of(0xc05000), green = rgb_of(0x709000);
    assert_true(distance(red, green) > 50);
    assert_true(distance(seen_by(EYES_DEUTERANOPIC, red), seen_by(EYES_DEUTERANOPIC, green)) < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_stands_out),
        cmocka_unit_test(test_colour_blindness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
