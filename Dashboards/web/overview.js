// The page: reads the road, draws it, follows what changes, and says so when it cannot.

import { showChanges } from "./changes.js";
import { DevicePanel } from "./device.js";
import { showDisagreements } from "./disagreements.js";
import { element, put } from "./element.js";
import { Live } from "./live.js";
import { showRates } from "./rates.js";
import { drawRoad } from "./road.js";
import { SHOWN, sign } from "./status.js";
import { showTickets } from "./tickets.js";
import { chooseLanguage, clockTime, dayText, spanText, word } from "./words.js";

const RATES_EVERY_MS = 30_000;
const DISAGREEMENTS_EVERY_MS = 30_000;
const GATHER_MS = 200; // changes come in bunches: a switch takes its cameras along
const CHANGES_SHOWN = 40;

const at = (id) => document.getElementById(id);
let road = null;
let sheet = null;
let disagreements = null;
let lastLook = { state: "waiting" };
let readTimer = 0;
let drawnWidth = 0;
let hasFailed = false; // the last read did

/** By the service's clock, so that a screen with a wrong clock shows right spans. */
const now = () => lastLook.at ?? Date.now();
const panel = new DevicePanel(at("panel"), at("shade"), now);
const open = (key) => panel.open(key);
const live = new Live({
  onReset: () => { read(); readRates(); readDisagreements(); },
  onChange: (change) => {
    if (road) {
      road.changes = [change, ...road.changes].slice(0, CHANGES_SHOWN);
      showChanges(at("changes"), road.changes, now(), open);
    }
    clearTimeout(readTimer);
    readTimer = setTimeout(read, GATHER_MS);
  },
});

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function read() {
  try {
    road = await get("api/v1/status");
    hasFailed = false;
    document.body.classList.remove("waiting");
    live.follow(road.last_event_id, road.health);
    look();
    draw();
    panel.refresh();
  } catch {
    hasFailed = true;
    // The banner says how old the page is; the next event or try reads again.
    clearTimeout(readTimer);
    readTimer = setTimeout(read, 3000);
    look();
  }
}

async function readRates() {
  try { sheet = await get("api/v1/rates?detail=groups"); } catch { sheet = null; }
  showRates(at("rates"), sheet);
}

async function readDisagreements() {
  try { disagreements = await get("api/v1/disagreements"); } catch { disagreements = null; }
  showDisagreements(at("disagreements"), disagreements, now(), open);
}

function drawCounts() {
  const { counts } = road;
  const shown = SHOWN.filter((name) => name !== "unmonitored" || counts[name] > 0);
  put(at("counts"), shown.map((name) => element("li", { class: `${name} ${counts[name] === 0 ? "zero" : ""}` },
    sign(name), element("b", {}, counts[name]), element("span", {}, word(`shown.${name}`)))),
  counts.faltering > 0 ? element("li", { class: "faltering" }, sign("online", true), element("b", {}, counts.faltering), element("span", {}, word("faltering"))) : null);
}

function drawLegend() {
  put(at("legend"), SHOWN.filter((name) => name !== "unmonitored" || road?.counts.unmonitored > 0)
    .map((name) => element("li", {}, sign(name), word(`shown.${name}`))),
  element("li", {}, sign("online", true), word("faltering")));
}

function draw() {
  if (!road) return;
  drawCounts();
  drawLegend();
  drawnWidth = at("strip").clientWidth;
  drawRoad(at("strip"), road, open);
  at("tickets-count").textContent = road.tickets.length > 0 ? road.tickets.length : "";
  showTickets(at("tickets"), road.tickets, now(), open);
  showChanges(at("changes"), road.changes, now(), open);
}

/** Says, every second, how fresh the page is. What is not live is never shown in the colours of what is. */
function look() {
  lastLook = live.look();
  if (lastLook.state === "waiting" && hasFailed) lastLook = { state: "cut", age: null, knownUntil: null };
  const { state, age, knownUntil, troubles } = lastLook;
  document.body.dataset.state = state;
  const until = knownUntil ? clockTime(knownUntil) : "—";
  at("live-text").textContent = state === "live"
    ? word("live.live", { at: until })
    : word(`live.${state}`, { at: until, span: age == null ? "—" : spanText(age) });
  const lines = [];
  if (state === "cut" || state === "stale") lines.push(word(`banner.${state}`, { at: until, span: age == null ? "—" : spanText(age) }));
  for (const trouble of troubles ?? []) lines.push(`${word(`trouble.${trouble.code}`)} (${trouble.detail})`);
  const banner = at("banner");
  const text = lines.join("\n");
  if (banner.textContent !== text) banner.textContent = text;
  banner.hidden = lines.length === 0;
  at("clock").textContent = clockTime(now());
  at("clock-day").textContent = dayText(now());
}

async function useLanguage(chosen) {
  await chooseLanguage(chosen);
  look();
  draw();
  showRates(at("rates"), sheet);
  showDisagreements(at("disagreements"), disagreements, now(), open);
  panel.refresh();
}

for (const node of document.querySelectorAll("[data-language]")) {
  node.addEventListener("click", () => useLanguage(node.dataset.language));
}

await chooseLanguage();
await read();
await readRates();
await readDisagreements();
new ResizeObserver(() => {
  const width = at("strip").clientWidth;
  if (width === drawnWidth) return;
  requestAnimationFrame(() => {
    drawnWidth = width;
    if (road) drawRoad(at("strip"), road, open);
  });
}).observe(at("strip"));
setInterval(look, 1000);
setInterval(readRates, RATES_EVERY_MS);
setInterval(readDisagreements, DISAGREEMENTS_EVERY_MS);
setInterval(() => { // spans grow while nothing changes
  if (!road || at("tickets").contains(document.activeElement)) return;
  showTickets(at("tickets"), road.tickets, now(), open);
}, 10_000);
const asked = decodeURIComponent(location.hash.slice(1));
if (asked) open(asked);
