// The road as a strip: stake marks from left to right, one carriageway a side, and below it what the cameras hang on.
// On a narrow screen the same road runs from top to bottom, a row a stake mark.

import { drawing, element, put } from "./element.js";
import { sign } from "./status.js";
import { word } from "./words.js";

const NARROW_PX = 720;
const MOST_STRETCHES = 12;
const MOST_LEVELS = 3; // more cameras above each other than this, and the road is folded into more stretches
const LABELS_A_SIDE = 5;
const CARRIAGEWAY_PX = 30;
const WAYS_PX = 68; // at the left, where the two directions are named
const NETWORK = new Set(["switch", "gateway", "ups", "link", "server", "platform", "recorder", "encoder"]);

const stakeText = (metres) => `K${Math.floor(metres / 1000)}+${String(metres % 1000).padStart(3, "0")}`;
const side = (device) => (device.direction === "up" || device.direction === "down" ? device.direction : "both");

/** What a device is, where and how, for those who cannot see the strip. */
export function spoken(device) {
  return [device.name, device.stake_mark, device.direction && word(`direction.${device.direction}`),
    word(`shown.${device.shown}`), device.faltering && word("faltering"),
    device.cause && word(`cause.${device.cause}`)].filter(Boolean).join("，");
}

function button(device, className, open, ...children) {
  return element("button", {
    type: "button", class: `${className} ${device.shown}`, "data-key": device.key, tabindex: -1,
    "aria-label": spoken(device), onclick: () => open(device.key),
  }, ...children);
}

/** The sign of a device with a few words that show when it is pointed at. */
function marker(device, size, open) {
  const node = button(device, "marker", open, sign(device.shown, device.faltering),
    element("span", { class: "tip", "aria-hidden": "true" },
      element("b", {}, device.name), element("br"),
      [device.stake_mark, word(`shown.${device.shown}`), device.cause && word(`cause.${device.cause}`)]
        .filter(Boolean).join(" · ")));
  node.style.width = node.style.height = `${size}px`;
  return node;
}

/** Gives each a level so that none touches another of its level; `left` and `right` are its ends. */
function levels(items, gap) {
  const ends = [];
  for (const item of items) {
    let level = ends.findIndex((end) => end + gap <= item.left);
    if (level < 0) level = ends.push(-Infinity) - 1;
    ends[level] = item.right;
    item.level = level;
  }
  return ends.length;
}

/** Cuts the road so that no stretch stacks more than a few signs; each stretch has the same length. */
function stretches(devices, width, size) {
  const metres = devices.map((device) => device.stake_mark_m);
  const [from, to] = [Math.min(...metres), Math.max(...metres)];
  const length = Math.max(to - from, 1);
  for (let count = 1; ; count += 1) {
    const part = length / count;
    const inner = width - WAYS_PX - 2 * size;
    const cut = Array.from({ length: count }, (_, index) => {
      const start = from + index * part;
      const own = devices.filter((device) => {
        const place = Math.min(Math.floor((device.stake_mark_m - from) / part), count - 1);
        return place === index;
      });
      return { start, end: start + part, devices: own, x: (m) => WAYS_PX + size + ((m - start) / part) * inner };
    });
    const crowd = Math.max(...cut.flatMap((stretch) => ["up", "down"].map((direction) =>
      levels(spots(stretch, direction, size), 3))));
    if (crowd <= MOST_LEVELS || count === MOST_STRETCHES) return cut;
  }
}

function spots(stretch, direction, size) {
  return stretch.devices.filter((device) => !NETWORK.has(device.kind) && side(device) === direction)
    .map((device) => {
      const x = stretch.x(device.stake_mark_m);
      return { device, x, left: x - size / 2, right: x + size / 2 };
    });
}

function labelled(spotsOfSide, width) {
  const urgent = spotsOfSide.filter(({ device }) => device.shown === "offline" || device.shown === "abnormal");
  const items = urgent.slice(0, LABELS_A_SIDE).map((spot) => {
    const text = `${spot.device.stake_mark} ${spot.device.name}`;
    const length = [...text].reduce((sum, char) => sum + (char > "\u2e80" ? 12.500 : 7), 18);
    const left = Math.max(0, Math.min(spot.x - length / 2, width - length));
    return { spot, text, left, right: left + length };
  });
  return { items: items.sort((a, b) => a.left - b.left), rows: levels(items, 6) };
}

