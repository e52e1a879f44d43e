// Where Penstock's answer is another one than that of Janus 1.1.2, and why. Each takes part in what
// was asked for and answered: {where, request, janus, penstock}. One that nothing needs is a failure.
const said = (answer) => answer?.error ?? answer?.plugindata?.data ?? {};
const code = (answer) => said(answer).error_code ?? said(answer).code;
const text = (answer) => said(answer).error ?? said(answer).reason ?? '';
const kExtensionIds = ['audiolevel_ext_id', 'videoorient_ext_id', 'playoutdelay_ext_id'];
const isRefused = (answer) => code(answer) !== undefined;

// The same, but for members with these names.
function isSameWithout(names, janus, penstock) {
  const left = (value) => JSON.stringify(value, (name, member) => (names.includes(name) ? undefined : member));
  return left(janus) === left(penstock);
}
// Events, but for those of Penstock's that match.
const isSameButFor = (pattern, { request, janus, penstock }) =>
  request === 'events' && JSON.stringify(janus) === JSON.stringify(penstock.filter((event) => !pattern.test(event)));
const parsedRequest = (request) => {
  try {
    return JSON.parse(request.replace(/ and (offer|answer|wish)$/, ''));
  } catch {
    return {};
  }
};

export const differences = [
  {
    what: 'the texts about what is no JSON, or no object',
    why: "They are the parsers'. What JSON is, but no object, is 455 here; Janus's parser takes only objects and lists.",
    is: ({ janus, penstock }) => [454, 456].includes(code(janus)) && [454, 455].includes(code(penstock)),
  },
  {
    what: 'a member that comes twice',
    why: 'Which of both is meant, parsers answer differently: it is refused.',
    is: ({ penstock }) => text(penstock) === 'JSON error: duplicate object key',
  },
  {
    what: 'several requests in one message',
    why: 'They are answered one by one, as later versions of Janus do; 1.1.2 takes the last for all of it.',
    is: ({ where, request }) =>
      request.endsWith('} {') || (where.startsWith('core, what is no request') && request === 'events'),
  },
  {
    what: 'requests without a verb, or with a wrong member',
    why: 'The error says which request it is about; Janus leaves the transaction out, or says nothing.',
    is: ({ where, request, janus, penstock }) =>
      (janus?.janus === 'no answer' && isRefused(penstock)) ||
      (where.startsWith('core, requests that nobody has') && request === 'events'),
  },
  {
    what: 'a description without a type',
    why: 'It is what the request goes with: an offer, or the answer of `start`.',
    is: ({ request }) => request.endsWith('"jsep":{}}'),
  },
  {
    what: 'audio codecs',
    why: 'Opus is all there is.',
    is: ({ penstock }) => text(penstock) === 'Invalid element (audiocodec can only be or contain opus)',
  },
  {
    what: 'an empty list of codecs',
    why: 'Nobody could publish in such a room.',
    is: ({ request }) => request.includes('codec":""'),
  },
  {
    what: '`kick` and `moderate` without a room that can be read',
    why: 'What is wrong is the member, as with every other request; 1.1.2 looks for room 0.',
    is: ({ janus }) => text(janus) === 'No such room (0)',
  },
  {
    what: '`allowed` with `add` or `remove`, and no list',
    why: 'Later versions want the list.',
    is: ({ penstock }) => text(penstock) === 'Missing mandatory element (allowed)',
  },
  {
    what: 'requests after `leave` or `kick`',
    why: 'The error says which room, or that one was kicked, as later versions do.',
    is: ({ janus, penstock }) => text(janus) === 'No such room' && [426, 433].includes(code(penstock)),
  },
  {
    what: 'requests in which two things are wrong',
    why: 'What can be read is checked before the room is looked up, and members in the order of their documentation.',
    is: ({ janus, penstock, request }) =>
      isRefused(janus) && isRefused(penstock) && /"request":"(join|switch)"/.test(request) && !request.includes('"streams":[]'),
  },
  {
    what: 'members that 1.1.2 does not look at',
    why: 'A wrong type is told instead of being taken for a default.',
    is: ({ where, request, janus, penstock }) =>
      (!isRefused(janus) && /^Invalid (element type|value)|^Missing mandatory element \(mid\)/.test(text(penstock))) ||
      (where.includes('wrong') && request === 'events'),
  },
  {
    what: 'lists with what is no object',
    why: 'That is told; 1.1.2 passes over it, or misses its members.',
    is: ({ penstock }) => text(penstock) === 'Invalid element type (streams should contain objects)',
  },
  {
    what: 'subscriptions of nothing',
    why: 'The texts of later versions.',
    is: ({ penstock }) => /^(At least one between 'streams' and 'feed'|Empty (subscription|switch) list)/.test(text(penstock)),
  },
  {
    what: '`metadata`, and `display` of who leaves',
    why: 'Of later versions.',
    is: ({ request, janus, penstock }) =>
      request === 'events'
        ? JSON.stringify(penstock.map((event) => event.replace(/,"metadata":\{[^}]*\}/, '').replace('"display":"Bob","leaving"', '"leaving"')).sort()) === JSON.stringify(janus)
        : isSameWithout(['metadata'], janus, penstock),
  },
  {
    what: 'identifiers of header extensions in `streams` of the own publisher',
    why: 'Of later versions, for remote publishers.',
    is: ({ janus, penstock }) => isSameWithout(kExtensionIds, janus, penstock),
  },
  {
    what: 'the profile of H.264',
    why: 'The constrained baseline profile is taken before others, as every receiver has it; Janus takes the first.',
    is: ({ janus, penstock }) => isSameWithout([...kExtensionIds, 'h264_profile'], janus, penstock),
  },
  {
    what: 'who publishes',
    why: 'Whoever has an answer to an offer is a publisher; in Janus, whose connection is there.',
    is: ({ where, request }) =>
      where.startsWith('publishers, offers') && /"request":"(publish|listparticipants|unpublish)"|^events/.test(request),
  },
  {
    what: 'the profile of VP9 that a dummy publisher has',
    why: 'It is told, as that of others.',
    is: ({ janus, penstock }) => isSameWithout(['vp9-profile'], janus, penstock),
  },
  {
    what: '`video: false` in a `join` of the oldest form',
    why: 'The m-line is there, and nothing is sent of it until that is asked for.',
    is: ({ request, janus, penstock }) =>
      parsedRequest(request).video === false && isSameWithout(['send', 'vp9-profile'], janus, penstock),
  },
  {
    what: '`hangup` of a handle without a connection',
    why: 'Nothing is hung up. Janus had begun one for the offer that was refused.',
    is: ({ request, janus, penstock }) =>
      request === 'events' && JSON.stringify(janus.filter((event) => !event.includes('"reason":"Janus API"'))) === JSON.stringify(penstock),
  },
  {
    what: '`ptype` of "listener"',
    why: 'The oldest clients say so, and later versions take it.',
    is: ({ request }) => parsedRequest(request).ptype === 'listener',
  },
  {
    what: 'RTP forwarders that cannot be as they were asked for',
    why: 'They are refused; 1.1.2 leaves them out, sends to another port, or in clear. Later versions, too, take the host of one stream.',
    is: ({ request, janus, penstock }) =>
      /"request":"(rtp_forward|publish_remotely)"/.test(request) &&
      (isRefused(janus) !== isRefused(penstock) || /^Missing mandatory element host/.test(text(penstock))),
  },
  {
    what: 'the ports of RTP forwarders',
    why: "RTCP comes to a worker's port, and not to one of the publisher's.",
    is: ({ janus, penstock }) => isSameWithout(['local_rtcp_port'], janus, penstock),
  },
  {
    what: 'the connections of a room that is destroyed',
    why: 'They are closed, and that is told; in Janus they fall silent.',
    is: (compared) => isSameButFor(/"hangup","reason":"Close PC"/, compared),
  },
];
