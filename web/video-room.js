// A client of the Janus VideoRoom API (multistream) over the unmodified janus.js: one handle that
// publishes, one handle that receives everybody else in one peer connection.
//
// Events (CustomEvent, `detail` as listed):
//   joined       {}                        we are in the room
//   publishers   {added: [{id, display}]}  others who publish from now on
//   gone         {id}                      another has stopped publishing or has left
//   track        {id, track, on}           a track of another arrived, or ended
//   attendees    {list: [{id, display, publisher}]}
//   media        {state}                   "connected", "failed", ... of what we send
//   trouble      {code, text, fatal}       an error of the API; after a fatal one, we are out
//   closed       {text}                    the connection to the server is lost
import Janus from "./janus.js";

const kPlugin = "janus.plugin.videoroom";
const kUpdateTimeoutMs = 10_000;
const kAttendeesIntervalMs = 5_000;

const initialized = new Promise((resolve) => {
  Janus.init({ debug: ["error", "warn"], callback: resolve });
});

export class VideoRoom extends EventTarget {
  publisher = null;
  subscriber = null;
  id = null; // ours, in the room

  #janus = null;
  #options;
  #privateId = null;
  #closing = false;
  #attendeesTimer = null;
  #wanted = new Set(); // publishers that we want to receive
  #subscribed = new Set(); // publishers that the subscriber has been asked for
  #updating = null; // timer of the update that is under way
  #feedOfMid = new Map();

  // server: URL; room: number; display: our name; pin: text, if any.
  constructor(options) {
    super();
    this.#options = options;
  }

