import {execFileSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

export const python =
  process.env['INGOT_PYTHON'] ?? fileURLToPath(new URL('../../../.ingot/python/bin/python', import.meta.url));

/** What TensorBoard's own reader finds in one run. */
export interface ReadBack {
  /** By tag: its plugin, and [step, value] where a value is nested lists of numbers or of base64 strings. */
  readonly values: Readonly<Record<string, {readonly plugin: string; readonly points: readonly [number, unknown][]}>>;
  /** The names of the nodes of the run's graph. */
  readonly graph: readonly string[];
}

const READER = `
import base64, json, sys, types
# TensorBoard then reads with its own code and does not import TensorFlow, which takes seconds.
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.util import tensor_util
from tensorboard.compat.proto import graph_pb2
from tensorboard.backend.event_processing import plugin_event_accumulator
accumulator = plugin_event_accumulator.EventAccumulator(sys.argv[1], tensor_size_guidance={k: 0 for k in ['scalars', 'histograms', 'images', 'text', 'pr_curves', 'hparams']})
accumulator.Reload()
def plain(value):
    if isinstance(value, bytes): return base64.b64encode(value).decode()
    if isinstance(value, list): return [plain(v) for v in value]
    return value
values = {}
for tag in accumulator.Tags()['tensors']:
    plugin = accumulator.SummaryMetadata(tag).plugin_data.plugin_name
    points = [[e.step, plain(tensor_util.make_ndarray(e.tensor_proto).tolist())] for e in accumulator.Tensors(tag)]
    values[tag] = {'plugin': plugin, 'points': points}
graph = [n.name for n in accumulator.Graph().node] if accumulator.Tags()['graph'] else []
print(json.dumps({'values': values, 'graph': graph}))
`;

/** Reads a folder of event files with TensorBoard itself. For tests. */
export function readBack(directory: string): ReadBack {
  const output = execFileSync(python, ['-c', READER, directory], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
  return JSON.parse(output) as ReadBack;
}

/** What TensorFlow's own message type finds in a profile. */
export interface ProfileBack {
  /** The number of each step. */
  readonly steps: readonly number[];
  /** For each step, the names of what ran in it on the same thread. */
  readonly ops: readonly (readonly string[])[];
}

const PROFILE_READER = `
import importlib.util, json, sys
from pathlib import Path
# The module itself: importing it by its name imports all of TensorFlow.
folder = Path(importlib.util.find_spec("tensorflow").origin).parent
spec = importlib.util.spec_from_file_location("xplane_pb2", folder / "tsl/profiler/protobuf/xplane_pb2.py")
xplane_pb2 = importlib.util.module_from_spec(spec)
spec.loader.exec_module(xplane_pb2)
space = xplane_pb2.XSpace.FromString(Path(sys.argv[1]).read_bytes())
steps, ops = [], []
for plane in space.planes:
    name = lambda event: plane.event_metadata[event.metadata_id].name
    end = lambda event: event.offset_ps + event.duration_ps
    for line in plane.lines:
        for step in [event for event in line.events if name(event) == "train"]:
            stats = {plane.stat_metadata[stat.metadata_id].name: stat.int64_value for stat in step.stats}
            steps.append(stats["step_num"])
            ops.append([name(event) for event in line.events if step.offset_ps < event.offset_ps and end(event) <= end(step)])
print(json.dumps({"steps": steps, "ops": ops}))
`;

/** Reads a file `*.xplane.pb` with TensorFlow itself. For tests. */
export function readProfile(file: string): ProfileBack {
  return JSON.parse(execFileSync(python, ['-c', PROFILE_READER, file], {encoding: 'utf8'})) as ProfileBack;
}
