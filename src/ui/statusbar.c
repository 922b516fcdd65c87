/* The status bar. A halt takes all of it; a lost connection takes its right half and counts the seconds. */
#include "ui/statusbar.h"

#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/keys.h"

#define PROBLEM_SHOWN_NS (60 * NS_PER_SECOND)

static struct ink bar(enum role role)
{
    return (struct ink){.role = role, .ground = GROUND_BAR};
}

static enum role banner_role(const char *banner)
{
    if (strcmp(banner, "LIVE") == 0)
        return ROLE_BANNER_LIVE;
    return strcmp(banner, "REPLAY") == 0 ? ROLE_BANNER_REPLAY : ROLE_BANNER_PAPER;
}

static bool is_connected(const struct ui *ui)
{
    return model_connection(ui->model)->state == CONNECTION_CONNECTED;
}

static long long seconds_in_state(const struct ui *ui)
{
    int64_t since_ns = model_connection(ui->model)->since_ns;
    int64_t passed_ns = ui->monotonic_ns - since_ns;
    return since_ns == 0 || passed_ns < 0 ? 0 : (long long)(passed_ns / NS_PER_SECOND);
}

/* What is to be done; the bar says what is wrong. */
static void describe_hold(const struct ui *ui, char *text, size_t size)
{
    const struct hold *hold = model_hold(ui->model);
    struct key_name resume = keys_name(ui, WHERE_SCREENS, "resume");
    if (hold->troubles.gone != 0)
        snprintf(text, size,
                 "A stream has vanished. \"tapedeck streams --apply\" makes it again; then %s resumes trading.",
                 resume.text);
    else if (hold->troubles.full != 0)
        snprintf(text, size, "The server has no storage left. Make room on its disk; then %s resumes trading.",
                 resume.text);
    else if (hold->reason[0] != '\0')
        snprintf(text, size, "Trading is held, and no halt stands on the tape yet: %s. %s resumes.", hold->reason,
                 resume.text);
}

/* What the server said without being asked: for a minute, or as long as it holds. */
static void describe_server(const struct ui *ui, char *text, size_t size)
{
    const struct connection_status *connection = model_connection(ui->model);
    bool recent = ui->monotonic_ns - connection->problem_ns < PROBLEM_SHOWN_NS;
    if (connection->silent)
        snprintf(text, size, "The server does not answer what is sent; its disk may be full. Orders are refused.");
    else if (connection->problem[0] != '\0' && (recent || connection->lame_duck))
        snprintf(text, size, "Connection: %s", connection->problem);
}

void statusbar_problem(const struct ui *ui, char *text, size_t size)
{
    const struct connection_status *connection = model_connection(ui->model);
    const char *problem = connection->problem;
    const char *colon = problem[0] != '\0' ? ": " : "";
    text[0] = '\0';
    switch (connection->state) {
    case CONNECTION_CONNECTED:
        describe_hold(ui, text, size);
        if (text[0] == '\0')
            describe_server(ui, text, size);
        break;
    case CONNECTION_CONNECTING:
        snprintf(text, size, "Connecting to the server%s%s", colon, problem);
        break;
    case CONNECTION_DISCONNECTED:
        snprintf(text, size, "Server away for %lld s%s%s. Prices show their age; orders wait.", seconds_in_state(ui),
                 colon, problem);
        break;
    case CONNECTION_CLOSED:
        snprintf(text, size, "The connection is closed%s%s", colon, problem);
        break;
    }
}

/* ---- the left half -------------------------------------------------------------------------------------------- */