function axisStep(metresAcross, width) {
  const wanted = (metresAcross / width) * 110;
  return [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000].find((step) => step >= wanted) ?? 200_000;
}

/** How far above the cameras a device stands: 0 carries cameras or nothing, 1 carries those, and so on. */
function heights(devices) {
  const byKey = new Map(devices.map((device) => [device.key, device]));
  const height = new Map();
  const rise = (device, least, seen) => {
    if (seen.has(device.key) || (height.get(device.key) ?? -1) >= least) return;
    height.set(device.key, least);
    for (const key of device.upstream) {
      const above = byKey.get(key);
      if (above) rise(above, least + (NETWORK.has(device.kind) ? 1 : 0), new Set([...seen, device.key]));
    }
  };
  for (const device of devices) rise(device, 0, new Set());
  return height;
}

/** One stretch of road on a wide screen. */
function wideStretch(stretch, all, height, width, size, open) {
  const down = spots(stretch, "down", size);
  const up = spots(stretch, "up", size);
  const both = spots(stretch, "both", size);
  const step = size + 4;
  const [downLevels, upLevels] = [levels(down, 3), levels(up, 3)];
  const [downLabels, upLabels] = [labelled(down, width), labelled([...up, ...both].sort((a, b) => a.x - b.x), width)];
  const roadTop = downLabels.rows * 24 + downLevels * step + 12;
  const roadBottom = roadTop + 2 * CARRIAGEWAY_PX;
  const upEnd = roadBottom + upLevels * step + 12 + upLabels.rows * 24;

  const lines = [];
  const nodes = [];
  lines.push(drawing("rect", { class: "asphalt", x: 0, y: roadTop, width, height: 2 * CARRIAGEWAY_PX, rx: 4 }),
    drawing("line", { class: "median", x1: 0, x2: width, y1: roadTop + CARRIAGEWAY_PX, y2: roadTop + CARRIAGEWAY_PX }));
  const axis = axisStep(stretch.end - stretch.start, width);
  for (let m = Math.ceil(stretch.start / axis) * axis; m <= stretch.end; m += axis) {
    const x = stretch.x(m);
    lines.push(drawing("line", { class: "tick", x1: x, x2: x, y1: roadTop, y2: roadBottom }),
      drawing("text", { class: "stake", x: x + 4, y: roadBottom - 6 }, stakeText(m)));
  }
  lines.push(drawing("text", { class: "way", x: 10, y: roadTop + 20 }, `← ${word("direction.down")}`),
    drawing("text", { class: "way", x: 10, y: roadBottom - 10 }, `${word("direction.up")} →`));

  const place = (spot, y) => {
    const node = marker(spot.device, size, open);
    node.style.left = `${spot.x - size / 2}px`;
    node.style.top = `${y - size / 2}px`;
    nodes.push(node);
    spot.y = y;
  };
  for (const spot of down) {
    const y = roadTop - 8 - size / 2 - spot.level * step;
    lines.push(drawing("line", { class: `leader ${spot.device.shown}`, x1: spot.x, x2: spot.x, y1: y, y2: roadTop + 8 }));
    place(spot, y);
  }
  for (const spot of up) {
    const y = roadBottom + 8 + size / 2 + spot.level * step;
    lines.push(drawing("line", { class: `leader ${spot.device.shown}`, x1: spot.x, x2: spot.x, y1: y, y2: roadBottom - 8 }));
    place(spot, y);
  }
  let edge = -Infinity;
  for (const spot of both) {
    spot.x = Math.max(spot.x, edge + size + 3);
    edge = spot.x;
    place(spot, roadTop + CARRIAGEWAY_PX);
  }
  const label = (item, y) => {
    lines.push(drawing("line", { class: `leader ${item.spot.device.shown}`, x1: item.spot.x, x2: item.spot.x, y1: item.spot.y, y2: y }));
    const node = element("span", { class: `flag ${item.spot.device.shown}`, "aria-hidden": "true" }, item.text);
    node.style.left = `${item.left}px`;
    node.style.top = `${y - 10}px`;
    nodes.push(node);
  };
  for (const item of downLabels.items) label(item, roadTop - 12 - downLevels * step - 10 - item.level * 24);
  for (const item of upLabels.items) label(item, roadBottom + 12 + upLevels * step + 10 + item.level * 24);

  const bottom = network(stretch, all, height, width, upEnd + 6, lines, nodes, open);
  const canvas = drawing("svg", { class: "lines", width, height: bottom, viewBox: `0 0 ${width} ${bottom}`, "aria-hidden": "true" }, lines);
  const node = element("div", { class: "stretch" }, canvas, nodes);
  node.style.height = `${bottom}px`;
  return node;
}

