// Reads {scripts, logs: [{script, events, ahead}]} from standard input and answers what the player's rules make of it.
import { readFileSync } from "node:fs";
import { advance, apply, fold, initial, result } from "../../static/js/player/fold.js";

const { scripts, logs } = JSON.parse(readFileSync(0, "utf8"));
const answers = logs.map(({ script, events, ahead }) => {
  const played = scripts[script];
  const state = fold(played, events);
  const stepped = events.reduce((before, event) => apply(played, before, event), initial(played));
  return { state, stepped, result: result(played, state), ahead: advance(played, state, ahead) };
});
process.stdout.write(JSON.stringify(answers));
