// One device: why, since when, who must act, until when; then what that stands on.

import { drawing, element, put } from "./element.js";
import { defects, HealthView } from "./health.js";
import { rate } from "./rates.js";
import { sign } from "./status.js";
import { actorText, deadline, placeText } from "./tickets.js";
import { clockTime, instantText, sinceText, spanText, word } from "./words.js";

const DAY_MS = 86_400_000;

async function get(path) {
  const answer = await fetch(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? answer.statusText);
  return body;
}

function why(device) {
  if (device.shown === "upstream") {
    return device.root
      ? [word("why.upstream"), " ", element("button", { type: "button", class: "link", "data-open": device.root.key }, device.root.name)]
      : word("why.upstream_unknown");
  }
  if (device.faltering && device.shown === "online") return word("why.faltering");
  if (device.shown === "online") return word("why.online");
  if (device.shown === "unknown") return device.cause ? word(`cause.${device.cause}`) : word("why.unknown");
  if (device.shown === "unmonitored") return word("why.unmonitored");
  const failing = device.facets.filter((facet) => facet.status === device.shown).map((facet) => word(`facet.${facet.facet}`));
  return [device.cause ? word(`cause.${device.cause}`) : word(`shown.${device.shown}`), element("small", {}, failing.join(" · "))];
}

function actor(device) {
  if (device.open_ticket) return [actorText(device.open_ticket), element("small", {}, `#${device.open_ticket.number} · ${word(`stage.${device.open_ticket.stage}`)}`)];
  if (device.shown === "unknown") return word("actor.ourselves");
  if (device.shown === "offline" || device.shown === "upstream") return word("actor.being_judged");
  if (device.shown === "abnormal") return [word("actor.watching"), device.maintainer ? element("small", {}, device.maintainer.name) : null];
  return word("actor.nobody");
}

function answers(device, now) {
  const until = device.open_ticket ? deadline(device.open_ticket, now) : { text: "—", level: "weak" };
  const answer = (name, value, level) => element("div", { class: level }, element("dt", {}, word(`answer.${name}`)), element("dd", {}, value));
  return element("dl", { class: "answers" },
    answer("why", why(device)),
    answer("since", [instantText(device.since, now), element("small", {}, sinceText(device.since, now))]),
    answer("who", actor(device)),
    answer("until", [until.text, until.more ? element("small", {}, until.more) : null], until.level));
}

function facets(device, now) {
  if (device.facets.length === 0) return null;
  return section("facets", element("table", {}, element("tbody", {}, device.facets.map((facet) => element("tr", {},
    element("th", { scope: "row" }, word(`facet.${facet.facet}`)),
    element("td", { class: "state" }, sign(facet.status, facet.faltering), ` ${word(`shown.${facet.status}`)}`,
      facet.faltering ? element("span", { class: "tag" }, word("faltering")) : null),
    element("td", {}, facet.cause ? word(`cause.${facet.cause}`) : ""),
    element("td", { class: "when" }, instantText(facet.since, now)))))));
}

/** What every place says of the stream, the first that fails, and what it means that they differ. */
function hops(table) {
  if (!table || table.rows.filter((row) => row.asked).length < 2) return null;
  const state = { up: "online", abnormal: "abnormal", down: "offline", unknown: "unknown" };
  return section("hops",
    element("table", {}, element("tbody", {}, table.rows.filter((row) => row.asked).map((row) => element("tr", {},
      element("th", { scope: "row" }, word(`hop.${row.hop}`),
        row.served_by ? element("small", {}, word("panel.served_by", { key: row.served_by.key })) : null),
      element("td", { class: "state" }, sign(state[row.outcome], false), ` ${word(`shown.${state[row.outcome]}`)}`),
      element("td", {}, row.cause ? word(`cause.${row.cause}`) : ""),
      element("td", { class: "when" }, row.age_ms === null ? "" : word("panel.ago", { span: spanText(row.age_ms) })))))),
    table.first_failing ? element("p", { class: "basis" }, word("panel.first_failing", { hop: word(`hop.${table.first_failing}`) })) : null,
    table.findings.map((finding) => element("p", { class: "basis" }, word(`finding.${finding}`))));
}

function section(name, ...content) {
  return element("section", {}, element("h3", {}, word(`panel.${name}`)), ...content);
}

const below = (name) => name.replace(/^exempt_/, "");

