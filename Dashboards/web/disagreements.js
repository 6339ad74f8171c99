// Cameras of which one place contradicts another: whose, what it means, since when.

import { element, put } from "./element.js";
import { placeText } from "./tickets.js";
import { instantText, sinceText, word } from "./words.js";

const SHOWN = 50; // a fallen platform contradicts every camera; the count tells how many

/** Shows them, the latest first; opens a camera's panel on demand. The whole section is hidden while there are none. */
export function showDisagreements(section, answer, now, open) {
  const list = (answer?.disagreements ?? []).slice()
    .sort((a, b) => Date.parse(b.first_seen_at) - Date.parse(a.first_seen_at));
  section.hidden = list.length === 0;
  if (section.hidden) return;
  const counts = Object.entries(answer.counts).filter(([, count]) => count > 0);
  section.querySelector(".count").textContent = counts.reduce((sum, [, count]) => sum + count, 0);
  const shown = list.slice(0, SHOWN);
  const rest = list.length - shown.length + answer.left_off;
  put(section.querySelector(".body"),
    element("ul", { class: "kinds" }, counts.map(([finding, count]) =>
      element("li", {}, element("b", {}, count), ` ${word(`finding.${finding}`)}`))),
    element("ul", { class: "rows" }, shown.map((one) => element("li", {},
      element("button", { type: "button", class: "link", onclick: () => open(one.device.key) },
        one.device.name, element("small", {}, ` ${placeText(one.device)}`)),
      element("span", {}, word(`finding.${one.finding}`)),
      element("small", {}, `${instantText(one.first_seen_at, now)} · ${sinceText(one.first_seen_at, now)}`)))),
    rest > 0 ? element("p", { class: "basis" }, word("disagreements.more", { n: rest })) : null);
}
