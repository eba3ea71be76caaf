// What the page asks of the server.

export class ServerError extends Error {}

/** The models that the server has, with their signatures. */
export async function listModels() {
  return answerOf(await reach("/v1/models"));
}

/** The outputs of one row, by name; files are base64. */
export async function predict(model, signature, instance) {
  const response = await reach(
    `/v1/models/${encodeURIComponent(model)}:predict`,
    {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        signature_name: signature,
        instances: [instance],
      }),
    },
  );
  const { predictions } = await answerOf(response);
  const [row] = predictions;
  // A single output comes without its name.
  return "b64" in row ? { image_bytes: row } : row;
}

/** A file of the user as an input. */
export async function fileInput(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return { b64: btoa(text) };
}

/** A file of an answer as the address of a picture. */
export function pictureAddress(value) {
  return `data:image/png;base64,${value.b64}`;
}

async function reach(address, options) {
  try {
    return await fetch(address, options);
  } catch {
    throw new ServerError("The server does not answer. Is it still running?");
  }
}

async function answerOf(response) {
  let content;
  try {
    content = await response.json();
  } catch {
    throw new ServerError(`The server answered ${response.status} without JSON.`);
  }
  if (!response.ok) {
    throw new ServerError(content.error ?? `Error ${response.status}.`);
  }
  return content;
}
