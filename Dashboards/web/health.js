// A device's health over the last day: one series at a time, chosen from those it has, drawn with its gaps.

import { drawing, element, put } from "./element.js";
import { clockTime, knownWord, spanText, word } from "./words.js";

const FIVE_MINUTES_MS = 300_000;
const OFFSET_MS = 8 * 3600_000;
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [456, 170, 50, 22, 8];

/** The one that says most about most devices comes first. */
const FAVOURITES = ["cpu.load", "ups.load", "temperature.celsius", "memory.used"];

async function get(path) {
  const answer = await fetch(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? answer.statusText);
  return body;
}

/** A number in three or four digits, with k, M, G for thousands. */
export function shortNumber(value) {
  const names = ["", "k", "M", "G", "T", "P"];
  let [scaled, place] = [value, 0];
  while (Math.abs(scaled) >= 10_000 && place < names.length - 1) {
    scaled /= 1000;
    place += 1;
  }
  const digits = Math.abs(scaled) >= 1000 ? 0 : Math.abs(scaled) >= 100 ? 1 : 2;
  return `${Number(scaled.toFixed(digits))}${names[place]}`;
}

/** Round steps for an axis: three to five of them, from below the least value to above the greatest. */
export function axisSteps(least, greatest) {
  const span = greatest - least || Math.abs(greatest) || 1;
  const raw = span / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= raw);
  const first = Math.floor((greatest === least ? least - span / 2 : least) / step);
  const last = Math.ceil((greatest === least ? greatest + span / 2 : greatest) / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

const name = (series) => (knownWord(`metric.${series.name}`) ?? series.name) + (series.instance ? ` ${series.instance}` : "");
const identity = (series) => JSON.stringify([series.name, series.instance, series.unit]);

function unitText(series) {
  const unit = series.unit === "octets" ? "B" : series.unit === "celsius" || series.unit === "C" ? "°C" : series.unit;
  return series.kind === "counter" ? `${unit}/s` : unit;
}

/** Five minutes each with a value, and with its bounds where it is a level. */
function points(answer) {
  return answer.buckets.map((bucket) => {
    const at = Date.parse(bucket.at) + FIVE_MINUTES_MS / 2;
    return answer.kind === "counter" ? { at, value: bucket.per_second, low: bucket.per_second, high: bucket.per_second }
      : { at, value: bucket.avg, low: bucket.min, high: bucket.max };
  }).filter((point) => typeof point.value === "number");
}

/** Neighbours are joined; where more than one of them is missing the line is broken. */
function runs(list) {
  const whole = [];
  for (const point of list) {
    const open = whole.at(-1);
    if (open && point.at - open.at(-1).at <= 2 * FIVE_MINUTES_MS) open.push(point);
    else whole.push([point]);
  }
  return whole;
}

function chart(answer) {
  const [from, to] = [Date.parse(answer.from), Date.parse(answer.to)];
  const list = points(answer);
  if (list.length === 0) return element("p", { class: "none" }, word("health.no_values"));
  const steps = axisSteps(Math.min(...list.map((point) => point.low)), Math.max(...list.map((point) => point.high)));
  const [low, high] = [steps[0], steps.at(-1)];
  const x = (at) => LEFT + (at - from) / (to - from) * (WIDTH - LEFT - 4);
  const y = (value) => TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM);
  const place = (at, value) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`;
  const hours = [];
  for (let at = Math.ceil((from + OFFSET_MS) / (4 * 3600_000)) * 4 * 3600_000 - OFFSET_MS; at <= to; at += 4 * 3600_000) hours.push(at);
  const latest = list.at(-1);
  return element("figure", {},
    drawing("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${name(answer)} ${shortNumber(latest.value)} ${unitText(answer)}` },
      steps.map((value) => [
        drawing("line", { class: "grid", x1: LEFT, x2: WIDTH - 4, y1: y(value), y2: y(value) }),
        drawing("text", { class: "scale", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, shortNumber(value)),
        // The unit stands at the top of the axis.
        value === high && unitText(answer) && drawing("text", { class: "scale", x: LEFT + 4, y: TOP + 13 }, unitText(answer)),
      ]),
      hours.map((at) => [
        drawing("line", { class: "grid", x1: x(at), x2: x(at), y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4 }),
        // A name that would be cut at the right edge is left out.
        x(at) > WIDTH - 20 ? null : drawing("text", { class: "scale", x: x(at), y: HEIGHT - 5, "text-anchor": "middle" }, clockTime(at).slice(0, 5)),
      ]),
      runs(list).map((run) => [
        drawing("path", { class: "band", d: `M${run.map((point) => place(point.at, point.high)).join("L")}L${[...run].reverse().map((point) => place(point.at, point.low)).join("L")}Z` }),
        run.length === 1
          ? drawing("circle", { class: "dot", cx: x(run[0].at), cy: y(run[0].value), r: 1.5 })
          : drawing("path", { class: "line", d: `M${run.map((point) => place(point.at, point.value)).join("L")}` }),
      ])),
    element("figcaption", { class: "basis" },
      word(answer.kind === "counter" ? "health.caption_rate" : "health.caption", {
        last: `${shortNumber(latest.value)} ${unitText(answer)}`.trim(), at: clockTime(latest.at - FIVE_MINUTES_MS / 2).slice(0, 5),
      })));
}

