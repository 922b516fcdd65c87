/* What the screen test runs on its pseudo-terminal: the screen on the scripted market. */
#ifndef TESTS_UI_SCREEN_CHILD_H
#define TESTS_UI_SCREEN_CHILD_H

/* Arguments: `readonly`, `ascii`, `silent` (requests are not answered), `unknown` (their fate stays unknown), `away`
 * (no server), `gone` (the stream ORDERS has vanished), `full` (no storage is left), `duck` (the server will stop),
 * `conflated` (quotes come that replaced others), `layouts` (two: left, wide), `odd` (quotes come of which something is
 * odd), `flood` (hundreds of quotes a second), `limit=BYTES` (per second), `backwards` (the first quotes come in the
 * wrong order, and are drawn at once), `alerts=N` (N quotes are stale), `wide` (an alert in wide characters),
 * `theme=NAME`. Every request is written to descriptor 3 as "subject payload". Returns the exit status: 0 when the user
 * left, the kind of the error when the screen could not be set up. */
int screen_child_main(int argc, char **argv);

#endif