static int draw_day(const struct ui *ui, struct area area, int col)
{
    const struct exposure *exposure = model_exposure(ui->model, ui->account);
    char text[2 * FORMAT_SIZE], number[FORMAT_SIZE];
    col = draw_text(&ui->canvas, area, 0, col, 0, bar(ROLE_DIM), "day ");
    if (exposure == NULL)
        return draw_text(&ui->canvas, area, 0, col, 0, bar(ROLE_DIM), draw_glyph(&ui->canvas, GLYPH_DASH));
    int sign = ui_sign(exposure->day_pnl);
    format_money_in(number, exposure->day_pnl, 2, true, 16);
    snprintf(text, sizeof text, "%s%s%s%s%s", exposure->stale ? "(" : "", ui_arrow(ui, sign), sign == 0 ? "" : " ",
             number, exposure->stale ? ")" : "");
    struct ink ink = bar(exposure->stale ? ROLE_STALE : ui_role_of(sign));
    ink.bold = true;
    return draw_text(&ui->canvas, area, 0, col, 0, ink, text);
}

static int draw_left(const struct ui *ui, struct area area)
{
    char text[32];
    struct ink name = bar(ROLE_TITLE);
    const struct state_change *change;
    int col = 1;
    if (area.cols >= 78 || ui->readonly)
        col = draw_text(&ui->canvas, area, 0, col, 0, name, ui->readonly ? "READ-ONLY" : "TAPEDECK") + 1;
    snprintf(text, sizeof text, " %s ", ui->banner);
    col = draw_text(&ui->canvas, area, 0, col, 0, (struct ink){.role = banner_role(ui->banner), .ground = GROUND_BAR},
                    text) +
          1;
    if (model_trading_state(ui->model, &change) == TRADING_REDUCING)
        col = draw_text(&ui->canvas, area, 0, col, 0, bar(ROLE_CRITICAL), "REDUCE ONLY") + 1;
    if (area.cols >= 60)
        col = draw_text(&ui->canvas, area, 0, col, 12, bar(ROLE_TEXT), ui->account) + 2;
    return draw_day(ui, area, col);
}

/* ---- the right half ------------------------------------------------------------------------------------------- */

static int draw_connection(const struct ui *ui, struct area area, int end)
{
    char text[64];
    if (model_connection(ui->model)->silent) {
        snprintf(text, sizeof text, " %s SERVER SILENT ", draw_glyph(&ui->canvas, GLYPH_CIRCLE));
        return draw_right(&ui->canvas, area, 0, end, 0, bar(ROLE_BANNER_HALTED), text) - 1;
    }
    if (is_connected(ui)) {
        end = draw_right(&ui->canvas, area, 0, end, 0, bar(ROLE_DIM), "nats") - 1;
        return draw_right(&ui->canvas, area, 0, end, 0, bar(ROLE_OK), draw_glyph(&ui->canvas, GLYPH_DOT)) - 1;
    }
    bool connecting = model_connection(ui->model)->state == CONNECTION_CONNECTING;
    snprintf(text, sizeof text, " %s %s %lld s ", draw_glyph(&ui->canvas, GLYPH_CIRCLE),
             connecting ? "connecting" : "SERVER AWAY", seconds_in_state(ui));
    enum role role = connecting ? ROLE_WARNING : ROLE_BANNER_HALTED;
    return draw_right(&ui->canvas, area, 0, end, 0, bar(role), text) - 1;
}

static int draw_number(const struct ui *ui, struct area area, int end, const char *number, const char *unit)
{
    end = draw_right(&ui->canvas, area, 0, end, 0, bar(ROLE_DIM), unit) - 1;
    return draw_right(&ui->canvas, area, 0, end, 0, bar(ROLE_TEXT), number);
}

