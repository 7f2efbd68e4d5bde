export { replaceFile, writeFileAtomic } from './atomic-file.js';
export { resizeBicubic } from './bicubic.js';
export { cacheFolder } from './cache-folder.js';
export { type Checkpoint, openCheckpoint } from './checkpoint-files.js';
export { clipTextNames } from './checkpoints/clip-text.js';
export { fromImageReward, imageRewardGeometry, toImageReward } from './checkpoints/image-reward.js';
export {
  type LdmLayout,
  ldmLayouts,
  ldmPrefix,
  type PipelinePart,
  readLdm,
  SingleFileError,
  writeLdm,
} from './checkpoints/ldm.js';
export type { UNetBlocks } from './checkpoints/ldm-unet.js';
export { guessBase, type LoraFamily, loraBases, textWidths } from './checkpoints/lora-base.js';
export {
  type LoraFile,
  type LoraLayoutName,
  loraLayoutNames,
  loraLayouts,
  readLora,
  type WriteLoraOptions,
  writeLora,
} from './checkpoints/lora-file.js';
export { addLora, joinLoras, updateShape, type WeightedLora } from './checkpoints/lora-join.js';
export type { LoraBase } from './checkpoints/lora-layout.js';
export {
  LoraError,
  type LoraModule,
  type LoraModules,
  type LoraNetwork,
  loraNetworks,
  modulesOf,
  rankOf,
  splitLayer,
} from './checkpoints/lora-modules.js';
export { type ResizedLayer, type ResizeTarget, resizeLora, updateNorm } from './checkpoints/lora-resize.js';
export {
  fromOpenClipModel,
  isOpenClipModel,
  type OpenClipDetails,
  openClipConfig,
  toOpenClipModel,
} from './checkpoints/open-clip-model.js';
export { vaeNames } from './checkpoints/vae.js';
export { type ComparisonColumn, comparisonGrid } from './comparison-grid.js';
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half.js';
export type { DownloadProgress } from './hub/fetch-files.js';
export { tokenizerFileNames } from './hub/pipeline-files.js';
export { resolveFiles, type WantedFiles } from './hub/resolve-files.js';
export { type ResolvedModel, type ResolveOptions, resolveModel } from './hub/resolve-model.js';
export { clipTokenizer, resolveTokenizer } from './hub/resolve-tokenizer.js';
export { type Retries, retrying, TransientError } from './hub/retry.js';
export {
  type DecodeOptions,
  decodeImage,
  encodePng,
  fromModelRange,
  ImageError,
  imageSize,
  maxImagePixels,
  type RgbImage,
  smallPicture,
} from './image.js';
export { imageGrid } from './image-grid.js';
export { fromInt8Rows, type Int8Rows, int8Scales, toInt8Rows } from './int8-rows.js';
export { encodeJpeg } from './jpeg.js';
export { type JsonlLine, type JsonlReadOptions, type JsonlWriter, openJsonlWriter, readJsonl } from './jsonl.js';
export { createExclusive, isTemporary } from './lock/exclusive-file.js';
export { acquireLock, type Lock, LockedError, type LockHolder, readLock, releaseLock } from './lock/lock.js';
export { identifyProcess, isAlive, type ProcessIdentity } from './lock/process-identity.js';
export { type ModelImage, type PictureSize, toModelRange } from './model-range.js';
export { newPath } from './new-path.js';
export {
  openParquet,
  type ParquetColumn,
  ParquetError,
  type ParquetFile,
  type ParquetRow,
  readParquet,
  writeParquet,
} from './parquet.js';
export { type ParquetColumnInfo, type ParquetColumnKind, parquetColumns } from './parquet-columns.js';
export { type ParquetType, type ParquetWriteOptions, writeParquetRows } from './parquet-writer.js';
export { clipColours, type PictureNormalisation, pixelValues } from './picture-pixels.js';
export {
  openSafetensors,
  readSafetensors,
  readTensor,
  readTensorEntry,
  type SafetensorsFile,
  writeSafetensors,
} from './safetensors.js';
export { SafetensorsError, type TensorEntry } from './safetensors-header.js';
export {
  elementCount,
  float32Tensor,
  joinFloat32,
  type Tensor,
  type TensorData,
  type TensorDtype,
  tensorBytes,
  tensorTypes,
  toFloat32,
} from './tensor.js';
export { sourceOf, storedSource, type TensorSource, type TensorView } from './tensor-source.js';
export { type EventTime, eventFileStart, imageEvent, scalarsEvent } from './tensorboard/event.js';
export { type ReadEvent, readEventFile } from './tensorboard/read.js';
export { type EncodeOptions, loadTokenizer, type Tokenizer, type TokenizerEncoding } from './tokenizer.js';
export { openTorchFile, type TorchFile } from './torch-file/open-torch-file.js';
export { TorchFileError } from './torch-file/torch-file-error.js';
export type { WeightSearch } from './weight-names.js';
