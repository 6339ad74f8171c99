// What changed last, newest first.

import { element, put } from "./element.js";
import { sign } from "./status.js";
import { placeText } from "./tickets.js";
import { instantText, word } from "./words.js";

function statusText(change) {
  const now = word(`shown.${change.status}`) + (change.faltering ? ` (${word("faltering")})` : "");
  return change.before && change.before !== change.status ? `${word(`shown.${change.before}`)} → ${now}` : now;
}

/** Shows the changes; opens a device's panel on demand. */
export function showChanges(node, changes, now, open) {
  if (changes.length === 0) {
    put(node, element("li", { class: "none" }, word("changes.none")));
    return;
  }
  put(node, changes.map((change) => {
    const isStatus = change.kind === "status";
    return element("li", { class: isStatus ? change.status : "moved" },
      element("time", { datetime: change.known_at }, instantText(isStatus ? change.since : change.known_at, now)),
      isStatus ? sign(change.status, change.faltering) : element("span", { class: "sign ticket", "aria-hidden": "true" }, "#"),
      element("button", { type: "button", class: "link", onclick: () => change.device && open(change.device.key) },
        element("strong", {}, change.device?.name ?? "—"), " ",
        element("small", {}, placeText(change.device))),
      element("span", { class: "what" },
        isStatus
          ? [`${word(`facet.${change.facet}`)} ${statusText(change)}`,
            change.cause ? element("small", {}, word(`cause.${change.cause}`)) : null]
          : word("changes.ticket", { number: change.ticket, action: word(`action.${change.action}`) })));
  }));
}
