// The page: lobby, call, and what goes wrong in between.
//
// URL parameters: room, name, pin; test=1 sends a test pattern; autojoin=1 joins at once;
// server=ws (default) or http chooses the transport of the Janus API.
import { captureDevices, captureTestSignal } from "./media.js";
import { Stats } from "./stats.js";
import { Tiles } from "./tiles.js";
import { VideoRoom } from "./video-room.js";

const parameters = new URLSearchParams(location.search);
const element = (id) => document.getElementById(id);
const tiles = new Tiles(element("tiles"), element("tile-template"));

let call = null; // {room, stats, source, names}

// Error codes of the Janus API that a visitor can do something about.
const kExplanations = {
  426: "There is no such room.",
  432: "The room is full: it has as many publishers as it may have. You can watch.",
  433: "This room needs a PIN, or the PIN is wrong.",
};
const kWrongPin = 433;
const kRoomFull = 432;

function explain({ code, text, message }) {
  return kExplanations[code] ?? text ?? message ?? "Something went wrong.";
}

async function serverUrl() {
  if (parameters.get("server") === "http") return `${location.origin}/janus`;
  const { websocket_port: port } = await (await fetch("config.json")).json();
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.hostname}:${port}/`;
}

// --- Lobby -----------------------------------------------------------------------------------

function showLobby(error) {
  document.body.dataset.view = "lobby";
  element("join").disabled = false;
  element("join").textContent = "Join";
  element("lobby-error").hidden = !error;
  element("lobby-error").textContent = error ? explain(error) : "";
  if (error?.code === kWrongPin) element("pin-field").hidden = false;
}

async function onJoin(event) {
  event?.preventDefault();
  element("join").disabled = true;
  element("join").textContent = "Joining…";
  element("lobby-error").hidden = true;
  const source = await chooseSource(element("name").value.trim());
  const room = new VideoRoom({
    server: await serverUrl().catch(() => ""),
    room: Number(element("room").value),
    display: element("name").value.trim(),
    pin: element("pin").value || undefined,
  });
  enterCall(room, source);
  try {
    await room.join();
  } catch (error) {
    endCall();
    return showLobby(error);
  }
  showCall();
}

async function chooseSource(name) {
  if (element("test").checked) return captureTestSignal(name);
  try {
    return await captureDevices();
  } catch (error) {
    const notice = `No camera or microphone (${error.message}): a test pattern is sent instead.`;
    return { ...captureTestSignal(name), notice };
  }
}

// --- Call ------------------------------------------------------------------------------------

function enterCall(room, source) {
  call = { room, source, names: new Map() };
  call.stats = new Stats(room, (list) => {
    for (const numbers of list) tiles.setNumbers(numbers.id, numbers);
  });
  room.addEventListener("joined", () => onJoined());
  room.addEventListener("publishers", ({ detail }) => {
    for (const { id, display } of detail.added) tiles.add(id, display ?? String(id));
  });
  room.addEventListener("gone", ({ detail }) => tiles.remove(detail.id));
  room.addEventListener("track", ({ detail }) => tiles.setTrack(detail.id, detail.track, detail.on));
  room.addEventListener("attendees", ({ detail }) => showWatchers(detail.list));
  room.addEventListener("media", ({ detail }) => showStatus(detail.state));
  room.addEventListener("trouble", ({ detail }) => onTrouble(detail));
  room.addEventListener("closed", () => onClosed());
}

function onJoined() {
  const { room, source } = call;
  const isMirrored = !source.isTest;
  tiles.add(room.id, element("name").value.trim(), { self: true, mirrored: isMirrored });
  for (const track of source.stream.getTracks()) tiles.setTrack(room.id, track, true);
  room.publish(source.stream);
}

function showCall() {
  document.body.dataset.view = "call";
  element("room-title").textContent = `Room ${element("room").value}`;
  document.title = `Penstock · room ${element("room").value}`;
  for (const [id, kind] of [["microphone", "audio"], ["camera", "video"]]) {
    element(id).disabled = !call.source.stream.getTracks().some((track) => track.kind === kind);
    element(id).setAttribute("aria-pressed", "false");
  }
  showStatus("connecting");
  if (call.source.notice) showBanner(call.source.notice);
}

function endCall() {
  if (!call) return;
  call.stats.stop();
  call.room.leave();
  for (const track of call.source.stream.getTracks()) track.stop();
  call.source.stop?.();
  tiles.clear();
  element("banners").replaceChildren();
  document.title = "Penstock";
  call = null;
}

function onLeave() {
  endCall();
  showLobby();
}

function onTrouble(detail) {
  if (detail.fatal) {
    endCall();
    return showLobby(detail);
  }
  if (detail.code === kRoomFull) showStatus("watching");
  showBanner(explain(detail), { kind: detail.code === kRoomFull ? "notice" : "error" });
}

function onClosed() {
  showStatus("lost");
  const rejoin = () => {
    endCall();
    onJoin();
  };
  showBanner("The connection to the server is lost.", {
    kind: "error",
    action: "Rejoin",
    run: rejoin,
  });
}

function showStatus(state) {
  const kNames = {
    connected: "connected",
    completed: "connected",
    failed: "lost",
    disconnected: "lost",
    lost: "lost",
    closed: "lost",
  };
  element("status").dataset.state = kNames[state] ?? state;
  element("status").textContent = kNames[state] === "lost" ? "no connection" : kNames[state] ?? state;
}

function showWatchers(list) {
  if (!call) return;
  const watching = list.filter(({ id, publisher }) => !publisher && id !== call.room.id);
  const names = watching.map(({ id, display }) => display ?? String(id)).join(", ");
  element("watchers").textContent =
    `${list.length} here` + (names ? ` · watching only: ${names}` : "");
}

// One banner for each text; its button, or the returned function, takes it away.
function showBanner(text, { kind = "notice", action = "OK", run } = {}) {
  const banners = element("banners");
  if ([...banners.children].some((banner) => banner.firstElementChild.textContent === text)) return;
  const banner = element("banner-template").content.firstElementChild.cloneNode(true);
  const [span, button] = banner.children;
  banner.dataset.kind = kind;
  span.textContent = text;
  button.textContent = action;
  button.addEventListener("click", () => {
    banner.remove();
    run?.();
  });
  banners.append(banner);
  return () => banner.remove();
}

function toggle(button, kind) {
  const isOff = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(isOff));
  for (const track of call.source.stream.getTracks()) {
    if (track.kind === kind) track.enabled = !isOff;
  }
  tiles.setMuted(call.room.id, {
    audio: element("microphone").getAttribute("aria-pressed") === "true",
    video: element("camera").getAttribute("aria-pressed") === "true",
  });
}

async function copyLink() {
  const link = new URL(location.origin + location.pathname);
  link.searchParams.set("room", element("room").value);
  try {
    await navigator.clipboard.writeText(link.href);
    showBanner("A link to this room is in the clipboard.");
  } catch {
    showBanner(link.href);
  }
}

// --- Start -----------------------------------------------------------------------------------

// Any click will do; the button says so.
tiles.onSoundBlocked = () => {
  const remove = showBanner("The browser keeps the sound off until you click.", {
    action: "Sound on",
  });
  const unmute = () => {
    remove?.();
    tiles.unmute();
  };
  document.addEventListener("click", unmute, { once: true });
};
element("join-form").addEventListener("submit", onJoin);
element("leave").addEventListener("click", onLeave);
element("microphone").addEventListener("click", () => toggle(element("microphone"), "audio"));
element("camera").addEventListener("click", () => toggle(element("camera"), "video"));
element("copy-link").addEventListener("click", copyLink);
document.addEventListener("click", () => call?.source.resume?.());

for (const name of ["name", "room", "pin"]) {
  if (parameters.has(name)) element(name).value = parameters.get(name);
}
element("pin-field").hidden = !parameters.has("pin");
element("test").checked = parameters.get("test") === "1";

// For tests.
window.penstock = {
  get publisher() {
    return call?.room.publisher ?? null;
  },
  get subscriber() {
    return call?.room.subscriber ?? null;
  },
  peerConnections: () => call?.room.peerConnections() ?? [],
  stats: () => call?.stats.latest ?? [],
};

if (parameters.get("autojoin") === "1") {
  if (!element("name").value) element("name").value = "Guest";
  onJoin();
}
