// Files on their way to the server, one after the other, with progress. Pure but for the requests that `open` makes.

export const MEGABYTE = 1e6;

/** Bytes of all files together. */
export function totalOf(files) {
  return [...files].reduce((sum, file) => sum + file.size, 0);
}

/**
 * Sends files as one upload. told(bytes sent so far); open(): an XMLHttpRequest.
 * -> {answer: promise of the upload's id, which rejects with {message} the server's sentence or {message: ""}, cancel()}.
 */
export function send(files, url, lang, told, open = () => new XMLHttpRequest()) {
  let under = null;
  let cancelled = false;

  function one(file, to, before) {
    return new Promise((resolve, reject) => {
      const request = open();
      under = request;
      const beside = to ? `&to=${encodeURIComponent(to)}` : "";
      request.open("POST", `${url}?lang=${lang}&name=${encodeURIComponent(file.name)}${beside}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = ({ loaded }) => told(before + loaded);
      request.onload = () => settled(request, resolve, reject);
      request.onerror = request.onabort = () => reject(new Error(""));
      request.send(file);
    });
  }

  async function all() {
    let [upload, before] = ["", 0];
    for (const file of files) {
      if (cancelled) throw new Error("");
      ({ upload } = await one(file, upload, before));
      before += file.size;
      told(before);
    }
    return upload;
  }

  return {
    answer: all(),
    cancel() {
      cancelled = true;
      under?.abort();
    },
  };
}

function settled({ status, responseText }, resolve, reject) {
  try {
    const said = JSON.parse(responseText);
    if (status === 200) return resolve(said);
    return reject(new Error(said.error ?? ""));
  } catch {
    return reject(new Error(""));
  }
}
