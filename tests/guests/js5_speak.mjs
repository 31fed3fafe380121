// @deepgram/sdk 5.x speaks, as its README has it, but for the URL. Prints what each job gave, as one JSON object.
import { createRequire } from "node:module";

const [folder, url, key, jobs] = process.argv.slice(2);
const { DeepgramClient } = createRequire(`${folder}/`)("@deepgram/sdk");
const sockets = url.replace("http", "ws");
const client = new DeepgramClient({
  apiKey: key,
  environment: { base: url, production: sockets, agent: sockets, agentRest: url },
});

async function request({ version, text, options }) {
  const { data, rawResponse } = await client.speak[version].audio.generate({ text, ...options }).withRawResponse();
  return {
    audio: Buffer.from(await data.arrayBuffer()).toString("base64"),
    type: rawResponse.headers.get("content-type"),
    model: rawResponse.headers.get("dg-model-name"),
  };
}

async function live({ version, texts, options }) {
  const connection = await client.speak[version].connect(options);
  const messages = [];
  const pieces = [];
  const closed = new Promise((resolve, reject) => {
    connection.on("close", ({ code }) => resolve(code));
    connection.on("error", reject);
  });
  connection.on("message", (message) => (message instanceof Blob ? pieces : messages).push(message));
  connection.connect();
  await connection.waitForOpen();
  for (const text of texts) {
    if (version === "v1") connection.sendText({ type: "Speak", text });
    else connection.sendSpeak({ type: "Speak", text });
  }
  connection.sendFlush({ type: "Flush" });
  connection.sendClose({ type: "Close" });
  const code = await closed;
  const audio = Buffer.concat(await Promise.all(pieces.map(async (piece) => Buffer.from(await piece.arrayBuffer()))));
  return { audio: audio.toString("base64"), messages, code };
}

const ways = { request, live };
const given = {};
for (const [name, job] of Object.entries(JSON.parse(jobs))) given[name] = await ways[job.way](job);
process.stdout.write(JSON.stringify(given), () => process.exit(0));
