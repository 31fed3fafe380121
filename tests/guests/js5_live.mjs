// @deepgram/sdk 5.x streams, as its README has it, but for the URL. Prints what each job heard, as one JSON object.
import { createRequire } from "node:module";
import fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const [folder, url, key, jobs] = process.argv.slice(2);
const { DeepgramClient } = createRequire(`${folder}/`)("@deepgram/sdk");
const sockets = url.replace("http", "ws");
const client = new DeepgramClient({
  apiKey: key,
  environment: { base: url, production: sockets, agent: sockets, agentRest: url },
});

async function stream({ version, path, options, chunk, every }) {
  const connection = await client.listen[version].connect(options);
  const messages = [];
  const closed = new Promise((resolve, reject) => {
    connection.on("close", ({ code }) => resolve(code));
    connection.on("error", reject);
  });
  connection.on("message", (message) => messages.push(message));
  connection.connect();
  await connection.waitForOpen();
  const audio = fs.readFileSync(path);
  for (let at = 0; at < audio.length; at += chunk) {
    connection.sendMedia(audio.subarray(at, at + chunk));
    await pause(every);
  }
  if (version === "v2") connection.sendForceEndTurn({ type: "ForceEndTurn" });
  connection.sendCloseStream({ type: "CloseStream" });
  return { code: await closed, messages };
}

const heard = {};
for (const [name, job] of Object.entries(JSON.parse(jobs))) heard[name] = await stream(job);
process.stdout.write(JSON.stringify(heard), () => process.exit(0));
