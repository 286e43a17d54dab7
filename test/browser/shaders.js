// Makes every module of linked.json, as `ingot kernels link --json` prints it, and pipelines: with
// `pipelines=all` of every row, else of the first row of each kernel, since a GPU in software takes
// half a second for one. What the adapter's limits or features forbid is counted.
import { fetchOk, makeLayout, makeModule, makePipeline, openDevice } from "/web/gpu.js";
import { report } from "./report.js";

report(async () => {
  const device = await openDevice();
  const linked = await (await fetchOk("/data/linked.json")).json();
  const failures = [];
  const lacks = (text) =>
    [["f16", "shader-f16"], ["subgroups", "subgroups"]].some(
      ([name, feature]) => text.includes(`enable ${name};`) && !device.features.has(feature));
  let refused = "";
  await makeModule(device, "fn main( {").catch((error) => (refused = error.message));
  if (!refused) throw new Error("what is no WGSL compiled: nothing would be checked");

  const modules = {};
  const without = new Set();
  await Promise.all(Object.entries(linked.texts).map(async ([key, text]) => {
    if (lacks(text)) return without.add(key);
    modules[key] = await makeModule(device, text).catch((error) => error);
  }));
  const counts = { modules: Object.keys(modules).length, pipelines: 0, modules_only: 0, above_limits: 0, without_feature: 0 };
  const wants_all = new URLSearchParams(location.search).get("pipelines") === "all";
  const made = new Set();
  await Promise.all(linked.rows.map(async (row) => {
    const module = modules[row.key];
    const place = `${row.kernel}/${row.variant} ${JSON.stringify(row.constants)}`;
    if (without.has(row.key)) return counts.without_feature++;
    if (module instanceof Error) return failures.push(`${place}: ${module.message}`);
    const { limits } = device;
    if (row.workgroup_bytes > limits.maxComputeWorkgroupStorageSize ||
        row.invocations > limits.maxComputeInvocationsPerWorkgroup ||
        row.access.length > limits.maxStorageBuffersPerShaderStage) {
      return counts.above_limits++;
    }
    if (!wants_all && made.has(row.kernel)) return counts.modules_only++;
    made.add(row.kernel);
    try {
      await makePipeline(device, module, makeLayout(device, row.access), row.constants);
      counts.pipelines++;
    } catch (error) {
      failures.push(`${place}: ${error.message}`);
    }
  }));
  return { failures, counts, refused };
});
