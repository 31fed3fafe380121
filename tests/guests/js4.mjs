// @deepgram/sdk 4.4.0, as its README has it, but for the URL. Prints one JSON object.
import { createRequire } from "node:module";
import fs from "node:fs";

const [folder, url, key, path, remote, options, errands, jobs] = process.argv.slice(2);
const { CallbackUrl, createClient } = createRequire(`${folder}/`)("@deepgram/sdk");
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
for (const [name, { callback, ...asked }] of Object.entries(JSON.parse(jobs))) {
  const media = fs.readFileSync(errands);
  answers[name] = unwrap(
    callback
      ? await prerecorded.transcribeFileCallback(media, new CallbackUrl(callback), asked)
      : await prerecorded.transcribeFile(media, asked),
  );
}
console.log(JSON.stringify(answers));
