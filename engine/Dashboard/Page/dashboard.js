"use strict";

const byId = id => document.getElementById(id);
const phone = matchMedia("(max-width: 700px)");

// --- what the address asks for: #live, #run=ID,ID, #replay=ID&speed=10, #history, #start
function readAddress() {
  const hash = location.hash.slice(1) || "live";
  const parameters = new URLSearchParams(hash);
  if (parameters.has("run")) return { section: "live", runs: parameters.get("run") };
  if (parameters.has("replay")) return { section: "live", runs: parameters.get("replay"), speed: Number(parameters.get("speed")) || 10 };
  return { section: ["history", "start"].includes(hash) ? hash : "live", runs: "" };
}

let address = readAddress();
let stream = null;
let retry = 0;
let clocks = [];
let clockSpeed = 1;
let isPaused = false;
let replayLength = 0;
let replayAt = 0;

// --- the live picture
function open(from = 0) {
  close();
  isPaused = false;
  const query = new URLSearchParams({ layout: phone.matches ? "phone" : "screen" });
  if (address.runs) query.set("runs", address.runs);
  if (address.speed) { query.set("replay", address.speed); query.set("from", from); }
  clockSpeed = address.speed || 1;
  stream = new EventSource("events?" + query);
  stream.onmessage = event => show(JSON.parse(event.data));
  stream.onopen = () => { byId("connection").textContent = ""; };
  stream.onerror = () => {
    clocks = [];
    byId("connection").textContent = "dashboard not reachable; trying again";
    // A dashboard that refuses the page ends the stream for good.
    if (stream && stream.readyState === EventSource.CLOSED) retry = setTimeout(() => open(replayAt), 2000);
  };
}

function close() {
  clearTimeout(retry);
  if (stream) stream.close();
  stream = null;
  clocks = [];
}

function show(message) {
  const text = message.problem || (message.isEmpty
    ? "No run is stored or measured in this folder yet. Start one, or replay a sample of the project:" : "");
  showSamples(!!message.isEmpty);
  byId("message").hidden = !text;
  byId("message").textContent = text;
  if (text) { byId("picture").replaceChildren(); showActions([]); clocks = []; return; }
  if (message.open) {
    // Cards are made by the dashboard, which escapes every foreign text in them.
    byId("picture").innerHTML = message.open + message.cards.map(card => card[1]).join("") + "</svg>";
  } else if (message.cards) {
    for (const [id, svg] of message.cards) {
      const old = document.querySelector(`[data-card="${CSS.escape(id)}"]`);
      if (old) old.outerHTML = svg;
    }
  }
  const now = performance.now();
  if (message.open || message.cards) {
    const known = new Map(clocks.map(clock => [clock.element, clock]));
    clocks = [...document.querySelectorAll("[data-clock]")].map(element => known.get(element)
      || { element, seconds: Number(element.dataset.clock), at: now });
  }
  document.title = message.runs.map(run => run.name).join(" / ") + " · MemoryWall";
  showActions(message.runs);
  showReplay(message.replay);
}

// A clock runs on between two updates, at most for a second.
setInterval(() => {
  for (const clock of clocks) {
    const passed = Math.min(1000, performance.now() - clock.at) / 1000 * clockSpeed;
    const seconds = clock.seconds + passed;
    // A clock shows no time that has not passed.
    clock.element.textContent = seconds < 100 ? (Math.floor(seconds * 10) / 10).toFixed(1) : Math.floor(seconds).toLocaleString("en-US");
  }
}, 100);

function showReplay(position) {
  byId("replay").hidden = !position;
  document.body.classList.toggle("replaying", !!position);
  if (!position) return;
  replayLength = position.length;
  replayAt = position.at;
  byId("speed").value = String(address.speed);
  if (document.activeElement !== byId("position")) byId("position").value = position.length > 0 ? 1000 * position.at / position.length : 0;
  byId("time").textContent = `${formatTime(position.at)} of ${formatTime(position.length)}`;
  byId("play").textContent = position.at >= position.length ? "Again" : "Pause";
}

const formatTime = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

