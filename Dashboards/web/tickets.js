// Open tickets: what, since when, who must act, until when.

import { element, put } from "./element.js";
import { instantText, sinceText, spanText, word } from "./words.js";

/** Who must act on a ticket, in words. */
export function actorText(ticket) {
  const name = ticket.must_act.name ?? word("actor.unnamed");
  return ticket.must_act.role === "maintainer" ? name : word(`actor.${ticket.must_act.role}`, { name });
}

/** Until when, in words, and whether that is past or near. */
export function deadline(ticket, now) {
  const clock = ticket.clock;
  if (!clock) return { text: word("deadline.none"), level: "weak" };
  if (clock.state === "paused") {
    return { text: word("deadline.paused", { at: instantText(clock.paused_until, now) }), level: "weak" };
  }
  if (clock.state === "stopped") return { text: word("deadline.stopped"), level: "weak" };
  const left = Date.parse(clock.repair_by) - now;
  const at = instantText(clock.repair_by, now);
  if (left <= 0 || clock.progress === "breached") {
    return { text: at, more: word("deadline.breached", { span: spanText(left) }), level: "bad" };
  }
  return {
    text: at,
    more: word("deadline.left", { span: spanText(left) }),
    level: clock.progress === "warned" ? "near" : "",
  };
}

/** The place of a device in a few words. */
export function placeText(place) {
  if (!place) return "—";
  const direction = place.direction ? word(`direction.${place.direction}`) : "";
  return [place.roads.join("&"), place.stake_mark, direction].filter(Boolean).join(" ");
}

function cell(label, attributes, ...children) {
  return element("td", { "data-label": word(label), ...attributes }, ...children);
}

/** Shows the tickets; opens the root's panel on demand. */
export function showTickets(node, tickets, now, open) {
  if (tickets.length === 0) {
    put(node, element("p", { class: "none" }, word("tickets.none")));
    return;
  }
  put(node, element("table", {},
    element("thead", {}, element("tr", {},
      ["number", "device", "cause", "since", "actor", "deadline", "affected"].map((name) =>
        element("th", { scope: "col" }, word(`ticket.${name}`))))),
    element("tbody", {}, tickets.map((ticket) => {
      const until = deadline(ticket, now);
      return element("tr", { class: `stage-${ticket.stage}` },
        cell("ticket.number", { class: "number" },
          element("button", { type: "button", class: "link", onclick: () => ticket.root && open(ticket.root.key) },
            `#${ticket.number}`),
          element("span", { class: "tag" }, word(`stage.${ticket.stage}`)),
          ticket.repeat_count > 0 ? element("span", { class: "tag" }, word("ticket.repeat", { n: ticket.repeat_count })) : null),
        cell("ticket.device", { class: "device" },
          element("strong", {}, ticket.root?.name ?? "—"), element("small", {}, placeText(ticket.root))),
        cell("ticket.cause", {}, ticket.cause ? word(`cause.${ticket.cause}`) : "—",
          element("small", {}, ticket.facets.map((failed) => word(`facet.${failed.facet}`)).join(" · "))),
        cell("ticket.since", {}, instantText(ticket.since, now), element("small", {}, sinceText(ticket.since, now))),
        cell("ticket.actor", {}, actorText(ticket)),
        cell("ticket.deadline", { class: until.level }, until.text, until.more ? element("small", {}, until.more) : null),
        cell("ticket.affected", { class: "affected" }, ticket.affected_now > 0 ? ticket.affected_now : "–"));
    }))));
}
