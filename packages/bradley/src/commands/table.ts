import type { CommandTable } from '../cli/program.js';
import { arena } from './arena.js';
import { benchmarkDpgBench } from './benchmark-dpg-bench.js';
import { benchmarkGeneval } from './benchmark-geneval.js';
import { dataBuild } from './data-build.js';
import { dataCheck } from './data-check.js';
import { dataClean } from './data-clean.js';
import { dataConvert } from './data-convert.js';
import { dataExport } from './data-export.js';
import { dataFreeze } from './data-freeze.js';
import { dataImport } from './data-import.js';
import { doctor } from './doctor.js';
import { evaluate } from './evaluate.js';
import { label } from './label.js';
import { loraConvert } from './lora-convert.js';
import { loraInfo } from './lora-info.js';
import { loraMerge } from './lora-merge.js';
import { loraResize } from './lora-resize.js';
import { lrRange } from './lr-range.js';
import { onnxInspect } from './onnx-inspect.js';
import { onnxMerge } from './onnx-merge.js';
import { presets } from './presets.js';
import { pretrain } from './pretrain.js';
import { quickstart } from './quickstart.js';
import { rewardExport } from './reward-export.js';
import { rewardList } from './reward-list.js';
import { rewardReport } from './reward-report.js';
import { rewardScore } from './reward-score.js';
import { rewardTrain } from './reward-train.js';
import { sample } from './sample.js';
import { synpicExport } from './synpic-export.js';
import { synpicStart } from './synpic-start.js';
import { synpicStatus } from './synpic-status.js';
import { synpicWork } from './synpic-work.js';
import { train } from './train.js';

/** Every command, in the order of the help text. A command is a file here and a row. */
export const commandTable: CommandTable = {
  groups: {
    data: 'Look into comparisons, convert, import, export and freeze them, or have some drawn.',
    lora: 'Look into LoRA files, convert, merge and resize them.',
    synpic: 'Let several models draw and several rewards judge: rankings, as a job that survives kills.',
    reward: 'Train reward models and judge them, list scorers, score pictures by them, export them.',
    benchmark: 'Score pictures by the rules of public benchmarks, as our variants.',
    onnx: 'Look into ONNX models, and merge LoRAs into them.',
  },
  commands: {
    quickstart,
    arena,
    train,
    presets,
    'lr-range': lrRange,
    sample,
    evaluate,
    'data build': dataBuild,
    'data check': dataCheck,
    'data convert': dataConvert,
    'data import': dataImport,
    'data export': dataExport,
    'data freeze': dataFreeze,
    'data clean': dataClean,
    'lora info': loraInfo,
    'lora convert': loraConvert,
    'lora merge': loraMerge,
    'lora resize': loraResize,
    'reward train': rewardTrain,
    'reward report': rewardReport,
    'reward list': rewardList,
    'reward score': rewardScore,
    'reward export': rewardExport,
    'benchmark geneval': benchmarkGeneval,
    'benchmark dpg-bench': benchmarkDpgBench,
    'onnx inspect': onnxInspect,
    'onnx merge': onnxMerge,
    label,
    'synpic start': synpicStart,
    'synpic work': synpicWork,
    'synpic status': synpicStatus,
    'synpic export': synpicExport,
    pretrain,
    doctor,
  },
};
