// @deepgram/sdk 4.4.0 streams, as its README has it, but for the URL. Prints what each job heard, as one JSON object.
import { createRequire } from "node:module";
import fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const [folder, url, key, jobs] = process.argv.slice(2);
const { createClient, LiveTranscriptionEvents } = createRequire(`${folder}/`)("@deepgram/sdk");
const deepgram = createClient(key, { global: { websocket: { options: { url } } } });

const stream = ({ path, options, chunk, every }) =>
  new Promise((resolve, reject) => {
    const live = deepgram.listen.live(options);
    const messages = [];
    const { Transcript, Metadata, SpeechStarted, UtteranceEnd, Unhandled } = LiveTranscriptionEvents;
    for (const name of [Transcript, Metadata, SpeechStarted, UtteranceEnd, Unhandled]) {
      live.on(name, (message) => messages.push(message));
    }
    live.on(LiveTranscriptionEvents.Error, reject);
    live.on(LiveTranscriptionEvents.Close, ({ code }) => resolve({ messages, code }));
    live.on(LiveTranscriptionEvents.Open, async () => {
      const audio = fs.readFileSync(path);
      for (let at = 0; at < audio.length; at += chunk) {
        live.send(audio.subarray(at, at + chunk));
        await pause(every);
      }
      live.requestClose();
    });
  });

const heard = {};
for (const [name, job] of Object.entries(JSON.parse(jobs))) heard[name] = await stream(job);
process.stdout.write(JSON.stringify(heard), () => process.exit(0));
