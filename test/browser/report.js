// Sends what a test page found, or why it ended, to the server that waits for it.
export async function report(work) {
  let result;
  try {
    result = await work();
  } catch (error) {
    result = { error: `${error.message ?? error}` };
  }
  await fetch("/result", { method: "POST", body: JSON.stringify(result) });
}
