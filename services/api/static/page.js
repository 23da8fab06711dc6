// Refreshes the figures: fetches this page again and takes over its <main>.
// The server alone knows how figures are written; without this script the page is complete.
"use strict";

const EVERY_MS = 3000;
const link = document.getElementById("link");
let since = Date.now();

async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" }, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(answer.status);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
  const live = document.getElementById("live");
  const focused = live.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  live.replaceChildren(...fresh.childNodes);
  if (focused) live.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function say(text, lost) {
  if (link.textContent !== text) link.textContent = text;
  link.className = lost ? "lost" : "";
}

async function tick() {
  if (!document.hidden && !getSelection()?.toString()) {
    try {
      await refresh();
      since = Date.now();
      say("live", false);
    } catch {
      say(`no answer for ${Math.round((Date.now() - since) / 1000)} s: figures are old`, true);
    }
  }
  setTimeout(tick, EVERY_MS);
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh().catch(() => {}); });
setTimeout(tick, EVERY_MS);