/** The day as a bar of 24 hours and, under it, every stretch that was not simply online. */
function day(explanation, now) {
  const start = Date.parse(`${explanation.day}T00:00:00+08:00`);
  const bar = drawing("svg", { class: "day", viewBox: "0 0 1440 44", preserveAspectRatio: "none", role: "img", "aria-label": word("panel.day") },
    drawing("rect", { class: "rest", x: 0, y: 6, width: 1440, height: 26 }),
    [...explanation.intervals].sort((a, b) => Number(a.class !== "online") - Number(b.class !== "online")).map((interval) => drawing("rect", {
      class: `class-${below(interval.class)}${interval.class.startsWith("exempt") ? " exempt" : ""}`,
      x: (Date.parse(interval.from) - start) / 60_000, y: 6, width: Math.max(5, interval.ms / 60_000), height: 26,
    }, drawing("title", {}, `${clockTime(Date.parse(interval.from))} ${word(`class.${interval.class}`)} ${spanText(interval.ms)}`))));
  const hours = element("div", { class: "hours", "aria-hidden": "true" }, ["00", "06", "12", "18", "24"].map((hour) => element("span", {}, hour)));
  const told = explanation.intervals.filter((interval) => interval.class !== "online").slice(-12).reverse();
  const end = (interval) => {
    const at = Date.parse(interval.to);
    if (explanation.until && interval.to === explanation.until) return word("panel.going_on");
    return at - start === DAY_MS ? "24:00" : clockTime(at);
  };
  const figures = explanation.figures;
  return section("today",
    bar, hours,
    told.length === 0 ? element("p", { class: "none" }, word("panel.all_online")) : element("table", {}, element("tbody", {}, told.map((interval) => element("tr", {},
      element("td", { class: "when" }, `${clockTime(Date.parse(interval.from))} – ${end(interval)}`),
      element("td", {}, word(`class.${interval.class}`), interval.cause ? element("small", {}, word(`cause.${interval.cause}`)) : null,
        interval.exemption ? element("small", {}, interval.exemption) : null),
      element("td", { class: "span" }, spanText(interval.ms)))))),
    figures ? element("p", { class: "basis" },
      `${word("rates.assessed")} `, rate(figures.assessed, word("rates.assessed")),
      ` · ${word("rates.raw")} `, rate(figures.raw, word("rates.raw")),
      ` · ${word("rates.coverage")} `, rate(figures.coverage, word("rates.coverage")),
      explanation.provisional ? element("span", { class: "tag" }, word("rates.provisional")) : null) : null);
}

function ticket(record, now) {
  if (!record) return null;
  const affected = record.affected.filter((one) => one.until === null);
  return section("ticket",
    element("p", {}, element("strong", {}, `#${record.number}`), " ", element("span", { class: "tag" }, word(`stage.${record.stage}`)),
      ` ${record.root?.name ?? ""}`),
    affected.length > 0 ? element("p", { class: "basis" }, word("panel.affected", { n: affected.length })) : null,
    element("ol", { class: "moves" }, record.moves.slice().reverse().map((move) => element("li", {},
      element("time", { datetime: move.at }, instantText(move.at, now)),
      element("span", {}, word(`action.${move.action}`), " ", element("small", {}, [move.by === "watch" ? word("actor.watch") : move.by, move.reason].filter(Boolean).join(" · ")))))));
}

function facts(device) {
  const rows = [
    ["key", device.key], ["place", placeText(device)],
    ["organization", device.organization?.name], ["maintainer", device.maintainer?.name], ["address", device.address],
  ].filter(([, value]) => value);
  const chain = (keys) => keys.map((key) => element("button", { type: "button", class: "link", "data-open": key }, key));
  return section("facts", element("dl", { class: "facts" },
    rows.map(([name, value]) => element("div", {}, element("dt", {}, word(`fact.${name}`)), element("dd", {}, value))),
    device.upstream.length > 0 ? element("div", {}, element("dt", {}, word("fact.upstream")), element("dd", {}, chain(device.upstream))) : null),
    device.downstream.length > 0 ? element("ul", { class: "downstream" }, device.downstream.map((other) => element("li", {},
      element("button", { type: "button", class: "link", "data-open": other.key }, sign(other.shown, other.faltering), " ", other.name,
        other.stake_mark ? element("small", {}, ` ${other.stake_mark}`) : null)))) : null);
}

