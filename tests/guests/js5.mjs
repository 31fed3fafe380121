// @deepgram/sdk 5.x, as its README has it, but for the URL. Prints one JSON object.
import { createRequire } from "node:module";
import fs from "node:fs";

const [folder, url, key, path, remote, options, errands, jobs] = process.argv.slice(2);
const { DeepgramClient } = createRequire(`${folder}/`)("@deepgram/sdk");
const client = new DeepgramClient({
  apiKey: key,
  environment: { base: url, production: url, agent: url, agentRest: url },
});
const ask = JSON.parse(options);

const media = client.listen.v1.media;
const answers = {
  buffer: await media.transcribeFile(fs.readFileSync(path), ask),
  stream: await media.transcribeFile(fs.createReadStream(path), ask),
  url: await media.transcribeUrl({ url: remote, ...ask }),
  models: await client.manage.v1.models.list(),
  refused: await media.transcribeFile(Buffer.from("noise"), ask).catch((error) => error.body.err_msg),
};
for (const [name, asked] of Object.entries(JSON.parse(jobs))) {
  answers[name] = await media.transcribeFile(fs.readFileSync(errands), asked);
}
console.log(JSON.stringify(answers));
