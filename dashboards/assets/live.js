// Ages and the clock between two answers of the server, the keys, and the sign that the server has gone silent.
(function () {
  "use strict";
  const SILENT_MS = 5000;
  let beat = "", heard = performance.now(), serverNow = 0;

  function duration(ms) {
    const s = Math.max(0, Math.floor(ms / 1000)), two = (n) => String(n).padStart(2, "0");
    if (s < 60) return s + " s";
    if (s < 600) return Math.floor(s / 60) + " min " + two(s % 60) + " s";
    if (s < 3600) return Math.floor(s / 60) + " min";
    if (s < 86400) return Math.floor(s / 3600) + " h " + two(Math.floor((s % 3600) / 60)) + " min";
    return Math.floor(s / 86400) + " d " + Math.floor((s % 86400) / 3600) + " h";
  }

  function write(node, text) {
    if (!node) return;
    if (!node.firstChild) node.appendChild(document.createTextNode(text));
    else if (node.firstChild.nodeValue !== text) node.firstChild.nodeValue = text;
  }

  function tick() {
    const said = document.querySelector(".beat")?.dataset.now || "";
    if (said !== beat) { beat = said; heard = performance.now(); serverNow = Number(said); }
    const silent = performance.now() - heard, now = serverNow + silent;
    document.body.classList.toggle("silent", silent > SILENT_MS);
    if (silent > SILENT_MS) write(document.querySelector(".silence"), "STALE: no answer from the server for " + duration(silent));
    if (!beat) return; // the server has not said what time it is: what it wrote stands, whatever the browser's clock says
    write(document.querySelector(".clock .number"), new Date(now).toISOString().slice(11, 19));
    for (const node of document.querySelectorAll("time[data-at]")) {
      write(node, duration(now - Number(node.dataset.at)) + (node.dataset.suffix || ""));
    }
  }

  function step(by) {
    const rows = [...document.querySelectorAll("#incidents a.row")];
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.classList.contains("current"));
    const row = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    row.click();
    row.scrollIntoView({ block: "nearest" });
  }

  function tell(kind, words) {
    const place = document.querySelector(".told"), message = document.createElement("div");
    message.className = "message " + kind;
    message.textContent = words;
    place?.replaceChildren(message);
  }

  // What changes something bears the token of the session, which another site cannot read.
  function post(path, body) {
    const token = document.querySelector("[data-csrf]")?.dataset.csrf || "";
    return fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": token }, body });
  }

  async function leave_session() {
    const answer = await post("/logout", "{}");
    if (answer.ok) location.assign("/");
    else tell("refused", "not logged out; the server answers " + answer.status);
  }

  // One command, whatever gives it: {kind, words} of what became of it.
  async function ask(command, object, fields) {
    try {
      const answer = await post("/act", JSON.stringify({ command, object, fields }));
      if (answer.status === 401) throw new Error("nobody is logged in any more: reload the page, and log in");
      if (!answer.ok && answer.status !== 403) throw new Error("the server answers " + answer.status);
      return await answer.json();
    } catch (error) {
      return { kind: "refused", words: command + ": not given; " + error.message };
    }
  }

  async function give(button) {
    const fields = {};
    for (const field of button.closest(".command")?.querySelectorAll("[data-name]") || []) {
      fields[field.dataset.name] = (field.querySelector("input:checked") || field.querySelector("input"))?.value || "";
    }
    tell("waiting", button.dataset.command + " …");
    const said = await ask(button.dataset.command, button.dataset.object, fields);
    tell(said.kind, said.words);
  }

  const OVERLAYS = ["show-help", "show-commands", "show-prompt"];

  function toggle(name) {
    const shown = document.body.classList, was = shown.contains(name);
    shown.remove(...OVERLAYS);
    shown.toggle(name, !was);
  }

  function writing() {
    const tag = document.activeElement?.tagName;
    return tag === "INPUT" || tag === "TEXTAREA";
  }

  function leave() {
    const shown = document.body.classList;
    if (writing()) {
      document.activeElement.blur();
    } else if (OVERLAYS.some((name) => shown.contains(name))) {
      shown.remove(...OVERLAYS);
    } else if (new URLSearchParams(location.search).has("incident")) {
      const query = new URLSearchParams(location.search);
      query.delete("incident");
      history.pushState(null, "", "?" + query);
      dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    }
  }

  const actions = {
    "/": () => document.getElementById("find")?.focus(),
    j: () => step(1),
    k: () => step(-1),
    a: () => document.querySelector("button.acknowledge")?.click(),
    c: () => toggle("show-commands"),
    s: () => document.getElementById("next-series")?.click(),
    "?": () => toggle("show-help"),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { leave(); return; }
    if (writing()) {
      if (event.key !== "Enter") return;
      if (document.activeElement.closest(".search")) document.querySelector(".found-list a")?.click();
      else document.activeElement.closest(".command")?.querySelector("button.give")?.click();
      return;
    }
    if (event.key === "/" && document.querySelector(".page.investigate")) {
      event.preventDefault();
      document.querySelector(".search input")?.focus();
      return;
    }
    if (!document.querySelector(".page.live") && event.key !== "?") return; // other pages have keys of their own
    if (actions[event.key]) { event.preventDefault(); actions[event.key](); }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest(".found-list a")) setTimeout(() => document.activeElement?.blur(), 0);
    const pressed = event.target.closest("button[data-command]");
    if (pressed) give(pressed);
    if (event.target.closest(".leaves")) leave_session();
    if (event.target.closest(".opens-commands")) toggle("show-commands");
    else if (!event.target.closest(".overlay, .opens-prompt, [data-act]")) document.body.classList.remove(...OVERLAYS);
  });
  window.telassure = { ask, tell };
  setInterval(tick, 500);
})();