let shownActions = "";
function showActions(runs) {
  const key = JSON.stringify(runs.map(run => [run.id, run.status])) + !!address.speed;
  if (key === shownActions) return;
  shownActions = key;
  const ids = runs.map(run => run.id).join(",");
  const items = [];
  if (runs.length && runs.every(run => ["Finished", "Stopped", "Dead"].includes(run.status)) && !address.speed)
    items.push(link(`#replay=${ids}&speed=10`, "Replay"));
  if (address.runs) items.push(link("#live", "Back to what is measured now"));
  for (const run of runs) {
    const bundle = link("", `Download ${run.name}`);
    const report = link("", `Report of ${run.name}`);
    report.target = "_blank";
    bundle.hidden = report.hidden = true;
    fetch(`links/${run.id}`).then(answer => answer.json()).then(links => {
      for (const [element, href] of [[bundle, links.bundle], [report, links.report]]) {
        element.hidden = !href;
        if (href) element.href = href;
      }
    }).catch(() => {});
    items.push(bundle, report);
  }
  byId("actions").replaceChildren(...items);
  byId("actions").hidden = items.length === 0;
}

function link(href, text) {
  const element = document.createElement("a");
  element.href = href;
  element.textContent = text;
  return element;
}

let hasSamples = false;
function showSamples(isEmpty) {
  byId("samples").hidden = !isEmpty;
  if (isEmpty && !hasSamples) loadSamples(byId("samples"), true);
}

async function loadSamples(element, withPair) {
  const samples = await (await fetch("samples")).json().catch(() => []);
  hasSamples = samples.length > 0;
  const named = name => samples.find(sample => sample.name === "samples/" + name);
  const pair = ["wall-standard", "wall-managed"].map(named);
  const items = samples.map(sample => link(`#replay=${sample.id}&speed=10`, sample.name));
  if (withPair && pair.every(sample => sample))
    items.unshift(link(`#replay=${pair.map(sample => sample.id).join(",")}&speed=10`, "standard and managed side by side"));
  element.replaceChildren(...items);
}

// --- the history
let page = 0;
let search = "";
const selected = new Set();

async function loadHistory() {
  let list;
  try {
    list = await (await fetch("history?" + new URLSearchParams({ page, search }))).json();
  } catch {
    byId("page").textContent = "dashboard not reachable";
    return;
  }
  const { rows, count, pageSize } = list;
  byId("rows").replaceChildren(...rows.map(({ row, links }) => createRow(row, links)));
  loadChanges(rows.filter(({ row }) => !row.problem).map(({ row }) => row.id));
  loadSamples(byId("kept"), false).catch(() => {});
  const pages = Math.max(1, Math.ceil(count / pageSize));
  byId("page").textContent = `page ${page + 1} of ${pages}, ${count} runs`;
  byId("newer").disabled = page === 0;
  byId("older").disabled = page + 1 >= pages;
}

// One after the other, the newest first: each may need two runs to be read.
let changesOf = 0;
async function loadChanges(ids) {
  const mine = ++changesOf;
  for (const id of ids) {
    if (mine !== changesOf || address.section !== "history") return;
    const { text } = await (await fetch(`change/${id}`)).json().catch(() => ({ text: "" }));
    const element = document.querySelector(`[data-change="${CSS.escape(id)}"]`);
    if (element) element.textContent = text;
  }
}

function createRow(row, paths) {
  const line = document.createElement("tr");
  if (row.comparison) line.dataset.comparison = row.comparison;
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = selected.has(row.id);
  box.setAttribute("aria-label", `select ${row.id}`);
  box.onchange = () => {
    if (box.checked) selected.add(row.id); else selected.delete(row.id);
    byId("together").disabled = selected.size === 0;
  };
  const change = cell("…");
  change.dataset.change = row.id;
  const links = document.createElement("td");
  links.append(link(`#run=${row.id}`, "show"), " ", link(`#replay=${row.id}&speed=10`, "replay"));
  if (paths.bundle) links.append(" ", link(paths.bundle, "download"));
  if (paths.report) {
    const report = link(paths.report, "report");
    report.target = "_blank";
    links.append(" ", report);
  }
  if (row.problem) line.append(cell(box), cell(row.id), Object.assign(cell(row.problem), { colSpan: 8 }));
  else line.append(cell(box), cell(row.started), cell(row.label), cell(row.system), cell(row.model), cell(row.cap),
    cell(row.trials, "number"), cell(row.largestContext, "number"), change, links);
  if (row.isArchived) {
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.textContent = "archived";
    line.children[1].append(" ", mark);
  }
  return line;
}

