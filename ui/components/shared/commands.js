// Commands to the server.

/** Sends {action, …} by POST; null where the server agrees, else its sentence. Throws where there is no answer. */
export async function command(url, message) {
  const answer = await post(url, message);
  if (answer.ok) return null;
  const { error } = await answer.json();
  if (!error) throw new Error(`The server answered ${answer.status} without a reason.`);
  return error;
}

/** The same for what the server tells in its answer: that object, {error: its sentence} where it refuses. Throws where there is none. */
export async function question(url, message) {
  return (await post(url, message)).json();
}

function post(url, message) {
  return fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) });
}
