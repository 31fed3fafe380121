// @deepgram/sdk 4.4.0, as its README has it, but for the URL. Prints one JSON object.
import { createRequire } from "node:module";
import fs from "node:fs";

const [folder, url, key, path, remote, options] = process.argv.slice(2);
const { createClient } = createRequire(`${folder}/`)("@deepgram/sdk");
const deepgram = createClient(key, { global: { fetch: { options: { url } } } });
const ask = JSON.parse(options);

const unwrap = ({ result, error }) => {
  if (error) throw error;
  return result;
};
const prerecorded = deepgram.listen.prerecorded;
const answers = {
  buffer: unwrap(await prerecorded.transcribeFile(fs.readFileSync(path), ask)),
  stream: unwrap(await prerecorded.transcribeFile(fs.createReadStream(path), ask)),
  url: unwrap(await prerecorded.transcribeUrl({ url: remote }, ask)),
  models: unwrap(await deepgram.models.getAll()),
  refused: JSON.parse((await prerecorded.transcribeFile(Buffer.from("noise"), ask)).error.message).err_msg,
};
console.log(JSON.stringify(answers));
