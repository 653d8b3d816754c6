// The work queue: cells of its grid, keys, and acts that show at once and are undone where they fail.
(function () {
  "use strict";
  const h = (...parts) => window.React.createElement(...parts);
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const query = () => new URLSearchParams(location.search);
  const here = () => query().get("alarm") || query().get("incident") || "";

  function duration(ms) {
    const s = Math.floor(Math.abs(ms) / 1000);
    if (s < 3600) return Math.floor(s / 60) + " min";
    if (s < 86400) return Math.floor(s / 3600) + " h " + String(Math.floor((s % 3600) / 60)).padStart(2, "0") + " min";
    return Math.floor(s / 86400) + " d " + Math.floor((s % 86400) / 3600) + " h";
  }
  const now = () => Number(document.querySelector(".beat")?.dataset.now || Date.now());

  cells.SeverityCell = ({ data }) => data
    ? h("span", { className: "severity " + data.severity.toLowerCase() },
      h("i", { className: "shape " + data.shape, "aria-hidden": true }), h("span", { className: "word" }, data.severity))
    : null;
  cells.WhatCell = ({ data }) => data
    ? h("span", { className: "what-cell" + (data.part ? " inner" : "") },
      data.kind === "incident" && data.members
        ? h("button", { className: "expands", type: "button", "data-expand": data.id, "aria-expanded": data.opened_up,
          title: data.members + " active alarms" }, data.opened_up ? "▾" : "▸") : h("span", { className: "expands" }),
      h("span", { title: data.what }, data.what),
      data.kind === "incident" && data.members ? h("small", null, " " + data.members) : null)
    : null;
  cells.AgeCell = ({ data }) => data
    ? h("time", { className: "age number", "data-at": data.opened, key: data.id + data.opened }, duration(now() - data.opened)) : null;
  cells.OwnerCell = ({ data }) => data && data.kind === "incident"
    ? h("span", { className: data.owner ? "owner" : "owner none" }, data.owner || "nobody") : null;
  cells.AckCell = ({ data }) => data
    ? h("span", { className: data.ack && !data.waiting ? "ack" : "hint", title: data.waiting },
      data.ack ? "✓ " + data.ack + (data.waiting ? ", " + data.waiting : "") : "no") : null;
  cells.DueCell = ({ data }) => {
    if (!data || data.due === null) return null;
    const left = data.due - now();
    return h("span", { className: "number " + (left < 0 ? "over" : left < 3600e3 ? "soon" : "hint") }, duration(left) + (left < 0 ? " over" : ""));
  };
  functions.queueCurrent = ({ data }) => Boolean(data) && data.id === here();

  function go(change) {
    const said = query();
    change(said);
    history.pushState(null, "", "?" + said);
    dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }
  const grid = () => { try { return window.dash_ag_grid?.getApi("queue-grid"); } catch { return null; } };

  function open(row) {
    go((said) => {
      said.delete("alarm"); said.delete("incident"); said.delete("part");
      said.set(row.kind === "alarm" ? "alarm" : "incident", row.id);
    });
  }
  function expand(id) {
    go((said) => {
      const opened = said.getAll("open").filter((each) => each !== id);
      if (opened.length === said.getAll("open").length) opened.push(id);
      said.delete("open");
      for (const each of opened) said.append("open", each);
    });
  }
  function step(by) {
    const api = grid();
    if (!api) return;
    let place = -1;
    api.forEachNode((node) => { if (node.data?.id === here()) place = node.rowIndex; });
    const next = api.getDisplayedRowAtIndex(Math.max(0, place + by));
    if (!next?.data) return;
    open(next.data);
    api.ensureIndexVisible(next.rowIndex);
  }

  // What is acted on: what is chosen, else what is opened.
  function targets() {
    const chosen = (grid()?.getSelectedRows() || []).filter(Boolean);
    if (chosen.length) return chosen;
    const node = here() ? grid()?.getRowNode(here()) : null;
    if (node?.data) return [node.data];
    const said = document.querySelector(".does")?.dataset;
    if (said?.problem) return [{ kind: "incident", id: said.problem, ticket_id: said.ticket, what: said.cause, ack: said.acknowledged, waiting: "" }];
    return said?.alarm ? [{ kind: "alarm", id: said.alarm, what: said.cause }] : [];
  }

  // The commands that an act is, for one row; none where it cannot be.
  function commands(act, row, fields) {
    const incident = row.kind === "incident", ack = ["ack", row.id, {}];
    if (act === "ack") return [ack];
    if (act === "silence") return incident && !row.ticket_id ? [] : [["silence", incident ? row.ticket_id : row.id, { minutes: fields.minutes, why: fields.words }]];
    if (!incident) return [];
    const ticket = row.ticket_id, note = ["note", ticket, { text: fields.words || "taken" }];
    if (act === "note") return ticket ? [note] : [];
    const seen = row.ack && !row.waiting ? [] : [ack];
    return ticket ? [...seen, ["assign", ticket, {}], note] : seen;
  }

  // It shows at once; what fails is said, and the row is as it was.
  function mark(row, act) {
    const node = grid()?.getRowNode(row.id);
    if (!node?.data) return () => {};
    const before = node.data, changed = { ...before };
    if (act === "ack" || act === "take") { changed.ack = before.ack || "you"; changed.waiting = ""; }
    if (act === "take" && before.ticket_id) changed.owner = "you";
    node.updateData(changed);
    return () => node.updateData(before);
  }
  async function perform(act, fields) {
    const rows = targets(), { ask, tell } = window.telassure;
    if (!rows.length) return tell("refused", act + ": nothing is chosen or opened; j and k open a line, x chooses it");
    const asked = rows.map((row) => ({ row, several: commands(act, row, fields) }));
    const idle = asked.filter((each) => !each.several.length);
    const working = asked.filter((each) => each.several.length);
    document.body.classList.add("acting");
    tell("waiting", act + " …");
    const failed = [], done = [];
    await Promise.all(working.map(async ({ row, several }) => {
      const undo = mark(row, act);
      const said = [];
      for (const [command, object, own] of several) said.push(await ask(command, object, own));
      const refused = said.filter((each) => each.kind === "refused");
      if (refused.length) { undo(); failed.push(row.what + ": " + refused.map((each) => each.words).join("; ")); }
      else done.push(said[0]);
    }));
    document.body.classList.remove("acting");
    for (const { row } of idle) failed.push(row.what + ": " + (row.kind === "incident" ? "it has no ticket yet" : "an alarm has no ticket"));
    if (failed.length) tell("refused", failed.slice(0, 3).join(" · ") + (failed.length > 3 ? " and " + (failed.length - 3) + " more" : ""));
    else tell(done.some((each) => each.kind === "waiting") ? "waiting" : "done", done.length > 1 ? act + ": " + done.length + " done" : act === "take" ? "Taken: " + done[0].words : done[0].words);
    if (!failed.length) grid()?.deselectAll();
  }

  let pending = "";
  function begin(act) {
    if (act !== "note" && act !== "silence") return perform(act, {});
    if (!targets().length) return perform(act, {});
    pending = act;
    const prompt = document.querySelector(".prompt");
    prompt.querySelector(".prompt-title").textContent = act === "note" ? "Note on the ticket" : "Silence: no ticket and no notice for a while; say why";
    prompt.classList.toggle("with-minutes", act === "silence");
    document.body.classList.add("show-prompt");
    const words = document.getElementById("prompt-words");
    write(words, "");
    words.focus();
  }
  function write(input, text) {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function does() {
    const fields = { words: document.getElementById("prompt-words").value, minutes: document.getElementById("prompt-minutes").value };
    document.body.classList.remove("show-prompt");
    document.activeElement?.blur();
    perform(pending, fields);
  }

  const keys = {
    "/": () => document.getElementById("queue-find")?.focus(),
    j: () => step(1),
    k: () => step(-1),
    e: () => { const row = targets()[0]; if (row) expand(row.kind === "incident" ? row.id : row.incident); },
    x: () => { const node = grid()?.getRowNode(here()); node?.setSelected(!node.isSelected()); },
    a: () => begin("ack"),
    t: () => begin("take"),
    n: () => begin("note"),
    s: () => begin("silence"),
  };
  const onQueue = () => Boolean(document.querySelector(".page.queue, .page.dossier"));
  document.addEventListener("keydown", (event) => {
    if (!onQueue() || event.ctrlKey || event.metaKey || event.altKey) return;
    const active = document.activeElement, writing = active?.tagName === "INPUT" && active.type === "text";
    if (writing && event.key === "Enter" && active.closest(".prompt")) return does();
    if (writing && event.key === "Enter" && active.id === "queue-find") {
      const text = active.value;
      active.blur();
      return go((said) => { if (text) said.set("q", text); else said.delete("q"); });
    }
    if (writing) return;
    if (event.key === "Escape" && here() && !/show-/.test(document.body.className)) {
      return go((said) => { said.delete("incident"); said.delete("alarm"); said.delete("part"); });
    }
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
  document.addEventListener("click", (event) => {
    if (!onQueue()) return;
    const opens = event.target.closest("[data-expand]"), acts = event.target.closest("[data-act]");
    if (opens) return expand(opens.dataset.expand);
    if (acts) return begin(acts.dataset.act);
    if (event.target.closest(".prompt-does")) return does();
    const row = event.target.closest(".ag-center-cols-container .ag-row");
    const node = row && grid()?.getDisplayedRowAtIndex(Number(row.getAttribute("row-index")));
    if (node?.data) open(node.data);
  });

  // New lines are asked for when the board is another one, or the address chooses others.
  let shown = "", drawn = "";
  setInterval(() => {
    if (!onQueue()) return;
    const api = grid(), version = document.querySelector(".queue-version")?.dataset.version || "";
    if (!api) return;
    if (version !== shown) { if (shown) api.refreshInfiniteCache(); shown = version; }
    if (here() !== drawn) { drawn = here(); api.redrawRows(); }
    const chosen = api.getSelectedRows().length;
    const words = document.querySelector(".chosen-words");
    if (words) words.textContent = chosen ? chosen + " chosen" : "";
    const find = document.getElementById("queue-find"), said = query().get("q") || "";
    if (find && find !== document.activeElement && find.value !== said) write(find, said);
  }, 200);
})();
