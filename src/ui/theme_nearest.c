/* Themes on terminals with fewer colours. With 256 the nearest entry by weighted distance is good enough; with 16 or 8
 * distance turns muted greens and reds into grey, so there the hue decides and greys are kept for what has no hue. */
#include "ui/theme.h"

#include <stdlib.h>

static int red_of(int32_t rgb)
{
    return rgb >> 16 & 0xff;
}

static int green_of(int32_t rgb)
{
    return rgb >> 8 & 0xff;
}

static int blue_of(int32_t rgb)
{
    return rgb & 0xff;
}

int32_t theme_rgb_of_index(int index)
{
    static const int32_t first_16[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                         0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                         0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
    static const int32_t steps[6] = {0, 95, 135, 175, 215, 255};
    if (index < 0 || index > 255)
        return 0;
    if (index < 16)
        return first_16[index];
    if (index < 232) {
        int cube = index - 16;
        return steps[cube / 36] << 16 | steps[cube / 6 % 6] << 8 | steps[cube % 6];
    }
    int32_t grey = 8 + 10 * (index - 232);
    return grey << 16 | grey << 8 | grey;
}

/* The "redmean" distance (Riemersma): close to what the eye sees, and cheap. */
static int64_t distance(int32_t a, int32_t b)
{
    int64_t mean = (red_of(a) + red_of(b)) / 2;
    int64_t red = red_of(a) - red_of(b), green = green_of(a) - green_of(b), blue = blue_of(a) - blue_of(b);
    return (512 + mean) * red * red / 256 + 4 * green * green + (767 - mean) * blue * blue / 256;
}

int theme_nearest_256(int32_t rgb)
{
    int best = 16;
    int64_t best_distance = INT64_MAX;
    /* The first 16 are left out: people change them. */
    for (int index = 16; index < 256; index++) {
        int64_t here = distance(rgb, theme_rgb_of_index(index));
        if (here < best_distance) {
            best = index;
            best_distance = here;
        }
    }
    return best;
}

static int nearest_grey(int lightness)
{
    if (lightness < 64)
        return 0;
    if (lightness < 150)
        return 8;
    return lightness < 235 ? 7 : 15;
}

int theme_nearest_16(int32_t rgb)
{
    int red = red_of(rgb), green = green_of(rgb), blue = blue_of(rgb);
    int high = red > green ? (red > blue ? red : blue) : (green > blue ? green : blue);
    int low = red < green ? (red < blue ? red : blue) : (green < blue ? green : blue);
    if (high - low < 40 || high < 64)
        return nearest_grey((high + low) / 2);
    /* A pale colour is nearer to white than to its hue, unless it is clearly tinted. */
    int middle = (high + low) / 2;
    int index = (red > middle ? 1 : 0) | (green > middle ? 2 : 0) | (blue > middle ? 4 : 0);
    return high > 210 ? index + 8 : index;
}

int theme_nearest_8(int32_t rgb, bool *bold)
{
    int index = theme_nearest_16(rgb);
    *bold = index > 8;
    if (index == 8)
        return 7; /* bold black is invisible on some terminals */
    return index & 7;
}

int theme_visible_16(int foreground, int background)
{
    return foreground == 7 && background == 15 ? 8 : foreground;
}