/** The switches and what they hang on, each with a bracket over what hangs on it. Answers where it ends. */
function network(stretch, all, height, width, top, lines, nodes, open) {
  const own = stretch.devices.filter((device) => NETWORK.has(device.kind));
  const xs = new Map(stretch.devices.map((device) => [device.key, stretch.x(device.stake_mark_m)]));
  let y = top;
  const rows = [...new Set(own.map((device) => height.get(device.key)))].sort((a, b) => a - b);
  for (const row of rows) {
    const boxes = own.filter((device) => height.get(device.key) === row).map((device) => {
      const text = device.key.length <= 12 ? device.key : device.name;
      const length = [...text].reduce((sum, char) => sum + (char > "\u2e80" ? 13 : 8), 44);
      const x = xs.get(device.key);
      const below = all.filter((other) => other.upstream.includes(device.key) && xs.has(other.key))
        .map((other) => xs.get(other.key));
      return { device, text, length, x, below, left: Math.min(x, ...below) - 4, right: Math.max(x, ...below) + 4 };
    }).sort((a, b) => a.x - b.x);
    const carrying = boxes.filter((box) => box.below.length > 0);
    const brackets = levels([...carrying].sort((a, b) => a.left - b.left), 2);
    const boxTop = y + brackets * 8 + 12;
    let edge = 0;
    for (const box of boxes) { // nobody over another: to the right, and back from the right edge
      box.at = Math.max(edge, box.x - box.length / 2);
      edge = box.at + box.length + 8;
    }
    edge = width;
    for (const box of [...boxes].reverse()) {
      box.at = Math.max(0, Math.min(box.at, edge - box.length));
      edge = box.at - 8;
    }
    for (const box of boxes) {
      const middle = box.at + box.length / 2;
      if (box.below.length > 0) {
        const bus = y + 6 + box.level * 8;
        const stem = Math.min(Math.max(middle, box.left + 4), box.right - 4);
        lines.push(drawing("path", {
          class: `bus ${box.device.shown}`,
          d: `M${Math.min(box.left + 4, stem)} ${bus}H${Math.max(box.right - 4, stem)}M${stem} ${bus}L${middle} ${boxTop}`
            + box.below.map((x) => `M${x} ${bus}v-6`).join(""),
        }));
      }
      const node = button(box.device, "box", open, sign(box.device.shown, box.device.faltering),
        element("span", { class: "key" }, box.text),
        element("span", { class: "tip", "aria-hidden": "true" }, element("b", {}, box.device.name), element("br"),
          [box.device.stake_mark, word(`shown.${box.device.shown}`)].filter(Boolean).join(" · ")));
      node.style.left = `${box.at}px`;
      node.style.top = `${boxTop}px`;
      node.style.width = `${box.length}px`;
      nodes.push(node);
      xs.set(box.device.key, middle); // what it hangs on draws its bracket to where the box really is
    }
    y = boxTop + 32;
  }
  return y + 4;
}

