// Uploads a file with an unmodified tus-js-client: aborts it half-way, then resumes it from its address. Prints what came as JSON.
import { createReadStream, statSync } from "node:fs";
import { Upload } from "tus-js-client";

const [endpoint, token, file, type, chunk] = process.argv.slice(2);
const size = statSync(file).size;
const common = {
  endpoint,
  chunkSize: Number(chunk),
  uploadSize: size,
  retryDelays: [0, 100, 500],
  headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: "sent.bin", filetype: type },
};

function send(more, stopAt) {
  return new Promise((done, failed) => {
    let sent = 0;
    const upload = new Upload(createReadStream(file), {
      ...common,
      ...more,
      onError: failed,
      onSuccess: () => done({ url: upload.url, sent }),
      onChunkComplete: (_, accepted) => {
        sent = accepted;
        if (stopAt !== undefined && accepted >= stopAt) upload.abort().then(() => done({ url: upload.url, sent }), failed);
      },
    });
    upload.start();
  });
}

const first = await send({}, size / 2);
const second = await send({ uploadUrl: first.url });
console.log(JSON.stringify({ url: second.url, stopped: first.sent, sent: second.sent }));
