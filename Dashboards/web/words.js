// The page's two languages, and how times and spans are said in them.

const OFFSET_MS = 8 * 3600_000; // the road's own time, UTC+8, wherever the screen stands
const DAY_MS = 86_400_000;
const KNOWN = ["zh", "en"];

let language = "zh";
let words = {};

function remembered() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (KNOWN.includes(asked)) return asked;
  try {
    const kept = localStorage.getItem("language");
    if (KNOWN.includes(kept)) return kept;
  } catch { /* storage is switched off; the choice lasts as long as the page */ }
  return "zh";
}

/** Loads a language; without one, what was chosen last, or Chinese. */
export async function chooseLanguage(chosen) {
  const next = chosen ?? remembered();
  const answer = await fetch(`lang/${next}.json`);
  if (!answer.ok) throw new Error(`lang/${next}.json: ${answer.status}`);
  words = await answer.json();
  language = next;
  if (chosen) {
    try { localStorage.setItem("language", chosen); } catch { /* see above */ }
  }
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
  document.title = `Wayside · ${word("title")}`;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", word(node.dataset.label));
  for (const node of document.querySelectorAll("[data-language]")) {
    node.setAttribute("aria-pressed", String(node.dataset.language === next));
  }
}

/** The word for a name such as `cause.timeout`, with {places} filled; the name's last part when there is none. */
export function word(name, places) {
  const found = words[name] ?? name.split(".").pop();
  return places ? found.replace(/\{(\w+)\}/g, (_, key) => places[key] ?? "") : found;
}

/** The word for a name; `undefined` when there is none. */
export function knownWord(name) { return words[name]; }

/** Which language is in use: `zh` or `en`. */
export function currentLanguage() { return language; }

const two = (number) => String(number).padStart(2, "0");

function local(ms) { return new Date(ms + OFFSET_MS); }

/** HH:MM:SS on the road. */
export function clockTime(ms) {
  const at = local(ms);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
}

/** YYYY-MM-DD on the road. */
export function dayText(ms) { return local(ms).toISOString().slice(0, 10); }

/** The time, with the date where it is not the same day as `now`. */
export function instantText(text, now) {
  if (!text) return "—";
  const ms = Date.parse(text);
  const sameDay = Math.floor((ms + OFFSET_MS) / DAY_MS) === Math.floor((now + OFFSET_MS) / DAY_MS);
  return sameDay ? clockTime(ms) : `${dayText(ms).slice(5)} ${clockTime(ms).slice(0, 5)}`;
}

/** A span in at most two units, cut. */
export function spanText(ms) {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const parts = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([size]) => seconds >= size);
  if (first < 0) return word("unit.s", { n: 0 });
  let rest = seconds;
  const said = [];
  // Seconds no longer matter beside ten minutes.
  const length = seconds >= 600 && first === 2 ? 1 : 2;
  for (const [size, unit] of parts.slice(first, first + length)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) said.push(word(`unit.${unit}`, { n: count }));
  }
  return said.join(language === "zh" ? "" : " ");
}

/** How long ago, or "—". */
export function sinceText(text, now) {
  return text ? word("for", { span: spanText(Math.max(0, now - Date.parse(text))) }) : "";
}
