// Injected into the page before its own scripts: keeps every RTCPeerConnection the page makes, so
// that what is measured does not depend on the page, and notes when the first video frame was decoded.
export function observePeerConnections() {
  const connections = [];
  window.observed = { connections, firstFrameAt: undefined };

  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...parameters) {
      super(...parameters);
      connections.push(this);
      this.addEventListener('track', ({ track, receiver }) => {
        if (track.kind === 'video') noteFirstFrame(receiver);
      });
    }
  };

  async function noteFirstFrame(receiver) {
    while (window.observed.firstFrameAt === undefined) {
      for (const stat of (await receiver.getStats()).values()) {
        if (stat.type === 'inbound-rtp' && stat.framesDecoded > 0) {
          window.observed.firstFrameAt ??= Date.now();
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

// Run in the page: the statistics of all its connections that are open, each with its own index.
export async function readStats() {
  const reports = [];
  for (const [index, connection] of window.observed.connections.entries()) {
    if (connection.connectionState === 'closed') continue;
    for (const stat of (await connection.getStats()).values()) {
      reports.push({ ...stat, connection: index });
    }
  }
  return { at: Date.now(), reports };
}
