#!/usr/bin/env bash
# Opus with redundancy (RED, RFC 2198) between two libwebrtc connections on loopback, without any loss,
# as their statistics have it (@roamhq/wrtc 0.10.0; Chromium 156 says the same of real calls):
#   - packetsDiscarded of the receiver grows by one for nearly each packet (236 of 261 seen): it counts
#     the copies whose frames have arrived by themselves, and is 0 without RED
#   - fecPacketsReceived, where one would look for copies, stays 0, and so does fecPacketsDiscarded
#   - the codec is audio/opus in any case
# So a dashboard that shows discarded packets has every call with RED as one that fails, and nothing in
# the statistics says that RED is in use but the bytes of a packet, which are nearly twice as many.
#
# Exit 0: it is still so. 1: it is not any more. 2: it could not be tried.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' >package.json
npm install --no-audit --no-fund --silent @roamhq/wrtc@0.10.0 >/dev/null 2>&1 || exit 2
cat >finding.mjs <<'JS'
import wrtc from '@roamhq/wrtc';

const kSamples = 480; // 10 ms
const tone = Int16Array.from({ length: kSamples }, (_, i) => 8000 * Math.sin((10 * Math.PI * i) / kSamples));
const kSound = { samples: tone, sampleRate: 48000, bitsPerSample: 16, channelCount: 1, numberOfFrames: kSamples };

// What the receiver says after four seconds of sound. RED is sent if the answer has it before Opus.
async function receive(hasRed) {
  const sender = new wrtc.RTCPeerConnection();
  const receiver = new wrtc.RTCPeerConnection();
  sender.onicecandidate = ({ candidate }) => candidate && receiver.addIceCandidate(candidate);
  receiver.onicecandidate = ({ candidate }) => candidate && sender.addIceCandidate(candidate);
  const source = new wrtc.nonstandard.RTCAudioSource();
  sender.addTransceiver(source.createTrack(), { direction: 'sendonly' });
  await sender.setLocalDescription(await sender.createOffer());
  await receiver.setRemoteDescription(sender.localDescription);
  await receiver.setLocalDescription(await receiver.createAnswer());
  const { sdp } = receiver.localDescription;
  const red = sdp.match(/a=rtpmap:(\d+) red\/48000/)[1];
  const opus = sdp.match(/a=rtpmap:(\d+) opus\/48000/)[1];
  const swapped = sdp.replace(new RegExp(`(m=audio \\d+ \\S+) ${opus} ${red}`), `$1 ${red} ${opus}`);
  await sender.setRemoteDescription({ type: 'answer', sdp: hasRed ? swapped : sdp });
  const timer = setInterval(() => source.onData(kSound), 10);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  clearInterval(timer);
  const reports = [...(await receiver.getStats()).values()];
  const inbound = reports.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
  const codec = reports.find(({ id }) => id === inbound.codecId).mimeType;
  sender.close();
  receiver.close();
  return { ...inbound, codec, bytes: inbound.bytesReceived / inbound.packetsReceived };
}

const plain = await receive(false);
const red = await receive(true);
for (const [name, { packetsReceived, packetsDiscarded, fecPacketsReceived, packetsLost, codec, bytes }] of Object.entries({ plain, red })) {
  console.log(`${name}: ${codec}, ${packetsReceived} packets of ${Math.round(bytes)} bytes, ${packetsLost} lost, ` +
    `${packetsDiscarded} discarded, fecPacketsReceived ${fecPacketsReceived}`);
}
const same = plain.packetsDiscarded < 0.1 * plain.packetsReceived && red.packetsDiscarded > 0.5 * red.packetsReceived &&
  red.fecPacketsReceived === 0 && red.packetsLost === 0 && red.codec === 'audio/opus' && red.bytes > 1.5 * plain.bytes;
process.exit(same ? 0 : 1);
JS
status=0
unshare --net bash -c 'ip link set lo up && exec timeout 60 node finding.mjs' || status=$?
exit "$status"
