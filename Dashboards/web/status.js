// What a device is shown as: a colour, a shape and a sign, so that none of them has to be seen alone.

import { drawing } from "./element.js";

/** In the order of the legend. */
export const SHOWN = ["online", "abnormal", "offline", "upstream", "unknown", "unmonitored"];

const SHAPES = {
  online: { d: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18z", sign: "M8 12.4l2.8 2.8l5.2-6" },
  abnormal: { d: "M12 2.2L22.4 20.6H1.6z", sign: "M12 9v5.2M12 16.6v1.2" },
  offline: { d: "M3.2 3.2h17.600v17.600h-17.600z", sign: "M8 8l8 8M16 8l-8 8" },
  upstream: { d: "M12 1.6L22.400 12L12 22.400L1.600 12z", sign: "M12 16.500V8M8.600 11.200L12 7.800l3.400 3.400" },
  unknown: { d: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18z", sign: "M9.300 9.600c0-3.600 5.400-3.600 5.400-.3c0 2.100-2.700 2-2.700 4.200M12 16v1.200" },
  unmonitored: { d: "M12 6a6 6 0 1 0 0 12a6 6 0 1 0 0-12z", sign: "M9.500 12h5" },
};

/** The sign of a status; a dashed ring around it where a miss is not yet confirmed. */
export function sign(shown, faltering) {
  const shape = SHAPES[shown] ?? SHAPES.unknown;
  return drawing("svg", { class: `sign ${shown}`, viewBox: "-3 -3 30 30", "aria-hidden": "true", focusable: "false" },
    faltering && drawing("circle", { class: "ring", cx: 12, cy: 12, r: 13 }),
    drawing("path", { class: "shape", d: shape.d }),
    drawing("path", { class: "stroke", d: shape.sign }));
}

const RANK = { offline: 0, abnormal: 1, upstream: 2, unknown: 3, unmonitored: 4, online: 5 };

/** What needs somebody comes first. */
export function byUrgency(left, right) { return RANK[left.shown] - RANK[right.shown]; }
