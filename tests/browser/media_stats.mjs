// What a page's getStats reports say about its media, as numbers a test can require something of.

const of = (reports, type, kind) =>
  reports.filter((stat) => stat.type === type && (kind === undefined || stat.kind === kind));
const sum = (stats, field) => stats.reduce((total, stat) => total + (stat[field] ?? 0), 0);

// The streams a page receives, one entry for each: what changed between two readings.
export function received(before, after, kind) {
  const seconds = (after.at - before.at) / 1000;
  return of(after.reports, 'inbound-rtp', kind).map((stat) => {
    const earlier = before.reports.find((s) => s.id === stat.id && s.connection === stat.connection) ?? {};
    const grown = (field) => (stat[field] ?? 0) - (earlier[field] ?? 0);
    return {
      mid: stat.mid,
      frames_per_s: round(grown('framesDecoded') / seconds),
      bitrate_bps: Math.round((grown('bytesReceived') * 8) / seconds),
      audio_energy: grown('totalAudioEnergy'),
      packets: grown('packetsReceived'),
      packets_lost: stat.packetsLost ?? 0,
      size: stat.frameWidth ? `${stat.frameWidth}x${stat.frameHeight}` : undefined,
      codec: after.reports.find((s) => s.id === stat.codecId)?.mimeType,
    };
  });
}

// What a page sends in all.
export function sent(before, after) {
  const seconds = (after.at - before.at) / 1000;
  const bytes = (reading) => sum(of(reading.reports, 'outbound-rtp', 'video'), 'bytesSent');
  const video = of(after.reports, 'outbound-rtp', 'video');
  const pairs = of(after.reports, 'candidate-pair').filter((pair) => pair.nominated);
  return {
    video_bps: Math.round(((bytes(after) - bytes(before)) * 8) / seconds),
    target_bps: Math.round(sum(video, 'targetBitrate')),
    available_bps: Math.round(Math.max(0, ...pairs.map((pair) => pair.availableOutgoingBitrate ?? 0))),
  };
}

// The transports of a page: with whom each speaks, and how it is encrypted.
export function transports(reading) {
  return of(reading.reports, 'transport').map((transport) => {
    const same = reading.reports.filter((stat) => stat.connection === transport.connection);
    const pair = same.find((stat) => stat.id === transport.selectedCandidatePairId);
    const remote = same.find((stat) => stat.id === pair?.remoteCandidateId);
    return {
      srtp: transport.srtpCipher?.replace(/^SRTP_/, ''), // the profile, as RFC 7714 and IANA name it
      dtls: transport.dtlsState,
      remote_address: remote?.address,
      remote_port: remote?.port,
      round_trip_ms: round((pair?.currentRoundTripTime ?? 0) * 1000),
    };
  });
}

const round = (value) => Math.round(value * 10) / 10;
