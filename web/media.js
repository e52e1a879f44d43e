// What the page sends: camera and microphone, or a generated picture and tone that need neither a
// device nor a permission.

const kWidth = 640;
const kHeight = 360;
const kFramesPerSecond = 30;
const kToneHz = 330;
const kToneGain = 0.04;

// The camera and the microphone, or whichever of the two there is. Throws if there is none.
export async function captureDevices() {
  if (!navigator.mediaDevices) {
    throw new Error("browsers give camera and microphone to pages from https or localhost only");
  }
  const video = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
  let failure;
  for (const constraints of [{ audio: true, video }, { video }, { audio: true }]) {
    try {
      return { stream: await navigator.mediaDevices.getUserMedia(constraints), isTest: false };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

// A moving picture in the name's colour with a clock on it, and a tone that swells twice a second.
export function captureTestSignal(name) {
  const canvas = document.createElement("canvas");
  canvas.width = kWidth;
  canvas.height = kHeight;
  const timer = setInterval(() => drawFrame(canvas, name), 1000 / kFramesPerSecond);
  drawFrame(canvas, name);
  const stream = canvas.captureStream(kFramesPerSecond);
  const tone = makeTone();
  stream.addTrack(tone.track);
  return {
    stream,
    isTest: true,
    // Browsers keep sound off until there is a gesture.
    resume: () => tone.context.resume(),
    stop: () => {
      clearInterval(timer);
      tone.context.close();
    },
  };
}

function drawFrame(canvas, name) {
  const context = canvas.getContext("2d");
  const seconds = performance.now() / 1000;
  const hue = hueOf(name);
  context.fillStyle = `hsl(${hue} 45% 16%)`;
  context.fillRect(0, 0, kWidth, kHeight);
  for (let band = 0; band < 8; ++band) {
    const x = ((band / 8 + seconds / 12) % 1) * (kWidth + 80) - 80;
    context.fillStyle = `hsl(${(hue + band * 18) % 360} 60% ${30 + band * 3}%)`;
    context.fillRect(x, 0, 44, kHeight);
  }
  const angle = seconds * 1.7;
  context.fillStyle = "#fff";
  context.beginPath();
  context.arc(kWidth / 2 + 210 * Math.cos(angle), kHeight / 2 + 110 * Math.sin(angle * 1.3), 22, 0,
              2 * Math.PI);
  context.fill();
  context.fillStyle = "#000a";
  context.fillRect(kWidth - 196, 16, 180, 42);
  context.fillStyle = "#fff";
  context.font = "500 22px ui-monospace, monospace";
  context.fillText(new Date().toISOString().slice(11, 23), kWidth - 184, 45);
}

function makeTone() {
  const context = new AudioContext();
  const oscillator = new OscillatorNode(context, { frequency: kToneHz });
  const swell = new OscillatorNode(context, { frequency: 2 });
  const depth = new GainNode(context, { gain: kToneGain / 2 });
  const gain = new GainNode(context, { gain: kToneGain / 2 });
  const destination = new MediaStreamAudioDestinationNode(context);
  swell.connect(depth).connect(gain.gain);
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  swell.start();
  return { context, track: destination.stream.getAudioTracks()[0] };
}

// A colour for each name, the same for everyone.
export function hueOf(name) {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return hash % 360;
}
