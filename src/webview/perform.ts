/** Key commands carried out on the panel's actions. */
import type { KeyCommand } from "./keyboard.js";
import type { Actions, Model } from "./model.js";
import { setEdge } from "./player/timeline.js";

/** @returns whether the command did anything; the key is left to the browser otherwise. */
export function perform(command: KeyCommand, model: Model, actions: Actions): boolean {
  const { playback, overlay } = model;
  if (!model.motion) return false;
  switch (command.do) {
    case "toggle":
      actions.toggle();
      return true;
    case "step":
      actions.step(command.frames);
      return true;
    case "first":
      actions.seek(0);
      return true;
    case "last":
      actions.seek(playback.frames - 1);
      return true;
    case "rangeStart":
    case "rangeEnd": {
      const edge = command.do === "rangeStart" ? "start" : "end";
      actions.setRange(setEdge(playback.range, edge, playback.frame, playback.frames));
      return true;
    }
    case "loop":
    case "follow":
    case "mirror":
    case "ghosts":
      actions.flip(command.do);
      return true;
    case "heatMap":
      if (!overlay || !model.room.heatMap) return false;
      actions.flip("heatMap");
      return true;
    case "view":
      actions.look(command.view);
      return true;
    case "zoom":
      actions.zoom(command.factor);
      return true;
    case "word": {
      const count = overlay?.words.length ?? 0;
      if (count === 0) return false;
      const from = model.selected ?? (command.by > 0 ? -1 : count);
      actions.choose((from + command.by + count) % count);
      return true;
    }
    case "free":
      if (model.selected !== undefined) actions.choose(undefined);
      else if (playback.range) actions.setRange(undefined);
      else return false;
      return true;
  }
}
