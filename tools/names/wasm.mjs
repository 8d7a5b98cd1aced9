// Asks the Python of the npm package pyodide: the jobs and the answers of probe.py, a line each. Run by tools/names.py.
//
//     node wasm.mjs FOLDER PROBE < jobs
//
// A WebAssembly process can't fork. Before each job whatever a plain process hasn't imported is dropped from sys.modules, so
// that a job imports all of it anew; after some jobs the runtime is replaced.

import { readFileSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, probe] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/node_modules/pyodide/pyodide.mjs`).href);
const source = readFileSync(probe, "utf8");
const jobs = readFileSync(0, "utf8").split("\n").filter(Boolean);
const A_RUNTIME = 150;

const SETUP = `
import sys, zipfile, os
# The library as files: its bytecode is kept then, for a module is imported hundreds of times.
home = "/lib/python%d.%d" % sys.version_info[:2]
archive = [p for p in sys.path if p.endswith(".zip")][0]
zipfile.ZipFile(archive).extractall(home)
sys.path[:] = [home]
sys.dont_write_bytecode = False
sys.meta_path[:] = [f for f in sys.meta_path if not type(f).__module__.startswith("_pyodide") and "_pyodide" not in getattr(f, "__module__", "")]
PLAIN = set("""sys builtins _frozen_importlib _imp _thread _warnings _weakref _io marshal posix _frozen_importlib_external time
    zipimport _codecs codecs encodings.aliases encodings encodings.utf_8 _signal _abc abc io __main__ _stat stat
    _collections_abc genericpath posixpath os.path os _sitebuiltins site""".split())
OURS = ("pyodide", "_pyodide", "pyodide_js", "_pyodide_core", "js", "probe")
import types
sys._home = None
probe = types.ModuleType("probe")
exec(compile(SOURCE, "probe", "exec"), probe.__dict__)

def answer(line):
    for name in list(sys.modules):
        if name not in PLAIN and name.split(".")[0] not in OURS:
            del sys.modules[name]
    for name in [n for n, v in vars(sys.modules["encodings"]).items() if type(v) is types.ModuleType]:
        if "encodings." + name not in PLAIN and name not in ("sys", "codecs", "aliases", "_codecs"):
            delattr(sys.modules["encodings"], name)
    import _warnings
    probe._filters(_warnings)
    job = line.split("\\t")
    if job[0] == "list":
        said = {"modules": probe.listing([home]), "loaded": sorted(PLAIN), "known": sorted(sys.stdlib_module_names),
                "version": sys.version.split("\\n")[0].strip(), "own": probe.own()}
    elif job[0] == "sources":
        said = probe.sources([home])
    elif job[0] == "walk":
        said = probe.walk(job[1], job[2].split(" "))
    else:
        try:
            said = probe.look(job[1], job[2].split(" ") if job[0] == "ask" else None)
        except BaseException as e:
            said = {"error": "died: %r" % e}
    import json
    return json.dumps(said, sort_keys=True)
`;

async function runtime() {
  const python = await loadPyodide({ stdout: () => {}, stderr: () => {}, stdin: () => null });
  python.globals.set("SOURCE", source);
  python.runPython(SETUP);
  return python.globals.get("answer");
}

let answer = null;
for (const [at, job] of jobs.entries()) {
  if (!answer || at % A_RUNTIME === 0) answer = await runtime();
  let said;
  try {
    said = answer(job);
  } catch (error) {
    // What ends the runtime ends this job: the next has a new one.
    said = JSON.stringify({ error: `died: ${error}` });
    answer = null;
  }
  for (let bytes = Buffer.from(said + "\n"); bytes.length; ) bytes = bytes.subarray(writeSync(1, bytes));
}
process.exit(0);
