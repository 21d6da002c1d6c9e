// Commands to the server.

/** Sends {action, …} by POST; null where the server agrees, else its sentence. Throws where there is no answer. */
export async function command(url, message) {
  const answer = await fetch(url, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message),
  });
  if (answer.ok) return null;
  const { error } = await answer.json();
  if (!error) throw new Error(`The server answered ${answer.status} without a reason.`);
  return error;
}