/** The panel; knows which device it shows and shows it anew when something changes. */
export class DevicePanel {
  #node;
  #shade;
  #key = null;
  #from = null;
  #now;
  #turn = 0;
  #body = element("div", {});
  #health = new HealthView();
  #foot = element("div", {});

  constructor(node, shade, now) {
    this.#node = node;
    this.#shade = shade;
    this.#now = now;
    shade.addEventListener("click", () => this.close());
    node.addEventListener("click", (event) => {
      const key = event.target.closest("[data-open]")?.dataset.open;
      if (key) this.open(key);
    });
    document.addEventListener("keydown", (event) => {
      if (this.#key === null) return;
      if (event.key === "Escape") this.close();
      if (event.key === "Tab") this.#keepInside(event);
    });
  }

  /** The key of the device it shows; `null` when it is closed. */
  get key() { return this.#key; }

  open(key) {
    if (this.#key === null) { // where the focus goes back to; a click does not give it in every browser
      const focused = document.activeElement;
      this.#from = focused === document.body ? key : focused.dataset.key ?? focused;
    }
    this.#key = key;
    this.#node.hidden = this.#shade.hidden = false;
    this.#health.clear();
    put(this.#foot);
    put(this.#body, element("p", { class: "none" }, word("loading")));
    put(this.#node, this.#body, this.#health.node, this.#foot);
    this.#node.focus();
    history.replaceState(null, "", `#${encodeURIComponent(key)}`);
    return this.refresh();
  }

  close() {
    this.#key = null;
    this.#health.clear();
    this.#node.hidden = this.#shade.hidden = true;
    history.replaceState(null, "", location.pathname + location.search);
    const from = typeof this.#from === "string" ? document.querySelector(`#strip [data-key="${CSS.escape(this.#from)}"]`) : this.#from;
    from?.focus?.();
  }

  async refresh() {
    const key = this.#key;
    if (key === null) return;
    const turn = ++this.#turn;
    const path = `api/v1/devices/${encodeURIComponent(key)}`;
    try {
      const [device, explanation] = await Promise.all([get(path), get(`${path}/explain`).catch(() => null)]);
      const record = device.open_ticket ? await get(`api/v1/tickets/${device.open_ticket.number}`).catch(() => null) : null;
      if (turn !== this.#turn || this.#key !== key) return;
      this.#show(device, explanation, record);
      await this.#health.show(key);
    } catch (error) {
      if (turn === this.#turn && this.#key === key) this.#say(error.message);
    }
  }

  #header(...content) {
    return element("header", {}, ...content,
      element("button", { type: "button", class: "close", "aria-label": word("close"), onclick: () => this.close() }, "×"));
  }

  #say(message) {
    this.#health.clear();
    put(this.#foot);
    put(this.#body, this.#header(element("h2", { id: "panel-title" }, word("panel.unavailable"))), element("p", { class: "none" }, message));
  }

  #show(device, explanation, record) {
    const now = this.#now();
    const scroll = this.#node.scrollTop;
    const hadFocus = this.#node.contains(document.activeElement);
    put(this.#body,
      this.#header(
        element("div", { class: `state ${device.shown}` }, sign(device.shown, device.faltering), word(`shown.${device.shown}`),
          device.faltering ? element("span", { class: "tag" }, word("faltering")) : null),
        element("h2", { id: "panel-title" }, device.name),
        element("p", { class: "place" }, `${word(`kind.${device.kind}`)} · ${placeText(device)}`)),
      answers(device, now), facets(device, now), hops(device.hops), explanation ? day(explanation, now) : null, ticket(record, now));
    put(this.#foot, defects(device.defects, now), facts(device));
    this.#node.scrollTop = scroll;
    if (hadFocus && !this.#node.contains(document.activeElement)) this.#node.focus();
  }

  #keepInside(event) {
    const stops = [...this.#node.querySelectorAll("button, select, [tabindex='0']")];
    if (stops.length === 0) return;
    const [first, last] = [stops[0], stops.at(-1)];
    const isOutside = !this.#node.contains(document.activeElement);
    if (event.shiftKey && (document.activeElement === first || document.activeElement === this.#node || isOutside)) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && (document.activeElement === last || isOutside)) {
      event.preventDefault();
      first.focus();
    }
  }
}
