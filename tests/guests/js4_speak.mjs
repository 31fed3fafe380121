// @deepgram/sdk 4.4.0 speaks, as its README has it, but for the URL. Prints what each job gave, as one JSON object.
import { createRequire } from "node:module";

const [folder, url, key, jobs] = process.argv.slice(2);
const { createClient, LiveTTSEvents } = createRequire(`${folder}/`)("@deepgram/sdk");
const options = { options: { url } };
const deepgram = createClient(key, { global: { fetch: options, websocket: options } });

async function request({ text, options }) {
  const response = await deepgram.speak.request({ text }, options);
  const pieces = [];
  for await (const piece of await response.getStream()) pieces.push(Buffer.from(piece));
  const headers = await response.getHeaders();
  return {
    audio: Buffer.concat(pieces).toString("base64"),
    type: headers.get("content-type"),
    model: headers.get("dg-model-name"),
  };
}

const live = ({ texts, options }) =>
  new Promise((resolve, reject) => {
    const connection = deepgram.speak.live(options);
    const messages = [];
    const pieces = [];
    for (const name of [LiveTTSEvents.Metadata, LiveTTSEvents.Flushed, LiveTTSEvents.Warning, LiveTTSEvents.Unhandled]) {
      connection.on(name, (message) => messages.push(message));
    }
    connection.on(LiveTTSEvents.Audio, (data) => pieces.push(Buffer.from(data)));
    connection.on(LiveTTSEvents.Error, reject);
    connection.on(LiveTTSEvents.Close, ({ code }) =>
      setTimeout(() => resolve({ audio: Buffer.concat(pieces).toString("base64"), messages, code }), 50),
    );
    connection.on(LiveTTSEvents.Open, () => {
      for (const text of texts) connection.sendText(text);
      connection.flush();
      connection.requestClose();
    });
  });

const ways = { request, live };
const given = {};
for (const [name, job] of Object.entries(JSON.parse(jobs))) given[name] = await ways[job.way](job);
process.stdout.write(JSON.stringify(given), () => process.exit(0));