static void draw_right_half(const struct ui *ui, struct area area, int from)
{
    struct flow flow = model_flow(ui->model);
    char text[FORMAT_SIZE];
    int end = area.cols - 1;
    if (area.cols >= 60) {
        timestamp_format_clock(text, ui->wall_ns);
        end = draw_right(&ui->canvas, area, 0, end, 0, bar(ROLE_DIM), "UTC") - 1;
        end = draw_right(&ui->canvas, area, 0, end, 0, bar(ROLE_TEXT), text) - 2;
    }
    bool conflated = flow.conflated_per_second > 0;
    if (is_connected(ui) && !model_connection(ui->model)->silent) {
        /* The numbers keep their places: their columns are as wide as what they usually hold. */
        if (conflated && end - from >= 11) {
            /* In the place of the latency, which says little then. */
            end = draw_right(&ui->canvas, area, 0, end, 0, bar(ROLE_WARNING), "conflated") - 1;
        } else if (end - from >= 23) {
            if (flow.latency_ns < 0)
                snprintf(text, sizeof text, "%s", draw_glyph(&ui->canvas, GLYPH_DASH));
            else if (flow.latency_ns < 100 * NS_PER_MS)
                snprintf(text, sizeof text, "%.1f", (double)flow.latency_ns / 1e6);
            else if (flow.latency_ns < 10 * NS_PER_SECOND)
                snprintf(text, sizeof text, "%.0f", (double)flow.latency_ns / 1e6);
            else
                snprintf(text, sizeof text, "%.0f", (double)flow.latency_ns / 1e9);
            draw_number(ui, area, end, text, flow.latency_ns < 10 * NS_PER_SECOND ? "ms" : "s");
            end -= 7;
        }
        if (end - from >= (conflated ? 10 : 16)) {
            format_count(text, (uint64_t)(flow.quotes_per_second + 0.5));
            draw_number(ui, area, end, text, "q/s");
            end -= 10;
        }
    }
    if (end - from >= 18) {
        format_kilobytes(text, ui->bandwidth.rate);
        draw_number(ui, area, end, text, "KB/s");
        end -= 11;
    }
    if (end - from >= 6 || !is_connected(ui) || model_connection(ui->model)->silent)
        draw_connection(ui, area, end);
}

/* ---- halted --------------------------------------------------------------------------------------------------- */

static void draw_halted(const struct ui *ui, struct area area, const struct state_change *change)
{
    const struct hold *hold = model_hold(ui->model);
    struct ink ink = {.role = ROLE_BANNER_HALTED, .ground = GROUND_BAR};
    char text[320], clock[TIMESTAMP_TEXT_SIZE] = "", right[160] = "";
    draw_fill(&ui->canvas, area, ink);
    if (hold->reason[0] != '\0') {
        snprintf(text, sizeof text, "HALTED: %s", hold->reason);
    } else if (change != NULL) {
        timestamp_format_clock(clock, change->timestamp_ns);
        bool everything = strcmp(change->scope, "*") == 0;
        snprintf(text, sizeof text, "HALTED%s%s by %s %s: %s", everything ? "" : " ", everything ? "" : change->scope,
                 change->by, clock, change->reason);
    } else {
        snprintf(text, sizeof text, "HALTED");
    }
    timestamp_format_clock(clock, ui->wall_ns);
    if (!is_connected(ui))
        snprintf(right, sizeof right, "%s SERVER AWAY %lld s", draw_glyph(&ui->canvas, GLYPH_CIRCLE),
                 seconds_in_state(ui));
    else if (area.cols >= 60)
        snprintf(right, sizeof right, "%s  %s  %s UTC", ui->banner, ui->account, clock);
    int end = right[0] == '\0' ? area.cols - 1
                               : draw_right(&ui->canvas, area, 0, area.cols - 1, area.cols / 2, ink, right) - 2;
    draw_text(&ui->canvas, area, 0, 1, end - 1, ink, text);
}

void statusbar_draw(const struct ui *ui, struct area area)
{
    const struct state_change *change;
    if (area_is_empty(area))
        return;
    bool halted = model_trading_state(ui->model, &change) == TRADING_HALTED;
    if (halted || model_hold(ui->model)->reason[0] != '\0') {
        draw_halted(ui, area, change);
        return;
    }
    draw_fill(&ui->canvas, area, bar(ROLE_TEXT));
    draw_right_half(ui, area, draw_left(ui, area) + 1);
}