  // Connects and joins. Resolves once we are in the room; rejects with an Error.
  async join() {
    await initialized;
    await this.#openSession();
    this.publisher = await this.#attach({
      onmessage: (message, jsep) => this.#onPublisherMessage(message, jsep),
      iceState: (state) => this.#emit("media", { state }),
    });
    await new Promise((resolve, reject) => {
      this.addEventListener("joined", resolve, { once: true });
      this.addEventListener("trouble", (event) => reject(this.#error(event.detail)), { once: true });
      const { room, display, pin } = this.#options;
      this.#send(this.publisher, { request: "join", ptype: "publisher", room, display, pin });
    });
    this.#attendeesTimer = setInterval(() => this.#askForAttendees(), kAttendeesIntervalMs);
    this.#askForAttendees();
  }

  // Offers these tracks to the room.
  publish(stream) {
    const tracks = stream.getTracks().map((track) => ({
      type: track.kind,
      capture: track,
      recv: false,
      dontStop: true,
    }));
    this.publisher.createOffer({
      tracks,
      success: (jsep) => this.#send(this.publisher, { request: "configure" }, jsep),
      error: (error) => this.#emit("trouble", { code: 0, text: String(error), fatal: false }),
    });
  }

  // Leaves and disconnects. Nothing is reported after it.
  leave() {
    this.#closing = true;
    clearInterval(this.#attendeesTimer);
    clearTimeout(this.#updating);
    this.#janus?.destroy({ cleanupHandles: true, notifyDestroyed: false });
    this.#janus = null;
  }

  peerConnections() {
    return [this.publisher, this.subscriber]
      .map((handle) => handle?.webrtcStuff?.pc)
      .filter((connection) => connection);
  }

  // Which publisher a media section of the subscriber's connection belongs to.
  feedOf(mid) {
    return this.#feedOfMid.get(String(mid));
  }

  #emit(type, detail) {
    if (!this.#closing) this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #error({ code, text }) {
    return Object.assign(new Error(text), { code });
  }

  #openSession() {
    return new Promise((resolve, reject) => {
      let open = false;
      this.#janus = new Janus({
        server: this.#options.server,
        iceServers: [],
        success: () => {
          open = true;
          resolve();
        },
        error: (error) => {
          reject(new Error("The server cannot be reached. Is it running?"));
          if (open) this.#emit("closed", { text: String(error) });
        },
        destroyed: () => this.#emit("closed", { text: "The server has ended the session." }),
      });
    });
  }

  #attach(callbacks) {
    return new Promise((resolve, reject) => {
      this.#janus.attach({
        plugin: kPlugin,
        success: resolve,
        error: (error) => reject(new Error(String(error))),
        ...callbacks,
      });
    });
  }

  #send(handle, message, jsep) {
    handle.send({
      message,
      jsep,
      error: (error) => this.#emit("trouble", { code: 0, text: String(error), fatal: false }),
    });
  }

  // --- Publishing --------------------------------------------------------------------------------

  #onPublisherMessage(message, jsep) {
    if (message.videoroom === "joined") {
      this.id = message.id;
      this.#privateId = message.private_id;
      this.#emit("joined", {});
    }
    if (message.error_code) {
      this.#emit("trouble", { code: message.error_code, text: message.error, fatal: false });
    }
    if (message.videoroom === "destroyed") {
      this.#emit("trouble", { code: 0, text: "The room has been closed.", fatal: true });
    }
    if (message.leaving === "ok" && message.reason === "kicked") {
      this.#emit("trouble", { code: 0, text: "You have been removed from the room.", fatal: true });
    }
    if (message.publishers) this.#onPublishers(message.publishers);
    for (const id of [message.unpublished, message.leaving, message.kicked]) {
      if (id !== undefined && id !== "ok") this.#onGone(id);
    }
    if (message.joining || message.leaving || message.unpublished) this.#askForAttendees();
    if (jsep) this.publisher.handleRemoteJsep({ jsep });
  }

  #onPublishers(publishers) {
    const added = publishers.filter(({ id, dummy }) => id !== this.id && !dummy);
    for (const { id } of added) this.#wanted.add(id);
    if (added.length > 0) this.#emit("publishers", { added });
    this.#updateSubscription();
  }

  #onGone(id) {
    if (!this.#wanted.delete(id)) return;
    this.#emit("gone", { id });
    this.#updateSubscription();
  }

  #askForAttendees() {
    this.publisher?.send({
      message: { request: "listparticipants", room: this.#options.room },
      success: (answer) => {
        if (answer?.participants) this.#emit("attendees", { list: answer.participants });
      },
      error: () => {}, // the list is a nicety; what is wrong will be told elsewhere
    });
  }

  // --- Receiving ---------------------------------------------------------------------------------

  // Brings what the subscriber receives in line with what is wanted: one change at a time, as each
  // is a negotiation.
  async #updateSubscription() {
    if (this.#updating || this.#closing) return;
    const subscribe = [...this.#wanted].filter((id) => !this.#subscribed.has(id));
    const unsubscribe = [...this.#subscribed].filter((id) => !this.#wanted.has(id));
    if (subscribe.length + unsubscribe.length === 0) return;
    this.#updating = setTimeout(() => this.#updateDone(), kUpdateTimeoutMs);
    this.#subscribed = new Set(this.#wanted);
    const streams = subscribe.map((feed) => ({ feed }));
    if (!this.subscriber) {
      const { room, pin } = this.#options;
      this.subscriber = await this.#attachSubscriber();
      this.#send(this.subscriber, {
        request: "join",
        ptype: "subscriber",
        room,
        pin,
        streams,
        private_id: this.#privateId,
        use_msid: false,
      });
      return;
    }
    const request = { request: "update" };
    if (streams.length > 0) request.subscribe = streams;
    if (unsubscribe.length > 0) request.unsubscribe = unsubscribe.map((feed) => ({ feed }));
    this.#send(this.subscriber, request);
  }

  #updateDone() {
    clearTimeout(this.#updating);
    this.#updating = null;
    this.#updateSubscription();
  }

  #attachSubscriber() {
    return this.#attach({
      onmessage: (message, jsep) => this.#onSubscriberMessage(message, jsep),
      onremotetrack: (track, mid, on, metadata) => {
        const id = this.feedOf(mid);
        // A track that carries nothing for a while has not gone.
        if (id === undefined || metadata?.reason === "mute") return;
        this.#emit("track", { id, track, on });
      },
    });
  }

  #onSubscriberMessage(message, jsep) {
    for (const { mid, feed_id: feed } of message.streams ?? []) {
      if (feed !== undefined) this.#feedOfMid.set(String(mid), feed);
    }
    if (message.error_code) {
      this.#onSubscriberError(message);
    } else if (jsep) {
      this.#answer(jsep);
    } else if (message.videoroom === "updated") {
      this.#updateDone(); // nothing to negotiate
    }
  }

  // A publisher may have gone between its announcement and our request: ask again for the others,
  // one by one if need be, when they are announced or the list is next looked at.
  async #onSubscriberError({ error_code: code, error }) {
    const kNoSuchFeed = 428;
    if (code !== kNoSuchFeed) this.#emit("trouble", { code, text: error, fatal: false });
    const present = await this.#presentPublishers();
    this.#wanted = new Set([...this.#wanted].filter((id) => present.has(id)));
    if (this.#feedOfMid.size === 0) {
      // The first request failed as a whole: start over with a new handle.
      this.subscriber?.detach({ noRequest: false });
      this.subscriber = null;
      this.#subscribed.clear();
    }
    this.#updateDone();
  }

  #presentPublishers() {
    return new Promise((resolve) => {
      this.publisher.send({
        message: { request: "listparticipants", room: this.#options.room },
        success: (answer) => {
          const list = answer?.participants ?? [];
          resolve(new Set(list.filter(({ publisher }) => publisher).map(({ id }) => id)));
        },
        error: () => resolve(new Set()),
      });
    });
  }

  #answer(jsep) {
    this.subscriber.createAnswer({
      jsep,
      success: (answer) => {
        this.#send(this.subscriber, { request: "start", room: this.#options.room }, answer);
        this.#updateDone();
      },
      error: (error) => {
        this.#emit("trouble", { code: 0, text: String(error), fatal: false });
        this.#updateDone();
      },
    });
  }
}
