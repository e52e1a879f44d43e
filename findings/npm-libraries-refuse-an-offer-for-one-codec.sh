#!/usr/bin/env bash
# An offer of two video m-lines, VP8 and H.264, to libraries that have no H.264. RFC 3264 section 6 has
# an answerer reject the one m-line (port 0) and take the other, as Firefox without H.264 does.
#   werift 0.22.6: setRemoteDescription throws "negotiate codecs failed."
#   @roamhq/wrtc 0.10.0 (libwebrtc): createAnswer succeeds, and setLocalDescription of that very answer
#   fails for the H.264 m-line
# So one H.264 publisher in a room keeps them from receiving anybody, if a server offers all streams in
# one description. With the VP8 m-line alone both answer.
#
# Exit 0: both still do so. 1: one does not any more. 2: it could not be tried.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' >package.json
npm install --no-audit --no-fund --silent werift@0.22.6 @roamhq/wrtc@0.10.0 >/dev/null 2>&1 || exit 2
cat >finding.mjs <<'JS'
import wrtc from '@roamhq/wrtc';
import { RTCPeerConnection } from 'werift';

const head = (mids) => `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE ${mids}\r\n` +
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`;
const line = (mid, type, codec) => `m=video 9 UDP/TLS/RTP/SAVPF ${type}\r\nc=IN IP4 0.0.0.0\r\n` +
  `a=ice-ufrag:user\r\na=ice-pwd:passwordpasswordpassword\r\na=setup:actpass\r\na=mid:${mid}\r\n` +
  `a=sendonly\r\na=rtcp-mux\r\na=rtpmap:${type} ${codec}/90000\r\na=rtcp-fb:${type} nack pli\r\n`;
const vp8 = line('0', 96, 'VP8');
const h264 = line('1', 107, 'H264') +
  'a=fmtp:107 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n';

async function answer(Connection, sdp) {
  const connection = new Connection();
  let step = 'setRemoteDescription';
  try {
    await connection.setRemoteDescription({ type: 'offer', sdp });
    step = 'createAnswer';
    const made = await connection.createAnswer();
    step = 'setLocalDescription';
    await connection.setLocalDescription(made);
    return made.sdp.split('\r\n').filter((text) => text.startsWith('m=')).join(' | ');
  } catch (error) {
    return `${step}: ${error.message}`;
  }
}

let same = true;
const libraries = { 'werift 0.22.6': RTCPeerConnection, '@roamhq/wrtc 0.10.0': wrtc.RTCPeerConnection };
for (const [name, Connection] of Object.entries(libraries)) {
  const one = await answer(Connection, head('0') + vp8);
  const both = await answer(Connection, head('0 1') + vp8 + h264);
  console.log(`${name}\n  VP8 alone:      ${one}\n  VP8 and H.264:  ${both}`);
  same = same && one.startsWith('m=') && !both.startsWith('m=');
}
process.exit(same ? 0 : 1);
JS
status=0
unshare --net bash -c 'ip link set lo up && exec timeout 60 node finding.mjs' || status=$?
exit "$status"
