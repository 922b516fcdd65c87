/* See bell.h. */
#include "ui/bell.h"

#include "core/timestamp.h"

bool bell_rings(struct ui *ui)
{
    static const enum severity least[] = {[BELL_CRITICAL] = SEVERITY_CRITICAL, [BELL_WARNING] = SEVERITY_WARNING};
    const struct alert_digest *digest;
    uint64_t newest = 0;
    if (ui->bell_rule == BELL_OFF)
        return false;
    digest = model_alert_digest(ui->model, ui->wall_ns);
    for (int severity = (int)least[ui->bell_rule]; severity <= SEVERITY_CRITICAL; severity++)
        newest = digest->wanting[severity] > newest ? digest->wanting[severity] : newest;
    bool rang_just_now = ui->rang_ns != 0 && ui->monotonic_ns - ui->rang_ns < NS_PER_SECOND;
    if (newest <= ui->rung_sequence || rang_just_now)
        return false;
    ui->rung_sequence = newest;
    ui->rang_ns = ui->monotonic_ns;
    return true;
}
