// Today's rate so far: assessed and raw, with what stands behind them.

import { element, put } from "./element.js";
import { clockTime, currentLanguage, word } from "./words.js";

function amount(number, unit) {
  const whole = number / 1000; // thousandths of the unit
  if (unit === "ms") return word("unit.device_hours", { n: (whole / 3_600_000).toFixed(2) });
  return `${whole.toLocaleString("en", { maximumFractionDigits: 3 })} ${word(`unit.${unit}`)}`;
}

/** A rate with its two numbers, shown on hover, focus or touch. */
export function rate(figure, name, extra) {
  const hint = element("span", { class: "hint", role: "tooltip" },
    element("b", {}, name), element("br"),
    `${amount(figure.num, figure.unit)} ÷ ${amount(figure.den, figure.unit)}`, element("br"),
    element("span", { class: "exact" }, `${figure.num} ÷ ${figure.den}`),
    extra ? [element("br"), extra] : null);
  return element("span", { class: "rate", tabindex: 0 }, figure.text, hint);
}

/** Shows the sheet of the day so far. */
export function showRates(node, sheet) {
  const all = sheet?.groups.find((group) => group.kind === "all");
  if (!all) {
    put(node, element("p", { class: "none" }, word("rates.none")));
    return;
  }
  const error = `${word("rates.error")} ${all.error.low.text} – ${all.error.high.text}`;
  const title = sheet.rule.title[currentLanguage()] || sheet.rule.id;
  put(node,
    element("div", { class: "main" },
      element("span", { class: "label" }, word("rates.assessed")),
      all.assessable
        ? rate(all.assessed, word("rates.assessed"), error)
        : element("span", { class: "rate weak" }, word("rates.not_assessable"))),
    element("dl", {},
      element("div", {}, element("dt", {}, word("rates.raw")), element("dd", {}, rate(all.raw, word("rates.raw")))),
      element("div", {}, element("dt", {}, word("rates.coverage")),
        element("dd", {}, rate(all.coverage, word("rates.coverage")))),
      element("div", {}, element("dt", {}, word("rates.devices")),
        element("dd", {}, all.devices,
          all.not_assessable > 0 ? ` (${word("rates.not_assessable")} ${all.not_assessable})` : ""))),
    element("p", { class: "basis" },
      sheet.provisional ? element("span", { class: "tag" }, word("rates.provisional")) : null,
      sheet.until ? `${word("rates.until")} ${clockTime(Date.parse(sheet.until)).slice(0, 5)} · ` : `${sheet.day} · `,
      element("span", { title: sheet.rule.citation }, `${title} v${sheet.rule.version}`)));
}
