// What runs in a page of the server's, against its unmodified janus.js: handles of the VideoRoom plugin
// that publish and subscribe, with what they were told. A function that is passed to the page as text.
export async function openJanusJs({ server }) {
  const { default: Janus } = await import('/janus.js');
  await new Promise((resolve) => Janus.init({ debug: false, callback: resolve }));
  const janus = await new Promise((success, error) => {
    const session = new Janus({ server, iceServers: [], success: () => success(session), error: (e) => error(new Error(e)) });
  });

  // A handle: `told` are the plugin's messages, `texts` what came over data channels.
  const attach = () => new Promise((resolve, reject) => {
    const told = [];
    const texts = [];
    janus.attach({
      plugin: 'janus.plugin.videoroom',
      success: (plugin) => resolve({ plugin, told, texts }),
      error: (error) => reject(new Error(error)),
      onmessage: (message, jsep) => told.push({ ...message, jsep }),
      ondata: (text) => texts.push(text),
    });
  });
  const until = async (what, condition) => {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
      const found = await condition();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`waited for ${what}`);
  };
  // The first message behind the `from`th of which this is so.
  const hear = (handle, what, is, from = 0) => until(what, () => handle.told.slice(from).find(is));
  const send = (handle, message, jsep) => new Promise((success, error) => {
    handle.plugin.send({ message, jsep, success, error: (text) => error(new Error(text)) });
  });
  const described = (handle, create, options) => new Promise((success, error) => {
    handle.plugin[create]({ ...options, success, error: (text) => error(new Error(text)) });
  });
  const video = async (handle, mid) => {
    for (const report of (await handle.plugin.webrtcStuff.pc.getStats()).values()) {
      if (report.type === 'inbound-rtp' && report.kind === 'video' && report.mid === `${mid}`) return report;
    }
    return {};
  };
  const connected = (handle) =>
    until('a connection', () => handle.plugin.webrtcStuff.pc?.connectionState === 'connected');

  const client = {
    room: 1234,
    async publish(display, { isSimulcast = false, hasData = false } = {}) {
      const handle = await attach();
      await send(handle, { request: 'join', ptype: 'publisher', room: client.room, display });
      handle.id = (await hear(handle, 'joined', ({ videoroom }) => videoroom === 'joined')).id;
      const tracks = [
        { type: 'audio', capture: true, recv: false },
        { type: 'video', capture: true, recv: false, simulcast: isSimulcast },
        ...(hasData ? [{ type: 'data' }] : []),
      ];
      await send(handle, { request: 'configure', audio: true, video: true }, await described(handle, 'createOffer', { tracks }));
      const answered = await hear(handle, 'configured', ({ configured }) => configured === 'ok');
      handle.plugin.handleRemoteJsep({ jsep: answered.jsep });
      await connected(handle);
      return handle;
    },
    // Answers the offer that comes with a message.
    async answer(handle, message) {
      const options = { jsep: message.jsep, tracks: [{ type: 'data' }] };
      await send(handle, { request: 'start' }, await described(handle, 'createAnswer', options));
      await connected(handle);
    },
    async subscribe(feeds) {
      const handle = await attach();
      const streams = feeds.map((feed) => ({ feed }));
      await send(handle, { request: 'join', ptype: 'subscriber', room: client.room, streams });
      await client.answer(handle, await hear(handle, 'attached', ({ videoroom }) => videoroom === 'attached'));
      return handle;
    },
    // Asks for something that is answered by an event with this member, and maybe an offer.
    async change(handle, message, member) {
      const from = handle.told.length;
      await send(handle, message);
      const told = await hear(handle, `${message.request} to be answered`, (event) => event[member] || event.error, from);
      if (told.error) throw new Error(told.error);
      if (told.jsep) await client.answer(handle, told);
      return told;
    },
    // Until frames of an m-line are decoded that were not when it was asked.
    async seesMore(handle, mid) {
      const before = (await video(handle, mid)).framesDecoded ?? 0;
      await until(`frames in m-line ${mid}`, async () => ((await video(handle, mid)).framesDecoded ?? 0) > before + 5);
    },
    hear, send, until, video,
  };
  return client;
}
