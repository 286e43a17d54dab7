// Runs every case of the folders that `?folders=a,b` names below /data, as `ingot kernels check --export`
// writes them, and posts what is in the buffers afterwards to FOLDER/answers, where the engine judges it.
import { openDevice } from "/web/gpu.js";
import { loadExport, makeBuffer, makePipelines, prepareRun, readBuffers, submit } from "/web/replay.js";
import { report } from "./report.js";

// A case's runs share no buffers, so all are read at the end.
async function runCase(device, { plan, data }, pipelines, one) {
  device.pushErrorScope("validation");
  device.pushErrorScope("out-of-memory");
  const buffers = one.buffers.map((buffer) => makeBuffer(device, buffer, data));
  for (const run of one.runs) {
    const used = {};
    for (const { pipeline } of run) used[pipeline] = await pipelines[pipeline];
    submit(device, prepareRun(device, run, used, buffers));
  }
  const answer = await readBuffers(device, buffers, one.buffers.map((buffer) => buffer.bytes));
  const errors = [await device.popErrorScope(), await device.popErrorScope()];
  for (const buffer of buffers) buffer.destroy();
  for (const error of errors) if (error) throw new Error(error.message);
  return answer;
}

report(async () => {
  const device = await openDevice([]);
  const failures = [];
  let ran = 0;
  for (const folder of new URLSearchParams(location.search).get("folders").split(",")) {
    const loaded = await loadExport(`/data/${folder}`, "cases.json");
    const pipelines = makePipelines(device, loaded.plan);
    await Promise.allSettled(pipelines);
    for (const [number, one] of loaded.plan.cases.entries()) {
      try {
        const body = await runCase(device, loaded, pipelines, one);
        await fetch(`/data/${folder}/answers/${number}.bin`, { method: "POST", body });
        ran++;
      } catch (error) {
        failures.push(`${folder}: ${one.kernel} ${one.shape}: ${error.message}`);
      }
    }
  }
  return { ran, failures };
});
