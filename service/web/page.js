"use strict";

const byId = (id) => document.getElementById(id);
const source = byId("source"), target = byId("target"), text = byId("text"), answer = byId("answer");
const status = byId("status"), go = byId("go"), copy = byId("copy");

let languages = [];
let numAlternatives = 0;
let running = null;

function option(code, name) {
  const made = document.createElement("option");
  made.value = code;
  made.textContent = name;
  return made;
}

function say(message, isFault = false) {
  status.textContent = message;
  status.classList.toggle("fault", isFault);
}

function nameOf(code) {
  const known = languages.find((each) => each.code === code);
  return known ? known.name : code;
}

function targetsOf(code) {
  const from = languages.filter((each) => code === "auto" || each.code === code);
  return [...new Set(from.flatMap((each) => each.targets))];
}

function fillTargets() {
  const before = target.value;
  const codes = targetsOf(source.value);
  target.replaceChildren(...codes.map((code) => option(code, nameOf(code))));
  if (codes.includes(before)) target.value = before;
}

async function loadLanguages() {
  const answered = await fetch("/v1/languages");
  languages = (await answered.json()).languages;
  const from = languages.filter((each) => each.targets.length > 0);
  source.replaceChildren(option("auto", "Detect"), ...from.map((each) => option(each.code, each.name)));
  const models = (await (await fetch("/v1/models")).json()).models;
  numAlternatives = Math.min(2, ...models.map((model) => model.default_beam_size - 1));
  if (from.length === 1) source.value = from[0].code;
  fillTargets();
}

function show(translation, milliseconds) {
  answer.textContent = translation.text;
  copy.hidden = !translation.text;
  const others = translation.alternatives || [];
  byId("more").hidden = others.length === 0;
  byId("alternatives").replaceChildren(...others.map((each) => {
    const item = document.createElement("li");
    item.textContent = each.text;
    return item;
  }));
  const notes = [`${milliseconds} ms`];
  if (translation.detected) notes.unshift(`from ${nameOf(translation.detected.language)}`);
  notes.push(...new Set(translation.warnings.map((each) => each.message)));
  say(notes.join(" · "));
}

async function translate() {
  if (running) running.abort();
  if (!text.value) return;
  running = new AbortController();
  const mine = running;
  go.disabled = true;
  say("translating …");
  const started = performance.now();
  try {
    const answered = await fetch("/v1/translate", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ texts: [text.value], source: source.value, target: target.value, num_alternatives: numAlternatives }),
      signal: mine.signal,
    });
    const body = await answered.json();
    if (!answered.ok) throw new Error(body.error.message);
    show(body.translations[0], Math.round(performance.now() - started));
  } catch (error) {
    if (error.name !== "AbortError") say(error.message, true);
  } finally {
    if (running === mine) {
      running = null;
      go.disabled = false;
    }
  }
}

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  translate();
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) translate();
});
text.addEventListener("input", () => {
  byId("count").textContent = `${[...text.value].length} characters`;
});
source.addEventListener("change", fillTargets);
byId("swap").addEventListener("click", () => {
  const [from, to] = [source.value, target.value];
  if (!targetsOf(to).includes(from)) {
    say("the other direction is not served");
    return;
  }
  source.value = to;
  fillTargets();
  target.value = from;
  [text.value, answer.textContent] = [answer.textContent, text.value];
});
copy.addEventListener("click", () => {
  navigator.clipboard.writeText(answer.textContent).then(() => say("copied"), () => say("the browser refused to copy"));
});
loadLanguages().catch(() => say("the service does not answer", true));
