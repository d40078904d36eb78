// Lets this browser listen for the daily digest, or stop it. Without script the feed and the page tell the same.
const place = document.querySelector("[data-push]");
const words = place?.dataset;

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function say(text) {
  const line = document.createElement("p");
  line.className = "hint";
  line.setAttribute("role", "status");
  line.textContent = text;
  return line;
}

async function send(method, body) {
  const answer = await fetch("/me/notices/push", { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(String(answer.status));
}

async function show(problem) {
  const registration = await navigator.serviceWorker.getRegistration("/notices-worker.js");
  const standing = await registration?.pushManager.getSubscription();
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button little";
  button.textContent = standing ? words.off : words.on;
  button.addEventListener("click", () => void change(standing));
  place.replaceChildren(button, ...(problem ? [say(problem)] : []));
}

async function change(standing) {
  try {
    if (standing) {
      await send("DELETE", { endpoint: standing.endpoint });
      await standing.unsubscribe();
      return await show();
    }
    if ((await Notification.requestPermission()) !== "granted") return await show(words.denied);
    const registration = await navigator.serviceWorker.register("/notices-worker.js");
    await navigator.serviceWorker.ready;
    const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(words.push) });
    const { endpoint, keys } = made.toJSON();
    await send("POST", { endpoint, p256dh: keys.p256dh, auth: keys.auth, ahead_min: -new Date().getTimezoneOffset() });
    await show();
  } catch {
    await show(words.failed);
  }
}

if (place && "serviceWorker" in navigator && "PushManager" in window) void show();