/** The road from top to bottom, for a narrow screen. */
function narrowRoad(devices, open) {
  const carried = (device) => devices.filter((other) => other.upstream.includes(device.key)).length;
  const rows = new Map();
  for (const device of devices) {
    const isNetwork = NETWORK.has(device.kind);
    const at = isNetwork ? `${device.stake_mark_m} ${device.key}` : device.stake_mark_m;
    const row = rows.get(at) ?? { metres: device.stake_mark_m, isNetwork, devices: [] };
    row.devices.push(device);
    rows.set(at, row);
  }
  const one = (device) => button(device, "line", open, sign(device.shown, device.faltering),
    element("span", { class: "key" }, device.name,
      device.shown === "online" ? null : element("small", {}, word(`shown.${device.shown}`),
        device.cause && device.shown !== "upstream" ? ` · ${word(`cause.${device.cause}`)}` : "")));
  const ordered = [...rows.values()].sort((a, b) => a.metres - b.metres || Number(b.isNetwork) - Number(a.isNetwork));
  return element("div", { class: "upright" },
    element("div", { class: "ways", "aria-hidden": "true" },
      element("span", {}, `${word("direction.down")} ↑`), element("span", {}, word("stake")),
      element("span", {}, `↓ ${word("direction.up")}`)),
    ordered.map((row) => row.isNetwork
      ? element("div", { class: "row net" }, row.devices.map((device) => button(device, "line", open,
        sign(device.shown, device.faltering),
        element("span", { class: "key" }, `${device.key} `, element("small", {}, device.name)),
        carried(device) > 0 ? element("span", { class: "carried" }, word("carries", { n: carried(device) })) : null)))
      : element("div", { class: "row" },
        element("div", { class: "down" }, row.devices.filter((device) => side(device) === "down").map(one)),
        element("span", { class: "stake" }, stakeText(row.metres)),
        element("div", { class: "up" }, row.devices.filter((device) => side(device) !== "down").map(one)))));
}

/** Arrow keys go along the road; one stop of the tab key for all of it. */
function makeWalkable(node, focused) {
  const items = [...node.querySelectorAll("button[data-key]")];
  const start = items.find((item) => item.dataset.key === focused) ?? items[0];
  if (start) start.tabIndex = 0;
  node.onkeydown = (event) => {
    const now = items.indexOf(document.activeElement);
    if (now < 0) return;
    const next = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[event.key];
    if (next === undefined || !items[next]) return;
    event.preventDefault();
    items[now].tabIndex = -1;
    items[next].tabIndex = 0;
    items[next].focus();
  };
}

/** What hangs together is lit together while a device is pointed at. */
function makeTelling(node, devices) {
  const byKey = new Map(devices.map((device) => [device.key, device]));
  const light = (key) => {
    const device = byKey.get(key);
    const kin = new Set(device ? [key, ...device.upstream, ...devices.filter((other) => other.upstream.includes(key)).map((other) => other.key)] : []);
    for (const item of node.querySelectorAll("[data-key]")) item.classList.toggle("kin", kin.has(item.dataset.key));
    node.classList.toggle("telling", kin.size > 1 && NETWORK.has(device.kind));
  };
  node.onpointerover = (event) => light(event.target.closest("[data-key]")?.dataset.key);
  node.onpointerleave = () => light(undefined);
  node.onfocusin = node.onpointerover;
  node.onfocusout = () => light(undefined);
}

/** Draws the roads into a node; keeps the focus where it was. */
export function drawRoad(node, road, open) {
  const width = Math.floor(node.clientWidth);
  if (width === 0) return;
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const known = document.activeElement?.dataset?.key ?? node.querySelector("button[tabindex='0']")?.dataset.key;
  const size = width >= 1700 ? 34 : 26;
  const height = heights(road.devices);
  const placed = new Set();
  const parts = road.roads.map(({ road: name }) => {
    const devices = road.devices.filter((device) =>
      device.stake_mark_m !== null && device.roads[0] === name && !placed.has(device.key))
      .sort((a, b) => a.stake_mark_m - b.stake_mark_m);
    for (const device of devices) placed.add(device.key);
    if (devices.length === 0) return null;
    const ends = `${stakeText(devices[0].stake_mark_m)} – ${stakeText(devices.at(-1).stake_mark_m)}`;
    return element("section", { class: "one", "aria-label": `${name} ${ends}` },
      element("h3", {}, element("span", { class: "shield" }, name), element("small", {}, ends)),
      width < NARROW_PX
        ? narrowRoad(devices, open)
        : stretches(devices, width, size).map((stretch) => wideStretch(stretch, devices, height, width, size, open)));
  });
  const elsewhere = road.devices.filter((device) => !placed.has(device.key));
  put(node, parts, elsewhere.length > 0 ? element("section", { class: "elsewhere" },
    element("h3", {}, word("elsewhere")),
    elsewhere.map((device) => button(device, "box", open, sign(device.shown, device.faltering), element("span", { class: "key" }, device.name)))) : null);
  makeWalkable(node, known);
  makeTelling(node, road.devices);
  if (focused) node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}