function cell(content, className = "") {
  const element = document.createElement("td");
  element.className = className;
  element.append(content);
  return element;
}

byId("search").onsubmit = event => { event.preventDefault(); search = event.target.elements.text.value; page = 0; loadHistory(); };
byId("newer").onclick = () => { page--; loadHistory(); };
byId("older").onclick = () => { page++; loadHistory(); };
byId("together").onclick = () => { location.hash = "run=" + [...selected].slice(0, 4).sort().join(","); };

// --- starting and stopping
function readForm() {
  return Object.fromEntries([...new FormData(byId("form"))].filter(([, value]) => value.trim() !== ""));
}

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body || {}) })
    .catch(() => null);
  if (!answer) return { problem: "dashboard not reachable" };
  return answer.status === 204 ? {} : await answer.json().catch(() => ({ problem: `refused (${answer.status})` }));
}

async function showCommand() {
  const command = byId("form").elements.command.value;
  for (const label of document.querySelectorAll("[data-for]")) label.hidden = !label.dataset.for.split(" ").includes(command);
  const { commandLine, problem } = await post("command", readForm());
  byId("command").textContent = commandLine || problem;
}

byId("form").oninput = showCommand;
byId("form").onsubmit = async event => {
  event.preventDefault();
  byId("problem").textContent = "checking …";
  byId("go").disabled = true;
  const { problem } = await post("start", readForm());
  byId("problem").textContent = problem || "";
  loadStarted().catch(() => {});
};
byId("copy").onclick = () => navigator.clipboard.writeText(byId("command").textContent);

async function loadStarted() {
  const { canStart, commands } = await (await fetch("started")).json();
  byId("go").disabled = !canStart || commands.some(command => command.exitCode === null);
  byId("started").replaceChildren(...commands.map(command => {
    const article = document.createElement("article");
    const line = document.createElement("code");
    line.textContent = command.commandLine;
    const output = document.createElement("pre");
    output.textContent = command.lines.join("\n");
    const state = document.createElement("p");
    state.append(command.exitCode === null ? "running " : `ended with exit code ${command.exitCode}`);
    if (command.exitCode === null) {
      const stop = document.createElement("button");
      stop.textContent = "Stop";
      stop.title = "like Ctrl-C: what was measured stays stored";
      stop.onclick = () => post(`stop/${command.id}`);
      state.append(stop, " ", link("#live", "watch it"));
    }
    article.append(line, state, output);
    return article;
  }));
}

setInterval(() => { if (address.section === "start") loadStarted().catch(() => {}); }, 1000);

// --- sections, theme, full screen
function route() {
  address = readAddress();
  for (const section of ["live", "history", "start"]) byId(section).hidden = section !== address.section;
  for (const tab of document.querySelectorAll("nav a"))
    tab.toggleAttribute("aria-current", tab.dataset.section === address.section);
  close();
  if (address.section === "live") open();
  if (address.section === "history") loadHistory();
  if (address.section === "start") { showCommand(); loadStarted().catch(() => {}); }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("theme", theme);
}

byId("theme").onclick = () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
byId("full").onclick = () => document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
byId("play").onclick = () => {
  if (isPaused || replayAt >= replayLength) { open(replayAt >= replayLength ? 0 : replayAt); return; }
  close();
  isPaused = true;
  byId("play").textContent = "Play";
};
byId("speed").onchange = () => { address.speed = Number(byId("speed").value); open(replayAt); };
byId("position").onchange = () => { open(replayLength * byId("position").value / 1000); byId("position").blur(); };
phone.onchange = route;
window.onhashchange = route;
// Nobody looks at a hidden page: its stream ends, so that sweeps publish nothing for it.
document.onvisibilitychange = () => { if (document.hidden) close(); else if (address.section === "live" && !isPaused) open(replayAt); };
setTheme(localStorage.getItem("theme") || (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark"));
route();
