// What every page does with script and can do without: copy a hash, reach the search and the pages by key, keep a live part fresh.
const words = document.body.dataset;
for (const hash of document.querySelectorAll(".hash[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", words.copy);
  button.innerHTML = '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" aria-hidden="true"><rect width="14" height="14" x="8" y="8" rx="2"/><path d="M4 16V4a2 2 0 0 1 2-2h10"/></svg>';
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(hash.dataset.copy);
    button.setAttribute("aria-label", words.copied);
  });
  hash.append(button);
}

// Single keys can be off, here as in the workspace: the choice is this browser's.
const letters = document.querySelector("[data-letters]");
if (letters) {
  letters.hidden = false;
  const on = letters.querySelector("input");
  on.checked = localStorage.getItem("hakari-letters") !== "off";
  on.addEventListener("change", () => localStorage.setItem("hakari-letters", on.checked ? "on" : "off"));
}

let leader = 0;
const places = { m: "/", w: "/tasks", e: "/earnings", o: "/orders", l: "/explore" };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [data-island]")) return;
  if (localStorage.getItem("hakari-letters") === "off") return;
  if (event.key === "/") {
    const search = document.querySelector("[data-key='/']");
    if (search) { event.preventDefault(); search.focus(); }
  } else if (event.key === "g") {
    leader = event.timeStamp;
  } else if (places[event.key] && event.timeStamp - leader < 1500) {
    location.assign(places[event.key]);
  }
});

// A live part: the server says that something changed, the part is fetched again. One message in five seconds at most.
for (const part of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(part.dataset.live);
  let due = 0;
  source.addEventListener("changed", () => {
    if (due) return;
    due = setTimeout(async () => {
      due = 0;
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
      if (answer.ok && fresh) part.replaceChildren(...fresh.childNodes);
    }, 1000);
  });
  source.addEventListener("done", () => source.close());
}