/** The part of a device's panel that shows its health; it stays while the rest of the panel is made anew. */
export class HealthView {
  /** Where it is shown. */
  node = element("div", { class: "health" });
  #key = null;
  #turn = 0;
  #chosen = null;

  /** Shows what that device has; nothing for a device without health. */
  async show(key) {
    const turn = ++this.#turn;
    if (key !== this.#key) put(this.node);
    this.#key = key;
    const path = `api/v1/devices/${encodeURIComponent(key)}/metrics`;
    const list = await get(path).catch(() => null);
    if (turn !== this.#turn) return;
    const series = (list?.metrics ?? []).filter((one) => one.last !== null);
    if (series.length === 0) return put(this.node);
    const place = element("div", { class: "place" });
    const choose = element("select", { "aria-label": word("health.choose") }, series.map((one) => element("option", { value: identity(one) }, name(one))));
    const wanted = [this.#chosen, ...FAVOURITES.map((favourite) => series.find((one) => one.name === favourite)).filter(Boolean).map(identity)];
    choose.value = wanted.find((one) => series.some((other) => identity(other) === one)) ?? identity(series[0]);
    const draw = async () => {
      const one = series.find((other) => identity(other) === choose.value);
      const drawn = ++this.#turn;
      try {
        const answer = await get(`${path}/${one.name}?${new URLSearchParams({ instance: one.instance, every: "5m" })}`);
        if (drawn === this.#turn) put(place, chart(answer));
      } catch (error) {
        if (drawn === this.#turn) put(place, element("p", { class: "none" }, error.message));
      }
    };
    choose.addEventListener("change", () => {
      this.#chosen = choose.value;
      draw();
    });
    // Somebody may be choosing just now.
    if (this.node.contains(document.activeElement) && this.node.querySelector("select")) return;
    put(this.node, element("section", {}, element("h3", {}, word("panel.health")), choose, place));
    await draw();
  }

  /** Shows nothing, and asks for nothing any more. */
  clear() {
    this.#turn += 1;
    this.#key = null;
    put(this.node);
  }
}

/** What a device's SNMP agent does against its standard, told to whoever can mend the device. */
export function defects(list, now) {
  if (!list || list.length === 0) return null;
  return element("section", {}, element("h3", {}, word("panel.defects")),
    element("table", {}, element("tbody", {}, list.map((defect) => element("tr", {},
      element("td", {}, word(`defect.${defect.kind}`), element("small", {}, defect.detail)),
      element("td", { class: "when" }, word("panel.ago", { span: spanText(Math.max(0, now - Date.parse(defect.last_seen_at))) }), element("small", {}, word("health.times", { n: defect.count }))))))),
    element("p", { class: "basis" }, word("health.defects_basis")));
}
