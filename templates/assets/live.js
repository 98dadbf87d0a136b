"use strict";
// Statuses as they change: whatever on the page carries a location's points follows `/open/stream`, and the page says whether it does.
window.live = (() => {
  const states = { AVAILABLE: "free", CHARGING: "busy", RESERVED: "busy", BLOCKED: "busy", OUTOFORDER: "broken", INOPERATIVE: "broken" };
  const gone = new Set(["REMOVED", "PLANNED"]);
  const told = new Set();

  function tally(points) {
    const found = Object.values(points).map((status) => states[status] || "unknown");
    const state = ["free", "busy", "broken"].find((name) => found.includes(name)) || "unknown";
    return { points: found.length, free: found.filter((name) => name === "free").length, state };
  }

  function show(element, points) {
    const { state, points: all, free } = tally(points);
    element.dataset.points = JSON.stringify(points);
    for (const name of ["free", "busy", "broken", "unknown"]) element.classList.toggle(`state-${name}`, name === state);
    const said = element.querySelector(".tally");
    if (said) said.textContent = said.dataset.said.replace("{free}", free).replace("{points}", all);
    const word = element.querySelector(".word");
    if (word) { const [status] = Object.values(points); word.textContent = JSON.parse(word.dataset.words)[status] || status; }
  }

  function change(said) {
    const key = `${said.party}/${said.location_id}`.toUpperCase();
    let seen = false;
    for (const element of document.querySelectorAll("[data-location]")) {
      if (element.dataset.location !== key) continue;
      const points = JSON.parse(element.dataset.points);
      if (!(said.evse_uid in points) || gone.has(said.status)) continue;
      points[said.evse_uid] = said.status;
      show(element, points);
      seen = true;
    }
    for (const each of told) each(said, seen);
  }

  function say(word) {
    for (const line of document.querySelectorAll(".live")) {
      line.hidden = false;
      line.classList.toggle("on", word === "live");
      line.dataset.now = word;
      const text = line.querySelector(".said");
      if (text.textContent !== line.dataset[word]) text.textContent = line.dataset[word];
    }
  }

  const line = document.querySelector(".live");
  let now = "off";
  if (line && window.EventSource) {
    const begin = () => {
      const stream = new EventSource(line.dataset.stream);
      const set = (word) => { now = word; say(word); };
      stream.addEventListener("open", () => set("live"));
      stream.addEventListener("change", (event) => {
        const said = JSON.parse(event.data);
        if (said.op === "status") change(said);
        else for (const each of told) each(said, false);
      });
      // The browser comes back by itself unless it was refused.
      stream.addEventListener("error", () => {
        set(stream.readyState === EventSource.CLOSED ? "off" : "again");
        if (stream.readyState === EventSource.CLOSED) setTimeout(begin, 30000);
      });
      stream.addEventListener("gone", () => { stream.close(); set("again"); setTimeout(begin, 5000); });
    };
    begin();
  }
  return { said: () => say(now), told: (each) => told.add(each), tally };
})();
