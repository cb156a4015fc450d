/* Sound: dropped, chosen or recorded; sent as WAV of 16-bit PCM, which is what models take. */

import { Mistake, dropField, el, styled } from "./elements.js";

const MOST_SECONDS = 30;

/* Mono samples in [-1, 1] as a WAV file. */
const asWav = (samples, rate) => {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const letters = (place, text) => [...text].forEach((letter, index) => view.setUint8(place + index, letter.charCodeAt(0)));
  letters(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  letters(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  letters(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, index) => {
    const clipped = Math.max(-1, Math.min(1, sample));
    view.setInt16(44 + 2 * index, Math.round(clipped * 32767), true);
  });
  return new Blob([view.buffer], { type: "audio/wav" });
};

const decoded = async (blob) => {
  const context = new OfflineAudioContext(1, 1, 48000);
  const buffer = await context.decodeAudioData(await blob.arrayBuffer());
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, index) => buffer.getChannelData(index));
  const samples = channels[0].map((_, place) => channels.reduce((sum, channel) => sum + channel[place], 0) / channels.length);
  return { samples, rate: buffer.sampleRate };
};

const isWav = async (file) => {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return String.fromCharCode(...start) === "RIFF";
};

const record = async (meter) => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const context = new AudioContext();
  await context.audioWorklet.addModule("page/scripts/recorder.js");
  const node = new AudioWorkletNode(context, "recorder");
  const blocks = [];
  node.port.onmessage = ({ data }) => {
    if (blocks.length * data.length < MOST_SECONDS * context.sampleRate) blocks.push(data);
    const loudest = data.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    styled(meter, { transform: `scaleX(${Math.min(1, loudest).toFixed(3)})` });
  };
  context.createMediaStreamSource(stream).connect(node);
  return async () => {
    stream.getTracks().forEach((track) => track.stop());
    await context.close();
    styled(meter, { transform: "scaleX(0)" });
    const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
    blocks.reduce((place, block) => (samples.set(block, place), place + block.length), 0);
    return asWav(samples, context.sampleRate);
  };
};

export const soundField = (changed) => {
  let sound = null;
  const heard = el("audio", { controls: true, hidden: true });
  const meter = el("div");
  const level = el("div", { class: "meter", "aria-hidden": "true", hidden: true }, meter);
  const button = el("button", { type: "button" }, "Record");
  const note = el("p", { class: "hint", role: "status" });
  const drop = dropField("Choose a sound", "or drop it here; a WAV file is sent as it is", "audio/*,.wav", (file) => take(file));

  const keep = async (blob, name) => {
    const wave = await decoded(blob).catch(() => null);
    sound = { blob, wave };
    URL.revokeObjectURL(heard.src);
    heard.src = URL.createObjectURL(blob);
    heard.hidden = false;
    drop.say(el("strong", {}, name), el("span", { class: "hint" }, sound.wave ? `${(sound.wave.samples.length / sound.wave.rate).toFixed(2)} s` : ""));
    changed();
  };
  const take = async (file) => {
    note.textContent = "";
    if (await isWav(file)) return keep(file, file.name);
    const wave = await decoded(file).catch(() => null);
    if (!wave) {
      note.textContent = `This browser can't read ${file.name} as sound.`;
      return undefined;
    }
    note.textContent = `${file.name} is sent as WAV: this browser converted it.`;
    return keep(asWav(wave.samples, wave.rate), file.name);
  };
  let stop = null;
  button.addEventListener("click", async () => {
    const running = stop;
    stop = null;
    try {
      if (running) {
        note.textContent = "";
        await keep(await running(), "Your recording");
      } else {
        stop = await record(meter);
        note.textContent = `Recording, up to ${MOST_SECONDS} seconds.`;
      }
    } catch (error) {
      note.textContent = `No microphone: ${error.message || error.name}`;
    }
    button.textContent = stop ? "Stop recording" : "Record";
    button.classList.toggle("recording", stop !== null);
    level.hidden = stop === null;
  });
  if (!navigator.mediaDevices) {
    button.disabled = true;
    note.textContent = "Browsers record only on https:// or on this machine.";
  }
  return {
    node: el("div", {}, drop.node, el("div", { class: "row actions" }, button), level, heard, note),
    read: async () => {
      if (!sound) throw new Mistake("Choose, drop or record a sound first.");
      return { blob: sound.blob, shown: { wave: sound.wave } };
    },
    fill: (blob) => keep(blob, "The example"),
  };
};
